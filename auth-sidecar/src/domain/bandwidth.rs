//! A bandwidth limit shared by several transfers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How much may be sent at once after a pause, as time.
const BURST: Duration = Duration::from_millis(250);

/// A rate, and how far ahead of it the senders are. A sender reserves first, so that all wait alike.
#[derive(Debug)]
pub struct Bandwidth {
    /// Bytes a second; 0 means no limit.
    rate: u64,
    /// When everything reserved will have been sent, on the monotonic clock.
    free_at: Mutex<Duration>,
}

impl Bandwidth {
    /// `rate` in bytes a second; 0 means no limit.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        Self {
            rate,
            free_at: Mutex::default(),
        }
    }

    /// Records that `bytes` are sent now; returns how long to wait before the next.
    pub fn reserve(&self, bytes: u64, now: Duration) -> Duration {
        if self.rate == 0 {
            return Duration::ZERO;
        }
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let takes = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at)
            .max(now.saturating_sub(BURST))
            .saturating_add(takes);
        free_at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that `senders` get through in ten seconds if they wait as told.
    fn sent(rate: u64, senders: usize) -> u64 {
        let bandwidth = Bandwidth::new(rate);
        let end = Duration::from_secs(100 + 10);
        let mut next = vec![Duration::from_secs(100); senders];
        let mut sent = 0;
        while let Some(at) = next.iter_mut().min().filter(|at| **at < end) {
            sent += 64 * 1024;
            *at += bandwidth
                .reserve(64 * 1024, *at)
                .max(Duration::from_micros(1));
        }
        sent
    }

    #[test]
    fn the_rate_is_shared_however_many_send() {
        for senders in [1, 2, 8, 50] {
            let rate = 10_000_000;
            let ideal = 10 * rate;
            let sent = sent(rate, senders);
            let most = ideal + rate / 4 + (senders as u64 + 1) * 64 * 1024;
            assert!((ideal..=most).contains(&sent), "{senders}: {sent}");
        }
    }

    #[test]
    fn without_a_rate_there_is_no_wait() {
        assert_eq!(
            Bandwidth::new(0).reserve(u64::MAX, Duration::ZERO),
            Duration::ZERO
        );
    }
}
