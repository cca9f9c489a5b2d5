//! The way back: a copy of a backup is made beside the database, checked, brought up to date, changed by
//! rules, and then takes the database's place by one rename. Whenever it ends, there is the old database or
//! the new one.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::backup::{BackupError, Part, check, failed, remove, settle, sync_folder};
use super::lock::beside;
use super::rows::SqliteRows;
use super::{Lock, MigrateError, connect, migrate, store_error};
use crate::domain::store::{StoreError, Stored, Tx};

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A backup on its way. Dropped before its end, it leaves nothing behind.
pub struct Restore {
    database: PathBuf,
    connection: Connection,
    part: Part,
    migrated_from: Option<usize>,
    _alone: Lock,
}

impl Restore {
    /// Copies and checks a backup. Nobody else may have the database open until this is over.
    ///
    /// # Errors
    /// When somebody has, or the file is no backup that this release can use.
    pub fn begin(database: &Path, from: &Path) -> Result<Self, RestoreError> {
        // Before anything is made where the database would be.
        let mut source = open_whole(from)?;
        if let Some(folder) = database
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
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
            database: database.to_owned(),
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

    /// Asks something of the database that is to be replaced, if there is one. It may be damaged.
    ///
    /// # Errors
    /// The question's, or the database's.
    pub fn ask_replaced<T>(
        &self,
        question: impl FnOnce(&dyn Tx) -> Stored<T>,
    ) -> Option<Stored<T>> {
        if !has_content(&self.database) {
            return None;
        }
        let ask = || {
            if !is_database(&self.database) {
                return Err(StoreError::Failed("it is no database".to_owned()));
            }
            let mut connection = connect(&self.database).map_err(|error| store_error(&error))?;
            let transaction = connection
                .transaction()
                .map_err(|error| store_error(&error))?;
            question(&SqliteRows::new(&transaction))
        };
        Some(ask())
    }

    /// Changes the rows that are to come.
    ///
    /// # Errors
    /// The rule's, or the database's.
    pub fn change<T>(&mut self, rule: impl FnOnce(&mut dyn Tx) -> Stored<T>) -> Stored<T> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| store_error(&error))?;
        let mut rows = SqliteRows::new(&transaction);
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
        let kept = match has_content(&self.database) {
            true => Some(keep(&self.database)?),
            false => None,
        };
        self.part.become_file(&self.database)?;
        Ok(kept)
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
fn keep(database: &Path) -> Result<PathBuf, RestoreError> {
    let kept = beside(database, "before-restore");
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

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let id = |path: &Path| {
        fs::metadata(path)
            .ok()
            .map(|metadata| (metadata.dev(), metadata.ino()))
    };
    id(one).is_some_and(|one| id(other) == Some(one))
}

/// Why a backup could not be restored. Nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup is the database.
    Itself,
    /// Another file belongs to it.
    Incomplete(PathBuf),
    /// Another program has the database open.
    InUse,
    /// The file cannot be used.
    File(BackupError),
    /// Its rows cannot be changed.
    Store(StoreError),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself => f.write_str("it is the database itself: name a backup of it"),
            Self::Incomplete(other) => write!(
                f,
                "it is not whole: {} belongs to it, so that a program has it open or died with it; \
                 `dateline-auth backup` makes copies that are whole",
                other.display()
            ),
            Self::InUse => f.write_str("another program has the database open: end it first"),
            Self::File(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RestoreError {}

impl<E: Into<BackupError>> From<E> for RestoreError {
    fn from(error: E) -> Self {
        Self::File(error.into())
    }
}
