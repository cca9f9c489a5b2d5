//! One's own account: newsletter, password, deletion.

use super::enqueue::NewMail;
use super::{Accounts, Asker, Transaction};
use crate::domain::hashing::Checked;
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::rate_limits::{self, Counters, Reserved};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Consent, DepartureKind, MailKind, Stored};

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
    ) -> Result<(), Stop> {
        let session = asker.session;
        self.write(move |tx| {
            let account = tx.signed_in(session)?.session.account;
            tx.rows.set_subscribed(account, subscribed)?;
            let [wording, text, language] = words.clone();
            let consent = Consent {
                subscribed,
                wording,
                text,
                language,
                at: tx.now,
            };
            Ok(tx.rows.insert_consent(account, &consent)?)
        })
        .await
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
    ) -> Result<(), Stop> {
        // First, so that a full queue does not cost an attempt that was right.
        let place = self.reserve_hash()?;
        let (session, account, reserved) = self.confirm(asker, current).await?;
        let hash = self.hasher.hash(place, password).await;
        let hash = hash.ok_or(Refusal::Unavailable)?;
        self.write(move |tx| {
            rate_limits::give_back(tx.rows, reserved)?;
            let account = tx.still_so(session, &account)?;
            tx.change_password(&account, &hash)?;
            Ok(tx.revoke_access(account.id, Some(&session))?)
        })
        .await?;
        self.ring();
        Ok(())
    }

    /// `POST /api/account/delete`: erases the account and everything that hangs on it.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn delete(&self, asker: &Asker, password: Password) -> Result<(), Stop> {
        let (session, account, reserved) = self.confirm(asker, password).await?;
        self.write(move |tx| {
            rate_limits::give_back(tx.rows, reserved)?;
            let account = tx.still_so(session, &account)?;
            Ok(tx.erase(&account)?)
        })
        .await?;
        self.ring();
        Ok(())
    }

    /// Checks the password of whoever is logged in.
    async fn confirm(
        &self,
        asker: &Asker,
        password: Password,
    ) -> Result<(TokenHash, Account, Reserved), Stop> {
        let session = asker.session.ok_or(Refusal::SignedOut)?;
        let place = self.reserve_hash()?;
        let who = asker.clone();
        let (account, reserved) = self
            .write(move |tx| tx.reserve_confirm(&who, session))
            .await?;
        let hash = Some(account.password_hash.clone());
        match self.hasher.check(place, password, hash).await {
            None => Err(Refusal::Unavailable.into()),
            Some(Checked::Wrong) => Err(Refusal::CredentialsWrong.into()),
            Some(_) => Ok((session, account, reserved)),
        }
    }
}

impl Transaction<'_> {
    fn reserve_confirm(
        &mut self,
        asker: &Asker,
        session: TokenHash,
    ) -> Result<(Account, Reserved), Stop> {
        let account = self.signed_in(Some(session))?.session.account;
        let account = self.rows.account(account)?.ok_or(Refusal::SignedOut)?;
        // Counted for the session: strangers cannot use its tries up, and a thief has few.
        let who = Counters {
            device: Some(session.0),
            ..self.counters(asker, &account.email_key, None)?
        };
        let reserved = rate_limits::reserve_login(self.rows, &self.core.limits, &who, self.now)?;
        Ok((account, reserved))
    }

    /// The account, if session and password are still those that were checked.
    fn still_so(&self, session: TokenHash, checked: &Account) -> Result<Account, Stop> {
        self.signed_in(Some(session))?;
        let account = self.rows.account(checked.id)?;
        let account = account.filter(|now| now.password_hash == checked.password_hash);
        Ok(account.ok_or(Refusal::SignedOut)?)
    }

    /// Erases an account, and tells its owner.
    pub(super) fn erase(&mut self, account: &Account) -> Stored<()> {
        self.erase_flows(&account.email_key)?;
        self.rows.drop_mails_of_account(account.id)?;
        self.rows.erase_account(account.id)?;
        self.depart(DepartureKind::Deleted, &account.email_key)?;
        let mail = NewMail {
            // The row must not lead to what is erased.
            account: None,
            ..NewMail::about(account, MailKind::Deleted)
        };
        self.enqueue(&mail, self.turn_of_owner(account.id), None)
    }
}

impl NewMail {
    /// A mail to an account's owner.
    pub(super) fn about(account: &Account, kind: MailKind) -> Self {
        Self {
            kind: Some(kind),
            to: account.email.clone(),
            account: Some(account.id),
            flow: None,
            language: account.language.clone(),
        }
    }
}
