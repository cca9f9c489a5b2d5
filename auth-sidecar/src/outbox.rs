//! Sends waiting mail, beside everything else: nothing that a mail server does holds up a request or
//! another mail.
//!
//! A mail is leased, sent, and its outcome committed before the next one of that place begins. If the
//! process dies between the server's answer and that commit, the mail goes out twice, with the same
//! Message-ID: that window cannot be closed, only kept small.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use crate::domain::accounts::{Accounts, open_mail};
use crate::domain::letter::{Mailer, Sending};
use crate::domain::random::{below, public_id};
use crate::domain::refusal::Stop;
use crate::domain::store::Mail;
use crate::domain::time::Moment;
use crate::letters::Letters;
use crate::metrics::Metrics;

/// Mails on their way at once.
const AT_ONCE: usize = 4;
/// A mail that takes longer is another's to try; sending itself ends well before.
const LEASE: Duration = Duration::from_secs(100);
/// For looking whether another process wrote mail down.
const LOOK: Duration = Duration::from_secs(1);
/// Waits after failed tries, in seconds; the last one stays.
const BACKOFF: [u64; 5] = [5, 30, 120, 240, 480];
/// Mails that may go out at once before the pace counts.
const BURST: f64 = 100.0;

/// The sender.
pub(crate) struct Outbox {
    accounts: Accounts,
    mailer: Arc<dyn Mailer>,
    letters: Letters,
    metrics: Metrics,
    bell: Arc<Notify>,
    /// Holds this process's leases.
    owner: String,
}

impl Outbox {
    pub(crate) fn new(
        accounts: Accounts,
        mailer: Arc<dyn Mailer>,
        letters: Letters,
        metrics: Metrics,
        bell: Arc<Notify>,
    ) -> Arc<Self> {
        let owner = public_id(accounts.core().random.as_ref());
        Arc::new(Self {
            accounts,
            mailer,
            letters,
            metrics,
            bell,
            owner,
        })
    }

    /// Sends for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut pace = Pace::new(self.accounts.core().limits.mails_hour);
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match self.next().await {
                Ok(Some(mail)) => {
                    pace.wait().await;
                    let outbox = Arc::clone(&self);
                    tokio::spawn(async move {
                        outbox.deliver(mail).await;
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    let _ = timeout(LOOK, self.bell.notified()).await;
                }
                Err(error) => {
                    drop(place);
                    tracing::error!(%error, "waiting mail cannot be read");
                    sleep(LOOK * 5).await;
                }
            }
        }
    }

    /// Sends everything that is due now and returns, for tests.
    pub(crate) async fn drain(&self) {
        while let Ok(Some(mail)) = self.next().await {
            self.deliver(mail).await;
        }
    }

    /// The mail whose turn it is. Looks before it writes, so that an idle service leaves the disk alone.
    async fn next(&self) -> Result<Option<Mail>, Stop> {
        let due = self
            .accounts
            .read(|rows, now, _| Ok(rows.next_mail()?.is_some_and(|at| at <= now)))
            .await?;
        if !due {
            return Ok(None);
        }
        let owner = self.owner.clone();
        self.accounts
            .write(move |work| {
                let until = work.now.plus(LEASE);
                Ok(work.tx.lease_mail(work.now, &owner, until)?)
            })
            .await
    }

    async fn deliver(&self, mail: Mail) {
        let outcome = self.try_to_send(&mail).await;
        self.metrics.mail(&mail.kind, &outcome);
        self.tell(&mail, &outcome);
        // The outcome must be kept: a mail that was sent would go out again.
        for wait in [0, 1, 2, 4, 8] {
            sleep(Duration::from_secs(wait)).await;
            match self.keep(&mail, &outcome).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::error!(mail = mail.id, %error, "a mail's outcome could not be kept");
                }
            }
        }
    }

    async fn try_to_send(&self, mail: &Mail) -> Sending {
        // Nobody gets it; it is there so that asking in vain takes as long.
        if mail.kind == "none" {
            return Sending::Accepted;
        }
        let core = self.accounts.core();
        let Some(contents) = open_mail(core, mail) else {
            let reason = match core.keys.knows(&mail.key) {
                true => "its contents were altered",
                false => "the key that sealed it is gone from the secret",
            };
            return Sending::Refused {
                reason: reason.to_owned(),
            };
        };
        let (letters, now, row) = (self.letters.clone(), core.time.now(), mail.clone());
        let letter = tokio::task::spawn_blocking(move || letters.write(&row, contents, now)).await;
        match letter {
            Ok(letter) => self.mailer.send(&letter).await,
            Err(_) => Sending::Later {
                reason: "its text could not be made".to_owned(),
                about_recipient: false,
            },
        }
    }

    fn tell(&self, mail: &Mail, outcome: &Sending) {
        let Mail {
            id, kind, attempts, ..
        } = mail;
        match outcome {
            Sending::Accepted if kind == "none" => {}
            Sending::Accepted => tracing::info!(mail = id, kind, attempts, "a mail was sent"),
            Sending::Later { reason, .. } => {
                tracing::warn!(
                    mail = id,
                    kind,
                    attempts,
                    reason,
                    "a mail could not be sent yet"
                );
            }
            Sending::Refused { reason } => {
                tracing::error!(
                    mail = id,
                    kind,
                    attempts,
                    reason,
                    "a mail was refused for good and set aside"
                );
            }
        }
    }

    async fn keep(&self, mail: &Mail, outcome: &Sending) -> Result<bool, Stop> {
        let (id, owner, attempts) = (mail.id.clone(), self.owner.clone(), mail.attempts);
        let outcome = outcome.clone();
        self.accounts
            .write(move |work| {
                Ok(match &outcome {
                    Sending::Accepted => work.tx.finish_mail(&id, &owner)?,
                    Sending::Refused { reason } => work.tx.set_mail_aside(&id, &owner, reason)?,
                    Sending::Later {
                        reason,
                        about_recipient,
                    } => {
                        let wait = backoff(attempts, below(work.core.random.as_ref(), 401));
                        let next: Moment = work.now.plus(wait);
                        work.tx
                            .postpone_mail(&id, &owner, next, reason, *about_recipient)?
                    }
                })
            })
            .await
    }
}

/// The wait after this many tries, give or take a fifth. `spread` is 0 to 400.
fn backoff(attempts: u32, spread: u32) -> Duration {
    let index = (attempts.max(1) as usize - 1).min(BACKOFF.len() - 1);
    Duration::from_millis(BACKOFF[index] * u64::from(800 + spread))
}

/// Lets so many through an hour, with a burst at the beginning.
struct Pace {
    a_second: f64,
    tokens: f64,
    at: Instant,
}

impl Pace {
    fn new(an_hour: u32) -> Self {
        Self {
            a_second: f64::from(an_hour.max(1)) / 3600.0,
            tokens: BURST,
            at: Instant::now(),
        }
    }

    async fn wait(&mut self) {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.a_second;
        self.tokens = (self.tokens + gained).min(BURST) - 1.0;
        self.at = now;
        if self.tokens < 0.0 {
            sleep(Duration::from_secs_f64(-self.tokens / self.a_second)).await;
        }
    }
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

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_kept_after_a_burst() {
        let mut pace = Pace::new(3600);
        let begun = Instant::now();
        for _ in 0..100 {
            pace.wait().await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            pace.wait().await;
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }
}
