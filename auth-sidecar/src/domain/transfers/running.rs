//! A running download and its ranges.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Place, STALLED};
use crate::domain::bandwidth::Bandwidth;
use crate::domain::store::{Progress, Wanted};

/// A download with running ranges, or with progress that is not stored yet.
pub(super) struct Running {
    pub(super) id: i64,
    pub(super) account: i64,
    pub(super) wanted: Wanted,
    /// Of all finished parts.
    pub(super) progress: Progress,
    /// Bytes when last stored.
    pub(super) written: u64,
    pub(super) parts: Vec<Arc<Part>>,
    /// When the latest byte or request of finished parts was, on the monotonic clock.
    pub(super) touched: Duration,
    /// The account's bandwidth.
    pub(super) bandwidth: Arc<Bandwidth>,
    /// When the store was last told that it runs, while it has a place.
    pub(super) place_kept: Option<Duration>,
}

/// A running range.
#[derive(Debug)]
pub struct Part {
    pub(super) range: Range<u64>,
    /// Bytes of it given to the connection.
    pub(super) sent: AtomicU64,
    /// When, in milliseconds of the monotonic clock.
    pub(super) last: AtomicU64,
    /// Displaced by another range.
    pub(super) is_cut: AtomicBool,
    pub(super) is_over: AtomicBool,
    /// The account's bandwidth, once the account is known.
    pub(super) bandwidth: OnceLock<Arc<Bandwidth>>,
}

impl Part {
    pub(super) fn last(&self) -> Duration {
        Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    pub(super) fn is_running(&self) -> bool {
        !self.is_cut.load(Ordering::Relaxed) && !self.is_over.load(Ordering::Relaxed)
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Running {
    pub(super) fn is_running(&self) -> bool {
        self.parts.iter().any(|part| part.is_running())
    }

    pub(super) fn last(&self) -> Duration {
        let parts = self.parts.iter().filter(|part| part.is_running());
        parts.map(|part| part.last()).max().unwrap_or_default()
    }

    /// What it needs among the downloads of its account on all nodes. One that stalls needs no place, and another one
    /// when it goes on.
    pub(super) fn place(&self, now: Duration) -> Place {
        let moves = self.is_running() && now.saturating_sub(self.last()) < STALLED;
        match (moves, self.place_kept) {
            (true, None) => Place::Take,
            (true, Some(_)) => Place::Keep,
            (false, _) => Place::Leave,
        }
    }

    /// Ends its ranges.
    pub(super) fn cut(&self) {
        for part in &self.parts {
            part.is_cut.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn touched(&self) -> Duration {
        let parts = self.parts.iter().map(|part| part.last());
        parts.fold(self.touched, Duration::max)
    }

    /// Including what running parts have sent.
    pub(super) fn reached(&self) -> Progress {
        let mut reached = self.progress.clone();
        for part in &self.parts {
            reached.bytes += part.sent();
            reached
                .covered
                .add(part.range.start..part.range.start + part.sent());
        }
        reached
    }

    /// Whether a request for the whole file is a second copy: this download is complete, or runs from the start.
    /// Otherwise it restarts this one.
    pub(super) fn is_a_copy_of_its_own(&self) -> bool {
        let from_start = |part: &Arc<Part>| part.range.start == 0 && part.is_running();
        self.parts.iter().any(from_start) || self.reached().covered.is_whole(self.wanted.size)
    }

    pub(super) fn add(&mut self, part: &Arc<Part>) {
        // Set once: a part joins one download.
        let _ = part.bandwidth.set(Arc::clone(&self.bandwidth));
        self.parts.push(Arc::clone(part));
    }

    /// Merges finished parts into the progress.
    pub(super) fn settle(&mut self) {
        let (over, parts): (Vec<_>, Vec<_>) = std::mem::take(&mut self.parts)
            .into_iter()
            .partition(|part| part.is_over.load(Ordering::Acquire));
        self.parts = parts;
        for part in over {
            self.touched = self.touched.max(part.last());
            self.progress.bytes += part.sent();
            let start = part.range.start;
            self.progress.covered.add(start..start + part.sent());
        }
    }
}
