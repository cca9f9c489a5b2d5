//! Uploads by several threads, each tried again while a failure may pass.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::storage::Fault;
use crate::base::diag::Diagnostic;

/// How often anybody waited.
static WAITS: AtomicUsize = AtomicUsize::new(0);

/// A failure, as it is told.
pub type Failed = Box<Diagnostic>;

/// How often a call is tried, in all.
const TRIES: u32 = 8;
/// The first wait; each is twice the one before.
const FIRST: Duration = Duration::from_millis(200);
/// No wait is longer, whatever a target asks for.
const LONGEST: Duration = Duration::from_secs(30);

/// Tells a fault of a target, and what was tried.
pub fn told(doing: &str, fault: Fault) -> Failed {
    let mut diag = Diagnostic::error(format!("{doing}: {}", fault.message));
    diag.hint = Some(fault.hint).filter(|hint| !hint.is_empty());
    Box::new(diag)
}

/// Waits between tries.
#[derive(Clone, Copy)]
pub struct Patience {
    /// What waits: tests do not.
    pub wait: fn(Duration),
}

impl Patience {
    /// Tries `call` until it works, or fails for good, or `stop` says that all is in vain.
    ///
    /// # Errors
    /// The last fault.
    pub fn with<T>(
        self,
        stop: &AtomicBool,
        mut call: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut tries = 1;
        loop {
            let fault = match call() {
                Err(fault) => fault,
                done => return done,
            };
            let Some(asked) = fault.again else {
                return Err(fault);
            };
            if tries == TRIES || stop.load(Ordering::Relaxed) {
                return Err(fault);
            }
            // Not all threads at once, or they would be refused together again.
            let share = 75 + 10 * (WAITS.fetch_add(1, Ordering::Relaxed) % 6) as u32;
            let own = FIRST * 2_u32.pow(tries - 1) * share / 100;
            (self.wait)(own.max(asked).min(LONGEST));
            tries += 1;
        }
    }
}

/// Does `each` for all of `items` on `threads` threads. The first failure stops the rest.
///
/// # Errors
/// The first failure.
pub fn all<T: Sync>(
    items: &[T],
    threads: usize,
    each: &(dyn Fn(&T, &AtomicBool) -> Result<(), Failed> + Sync),
) -> Result<(), Failed> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failed = Mutex::new(None);
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if let Err(failure) = each(item, &stop) {
                stop.store(true, Ordering::Relaxed);
                let mut first = failed.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(failure);
            }
        }
    };
    let threads = threads.min(items.len());
    match threads {
        0 | 1 => work(),
        _ => thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        }),
    }
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

/// How many bytes may be in memory at once, over all threads.
pub struct Room {
    left: Mutex<u64>,
    freed: Condvar,
    all: u64,
}

impl Room {
    /// For so many bytes.
    pub fn new(all: u64) -> Self {
        Self {
            left: Mutex::new(all),
            freed: Condvar::new(),
            all,
        }
    }

    /// Takes so many, as soon as there are, until the guard is dropped.
    pub fn take(&self, bytes: u64) -> Place<'_> {
        let bytes = bytes.min(self.all);
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |left: &mut u64| *left < bytes;
        let mut left = self
            .freed
            .wait_while(left, full)
            .unwrap_or_else(PoisonError::into_inner);
        *left -= bytes;
        Place { room: self, bytes }
    }
}

/// Bytes that were taken.
pub struct Place<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut left = self
            .room
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *left += self.bytes;
        self.room.freed.notify_all();
    }
}
