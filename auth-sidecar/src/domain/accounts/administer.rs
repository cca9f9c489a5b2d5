//! What operators do: from the command line, beside a running service.

use std::str::FromStr;

use super::{Accounts, Transaction};
use crate::domain::address::Address;
use crate::domain::rate_limits;
use crate::domain::refusal::Stop;
use crate::domain::store::{Account, Consent, QueuedMail, Rows, Scope, Stored};
use crate::domain::time::Moment;

/// Accounts read at once.
const BATCH: u32 = 1000;

/// What is counted for an address, and can make its owner wait.
const OF_ADDRESS: [Scope; 5] = [
    Scope::LoginAccount,
    Scope::RegisterAddress,
    Scope::ResetAddress,
    Scope::LoginPromise,
    Scope::ResetPromise,
];

/// Whom an operator means.
#[derive(Clone, Debug)]
pub enum Who {
    /// The account of this number.
    Number(i64),
    /// The account of this address, in any spelling.
    Address(Address),
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let address = Address::parse(text);
        address
            .map(Self::Address)
            .map_err(|error| format!("neither an account's number nor an e-mail address: {error}"))
    }
}

/// An account, and how much hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The account.
    pub account: Account,
    /// Sessions that are alive.
    pub sessions: usize,
    /// Browsers that it logged in with.
    pub browsers: usize,
    /// Mails that wait or were set aside.
    pub mails: usize,
    /// Until when the latest change of its address can be undone.
    pub undo_until: Option<Moment>,
}

impl Accounts {
    /// Every account, in the order in which they came to be.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(&self) -> Result<Vec<Account>, Stop> {
        self.read(|rows, _, _| Ok(every_account(rows)?)).await
    }

    /// The account that is meant.
    ///
    /// # Errors
    /// The store's.
    pub async fn find(&self, who: Who) -> Result<Option<Account>, Stop> {
        self.read(move |rows, _, _| {
            Ok(match who {
                Who::Number(id) => rows.account(id)?,
                Who::Address(address) => rows.account_by_key(address.key())?,
            })
        })
        .await
    }

    /// What hangs on an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn overview(&self, account: Account) -> Result<Overview, Stop> {
        self.read(move |rows, now, core| {
            let id = account.id;
            Ok(Overview {
                sessions: rows.sessions_of(id, core.alive(now))?.len(),
                browsers: rows.devices_of(id)?.len(),
                mails: rows.mails_of(id)?.len(),
                undo_until: rows
                    .address_changes_of(id, now)?
                    .last()
                    .map(|change| change.until),
                account,
            })
        })
        .await
    }

    /// Disables or enables. Disabling ends sessions, links and flows at once. `false` if it was so already, or if
    /// there is no such account any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_disabled(&self, account: i64, disabled: bool) -> Result<bool, Stop> {
        self.write(move |tx| match tx.rows.account(account)? {
            Some(account) => Ok(tx.set_disabled(&account, disabled)?),
            None => Ok(false),
        })
        .await
    }

    /// Lifts what an account's address waits for: failed logins, and codes that were asked for. Whether there was
    /// anything.
    ///
    /// # Errors
    /// The store's.
    pub async fn unlock(&self, account: i64) -> Result<bool, Stop> {
        self.write(move |tx| match tx.rows.account(account)? {
            Some(account) => {
                let keys = tx.core.address_keys(&account.email_key);
                Ok(rate_limits::forget(tx.rows, &keys, &OF_ADDRESS)?)
            }
            None => Ok(false),
        })
        .await
    }

    /// Ends an account's newsletter, and keeps that it was an operator who did. `false` if there was none.
    ///
    /// # Errors
    /// The store's.
    pub async fn unsubscribe(&self, account: i64) -> Result<bool, Stop> {
        self.write(move |tx| {
            let account = tx.rows.account(account)?;
            let Some(account) = account.filter(|account| account.subscribed) else {
                return Ok(false);
            };
            tx.rows.set_subscribed(account.id, false)?;
            let consent = Consent {
                subscribed: false,
                wording: "operator".to_owned(),
                text: String::new(),
                language: account.language,
                at: tx.now,
            };
            tx.rows
                .insert_consent(account.id, &consent, tx.core.limits.consents)?;
            Ok(true)
        })
        .await
    }

    /// Erases an account as its owner could. `false` if it is gone already.
    ///
    /// # Errors
    /// The store's.
    pub async fn erase(&self, account: i64) -> Result<bool, Stop> {
        let erased = self
            .write(move |tx| match tx.rows.account(account)? {
                Some(account) => {
                    tx.erase(&account)?;
                    Ok(true)
                }
                None => Ok(false),
            })
            .await?;
        self.ring();
        Ok(erased)
    }

    /// All mail that waits or was set aside, oldest first, and the time.
    ///
    /// # Errors
    /// The store's.
    pub async fn queued_mail(&self) -> Result<(Vec<QueuedMail>, Moment), Stop> {
        self.read(|rows, now, _| Ok((rows.mails()?, now))).await
    }

    /// Makes the turn of a mail come now, or of all; how many there were to whom it could come.
    ///
    /// # Errors
    /// The store's.
    pub async fn retry_mail(&self, id: Option<String>) -> Result<u64, Stop> {
        let retried = self
            .write(move |tx| Ok(tx.rows.retry_mails(id.as_deref(), tx.now)?))
            .await?;
        self.ring();
        Ok(retried)
    }
}

/// Every account of one state of the rows.
pub(super) fn every_account(rows: &dyn Rows) -> Stored<Vec<Account>> {
    let mut all: Vec<Account> = Vec::new();
    loop {
        let after = all.last().map_or(0, |account| account.id);
        let batch = rows.accounts_after(after, BATCH)?;
        let is_last = batch.len() < BATCH as usize;
        all.extend(batch);
        if is_last {
            return Ok(all);
        }
    }
}

impl Transaction<'_> {
    fn set_disabled(&mut self, account: &Account, disabled: bool) -> Stored<bool> {
        let at = disabled.then_some(self.now);
        if !self.rows.set_disabled(account.id, at)? {
            return Ok(false);
        }
        if disabled {
            self.revoke_access(account.id)?;
            self.void_flows(&account.email_key, None, None)?;
            self.rows.end_address_flows(account.id, None)?;
        }
        Ok(true)
    }
}
