//! What an operator's commands work on: the same settings and files as the service, without mail, pages and
//! ports.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{StartError, secret};
use crate::config::Config;
use crate::domain::accounts::{Accounts, Core, Restored, restore as restore_rows};
use crate::domain::clock::SystemClock;
use crate::domain::keys::Keyring;
use crate::domain::random::SystemRandom;
use crate::domain::refusal::Stop;
use crate::domain::store::{Departure, Mail};
use crate::domain::time::{Moment, ServiceTime};
use crate::domain::transfers::Transfers;
use crate::hashing::HashPool;
use crate::ledger::{self, Log};
use crate::store::sqlite::backup::{self, BackupError, Content};
use crate::store::sqlite::restore::{Restore, RestoreError};
use crate::store::sqlite::{Sqlite, SqliteOptions};

/// The accounts, beside a service that may run.
///
/// # Errors
/// When there is no database, or it cannot be opened.
pub fn accounts(config: &Config) -> Result<Accounts, DeskError> {
    let path = &config.database;
    match fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(DeskError::NoDatabase(path.clone()));
        }
        Err(error) => {
            return Err(StartError::Database {
                path: path.clone(),
                error: Box::new(error.into()),
            }
            .into());
        }
    }
    let store =
        Sqlite::open(path, SqliteOptions::default()).map_err(|error| StartError::Database {
            path: path.clone(),
            error: Box::new(error),
        })?;
    let core = core(config)?;
    // Commands hash no passwords.
    let hasher =
        HashPool::start(1, config.cost, Arc::new(SystemRandom)).map_err(StartError::Threads)?;
    Ok(Accounts::new(
        Arc::new(store),
        Arc::new(hasher),
        Arc::new(core),
        Arc::new(|| {}),
    ))
}

/// Writes down in `deleted.log` what this process did; a service that runs does so too, a second later.
///
/// # Errors
/// When the log cannot be written. The service's next start makes up for it.
pub async fn keep_ledger(config: &Config, accounts: &Accounts) -> Result<(), DeskError> {
    let path = ledger::path_for(&config.database);
    let kept = ledger::Ledger::open(&path, accounts).await;
    kept.map(drop)
        .map_err(|error| DeskError::Ledger { path, error })
}

/// Makes a backup.
///
/// # Errors
/// When it cannot be made; then `to` is as it was.
pub fn backup(config: &Config, to: &Path, replace: bool) -> Result<Content, DeskError> {
    backup::backup(&config.database, to, replace).map_err(|error| match error {
        BackupError::NoDatabase => DeskError::NoDatabase(config.database.clone()),
        error => DeskError::Backup {
            path: to.to_owned(),
            error,
        },
    })
}

/// What [`restore`] did.
pub struct Report {
    /// To the backup's rows.
    pub restored: Restored,
    /// Mail that was waiting in the database that was replaced.
    pub replaced_mails: Vec<Mail>,
    /// Where that database is now.
    pub kept: Option<PathBuf>,
    /// The backup's schema, if it was older.
    pub migrated_from: Option<usize>,
    /// What could not be made sure of, in sentences.
    pub warnings: Vec<String>,
    /// When.
    pub at: Moment,
}

/// Puts a backup in the database's place. The service must not run. Unless `without_lost` says that it may
/// be so, deletions that cannot be applied because their key is gone are an error.
///
/// # Errors
/// When the backup cannot be used, or the service runs; then everything is as it was.
pub fn restore(config: &Config, from: &Path, without_lost: bool) -> Result<Report, DeskError> {
    let refused = |error| DeskError::Restore {
        path: from.to_owned(),
        error,
    };
    let mut restore = Restore::begin(&config.database, from).map_err(refused)?;
    let core = core(config)?;
    let mut warnings = Vec::new();
    let mut departures = read_ledger(config, &mut warnings)?;

    let replaced = restore.ask_replaced(|rows| Ok((rows.departures_after(0)?, rows.mails()?)));
    let mut replaced_mails = Vec::new();
    match replaced {
        None => {}
        Some(Ok((rows, mails))) => {
            // A service that was killed may not have written them down.
            let path = ledger::path_for(&config.database);
            ledger::add(&path, &rows).map_err(|error| DeskError::Ledger { path, error })?;
            departures.extend(rows);
            replaced_mails = mails;
        }
        Some(Err(error)) => warnings.push(format!(
            "the database that was there cannot be read ({error}): a deletion of its last seconds may be missing \
             in deleted.log"
        )),
    }

    let migrated_from = restore.migrated_from();
    let restored = restore
        .change(|tx| restore_rows(tx, &core, &departures))
        .map_err(|error| refused(RestoreError::Store(error)))?;
    if !restored.lost.is_empty() {
        let error = DeskError::LostKeys(restored.lost.clone());
        if !without_lost {
            return Err(error);
        }
        warnings.push(error.to_string());
    }
    let kept = restore.finish().map_err(refused)?;
    Ok(Report {
        restored,
        replaced_mails,
        kept,
        migrated_from,
        warnings,
        at: core.time.now(),
    })
}

fn read_ledger(config: &Config, warnings: &mut Vec<String>) -> Result<Vec<Departure>, DeskError> {
    let path = ledger::path_for(&config.database);
    let log = ledger::read(&path).map_err(|error| DeskError::Ledger {
        path: path.clone(),
        error,
    })?;
    let Some(Log {
        departures,
        unreadable,
    }) = log
    else {
        warnings.push(format!(
            "there is no {}: accounts that were deleted, and passwords that were changed, after the backup was \
             made are as they were",
            path.display()
        ));
        return Ok(Vec::new());
    };
    if !unreadable.is_empty() {
        let numbers: Vec<String> = unreadable.iter().map(usize::to_string).collect();
        warnings.push(format!(
            "{} has lines that cannot be read, and that were passed over: {}",
            path.display(),
            numbers.join(", ")
        ));
    }
    Ok(departures)
}

fn core(config: &Config) -> Result<Core, DeskError> {
    Ok(Core {
        time: ServiceTime::new(Arc::new(SystemClock)),
        random: Arc::new(SystemRandom),
        keys: Keyring::parse(&secret(config)?).map_err(StartError::Secret)?,
        lives: config.lives.clone(),
        limits: config.limits.clone(),
        transfers: Arc::new(Transfers::new(
            Arc::new(SystemClock),
            config.limits.transfers,
        )),
    })
}

/// Why a command could not do what it should.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeskError {
    /// What the service would not start with either.
    Start(StartError),
    /// There is none, and a command does not make one.
    NoDatabase(PathBuf),
    /// The database could not do it.
    Store(Stop),
    /// `deleted.log` cannot be used.
    Ledger {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// No backup could be made.
    Backup {
        /// Where.
        path: PathBuf,
        /// Why.
        error: BackupError,
    },
    /// A backup could not be restored.
    Restore {
        /// Which.
        path: PathBuf,
        /// Why.
        error: RestoreError,
    },
    /// Deletions and changes of password that cannot be applied: how many, by the id of their key.
    LostKeys(BTreeMap<String, usize>),
}

impl fmt::Display for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => error.fmt(f),
            Self::NoDatabase(path) => write!(
                f,
                "there is no database {}: `dateline-auth serve` makes it, and the setting `database` \
                 (DATELINE_AUTH_DATABASE) says where it is",
                path.display()
            ),
            Self::Store(error) => error.fmt(f),
            Self::Ledger { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Backup { path, error } => {
                write!(f, "no backup was made as {}: {error}", path.display())
            }
            Self::Restore { path, error } => {
                write!(f, "{} was not restored: {error}", path.display())
            }
            Self::LostKeys(lost) => {
                let keys: Vec<String> = lost
                    .iter()
                    .map(|(key, count)| format!("{count} with `{key}`"))
                    .collect();
                write!(
                    f,
                    "deletions and changes of password since the backup were noted with keys that the secret does \
                     not hold ({}), so that they cannot be applied to it",
                    keys.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for DeskError {}

impl From<StartError> for DeskError {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<Stop> for DeskError {
    fn from(error: Stop) -> Self {
        Self::Store(error)
    }
}
