//! Sessions that a form ended moments ago. A double click shows such a session the second time, maybe to another node; it
//! must neither lose the new session nor report an error.

use super::register::SENT_TWICE;
use super::{Accounts, NewSession, Requester, Transaction};
use crate::domain::address::Address;
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Ended, EndedSession, Stored};

impl Accounts {
    /// How a session ended, if that was moments ago.
    ///
    /// # Errors
    /// The store's.
    pub async fn just_ended(&self, session: Option<TokenHash>) -> Result<Option<Ended>, Stop> {
        Ok(self.end_of(session).await?.map(|end| end.how))
    }

    async fn end_of(&self, session: Option<TokenHash>) -> Result<Option<EndedSession>, Stop> {
        let Some(session) = session else {
            return Ok(None);
        };
        self.read(move |rows, now, _| Ok(rows.ended_session(&session, now.minus(SENT_TWICE))?))
            .await
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
        let Some(end) = self.end_of(requester.session).await? else {
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
                let successor = Some(new.session.hash());
                let end = EndedSession { successor, ..end };
                self.write(move |tx| Ok(tx.rows.note_end(&end)?)).await?;
                Ok(Some(new))
            }
            Err(Stop::Refused(Refusal::CredentialsWrong)) => Ok(None),
            Err(stop) => Err(stop),
        }
    }
}

impl Transaction<'_> {
    /// A form ends this session.
    pub(super) fn note_end(
        &mut self,
        hash: TokenHash,
        account: i64,
        how: Ended,
        successor: Option<TokenHash>,
    ) -> Stored<()> {
        self.rows.note_end(&EndedSession {
            hash,
            account,
            how,
            at: self.now,
            successor,
        })
    }
}
