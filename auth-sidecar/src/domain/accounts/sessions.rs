//! Sessions: 256 random bits in a cookie, new at every login, ended on the server.

use super::{Accounts, Core, Requester, Transaction};
use crate::domain::random::{Token, TokenHash, public_id};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Ended, Rows, Session, SignedIn, Stored};
use crate::domain::time::Moment;

/// How old a stored "last seen" may become before a request updates it, in seconds and as a fraction of the idle
/// limit: an active session must not seem idle.
const SEEN_STEP: std::time::Duration = std::time::Duration::from_secs(600);
const SEEN_PART: u32 = 10;

/// The cookies of a new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The account's number.
    pub account: i64,
    /// The session token.
    pub session: Token,
    /// The device mark; none if the browser has one already.
    pub device: Option<Token>,
}

impl Accounts {
    /// The session of a cookie. Only reads; when it was last seen is stored later.
    ///
    /// # Errors
    /// The store's.
    pub async fn session(&self, hash: TokenHash) -> Result<Option<SignedIn>, Stop> {
        let found = self
            .read(move |rows, now, core| {
                Ok(rows
                    .session(&hash, core.alive(now))?
                    .map(|found| (found, now)))
            })
            .await?;
        Ok(found.map(|(signed_in, now)| {
            self.see(&signed_in.session, now);
            signed_in
        }))
    }

    /// Records that a session was seen.
    pub(super) fn see(&self, session: &Session, now: Moment) {
        let step = SEEN_STEP.min(self.core.lifetimes.session_idle / SEEN_PART);
        if now.since(session.last_seen_at) > step {
            self.note_seen(session.hash, now);
        }
    }

    /// `POST /api/logout`; the same answer without a session.
    ///
    /// # Errors
    /// The store's.
    pub async fn log_out(&self, session: Option<TokenHash>) -> Result<(), Stop> {
        // An invalid cookie writes nothing.
        if let Some(session) = session
            && self.session(session).await?.is_some()
        {
            self.write(move |tx| Ok(tx.rows.revoke_session(&session)?))
                .await?;
        }
        Ok(())
    }

    /// The account's sessions, newest first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn sessions(&self, requester: &Requester) -> Result<(Vec<Session>, TokenHash), Stop> {
        let hash = requester.session.ok_or(Refusal::SignedOut)?;
        let signed_in = self.session(hash).await?.ok_or(Refusal::SignedOut)?;
        let account = signed_in.session.account;
        let sessions = self
            .read(move |rows, now, core| Ok(rows.sessions_of(account, core.alive(now))?))
            .await?;
        Ok((sessions, hash))
    }

    /// Ends a session of the account, if there is one with this ID. Returns whether it was the current one.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn revoke_session(&self, requester: &Requester, id: String) -> Result<bool, Stop> {
        let (hash, sought) = (requester.session, id.clone());
        let is_there = self
            .read(move |rows, now, core| {
                let own = signed_in(rows, core, now, hash)?.session;
                let all = rows.sessions_of(own.account, core.alive(now))?;
                Ok(all.iter().any(|one| one.id == sought))
            })
            .await?;
        if !is_there {
            return Ok(false);
        }
        self.write(move |tx| {
            let own = tx.signed_in(hash)?.session;
            tx.rows.revoke_session_called(own.account, &id)?;
            if own.id == id {
                tx.note_end(own.hash, own.account, Ended::LoggedOut, None)?;
            }
            Ok(own.id == id)
        })
        .await
    }

    /// Ends all other sessions. The current one gets a new cookie, so that a stolen copy of the old one is useless;
    /// its lifetime is not extended.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn revoke_other_sessions(&self, requester: &Requester) -> Result<NewSession, Stop> {
        let hash = requester.session;
        self.read(move |rows, now, core| signed_in(rows, core, now, hash))
            .await?;
        self.write(move |tx| {
            let own = tx.signed_in(hash)?.session;
            let session = Token::new(tx.core.random.as_ref());
            let successor = Some(session.hash());
            tx.note_end(own.hash, own.account, Ended::Replaced, successor)?;
            tx.rows.revoke_sessions_of(own.account, None)?;
            tx.rows.insert_session(&Session {
                hash: session.hash(),
                last_seen_at: tx.now,
                ..own
            })?;
            Ok(NewSession {
                account: own.account,
                session,
                device: None,
            })
        })
        .await
    }
}

/// The session that this cookie belongs to; [`Refusal::SignedOut`] if it is not alive.
pub(super) fn signed_in(
    rows: &dyn Rows,
    core: &Core,
    now: Moment,
    session: Option<TokenHash>,
) -> Result<SignedIn, Stop> {
    let session = session.ok_or(Refusal::SignedOut)?;
    let signed_in = rows.session(&session, core.alive(now))?;
    Ok(signed_in.ok_or(Refusal::SignedOut)?)
}

impl Transaction<'_> {
    /// The session that this cookie belongs to.
    pub(super) fn signed_in(&self, session: Option<TokenHash>) -> Result<SignedIn, Stop> {
        signed_in(self.rows, self.core, self.now, session)
    }

    /// A new session of an account, replacing the one that the request showed.
    pub(super) fn begin_session(
        &mut self,
        requester: &Requester,
        account: i64,
    ) -> Stored<NewSession> {
        let random = self.core.random.as_ref();
        let session = Token::new(random);
        if let Some(old) = requester.session {
            self.rows.revoke_session(&old)?;
        }
        self.rows.insert_session(&Session {
            hash: session.hash(),
            id: public_id(random),
            account,
            device: requester.browser.clone(),
            created_at: self.now,
            last_seen_at: self.now,
        })?;
        let most = self.core.limits.sessions;
        self.rows
            .revoke_oldest_sessions(account, &session.hash(), most)?;
        let device = self.mark_browser(requester, account)?;
        Ok(NewSession {
            account,
            session,
            device,
        })
    }

    /// Gives the browser a mark of the account's owner; none if it has one already.
    pub(super) fn mark_browser(
        &mut self,
        requester: &Requester,
        account: i64,
    ) -> Stored<Option<Token>> {
        if let Some(device) = &requester.device
            && self.rows.device(device, self.now)? == Some(account)
        {
            return Ok(None);
        }
        let device = Token::new(self.core.random.as_ref());
        let until = self.now.plus(self.core.lifetimes.device);
        self.rows
            .insert_device(&device.hash(), account, self.now, until)?;
        let most = self.core.limits.devices;
        self.rows
            .forget_oldest_devices(account, &device.hash(), most)?;
        Ok(Some(device))
    }
}
