//! The reader's own account: newsletter, password, deletion.

use super::enqueue::NewMail;
use super::sessions::{NewSession, signed_in};
use super::{Accounts, Core, Requester, Transaction};
use crate::domain::hashing::Checked;
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::rate_limits::{self, Counters, Reserved};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{
    Account, Consent, Departure, DepartureKind, Ended, MailKind, Rows, Scope, Session, Stored,
};
use crate::domain::time::Moment;

impl Accounts {
    /// `POST /api/newsletter`: stores the consent with time and wording, if it differs from the last one. `words`
    /// are ID, text and language of the wording beside the button.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn newsletter(
        &self,
        requester: &Requester,
        subscribed: bool,
        words: [String; 3],
    ) -> Result<(), Stop> {
        let session = requester.session;
        let said = words.clone();
        let is_so = self
            .read(move |rows, now, core| {
                let account = signed_in(rows, core, now, session)?.session.account;
                is_latest_consent(rows, account, subscribed, &said)
            })
            .await?;
        if is_so {
            return Ok(());
        }
        self.write(move |tx| {
            let account = tx.signed_in(session)?.session.account;
            if is_latest_consent(tx.rows, account, subscribed, &words)? {
                return Ok(());
            }
            tx.rows.set_subscribed(account, subscribed)?;
            let [wording, text, language] = words.clone();
            let consent = Consent {
                subscribed,
                wording,
                text,
                language,
                at: tx.now,
            };
            let most = tx.core.limits.consents;
            Ok(tx.rows.insert_consent(account, &consent, most)?)
        })
        .await
    }

    /// The address of the account, if it may change its password: checks the limits for
    /// [`Accounts::change_password`] before the new password is judged, which is expensive.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::TooMany`].
    pub async fn may_change_password(&self, requester: &Requester) -> Result<String, Stop> {
        let requester = requester.clone();
        self.read(move |rows, now, core| {
            let signed_in = signed_in(rows, core, now, requester.session)?;
            let account = signed_in.session.account;
            let account = rows.account(account)?.ok_or(Refusal::SignedOut)?;
            let who = core.confirming(rows, now, &requester, &account, &signed_in.session)?;
            rate_limits::check_own_logins(rows, &core.limits, &who, now)?;
            core.check_password_changes(rows, now, account.id)?;
            Ok(account.email)
        })
        .await
    }

    /// `POST /api/account/password`: ends all sessions and links, notifies the owner, and starts a new session, so
    /// that a stolen copy of the old cookie is useless.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn change_password(
        &self,
        requester: &Requester,
        current: Password,
        password: Password,
    ) -> Result<NewSession, Stop> {
        let (session, account, reserved) = self.confirm(requester, current).await?;
        let place = self.slot_or_cancel(requester.network, reserved).await?;
        let hash = self.hasher.hash(place, password).await;
        let hash = hash.ok_or(Refusal::Unavailable)?;
        let requester = requester.clone();
        let new = self
            .write(move |tx| {
                rate_limits::refund(tx.rows, reserved)?;
                let account = tx.still_so(session, &account)?;
                let key = tx
                    .core
                    .check_password_changes(tx.rows, tx.now, account.id)?;
                tx.rows
                    .insert_hit(Scope::PasswordChange, &key, &[0; 32], tx.now)?;
                tx.change_password(&account, &hash)?;
                tx.revoke_access(account.id)?;
                let new = tx.begin_session(&requester, account.id)?;
                let successor = Some(new.session.hash());
                tx.note_end(session, account.id, Ended::Replaced, successor)?;
                Ok(new)
            })
            .await?;
        self.ring();
        Ok(new)
    }

    /// `POST /api/account/delete`: erases the account and everything that belongs to it.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::AddressRecent`], [`Refusal::TooMany`],
    /// [`Refusal::Busy`].
    pub async fn delete(&self, requester: &Requester, password: Password) -> Result<(), Stop> {
        let (session, account, reserved) = self.confirm(requester, password).await?;
        self.write(move |tx| {
            rate_limits::refund(tx.rows, reserved)?;
            let account = tx.still_so(session, &account)?;
            Core::check_deletion(tx.rows, tx.now, &account)?;
            tx.note_end(session, account.id, Ended::Deleted, None)?;
            Ok(tx.erase(&account)?)
        })
        .await?;
        self.ring();
        Ok(())
    }

    /// Checks the password of the signed-in account.
    pub(super) async fn confirm(
        &self,
        requester: &Requester,
        password: Password,
    ) -> Result<(TokenHash, Account, Reserved), Stop> {
        let session = requester.session.ok_or(Refusal::SignedOut)?;
        self.session(session).await?.ok_or(Refusal::SignedOut)?;
        let who = requester.clone();
        let (account, reserved) = self
            .write(move |tx| tx.reserve_confirm(&who, session))
            .await?;
        let place = self.slot_or_cancel(requester.network, reserved).await?;
        let hash = Some(account.password_hash.clone());
        match self.hasher.check(place, password, hash).await {
            None => Err(Refusal::Unavailable.into()),
            Some(Checked::Wrong) => Err(Refusal::CredentialsWrong.into()),
            Some(_) => Ok((session, account, reserved)),
        }
    }
}

/// Whether the latest consent is the same, for the same wording. An account without any counts as not subscribed.
fn is_latest_consent(
    rows: &dyn Rows,
    account: i64,
    subscribed: bool,
    words: &[String; 3],
) -> Result<bool, Stop> {
    let [wording, text, language] = words;
    Ok(match rows.consents_of(account)?.last() {
        None => !subscribed,
        Some(last) if subscribed => {
            last.subscribed
                && (&last.wording, &last.text, &last.language) == (wording, text, language)
        }
        Some(last) => !last.subscribed,
    })
}

impl Core {
    /// Checks the daily limit of password changes; returns the key of its counter.
    fn check_password_changes(
        &self,
        rows: &dyn Rows,
        now: Moment,
        account: i64,
    ) -> Result<[u8; 32], Stop> {
        let keys = self.account_keys(account);
        let most = self.limits.password_changes_day;
        rate_limits::check_daily_limit(rows, Scope::PasswordChange, &keys, most, now)?;
        Ok(keys[0])
    }

    /// The counters of password checks in a session. They belong to the session, so that strangers cannot exhaust
    /// them and a thief has few. They use its public ID, which a new cookie keeps.
    pub(super) fn confirming(
        &self,
        rows: &dyn Rows,
        now: Moment,
        requester: &Requester,
        account: &Account,
        session: &Session,
    ) -> Stored<Counters> {
        Ok(Counters {
            device: Some(self.hit_keys("session", session.id.as_bytes())[0]),
            ..self.counters(rows, now, requester, &account.email_key, None)?
        })
    }
}

impl Transaction<'_> {
    fn reserve_confirm(
        &mut self,
        requester: &Requester,
        session: TokenHash,
    ) -> Result<(Account, Reserved), Stop> {
        let session = self.signed_in(Some(session))?.session;
        let account = self.rows.account(session.account)?;
        let account = account.ok_or(Refusal::SignedOut)?;
        let who = self
            .core
            .confirming(self.rows, self.now, requester, &account, &session)?;
        let reserved = rate_limits::reserve_login(self.rows, &self.core.limits, &who, self.now)?;
        Ok((account, reserved))
    }

    /// The account, if session and password are still the checked ones.
    pub(super) fn still_so(&self, session: TokenHash, checked: &Account) -> Result<Account, Stop> {
        self.signed_in(Some(session))?;
        let account = self.rows.account(checked.id)?;
        let account = account.filter(|now| now.password_hash == checked.password_hash);
        Ok(account.ok_or(Refusal::SignedOut)?)
    }

    /// Erases an account, and notifies its owner.
    pub(super) fn erase(&mut self, account: &Account) -> Stored<()> {
        self.erase_flows(&account.email_key)?;
        for change in self.rows.address_changes_of(account.id, self.now)? {
            self.erase_flows(&change.email_key)?;
        }
        self.rows.end_address_flows(account.id, None)?;
        self.rows.drop_mails_of_account(account.id)?;
        let left = self.rows.departures_of(account.id)?;
        self.rows.erase_account(account.id)?;
        // A backup may have the account at a former address.
        for departure in left {
            let deleted = Departure {
                kind: Ok(DepartureKind::Deleted),
                ..departure
            };
            self.rows.insert_departure(&deleted, None)?;
        }
        self.depart(DepartureKind::Deleted, &account.email_key)?;
        let mail = NewMail {
            // The row must not refer to the erased account.
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
