//! Delivers queued mail, beside everything else: nothing that a mail server does holds up a request or
//! another mail.
//!
//! A mail is leased, sent, and its outcome committed before the next one of that place begins. If the
//! process dies between the server's answer and that commit, the mail goes out twice, with the same
//! Message-ID: that window cannot be closed, only kept small.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use crate::composer::Composer;
use crate::domain::accounts::Accounts;
use crate::domain::mail::{Mailer, SendOutcome};
use crate::domain::random::public_id;
use crate::domain::store::{MailKind, QueuedMail};
use crate::metrics::Metrics;

/// Mails on their way at once.
const AT_ONCE: usize = 4;
/// For looking whether another process wrote mail down.
const LOOK: Duration = Duration::from_secs(1);
/// Mails that may go out at once before the rate counts.
const BURST: f64 = 100.0;

/// The sender.
pub(crate) struct Outbox {
    accounts: Accounts,
    mailer: Arc<dyn Mailer>,
    composer: Composer,
    metrics: Metrics,
    bell: Arc<Notify>,
    /// Holds this process's leases.
    owner: String,
}

impl Outbox {
    pub(crate) fn new(
        accounts: Accounts,
        mailer: Arc<dyn Mailer>,
        composer: Composer,
        metrics: Metrics,
        bell: Arc<Notify>,
    ) -> Arc<Self> {
        let owner = public_id(accounts.core().random.as_ref());
        Arc::new(Self {
            accounts,
            mailer,
            composer,
            metrics,
            bell,
            owner,
        })
    }

    /// Sends for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut rate = RateLimit::new(self.accounts.core().limits.mails_hour);
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match self.accounts.lease_mail(&self.owner).await {
                Ok(Some(mail)) => {
                    rate.wait().await;
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
        while let Ok(Some(mail)) = self.accounts.lease_mail(&self.owner).await {
            self.deliver(mail).await;
        }
    }

    async fn deliver(&self, mail: QueuedMail) {
        let outcome = match mail.kind {
            Ok(Some(kind)) => {
                let outcome = self.try_to_send(&mail, kind).await;
                self.metrics.mail(kind, &outcome);
                tell(&mail, &outcome);
                outcome
            }
            Ok(None) => SendOutcome::Accepted,
            Err(_) => {
                let outcome = SendOutcome::Refused {
                    reason: "it is of a kind that this release does not know".to_owned(),
                };
                tell(&mail, &outcome);
                outcome
            }
        };
        // The outcome must be kept: a mail that was sent would go out again.
        for wait in [0, 1, 2, 4, 8] {
            sleep(Duration::from_secs(wait)).await;
            let kept = self
                .accounts
                .settle_mail(&mail, &self.owner, outcome.clone());
            match kept.await {
                Ok(_) => return,
                Err(error) => {
                    tracing::error!(mail = mail.id, %error, "a mail's outcome could not be kept");
                }
            }
        }
    }

    async fn try_to_send(&self, mail: &QueuedMail, kind: MailKind) -> SendOutcome {
        let contents = match self.accounts.open_mail(mail) {
            Ok(contents) => contents,
            Err(reason) => {
                return SendOutcome::Refused {
                    reason: reason.to_owned(),
                };
            }
        };
        let now = self.accounts.core().time.now();
        let (composer, row) = (self.composer.clone(), mail.clone());
        let mail =
            tokio::task::spawn_blocking(move || composer.compose(&row, kind, contents, now)).await;
        match mail {
            Ok(mail) => self.mailer.send(&mail).await,
            Err(_) => SendOutcome::Later {
                reason: "its text could not be made".to_owned(),
                about_recipient: false,
            },
        }
    }
}

fn tell(mail: &QueuedMail, outcome: &SendOutcome) {
    let (QueuedMail { id, attempts, .. }, kind) = (mail, mail.kind_name());
    match outcome {
        SendOutcome::Accepted => tracing::info!(mail = id, kind, attempts, "a mail was sent"),
        SendOutcome::Later { reason, .. } => {
            tracing::warn!(
                mail = id,
                kind,
                attempts,
                reason,
                "a mail could not be sent yet"
            );
        }
        SendOutcome::Refused { reason } => {
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

/// Lets so many through an hour, with a burst at the beginning.
struct RateLimit {
    a_second: f64,
    tokens: f64,
    at: Instant,
}

impl RateLimit {
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

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_kept_after_a_burst() {
        let mut rate = RateLimit::new(3600);
        let begun = Instant::now();
        for _ in 0..100 {
            rate.wait().await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            rate.wait().await;
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }
}
