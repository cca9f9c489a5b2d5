//! Failures that last: logged when they begin, and rarely after that, so that a database which is unreachable for an hour
//! does not fill the log.

use std::time::Duration;

use tokio::time::Instant;

/// How often a lasting failure is logged.
const REMIND: Duration = Duration::from_secs(600);

/// One kind of failure.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// When it was last logged, while it lasts.
    logged: Option<Instant>,
}

impl Failures {
    /// Counts one more failure; whether to log it.
    pub(crate) fn count(&mut self) -> bool {
        let is_due = self.logged.is_none_or(|logged| logged.elapsed() >= REMIND);
        if is_due {
            self.logged = Some(Instant::now());
        }
        is_due
    }

    /// Ends the failure; whether there was one.
    pub(crate) fn end(&mut self) -> bool {
        self.logged.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_logged_at_its_beginning_and_every_ten_minutes() {
        let mut failures = Failures::default();
        assert!(!failures.end());
        let mut logged = 0;
        for _ in 0..3600 {
            logged += u32::from(failures.count());
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(logged, 6);
        assert!(failures.end() && !failures.end());
        assert!(failures.count(), "it is another one");
    }
}
