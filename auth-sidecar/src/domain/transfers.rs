//! Downloads that run: which ranges are on their way, how far each is, and whether there is room for more.
//!
//! Kept in memory. What is sent is gathered here and written down once a second.

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

/// Seconds after which one may ask again when there is no room.
const RETRY_AFTER: u64 = 30;
/// Who took no byte for so long makes room for others.
const STALLED: Duration = Duration::from_secs(10);
/// Accounts share so many turns.
const TURNS: usize = 64;

/// All downloads that run.
pub struct Transfers {
    clock: Arc<dyn Clock>,
    limits: DownloadLimits,
    /// Of the whole service.
    bandwidth: Arc<Bandwidth>,
    running: Mutex<Vec<Running>>,
    turns: [Turns<()>; TURNS],
}

/// How far a download is, to be written down.
#[derive(Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The download's.
    pub id: i64,
    /// How far.
    pub progress: Progress,
    /// Whether every byte of it was sent.
    pub whole: bool,
    /// How long ago its latest byte was sent.
    pub idle: Duration,
}

/// What a request for a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// All of it, as who begins asks.
    Whole,
    /// A range, of the content that the request names or of any.
    Range,
    /// A range that does not begin the content, and the request does not say which content was begun.
    UnvalidatedResume,
}

/// What became of a range that asked to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is part of a download that runs.
    Running,
    /// The same is on its way, and this is another copy of it.
    SecondCopy,
    /// Nothing of it is on its way; what is written down may be resumed.
    NotRunning,
}

/// Why a range is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no room: how many seconds to wait.
    NoRoom(u64),
    /// It is the rest of another content than the one that was begun.
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

    /// A range that is about to be sent. Until it joins a download it counts for nobody.
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

    /// Adds a range to the latest download of the same that runs. A request for all of it is
    /// another copy where one is whole, or on its way from its start.
    ///
    /// # Errors
    /// When the download has too many ranges on their way, or the rest of another content is asked for.
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

    /// Waits until no other download of an account is being begun: two ranges of one must not begin two.
    pub async fn turn(&self, account: i64) -> Turn<'_, ()> {
        let at = account.unsigned_abs() % TURNS as u64;
        // Below TURNS.
        self.turns[at as usize].lock().await
    }

    /// Whether there is room for another download of an account. Where as many as may run do, the one that
    /// took no byte for longest will have to go, if it seems to have stalled.
    ///
    /// # Errors
    /// When all of them move.
    pub fn check_room(&self, account: i64) -> Result<(), Refused> {
        self.in_the_way(&self.lock(), account).map(drop)
    }

    /// The download of an account that has to go before another is begun, if there is one.
    fn in_the_way<'a>(
        &self,
        running: &'a [Running],
        account: i64,
    ) -> Result<Option<&'a Running>, Refused> {
        let own = running
            .iter()
            .filter(|running| running.account == account && running.is_running());
        let own: Vec<_> = own.map(|running| (running.last(), running)).collect();
        if own.len() < self.limits.account {
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

    /// A download that is written down with this id, from where it is. What is in its way has to go; if that
    /// has just moved again, there is one more for a while.
    pub fn begin(
        &self,
        id: i64,
        account: i64,
        wanted: Wanted,
        progress: Progress,
        part: &Arc<Part>,
    ) {
        let mut running = self.lock();
        if let Ok(Some(longest)) = self.in_the_way(&running, account) {
            for part in &longest.parts {
                part.is_cut.store(true, Ordering::Relaxed);
            }
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
        };
        new.add(part);
        running.push(new);
    }

    /// How far downloads are that went on since they were written down.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let now = self.clock.monotonic();
        let mut running = self.lock();
        let mut checkpoints = Vec::new();
        for running in running.iter_mut() {
            running.settle();
            let reached = running.reached();
            if reached.bytes != running.written {
                checkpoints.push(Checkpoint {
                    id: running.id,
                    whole: reached.covered.is_whole(running.wanted.size),
                    idle: now.saturating_sub(running.touched()),
                    progress: reached,
                });
            }
        }
        checkpoints
    }

    /// Brings rows up to what was sent since they were written down.
    pub fn bring_up(&self, downloads: &mut [Download]) {
        let running = self.lock();
        for download in downloads {
            if let Some(running) = running.iter().find(|running| running.id == download.id) {
                download.progress = running.reached();
                let size = download.wanted.size;
                download.whole = download.progress.covered.is_whole(size);
            }
        }
    }

    /// These checkpoints are written down. Downloads that are over, and wholly so, are forgotten.
    pub fn saved(&self, checkpoints: &[Checkpoint]) {
        let mut running = self.lock();
        running.retain_mut(|running| {
            if let Some(checkpoint) = checkpoints
                .iter()
                .find(|checkpoint| checkpoint.id == running.id)
            {
                running.written = checkpoint.progress.bytes;
            }
            running.settle();
            !running.parts.is_empty() || running.written != running.progress.bytes
        });
    }

    /// How many downloads, and ranges of them, are on their way.
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

    // Nothing is left half-done by a panic: each change is one statement.
    fn lock(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by whoever sends a range, to its end.
pub struct Sending {
    all: Arc<Transfers>,
    part: Arc<Part>,
}

impl Sending {
    /// What joins a download.
    #[must_use]
    pub fn part(&self) -> &Arc<Part> {
        &self.part
    }

    /// Tells that bytes are given to the connection; how long to wait before the next.
    pub fn sent(&self, bytes: u64) -> Duration {
        self.part.sent.fetch_add(bytes, Ordering::Relaxed);
        self.part.last.store(self.all.millis(), Ordering::Relaxed);
        let now = self.all.clock.monotonic();
        let own = self.part.bandwidth.get();
        let own = own.map_or(Duration::ZERO, |bandwidth| bandwidth.reserve(bytes, now));
        own.max(self.all.bandwidth.reserve(bytes, now))
    }

    /// Whether it has to make room for another.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.part.is_cut.load(Ordering::Relaxed)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // Release: whoever sees that it is over sees all of what was sent.
        self.part.is_over.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
