//! Sessions that a form ended moments ago. A double click shows such a session the second time; it must neither lose
//! the new session nor report an error. Kept in memory: a restart forgets it.

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

/// Maximum number of entries; the oldest are dropped.
const MAX_REMEMBERED: usize = 1000;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A new session replaced it.
    Replaced,
    /// Its owner logged out.
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
    /// The session that replaced it, once it exists.
    successor: Option<TokenHash>,
}

/// Recently ended sessions, oldest first.
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

    /// Records that a session is about to end: the second form may arrive before the first is answered.
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

    /// Handles a repeated change of password whose first answer may have been lost. The former session must come
    /// with the new password: it is then a login, which replaces the session that the first answer started.
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
