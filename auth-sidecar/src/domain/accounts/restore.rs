//! Prepares a backup's rows for service: no sessions, no queued mail, and neither a deleted account nor an old
//! password or address comes back.

use std::collections::BTreeMap;

use super::administer::every_account;
use super::{Core, Transaction};
use crate::domain::keys::{Keyring, LENGTH, Purpose};
use crate::domain::store::{
    Account, AddressChange, Departure, DepartureKind, NO_PASSWORD, QueuedMail, Rows, Stored,
};
use crate::domain::time::Moment;

/// The effects of [`restore`].
#[derive(Clone, PartialEq, Eq)]
pub struct Restored {
    /// Accounts in the restored database.
    pub accounts: usize,
    /// Ended sessions.
    pub sessions: u64,
    /// Ended flows, with their codes.
    pub flows: u64,
    /// Queued mail, which is dropped.
    pub mails: Vec<QueuedMail>,
    /// Accounts that were deleted again.
    pub deleted: usize,
    /// Accounts whose old password was voided.
    pub voided: usize,
    /// Accounts that were disabled because their address changed later; nothing records to which.
    pub disabled: usize,
    /// The IDs of lost keys, each with the number of later deletions and password changes that could not be applied.
    pub lost: BTreeMap<String, usize>,
}

/// The effects on accounts of what happened after the backup.
#[derive(Default)]
struct DoneAgain {
    accounts: usize,
    deleted: usize,
    voided: usize,
    disabled: usize,
}

/// Departures after the backup, by key ID and HMAC of the address.
#[derive(Default)]
struct Later<'d>(BTreeMap<Owner<'d>, Vec<&'d Departure>>);

impl<'d> Later<'d> {
    fn of(&self, keys: &Keyring, email_key: &str) -> Vec<&'d Departure> {
        let parts: [&[u8]; 2] = [b"departure", email_key.as_bytes()];
        let macs = keys.macs(Purpose::Address, &parts);
        let found = macs.filter_map(|owner| self.0.get(&owner)).flatten();
        found.copied().collect()
    }
}

/// Identifies the address of a departure: key ID and MAC.
type Owner<'a> = (&'a str, [u8; LENGTH]);

fn owner(departure: &Departure) -> Owner<'_> {
    (&departure.key, departure.address)
}

/// The departures that none of `known` supersedes.
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

/// Prepares rows that come from a backup. `departures` are all known deletions and password changes, in any order,
/// possibly with duplicates.
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

        // The backup already contains the effects of its own departures.
        let own = self.rows.departures_after(0)?;
        let later = unknown(departures, &own);
        let done = self.depart_again(&later)?;
        let mut lost = BTreeMap::new();
        for departure in later {
            self.rows.insert_departure(departure, None)?;
            if !self.core.keys.knows(&departure.key) {
                *lost.entry(departure.key.clone()).or_default() += 1;
            }
        }
        Ok(Restored {
            accounts: done.accounts,
            sessions,
            flows,
            mails,
            deleted: done.deleted,
            voided: done.voided,
            disabled: done.disabled,
            lost,
        })
    }

    fn depart_again(&mut self, later: &[&Departure]) -> Stored<DoneAgain> {
        let mut later_of = Later::default();
        for departure in later {
            let of_owner = later_of.0.entry(owner(departure));
            of_owner.or_default().push(departure);
        }
        let mut done = DoneAgain::default();
        for account in &every_account(self.rows)? {
            let departures = later_of.of(&self.core.keys, &account.email_key);
            let undone = self.undone_change(account, &later_of)?;
            done.accounts += 1;
            // First, since the account deleted at an address that this one left may be another.
            if self.has_left(account, &departures) && undone.is_none() {
                self.rows.set_disabled(account.id, Some(self.now))?;
                done.disabled += 1;
            } else if self.is_deleted(account, &departures) {
                self.rows.erase_account(account.id)?;
                done.accounts -= 1;
                done.deleted += 1;
            } else if let Some(change) = undone {
                self.undo_again(account, &change)?;
                done.voided += 1;
            } else if self.has_new_password(account, &departures) {
                self.no_password(account)?;
                done.voided += 1;
            }
        }
        Ok(done)
    }

    fn no_password(&mut self, account: &Account) -> Stored<bool> {
        let hash = &account.password_hash;
        self.rows
            .replace_password(account.id, hash, NO_PASSWORD, self.now)
    }

    /// The change of this account's address that the backup contains and that was undone later.
    fn undone_change(&self, account: &Account, later: &Later<'_>) -> Stored<Option<AddressChange>> {
        let changes = self.rows.address_changes_of(account.id, Moment(i64::MIN))?;
        let is_back = |change: &AddressChange| {
            let departures = later.of(&self.core.keys, &change.email_key);
            departures
                .iter()
                .any(|back| self.ends_hold(back, change.at))
        };
        Ok(changes.into_iter().find(is_back))
    }

    /// Returns the account to the address that its owner restored, and locks out the other address.
    fn undo_again(&mut self, account: &Account, change: &AddressChange) -> Stored<()> {
        let (from, to) = (&account.email_key, [&*change.email_key, &*change.email]);
        self.rows.replace_address(account.id, from, to, self.now)?;
        self.rows.end_address_changes(account.id, change.id)?;
        self.no_password(account).map(drop)
    }

    /// Whether this departure returned an account to an address that it had left at `left`, with nobody else at it
    /// in between.
    fn ends_hold(&self, back: &Departure, left: Moment) -> bool {
        let until = left.plus(self.core.lifetimes.address_hold);
        back.kind == Ok(DepartureKind::AddressBack) && (left..=until).contains(&back.at)
    }

    /// Whether the account's address changed later, to one that the backup cannot know.
    fn has_left(&self, account: &Account, departures: &[&Departure]) -> bool {
        departures.iter().any(|left| {
            left.kind == Ok(DepartureKind::AddressLeft)
                && self.is_after(left, account.address_at)
                && !departures.iter().any(|back| self.ends_hold(back, left.at))
        })
    }

    /// Whether the account deleted at this address was this one, and not an earlier one.
    fn is_deleted(&self, account: &Account, departures: &[&Departure]) -> bool {
        departures.iter().any(|departure| {
            departure.kind == Ok(DepartureKind::Deleted)
                && self.is_after(departure, account.address_at)
        })
    }

    /// Whether this happened after the account got its address.
    fn is_after(&self, departure: &Departure, address_at: Moment) -> bool {
        address_at <= departure.at || self.is_wrong(address_at)
    }

    fn has_new_password(&self, account: &Account, departures: &[&Departure]) -> bool {
        departures.iter().any(|departure| {
            departure.kind == Ok(DepartureKind::PasswordChanged)
                && (account.password_at < departure.at || self.is_wrong(account.password_at))
        })
    }

    /// Whether a clock that was ahead wrote this time, so that it does not order later events.
    fn is_wrong(&self, at: Moment) -> bool {
        at > self.now
    }
}
