//! Restores a backup: copies it beside the database, checks it, brings it up to date, changes it by rules, and then
//! renames it over the database. If it is interrupted, either the old database or the new one is in place.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::backup::{BackupError, Part, check, failed, leave_wal_mode, remove, sync_folder};
use super::files::{Files, beside, with_end};
use super::ledger::{self, LedgerFile, Log};
use super::{Lock, MigrateError, connect, migrate, store_error};
use crate::domain::store::{Departure, Ledger as _, QueuedMail, Rows, StoreError, Stored};
use crate::store::sql::SqlRows;

/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A restore in progress. Dropped before it is finished, it leaves nothing behind.
pub struct Restore {
    files: Files,
    connection: Connection,
    part: Part,
    migrated_from: Option<usize>,
    _alone: Lock,
}

/// What is known about the time after a backup was made.
#[derive(Default)]
pub struct Since {
    /// Deletions and changes of password or address, in any order, with duplicates.
    pub departures: Vec<Departure>,
    /// Mail that was waiting in the database being replaced.
    pub mails: Vec<QueuedMail>,
    /// Sentences about what could not be determined.
    pub warnings: Vec<String>,
}

impl Since {
    fn take(&mut self, log: Log, path: &Path) {
        if !log.unreadable.is_empty() {
            let numbers: Vec<String> = log.unreadable.iter().map(usize::to_string).collect();
            self.warnings.push(format!(
                "{} has lines that cannot be read and were skipped: {}",
                path.display(),
                numbers.join(", ")
            ));
        }
        self.departures = log.departures;
    }
}

impl Restore {
    /// Copies and checks a backup. Locks the database until the restore ends.
    ///
    /// # Errors
    /// When another process has the database open, or this release cannot use the backup.
    pub fn begin(files: &Files, from: &Path) -> Result<Self, RestoreError> {
        let database = &files.database;
        // Before anything is created in the database's folder.
        let mut source = open_complete(from)?;
        files
            .make_folders()
            .map_err(|error| failed(database, error))?;
        let alone = Lock::exclusive(database)?;
        if is_same_file(database, from) {
            return Err(RestoreError::Itself);
        }
        let part = Part::new(beside(database, "restoring"))?;
        let mut copy = fs::OpenOptions::new();
        copy.write(true)
            .open(&part.0)
            .and_then(|mut copy| io::copy(&mut source, &mut copy))
            .map_err(|error| failed(&part.0, error))?;

        let mut connection = connect(&part.0)?;
        let version = migrate::known_version(&connection)?;
        leave_wal_mode(&connection)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        check(&connection)?;
        let is_old = migrate::is_needed(&connection)?;
        if is_old {
            migrate::run_on_copy(&mut connection)?;
        }
        Ok(Self {
            files: files.clone(),
            connection,
            part,
            migrated_from: is_old.then_some(version),
            _alone: alone,
        })
    }

    /// The schema version of the backup, if it was older than this release's.
    #[must_use]
    pub fn migrated_from(&self) -> Option<usize> {
        self.migrated_from
    }

    /// What is known about the time after the backup, from `deleted.log` and from the database being replaced, whose
    /// events are added to the log.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn known_since(&self) -> Result<Since, RestoreError> {
        let mut since = Since::default();
        let path = self.files.ledger();
        match ledger::read(&path).map_err(RestoreError::Ledger)? {
            Some(log) => since.take(log, &path),
            None => since.warnings.push(format!(
                "there is no {}: accounts that were deleted, and passwords that were changed, after the backup was \
                 made are restored as they were then",
                path.display()
            )),
        }
        if !has_content(&self.files.database) {
            return Ok(since);
        }
        match self.read_replaced() {
            Ok((rows, mails)) => {
                // A service that was killed may not have appended them.
                LedgerFile(path).add(&rows).map_err(RestoreError::Ledger)?;
                since.departures.extend(rows);
                since.mails = mails;
            }
            Err(error) => since.warnings.push(format!(
                "the previous database cannot be read ({error}): a deletion of its last seconds may be missing \
                 in deleted.log"
            )),
        }
        Ok(since)
    }

    /// Departures and queued mail of the database being replaced, which may be damaged.
    fn read_replaced(&self) -> Stored<(Vec<Departure>, Vec<QueuedMail>)> {
        let database = &self.files.database;
        if !is_database(database) {
            return Err(StoreError::Failed("it is not a database".to_owned()));
        }
        let mut connection = connect(database).map_err(|error| store_error(&error))?;
        let transaction = connection
            .transaction()
            .map_err(|error| store_error(&error))?;
        let rows: &dyn Rows = &SqlRows::new(&*transaction);
        Ok((rows.departures_after(0)?, rows.mails()?))
    }

    /// Changes rows of the restored database.
    ///
    /// # Errors
    /// The rule's, or the database's.
    pub fn change<T>(&mut self, rule: impl FnOnce(&mut dyn Rows) -> Stored<T>) -> Stored<T> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| store_error(&error))?;
        let mut rows = SqlRows::new(&*transaction);
        let value = rule(&mut rows)?;
        if let Some(failure) = rows.failure() {
            return Err(failure);
        }
        transaction.commit().map_err(|error| store_error(&error))?;
        Ok(value)
    }

    /// Replaces the database with the restored copy. The previous one is kept as `accounts.db.before-restore`, whose
    /// path is returned.
    ///
    /// # Errors
    /// When files cannot be written, or another program has the database open.
    pub fn finish(self) -> Result<Option<PathBuf>, RestoreError> {
        self.connection
            .close()
            .map_err(|(_, error)| RestoreError::from(error))?;
        let database = &self.files.database;
        let owner = owner(database)?;
        let kept = match has_content(database) {
            true => Some(keep(&self.files)?),
            false => None,
        };
        let others = [beside(database, "lock"), self.files.ledger()];
        for file in others.iter().chain(&kept).chain([&self.part.0]) {
            give(file, owner).map_err(|error| failed(file, error))?;
        }
        self.part.become_file(database)?;
        Ok(kept)
    }
}

/// The user and group that own the database, or its folder if there is no database.
fn owner(database: &Path) -> Result<(u32, u32), RestoreError> {
    let folder = database.parent().unwrap_or(Path::new(""));
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let metadata = fs::metadata(database).or_else(|_| fs::metadata(folder));
    let metadata = metadata.map_err(|error| failed(database, error))?;
    Ok((metadata.uid(), metadata.gid()))
}

/// Gives a file to the database's owner: the service could not open a file that root created. Symbolic links are not
/// followed, since the folder may belong to another user.
fn give(file: &Path, owner: (u32, u32)) -> io::Result<()> {
    match fs::symlink_metadata(file) {
        Ok(metadata) if (metadata.uid(), metadata.gid()) != owner => {
            lchown(file, Some(owner.0), Some(owner.1))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Opens the file if it looks like a complete database.
fn open_complete(path: &Path) -> Result<fs::File, RestoreError> {
    let cannot = |error| RestoreError::from(failed(path, error));
    let mut file = fs::File::open(path).map_err(cannot)?;
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(MigrateError::Foreign.into());
    }
    let mut magic = [0; MAGIC.len()];
    match file.read_exact(&mut magic) {
        Ok(()) if magic == *MAGIC => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(cannot(error)),
        _ => return Err(MigrateError::Foreign.into()),
    }
    for end in ["-wal", "-journal"] {
        let other = with_end(path, end);
        if has_content(&other) {
            return Err(RestoreError::Incomplete(other));
        }
    }
    io::Seek::rewind(&mut file).map_err(cannot)?;
    Ok(file)
}

/// Copies the database being replaced, and removes its WAL and journal, which SQLite would apply to the restored one.
fn keep(files: &Files) -> Result<PathBuf, RestoreError> {
    let (database, kept) = (&files.database, files.copy("before-restore"));
    for end in ["-wal", "-journal", "-shm"] {
        let old = with_end(&kept, end);
        remove(&old).map_err(|error| failed(&old, error))?;
    }
    // Not opened unless it is a database: on closing, SQLite would remove the WAL of a damaged one.
    let merged = match is_database(database) {
        true => merge_wal(database),
        false => Err(rusqlite::Error::InvalidQuery),
    };
    match merged {
        Ok(()) => copy_file(database, &kept)?,
        Err(error) if is_busy(&error) => return Err(RestoreError::InUse),
        // It is damaged: all its files are kept for examination.
        Err(_) => {
            for end in ["", "-wal", "-journal"] {
                let part = with_end(database, end);
                if has_content(&part) {
                    copy_file(&part, &with_end(&kept, end))?;
                }
            }
        }
    }
    for end in ["-wal", "-journal", "-shm"] {
        let old = with_end(database, end);
        remove(&old).map_err(|error| failed(&old, error))?;
    }
    sync_folder(database).map_err(|error| failed(database, error))?;
    Ok(kept)
}

/// Whether a file is a database, by its first bytes.
fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"SQLite format 3\0"
}

/// Merges the WAL into the database file.
fn merge_wal(database: &Path) -> rusqlite::Result<()> {
    let connection = connect(database)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn copy_file(from: &Path, to: &Path) -> Result<(), RestoreError> {
    let part = Part::new(beside(to, "part"))?;
    let mut target = fs::OpenOptions::new();
    target
        .write(true)
        .open(&part.0)
        .and_then(|mut target| io::copy(&mut fs::File::open(from)?, &mut target))
        .map_err(|error| failed(from, error))?;
    Ok(part.become_file(to)?)
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| {
        fs::metadata(path)
            .ok()
            .map(|metadata| (metadata.dev(), metadata.ino()))
    };
    id(one).is_some_and(|one| id(other) == Some(one))
}

/// Why a backup could not be restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup is the database.
    #[error("it is the database itself: name a backup of it")]
    Itself,
    /// The backup has a WAL or journal, so it is incomplete without it.
    #[error(
        "it is incomplete: {} belongs to it, so a program has it open or was killed while it had; \
         `dateline-auth backup` makes complete copies",
        .0.display()
    )]
    Incomplete(PathBuf),
    /// Another program has the database open.
    #[error("another program has the database open: stop it first")]
    InUse,
    /// The file cannot be used.
    #[error(transparent)]
    File(BackupError),
    /// `deleted.log` cannot be used.
    #[error(transparent)]
    Ledger(io::Error),
    /// Its rows cannot be changed.
    #[error(transparent)]
    Store(StoreError),
}

impl<E: Into<BackupError>> From<E> for RestoreError {
    fn from(error: E) -> Self {
        Self::File(error.into())
    }
}
