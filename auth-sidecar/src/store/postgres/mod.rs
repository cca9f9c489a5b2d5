//! PostgreSQL: a few writers and readers, each a thread with its own connection, so that rules stay plain functions.
//! Connections have no state beyond a transaction, so that a connection pooler can be used.
//!
//! A rule is a serialisable transaction. After a conflict the rule runs again, in the end alone. If the connection is
//! lost before the commit was sent, the rule runs again on another connection; if it is lost after that, the outcome is
//! unknown, and the caller gets an error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_postgres::Client;

use crate::domain::clock::{Clock, StoreClock, SystemClock};
use crate::domain::store::{ReadJob, Store, StoreError, WriteJob};

mod address;
mod driver;
mod error;
pub(super) mod migrate;
mod tls;
mod worker;

use self::address::Address;
pub use self::error::OpenError;
use self::worker::{Shared, Worker, with_runtime};
use super::queue::{WAITING_WRITES, Waiting, submit};

/// Connects to `postgres://…`, under this name.
pub(super) async fn connect(address: &str, name: &str) -> Result<Client, OpenError> {
    let mut address = Address::read(address)?;
    for host in &mut address.hosts {
        host.application_name(name);
    }
    address.connect().await
}

/// Limits of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The number of write connections.
    pub writers: usize,
    /// The number of read connections.
    pub readers: usize,
    /// How long a write may wait.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            writers: 4,
            readers: 2,
            patience: Duration::from_secs(5),
        }
    }
}

/// The store in a PostgreSQL database.
pub struct Postgres {
    writes: Option<SyncSender<Waiting>>,
    reads: Option<Sender<ReadJob>>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Postgres {
    /// Connects to `postgres://…` and brings the schema up to date. If the server cannot be reached or refuses access,
    /// that is logged, and each use of the store tries again.
    ///
    /// # Errors
    /// When the address cannot be used, or the schema is not this release's.
    pub fn open(address: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        Self::open_on(address, options, Arc::new(SystemClock))
    }

    /// The same, on a machine with this clock.
    ///
    /// # Errors
    /// Those of [`Postgres::open`].
    pub fn open_on(
        address: &str,
        options: PostgresOptions,
        machine: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared {
            address: Address::read(address)?,
            writable: AtomicBool::new(false),
            clock: StoreClock::new(machine),
            last_failure: Mutex::new(None),
        });
        let (writes, write_jobs) = sync_channel(WAITING_WRITES);
        let (reads, read_jobs) = channel();
        let write_jobs: Arc<Mutex<Receiver<Waiting>>> = Arc::new(Mutex::new(write_jobs));
        let read_jobs: Arc<Mutex<Receiver<ReadJob>>> = Arc::new(Mutex::new(read_jobs));
        let (opened, first) = channel();
        let mut threads = Vec::new();
        for number in 0..options.writers.max(1) {
            let jobs = Arc::clone(&write_jobs);
            let opened = (number == 0).then(|| opened.clone());
            threads.push(start("store-writer", &shared, move |mut worker| {
                if let Some(opened) = opened {
                    let _ = opened.send(worker.connect());
                }
                worker.write(&jobs, options.patience);
            })?);
        }
        for _ in 0..options.readers.max(1) {
            let jobs = Arc::clone(&read_jobs);
            threads.push(start("store-reader", &shared, move |mut worker| {
                worker.read(&jobs);
            })?);
        }
        drop(opened);
        let store = Self {
            writes: Some(writes),
            reads: Some(reads),
            shared,
            threads: Mutex::new(threads),
        };
        match first.recv() {
            Ok(Err(error)) if error.is_final() => return Err(error),
            Ok(Err(error)) => {
                tracing::error!(%error, "the database cannot be used yet: retrying, and accepting no requests until it can");
                let failure = StoreError::Failed(format!("the database cannot be used: {error}"));
                *store
                    .shared
                    .last_failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), failure));
            }
            Ok(Ok(())) | Err(_) => store.shared.writable.store(true, Ordering::Relaxed),
        }
        Ok(store)
    }
}

fn start(
    name: &str,
    shared: &Arc<Shared>,
    work: impl FnOnce(Worker<'_>) + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(1024 * 1024)
        .spawn(move || with_runtime(&shared, work))
}

impl Clock for Postgres {
    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.shared.clock.monotonic()
    }
}

impl Store for Postgres {
    fn submit_write(&self, job: Box<dyn WriteJob>) {
        let Some(writes) = &self.writes else { return };
        submit(writes, job);
    }

    fn submit_read(&self, job: ReadJob) {
        let Some(reads) = &self.reads else { return };
        if let Err(returned) = reads.send(job) {
            returned.0(Err(StoreError::Closed));
        }
    }

    fn is_writable(&self) -> bool {
        self.shared.writable.load(Ordering::Relaxed)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            let _ = thread.join();
        }
    }
}
