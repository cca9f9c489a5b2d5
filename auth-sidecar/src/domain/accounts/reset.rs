//! `reset`, `reset/verify` and `reset/password`: a new password for the reader of the account's mailbox.

use super::codes::CodeSent;
use super::enqueue::NewMail;
use super::flows::FlowCookie;
use super::register::{NewFlow, SENT_TWICE};
use super::{Accounts, Requester, Transaction};
use crate::domain::address::Address;
use crate::domain::keys::Purpose;
use crate::domain::password::Password;
use crate::domain::random::Token;
use crate::domain::rate_limits;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{
    Account, Departure, DepartureKind, Flow, FlowKind, FlowStep, MailKind, Stored, WayBack,
};

impl Accounts {
    /// `POST /api/reset`. The same answer, after the same work, whether or not the address has an account.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn reset(
        &self,
        requester: Requester,
        address: Address,
        language: String,
    ) -> Result<CodeSent, Stop> {
        let sent = self
            .write(move |tx| {
                let kind = FlowKind::Reset;
                let reserved = tx.reserve_codes(&requester, &address, kind)?;
                let new = NewFlow {
                    kind,
                    address: &address,
                    language: &language,
                    password_hash: None,
                    mover: None,
                };
                Ok(tx.begin(&requester, &new, reserved)?)
            })
            .await?;
        self.ring();
        Ok(sent)
    }

    /// `POST /api/reset/verify`.
    ///
    /// # Errors
    /// Those of codes, and [`Refusal::NoFlow`].
    pub async fn reset_verify(&self, requester: Requester, code: String) -> Result<(), Stop> {
        self.check_code(&requester, FlowKind::Reset, &code).await?;
        self.write(move |tx| {
            let flow = tx.enter_code(&requester.flow, FlowKind::Reset, &code)?;
            let until = tx.now.plus(tx.core.lifetimes.new_password);
            tx.rows.advance(
                &flow.id,
                FlowStep::Code,
                FlowStep::NewPassword,
                tx.now,
                until,
            )?;
            Ok(())
        })
        .await
    }

    /// The address whose new password is to be chosen, which the password must not resemble.
    ///
    /// # Errors
    /// [`Refusal::NoFlow`].
    pub async fn resetting(&self, cookie: &FlowCookie) -> Result<String, Stop> {
        let flow = match *cookie {
            FlowCookie::Flow(id) => self.flow(id).await?,
            _ => None,
        };
        let flow = flow.filter(chooses_password).ok_or(Refusal::NoFlow)?;
        Ok(flow.email)
    }

    /// The return path of a reset completed moments ago, so that the answer may have been lost.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_reset(&self, cookie: &FlowCookie) -> Result<Option<WayBack>, Stop> {
        let FlowCookie::Flow(id) = *cookie else {
            return Ok(None);
        };
        self.read(move |rows, now, _| {
            let flow = rows.flow(&id, now)?;
            let done = |flow: &Flow| (flow.kind, flow.step) == (FlowKind::Reset, FlowStep::Done);
            let Some(flow) = flow.filter(done) else {
                return Ok(None);
            };
            let account = rows.account_by_key(&flow.email_key)?;
            let just_now = account.is_some_and(|own| now < own.password_at.plus(SENT_TWICE));
            Ok(just_now.then_some(flow.back))
        })
        .await
    }

    /// `POST /api/reset/password`: ends all sessions and links, notifies the owner, does not log in. Returns the
    /// return path, and a device mark unless the browser has one.
    ///
    /// # Errors
    /// [`Refusal::NoFlow`], [`Refusal::Busy`].
    pub async fn reset_password(
        &self,
        requester: Requester,
        password: Password,
    ) -> Result<(WayBack, Option<Token>), Stop> {
        let place = self.hashing_slot(requester.network)?;
        let hash = self.hasher.hash(place, password).await;
        let hash = hash.ok_or(Refusal::Unavailable)?;
        let back = self
            .write(move |tx| tx.finish_reset(&requester, &hash))
            .await?;
        self.ring();
        Ok(back)
    }
}

fn chooses_password(flow: &Flow) -> bool {
    flow.kind == FlowKind::Reset && flow.step == FlowStep::NewPassword
}

impl Transaction<'_> {
    fn finish_reset(
        &mut self,
        requester: &Requester,
        hash: &str,
    ) -> Result<(WayBack, Option<Token>), Stop> {
        let FlowCookie::Flow(id) = &requester.flow else {
            return Err(Refusal::NoFlow.into());
        };
        let flow = self.rows.flow(id, self.now)?;
        let flow = flow.filter(chooses_password).ok_or(Refusal::NoFlow)?;
        // By address: the account may have been created after the first code.
        let account = self.rows.account_by_key(&flow.email_key)?;
        let enabled = |account: &Account| account.disabled_at.is_none();
        let account = account.filter(enabled).ok_or(Refusal::NoFlow)?;
        let until = self.now.plus(self.core.lifetimes.way_back);
        self.rows
            .advance(id, FlowStep::NewPassword, FlowStep::Done, self.now, until)?;
        self.void_flows(&account.email_key, Some(FlowKind::Reset), Some(id))?;
        self.change_password(&account, hash)?;
        self.revoke_access(account.id)?;
        // The reader of the mailbox is the owner, whatever others tried before.
        let address = self.core.address_keys(&account.email_key);
        rate_limits::lift_waits(self.rows, &address)?;
        let mark = self.mark_browser(requester, account.id)?;
        Ok((flow.back, mark))
    }

    /// Sets a new password: notifies the owner, and keeps a restored backup from reviving the old one.
    pub(super) fn change_password(&mut self, account: &Account, hash: &str) -> Stored<()> {
        self.rows
            .replace_password(account.id, &account.password_hash, hash, self.now)?;
        self.rows.end_address_flows(account.id, None)?;
        self.depart(DepartureKind::PasswordChanged, &account.email_key)?;
        let mail = NewMail::about(account, MailKind::PasswordChanged);
        self.enqueue(&mail, self.turn_of_owner(account.id), None)
    }

    /// Records what a restored backup must not undo.
    pub(super) fn depart(&mut self, kind: DepartureKind, email_key: &str) -> Stored<()> {
        self.depart_of(kind, email_key, None)
    }

    /// The same, for an account that exists.
    pub(super) fn depart_of(
        &mut self,
        kind: DepartureKind,
        email_key: &str,
        account: Option<i64>,
    ) -> Stored<()> {
        let parts: [&[u8]; 2] = [b"departure", email_key.as_bytes()];
        let departure = Departure {
            id: 0,
            kind: Ok(kind),
            key: self.core.keys.current().to_owned(),
            address: self.core.keys.mac(Purpose::Address, &parts),
            at: self.now,
        };
        self.rows.insert_departure(&departure, account)
    }
}
