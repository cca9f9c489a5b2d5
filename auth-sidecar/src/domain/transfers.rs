//! Running downloads: their ranges, their progress, and whether there is room for more.
//!
//! Kept in memory; progress is written to the store once a second.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::lock::{Mutex as Turns, MutexGuard as Turn};

use super::bandwidth::Bandwidth;
use super::clock::Clock;
use super::settings::DownloadLimits;
use super::store::{Download, Progress, Wanted};

mod running;

pub use self::running::Part;
use self::running::Running;

/// Seconds to wait before retrying when there is no room.
const RETRY_AFTER: u64 = 30;
/// A range that sent no byte for this long can be displaced by a new one.
const STALLED: Duration = Duration::from_secs(10);
/// Number of locks that accounts share.
const TURNS: usize = 64;

/// How often a node renews what it says of a running download.
const RENEW: Duration = Duration::from_secs(2);
/// How long that holds. After a node was killed, its downloads count for so long.
pub const RUNNING_FOR: Duration = Duration::from_secs(5);

/// All downloads that run on this node.
pub struct Transfers {
    clock: Arc<dyn Clock>,
    limits: DownloadLimits,
    /// Of all downloads.
    bandwidth: Arc<Bandwidth>,
    running: Mutex<Vec<Running>>,
    turns: [Turns<()>; TURNS],
}

/// What a download's place among those of its account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It runs, and needs one; there may be none left.
    Take,
    /// It has one, and runs on.
    Keep,
    /// It needs none: it has ended, or stalled.
    Leave,
}

/// The progress of a download, to be stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The download's.
    pub id: i64,
    /// The account's.
    pub account: i64,
    /// How far, as this node knows it.
    pub progress: Progress,
    /// How many bytes of that this node has sent since its last checkpoint.
    pub fresh: u64,
    /// How long ago its latest byte was sent.
    pub idle: Duration,
    /// Its place.
    pub place: Place,
}

/// What a request for a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// The whole file, as at the start of a download.
    Whole,
    /// A range, of the content that the request names or of any.
    Range,
    /// A range that does not start at 0, in a request without a validator: it does not say which content was begun.
    UnvalidatedResume,
}

/// The result of joining a running download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The range is part of a running download.
    Running,
    /// The same file is being sent already; this is a second copy.
    SecondCopy,
    /// No such download is running; a stored one may be resumed.
    NotRunning,
}

/// Why a range is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No room; seconds to wait.
    NoRoom(u64),
    /// A resume of a different content.
    OtherContent,
}

impl Transfers {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, limits: DownloadLimits) -> Self {
        Self {
            clock,
            bandwidth: Arc::new(Bandwidth::new(limits.rate)),
            limits,
            running: Mutex::default(),
            turns: std::array::from_fn(|_| Turns::new(())),
        }
    }

    /// A range about to be sent. It counts for no account until it joins a download.
    #[must_use]
    pub fn sending(self: &Arc<Self>, range: Range<u64>) -> Sending {
        Sending {
            all: Arc::clone(self),
            part: Arc::new(Part {
                range,
                sent: AtomicU64::new(0),
                last: AtomicU64::new(self.millis()),
                is_cut: AtomicBool::new(false),
                is_over: AtomicBool::new(false),
                bandwidth: OnceLock::new(),
            }),
        }
    }

    /// Adds a range to the latest running download of the same file. A request for the whole file is a second copy
    /// if that download is complete or runs from its start.
    ///
    /// # Errors
    /// If the download has too many running ranges, or the range resumes a different content.
    pub fn join(
        &self,
        account: i64,
        wanted: &Wanted,
        part: &Arc<Part>,
        ask: RequestKind,
    ) -> Result<Joined, Refused> {
        let mut running = self.lock();
        if ask == RequestKind::UnvalidatedResume
            && running
                .iter()
                .filter(|running| running.account == account && running.wanted.is_at(wanted))
                .max_by_key(|running| running.touched())
                .is_some_and(|latest| latest.wanted.sha256 != wanted.sha256)
        {
            return Err(Refused::OtherContent);
        }
        let same = running
            .iter_mut()
            .rev()
            .find(|running| running.account == account && running.wanted == *wanted);
        let Some(same) = same else {
            return Ok(Joined::NotRunning);
        };
        if ask == RequestKind::Whole && same.is_a_copy_of_its_own() {
            return Ok(Joined::SecondCopy);
        }
        let parts = same.parts.iter().filter(|part| part.is_running());
        let lasts: Vec<_> = parts.map(|part| (part.last(), Arc::clone(part))).collect();
        if lasts.len() >= self.limits.parts {
            let longest = lasts.iter().min_by_key(|(last, _)| *last);
            let (_, longest) = self.stalled(longest)?;
            longest.is_cut.store(true, Ordering::Relaxed);
        }
        same.add(part);
        Ok(Joined::Running)
    }

    /// Waits until no other download of the account is being started, so that two ranges never start two.
    pub async fn turn(&self, account: i64) -> Turn<'_, ()> {
        let at = account.unsigned_abs() % TURNS as u64;
        // Always below TURNS.
        self.turns[at as usize].lock().await
    }

    /// Whether the account may start another download, besides those that run on any node. At the limit, the one of this
    /// node that sent nothing for longest is displaced, if it has stalled.
    ///
    /// # Errors
    /// If none of them has stalled.
    pub fn check_room(&self, account: i64, anywhere: &[i64]) -> Result<(), Refused> {
        self.in_the_way(&self.lock(), account, anywhere).map(drop)
    }

    /// The download of an account that must be displaced before another starts, if any.
    fn in_the_way<'a>(
        &self,
        running: &'a [Running],
        account: i64,
        anywhere: &[i64],
    ) -> Result<Option<&'a Running>, Refused> {
        let is_own = |id: &i64| running.iter().any(|running| running.id == *id);
        let elsewhere = anywhere.iter().filter(|id| !is_own(id)).count();
        let own = running
            .iter()
            .filter(|running| running.account == account && running.is_running());
        let own: Vec<_> = own.map(|running| (running.last(), running)).collect();
        if own.len() + elsewhere < self.limits.account {
            return Ok(None);
        }
        let (_, longest) = self.stalled(own.iter().min_by_key(|(last, _)| *last))?;
        Ok(Some(longest))
    }

    fn stalled<'a, T>(
        &self,
        longest: Option<&'a (Duration, T)>,
    ) -> Result<&'a (Duration, T), Refused> {
        let now = self.clock.monotonic();
        longest
            .filter(|(last, _)| now.saturating_sub(*last) >= STALLED)
            .ok_or(Refused::NoRoom(RETRY_AFTER))
    }

    /// Starts a stored download from its progress. The download it displaces is cancelled; if that has just moved
    /// again, there is one too many for a while.
    pub fn begin(
        &self,
        id: i64,
        account: i64,
        wanted: Wanted,
        progress: Progress,
        part: &Arc<Part>,
        anywhere: &[i64],
    ) {
        let mut running = self.lock();
        if let Ok(Some(longest)) = self.in_the_way(&running, account, anywhere) {
            longest.cut();
        }
        let bandwidth = running
            .iter()
            .find(|running| running.account == account)
            .map_or_else(
                || Arc::new(Bandwidth::new(self.limits.account_rate)),
                |running| Arc::clone(&running.bandwidth),
            );
        let mut new = Running {
            id,
            account,
            wanted,
            written: progress.bytes,
            progress,
            parts: Vec::new(),
            touched: Duration::ZERO,
            bandwidth,
            place_kept: None,
        };
        new.add(part);
        running.push(new);
    }

    /// The progress of downloads since it was last stored.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let now = self.clock.monotonic();
        let mut running = self.lock();
        let mut checkpoints = Vec::new();
        for running in running.iter_mut() {
            running.settle();
            let reached = running.reached();
            let place = running.place(now);
            let is_due = match place {
                Place::Take => true,
                Place::Keep => running
                    .place_kept
                    .is_some_and(|kept| now.saturating_sub(kept) >= RENEW),
                Place::Leave => running.place_kept.is_some(),
            };
            if is_due || reached.bytes != running.written {
                checkpoints.push(Checkpoint {
                    id: running.id,
                    account: running.account,
                    fresh: reached.bytes - running.written,
                    idle: now.saturating_sub(running.touched()),
                    progress: reached,
                    place,
                });
            }
        }
        checkpoints
    }

    /// Updates rows with the progress that is not stored yet.
    pub fn bring_up(&self, downloads: &mut [Download]) {
        let running = self.lock();
        for download in downloads {
            if let Some(running) = running.iter().find(|running| running.id == download.id) {
                let reached = running.reached();
                download.progress.bytes += reached.bytes - running.written;
                download.progress.covered.add_all(&reached.covered);
                let size = download.wanted.size;
                download.whole = download.progress.covered.is_whole(size);
            }
        }
    }

    /// Whether there is no place left besides these downloads of an account.
    pub fn is_full(&self, others: usize) -> bool {
        others >= self.limits.account
    }

    /// Marks these checkpoints as stored. Finished downloads whose progress is stored are dropped, and those that found
    /// no place are cut off.
    pub fn saved(&self, checkpoints: &[Checkpoint], without_place: &[i64]) {
        let now = self.clock.monotonic();
        let mut running = self.lock();
        running.retain_mut(|running| {
            if let Some(checkpoint) = checkpoints
                .iter()
                .find(|checkpoint| checkpoint.id == running.id)
            {
                running.written = checkpoint.progress.bytes;
                let has_place =
                    checkpoint.place != Place::Leave && !without_place.contains(&running.id);
                running.place_kept = has_place.then_some(now);
            }
            if without_place.contains(&running.id) {
                running.cut();
            }
            running.settle();
            !running.parts.is_empty()
                || running.place_kept.is_some()
                || running.written != running.progress.bytes
        });
    }

    /// The number of running downloads and of their ranges.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let running = self.lock();
        let downloads = running.iter().filter(|running| running.is_running());
        let parts = running.iter().flat_map(|running| &running.parts);
        (
            downloads.count(),
            parts.filter(|part| part.is_running()).count(),
        )
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }

    // A panic leaves no change half done: each is one statement.
    fn lock(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held while a range is being sent.
pub struct Sending {
    all: Arc<Transfers>,
    part: Arc<Part>,
}

impl Sending {
    /// The part that joins a download.
    #[must_use]
    pub fn part(&self) -> &Arc<Part> {
        &self.part
    }

    /// Records bytes given to the connection; returns how long to wait before the next.
    pub fn sent(&self, bytes: u64) -> Duration {
        self.part.sent.fetch_add(bytes, Ordering::Relaxed);
        self.part.last.store(self.all.millis(), Ordering::Relaxed);
        let now = self.all.clock.monotonic();
        let own = self.part.bandwidth.get();
        let own = own.map_or(Duration::ZERO, |bandwidth| bandwidth.reserve(bytes, now));
        own.max(self.all.bandwidth.reserve(bytes, now))
    }

    /// Whether it was displaced by another range.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.part.is_cut.load(Ordering::Relaxed)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // Release: whoever sees that the range has ended also sees all bytes it sent.
        self.part.is_over.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
