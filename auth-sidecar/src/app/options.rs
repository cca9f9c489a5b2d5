//! What a sidecar is made from.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::{MediaSource, StartError, mailer};
use crate::composer::{NoTemplates, Templates};
use crate::config::{Config, Database, Hsts, MediaRedirect, Secret};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::keys::Keyring;
use crate::domain::mail::Mailer;
use crate::domain::random::{Random, SystemRandom};
use crate::domain::settings::{Lifetimes, Limits};
use crate::domain::store::{Ledger, Store};
use crate::hashing::Cost;
use crate::store::sqlite::ledger::LedgerFile;
use crate::store::sqlite::{Files, Sqlite, SqliteOptions};

/// The parts of a [`Sidecar`](super::Sidecar).
pub struct SidecarOptions {
    /// Where the renditions of dossiers are stored.
    pub media: MediaSource,
    /// Where the manifest is, with the pictures that the build put beside it.
    pub build: MediaSource,
    /// What sends them.
    pub media_redirect: MediaRedirect,
    /// How long a signed address of one lives.
    pub media_life: Duration,
    /// Where accounts are kept.
    pub store: Arc<dyn Store>,
    /// The log that outlives the store.
    pub ledger: Arc<dyn Ledger>,
    /// The server's secret, as [`Keyring::parse`] reads it.
    pub secret: String,
    /// Where mail goes.
    pub mailer: Arc<dyn Mailer>,
    /// The theme's templates for mails and pages.
    pub templates: Arc<dyn Templates>,
    /// The source of "now", on which releases, codes and sessions depend.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// Lifetimes.
    pub lifetimes: Lifetimes,
    /// Rate limits.
    pub limits: Limits,
    /// The cost of a password hash.
    pub cost: Cost,
    /// Hashes at once.
    pub hashes: usize,
    /// Proxies whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The site's public origin, if it overrides the manifest's.
    pub base_url: Option<String>,
    /// The value of `Strict-Transport-Security`.
    pub hsts: Hsts,
}

impl SidecarOptions {
    /// The real clock and randomness, the default numbers, mails in plain words, media from `media/`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        ledger: Arc<dyn Ledger>,
        secret: String,
        mailer: Arc<dyn Mailer>,
    ) -> Self {
        Self {
            media: MediaSource::Folder("media".into()),
            build: MediaSource::Folder("dist/sidecar".into()),
            media_redirect: MediaRedirect::Off,
            media_life: Duration::from_secs(60),
            store,
            ledger,
            secret,
            mailer,
            templates: Arc::new(NoTemplates),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
            cost: Cost::default(),
            hashes: std::thread::available_parallelism().map_or(1, usize::from),
            trusted_proxies: Vec::new(),
            base_url: None,
            hsts: Hsts::Off,
        }
    }

    /// The same, on SQLite.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub fn on_sqlite(
        files: &Files,
        options: SqliteOptions,
        secret: String,
        mailer: Arc<dyn Mailer>,
    ) -> Result<Self, StartError> {
        let store = open_sqlite(files, options)?;
        let ledger = Arc::new(LedgerFile(files.ledger()));
        Ok(Self::new(store, ledger, secret, mailer))
    }
}

/// A store, and the clock by which its rules run.
pub(super) type StoreAndClock = (Arc<dyn Store>, Arc<dyn Clock>);

/// Opens what the settings say. The time is the machine's where the database is a file on it, else the database's, so
/// that nodes which share it agree.
pub(super) fn open_store(config: &Config) -> Result<StoreAndClock, StartError> {
    match &config.database {
        Database::Sqlite(file) => {
            let store = open_sqlite(&files(config, file), SqliteOptions::default())?;
            Ok((store, Arc::new(SystemClock)))
        }
        Database::Postgres(address) => open_postgres(address),
    }
}

#[cfg(feature = "postgres")]
fn open_postgres(address: &Secret) -> Result<StoreAndClock, StartError> {
    use crate::store::postgres::{Postgres, PostgresOptions};

    let opened = Postgres::open(address.expose(), PostgresOptions::default());
    let store = opened.map_err(|error| StartError::Postgres(error.to_string()))?;
    let store = Arc::new(store);
    Ok((store.clone(), store))
}

#[cfg(not(feature = "postgres"))]
fn open_postgres(_: &Secret) -> Result<StoreAndClock, StartError> {
    let reason = "this program was built without PostgreSQL (its feature `postgres`)";
    Err(StartError::Postgres(reason.to_owned()))
}

fn open_sqlite(files: &Files, options: SqliteOptions) -> Result<Arc<dyn Store>, StartError> {
    let store = Sqlite::open(files, options).map_err(|error| StartError::Database {
        path: files.database.clone(),
        error: Box::new(error),
    })?;
    Ok(Arc::new(store))
}

/// A database in a file, and where the settings say that what outlives it lies.
pub(super) fn files(config: &Config, database: &Path) -> Files {
    Files {
        database: database.to_owned(),
        state: config.state_dir().to_owned(),
    }
}

/// `deleted.log`, where the settings say that it lies.
pub(super) fn ledger(config: &Config) -> LedgerFile {
    LedgerFile(config.state_dir().join("deleted.log"))
}

/// What the settings say, with the real clock and randomness; templates are the caller's.
///
/// # Errors
/// When the database cannot be opened, a secret must be made and cannot be kept, or mail has nowhere to go.
pub fn options(config: &Config) -> Result<SidecarOptions, StartError> {
    let secret = secret(config)?;
    let (store, clock) = open_store(config)?;
    Ok(SidecarOptions {
        clock,
        media: MediaSource::of(config)?,
        build: MediaSource::beside_manifest(config)?,
        media_redirect: config.media_redirect.clone(),
        media_life: config.media_life,
        lifetimes: config.lifetimes.clone(),
        limits: config.limits.clone(),
        cost: config.cost,
        hashes: config.hashes,
        trusted_proxies: config.trusted_proxies.clone(),
        base_url: config.base_url.clone(),
        hsts: config.hsts,
        ..SidecarOptions::new(store, Arc::new(ledger(config)), secret, mailer(config)?)
    })
}

pub(super) fn secret(config: &Config) -> Result<String, StartError> {
    match &config.secret {
        Some(secret) => Ok(secret.expose().to_owned()),
        None => development_secret(config.state_dir()),
    }
}

/// Generated once and stored in this folder, so that a restart does not invalidate what was made with it.
///
/// # Errors
/// When it can neither be read nor written.
pub fn development_secret(state: &Path) -> Result<String, StartError> {
    let path = state.join("secret");
    let failed = |error| StartError::KeepSecret {
        path: path.clone(),
        error,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    if let Some(folder) = path.parent() {
        let mut private = std::fs::DirBuilder::new();
        let private = private.recursive(true).mode(0o700);
        private.create(folder).map_err(failed)?;
    }
    let secret = Keyring::generate(&SystemRandom);
    let mut file = std::fs::OpenOptions::new();
    let mut file = file
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    file.write_all(secret.as_bytes()).map_err(failed)?;
    Ok(secret)
}
