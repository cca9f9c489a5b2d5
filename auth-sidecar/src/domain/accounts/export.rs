//! Personal data of an account: all of it for an export, and what the account page shows.

use super::links::{self, OwnLink};
use super::sessions::signed_in;
use super::{Accounts, Core, Requester};
use crate::domain::random::TokenHash;
use crate::domain::rate_limits::{self, DAY};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{
    Account, AddressChange, Consent, Download, Link, QueuedMail, Rows, Scope, Session, Stored,
};
use crate::domain::time::Moment;

/// Downloads shown in lists.
pub(super) const SHOWN: u32 = 200;

/// Downloads read in one transaction.
const PAGE: u32 = 500;

/// All data about an account except its downloads, which may be many: [`Accounts::downloads_before`].
pub struct Export {
    /// The account.
    pub account: Account,
    /// Its consents, oldest first.
    pub consents: Vec<Consent>,
    /// Its active sessions, newest first.
    pub sessions: Vec<Session>,
    /// Its stored links, newest first, ended ones included.
    pub links: Vec<Link>,
    /// When its browsers got their marks.
    pub browsers: Vec<Moment>,
    /// Its mails queued or set aside.
    pub mails: Vec<QueuedMail>,
    /// Failed logins within a day.
    pub failed_logins: Vec<Moment>,
    /// Attempts to register its address within a day.
    pub registrations: Vec<Moment>,
    /// Attempts to reset its password within a day.
    pub resets: Vec<Moment>,
    /// Attempts to change another account's address to this one within a day.
    pub moves: Vec<Moment>,
    /// Changes of its address that can be undone, oldest first.
    pub address_changes: Vec<AddressChange>,
}

/// What the account page shows.
pub struct OwnAccount {
    /// The account.
    pub account: Account,
    /// The current session.
    pub session: TokenHash,
    /// All sessions, newest first.
    pub sessions: Vec<Session>,
    /// Active links, newest first.
    pub links: Vec<OwnLink>,
    /// The latest downloads, newest first.
    pub downloads: Vec<Download>,
}

impl Accounts {
    /// All data about the signed-in account.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn everything(&self, requester: &Requester) -> Result<Export, Stop> {
        let session = requester.session;
        self.read(move |rows, now, core| {
            let account = signed_in(rows, core, now, session)?.session.account;
            let account = rows.account(account)?.ok_or(Refusal::SignedOut)?;
            Ok(everything_of(rows, now, core, account)?)
        })
        .await
    }

    /// All data about an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn export(&self, account: Account) -> Result<Export, Stop> {
        self.read(move |rows, now, core| Ok(everything_of(rows, now, core, account)?))
            .await
    }

    /// The account's newest downloads with a smaller row ID, a page of them, so that other requests run in between.
    ///
    /// # Errors
    /// The store's.
    pub async fn downloads_before(&self, account: i64, row: i64) -> Result<Vec<Download>, Stop> {
        self.read(move |rows, _, _| Ok(rows.downloads_before(account, row, PAGE)?))
            .await
    }

    /// What the account page shows.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn own_account(&self, requester: &Requester) -> Result<OwnAccount, Stop> {
        let session = requester.session;
        let (mut own, shown, now) = self
            .read(move |rows, now, core| {
                let shown = signed_in(rows, core, now, session)?.session;
                let links = rows.links_of(shown.account, now)?;
                let own = OwnAccount {
                    account: rows.account(shown.account)?.ok_or(Refusal::SignedOut)?,
                    sessions: rows.sessions_of(shown.account, core.alive(now))?,
                    links: links::own(&core.keys, links),
                    downloads: rows.downloads_of(shown.account, SHOWN)?,
                    session: shown.hash,
                };
                Ok((own, shown, now))
            })
            .await?;
        self.see(&shown, now);
        self.core.transfers.bring_up(&mut own.downloads);
        Ok(own)
    }
}

fn everything_of(rows: &dyn Rows, now: Moment, core: &Core, account: Account) -> Stored<Export> {
    let id = account.id;
    let address = core.address_keys(&account.email_key);
    // By the address, and by browsers that have their own counters.
    let times = |scope, of_browsers| -> Stored<Vec<Moment>> {
        let hits = rate_limits::hits(rows, scope, &address, DAY, now)?;
        let mut times: Vec<Moment> = hits.iter().map(|hit| hit.at).collect();
        times.extend(rows.hits_of_browsers(of_browsers, id, now.minus(DAY))?);
        times.sort_unstable();
        Ok(times)
    };
    Ok(Export {
        consents: rows.consents_of(id)?,
        sessions: rows.sessions_of(id, core.alive(now))?,
        links: rows.links_held(id)?,
        browsers: rows.devices_of(id)?,
        mails: rows.mails_of(id)?,
        failed_logins: times(Scope::LoginAccount, Scope::LoginDevice)?,
        registrations: times(Scope::RegisterAddress, Scope::RegisterDevice)?,
        resets: times(Scope::ResetAddress, Scope::ResetDevice)?,
        moves: times(Scope::AddressCodes, Scope::AddressDevice)?,
        address_changes: rows.address_changes_of(id, now)?,
        account,
    })
}
