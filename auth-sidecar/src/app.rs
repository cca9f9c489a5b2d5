//! The composition root: the only place that names concrete implementations.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;

pub use self::error::StartError;
pub use self::media::MediaSource;
pub use self::options::{SidecarOptions, development_secret, options};
use crate::config::{Config, Database, Environment, Media};
use crate::domain::accounts::{Accounts, Core};
pub use crate::domain::catalogue::CatalogueHandle;
use crate::domain::catalogue::Place;
use crate::domain::clock::Clock;
use crate::domain::keys::Keyring;
use crate::domain::mail::Mailer;
use crate::domain::mail_health::MailHealth;
use crate::domain::random::Random;
use crate::domain::settings::{Lifetimes, Limits};
use crate::domain::store::Ledger;
pub use crate::media::Maker;

use crate::composer::{Composer, Rebased};
use crate::domain::time::ServiceTime;
use crate::domain::transfers::Transfers;
use crate::hashing::HashPool;
use crate::http::{self, AppState};
use crate::mail::{FileMailer, MailTarget, Smtp};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::server;
use crate::upkeep;

pub mod admin;
mod error;
mod follow;
mod media;
#[cfg(feature = "postgres")]
pub mod migrate;
#[cfg(feature = "s3")]
mod objects;
mod options;

/// The service without listeners: a replaceable catalogue, accounts, and a router.
#[derive(Clone)]
pub struct Sidecar {
    state: AppState,
    outbox: Arc<Outbox>,
    ledger: Arc<dyn Ledger>,
}

impl Sidecar {
    /// A sidecar with an empty catalogue: until it gets a manifest, `/readyz` and all calls except `/healthz` answer
    /// 503.
    ///
    /// # Errors
    /// If the secret cannot be read, or the system cannot start threads.
    pub fn open(options: SidecarOptions) -> Result<Self, StartError> {
        let catalogue = CatalogueHandle::default();
        let bell = Arc::new(Notify::new());
        let accounts = open_accounts(&options, &bell)?;
        let metrics = Metrics::default();
        let templates = match &options.base_url {
            Some(base_url) => Arc::new(Rebased {
                templates: options.templates,
                catalogue: catalogue.clone(),
                base_url: base_url.clone(),
            }),
            None => options.templates,
        };
        let composer = Composer {
            templates: Arc::clone(&templates),
            catalogue: catalogue.clone(),
        };
        let delivery = media::delivery(&options.media, options.media_redirect, options.media_life);
        let media = media::storage(options.media, "media")?;
        let build = media::storage(options.build, "manifest")?;
        let outbox = Outbox::new(
            accounts.clone(),
            options.mailer,
            composer,
            metrics.clone(),
            bell,
            Arc::clone(&options.clock),
        );
        Ok(Self {
            state: AppState {
                accounts,
                catalogue,
                clock: options.clock,
                media,
                build,
                delivery,
                templates,
                metrics,
                trusted: options.trusted_proxies.into(),
                base_url: options.base_url.map(Into::into),
                hsts: options.hsts.header(),
                random: options.random,
            },
            outbox,
            ledger: options.ledger,
        })
    }

    /// The current catalogue; [`CatalogueHandle::replace`] gives it a new manifest at any time.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueHandle {
        self.state.catalogue.clone()
    }

    /// The account service.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.state.accounts
    }

    /// `/api/…`, `/healthz` and `/readyz`. Unknown paths under `/api/` are answered here; the caller
    /// adds a fallback for the pages.
    pub fn router(&self) -> Router {
        http::api(&self.state)
    }

    /// The content of `/metrics`.
    pub async fn metrics(&self) -> String {
        http::metrics_text(&self.state).await
    }

    /// Starts sending mail and maintaining the database, on the caller's runtime.
    pub fn start_jobs(&self) {
        tokio::spawn(Arc::clone(&self.outbox).run());
        tokio::spawn(Arc::clone(&self.outbox).run_decoys());
        tokio::spawn(upkeep::run(
            self.state.accounts.clone(),
            self.state.metrics.clone(),
            Arc::clone(&self.ledger),
        ));
        for place in [Place::Media, Place::Build] {
            tokio::spawn(media::tend(self.state.clone(), place));
        }
    }

    /// Sends all mail that is due now, without waiting for [`Sidecar::start_jobs`].
    pub async fn send_mail(&self) {
        self.outbox.drain().await;
    }

    /// The same, within the limit of mails an hour.
    pub async fn send_mail_at_pace(&self) {
        self.outbox.drain_at_pace().await;
    }
}

fn open_accounts(options: &SidecarOptions, bell: &Arc<Notify>) -> Result<Accounts, StartError> {
    let (clock, random) = (Arc::clone(&options.clock), Arc::clone(&options.random));
    let core = core(
        &options.secret,
        &options.lifetimes,
        &options.limits,
        clock,
        random,
    )?;
    let hasher = HashPool::start(
        options.hashes,
        options.limits.hashes_network,
        options.cost,
        Arc::clone(&options.random),
    )
    .map_err(StartError::Threads)?;
    let bell = Arc::clone(bell);
    Ok(Accounts::new(
        Arc::clone(&options.store),
        Arc::new(hasher),
        Arc::new(core),
        Arc::new(move || bell.notify_one()),
    ))
}

fn core(
    secret: &str,
    lifetimes: &Lifetimes,
    limits: &Limits,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Core, StartError> {
    Ok(Core {
        time: ServiceTime::new(Arc::clone(&clock)),
        random,
        keys: Keyring::parse(secret).map_err(StartError::Secret)?,
        lifetimes: lifetimes.clone(),
        limits: limits.clone(),
        transfers: Arc::new(Transfers::new(clock, limits.transfers)),
        mail: MailHealth::default(),
    })
}

/// The configured mailer.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, StartError> {
    let from = config.mail_from.clone();
    Ok(match &config.mail {
        MailTarget::Smtp(target) => {
            let smtp = Smtp::new(target.clone(), from, config.smtp);
            Arc::new(smtp.map_err(StartError::Mail)?)
        }
        MailTarget::File(folder) => Arc::new(FileMailer::new(folder.clone(), from)),
    })
}

/// The file in which the service will create its database, if it will.
///
/// # Errors
/// In production, unless the operator said so or nothing suggests that a database is missing.
pub fn makes_database(config: &Config, may: bool) -> Result<Option<PathBuf>, StartError> {
    let Database::Sqlite(file) = &config.database else {
        return Ok(None);
    };
    if file.exists() {
        return Ok(None);
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let is_there = folder.as_os_str().is_empty() || folder.is_dir();
    // An installation with `deleted.log` had a database.
    let is_first = is_there && !options::ledger(config).0.exists();
    if config.env == Environment::Production && !may && !is_first {
        return Err(StartError::NoDatabase(absolute(file)));
    }
    Ok(Some(absolute(file)))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or(path.to_owned())
}

/// Creates the folders of the database and of its state.
///
/// # Errors
/// When they cannot be made.
pub fn make_folders(config: &Config) -> io::Result<()> {
    let database = match &config.database {
        Database::Sqlite(file) => file.parent(),
        Database::Postgres(_) => None,
    };
    let folders = [database, Some(config.state_dir())].into_iter().flatten();
    for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700).create(folder)?;
    }
    Ok(())
}

/// `dateline-auth serve`, with its settings read and its ports open.
pub struct Installation {
    sidecar: Sidecar,
    router: Router,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    connections: server::Connections,
}

impl Installation {
    /// Opens the database and the ports, reads the manifest and, for a `site`, the edge rules beside it; then
    /// follows both files. A missing or rejected manifest is logged and does not stop the program: pages, and a
    /// later manifest, can still be served.
    ///
    /// # Errors
    /// If `site` is not a folder, the database cannot be opened, or a port is not available.
    pub async fn start(config: Config, site: Option<PathBuf>) -> Result<Self, StartError> {
        let (manifest, templates) = follow::Source::manifest(&config.manifest)?;
        let sidecar = Sidecar::open(SidecarOptions {
            templates,
            ..options(&config)?
        })?;
        if let Media::Folder(folder) = &config.media
            && !folder.is_dir()
        {
            tracing::warn!(?folder, "the media folder does not exist; media answer 503");
        }
        let router = match site {
            Some(folder) => {
                let site = follow::site(folder, &config, &sidecar.state).await?;
                http::api_and_site(&sidecar.state, site)
            }
            None => sidecar.router(),
        };
        let listener = listen("listen", config.listen).await?;
        let metrics = match config.metrics_listen {
            Some(address) => Some(listen("metrics_listen", address).await?),
            None => None,
        };
        let connections = server::Connections {
            keep_alive: config.keep_alive,
            per_network: config.connections_network,
            trusted: Arc::clone(&sidecar.state.trusted),
        };
        follow::manifest(&sidecar, manifest, config).await;
        sidecar.start_jobs();
        Ok(Self {
            sidecar,
            router,
            listener,
            metrics,
            connections,
        })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The router, for use without a connection.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `shutdown` completes; see [`server::serve`].
    ///
    /// # Errors
    /// Those of [`server::serve`].
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let catalogue = self.sidecar.catalogue();
        let shutdown = async move {
            shutdown.await;
            catalogue.shut_down();
            tracing::info!("shutting down");
        };
        if let Some(listener) = self.metrics {
            let router = http::metrics(&self.sidecar.state);
            let one_scraper = server::Connections::default();
            tokio::spawn(server::serve(
                listener,
                router,
                one_scraper,
                std::future::pending(),
            ));
        }
        server::serve(self.listener, self.router, self.connections, shutdown).await?;
        // What was gathered since the last second.
        if let Err(error) = self.sidecar.state.accounts.flush_gathered().await {
            tracing::warn!(%error, "session activity and download progress could not be stored");
        }
        Ok(())
    }
}

async fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| StartError::Listen {
        setting,
        address,
        error,
    })
}
