//! Failures that go on: told when they begin, and rarely after that, so that a database which is away for an hour does not
//! fill the log.

use std::time::Duration;

use tokio::time::Instant;

/// How often a failure that goes on is told.
const REMIND: Duration = Duration::from_secs(600);

/// One kind of failure.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// When it was last told, while it goes on.
    told: Option<Instant>,
}

impl Failures {
    /// It failed again; whether to tell.
    pub(crate) fn count(&mut self) -> bool {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= REMIND);
        if is_due {
            self.told = Some(Instant::now());
        }
        is_due
    }

    /// It no longer fails; whether it did before.
    pub(crate) fn end(&mut self) -> bool {
        self.told.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_at_its_beginning_and_every_ten_minutes() {
        let mut failures = Failures::default();
        assert!(!failures.end());
        let mut told = 0;
        for _ in 0..3600 {
            told += u32::from(failures.count());
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(told, 6);
        assert!(failures.end() && !failures.end());
        assert!(failures.count(), "it is another one");
    }
}
