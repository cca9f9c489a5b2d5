//! Delivering queued mail: whose turn it is, and what to do with the outcome. The outbox sends it.

use std::time::Duration;

use super::enqueue::{MailContents, open};
use super::{Accounts, Core, Transaction};
use crate::domain::mail::SendOutcome;
use crate::domain::mail_pace::MailPace;
use crate::domain::network::Network;
use crate::domain::random::below;
use crate::domain::refusal::Stop;
use crate::domain::store::{MailCounts, QueuedMail, Rows, Stored};
use crate::domain::time::Moment;

/// A mail whose lease is not renewed for this long can be sent by another process.
const LEASE: Duration = Duration::from_secs(100);
/// How often a process renews its lease while it sends.
pub const HOLD: Duration = Duration::from_secs(30);
/// Waits after failed attempts, in seconds; the last one repeats.
const BACKOFF: [u64; 5] = [5, 30, 120, 240, 480];

/// Decoys that end in one transaction.
const BATCH: u32 = 500;

/// What comes of asking for the next mail.
#[derive(Clone, PartialEq, Eq)]
pub enum NextMail {
    /// This one, leased.
    Leased(Box<QueuedMail>),
    /// The rate, of all nodes together, lets none go before this time has passed.
    In(Duration),
    /// No mail is due.
    None,
}

/// Whether the rate applies to a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// It does.
    Kept,
    /// It does not, for tests.
    Ignored,
}

/// Queued mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The number of mails and of networks.
    pub counts: MailCounts,
    /// See [`Accounts::mail_age`].
    pub age: Duration,
}

impl Accounts {
    /// Leases the mail whose turn it is to `owner`. Reads before it writes, so that an idle service does not touch
    /// the disk.
    ///
    /// # Errors
    /// The store's.
    pub async fn lease_mail(&self, owner: &str, rate: Rate) -> Result<NextMail, Stop> {
        let paced =
            move |core: &Core| (rate == Rate::Kept).then(|| MailPace::new(core.limits.mails_hour));
        let not_now = self
            .read(move |rows, now, core| {
                if !rows.has_due_mail(now)? {
                    return Ok(Some(NextMail::None));
                }
                let Some(pace) = paced(core) else {
                    return Ok(None);
                };
                let wait = pace.wait(rows.mail_pace()?, now);
                Ok((!wait.is_zero()).then_some(NextMail::In(wait)))
            })
            .await?;
        if let Some(not_now) = not_now {
            return Ok(not_now);
        }
        let owner = owner.to_owned();
        self.write_guarded(move |tx| Ok(tx.lease_next_mail(&owner, paced(tx.core))?))
            .await
    }

    /// Renews the lease of a mail that `owner` is still sending.
    ///
    /// # Errors
    /// The store's.
    pub async fn hold_mail(&self, mail: &QueuedMail, owner: &str) -> Result<bool, Stop> {
        let (id, owner) = (mail.id.clone(), owner.to_owned());
        self.write_guarded(move |tx| Ok(tx.rows.hold_mail(&id, &owner, tx.now.plus(LEASE))?))
            .await
    }

    /// Ends decoys whose turn has come. They take neither slots nor time from real mail.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_mails_for_nobody(&self) -> Result<(), Stop> {
        while self.has_due_decoys().await? {
            self.write_guarded(|tx| Ok(tx.rows.end_mails_for_nobody(tx.now, BATCH)?.len()))
                .await?;
        }
        Ok(())
    }

    /// Whether a decoy's turn has come.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_due_decoys(&self) -> Result<bool, Stop> {
        self.read(|rows, now, _| Ok(rows.has_mail_for_nobody(now)?))
            .await
    }

    /// Whether a mail is queued whose delivery will show the server's state.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_waiting_mail(&self) -> Result<bool, Stop> {
        self.read(|rows, _, _| Ok(rows.has_waiting_mail()?)).await
    }

    /// The contents of a mail.
    ///
    /// # Errors
    /// Why it cannot be read, in words for the operator.
    pub fn open_mail(&self, mail: &QueuedMail) -> Result<MailContents, &'static str> {
        open(&self.core, mail).ok_or_else(|| match self.core.keys.knows(&mail.key) {
            true => "its contents were altered",
            false => "the key that sealed it is gone from the secret",
        })
    }

    /// Stores the outcome of a mail, if `owner` still holds the lease.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle_mail(
        &self,
        mail: &QueuedMail,
        owner: &str,
        outcome: SendOutcome,
    ) -> Result<bool, Stop> {
        let (id, owner, attempts) = (mail.id.clone(), owner.to_owned(), mail.attempts);
        self.write_guarded(move |tx| Ok(tx.settle_mail(&id, &owner, attempts, &outcome)?))
            .await
    }

    /// How much mail is queued, and for how long.
    ///
    /// # Errors
    /// The store's.
    pub async fn mail_backlog(&self) -> Result<Backlog, Stop> {
        self.read(|rows, now, _| {
            Ok(Backlog {
                counts: rows.mail_counts()?,
                age: age_of_oldest(rows, now)?,
            })
        })
        .await
    }

    /// The age of the oldest mail that waits through no fault of its recipient.
    ///
    /// # Errors
    /// The store's.
    pub async fn mail_age(&self) -> Result<Duration, Stop> {
        self.read(|rows, now, _| Ok(age_of_oldest(rows, now)?))
            .await
    }
}

impl Transaction<'_> {
    /// Whether this network's mail is so far behind that requesting more would mislead.
    pub(super) fn mail_is_behind(&self, network: Network) -> Stored<bool> {
        let keys = self.core.mail_queues(network).next();
        for key in keys.iter().flat_map(|(keys, _)| keys) {
            let oldest = self.rows.oldest_waiting_of(key)?;
            let age = oldest.map(|at| self.now.since(at));
            if age > Some(self.core.limits.mail_delay) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Nodes take turns: each waits here for the one that leases a mail right now.
    fn lease_next_mail(&mut self, owner: &str, pace: Option<MailPace>) -> Stored<NextMail> {
        let used = self.rows.lock_mail_pace()?;
        if let Some(pace) = &pace {
            let wait = pace.wait(used, self.now);
            if !wait.is_zero() {
                return Ok(NextMail::In(wait));
            }
        }
        let until = self.now.plus(LEASE);
        for _ in 0..BATCH {
            let Some(mail) = self.rows.lease_mail(self.now, owner, until)? else {
                break;
            };
            if self.is_good_still(&mail)? {
                if let Some(pace) = pace {
                    self.rows.set_mail_pace(pace.after(used, self.now))?;
                }
                return Ok(NextMail::Leased(Box::new(mail)));
            }
            self.rows.finish_mail(&mail.id, owner)?;
        }
        Ok(NextMail::None)
    }

    /// Whether a mail contains no code, or its flow's latest. Requesting another code does not end the former one's
    /// mail: that would take longer while it is queued, and only mail of known addresses is.
    fn is_good_still(&self, mail: &QueuedMail) -> Stored<bool> {
        let Some(flow) = &mail.flow else {
            return Ok(true);
        };
        let flow = self.rows.flow(flow, self.now)?;
        Ok(flow.is_some_and(|flow| flow.code.sent_at <= mail.created_at))
    }

    fn settle_mail(
        &mut self,
        id: &str,
        owner: &str,
        attempts: u32,
        outcome: &SendOutcome,
    ) -> Stored<bool> {
        match outcome {
            SendOutcome::Accepted => self.rows.finish_mail(id, owner),
            SendOutcome::Refused { reason } => self.rows.set_mail_aside(id, owner, reason),
            SendOutcome::Later {
                reason,
                about_recipient,
            } => {
                let wait = backoff(attempts, below(self.core.random.as_ref(), 401));
                let next = self.now.plus(wait);
                self.rows
                    .postpone_mail(id, owner, next, reason, *about_recipient)
            }
        }
    }
}

/// The age of the oldest mail that waits through no fault of its recipient.
fn age_of_oldest(rows: &dyn Rows, now: Moment) -> Stored<Duration> {
    let oldest = rows.oldest_waiting()?;
    Ok(oldest.map_or(Duration::ZERO, |at| now.since(at)))
}

/// The wait after this many attempts, plus or minus a fifth. `spread` is 0 to 400.
fn backoff(attempts: u32, spread: u32) -> Duration {
    let index = (attempts.max(1) as usize - 1).min(BACKOFF.len() - 1);
    Duration::from_millis(BACKOFF[index] * u64::from(800 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_spread() {
        let seconds = |attempts, spread| backoff(attempts, spread).as_secs_f64();
        assert_eq!(
            (seconds(1, 0), seconds(1, 200), seconds(1, 400)),
            (4.0, 5.0, 6.0)
        );
        assert_eq!(
            (seconds(2, 200), seconds(5, 200), seconds(50, 200)),
            (30.0, 480.0, 480.0)
        );
    }
}
