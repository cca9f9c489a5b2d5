//! The way back: a copy of a backup is made beside the database, checked, brought up to date, changed by
//! rules, and then takes the database's place by one rename. Whenever it ends, there is the old database or
//! the new one.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::backup::{BackupError, Part, check, failed, remove, settle, sync_folder};
use super::files::{Files, beside, with_end};
use super::ledger::{self, LedgerFile, Log};
use super::{Lock, MigrateError, connect, migrate, store_error};
use crate::domain::store::{Departure, Ledger as _, QueuedMail, Rows, StoreError, Stored};
use crate::store::sql::SqlRows;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A backup on its way. Dropped before its end, it leaves nothing behind.
pub struct Restore {
    files: Files,
    connection: Connection,
    part: Part,
    migrated_from: Option<usize>,
    _alone: Lock,
}

/// What is known of the time after a backup was made.
#[derive(Default)]
pub struct Since {
    /// Deletions and changes of password, in any order, some twice.
    pub departures: Vec<Departure>,
    /// Mail that was waiting in the database that is to be replaced.
    pub mails: Vec<QueuedMail>,
    /// What could not be made sure of, in sentences.
    pub warnings: Vec<String>,
}

impl Since {
    fn take(&mut self, log: Log, path: &Path) {
        if !log.unreadable.is_empty() {
            let numbers: Vec<String> = log.unreadable.iter().map(usize::to_string).collect();
            self.warnings.push(format!(
                "{} has lines that cannot be read, and that were passed over: {}",
                path.display(),
                numbers.join(", ")
            ));
        }
        self.departures = log.departures;
    }
}

impl Restore {
    /// Copies and checks a backup. Nobody else may have the database open until this is over.
    ///
    /// # Errors
    /// When somebody has, or the file is no backup that this release can use.
    pub fn begin(files: &Files, from: &Path) -> Result<Self, RestoreError> {
        let database = &files.database;
        // Before anything is made where the database would be.
        let mut source = open_whole(from)?;
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
        settle(&connection)?;
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

    /// The schema that the backup had, if it was an older one.
    #[must_use]
    pub fn migrated_from(&self) -> Option<usize> {
        self.migrated_from
    }

    /// What is known of the time after the backup: by `deleted.log`, to which is added what the database
    /// that is to be replaced knows besides.
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
                 made are as they were",
                path.display()
            )),
        }
        if !has_content(&self.files.database) {
            return Ok(since);
        }
        match self.ask_replaced() {
            Ok((rows, mails)) => {
                // A service that was killed may not have written them down.
                LedgerFile(path).add(&rows).map_err(RestoreError::Ledger)?;
                since.departures.extend(rows);
                since.mails = mails;
            }
            Err(error) => since.warnings.push(format!(
                "the database that was there cannot be read ({error}): a deletion of its last seconds may be missing \
                 in deleted.log"
            )),
        }
        Ok(since)
    }

    /// Departures and queued mail of the database that is to be replaced. It may be damaged.
    fn ask_replaced(&self) -> Stored<(Vec<Departure>, Vec<QueuedMail>)> {
        let database = &self.files.database;
        if !is_database(database) {
            return Err(StoreError::Failed("it is no database".to_owned()));
        }
        let mut connection = connect(database).map_err(|error| store_error(&error))?;
        let transaction = connection
            .transaction()
            .map_err(|error| store_error(&error))?;
        let rows: &dyn Rows = &SqlRows::new(&*transaction);
        Ok((rows.departures_after(0)?, rows.mails()?))
    }

    /// Changes the rows that are to come.
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

    /// Puts the copy in the database's place. What was there is kept as `accounts.db.before-restore`, whose
    /// path is given back.
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

/// Who has the database: user and group. Where there is none, it is the folder's owner who will.
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

/// Gives a file to whoever has the database: the service could not open what root made. A link is not followed,
/// since the folder may be somebody else's than ours.
fn give(file: &Path, owner: (u32, u32)) -> io::Result<()> {
    match fs::symlink_metadata(file) {
        Ok(metadata) if (metadata.uid(), metadata.gid()) != owner => {
            lchown(file, Some(owner.0), Some(owner.1))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The file, if it may be a database that lacks nothing.
fn open_whole(path: &Path) -> Result<fs::File, RestoreError> {
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

/// Copies the database that is to be replaced, and sees to it that nothing beside it can be taken for a
/// part of the one to come.
fn keep(files: &Files) -> Result<PathBuf, RestoreError> {
    let (database, kept) = (&files.database, files.copy("before-restore"));
    for end in ["-wal", "-journal", "-shm"] {
        let old = with_end(&kept, end);
        remove(&old).map_err(|error| failed(&old, error))?;
    }
    // SQLite would remove the log of what is no database as soon as it let go of it.
    let folded = match is_database(database) {
        true => fold(database),
        false => Err(rusqlite::Error::InvalidQuery),
    };
    match folded {
        Ok(()) => copy_file(database, &kept)?,
        Err(error) if is_busy(&error) => return Err(RestoreError::InUse),
        // It is damaged. All of it is kept, for whoever wants to look into it.
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

/// By its first bytes.
fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"SQLite format 3\0"
}

/// Makes a database one file again.
fn fold(database: &Path) -> rusqlite::Result<()> {
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
    /// Another file belongs to it.
    #[error(
        "it is not whole: {} belongs to it, so that a program has it open or died with it; \
         `dateline-auth backup` makes copies that are whole",
        .0.display()
    )]
    Incomplete(PathBuf),
    /// Another program has the database open.
    #[error("another program has the database open: end it first")]
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
