//! What went wrong, in the words of the interface and of an operator.

use std::error::Error as _;

use tokio_postgres::error::SqlState;

use crate::domain::store::StoreError;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is none that can be used.
    #[error("{0}")]
    Address(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The system gives no threads.
    #[error("the system gives no threads: {0}")]
    Threads(#[from] std::io::Error),
    /// It cannot be reached, or does not let this program in.
    #[error("{}", words(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// It did not answer in time.
    #[error("it did not answer in time")]
    Late,
    /// A newer release was here.
    #[error(
        "it was written by a newer release (schema {found}; this one knows {known}): use that release"
    )]
    Newer {
        /// Its schema.
        found: usize,
        /// This release's.
        known: usize,
    },
    /// A step that ran here is not this release's.
    #[error(
        "its schema was made by another step {step} than this release's: it is not a database of this program, or of \
         a release that was never published"
    )]
    Changed {
        /// Which.
        step: i64,
    },
}

impl OpenError {
    /// Whether no time will heal it: the program that runs must be another, or its settings.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self, Self::Postgres(_) | Self::Late)
    }
}

/// All that an error says, which its own words leave to its causes. Neither holds a password.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!(
            "PostgreSQL says: {} ({})",
            told.message(),
            told.code().code()
        );
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What a failure means for whoever waits.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The transaction could not be put in order with others: it may run again. What it is to those who wait when it
    /// fails alone, too.
    Conflict(StoreError),
    /// There is no connection any more, or this server takes no writes any more.
    Lost(StoreError),
    /// The statement is at fault, or what it needs is missing.
    Refused(StoreError),
}

impl Failure {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let failed = StoreError::Failed(words(error));
        let Some(code) = error.code() else {
            return Self::Lost(failed);
        };
        match code {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Conflict(StoreError::Busy)
            }
            // The next run sees the row that another transaction was quicker to insert.
            &SqlState::UNIQUE_VIOLATION => Self::Conflict(failed),
            &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED => {
                Self::Refused(StoreError::Busy)
            }
            &SqlState::DISK_FULL => Self::Refused(StoreError::Full),
            // A primary that was demoted, or is told to end: the next connection may find another.
            &SqlState::READ_ONLY_SQL_TRANSACTION
            | &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW => Self::Lost(failed),
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
