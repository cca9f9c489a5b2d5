//! The service's time: the machine's clock, continued monotonically if it is set back. It never runs backwards
//! within a process, so no code or session lives longer when the clock is set back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::clock::Clock;

/// Clock differences below this are not reported.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// This much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This much earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long after `earlier` it is; zero if it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole seconds from `now` until this, rounded up, at least 1: the value of `Retry-After`.
    #[must_use]
    pub fn seconds_from(self, now: Self) -> u64 {
        let millis = u64::try_from(self.0.saturating_sub(now.0)).unwrap_or(0);
        millis.div_ceil(1000).max(1)
    }

    /// The same as a timestamp.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC, to the second.
    #[must_use]
    pub fn rfc3339(self) -> String {
        Timestamp::from_second(self.0.div_euclid(1000))
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_string()
    }
}

impl From<Timestamp> for Moment {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// See the module.
pub struct ServiceTime {
    clock: Arc<dyn Clock>,
    /// The latest time returned, and the monotonic clock's reading then.
    last: Mutex<(Moment, Duration)>,
}

impl ServiceTime {
    /// Starts with the machine's clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let last = (Moment::from(clock.now()), clock.monotonic());
        Self {
            clock,
            last: Mutex::new(last),
        }
    }

    /// The current time.
    pub fn now(&self) -> Moment {
        self.look().0
    }

    /// How far the machine's clock was set back, if by more than [`CLOCK_TOLERANCE`].
    pub fn set_back(&self) -> Option<Duration> {
        let (now, wall) = self.look();
        Some(now.since(wall)).filter(|behind| *behind > CLOCK_TOLERANCE)
    }

    /// The current time, and the machine's clock.
    fn look(&self) -> (Moment, Moment) {
        let (wall, monotonic) = (Moment::from(self.clock.now()), self.clock.monotonic());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let carried = last.0.plus(monotonic.saturating_sub(last.1));
        *last = (wall.max(carried), monotonic.max(last.1));
        (last.0, wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::FixedClock;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn time_never_runs_backwards_and_continues_from_its_latest() {
        let clock = Arc::new(FixedClock::new(at("2025-02-01T12:00:00Z")));
        let time = ServiceTime::new(clock.clone());
        let start = time.now();
        clock.set(at("2025-02-01T11:00:00Z"));
        assert_eq!(time.now(), start);
        clock.advance(Duration::from_secs(30));
        assert_eq!(time.now(), start.plus(Duration::from_secs(30)));
        assert_eq!(time.set_back(), Some(Duration::from_secs(3600)));
        clock.set(at("2025-02-01T12:00:31Z"));
        assert_eq!(time.now(), start.plus(Duration::from_secs(31)));
        assert_eq!(time.set_back(), None);
    }

    #[test]
    fn setting_the_clock_back_by_a_minute_is_tolerated() {
        let clock = Arc::new(FixedClock::new(at("2025-02-01T12:00:00Z")));
        let time = ServiceTime::new(clock.clone());
        clock.set(at("2025-02-01T11:59:00Z"));
        assert_eq!(time.set_back(), None);
        clock.set(at("2025-02-01T11:58:59.999Z"));
        assert_eq!(time.set_back(), Some(Duration::from_millis(60_001)));
    }

    #[test]
    fn another_process_begins_with_the_machines_clock() {
        let clock = Arc::new(FixedClock::new(at("2999-01-01T00:00:00Z")));
        let before = ServiceTime::new(clock.clone()).now();
        clock.set(at("2025-02-01T12:00:00Z"));
        assert!(ServiceTime::new(clock.clone()).now() < before);
        assert_eq!(ServiceTime::new(clock).set_back(), None);
    }

    #[test]
    fn waits_are_whole_seconds_rounded_up() {
        for (until, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (-5, 1)] {
            assert_eq!(Moment(until).seconds_from(Moment(0)), seconds);
        }
    }
}
