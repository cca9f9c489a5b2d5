//! The only source of "now", injected so that tests control it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Time since some fixed point. Never runs backwards, whatever happens to [`Clock::now`].
    fn monotonic(&self) -> Duration;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// The clock of a store that several nodes share: what the store's clock showed last, continued by this machine's
/// monotonic clock. So nodes agree on the time, whatever their machines' clocks show. Before the first reading it is the
/// machine's clock.
pub struct StoreClock {
    machine: Arc<dyn Clock>,
    reading: Mutex<Option<Reading>>,
}

#[derive(Clone, Copy)]
struct Reading {
    shown: Timestamp,
    /// On the monotonic clock.
    at: Duration,
}

/// How long a reading holds: two monotonic clocks may diverge by some milliseconds in this time.
const READING_HOLDS: Duration = Duration::from_secs(10);
/// A reading that took longer is less precise than one that is a little old.
const PRECISE: Duration = Duration::from_millis(100);
/// How old a precise reading may become before one that is not takes its place.
const PRECISE_HOLDS: Duration = Duration::from_secs(60);

impl StoreClock {
    /// Without a reading yet.
    #[must_use]
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self {
            machine,
            reading: Mutex::new(None),
        }
    }

    /// Whether the store's clock should be read again.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.age().is_none_or(|age| age >= READING_HOLDS)
    }

    /// The store's clock showed this, at a moment between `asked`, on the monotonic clock, and now.
    pub fn note(&self, shown: Timestamp, asked: Duration) {
        let now = self.monotonic();
        let took = now.saturating_sub(asked);
        if took > PRECISE && self.age().is_some_and(|age| age < PRECISE_HOLDS) {
            return;
        }
        let at = asked + took / 2;
        *self.lock() = Some(Reading { shown, at });
    }

    fn age(&self) -> Option<Duration> {
        let reading = *self.lock();
        reading.map(|reading| self.monotonic().saturating_sub(reading.at))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        // It is replaced as a whole.
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        let Some(Reading { shown, at }) = *self.lock() else {
            return self.machine.now();
        };
        let since = self.monotonic().saturating_sub(at);
        shown.saturating_add(since).unwrap_or(shown)
    }

    fn monotonic(&self) -> Duration {
        self.machine.monotonic()
    }
}

/// A clock that stands still until it is moved, for tests and previews.
#[derive(Debug)]
pub struct FixedClock {
    now: AtomicI64,
    monotonic: AtomicU64,
}

impl FixedClock {
    /// A clock that shows `now`, to the millisecond.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(now.as_millisecond()),
            monotonic: AtomicU64::new(0),
        }
    }

    /// Sets the clock to `now`, to the millisecond, without letting time pass.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.as_millisecond(), Ordering::Relaxed);
    }

    /// Lets this much time pass.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.now
            .fetch_add(i64::try_from(millis).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.monotonic.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        // Made from a timestamp, so in range.
        Timestamp::from_millisecond(self.now.load(Ordering::Relaxed)).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_stores_clock_counts_whatever_the_machine_shows() {
        let machine = Arc::new(FixedClock::new(at("2025-02-01T12:07:00Z")));
        let clock = StoreClock::new(machine.clone());
        assert!(clock.is_due());
        assert_eq!(clock.now(), at("2025-02-01T12:07:00Z"));
        clock.note(at("2025-02-01T12:00:00Z"), clock.monotonic());
        assert!(!clock.is_due());
        machine.set(at("2025-02-01T11:00:00Z"));
        machine.advance(MINUTE);
        assert_eq!(clock.now(), at("2025-02-01T12:01:00Z"));
        assert!(clock.is_due());
    }

    #[test]
    fn a_slow_reading_replaces_none_but_an_old_one() {
        let machine = Arc::new(FixedClock::new(at("2025-02-01T12:00:00Z")));
        let clock = StoreClock::new(machine.clone());
        let read = |shown| {
            let asked = clock.monotonic();
            machine.advance(Duration::from_secs(4));
            clock.note(at(shown), asked);
        };
        read("2025-02-01T12:00:02Z");
        assert_eq!(clock.now(), at("2025-02-01T12:00:04Z"), "the middle of it");
        read("2025-02-01T12:30:00Z");
        assert_eq!(clock.now(), at("2025-02-01T12:00:08Z"));
        machine.advance(MINUTE);
        read("2025-02-01T12:30:00Z");
        assert_eq!(clock.now(), at("2025-02-01T12:30:02Z"));
    }
}
