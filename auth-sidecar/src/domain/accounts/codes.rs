//! Codes: 8 digits in a mail, valid once, for one flow and purpose, for 30 minutes and 5 attempts.

use super::enqueue::NewMail;
use super::flows::{FlowCookie, NewFlowCookie};
use super::register::IMPATIENCE;
use super::{Accounts, Core, ERASED, Requester, Transaction, scopes};
use crate::domain::keys::{LENGTH, Purpose};
use crate::domain::random::{TokenHash, below, bytes};
use crate::domain::rate_limits;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Flow, FlowKind, FlowStep, MailKind, Rows, Stored, StoredCode};
use crate::domain::time::Moment;
use crate::domain::typed;

/// Digits of a code.
const DIGITS: usize = 8;
/// The number of codes.
const CODES: u32 = 100_000_000;
/// Seconds to wait before retrying while mail is behind.
pub(super) const MAIL_BUSY: u64 = 60;

/// The flow that a code is for.
pub(super) struct CodeFor<'a> {
    pub(super) flow: TokenHash,
    pub(super) kind: FlowKind,
    pub(super) email_key: &'a str,
    /// The spelling as given, for an address without an account.
    pub(super) email: &'a str,
    pub(super) language: &'a str,
    /// The account that has the address.
    pub(super) account: Option<&'a Account>,
    /// The account that is to have the address.
    pub(super) mover: Option<i64>,
}

/// A code was sent, or the answer says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSent {
    /// The current time.
    pub sent_at: Moment,
    /// When the code expires.
    pub expires_at: Moment,
    /// When the next code can be requested.
    pub resend_at: Moment,
    /// The cookie, if the flow is new.
    pub cookie: Option<NewFlowCookie>,
}

fn purpose(kind: FlowKind) -> &'static [u8] {
    match kind {
        FlowKind::Register => b"register",
        FlowKind::Reset => b"reset",
        FlowKind::Address => b"address",
    }
}

/// The flow of a code and the code's digits, if an attempt may count: at most `most` are judged.
fn check_code(
    rows: &dyn Rows,
    now: Moment,
    most: u32,
    cookie: &FlowCookie,
    kind: FlowKind,
    code: &str,
) -> Result<(Flow, String), Stop> {
    let FlowCookie::Flow(id) = cookie else {
        return Err(Refusal::NoFlow.into());
    };
    let flow = rows.flow(id, now)?.filter(|flow| flow.kind == kind);
    let flow = flow.ok_or(Refusal::NoFlow)?;
    if now >= flow.code.expires_at {
        return Err(match flow.step {
            FlowStep::Code => Refusal::CodeExpired,
            FlowStep::NewPassword | FlowStep::Done => Refusal::NoFlow,
        }
        .into());
    }
    match (
        most.saturating_sub(flow.code_tries),
        typed::digits(code, DIGITS),
    ) {
        (0, _) => Err(Refusal::CodeSpent.into()),
        (left, None) => Err(Refusal::CodeWrong(left).into()),
        (_, Some(code)) => Ok((flow, code)),
    }
}

/// The flow for which another code may be requested now.
fn check_resend(
    rows: &dyn Rows,
    now: Moment,
    core: &Core,
    cookie: &FlowCookie,
) -> Result<Flow, Stop> {
    let FlowCookie::Flow(id) = cookie else {
        return Err(Refusal::NoFlow.into());
    };
    let waiting = |flow: &Flow| flow.step == FlowStep::Code;
    let flow = rows.flow(id, now)?.filter(waiting).ok_or(Refusal::NoFlow)?;
    let flow_end = flow.created_at.plus(core.lifetimes.flow_most);
    // The mail would be sent too late.
    if now >= flow_end.minus(core.lifetimes.code_mail_margin) {
        return Err(Refusal::NoFlow.into());
    }
    let resend_at = flow.code.sent_at.plus(core.lifetimes.resend_wait);
    match now < resend_at {
        true => Err(Refusal::CodeWait(resend_at.seconds_from(now)).into()),
        false => Ok(flow),
    }
}

impl Transaction<'_> {
    /// Sends a new code and returns what to store. The statements and the work are the same for every address; where
    /// nobody should get a code, none is valid.
    pub(super) fn send_code(
        &mut self,
        requester: &Requester,
        of: &CodeFor<'_>,
        expires_at: Moment,
    ) -> Stored<StoredCode> {
        let mail = self.code_mail(requester, of)?;
        let random = self.core.random.as_ref();
        let code = format!("{:08}", below(random, CODES));
        let parts: [&[u8]; 3] = [&of.flow.0, purpose(of.kind), code.as_bytes()];
        let right = self.core.keys.mac(Purpose::Code, &parts);
        let nobodys = bytes::<LENGTH>(random);
        let stored = StoredCode {
            key: self.core.keys.current().to_owned(),
            mac: if mail.tells_code() { right } else { nobodys },
            sent_at: self.now,
            expires_at,
        };
        let turn = self.turn_of(requester.network)?;
        self.enqueue(&mail, turn, Some((&code, expires_at)))?;
        Ok(stored)
    }

    /// Which mail goes to whom, and whether it is a decoy.
    fn code_mail(&mut self, requester: &Requester, of: &CodeFor<'_>) -> Stored<NewMail> {
        let account = of.account;
        let who = self.counters(requester, of.email_key, account.map(|account| account.id))?;
        // Reserved for an account other than this one.
        let held = self.rows.held_address(of.email_key, self.now)?;
        let held = held.filter(|held| account.is_none() && of.mover != Some(held.account));
        let (kind, is_notice) = match (of.kind, account) {
            (_, Some(account)) if account.disabled_at.is_some() => (Some(MailKind::Closed), true),
            (FlowKind::Register, Some(_)) => (Some(MailKind::Exists), true),
            (FlowKind::Address, Some(_)) => (Some(MailKind::AddressTaken), true),
            (FlowKind::Reset, Some(_)) => (Some(MailKind::Reset), false),
            (_, None) if held.is_some() => (Some(MailKind::AddressHeld), true),
            // A decoy.
            (FlowKind::Reset, None) => (None, false),
            (_, None) if of.email.starts_with(ERASED) => (None, false),
            (FlowKind::Register, None) => (Some(MailKind::Verify), false),
            (FlowKind::Address, None) => (Some(MailKind::Address), false),
        };
        let (to, owner, language) = match (account, &held) {
            (Some(account), _) => (&*account.email, Some(account.id), &*account.language),
            (None, Some(held)) => (&*held.email, Some(held.account), &*held.language),
            (None, None) => (of.email, of.mover, of.language),
        };
        let allowed =
            rate_limits::reserve_notice(self.rows, &self.core.limits, is_notice, &who, self.now)?;
        Ok(NewMail {
            kind: kind.filter(|_| allowed || !is_notice),
            to: to.to_owned(),
            account: owner,
            // A new code replaces no notice: otherwise whoever asks again could suppress it.
            flow: (!is_notice).then_some(of.flow),
            language: language.to_owned(),
        })
    }

    /// Judges a code. Every call with eight digits counts.
    pub(super) fn enter_code(
        &mut self,
        cookie: &FlowCookie,
        kind: FlowKind,
        code: &str,
    ) -> Result<Flow, Stop> {
        let most = self.core.limits.code_tries;
        let (flow, code) = check_code(self.rows, self.now, most, cookie, kind, code)?;
        let (id, entered) = (flow.id, flow.step != FlowStep::Code);
        if !self.rows.count_try(&id, most)? {
            return Err(Refusal::CodeSpent.into());
        }
        let parts: [&[u8]; 3] = [&id.0, purpose(kind), code.as_bytes()];
        let right = self
            .core
            .keys
            .verify(&flow.code.key, Purpose::Code, &parts, &flow.code.mac);
        match (right, entered) {
            (false, _) => {
                let left = most.saturating_sub(flow.code_tries + 1);
                Err(Refusal::CodeWrong(left).into())
            }
            (true, true) => Err(Refusal::CodeUsed.into()),
            (true, false) => Ok(flow),
        }
    }

    fn resend(&mut self, requester: &Requester) -> Result<CodeSent, Stop> {
        let flow = check_resend(self.rows, self.now, self.core, &requester.flow)?;
        let (id, lifetimes) = (flow.id, &self.core.lifetimes);
        let flow_end = flow.created_at.plus(lifetimes.flow_most);
        if self.mail_is_behind(requester.network)? {
            return Err(Refusal::Busy(MAIL_BUSY).into());
        }
        let account = self.rows.account_by_key(&flow.email_key)?;
        let who = self.counters(requester, &flow.email_key, account.as_ref().map(|a| a.id))?;
        rate_limits::reserve_code(
            self.rows,
            &self.core.limits,
            scopes(flow.kind),
            &who,
            self.now,
            Refusal::CodeLimit,
        )?;
        let expires_at = self.now.plus(lifetimes.code).min(flow_end);
        let resend_at = self.now.plus(lifetimes.resend_wait);
        let of = CodeFor {
            flow: id,
            kind: flow.kind,
            email_key: &flow.email_key,
            email: &flow.email,
            language: &flow.language,
            account: account.as_ref(),
            mover: flow.account.filter(|_| flow.kind == FlowKind::Address),
        };
        let code = self.send_code(requester, &of, expires_at)?;
        self.rows.replace_code(&id, &code, flow_end)?;
        Ok(CodeSent {
            sent_at: self.now,
            expires_at,
            resend_at,
            cookie: None,
        })
    }
}

impl Accounts {
    /// The answer to a code that was re-requested moments ago, so that the answer may have been lost.
    ///
    /// # Errors
    /// The store's.
    pub async fn just_resent(&self, cookie: &FlowCookie) -> Result<Option<CodeSent>, Stop> {
        let FlowCookie::Flow(id) = *cookie else {
            return Ok(None);
        };
        self.read(move |rows, now, core| {
            let resent = |flow: &Flow| {
                let sent_at = flow.code.sent_at;
                sent_at > flow.created_at && now < sent_at.plus(IMPATIENCE)
            };
            let flow = rows.flow(&id, now)?.filter(resent);
            Ok(flow.map(|flow| CodeSent {
                sent_at: now,
                expires_at: flow.code.expires_at,
                resend_at: flow.code.sent_at.plus(core.lifetimes.resend_wait),
                cookie: None,
            }))
        })
        .await
    }

    /// Refuses a code without an attempt where possible; such a refusal writes nothing.
    pub(super) async fn check_code(
        &self,
        requester: &Requester,
        kind: FlowKind,
        code: &str,
    ) -> Result<(), Stop> {
        let (cookie, code) = (requester.flow.clone(), code.to_owned());
        self.read(move |rows, now, core| {
            let most = core.limits.code_tries;
            check_code(rows, now, most, &cookie, kind, &code).map(drop)
        })
        .await
    }

    /// `POST /api/code`: a new code with new attempts for the flow in progress.
    ///
    /// # Errors
    /// [`Refusal::NoFlow`], [`Refusal::CodeWait`], [`Refusal::CodeLimit`], [`Refusal::Busy`].
    pub async fn resend(&self, requester: Requester) -> Result<CodeSent, Stop> {
        let cookie = requester.flow.clone();
        // A request that would be refused anyway writes nothing.
        self.read(move |rows, now, core| check_resend(rows, now, core, &cookie))
            .await?;
        let sent = self.write(move |tx| tx.resend(&requester)).await?;
        self.ring();
        Ok(sent)
    }
}
