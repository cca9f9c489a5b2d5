//! Retries of calls to a target, parallel uploads, and their budget of memory.

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

/// How often any thread has waited.
static WAITS: AtomicUsize = AtomicUsize::new(0);

/// A failure, ready to be reported.
pub type Failed = Box<Diagnostic>;

/// How often a call is tried in total.
const TRIES: u32 = 8;
/// The first wait; each one doubles.
const FIRST: Duration = Duration::from_millis(200);
/// The longest wait, even if the target asks for more.
const LONGEST: Duration = Duration::from_secs(30);

/// Reports a fault of a target, with what was being done.
pub fn failed(doing: &str, fault: Fault) -> Failed {
    let mut diag = Diagnostic::error(format!("{doing}: {}", fault.message));
    diag.hint = Some(fault.hint).filter(|hint| !hint.is_empty());
    Box::new(diag)
}

/// Retries with exponential backoff.
#[derive(Clone, Copy)]
pub struct Retry {
    /// Waits; tests do not.
    pub sleep: fn(Duration),
}

impl Retry {
    /// Tries `call` until it succeeds, fails permanently, runs out of tries, or `stop` is set.
    ///
    /// # Errors
    /// The last fault.
    pub fn run<T>(
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
            let Some(asked) = fault.retry_after else {
                return Err(fault);
            };
            if tries == TRIES || stop.load(Ordering::Relaxed) {
                return Err(fault);
            }
            // Jitter: threads that all retry at once would be refused together again.
            let share = 75 + 10 * (WAITS.fetch_add(1, Ordering::Relaxed) % 6) as u32;
            let own = FIRST * 2_u32.pow(tries - 1) * share / 100;
            (self.sleep)(own.max(asked).min(LONGEST));
            tries += 1;
        }
    }
}

/// Runs `each` for all `items` on `threads` threads. The first failure stops the others.
///
/// # Errors
/// The first failure.
pub fn in_parallel<T: Sync>(
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

/// A budget of memory, shared by all threads.
pub struct Budget {
    left: Mutex<u64>,
    freed: Condvar,
    all: u64,
}

impl Budget {
    /// A budget of this many bytes.
    pub fn new(all: u64) -> Self {
        Self {
            left: Mutex::new(all),
            freed: Condvar::new(),
            all,
        }
    }

    /// Reserves bytes until the guard is dropped; waits while there are too few.
    pub fn reserve(&self, bytes: u64) -> Reserved<'_> {
        let bytes = bytes.min(self.all);
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |left: &mut u64| *left < bytes;
        let mut left = self
            .freed
            .wait_while(left, full)
            .unwrap_or_else(PoisonError::into_inner);
        *left -= bytes;
        Reserved {
            budget: self,
            bytes,
        }
    }
}

/// Reserved bytes.
pub struct Reserved<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut left = self
            .budget
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *left += self.bytes;
        self.budget.freed.notify_all();
    }
}
