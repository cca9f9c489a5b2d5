//! The rate of mails. All nodes share it: the store has the moment until which the mails that were sent use it up.

use std::time::Duration;

use super::time::{CLOCK_TOLERANCE, Moment};

/// Mails that may be sent at once before the rate applies.
const BURST: i64 = 100;
const HOUR: i64 = 3_600_000_000;

/// A rate of mails an hour, with a burst after a pause. Moments are in microseconds since 1970, since more than a mail
/// a millisecond may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailPace {
    /// What one mail uses.
    interval: i64,
}

impl MailPace {
    /// So many mails an hour.
    #[must_use]
    pub fn new(an_hour: u32) -> Self {
        Self {
            interval: (HOUR / i64::from(an_hour.max(1))).max(1),
        }
    }

    /// How long until the next mail may be sent, if the rate is used up until `used`.
    #[must_use]
    pub fn wait(self, used: i64, now: Moment) -> Duration {
        let now = micros(now);
        let most = now.saturating_add((BURST - 1) * self.interval);
        let wait = self.in_use(used, now).saturating_sub(most);
        Duration::from_micros(u64::try_from(wait).unwrap_or(0))
    }

    /// Until when the rate is used up after one more mail.
    #[must_use]
    pub fn after(self, used: i64, now: Moment) -> i64 {
        let now = micros(now);
        self.in_use(used, now).max(now) + self.interval
    }

    /// What a clock that was ahead wrote does not count.
    fn in_use(self, used: i64, now: i64) -> i64 {
        let tolerance = i64::try_from(CLOCK_TOLERANCE.as_micros()).unwrap_or(i64::MAX);
        let most = now
            .saturating_add(BURST * self.interval)
            .saturating_add(tolerance);
        if used > most { now } else { used }
    }
}

fn micros(moment: Moment) -> i64 {
    moment.0.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_is_kept_after_a_burst() {
        let pace = MailPace::new(3600);
        let (mut used, mut now) = (0, Moment(1_700_000_000_000));
        let mut send = |now| {
            assert_eq!(pace.wait(used, now), Duration::ZERO);
            used = pace.after(used, now);
            pace.wait(used, now)
        };
        for sent in 1..=100 {
            let wait = send(now);
            assert_eq!(wait, if sent < 100 { Duration::ZERO } else { SECOND });
        }
        for _ in 0..10 {
            now = now.plus(SECOND);
            assert_eq!(send(now), SECOND);
        }
        now = now.plus(24 * 3600 * SECOND);
        for _ in 0..99 {
            assert_eq!(send(now), Duration::ZERO);
        }
        assert_eq!(send(now), SECOND, "no more than a burst");
    }

    #[test]
    fn a_clock_that_was_ahead_holds_no_mail_back() {
        let pace = MailPace::new(3600);
        let now = Moment(1_700_000_000_000);
        let later = now.plus(3600 * SECOND);
        assert_eq!(pace.wait(pace.after(0, later), now), Duration::ZERO);
        // A minute is tolerated, as by other limits.
        let used = (0..100).fold(0, |used, _| pace.after(used, now.plus(59 * SECOND)));
        assert_eq!(pace.wait(used, now), 60 * SECOND);
    }

    #[test]
    fn any_number_an_hour_is_a_rate() {
        for (an_hour, interval) in [(0, HOUR), (1, HOUR), (3_600_000, 1000), (u32::MAX, 1)] {
            assert_eq!(MailPace::new(an_hour).interval, interval);
        }
    }
}
