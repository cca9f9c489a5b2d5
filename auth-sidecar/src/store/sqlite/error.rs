//! What went wrong, in the words of the interface and of an operator.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::MigrateError;
use crate::domain::store::StoreError;

/// What the interface calls an error.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
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
