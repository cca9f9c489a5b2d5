//! The outbox: sends queued mail in the background, so that a mail server never delays a request or another mail.
//!
//! A mail is leased, sent, and its outcome committed before the worker takes the next one. If the process dies
//! between the server's response and that commit, the mail is sent twice, with the same Message-ID: that window
//! cannot be closed, only kept small.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

use crate::composer::Composer;
use crate::domain::accounts::{Accounts, HOLD, NextMail, Rate};
use crate::domain::clock::Clock;
use crate::domain::mail::{Mailer, SendOutcome};
use crate::domain::random::public_id;
use crate::domain::store::{MailKind, QueuedMail};
use crate::failures::Failures;
use crate::metrics::Metrics;

/// How often to look for mail that another process queued.
const LOOK: Duration = Duration::from_secs(1);
/// How often to try to store an outcome, every four seconds: about as long as a lease lasts.
const TRIES: usize = 24;

/// The sender.
pub(crate) struct Outbox {
    accounts: Accounts,
    mailer: Arc<dyn Mailer>,
    composer: Composer,
    metrics: Metrics,
    bell: Arc<Notify>,
    clock: Arc<dyn Clock>,
    /// Names this process in leases.
    owner: String,
}

impl Outbox {
    pub(crate) fn new(
        accounts: Accounts,
        mailer: Arc<dyn Mailer>,
        composer: Composer,
        metrics: Metrics,
        bell: Arc<Notify>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let owner = public_id(accounts.core().random.as_ref());
        Arc::new(Self {
            accounts,
            mailer,
            composer,
            metrics,
            bell,
            clock,
            owner,
        })
    }

    /// Deletes decoys, for ever.
    pub(crate) async fn run_decoys(self: Arc<Self>) {
        let mut failures = Failures::default();
        loop {
            self.end_decoys(&mut failures).await;
            sleep(LOOK).await;
        }
    }

    /// Sends mail, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(self.accounts.core().limits.mails_at_once));
        let mut failures = Failures::default();
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let next = self.accounts.lease_mail(&self.owner, Rate::Kept).await;
            if next.is_ok() && failures.end() {
                tracing::info!("queued mail can be read again");
            }
            match next {
                Ok(NextMail::Leased(mail)) => {
                    let outbox = Arc::clone(&self);
                    tokio::spawn(async move {
                        outbox.deliver(*mail).await;
                        drop(place);
                    });
                }
                // One that arrives meanwhile may have an earlier turn.
                Ok(NextMail::In(wait)) => {
                    drop(place);
                    sleep(wait.min(LOOK)).await;
                }
                Ok(NextMail::None) => {
                    drop(place);
                    let _ = timeout(LOOK, self.bell.notified()).await;
                }
                Err(error) => {
                    drop(place);
                    if failures.count() {
                        tracing::error!(%error, "queued mail cannot be read");
                    }
                    sleep(LOOK).await;
                }
            }
        }
    }

    /// Sends everything that is due now and returns, for tests.
    pub(crate) async fn drain(&self) {
        self.drain_at(Rate::Ignored).await;
    }

    /// The same, within the rate.
    pub(crate) async fn drain_at_pace(&self) {
        self.drain_at(Rate::Kept).await;
    }

    async fn drain_at(&self, rate: Rate) {
        self.end_decoys(&mut Failures::default()).await;
        while let Ok(NextMail::Leased(mail)) = self.accounts.lease_mail(&self.owner, rate).await {
            self.deliver(*mail).await;
        }
    }

    /// A decoy ends when it could have been sent: while the server is in trouble it waits like any other mail, so
    /// that neither `busy` nor readiness reveals who has an account.
    async fn end_decoys(&self, failures: &mut Failures) {
        let ended = match self.accounts.has_due_decoys().await {
            Ok(false) => return,
            Ok(true) if !self.is_server_well().await => return,
            Ok(true) => self.accounts.end_mails_for_nobody().await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => drop(failures.end()),
            Err(error) if failures.count() => {
                tracing::warn!(%error, "decoy mails could not be deleted yet");
            }
            Err(_) => {}
        }
    }

    async fn is_server_well(&self) -> bool {
        let health = &self.accounts.core().mail;
        if health.was_in_trouble() && self.accounts.has_waiting_mail().await.unwrap_or(true) {
            return false;
        }
        if let Some(is_well) = health.is_well(self.clock.monotonic()) {
            return is_well;
        }
        let outcome = self.mailer.reach().await;
        health.observe(&outcome, self.clock.monotonic());
        !health.was_in_trouble()
    }

    async fn deliver(&self, mail: QueuedMail) {
        let outcome = match mail.kind {
            Ok(Some(kind)) => {
                let outcome = self
                    .renew_lease_while(&mail, self.try_to_send(&mail, kind))
                    .await;
                self.metrics.mail(kind, &outcome);
                log_outcome(&mail, &outcome);
                outcome
            }
            Ok(None) => SendOutcome::Accepted,
            Err(_) => {
                let outcome = SendOutcome::Refused {
                    reason: "it is of a kind that this release does not know".to_owned(),
                };
                log_outcome(&mail, &outcome);
                outcome
            }
        };
        // The outcome must be stored, or the mail would be sent again; while the lease lasts, nobody else sends it.
        let mut failures = Failures::default();
        for wait in [0, 1, 1, 2].into_iter().chain([4; TRIES]) {
            sleep(Duration::from_secs(wait)).await;
            let kept = self
                .accounts
                .settle_mail(&mail, &self.owner, outcome.clone());
            match kept.await {
                Ok(_) => return,
                Err(error) if failures.count() => {
                    tracing::error!(mail = mail.id, %error, "a mail's outcome could not be stored yet");
                }
                Err(_) => {}
            }
        }
        tracing::error!(
            mail = mail.id,
            "a mail's outcome could not be stored: it will be sent again"
        );
    }

    /// Renews a mail's lease for as long as it takes to send it.
    async fn renew_lease_while<T>(&self, mail: &QueuedMail, sending: impl Future<Output = T>) -> T {
        let mut sending = pin!(sending);
        loop {
            match timeout(HOLD, &mut sending).await {
                Ok(outcome) => return outcome,
                Err(_) => {
                    if let Err(error) = self.accounts.hold_mail(mail, &self.owner).await {
                        tracing::warn!(mail = mail.id, %error, "the lease of a mail that is being sent could not be renewed");
                    }
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
        let to = contents.to.clone();
        let (composer, row) = (self.composer.clone(), mail.clone());
        let mail =
            tokio::task::spawn_blocking(move || composer.compose(&row, kind, contents, now)).await;
        match mail {
            Ok(mail) => {
                let outcome = self.mailer.send(&mail).await;
                let health = &self.accounts.core().mail;
                health.sent(&to, &outcome, self.clock.monotonic());
                outcome
            }
            Err(_) => SendOutcome::Later {
                reason: "its text could not be made".to_owned(),
                about_recipient: false,
            },
        }
    }
}

fn log_outcome(mail: &QueuedMail, outcome: &SendOutcome) {
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
                "a mail was rejected permanently and set aside"
            );
        }
    }
}
