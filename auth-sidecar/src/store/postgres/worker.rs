//! A worker thread with its own connection, which it replaces when it is lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::address::Address;
use super::driver::Connection;
use super::error::{Failure, OpenError};
use super::migrate;
use crate::domain::clock::{Clock as _, StoreClock};
use crate::domain::store::{Isolation, ReadJob, StoreError, Stored, Verdict, WriteJob};
use crate::failures::Failures;
use crate::store::queue::{Waiting, note_read, note_write};
use crate::store::sql::SqlRows;

/// The most reads that share a transaction.
const READS_AT_ONCE: usize = 64;
/// How long no thread tries to connect after a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a rule may conflict with others before it runs alone.
const CONCURRENT_RUNS: u32 = 3;
/// The most runs of a rule in total, which also limits retries after lost connections.
const RUNS: u32 = 6;

/// The timeout is shorter than callers wait. Without sequential scans, rules that read different rows of small tables do not
/// conflict. The table lock is shared by all rules that run concurrently.
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 3000; \
    SET LOCAL enable_seqscan = off; LOCK TABLE turns IN ACCESS SHARE MODE";
/// The same, for guarded statements.
const BEGIN_COMMITTED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 3000; \
    SET LOCAL enable_seqscan = off; LOCK TABLE turns IN ACCESS SHARE MODE";
/// The same, with an exclusive table lock: it waits for running rules, and later ones wait for it, so that nothing can
/// conflict.
const BEGIN_ALONE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 3000; \
    SET LOCAL enable_seqscan = off; LOCK TABLE turns IN ACCESS EXCLUSIVE MODE";
const BEGIN_READ: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 3000";

/// State shared by all threads of a store.
pub(super) struct Shared {
    pub(super) address: Address,
    pub(super) writable: AtomicBool,
    /// The server's clock, for all nodes.
    pub(super) clock: StoreClock,
    /// When connecting last failed, and why; `None` after a success.
    pub(super) last_failure: Mutex<Option<(Instant, StoreError)>>,
}

pub(super) struct Worker<'r> {
    shared: &'r Shared,
    runtime: &'r Runtime,
    connection: Option<Connection<'r>>,
    /// Of reads.
    failures: Failures,
}

impl<'r> Worker<'r> {
    pub(super) fn new(shared: &'r Shared, runtime: &'r Runtime) -> Self {
        Self {
            shared,
            runtime,
            connection: None,
            failures: Failures::default(),
        }
    }

    /// Connects, and brings the schema up to date.
    pub(super) fn connect(&mut self) -> Result<(), OpenError> {
        let client = self.runtime.block_on(async {
            let mut client = self.shared.address.connect().await?;
            migrate::run(&mut client).await?;
            Ok::<_, OpenError>(client)
        })?;
        let connection = self
            .connection
            .insert(Connection::new(self.runtime, client));
        read_clock(connection, &self.shared.clock).map_err(|_| OpenError::Late)
    }

    /// The connection; connects if there is none.
    fn connection(&mut self) -> Stored<&Connection<'r>> {
        let clock = &self.shared.clock;
        let is_usable = |one: &Connection<'_>| {
            one.is_open() && (!clock.is_due() || read_clock(one, clock).is_ok())
        };
        self.connection = self.connection.take().filter(is_usable);
        if self.connection.is_none() {
            self.reconnect()?;
        }
        self.connection.as_ref().ok_or(StoreError::Closed)
    }

    fn reconnect(&mut self) -> Stored<()> {
        let last_failure = || {
            self.shared
                .last_failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((at, error)) = &*last_failure()
            && at.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let connected = self.connect();
        if connected.is_err() {
            self.connection = None;
        }
        let mut last_failure = last_failure();
        match connected {
            Ok(()) => {
                if last_failure.take().is_some() {
                    tracing::info!("the database can be reached again");
                }
                Ok(())
            }
            Err(error) => {
                if last_failure.is_none() {
                    tracing::error!(%error, "the database cannot be used");
                }
                // Until the next write, which the upkeep tries.
                self.shared.writable.store(false, Ordering::Relaxed);
                let error = StoreError::Failed(format!("the database cannot be used: {error}"));
                *last_failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Runs rules, each in its own transaction, until the store is dropped.
    pub(super) fn write(&mut self, jobs: &Mutex<Receiver<Waiting>>, patience: Duration) {
        loop {
            let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((since, mut job)) = next else { return };
            let Some(result) = self.run(&mut *job, since + patience) else {
                // The rule panicked: the caller notices that the job was dropped.
                continue;
            };
            // Before the caller gets the result, since it may check next whether the store is ready.
            let has_written = self
                .connection
                .as_ref()
                .is_some_and(Connection::has_written);
            note_write(&self.shared.writable, &result, has_written);
            job.end(result);
        }
    }

    /// Runs a rule, with retries; `None` if it panicked.
    fn run(&mut self, job: &mut dyn WriteJob, until: Instant) -> Option<Stored<()>> {
        let mut last = StoreError::Busy;
        let mut conflicts = 0;
        for _ in 0..RUNS {
            if Instant::now() >= until {
                break;
            }
            let connection = match self.connection() {
                Ok(connection) => connection,
                Err(error) => return Some(Err(error)),
            };
            let is_alone = conflicts >= CONCURRENT_RUNS;
            connection.begin(match job.isolation() {
                _ if is_alone => BEGIN_ALONE,
                Isolation::Serialisable => BEGIN,
                Isolation::Committed => BEGIN_COMMITTED,
            });
            let rows = SqlRows::new(connection);
            let ran = run_once(connection, rows, job);
            match ran {
                Ran::Ended(result) => return Some(result),
                Ran::Panicked => {
                    self.connection = None;
                    return None;
                }
                Ran::Failed(Failure::Conflict(error)) => {
                    if self.roll_back().is_err() {
                        self.connection = None;
                    }
                    if is_alone {
                        return Some(Err(error));
                    }
                    last = error;
                    conflicts += 1;
                }
                Ran::Failed(Failure::Lost(error)) => {
                    self.connection = None;
                    last = error;
                }
                Ran::Failed(Failure::Refused(error)) => {
                    if self.roll_back().is_err() {
                        self.connection = None;
                    }
                    return Some(Err(error));
                }
                Ran::Unknown(error) => {
                    self.connection = None;
                    return Some(Err(error));
                }
            }
        }
        Some(Err(last))
    }

    fn roll_back(&self) -> Result<(), Failure> {
        self.connection
            .as_ref()
            .map_or(Ok(()), Connection::roll_back)
    }

    /// Runs all waiting reads in one transaction, so that a job with several queries sees one state and small jobs
    /// share the cost. Jobs that arrive after it began wait for the next: a job must see every write that was
    /// confirmed before it was submitted.
    pub(super) fn read(&mut self, jobs: &Mutex<Receiver<ReadJob>>) {
        loop {
            let mut batch = {
                let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
                let Ok(first) = jobs.recv() else { return };
                let mut batch = vec![first];
                batch.extend(jobs.try_iter().take(READS_AT_ONCE - 1));
                batch.into_iter()
            };
            while batch.len() > 0 {
                self.answer(&mut batch);
            }
        }
    }

    /// Runs reads until a statement fails, which aborts the transaction.
    fn answer(&mut self, batch: &mut impl Iterator<Item = ReadJob>) {
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(error) => {
                batch.for_each(|job| job(Err(error.clone())));
                return;
            }
        };
        connection.begin(BEGIN_READ);
        let rows = SqlRows::new(connection);
        for job in batch {
            let _ = catch_unwind(AssertUnwindSafe(|| job(Ok(&rows))));
            if connection.failure().is_some() {
                break;
            }
        }
        let failure = connection.failure();
        if matches!(failure, Some(Failure::Lost(_))) || self.roll_back().is_err() {
            self.connection = None;
        }
        note_read(&mut self.failures, failure.as_ref().map(Failure::error));
    }
}

/// Reads the server's clock.
fn read_clock(connection: &Connection<'_>, clock: &StoreClock) -> Result<(), Failure> {
    let asked = clock.monotonic();
    if let Ok(shown) = Timestamp::from_millisecond(connection.clock()?) {
        clock.note(shown, asked);
    }
    Ok(())
}

/// How a run of a rule ended.
enum Ran {
    Ended(Stored<()>),
    Failed(Failure),
    /// It is unknown whether the transaction was committed.
    Unknown(StoreError),
    Panicked,
}

fn run_once(connection: &Connection<'_>, mut rows: SqlRows<'_>, job: &mut dyn WriteJob) -> Ran {
    let Ok(verdict) = catch_unwind(AssertUnwindSafe(|| job.run(&mut rows))) else {
        return Ran::Panicked;
    };
    match (verdict, connection.failure(), rows.failure()) {
        (_, Some(failure), _) => Ran::Failed(failure),
        (_, None, Some(error)) => Ran::Failed(Failure::Refused(error)),
        (Verdict::RollBack, None, None) => match connection.roll_back() {
            Ok(()) => Ran::Ended(Ok(())),
            Err(failure) => Ran::Failed(failure),
        },
        (Verdict::Commit, None, None) => match connection.commit() {
            Ok(()) => Ran::Ended(Ok(())),
            Err(Failure::Lost(error)) => Ran::Unknown(error),
            Err(failure) => Ran::Failed(failure),
        },
    }
}

/// Runs `work` with a single-threaded runtime.
pub(super) fn with_runtime(shared: &Arc<Shared>, work: impl FnOnce(Worker<'_>)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => work(Worker::new(shared, &runtime)),
        Err(error) => tracing::error!(%error, "a thread of the database could not start"),
    }
}
