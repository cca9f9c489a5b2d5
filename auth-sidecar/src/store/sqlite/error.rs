//! Errors: as the store's interface reports them, and as an operator reads them.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::MigrateError;
use crate::domain::store::StoreError;

/// Converts an error to one of the store's interface.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::DiskFull) => StoreError::Full,
        _ => StoreError::Failed(error.to_string()),
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file or its lock cannot be opened.
    #[error("it cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another process holds the lock.
    #[error("another process holds {}: stop the service, or wait until the other command ends", .0.display())]
    Held(PathBuf),
    /// SQLite reported an error.
    #[error("SQLite says: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}
