//! Sends mails to an SMTP server, over a few connections that are reused.
//!
//! Each step of the exchange has its own time-out and names itself in errors, so that a rejection can be told from
//! trouble with the server (`verdict`).
//!
//! **When a mail may arrive twice.** A server accepts a message when it replies to the final dot (RFC 5321
//! §4.1.1.4). If the connection ends or the time runs out between that dot and the reply, only the server knows
//! whether it did. We return [`SendOutcome::Later`], and the mail is sent again with the same Message-ID; losing it
//! would be worse. Nothing else here sends twice: the only immediate retry is for an idle connection that turns out
//! to be closed before `MAIL` was answered.

mod blame;
mod session;
mod verdict;

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::client::TlsParameters;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::session::Session;
use self::verdict::{Failure, Fault, Step};
use super::message::{self, Prepared, Sender};
use super::target::{SmtpTarget, TlsMode};
use crate::domain::mail::{Mail, Mailer, SendOutcome};

/// How long each part may take, and how many connections there may be.
///
/// One mail ends within `whole` + `answer`. RFC 5321 §4.5.3.2 says how long a server may take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Finding the server's addresses and reaching one of them. 30 s.
    pub connect: Duration,
    /// The greeting and each command, from its first byte to the end of its answer. 60 s; the RFC's 5
    /// minutes are [`Self::MOST_STEP`].
    pub step: Duration,
    /// Everything before the message itself, waiting for a free connection included. 3 min.
    pub whole: Duration,
    /// The message and the reply to it. 10 min, the RFC's value. It is separate from `whole` and longer than a step,
    /// because giving up here makes a mail arrive twice (§4.5.3.2.6).
    pub answer: Duration,
    /// How long a connection is kept without a mail. 60 s.
    pub idle: Duration,
    /// The first command on a kept connection: whatever lies between may have forgotten it. 5 s.
    pub kept: Duration,
    /// Connections at once, at least 1. 10.
    pub connections: usize,
}

impl SmtpLimits {
    /// The longest that a command may take (§4.5.3.2.1 to 3).
    pub const MOST_STEP: Duration = Duration::from_secs(5 * 60);
    /// The longest that the answer to a message may take (§4.5.3.2.6).
    pub const MOST_ANSWER: Duration = Duration::from_secs(10 * 60);
}

impl Default for SmtpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            step: Duration::from_secs(60),
            whole: Duration::from_secs(3 * 60),
            answer: Self::MOST_ANSWER,
            idle: Duration::from_secs(60),
            kept: Duration::from_secs(5),
            connections: 10,
        }
    }
}

/// Sends mails through one SMTP server. Needs a Tokio runtime.
pub struct Smtp {
    sender: Sender,
    server: Server,
    places: Semaphore,
    kept: Arc<Kept>,
}

/// What a connection is made from.
struct Server {
    target: SmtpTarget,
    /// None with `tls=none`.
    tls: Option<TlsParameters>,
    /// Our name in EHLO.
    name: String,
    limits: SmtpLimits,
}

impl Smtp {
    /// Sends to `target` as from `sender`. Nothing is connected before the first mail.
    ///
    /// Servers are trusted by the system's certificates, or by those that `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name, all read here and once.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new(target: SmtpTarget, sender: Sender, limits: SmtpLimits) -> io::Result<Self> {
        let tls = match target.tls {
            TlsMode::None => None,
            _ => Some(TlsParameters::new(target.host()).map_err(io::Error::other)?),
        };
        Ok(Self {
            places: Semaphore::new(limits.connections.max(1)),
            kept: Arc::new(Kept {
                idle: limits.idle,
                state: Mutex::default(),
            }),
            server: Server {
                name: sender.domain().to_owned(),
                target,
                tls,
                limits,
            },
            sender,
        })
    }

    async fn transfer(&self, mail: &Prepared) -> Result<(), Failure> {
        let deadline = Instant::now() + self.server.limits.whole;
        let _place = timeout_at(deadline, self.places.acquire())
            .await
            .map_err(|_| Failure::new(Step::Connect, Fault::Ours("no connection became free")))?;
        if let Some(mut session) = self.kept.take() {
            let limit = self.server.limits.kept;
            match session
                .begin(self.sender.address(), mail, deadline, limit)
                .await
            {
                Err(failure) if failure.is_stale_connection() => {}
                begun => return self.hand_over(session, begun, mail, deadline).await,
            }
        }
        let mut session = Session::open(&self.server, deadline).await?;
        let limit = self.server.limits.step;
        let begun = session
            .begin(self.sender.address(), mail, deadline, limit)
            .await;
        self.hand_over(session, begun, mail, deadline).await
    }

    async fn greet(&self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.server.limits.whole;
        let _place = timeout_at(deadline, self.places.acquire())
            .await
            .map_err(|_| Failure::new(Step::Connect, Fault::Ours("no connection became free")))?;
        if let Some(mut session) = self.kept.take() {
            let soon = Instant::now() + self.server.limits.kept;
            if session.reset(soon).await.is_ok() && session.is_in_step() {
                self.kept.keep(session);
                return Ok(());
            }
        }
        let session = Session::open(&self.server, deadline).await?;
        if session.is_in_step() {
            self.kept.keep(session);
        }
        Ok(())
    }

    async fn hand_over(
        &self,
        mut session: Session,
        begun: Result<(), Failure>,
        mail: &Prepared,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let outcome = match begun {
            Ok(()) => session.deliver(mail, deadline).await,
            failed => failed,
        };
        // A rejected mail must not cost the next one a connection, TLS and a login.
        let usable = match &outcome {
            Ok(()) => true,
            Err(failure) => failure.leaves_connection() && session.reset(deadline).await.is_ok(),
        };
        if usable && session.is_in_step() {
            self.kept.keep(session);
        }
        outcome
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            match message::prepare(mail, &self.sender) {
                Err(reason) => SendOutcome::Refused {
                    reason: reason.to_owned(),
                },
                Ok(prepared) => match self.transfer(&prepared).await {
                    Ok(()) => SendOutcome::Accepted,
                    Err(failure) => failure.outcome(&mail.to),
                },
            }
        })
    }

    fn reach(&self) -> BoxFuture<'_, SendOutcome> {
        Box::pin(async move {
            match self.greet().await {
                Ok(()) => SendOutcome::Accepted,
                Err(failure) => failure.outcome(""),
            }
        })
    }
}

/// Idle connections.
struct Kept {
    idle: Duration,
    state: Mutex<KeptState>,
}

#[derive(Default)]
struct KeptState {
    /// With the time since when each waits, the newest last.
    sessions: Vec<(Instant, Session)>,
    /// Whether a task looks after them.
    watched: bool,
}

impl Kept {
    /// The one used last, which is the least likely to have been closed.
    fn take(&self) -> Option<Session> {
        let (since, session) = self.state().sessions.pop()?;
        (since.elapsed() < self.idle).then_some(session)
    }

    fn keep(self: &Arc<Self>, session: Session) {
        let now = Instant::now();
        let mut state = self.state();
        state.sessions.push((now, session));
        if !mem::replace(&mut state.watched, true) {
            tokio::spawn(take_leave(Arc::downgrade(self), now + self.idle));
        }
    }

    /// Connections idle for too long, and when the next one will be; without a next one, the task ends.
    fn expired(&self) -> (Vec<(Instant, Session)>, Option<Instant>) {
        let mut state = self.state();
        let is_expired = |(since, _): &(Instant, Session)| since.elapsed() >= self.idle;
        let count = state.sessions.iter().take_while(|kept| is_expired(kept));
        let count = count.count();
        let expired = state.sessions.drain(..count).collect();
        let next = state.sessions.first().map(|(since, _)| *since + self.idle);
        state.watched = next.is_some();
        (expired, next)
    }

    fn state(&self) -> MutexGuard<'_, KeptState> {
        // No step under the lock can leave it half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes idle connections with QUIT, which servers prefer to a dropped connection.
async fn take_leave(kept: Weak<Kept>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let Some((expired, next)) = kept.upgrade().map(|kept| kept.expired()) else {
            return;
        };
        for (_, session) in expired {
            session.quit().await;
        }
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
}
