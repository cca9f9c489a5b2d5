//! What becomes of a backup's rows before they are the service's: nobody is logged in, nothing waits, and
//! neither a deleted account nor an old password comes back.

use std::collections::BTreeMap;

use super::administer::every_account;
use super::{Core, Transaction};
use crate::domain::keys::{LENGTH, Purpose};
use crate::domain::store::{
    Account, Departure, DepartureKind, NO_PASSWORD, QueuedMail, Rows, Stored,
};
use crate::domain::time::Moment;

/// What [`restore`] did.
#[derive(Clone, PartialEq, Eq)]
pub struct Restored {
    /// Accounts that there are now.
    pub accounts: usize,
    /// Sessions that were ended.
    pub sessions: u64,
    /// Flows that were ended, with their codes.
    pub flows: u64,
    /// Mail that was waiting, and is dropped.
    pub mails: Vec<QueuedMail>,
    /// Accounts that were deleted again.
    pub deleted: usize,
    /// Accounts whose old password lets nobody in.
    pub voided: usize,
    /// The ids of keys that are gone, with which later deletions and changes of password were noted, and
    /// how many of these could not be applied.
    pub lost: BTreeMap<String, usize>,
}

/// Whose a departure is: key and MAC.
type Owner<'a> = (&'a str, [u8; LENGTH]);

fn owner(departure: &Departure) -> Owner<'_> {
    (&departure.key, departure.address)
}

/// Those that say something of which none of `known` tells.
fn unknown<'d>(all: &'d [Departure], known: &[Departure]) -> Vec<&'d Departure> {
    let mut told: BTreeMap<Owner<'_>, Vec<&Departure>> = BTreeMap::new();
    for departure in known {
        told.entry(owner(departure)).or_default().push(departure);
    }
    let is_told = |departure: &&Departure| {
        let told = told.get(&owner(departure)).into_iter().flatten();
        let mut later = told.filter(|told| told.at >= departure.at);
        later.any(|told| told.replaces(departure))
    };
    let mut left: Vec<&Departure> = all.iter().filter(|one| !is_told(one)).collect();
    let fact = |one: &Departure| {
        (
            one.at,
            one.kind_name().to_owned(),
            one.key.clone(),
            one.address,
        )
    };
    left.sort_by_cached_key(|one| fact(one));
    left.dedup_by_key(|one| fact(one));
    left
}

/// Prepares rows that come from a backup. `departures` is all that is known of deletions and changes of
/// password, in any order, some twice.
///
/// # Errors
/// The store's.
pub fn restore(rows: &mut dyn Rows, core: &Core, departures: &[Departure]) -> Stored<Restored> {
    Transaction::new(rows, core).restore(departures)
}

impl Transaction<'_> {
    fn restore(&mut self, departures: &[Departure]) -> Stored<Restored> {
        let sessions = self.rows.revoke_all_sessions()?;
        let flows = self.rows.end_all_flows()?;
        self.rows.revoke_all_links(self.now)?;
        self.rows.forget_devices()?;
        self.rows.forget_hits()?;
        let mails = self.rows.mails()?;
        self.rows.drop_all_mails()?;

        // What the backup knows of, it has done already.
        let own = self.rows.departures_after(0)?;
        let later = unknown(departures, &own);
        let (accounts, deleted, voided) = self.depart_again(&later)?;
        let mut lost = BTreeMap::new();
        for departure in later {
            self.rows.insert_departure(departure)?;
            if !self.core.keys.knows(&departure.key) {
                *lost.entry(departure.key.clone()).or_default() += 1;
            }
        }
        Ok(Restored {
            accounts,
            sessions,
            flows,
            mails,
            deleted,
            voided,
            lost,
        })
    }

    /// How many accounts are left, were deleted, and had their passwords voided.
    fn depart_again(&mut self, later: &[&Departure]) -> Stored<(usize, usize, usize)> {
        let mut of_owner: BTreeMap<Owner<'_>, Vec<&Departure>> = BTreeMap::new();
        for departure in later {
            of_owner
                .entry(owner(departure))
                .or_default()
                .push(departure);
        }
        let accounts = every_account(self.rows)?;
        let (mut deleted, mut voided) = (0, 0);
        for account in &accounts {
            let parts: [&[u8]; 2] = [b"departure", account.email_key.as_bytes()];
            let macs = self.core.keys.macs(Purpose::Address, &parts);
            let departures: Vec<&Departure> = macs
                .filter_map(|owner| of_owner.get(&owner))
                .flatten()
                .copied()
                .collect();
            if self.is_deleted(account, &departures) {
                self.rows.erase_account(account.id)?;
                deleted += 1;
            } else if self.has_new_password(account, &departures) {
                let hash = &account.password_hash;
                self.rows
                    .replace_password(account.id, hash, NO_PASSWORD, self.now)?;
                voided += 1;
            }
        }
        Ok((accounts.len() - deleted, deleted, voided))
    }

    /// Whether the account that left under this address was this one, and not one before it.
    fn is_deleted(&self, account: &Account, departures: &[&Departure]) -> bool {
        departures.iter().any(|departure| {
            departure.kind == Ok(DepartureKind::Deleted)
                && (account.created_at <= departure.at || self.is_wrong(account.created_at))
        })
    }

    fn has_new_password(&self, account: &Account, departures: &[&Departure]) -> bool {
        departures.iter().any(|departure| {
            departure.kind == Ok(DepartureKind::PasswordChanged)
                && (account.password_at < departure.at || self.is_wrong(account.password_at))
        })
    }

    /// Whether the clock was ahead when this was written, so that it says nothing about what came later.
    fn is_wrong(&self, at: Moment) -> bool {
        at > self.now
    }
}
