//! Changing an account's address. A code goes to the new one, and a notice to the old one. For three days, the
//! reader of the old mailbox can undo the change with it, without a session.
//!
//! The old address is reserved meanwhile, and the owner cannot delete the account: otherwise a thief with session
//! and password could make undoing impossible.

use super::codes::CodeSent;
use super::enqueue::NewMail;
use super::flows::NewFlowCookie;
use super::register::{NewFlow, SENT_TWICE};
use super::sessions::{NewSession, signed_in};
use super::{Accounts, Core, Requester, Transaction};
use crate::domain::address::Address;
use crate::domain::keys::LENGTH;
use crate::domain::password::Password;
use crate::domain::random::{Token, bytes};
use crate::domain::rate_limits;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{
    Account, AddressChange, DepartureKind, Flow, FlowKind, FlowStep, MailKind, NO_PASSWORD, Rows,
    Scope, Stored, StoredCode,
};
use crate::domain::time::Moment;
use crate::domain::undo_code::UndoCode;

/// A change of address was undone.
pub struct Undone {
    /// The account's number.
    pub account: i64,
    /// The flow in which to choose a new password.
    pub flow: NewFlowCookie,
    /// The device mark, unless the browser has one already.
    pub mark: Option<Token>,
}

impl Accounts {
    /// Checks the account's limits for [`Accounts::ask_to_change_address`] before the password is checked.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::TooMany`], [`Refusal::AddressSame`].
    pub async fn may_change_address(
        &self,
        requester: &Requester,
        address: &Address,
    ) -> Result<(), Stop> {
        let (requester, key) = (requester.clone(), address.key().to_owned());
        self.read(move |rows, now, core| {
            let signed_in = signed_in(rows, core, now, requester.session)?;
            let account = rows.account(signed_in.session.account)?;
            let account = account.ok_or(Refusal::SignedOut)?;
            let who = core.confirming(rows, now, &requester, &account, &signed_in.session)?;
            rate_limits::check_own_logins(rows, &core.limits, &who, now)?;
            core.check_address_changes(rows, now, &account, &key)
        })
        .await
    }

    /// `POST /api/account/address`: sends a code to the new address. The same answer, after the same work, whether
    /// or not that has an account; if it has, its owner is notified by mail, and no code is valid.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::CredentialsWrong`], [`Refusal::AddressSame`], [`Refusal::TooMany`],
    /// [`Refusal::Busy`].
    pub async fn ask_to_change_address(
        &self,
        requester: &Requester,
        password: Password,
        address: Address,
        language: String,
    ) -> Result<CodeSent, Stop> {
        let (session, account, reserved) = self.confirm(requester, password).await?;
        let requester = requester.clone();
        let sent = self
            .write(move |tx| {
                rate_limits::refund(tx.rows, reserved)?;
                let account = tx.still_so(session, &account)?;
                tx.core
                    .check_address_changes(tx.rows, tx.now, &account, address.key())?;
                let kind = FlowKind::Address;
                let reserved = tx.reserve_codes(&requester, &address, kind)?;
                let key = tx.core.account_keys(account.id)[0];
                tx.rows
                    .insert_hit(Scope::AddressAsked, &key, &[0; 32], tx.now)?;
                let new = NewFlow {
                    kind,
                    address: &address,
                    language: &language,
                    password_hash: None,
                    mover: Some(account.id),
                };
                Ok(tx.begin(&requester, &new, reserved)?)
            })
            .await?;
        self.ring();
        Ok(sent)
    }

    /// `POST /api/account/address/verify`: the account gets the new address. Ends all sessions and starts a new one;
    /// links stay. The old address gets a notice.
    ///
    /// # Errors
    /// Those of codes, [`Refusal::SignedOut`], [`Refusal::NoFlow`].
    pub async fn change_address(
        &self,
        requester: &Requester,
        code: String,
    ) -> Result<NewSession, Stop> {
        let session = requester.session;
        self.read(move |rows, now, core| signed_in(rows, core, now, session))
            .await?;
        self.check_code(requester, FlowKind::Address, &code).await?;
        let requester = requester.clone();
        let new = self
            .write(move |tx| tx.change_address(&requester, &code))
            .await?;
        self.ring();
        Ok(new)
    }

    /// Whether this browser changed an address moments ago, so that the answer may have been lost.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_changed_address(&self, requester: &Requester) -> Result<bool, Stop> {
        let super::FlowCookie::Flow(id) = requester.flow else {
            return Ok(false);
        };
        self.read(move |rows, now, _| {
            let flow = rows.flow(&id, now)?;
            Ok(flow.is_some_and(|flow| {
                let just_now = |at: Moment| now < at.plus(SENT_TWICE);
                (flow.kind, flow.step) == (FlowKind::Address, FlowStep::Done)
                    && flow.code_used_at.is_some_and(just_now)
            }))
        })
        .await
    }

    /// `POST /api/account/address/undo`: the account gets its former address back. Ends sessions, links, the
    /// password and everything begun by the address in between; a new password must be chosen.
    ///
    /// # Errors
    /// [`Refusal::UndoInvalid`].
    pub async fn undo_address(
        &self,
        requester: &Requester,
        code: &str,
        language: String,
    ) -> Result<Undone, Stop> {
        let code = UndoCode::read(code).ok_or(Refusal::UndoInvalid)?.hash();
        // A malformed code writes nothing.
        self.read(move |rows, now, _| Ok(rows.address_change(&code, now)?))
            .await?
            .ok_or(Refusal::UndoInvalid)?;
        let requester = requester.clone();
        let undone = self
            .write(move |tx| {
                let change = tx.rows.address_change(&code, tx.now)?;
                tx.undo_address(&requester, &change.ok_or(Refusal::UndoInvalid)?, &language)
            })
            .await?;
        self.ring();
        Ok(undone)
    }
}

impl Core {
    /// Checks the daily limits of changes and codes, and that the address differs.
    fn check_address_changes(
        &self,
        rows: &dyn Rows,
        now: Moment,
        account: &Account,
        address: &str,
    ) -> Result<(), Stop> {
        if account.email_key == address {
            return Err(Refusal::AddressSame.into());
        }
        let keys = self.account_keys(account.id);
        for (scope, most) in [
            (Scope::AddressChange, self.limits.address_changes_day),
            (Scope::AddressAsked, self.limits.address_codes_day),
        ] {
            rate_limits::check_daily_limit(rows, scope, &keys, most, now)?;
        }
        Ok(())
    }

    /// Refuses while the address was changed recently enough to be undone.
    pub(super) fn check_deletion(
        rows: &dyn Rows,
        now: Moment,
        account: &Account,
    ) -> Result<(), Stop> {
        let changes = rows.address_changes_of(account.id, now)?;
        // An address that the account has again is reserved for nobody.
        let is_open = |change: &AddressChange| change.email_key != account.email_key;
        match changes.iter().any(is_open) {
            true => Err(Refusal::AddressRecent.into()),
            false => Ok(()),
        }
    }
}

impl Transaction<'_> {
    fn change_address(&mut self, requester: &Requester, code: &str) -> Result<NewSession, Stop> {
        let session = self.signed_in(requester.session)?.session;
        let flow = self.enter_code(&requester.flow, FlowKind::Address, code)?;
        let account = self.rows.account(session.account)?;
        // The flow was begun with the current password.
        let is_own = |account: &Account| {
            flow.account == Some(account.id) && account.password_at <= flow.created_at
        };
        let account = account.filter(is_own).ok_or(Refusal::NoFlow)?;
        let held = self.rows.held_address(&flow.email_key, self.now)?;
        if held.as_ref().is_some_and(|held| held.account != account.id) {
            return Err(Refusal::NoFlow.into());
        }
        // Someone may have taken the address meanwhile.
        if !self.move_account(&account, &flow.email_key, &flow.email)? {
            return Err(Refusal::NoFlow.into());
        }
        match held {
            Some(held) => self.is_back(&account, &held)?,
            None => self.tell_old_address(&account)?,
        }
        let until = self.now.plus(self.core.lifetimes.way_back);
        self.rows
            .advance(&flow.id, FlowStep::Code, FlowStep::Done, self.now, until)?;
        self.void_flows(&flow.email_key, None, Some(&flow.id))?;
        self.rows.end_address_flows(account.id, Some(&flow.id))?;
        self.rows.delete_hit(flow.network_hit)?;
        let key = self.core.account_keys(account.id)[0];
        self.rows
            .insert_hit(Scope::AddressChange, &key, &[0; 32], self.now)?;
        // The reader of the mailbox is the owner, whatever others tried before.
        let address = self.core.address_keys(&flow.email_key);
        rate_limits::lift_waits(self.rows, &address)?;
        self.rows.revoke_sessions_of(account.id, None)?;
        Ok(self.begin_session(requester, account.id)?)
    }

    fn undo_address(
        &mut self,
        requester: &Requester,
        change: &AddressChange,
        language: &str,
    ) -> Result<Undone, Stop> {
        let account = self.rows.account(change.account)?;
        let enabled = |account: &Account| account.disabled_at.is_none();
        let account = account.filter(enabled).ok_or(Refusal::UndoInvalid)?;
        // A form sent twice leads to the first answer.
        if account.email_key != change.email_key {
            if !self.move_account(&account, &change.email_key, &change.email)? {
                return Err(Refusal::UndoInvalid.into());
            }
            self.is_back(&account, change)?;
            self.rows.end_address_flows(account.id, None)?;
            self.void_password(&account, &change.email_key)?;
            self.revoke_access(account.id)?;
            let address = self.core.address_keys(&change.email_key);
            rate_limits::lift_waits(self.rows, &address)?;
        }
        // Ends device marks of other browsers; this one is the owner's.
        let mark = self.mark_browser(requester, account.id)?;
        let hash = mark.as_ref().map(Token::hash).or(requester.device);
        if let Some(hash) = hash {
            self.rows.forget_oldest_devices(account.id, &hash, 1)?;
        }
        Ok(Undone {
            account: account.id,
            flow: self.begin_password(requester, change, language)?,
            mark,
        })
    }

    /// Gives an account another address; false if it is taken. Flows of either address become void.
    fn move_account(&mut self, account: &Account, key: &str, spelling: &str) -> Stored<bool> {
        let to = [key, spelling];
        let from = &account.email_key;
        if !self.rows.replace_address(account.id, from, to, self.now)? {
            return Ok(false);
        }
        self.void_flows(from, None, None)?;
        self.depart_of(DepartureKind::AddressLeft, from, Some(account.id))?;
        Ok(true)
    }

    /// The account is back at an address that it left by this change: end this change and later ones.
    fn is_back(&mut self, account: &Account, change: &AddressChange) -> Stored<()> {
        self.rows.end_address_changes(account.id, change.id + 1)?;
        let until = self.now.plus(SENT_TWICE);
        self.rows
            .end_address_change_at(change.id, until.min(change.until))?;
        self.depart(DepartureKind::AddressBack, &change.email_key)?;
        let mail = NewMail::about(account, MailKind::AddressRestored);
        self.enqueue(&mail, self.turn_of_owner(account.id), None)
    }

    /// Stores how to undo a change, and notifies the former address.
    fn tell_old_address(&mut self, account: &Account) -> Stored<()> {
        let code = UndoCode::new(self.core.random.as_ref());
        let until = self.now.plus(self.core.lifetimes.address_hold);
        self.rows.insert_address_change(&AddressChange {
            id: 0,
            account: account.id,
            email_key: account.email_key.clone(),
            email: account.email.clone(),
            language: account.language.clone(),
            code: code.hash(),
            at: self.now,
            until,
        })?;
        let mail = NewMail::about(account, MailKind::AddressChanged);
        let turn = self.turn_of_owner(account.id);
        self.enqueue(&mail, turn, Some((code.as_str(), until)))
    }

    /// Sets a password that nobody can log in with.
    fn void_password(&mut self, account: &Account, email_key: &str) -> Stored<()> {
        let hash = &account.password_hash;
        self.rows
            .replace_password(account.id, hash, NO_PASSWORD, self.now)?;
        self.depart(DepartureKind::PasswordChanged, email_key)
    }

    /// Starts a reset whose code counts as entered: the undo code proved as much.
    fn begin_password(
        &mut self,
        requester: &Requester,
        change: &AddressChange,
        language: &str,
    ) -> Stored<NewFlowCookie> {
        let back = self.replace_flow(&requester.flow)?;
        let token = Token::new(self.core.random.as_ref());
        let expires_at = self.now.plus(self.core.lifetimes.new_password);
        self.rows.insert_flow(&Flow {
            id: token.hash(),
            kind: FlowKind::Reset,
            step: FlowStep::NewPassword,
            email_key: change.email_key.clone(),
            email: change.email.clone(),
            account: Some(change.account),
            password_hash: None,
            language: language.to_owned(),
            back,
            code: StoredCode {
                key: self.core.keys.current().to_owned(),
                mac: bytes::<LENGTH>(self.core.random.as_ref()),
                sent_at: self.now,
                expires_at: self.now,
            },
            code_tries: 0,
            code_used_at: Some(self.now),
            network_hit: 0,
            created_at: self.now,
            expires_at,
        })?;
        Ok(self.core.new_flow_cookie(&token))
    }
}
