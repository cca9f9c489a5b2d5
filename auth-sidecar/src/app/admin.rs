//! What operators' commands use: the same settings and files as the service, without mail, pages and ports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::StartError;
use super::options::{files, ledger, open_store, secret};
use crate::config::{Config, Database};
use crate::domain::accounts::{Accounts, Core, Restored, restore as restore_rows};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::random::SystemRandom;
use crate::domain::refusal::Stop;
use crate::domain::store::{Ledger as _, QueuedMail};
use crate::domain::time::Moment;
use crate::hashing::HashPool;
use crate::store::sqlite::Files;
use crate::store::sqlite::backup::{self, BackupError, Content};
use crate::store::sqlite::restore::{Restore, RestoreError};

/// The accounts, beside a service that may be running.
///
/// # Errors
/// When there is no database, or it cannot be opened.
pub fn accounts(config: &Config) -> Result<Accounts, AdminError> {
    if let Database::Sqlite(path) = &config.database {
        check_file(path)?;
    }
    let (store, clock) = open_store(config)?;
    let core = core(config, clock)?;
    // Commands hash no passwords.
    let hasher =
        HashPool::start(1, 1, config.cost, Arc::new(SystemRandom)).map_err(StartError::Threads)?;
    Ok(Accounts::new(
        store,
        Arc::new(hasher),
        Arc::new(core),
        Arc::new(|| {}),
    ))
}

/// That a database's file is there: a command makes none.
fn check_file(path: &Path) -> Result<(), AdminError> {
    match fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(AdminError::NoDatabase(path.to_owned()))
        }
        Err(error) => Err(StartError::Database {
            path: path.to_owned(),
            error: Box::new(error.into()),
        }
        .into()),
    }
}

/// What replaces [`backup`] for a PostgreSQL database. Tables of credentials and counters are left out.
const PG_DUMP: &str = "make a backup with `pg_dump --format=custom \
    --exclude-table-data='public.(sessions|devices|flows|hits|links|outbox|ended_sessions)' --file=accounts.dump DATABASE`";
/// What replaces [`restore`].
const PG_RESTORE: &str = "stop the services, and restore with `pg_restore --clean --if-exists --single-transaction \
    --dbname=DATABASE accounts.dump`";

/// The database's file, and what lies with it. For a PostgreSQL database, says what to do instead.
fn sqlite_files(config: &Config, instead: &'static str) -> Result<Files, AdminError> {
    match &config.database {
        Database::Sqlite(file) => Ok(files(config, file)),
        Database::Postgres(_) => Err(AdminError::NoFile(instead)),
    }
}

/// Writes this process's departures to `deleted.log`; a running service also does so, a second later.
///
/// # Errors
/// When the log cannot be written. The service's next start makes up for it.
pub async fn keep_ledger(config: &Config, accounts: &Accounts) -> Result<(), AdminError> {
    let departures = accounts.departures_after(0).await?;
    ledger(config).add(&departures).map_err(AdminError::Ledger)
}

/// Makes a backup.
///
/// # Errors
/// When it cannot be made; then `to` is as it was.
pub fn backup(config: &Config, to: &Path, replace: bool) -> Result<Content, AdminError> {
    let files = sqlite_files(config, PG_DUMP)?;
    backup::backup(&files, to, replace).map_err(|error| match error {
        BackupError::NoDatabase => AdminError::NoDatabase(files.database.clone()),
        error => AdminError::Backup {
            path: to.to_owned(),
            error,
        },
    })
}

/// What [`restore`] did.
pub struct Report {
    /// To the backup's rows.
    pub restored: Restored,
    /// Mail that was queued in the replaced database.
    pub replaced_mails: Vec<QueuedMail>,
    /// Where that database is now.
    pub kept: Option<PathBuf>,
    /// The backup's schema, if it was older.
    pub migrated_from: Option<usize>,
    /// Warnings, as sentences.
    pub warnings: Vec<String>,
    /// When.
    pub at: Moment,
}

/// Replaces the database with a backup. The service must not run. Deletions that cannot be applied because their key
/// is lost are an error, unless `without_lost` is set.
///
/// # Errors
/// When the backup cannot be used, or the service runs; then everything is as it was.
pub fn restore(config: &Config, from: &Path, without_lost: bool) -> Result<Report, AdminError> {
    let refused = |error| AdminError::Restore {
        path: from.to_owned(),
        error,
    };
    let mut restore = Restore::begin(&sqlite_files(config, PG_RESTORE)?, from).map_err(refused)?;
    let core = core(config, Arc::new(SystemClock))?;
    let mut since = restore.known_since().map_err(refused)?;
    let restored = restore
        .change(|rows| restore_rows(rows, &core, &since.departures))
        .map_err(|error| refused(RestoreError::Store(error)))?;
    let unknown = since.departures.iter();
    let unknown: BTreeSet<&String> = unknown.filter_map(|one| one.kind.as_ref().err()).collect();
    if !unknown.is_empty() {
        since.warnings.push(format!(
            "entries that a later release wrote since the backup could not be applied; their kinds: {unknown:?}"
        ));
    }
    if !restored.lost.is_empty() {
        let error = AdminError::LostKeys(restored.lost.clone());
        if !without_lost {
            return Err(error);
        }
        since.warnings.push(error.to_string());
    }
    let migrated_from = restore.migrated_from();
    let kept = restore.finish().map_err(refused)?;
    Ok(Report {
        restored,
        replaced_mails: since.mails,
        kept,
        migrated_from,
        warnings: since.warnings,
        at: core.time.now(),
    })
}

fn core(config: &Config, clock: Arc<dyn Clock>) -> Result<Core, StartError> {
    let random = Arc::new(SystemRandom);
    super::core(
        &secret(config)?,
        &config.lifetimes,
        &config.limits,
        clock,
        random,
    )
}

/// Why a command failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdminError {
    /// A fault that also keeps the service from starting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no database, and commands do not create one.
    #[error(
        "there is no database {}: `dateline-auth serve` makes it, and the setting `database` \
         (DATELINE_AUTH_DATABASE) says where it is", .0.display()
    )]
    NoDatabase(PathBuf),
    /// The accounts are not in a file.
    #[error(
        "this command works on SQLite files, and the setting `database` (DATELINE_AUTH_DATABASE) names a PostgreSQL \
         server: {0}; docs/operators.md says more"
    )]
    NoFile(&'static str),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] Stop),
    /// `deleted.log` cannot be used.
    #[error(transparent)]
    Ledger(io::Error),
    /// No backup could be made.
    #[error("no backup was made as {}: {error}", path.display())]
    Backup {
        /// Where.
        path: PathBuf,
        /// Why.
        error: BackupError,
    },
    /// A backup could not be restored.
    #[error("{} was not restored: {error}", path.display())]
    Restore {
        /// Which.
        path: PathBuf,
        /// Why.
        error: RestoreError,
    },
    /// The accounts could not be copied to PostgreSQL.
    #[cfg(feature = "postgres")]
    #[error("{} was not migrated: {error}", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        error: crate::store::to_postgres::CopyError,
    },
    /// Deletions and changes of password that cannot be applied: how many, by the id of their key.
    #[error(
        "deletions and changes of password since the backup were noted with keys that the secret does \
         not hold ({}), so that they cannot be applied to it", by_key(.0)
    )]
    LostKeys(BTreeMap<String, usize>),
}

fn by_key(lost: &BTreeMap<String, usize>) -> String {
    let keys = lost
        .iter()
        .map(|(key, count)| format!("{count} with `{key}`"));
    keys.collect::<Vec<_>>().join(", ")
}
