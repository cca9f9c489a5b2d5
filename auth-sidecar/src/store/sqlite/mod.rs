//! SQLite: one writer and several readers, each a thread with a connection of its own.
//!
//! WAL, so that readers never wait; `synchronous=FULL` on the writer, so that confirmed writes survive a power loss.
//! Writes are serial, and waiting ones share a commit.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::domain::store::{ReadJob, Store, StoreError, WriteJob};
use crate::failures::Failures;
use crate::store::sql::SqlRows;

pub mod backup;
mod driver;
mod error;
mod files;
mod identity;
pub mod ledger;
mod lock;
pub(super) mod migrate;
pub mod restore;
mod writer;

pub use self::error::OpenError;
use self::error::store_error;
pub use self::files::Files;
use self::files::private_file;
use self::identity::FileIdentity;
pub use self::lock::Lock;
pub use self::migrate::MigrateError;

use super::queue::{WAITING_WRITES, Waiting, note_read, submit};

/// Reads that share a transaction.
const READS_AT_ONCE: usize = 64;
/// Pages (4 KiB) that a connection keeps in memory: 2 MiB.
const CACHE_KIB: i64 = 2048;

/// Limits of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The number of read connections. One per two cores: more would only compete with request handlers for the cores.
    pub readers: usize,
    /// How long a write may wait while another process holds the lock.
    pub patience: Duration,
    /// The most pages (4 KiB) that the file may have; `None` means no limit but the disk.
    pub most_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: thread::available_parallelism()
                .map_or(1, usize::from)
                .div_ceil(2)
                .min(4),
            patience: Duration::from_secs(5),
            most_pages: None,
        }
    }
}

/// The store in one file; see [`Files`].
pub struct Sqlite {
    writes: Option<SyncSender<Waiting>>,
    reads: Vec<Sender<ReadJob>>,
    next_reader: AtomicUsize,
    writable: Arc<AtomicBool>,
    identity: FileIdentity,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held while the store is open, so that no other process restores or migrates meanwhile.
    _lock: Lock,
}

impl Sqlite {
    /// Opens the file, creates it if it is missing, and brings its schema up to date, with a copy before each step.
    /// Only its owner may read it.
    ///
    /// # Errors
    /// When the file cannot be used, was written by a newer release, or is locked by a command.
    pub fn open(files: &Files, options: SqliteOptions) -> Result<Self, OpenError> {
        let (lock, writer) = open_current(files)?;
        Self::start(&files.database, options, lock, writer)
    }

    fn start(
        path: &Path,
        options: SqliteOptions,
        lock: Lock,
        writer: Connection,
    ) -> Result<Self, OpenError> {
        if let Some(pages) = options.most_pages {
            writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        let (writes, jobs) = sync_channel(WAITING_WRITES);
        let writable = Arc::new(AtomicBool::new(true));
        let mut threads = Vec::new();
        let flag = Arc::clone(&writable);
        let identity = FileIdentity::of(path)?;
        let same = identity.clone();
        threads.push(start("store-writer", move || {
            writer::work(&writer, &jobs, options.patience, &flag, &same);
        })?);
        let mut reads = Vec::new();
        for _ in 0..options.readers.max(1) {
            let (sender, jobs) = channel();
            let reader = connect_reader(path)?;
            reads.push(sender);
            threads.push(start("store-reader", move || work_reads(&reader, &jobs))?);
        }
        Ok(Self {
            writes: Some(writes),
            reads,
            next_reader: AtomicUsize::new(0),
            writable,
            identity,
            threads: Mutex::new(threads),
            _lock: lock,
        })
    }
}

/// Brings the schema up to date; returns the lock and a connection for the writer.
fn open_current(files: &Files) -> Result<(Lock, Connection), OpenError> {
    let path = &files.database;
    files.make_folders()?;
    private_file(path)?;
    let lock = Lock::shared(path)?;
    let connection = connect_writer(path)?;
    if !migrate::is_needed(&connection)? {
        return Ok((lock, connection));
    }
    drop((lock, connection));
    {
        let _alone = Lock::exclusive(path)?;
        migrate::run(&mut connect_writer(path)?, files)?;
    }
    Ok((Lock::shared(path)?, connect_writer(path)?))
}

pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Without CREATE: the file was created with its permissions before. Each connection belongs to one thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(SqliteOptions::default().patience)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub(crate) fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect_service(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(connection)
}

/// Connects for a service, which may be confined: no temporary files elsewhere. Its statements need little memory.
fn connect_service(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect_service(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(512 * 1024)
        .spawn(work)
}

/// Runs all waiting reads in one transaction, so that a job with several queries sees one state and small jobs share
/// the cost. Jobs that arrive after it began wait for the next: a job must see every write that was confirmed before
/// it was submitted.
fn work_reads(connection: &Connection, jobs: &Receiver<ReadJob>) {
    let mut batch = Vec::new();
    let mut failures = Failures::default();
    while let Ok(job) = jobs.recv() {
        batch.push(job);
        batch.extend(jobs.try_iter().take(READS_AT_ONCE - 1));
        let begun = run_cached(connection, "BEGIN").map_err(|error| store_error(&error));
        let rows = SqlRows::new(connection);
        for job in batch.drain(..) {
            let _ = catch_unwind(AssertUnwindSafe(|| match &begun {
                Ok(()) => job(Ok(&rows)),
                Err(error) => job(Err(error.clone())),
            }));
        }
        let ended = run_cached(connection, "COMMIT").map_err(|error| store_error(&error));
        note_read(
            &mut failures,
            begun.err().or(rows.failure()).or(ended.err()),
        );
    }
}

fn run_cached(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

impl Store for Sqlite {
    fn submit_write(&self, job: Box<dyn WriteJob>) {
        let Some(writes) = &self.writes else { return };
        submit(writes, job);
    }

    fn submit_read(&self, job: ReadJob) {
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.reads.len();
        if let Err(returned) = self.reads[turn].send(job) {
            returned.0(Err(StoreError::Closed));
        }
    }

    fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed) && self.identity.check().is_ok()
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writes = None;
        self.reads.clear();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
