//! One's own account: newsletter, password, deletion.

use super::post::Letterhead;
use super::{Accounts, Asker, Work};
use crate::domain::hashing::Checked;
use crate::domain::limits::{self, Counters, Reserved};
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::refusal::Refusal;
use crate::domain::store::{Account, Consent, Departure, Stored};

impl Accounts {
    /// `POST /api/newsletter`: keeps the consent with its time and its words. `words` are id, text and
    /// language of what stood beside the button.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn newsletter(
        &self,
        asker: &Asker,
        subscribed: bool,
        words: [String; 3],
    ) -> Result<(), Refusal> {
        let session = asker.session;
        self.write(move |work| {
            let Some(signed_in) = work.signed_in(session)? else {
                return Ok(Err(Refusal::SignedOut));
            };
            let account = signed_in.session.account;
            work.tx.set_subscribed(account, subscribed)?;
            let [wording, text, language] = words;
            let consent = Consent {
                subscribed,
                wording,
                text,
                language,
                at: work.now,
            };
            work.tx.insert_consent(account, &consent).map(Ok)
        })
        .await?
    }

    /// `POST /api/account/password`: ends the other sessions and all links, and tells the owner.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn change_password(
        &self,
        asker: &Asker,
        current: Password,
        password: Password,
    ) -> Result<(), Refusal> {
        // First, so that a full queue does not cost an attempt that was right.
        let place = self.reserve_hash()?;
        let (session, account, reserved) = self.confirm(asker, current).await?;
        let hash = self.hasher.hash(place, password).await;
        let hash = hash.ok_or(Refusal::Unavailable)?;
        self.write(move |work| {
            limits::give_back(work.tx, reserved)?;
            let Some(account) = work.still_so(session, &account)? else {
                return Ok(Err(Refusal::SignedOut));
            };
            work.change_password(&account, &hash)?;
            work.end_access(account.id, Some(&session))?;
            Ok(Ok(()))
        })
        .await??;
        self.ring();
        Ok(())
    }

    /// `POST /api/account/delete`: erases the account and everything that hangs on it.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn delete(&self, asker: &Asker, password: Password) -> Result<(), Refusal> {
        let (session, account, reserved) = self.confirm(asker, password).await?;
        self.write(move |work| {
            limits::give_back(work.tx, reserved)?;
            let Some(account) = work.still_so(session, &account)? else {
                return Ok(Err(Refusal::SignedOut));
            };
            work.erase(&account).map(Ok)
        })
        .await??;
        self.ring();
        Ok(())
    }

    /// Checks the password of whoever is logged in.
    async fn confirm(
        &self,
        asker: &Asker,
        password: Password,
    ) -> Result<(TokenHash, Account, Reserved), Refusal> {
        let session = asker.session.ok_or(Refusal::SignedOut)?;
        let place = self.reserve_hash()?;
        let who = asker.clone();
        let (account, reserved) = self
            .write(move |work| work.reserve_confirm(&who, session))
            .await??;
        let hash = Some(account.password_hash.clone());
        match self.hasher.check(place, password, hash).await {
            None => Err(Refusal::Unavailable),
            Some(Checked::Wrong) => Err(Refusal::CredentialsWrong),
            Some(_) => Ok((session, account, reserved)),
        }
    }
}

impl Work<'_> {
    fn reserve_confirm(
        &mut self,
        asker: &Asker,
        session: TokenHash,
    ) -> Stored<Result<(Account, Reserved), Refusal>> {
        let account = match self.signed_in(Some(session))? {
            Some(signed_in) => self.tx.account(signed_in.session.account)?,
            None => None,
        };
        let Some(account) = account else {
            return Ok(Err(Refusal::SignedOut));
        };
        // Counted for the session: strangers cannot use its tries up, and a thief has few.
        let who = Counters {
            device: Some(session.0),
            ..self.counters(asker, &account.email_key, None)?
        };
        let reserved = limits::reserve_login(self.tx, &self.core.limits, &who, self.now)?;
        Ok(reserved
            .map(|reserved| (account, reserved))
            .map_err(Refusal::TooMany))
    }

    /// The account, if session and password are still those that were checked.
    fn still_so(&self, session: TokenHash, checked: &Account) -> Stored<Option<Account>> {
        if self.signed_in(Some(session))?.is_none() {
            return Ok(None);
        }
        let account = self.tx.account(checked.id)?;
        Ok(account.filter(|now| now.password_hash == checked.password_hash))
    }

    /// Erases an account, and tells its owner.
    pub(super) fn erase(&mut self, account: &Account) -> Stored<()> {
        self.tx.end_flows_of(&account.email_key)?;
        self.tx.drop_mails_of_account(account.id)?;
        self.tx.erase_account(account.id)?;
        self.depart(Departure::DELETED, &account.email_key)?;
        let letter = Letterhead {
            // The row must not lead to what is erased.
            account: None,
            ..Letterhead::about(account, "deleted")
        };
        self.post(&letter, None)
    }
}

impl Letterhead {
    /// A mail to an account's owner.
    pub(super) fn about(account: &Account, kind: &'static str) -> Self {
        Self {
            kind,
            to: account.email.clone(),
            account: Some(account.id),
            flow: None,
            language: account.language.clone(),
        }
    }
}
