//! The state of mail delivery, as this process has observed it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::mail::SendOutcome;

/// This many recipients rejected in a row suggest a problem of ours.
const REJECTED_IN_A_ROW: usize = 5;
/// How long a success counts. No longer than it takes to notice that a server went away.
const HEALTHY_FOR: Duration = Duration::from_secs(2);
/// How long to wait between probes of a server in trouble.
const UNHEALTHY_FOR: Duration = Duration::from_secs(15);

/// The observed state of the mail server.
#[derive(Debug, Default)]
pub struct MailHealth(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Recipients rejected since the last accepted mail.
    refused: BTreeSet<String>,
    latest: Option<Observation>,
}

/// The latest observation of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Observation {
    is_well: bool,
    /// On the monotonic clock.
    at: Duration,
}

impl MailHealth {
    /// Records the outcome of a mail to `to`.
    pub fn sent(&self, to: &str, outcome: &SendOutcome, at: Duration) {
        self.observe(outcome, at);
        let mut seen = self.seen();
        match outcome {
            SendOutcome::Accepted => seen.refused.clear(),
            SendOutcome::Refused { .. } if seen.refused.len() < REJECTED_IN_A_ROW => {
                seen.refused.insert(to.to_owned());
            }
            _ => {}
        }
    }

    /// Records whether the server is in trouble, by its response to a mail or a probe.
    pub fn observe(&self, outcome: &SendOutcome, at: Duration) {
        let is_well = !matches!(
            outcome,
            SendOutcome::Later {
                about_recipient: false,
                ..
            }
        );
        self.seen().latest = Some(Observation { is_well, at });
    }

    /// Whether several recipients in a row were rejected: the cause is then probably ours.
    pub fn rejects_everyone(&self) -> bool {
        self.seen().refused.len() >= REJECTED_IN_A_ROW
    }

    /// Whether the server is healthy; `None` if unknown or the observation is too old.
    pub fn is_well(&self, now: Duration) -> Option<bool> {
        let Observation { is_well, at } = self.seen().latest?;
        let holds = if is_well { HEALTHY_FOR } else { UNHEALTHY_FOR };
        (now.saturating_sub(at) < holds).then_some(is_well)
    }

    /// Whether the latest observation found the server in trouble.
    pub fn was_in_trouble(&self) -> bool {
        self.seen().latest.is_some_and(|latest| !latest.is_well)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // No step under the lock can leave the state inconsistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> SendOutcome {
        SendOutcome::Refused {
            reason: "no".to_owned(),
        }
    }

    #[test]
    fn several_recipients_are_not_one_several_times() {
        let health = MailHealth::default();
        for _ in 0..9 {
            health.sent("jo@example.com", &refused(), Duration::ZERO);
        }
        for name in ["al", "bo", "cy"] {
            health.sent(name, &refused(), Duration::ZERO);
        }
        assert!(!health.rejects_everyone());
        health.sent("di", &refused(), Duration::ZERO);
        assert!(health.rejects_everyone());
        health.sent("ed", &SendOutcome::Accepted, Duration::ZERO);
        assert!(!health.rejects_everyone());
    }

    #[test]
    fn news_grows_old() {
        let health = MailHealth::default();
        let later = |about_recipient| SendOutcome::Later {
            reason: "no".to_owned(),
            about_recipient,
        };
        assert_eq!(health.is_well(Duration::ZERO), None);
        health.observe(&later(true), Duration::ZERO);
        assert_eq!(health.is_well(HEALTHY_FOR / 2), Some(true));
        assert_eq!(health.is_well(HEALTHY_FOR), None);
        health.observe(&later(false), HEALTHY_FOR);
        assert_eq!(health.is_well(HEALTHY_FOR), Some(false));
        assert_eq!(health.is_well(HEALTHY_FOR + UNHEALTHY_FOR), None);
        assert!(health.was_in_trouble());
    }
}
