//! A thread with a connection of its own, which it makes anew when it is lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::address::Address;
use super::driver::Connection;
use super::error::{Failure, OpenError};
use super::migrate;
use crate::domain::store::{ReadJob, StoreError, Stored, Verdict, WriteJob};
use crate::store::sql::SqlRows;

/// Reads that share a transaction.
const READS_AT_ONCE: usize = 64;
/// How long nobody tries to connect after it was in vain.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a connection and a look at its schema may take in all.
const OPEN: Duration = Duration::from_secs(10);
/// Runs of a rule beside others, before it runs alone; and runs in all, where connections are lost.
const TOGETHER: u32 = 3;
const RUNS: u32 = 6;

/// Waits no longer than the callers, reads small tables by their indexes too, so that rules that concern different rows
/// do not conflict, and shares the lock of those that run beside others.
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 5000; \
    SET LOCAL enable_seqscan = off; LOCK TABLE turns IN ACCESS SHARE MODE";
/// The same, alone: it waits for rules that run, and later ones wait for it. Nothing can be in its way then.
const BEGIN_ALONE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 5000; \
    SET LOCAL enable_seqscan = off; LOCK TABLE turns IN ACCESS EXCLUSIVE MODE";
const BEGIN_READ: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 5000";

/// What all threads of a store know.
pub(super) struct Shared {
    pub(super) address: Address,
    pub(super) writable: AtomicBool,
    /// When connecting was in vain for the last time, and why.
    pub(super) trouble: Mutex<Option<(Instant, StoreError)>>,
}

/// A job, and since when it waits.
pub(super) type Waiting = (Instant, Box<dyn WriteJob>);

pub(super) struct Worker<'r> {
    shared: &'r Shared,
    runtime: &'r Runtime,
    connection: Option<Connection<'r>>,
}

impl<'r> Worker<'r> {
    pub(super) fn new(shared: &'r Shared, runtime: &'r Runtime) -> Self {
        Self {
            shared,
            runtime,
            connection: None,
        }
    }

    /// Connects, and sees to the schema.
    pub(super) fn connect(&mut self) -> Result<(), OpenError> {
        let Address { config, tls } = &self.shared.address;
        let connecting = async {
            let (mut client, connection) = config.connect(tls.clone()).await?;
            tokio::spawn(async move {
                // Whoever waits for an answer is told why there is none.
                let _ = connection.await;
            });
            migrate::run(&mut client).await?;
            Ok(client)
        };
        let connected = self
            .runtime
            .block_on(async { tokio::time::timeout(OPEN, connecting).await });
        let client = connected.unwrap_or(Err(OpenError::Late))?;
        self.connection = Some(Connection::new(self.runtime, client));
        Ok(())
    }

    /// The connection, made if there is none.
    fn connection(&mut self) -> Stored<&Connection<'r>> {
        self.connection = self.connection.take().filter(Connection::is_open);
        if self.connection.is_none() {
            self.connect_anew()?;
        }
        self.connection.as_ref().ok_or(StoreError::Closed)
    }

    fn connect_anew(&mut self) -> Stored<()> {
        let trouble = || {
            self.shared
                .trouble
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((at, error)) = &*trouble()
            && at.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let connected = self.connect();
        let mut trouble = trouble();
        match connected {
            Ok(()) => {
                if trouble.take().is_some() {
                    tracing::info!("the database can be reached again");
                }
                Ok(())
            }
            Err(error) => {
                if trouble.is_none() {
                    tracing::error!(%error, "the database cannot be used");
                }
                let error = StoreError::Failed(format!("the database cannot be used: {error}"));
                *trouble = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Runs rules, each in a transaction, until nobody can send them any more.
    pub(super) fn write(&mut self, jobs: &Mutex<Receiver<Waiting>>, patience: Duration) {
        loop {
            let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((since, mut job)) = next else { return };
            let Some(result) = self.run(&mut *job, since + patience) else {
                // Its rule panicked: whoever asked notices that it is gone.
                continue;
            };
            // Before whoever asked hears of it, and asks whether the store is ready.
            self.shared
                .writable
                .store(result.is_ok(), Ordering::Relaxed);
            if let Err(error) = &result {
                tracing::error!(%error, "the database could not be written");
            }
            job.end(result);
        }
    }

    /// Runs a rule, again if need be; none if it panicked.
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
            let is_alone = conflicts >= TOGETHER;
            connection.begin(if is_alone { BEGIN_ALONE } else { BEGIN });
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
            .map_or(Ok(()), |one| one.end("ROLLBACK"))
    }

    /// Answers in one transaction whatever waits, so that a job with several questions sees one state and many small
    /// ones share the cost. Only what waited before it began: a job must see every write that was answered before it
    /// came.
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

    /// Answers until a statement fails, which ends a transaction.
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
        if matches!(connection.failure(), Some(Failure::Lost(_))) || self.roll_back().is_err() {
            self.connection = None;
        }
    }
}

/// How a run of a rule ended.
enum Ran {
    Ended(Stored<()>),
    Failed(Failure),
    /// Nobody knows whether it was committed.
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
        (Verdict::RollBack, None, None) => match connection.end("ROLLBACK") {
            Ok(()) => Ran::Ended(Ok(())),
            Err(failure) => Ran::Failed(failure),
        },
        (Verdict::Commit, None, None) => match connection.end("COMMIT") {
            Ok(()) => Ran::Ended(Ok(())),
            Err(Failure::Lost(error)) => Ran::Unknown(error),
            Err(failure) => Ran::Failed(failure),
        },
    }
}

/// Runs `work` with a runtime for one thread.
pub(super) fn with_runtime(shared: &Arc<Shared>, work: impl FnOnce(Worker<'_>)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => work(Worker::new(shared, &runtime)),
        Err(error) => tracing::error!(%error, "a thread of the database could not start"),
    }
}
