//! Operators' actions, from the command line, beside a running service.

use std::str::FromStr;

use super::{Accounts, Transaction};
use crate::domain::address::Address;
use crate::domain::rate_limits;
use crate::domain::refusal::Stop;
use crate::domain::store::{Account, Consent, QueuedMail, Rows, Scope, Stored};
use crate::domain::time::Moment;

/// Accounts read in one transaction.
const BATCH: u32 = 1000;

/// Counters of an address that can make its owner wait.
const OF_ADDRESS: [Scope; 5] = [
    Scope::LoginAccount,
    Scope::RegisterAddress,
    Scope::ResetAddress,
    Scope::LoginPromise,
    Scope::ResetPromise,
];

/// Which account an operator means.
#[derive(Clone, Debug)]
pub enum Who {
    /// By number.
    Number(i64),
    /// By address, in any spelling.
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

/// An account and its related rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The account.
    pub account: Account,
    /// Active sessions.
    pub sessions: usize,
    /// Device marks.
    pub browsers: usize,
    /// Mails queued or set aside.
    pub mails: usize,
    /// Until when the latest change of its address can be undone.
    pub undo_until: Option<Moment>,
}

impl Accounts {
    /// Every account, in order of creation.
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

    /// The rows related to an account.
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

    /// Disables or enables an account. Disabling ends sessions, links and flows at once. `false` if nothing changed
    /// or the account no longer exists.
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

    /// Lifts an account's waits: failed logins, and requested codes. Returns whether there were any.
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

    /// Ends an account's newsletter, recorded as an operator's action. `false` if there was none.
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

    /// Erases an account, as its owner could. `false` if it no longer exists.
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

    /// All mail that is queued or set aside, oldest first, and the current time.
    ///
    /// # Errors
    /// The store's.
    pub async fn queued_mail(&self) -> Result<(Vec<QueuedMail>, Moment), Stop> {
        self.read(|rows, now, _| Ok((rows.mails()?, now))).await
    }

    /// Reschedules a mail, or all of them, for immediate delivery; returns how many.
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
