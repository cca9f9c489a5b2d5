//! `register` and `verify`: an account is created when the code from its mailbox is entered, with the password of
//! that same flow. Until then nobody can log in, so registering someone else's address first gains nothing.

use std::time::Duration;

use super::codes::{CodeFor, CodeSent, MAIL_BUSY};
use super::flows::FlowCookie;
use super::login::LoggedIn;
use super::{Accounts, Requester, Transaction, scopes};
use crate::domain::address::Address;
use crate::domain::password::Password;
use crate::domain::random::Token;
use crate::domain::rate_limits::{self, CodeWaits, Reserved};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Flow, FlowKind, FlowStep, Stored, WayBack};

/// A form repeated within this time was sent twice by one impatient click.
pub(super) const SENT_TWICE: Duration = Duration::from_secs(60);
/// The same for a form that may be repeated on purpose.
pub(super) const IMPATIENCE: Duration = Duration::from_secs(10);

/// A registration with validated fields.
#[derive(Debug)]
pub struct Registration {
    /// The address.
    pub address: Address,
    /// A password that meets the rules.
    pub password: Password,
    /// The language of mails and of the account.
    pub language: String,
}

/// A flow to start.
pub(super) struct NewFlow<'a> {
    pub(super) kind: FlowKind,
    pub(super) address: &'a Address,
    pub(super) language: &'a str,
    pub(super) password_hash: Option<&'a str>,
    /// The account that is to have the address.
    pub(super) mover: Option<i64>,
}

impl Accounts {
    /// Checks the limits for [`Accounts::register`] before a password is judged, which is expensive.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn may_register(&self, requester: &Requester, address: &Address) -> Result<(), Stop> {
        let (who, of) = (requester.clone(), address.clone());
        let is_free = self
            .read(move |rows, now, core| {
                let account = rows.account_by_key(of.key())?.map(|account| account.id);
                let who = core.counters(rows, now, &who, of.key(), account)?;
                let scopes = scopes(FlowKind::Register);
                let waits = CodeWaits::of(rows, &core.limits, scopes, &who, now)?;
                waits.check_network(now, Refusal::TooMany)?;
                Ok(waits.own_is_free())
            })
            .await?;
        if !is_free {
            // A request refused by the address's limit still counts for the network.
            let (who, of) = (requester.clone(), address.clone());
            self.write(move |tx| tx.reserve_codes(&who, &of, FlowKind::Register))
                .await?;
        }
        Ok(())
    }

    /// `POST /api/register`. The same answer, after the same work, whether or not the address has an account; if it
    /// has, its owner is notified by mail, and no code is valid.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn register(
        &self,
        requester: Requester,
        registration: Registration,
    ) -> Result<CodeSent, Stop> {
        let Registration {
            address,
            password,
            language,
        } = registration;
        let (who, of) = (requester.clone(), address.clone());
        let reserved = self
            .write(move |tx| tx.reserve_codes(&who, &of, FlowKind::Register))
            .await?;
        let place = self.slot_or_cancel(requester.network, reserved).await?;
        let hash = self
            .hasher
            .hash(place, password)
            .await
            .ok_or(Refusal::Unavailable)?;
        let sent = self
            .write(move |tx| {
                let new = NewFlow {
                    kind: FlowKind::Register,
                    address: &address,
                    language: &language,
                    password_hash: Some(&hash),
                    mover: None,
                };
                Ok(tx.begin(&requester, &new, reserved)?)
            })
            .await?;
        self.ring();
        Ok(sent)
    }

    /// `POST /api/verify`: creates the account and logs in.
    ///
    /// # Errors
    /// Those of codes, and [`Refusal::NoFlow`].
    pub async fn verify(&self, requester: Requester, code: String) -> Result<LoggedIn, Stop> {
        self.check_code(&requester, FlowKind::Register, &code)
            .await?;
        self.write(move |tx| tx.verify(&requester, &code)).await
    }

    /// The return path of a registration whose code was already entered: by the browser that is signed in by it, or
    /// moments ago, so that the answer may have been lost.
    ///
    /// # Errors
    /// The store's.
    pub async fn verified(&self, requester: &Requester) -> Result<Option<WayBack>, Stop> {
        let (FlowCookie::Flow(id), session) = (requester.flow.clone(), requester.session) else {
            return Ok(None);
        };
        self.read(move |rows, now, core| {
            let flow = rows.flow(&id, now)?;
            let done =
                flow.filter(|flow| (flow.kind, flow.step) == (FlowKind::Register, FlowStep::Done));
            let Some(flow) = done else {
                return Ok(None);
            };
            let just_now = flow
                .code_used_at
                .is_some_and(|at| now < at.plus(SENT_TWICE));
            let signed_in = match session {
                Some(session) => rows.session(&session, core.alive(now))?,
                None => None,
            };
            let account = rows.account_by_key(&flow.email_key)?;
            let own = account.zip(signed_in);
            let is_own = own.is_some_and(|(account, own)| own.session.account == account.id);
            Ok((just_now || is_own).then_some(flow.back))
        })
        .await
    }
}

impl Transaction<'_> {
    /// Counts a requested code.
    pub(super) fn reserve_codes(
        &mut self,
        requester: &Requester,
        address: &Address,
        kind: FlowKind,
    ) -> Result<Reserved, Stop> {
        if self.mail_is_behind(requester.network)? {
            return Err(Refusal::Busy(MAIL_BUSY).into());
        }
        let account = self.rows.account_by_key(address.key())?;
        let who = self.counters(requester, address.key(), account.map(|account| account.id))?;
        rate_limits::reserve_code(
            self.rows,
            &self.core.limits,
            scopes(kind),
            &who,
            self.now,
            Refusal::TooMany,
        )
    }

    /// Starts a flow: a row, a code and a mail, whatever the address.
    pub(super) fn begin(
        &mut self,
        requester: &Requester,
        new: &NewFlow<'_>,
        reserved: Reserved,
    ) -> Stored<CodeSent> {
        let NewFlow {
            kind,
            address,
            language,
            password_hash,
            mover,
        } = *new;
        let back = self.replace_flow(&requester.flow)?;
        let account = self.rows.account_by_key(address.key())?;
        let lifetimes = &self.core.lifetimes;
        let token = Token::new(self.core.random.as_ref());
        let id = token.hash();
        let expires_at = self.now.plus(lifetimes.code);
        let of = CodeFor {
            flow: id,
            kind,
            email_key: address.key(),
            email: address.spelling(),
            language,
            account: account.as_ref(),
            mover,
        };
        let code = self.send_code(requester, &of, expires_at)?;
        self.rows.insert_flow(&Flow {
            id,
            kind,
            step: FlowStep::Code,
            email_key: address.key().to_owned(),
            email: address.spelling().to_owned(),
            account: match kind {
                FlowKind::Address => mover,
                FlowKind::Register | FlowKind::Reset => account.map(|account| account.id),
            },
            password_hash: password_hash.map(str::to_owned),
            language: language.to_owned(),
            back,
            code,
            code_tries: 0,
            code_used_at: None,
            network_hit: reserved.network,
            created_at: self.now,
            expires_at: self.now.plus(lifetimes.flow_most),
        })?;
        Ok(CodeSent {
            sent_at: self.now,
            expires_at,
            resend_at: self.now.plus(lifetimes.resend_wait),
            cookie: Some(self.core.new_flow_cookie(&token)),
        })
    }

    fn verify(&mut self, requester: &Requester, code: &str) -> Result<LoggedIn, Stop> {
        let flow = self.enter_code(&requester.flow, FlowKind::Register, code)?;
        let password_hash = flow.password_hash.clone().ok_or(Refusal::NoFlow)?;
        let account = Account {
            id: 0,
            email_key: flow.email_key.clone(),
            email: flow.email.clone(),
            password_hash,
            language: flow.language.clone(),
            subscribed: false,
            created_at: self.now,
            password_at: self.now,
            address_at: self.now,
            disabled_at: None,
        };
        if self.rows.held_address(&flow.email_key, self.now)?.is_some() {
            return Err(Refusal::NoFlow.into());
        }
        // Another flow of this address may have finished first: a registration never changes an account.
        let id = self.rows.insert_account(&account)?.ok_or(Refusal::NoFlow)?;
        let until = self.now.plus(self.core.lifetimes.way_back);
        self.rows
            .advance(&flow.id, FlowStep::Code, FlowStep::Done, self.now, until)?;
        for kind in [FlowKind::Register, FlowKind::Address] {
            self.void_flows(&flow.email_key, Some(kind), Some(&flow.id))?;
        }
        self.rows.delete_hit(flow.network_hit)?;
        Ok(self.log_in(requester, id, flow.back)?)
    }
}
