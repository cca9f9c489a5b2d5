//! SQLite: one writer and several readers, each a thread with a connection of its own.
//!
//! WAL, so that readers never wait; `synchronous=FULL` on the writer, so that what was answered is
//! still true after a power loss. A write is BEGIN IMMEDIATE … COMMIT, one after the other.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::domain::store::{ReadJob, Store, StoreError, Stored, Verdict, WriteJob};
use crate::domain::time::Moment;

mod accounts;
pub mod backup;
mod flows;
mod hits;
mod lock;
mod migrate;
mod outbox;
pub mod restore;
mod rows;
mod sessions;

pub use self::lock::Lock;
pub use self::migrate::MigrateError;
use self::rows::SqliteRows;

/// Writes that may wait for their turn; beyond, the service is busy.
const WAITING_WRITES: usize = 512;
/// How long another process may hold the write lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages (4 KiB) that a connection keeps in memory: 2 MiB.
const CACHE_KIB: i64 = 2048;

/// The store in one file, with `-wal`, `-shm` and `.lock` beside it.
pub struct Sqlite {
    writes: Option<SyncSender<WriteJob>>,
    reads: Vec<Sender<ReadJob>>,
    next_reader: AtomicUsize,
    writable: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    highest_time: Moment,
    /// Held as long as the store is open, so that nobody restores or migrates meanwhile.
    _lock: Lock,
}

impl Sqlite {
    /// Opens the file, makes it if it is not there, and brings its schema up to date, with a backup
    /// before each step. Only its owner may read it.
    ///
    /// # Errors
    /// When the file cannot be used, was written by a newer release, or is held by a command that needs
    /// it alone.
    pub fn open(path: &Path, readers: usize) -> Result<Self, OpenError> {
        let (lock, writer) = open_current(path)?;
        Self::start(path, readers, lock, writer)
    }

    /// The same, but nobody else has it open.
    ///
    /// # Errors
    /// Those of [`Sqlite::open`], and when somebody else has.
    pub fn open_alone(path: &Path) -> Result<Self, OpenError> {
        let lock = Lock::exclusive(path)?;
        let mut writer = connect_writer(path)?;
        migrate::run(&mut writer, path)?;
        Self::start(path, 1, lock, writer)
    }

    fn start(
        path: &Path,
        readers: usize,
        lock: Lock,
        mut writer: Connection,
    ) -> Result<Self, OpenError> {
        let highest_time = writer.query_row("SELECT highest FROM clock", [], |row| row.get(0))?;
        let (writes, jobs) = sync_channel(WAITING_WRITES);
        let writable = Arc::new(AtomicBool::new(true));
        let mut threads = Vec::new();
        let flag = Arc::clone(&writable);
        threads.push(start("store-writer", move || {
            work_writes(&mut writer, &jobs, &flag);
        })?);
        let mut reads = Vec::new();
        for _ in 0..readers.max(1) {
            let (sender, jobs) = channel();
            let mut reader = connect(path)?;
            reader.pragma_update(None, "query_only", true)?;
            reads.push(sender);
            threads.push(start("store-reader", move || {
                work_reads(&mut reader, &jobs)
            })?);
        }
        Ok(Self {
            writes: Some(writes),
            reads,
            next_reader: AtomicUsize::new(0),
            writable,
            threads: Mutex::new(threads),
            highest_time,
            _lock: lock,
        })
    }

    /// The highest time that the database had seen when it was opened.
    #[must_use]
    pub fn highest_time(&self) -> Moment {
        self.highest_time
    }
}

/// The lock and a connection to write with, once the schema is this release's.
fn open_current(path: &Path) -> Result<(Lock, Connection), OpenError> {
    prepare_file(path)?;
    let lock = Lock::shared(path)?;
    let connection = connect_writer(path)?;
    if !migrate::is_needed(&connection)? {
        return Ok((lock, connection));
    }
    drop((lock, connection));
    {
        let _alone = Lock::exclusive(path)?;
        migrate::run(&mut connect_writer(path)?, path)?;
    }
    Ok((Lock::shared(path)?, connect_writer(path)?))
}

fn prepare_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder)?;
    }
    private_file(path).map(drop)
}

/// Opens a file to read and write, makes it if it is not there, and shuts it to others.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    // A file that was copied here by hand may be open to others.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Not CREATE: the file is made with its permissions first. Each connection belongs to one thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub(crate) fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(connection)
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(512 * 1024)
        .spawn(work)
}

fn work_writes(connection: &mut Connection, jobs: &Receiver<WriteJob>, writable: &AtomicBool) {
    for job in jobs {
        let result = write(connection, job);
        match &result {
            Ok(()) => writable.store(true, Ordering::Relaxed),
            Err(error) => {
                writable.store(false, Ordering::Relaxed);
                tracing::error!(%error, "the database could not be written");
            }
        }
    }
    // What lies in the WAL is moved into the file, so that an operator may copy that alone.
    if let Err(error) = checkpoint(connection) {
        tracing::warn!(%error, "the database's log could not be folded into its file");
    }
}

fn write(connection: &mut Connection, job: WriteJob) -> Stored<()> {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = store_error(&error);
            let (_, done) = job(Err(error.clone()));
            done(Err(error.clone()));
            return Err(error);
        }
    };
    let mut rows = SqliteRows::new(&transaction);
    let (verdict, done) = job(Ok(&mut rows));
    let (failure, leave_no_trace) = (rows.failure(), rows.leaves_no_trace());
    let result = match (verdict, failure) {
        (Verdict::Commit, None) => transaction.commit().map_err(|error| store_error(&error)),
        (Verdict::RollBack, None) => transaction.rollback().map_err(|error| store_error(&error)),
        (_, Some(failure)) => {
            // A full disk may have ended the transaction already; an error here adds nothing.
            let _ = transaction.rollback();
            Err(failure)
        }
    };
    if leave_no_trace && result.is_ok() && checkpoint(connection).is_err() {
        tracing::warn!("a reader was in the way; what was erased leaves the log a little later");
    }
    done(result.clone());
    result
}

fn work_reads(connection: &mut Connection, jobs: &Receiver<ReadJob>) {
    for job in jobs {
        // One transaction, so that a job with several questions sees one state.
        match connection.transaction() {
            Ok(transaction) => job(Ok(&SqliteRows::new(&transaction))),
            Err(error) => job(Err(store_error(&error))),
        }
    }
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

impl Store for Sqlite {
    fn submit_write(&self, job: WriteJob) {
        let Some(writes) = &self.writes else { return };
        match writes.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => drop_job(job, StoreError::Busy),
            Err(TrySendError::Disconnected(job)) => drop_job(job, StoreError::Closed),
        }
    }

    fn submit_read(&self, job: ReadJob) {
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.reads.len();
        if let Err(returned) = self.reads[turn].send(job) {
            returned.0(Err(StoreError::Closed));
        }
    }

    fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }
}

/// What the interface calls an error.
fn store_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::DiskFull) => StoreError::Full,
        _ => StoreError::Failed(error.to_string()),
    }
}

/// Why the database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The file, or its lock, cannot be used.
    Io(io::Error),
    /// Another command holds it.
    Held(PathBuf),
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The schema cannot be brought up to date.
    Migrate(MigrateError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it cannot be used: {error}"),
            Self::Held(lock) => write!(
                f,
                "another process holds {}: stop the service, or wait until the other command ends",
                lock.display()
            ),
            Self::Sqlite(error) => write!(f, "SQLite says: {error}"),
            Self::Migrate(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}

fn drop_job(job: WriteJob, why: StoreError) {
    let (_, done) = job(Err(why.clone()));
    done(Err(why));
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
