//! What went wrong, in the words of the interface and of an operator.

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
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file, or its lock, cannot be used.
    #[error("it cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another command holds it.
    #[error("another process holds {}: stop the service, or wait until the other command ends", .0.display())]
    Held(PathBuf),
    /// SQLite refused.
    #[error("SQLite says: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}
