//! `login`: an attempt is counted before the password is checked, and refunded if it was right. Unknown addresses
//! have the same counters, and are checked at the cost of some account's hash.

use super::sessions::NewSession;
use super::{Accounts, Requester, Transaction};
use crate::domain::address::Address;
use crate::domain::hashing::Checked;
use crate::domain::network::Network;
use crate::domain::password::Password;
use crate::domain::rate_limits::{self, Reserved};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Stored, WayBack};

/// A successful login.
#[derive(Debug)]
pub struct LoggedIn {
    /// The cookies.
    pub session: NewSession,
    /// Where to go next.
    pub back: WayBack,
    /// Work to do after the answer.
    pub upgrade: Option<Upgrade>,
}

/// A hash to replace by one with the current parameters.
#[derive(Debug)]
pub struct Upgrade {
    account: i64,
    from: String,
    password: Password,
    network: Network,
}

impl Accounts {
    /// `POST /api/login`.
    ///
    /// # Errors
    /// [`Refusal::CredentialsWrong`], [`Refusal::TooMany`], [`Refusal::Busy`],
    /// [`Refusal::AccountDisabled`].
    pub async fn log_in(
        &self,
        requester: Requester,
        address: Address,
        password: Password,
    ) -> Result<LoggedIn, Stop> {
        let who = requester.clone();
        let (reserved, account, against) = self
            .write(move |tx| tx.reserve_login(&who, &address))
            .await?;
        let place = self.slot_or_cancel(requester.network, reserved).await?;
        let checked = self.hasher.check(place, password.clone(), against);
        let checked = checked.await;
        let account = match (checked, account) {
            (None, _) => return Err(Refusal::Unavailable.into()),
            (Some(Checked::Right | Checked::RightButWeak), Some(account)) => account,
            _ => return Err(Refusal::CredentialsWrong.into()),
        };
        let upgrade = (checked == Some(Checked::RightButWeak)).then(|| Upgrade {
            account: account.id,
            from: account.password_hash.clone(),
            password,
            network: requester.network,
        });
        let (back, _) = self.way_back(&requester.flow).await?;
        let mut logged_in = self
            .write(move |tx| tx.finish_login(&requester, &account, reserved, &back))
            .await?;
        logged_in.upgrade = upgrade;
        Ok(logged_in)
    }

    /// Replaces a weak hash; the caller does so after its answer.
    ///
    /// # Errors
    /// The store's, [`Refusal::Busy`]: the next login then does it.
    pub async fn upgrade(&self, upgrade: Upgrade) -> Result<(), Stop> {
        let Upgrade {
            account,
            from,
            password,
            network,
        } = upgrade;
        let place = self.hashing_slot(network)?;
        let to = self.hasher.hash(place, password).await;
        let to = to.ok_or(Refusal::Unavailable)?;
        self.write(move |tx| {
            let Some(current) = tx.rows.account(account)? else {
                return Ok(());
            };
            // The password stays the same, and so does the time it was set.
            tx.rows
                .replace_password(account, &from, &to, current.password_at)?;
            Ok(())
        })
        .await
    }
}

impl Transaction<'_> {
    fn reserve_login(
        &mut self,
        requester: &Requester,
        address: &Address,
    ) -> Result<(Reserved, Option<Account>, Option<String>), Stop> {
        let account = self.rows.account_by_key(address.key())?;
        let who = self.counters(requester, address.key(), account.as_ref().map(|a| a.id))?;
        let reserved = rate_limits::reserve_login(self.rows, &self.core.limits, &who, self.now)?;
        // Accounts differ in the cost of their hashes after it was raised. So that the time reveals nothing, an
        // address without an account is checked against the hash of an account that its key picks; whatever the
        // result, it is refused.
        let [a, b, c, d, ..] = who.address[0];
        let any = self.rows.hash_of_any(u32::from_be_bytes([a, b, c, d]))?;
        let own = account
            .as_ref()
            .map(|account| account.password_hash.clone());
        Ok((reserved, account, own.or(any)))
    }

    fn finish_login(
        &mut self,
        requester: &Requester,
        checked: &Account,
        reserved: Reserved,
        back: &WayBack,
    ) -> Result<LoggedIn, Stop> {
        rate_limits::refund(self.rows, reserved)?;
        let account = self.rows.account(checked.id)?;
        // A reset or deletion may have come in between: then it was the old password.
        let account = account
            .filter(|now| now.password_hash == checked.password_hash)
            .ok_or(Refusal::CredentialsWrong)?;
        if account.disabled_at.is_some() {
            return Err(Refusal::AccountDisabled.into());
        }
        Ok(self.log_in(requester, account.id, back.clone())?)
    }

    pub(super) fn log_in(
        &mut self,
        requester: &Requester,
        account: i64,
        back: WayBack,
    ) -> Stored<LoggedIn> {
        Ok(LoggedIn {
            session: self.begin_session(requester, account)?,
            back,
            upgrade: None,
        })
    }
}
