//! Errors: as the store's interface reports them, and as an operator reads them.

use std::error::Error as _;

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::tls;
use crate::domain::store::StoreError;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is invalid.
    #[error("{0}")]
    Address(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// No thread could be started.
    #[error("no thread could be started: {0}")]
    Threads(#[from] std::io::Error),
    /// The server cannot be reached, or refuses access.
    #[error("{}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The server did not answer in time.
    #[error("it did not answer in time")]
    Late,
    /// The database was written by a newer release.
    #[error(
        "it was written by a newer release (schema {found}; this one knows {known}): use that release"
    )]
    Newer {
        /// Its schema version.
        found: usize,
        /// This release's.
        known: usize,
    },
    /// A step that ran on the database differs from this release's.
    #[error(
        "step {step} of its schema differs from this release's: it belongs to another program, or to a development \
         version"
    )]
    Changed {
        /// The step's number.
        step: i64,
    },
    /// Another database is being copied into this one.
    #[error(
        "a migration into it has not finished: run `dateline-auth migrate` again, with the same source, until it has"
    )]
    Unfinished,
}

impl OpenError {
    /// Whether retrying cannot help: another release or other settings are needed.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self, Self::Postgres(_) | Self::Late)
    }
}

/// An error's message with those of its causes. None of them has a password.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(reported) = error.as_db_error() {
        return format!(
            "PostgreSQL says: {} ({})",
            reported.message(),
            reported.code().code()
        );
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(refusal) = tls::refusal(error) {
            return format!("{refusal} ({error})");
        }
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What a failure means for the transaction, with the error for the caller.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The transaction conflicts with others and may run again. The caller gets this error only if it fails while it
    /// runs alone.
    Conflict(StoreError),
    /// The connection is lost, or the server no longer accepts writes.
    Lost(StoreError),
    /// The statement failed, and a retry would not help.
    Refused(StoreError),
}

impl Failure {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let failed = StoreError::Failed(describe(error));
        let Some(code) = error.code() else {
            return Self::Lost(failed);
        };
        let severity = error.as_db_error().and_then(DbError::parsed_severity);
        if matches!(severity, Some(Severity::Fatal | Severity::Panic)) {
            // The server ends the connection.
            return Self::Lost(failed);
        }
        match code {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Conflict(StoreError::Busy)
            }
            // The next run sees the row that another transaction inserted first.
            &SqlState::UNIQUE_VIOLATION => Self::Conflict(failed),
            &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED => {
                Self::Refused(StoreError::Busy)
            }
            &SqlState::DISK_FULL => Self::Refused(StoreError::Full),
            // A primary that was demoted: the next connection may find another.
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Lost(failed),
            code if code.code().starts_with("08") => Self::Lost(failed),
            _ => Self::Refused(failed),
        }
    }

    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::Conflict(error) | Self::Lost(error) | Self::Refused(error) => error.clone(),
        }
    }
}
