//! Sessions that ended moments ago by a form. Whoever clicked twice shows such a session the second time, and must
//! neither lose the new one nor be told that something failed. Kept in memory: a restart forgets no more than that.

use std::collections::VecDeque;
use std::sync::PoisonError;

use super::register::SENT_TWICE;
use super::{Accounts, NewSession, Requester};
use crate::domain::address::Address;
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::Account;
use crate::domain::time::Moment;

/// Ends that are remembered at most; the oldest go.
const MAX_REMEMBERED: usize = 1000;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its browser has a new one.
    Replaced,
    /// Its owner ended it.
    LoggedOut,
    /// Its account was deleted.
    Deleted,
}

#[derive(Clone, Copy)]
struct End {
    session: TokenHash,
    account: i64,
    how: Ended,
    at: Moment,
    /// The session in its place, once there is one.
    successor: Option<TokenHash>,
}

/// Those that ended, oldest first.
#[derive(Default)]
pub(super) struct RecentlyEnded(VecDeque<End>);

impl RecentlyEnded {
    fn of(&mut self, session: TokenHash) -> Option<&mut End> {
        self.0.iter_mut().rfind(|end| end.session == session)
    }
}

impl Accounts {
    /// How a session ended, if that was moments ago.
    #[must_use]
    pub fn just_ended(&self, session: Option<TokenHash>) -> Option<Ended> {
        self.end_of(session).map(|end| end.how)
    }

    fn end_of(&self, session: Option<TokenHash>) -> Option<End> {
        let session = session?;
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let end = *ends.of(session)?;
        (self.core.time.now() < end.at.plus(SENT_TWICE)).then_some(end)
    }

    /// Notes that a session is about to end: the second form may come before the first is answered.
    pub(super) fn note_end(&self, session: TokenHash, account: i64, how: Ended) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.0.len() >= MAX_REMEMBERED {
            ends.0.pop_front();
        }
        ends.0.push_back(End {
            session,
            account,
            how,
            at: self.core.time.now(),
            successor: None,
        });
    }

    pub(super) fn note_successor(&self, session: TokenHash, successor: TokenHash) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = ends.of(session) {
            end.successor = Some(successor);
        }
    }

    /// The session of a browser that sends its change of password again, with the answer to the first one perhaps
    /// lost. Whoever shows the former session must know the new password: then it is a login, in place of the one
    /// that the first answer began.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], [`Refusal::Busy`].
    pub async fn changed_already(
        &self,
        requester: &Requester,
        password: Password,
    ) -> Result<Option<NewSession>, Stop> {
        let Some(end) = self.end_of(requester.session) else {
            return Ok(None);
        };
        let account = self
            .read(move |rows, now, _| {
                let just_now = |own: &Account| now < own.password_at.plus(SENT_TWICE);
                Ok(rows.account(end.account)?.filter(just_now))
            })
            .await?;
        let address = account.and_then(|account| Address::parse(&account.email).ok());
        let Some(address) = address else {
            return Ok(None);
        };
        let requester = Requester {
            session: end.successor,
            ..requester.clone()
        };
        match self.log_in(requester, address, password).await {
            Ok(logged_in) => {
                let new = logged_in.session;
                self.note_successor(end.session, new.session.hash());
                Ok(Some(new))
            }
            Err(Stop::Refused(Refusal::CredentialsWrong)) => Ok(None),
            Err(stop) => Err(stop),
        }
    }
}
