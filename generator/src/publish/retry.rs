//! Retries of calls to a target, parallel uploads, and their budget of memory.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{progress::Progress, storage::Fault};
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
/// How long a call is repeated, from its first failure on.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How soon a wait notices that it has become pointless.
const STEP: Duration = Duration::from_millis(200);

/// Reports a fault of a target, with what was being done.
pub fn failed(doing: &str, fault: Fault) -> Failed {
    let mut diag = Diagnostic::error(format!("{doing}: {}", fault.message));
    diag.hint = Some(fault.hint).filter(|hint| !hint.is_empty());
    Box::new(diag)
}

/// Retries with exponential backoff.
#[derive(Clone, Copy)]
pub struct Retry<'a> {
    /// Waits; tests do not.
    pub sleep: fn(Duration),
    /// Is told of each fault before the wait that it causes.
    pub progress: &'a dyn Progress,
}

impl Retry<'_> {
    /// Tries `call` until it succeeds, fails permanently, runs out of tries or patience, or `stop` is set.
    ///
    /// # Errors
    /// The last fault.
    pub fn run<T>(
        self,
        stop: &AtomicBool,
        mut call: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut tries = 1;
        let mut first_failure = None;
        let mut waited = Duration::ZERO;
        loop {
            let mut fault = match call() {
                Err(fault) => fault,
                done => return done,
            };
            let Some(asked) = fault.retry_after else {
                return Err(fault);
            };
            let since = *first_failure.get_or_insert_with(Instant::now);
            // Jitter: threads that all retry at once would be refused together again.
            let share = 75 + 10 * (WAITS.fetch_add(1, Ordering::Relaxed) % 6) as u32;
            let own = FIRST * 2_u32.pow(tries - 1) * share / 100;
            let wait = own.max(asked).min(LONGEST);
            let spent = waited.max(since.elapsed());
            if tries == TRIES || spent + wait > PATIENCE {
                fault.message += &format!(" (tried {tries} times in {} s)", spent.as_secs());
                return Err(fault);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(fault);
            }
            self.progress.waits(&fault, wait);
            self.wait(wait, stop);
            if stop.load(Ordering::Relaxed) {
                return Err(fault);
            }
            waited += wait;
            tries += 1;
        }
    }

    /// Waits, unless another thread's failure makes that pointless.
    fn wait(self, time: Duration, stop: &AtomicBool) {
        let mut left = time;
        while !left.is_zero() && !stop.load(Ordering::Relaxed) {
            let some = left.min(STEP);
            (self.sleep)(some);
            left -= some;
        }
    }
}

/// Runs `each` for all `items` on `threads` threads. The first failure stops the others.
///
/// # Errors
/// The first failure.
pub fn in_parallel<T: Sync, E: Send>(
    items: &[T],
    threads: usize,
    each: &(dyn Fn(&T, &AtomicBool) -> Result<(), E> + Sync),
) -> Result<(), E> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What was said of waits.
    #[derive(Default)]
    struct Waits(Mutex<Vec<(String, Duration)>>);

    impl Progress for Waits {
        fn begin(&self, _bytes: u64) {}
        fn done(&self, _bytes: u64) {}
        fn waits(&self, fault: &Fault, time: Duration) {
            let mut all = self.0.lock().unwrap();
            all.push((fault.message.clone(), time));
        }
    }

    #[test]
    fn each_wait_is_reported_and_patience_ends() {
        for (asked, most) in [(0, 60), (20, 60), (3600, 60)] {
            let waits = Waits::default();
            let fault = Fault {
                retry_after: Some(Duration::from_secs(asked)),
                ..Fault::temporary("503 SlowDown")
            };
            let calls = AtomicUsize::new(0);
            let call = || {
                calls.fetch_add(1, Ordering::Relaxed);
                Err::<(), Fault>(fault.clone())
            };
            let got = Retry {
                sleep: |_| {},
                progress: &waits,
            }
            .run(&AtomicBool::new(false), call);
            let said = got.unwrap_err().message;
            let waits = waits.0.into_inner().unwrap();
            // The first call fails before the first wait, the last one after the last.
            assert_eq!(waits.len() + 1, calls.into_inner(), "{asked}");
            assert!(!waits.is_empty() && waits.iter().all(|(said, _)| said == "503 SlowDown"));
            let all: Duration = waits.iter().map(|(_, wait)| *wait).sum();
            assert!(all <= Duration::from_secs(most), "{asked}: {all:?}");
            assert!(said.starts_with("503 SlowDown (tried "), "{said}");
        }
    }

    #[test]
    fn a_failure_elsewhere_ends_a_wait() {
        static SLEPT: AtomicUsize = AtomicUsize::new(0);
        static STOP: AtomicBool = AtomicBool::new(false);
        let waits = Waits::default();
        let retry = Retry {
            sleep: |_| {
                SLEPT.fetch_add(1, Ordering::Relaxed);
                STOP.store(true, Ordering::Relaxed);
            },
            progress: &waits,
        };
        let fault = Fault {
            retry_after: Some(Duration::from_secs(30)),
            ..Fault::temporary("503 SlowDown")
        };
        let got = retry.run(&STOP, || Err::<(), Fault>(fault.clone()));
        assert!(got.is_err());
        assert_eq!(SLEPT.load(Ordering::Relaxed), 1);
    }
}
