//! The composition root: the only place that names concrete parts.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::Notify;

pub use self::error::StartError;
use crate::config::{Config, Environment, MediaRedirect};
use crate::domain::accounts::{Accounts, Core};
pub use crate::domain::catalogue::CatalogueHandle;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::keys::Keyring;
use crate::domain::mail::Mailer;
use crate::domain::random::{Random, SystemRandom};
use crate::domain::settings::{Limits, Lives};
use crate::domain::store::{Ledger, Store};

use crate::composer::{Composer, NoTemplates, TemplateFolder, Templates};
use crate::domain::time::ServiceTime;
use crate::domain::transfers::Transfers;
use crate::edge::EdgeRules;
use crate::hashing::{Cost, HashPool};
use crate::http::{self, AppState, Delivery, EdgeHandle, Site};
use crate::mail::{self, FileMailer, MailTarget, Smtp};
use crate::manifest::Manifest;
use crate::media::LocalFolder;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::server;
use crate::store::sqlite::ledger::LedgerFile;
use crate::store::sqlite::{Files, Sqlite, SqliteOptions};
use crate::upkeep;
use crate::watch::WatchedFile;

pub mod desk;
mod error;

/// What a [`Sidecar`] is made from.
pub struct SidecarOptions {
    /// Where the renditions are stored, by the keys of the manifest. It need not exist yet.
    pub media_dir: PathBuf,
    /// Who sends them.
    pub media_redirect: MediaRedirect,
    /// Where accounts are kept.
    pub store: Arc<dyn Store>,
    /// What outlives the store.
    pub ledger: Arc<dyn Ledger>,
    /// The server's secret, as [`Keyring::parse`] reads it.
    pub secret: String,
    /// Where mail goes.
    pub mailer: Arc<dyn Mailer>,
    /// What the theme made for mails and for the account page.
    pub templates: Arc<dyn Templates>,
    /// The source of "now", on which releases, codes and sessions depend.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// How long things live.
    pub lives: Lives,
    /// How often things may happen.
    pub limits: Limits,
    /// How much work a password hash is.
    pub cost: Cost,
    /// Hashes at once.
    pub hashes: usize,
    /// Whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The site's public origin, if it is not the manifest's.
    pub base_url: Option<String>,
    /// Whether browsers are told to come back by HTTPS only.
    pub https_only: bool,
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
            media_dir: "media".into(),
            media_redirect: MediaRedirect::Off,
            store,
            ledger,
            secret,
            mailer,
            templates: Arc::new(NoTemplates),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            lives: Lives::default(),
            limits: Limits::default(),
            cost: Cost::default(),
            hashes: std::thread::available_parallelism().map_or(1, usize::from),
            trusted_proxies: Vec::new(),
            base_url: None,
            https_only: false,
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
        let store = open_store(files, options)?;
        let ledger = Arc::new(LedgerFile(files.ledger()));
        Ok(Self::new(store, ledger, secret, mailer))
    }
}

fn open_store(files: &Files, options: SqliteOptions) -> Result<Arc<dyn Store>, StartError> {
    let store = Sqlite::open(files, options).map_err(|error| StartError::Database {
        path: files.database.clone(),
        error: Box::new(error),
    })?;
    Ok(Arc::new(store))
}

/// Where the settings say that the database and what outlives it lie.
fn files(config: &Config) -> Files {
    Files {
        database: config.database.clone(),
        state: config.state_dir().to_owned(),
    }
}

/// The service, apart from any listener: a catalogue that can be replaced, accounts, and a router.
#[derive(Clone)]
pub struct Sidecar {
    state: AppState,
    outbox: Arc<Outbox>,
    ledger: Arc<dyn Ledger>,
}

impl Sidecar {
    /// A sidecar with an empty catalogue: until it is given a manifest, `/readyz` and all calls but
    /// `/healthz` answer 503.
    ///
    /// # Errors
    /// When the secret cannot be read, or the system gives no threads.
    pub fn open(options: SidecarOptions) -> Result<Self, StartError> {
        let catalogue = CatalogueHandle::default();
        let bell = Arc::new(Notify::new());
        let accounts = open_accounts(&options, &bell)?;
        let metrics = Metrics::default();
        let composer = Composer {
            templates: Arc::clone(&options.templates),
            catalogue: catalogue.clone(),
        };
        let delivery = match options.media_redirect {
            MediaRedirect::Off => Delivery::Own,
            MediaRedirect::XAccel(prefix) => Delivery::XAccel(prefix),
            // The other server has a working directory of its own.
            MediaRedirect::XSendfile => Delivery::XSendfile(
                std::path::absolute(&options.media_dir).unwrap_or(options.media_dir.clone()),
            ),
        };
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
                media: Arc::new(LocalFolder::new(options.media_dir)),
                delivery,
                templates: options.templates,
                metrics,
                trusted: options.trusted_proxies.into(),
                base_url: options.base_url.map(Into::into),
                https_only: options.https_only,
                random: options.random,
            },
            outbox,
            ledger: options.ledger,
        })
    }

    /// The catalogue in use; [`CatalogueHandle::replace`] gives it a new manifest at any time.
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

    /// What `/metrics` says.
    pub async fn metrics(&self) -> String {
        http::metrics_text(&self.state).await
    }

    /// Starts sending mail and the upkeep of the database, on the runtime of the caller.
    pub fn start_jobs(&self) {
        tokio::spawn(Arc::clone(&self.outbox).run());
        tokio::spawn(upkeep::run(
            self.state.accounts.clone(),
            self.state.metrics.clone(),
            Arc::clone(&self.ledger),
        ));
    }

    /// Sends all mail that is due now, without waiting for [`Sidecar::start_jobs`].
    pub async fn send_mail(&self) {
        self.outbox.drain().await;
    }

    /// The same, no more than may go out by now.
    pub async fn send_mail_at_pace(&self) {
        self.outbox.drain_at_pace().await;
    }
}

fn open_accounts(options: &SidecarOptions, bell: &Arc<Notify>) -> Result<Accounts, StartError> {
    let transfers = Transfers::new(Arc::clone(&options.clock), options.limits.transfers);
    let core = Core {
        time: ServiceTime::new(Arc::clone(&options.clock)),
        random: Arc::clone(&options.random),
        keys: Keyring::parse(&options.secret).map_err(StartError::Secret)?,
        lives: options.lives.clone(),
        limits: options.limits.clone(),
        transfers: Arc::new(transfers),
    };
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

/// What the settings say, with the real clock and randomness.
///
/// # Errors
/// When the database cannot be opened, a secret must be made and cannot be kept, or mail has nowhere to go.
pub fn options(config: &Config) -> Result<SidecarOptions, StartError> {
    let secret = secret(config)?;
    let templates = config.manifest.parent().unwrap_or(Path::new(""));
    Ok(SidecarOptions {
        media_dir: config.media.clone(),
        media_redirect: config.media_redirect.clone(),
        templates: Arc::new(TemplateFolder(templates.to_owned())),
        lives: config.lives.clone(),
        limits: config.limits.clone(),
        cost: config.cost,
        hashes: config.hashes,
        trusted_proxies: config.trusted_proxies.clone(),
        base_url: config.base_url.clone(),
        https_only: config.env == Environment::Production,
        ..SidecarOptions::on_sqlite(
            &files(config),
            SqliteOptions::default(),
            secret,
            mailer(config)?,
        )?
    })
}

fn secret(config: &Config) -> Result<String, StartError> {
    match &config.secret {
        Some(secret) => Ok(secret.expose().to_owned()),
        None => development_secret(config.state_dir()),
    }
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, StartError> {
    let from = config.mail_from.clone();
    Ok(match &config.mail {
        MailTarget::Smtp(target) => {
            let smtp = Smtp::new(target.clone(), from, mail::SmtpLimits::default());
            Arc::new(smtp.map_err(StartError::Mail)?)
        }
        MailTarget::File(folder) => Arc::new(FileMailer::new(folder.clone(), from)),
    })
}

/// Made once and kept in this folder, so that a restart does not end what was made with it.
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

/// `dateline-auth serve`, once its settings are read and its ports are open.
pub struct Installation {
    sidecar: Sidecar,
    router: Router,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    connections: server::Connections,
}

impl Installation {
    /// Opens the database and the ports, reads the manifest and, for a `site`, the edge rules beside it;
    /// then follows both files. A manifest that is missing or refused is logged and does not stop the
    /// program: the pages, and a later manifest, can still be served.
    ///
    /// # Errors
    /// When `site` is no folder, the database cannot be opened, or a port cannot be had.
    pub async fn start(config: Config, site: Option<PathBuf>) -> Result<Self, StartError> {
        let sidecar = Sidecar::open(options(&config)?)?;
        if !config.media.is_dir() {
            tracing::warn!(folder = ?config.media, "the media folder does not exist; media answer 503");
        }
        let router = match site {
            Some(folder) => http::api_and_site(
                &sidecar.state,
                open_site(folder, sidecar.state.base_url.as_deref()).await?,
            ),
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
        follow_manifest(&sidecar, config).await;
        sidecar.start_jobs();
        Ok(Self {
            sidecar,
            router,
            listener,
            metrics,
            connections,
        })
    }

    /// Where it answers.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// All that it answers, for those who ask without a connection.
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
            tracing::warn!(%error, "when sessions were last seen, and how far downloads are, could not be kept");
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

async fn follow_manifest(sidecar: &Sidecar, config: Config) {
    let catalogue = sidecar.catalogue();
    let mut file = WatchedFile::new(config.manifest.clone());
    let apply = move |content: io::Result<Vec<u8>>| apply_manifest(&catalogue, &config, content);
    if let Some(content) = file.changed().await {
        apply(content);
    }
    tokio::spawn(file.follow(apply));
}

/// Changes the catalogue before it tells so, so that whoever reads the log finds it true.
fn apply_manifest(catalogue: &CatalogueHandle, config: &Config, content: io::Result<Vec<u8>>) {
    let file = &config.manifest;
    let manifest = match content.map(|bytes| Manifest::from_json(&bytes)) {
        Ok(Ok(manifest)) => manifest,
        Ok(Err(error)) => {
            catalogue.refuse();
            tracing::error!(?file, %error, "the manifest was refused; the one before it, if any, stays in use");
            return;
        }
        Err(error) => {
            catalogue.refuse();
            tracing::error!(?file, %error, "the manifest cannot be read; the one before it, if any, stays in use");
            return;
        }
    };
    if let Some(base_url) = &config.base_url
        && *base_url != manifest.base_url
    {
        tracing::warn!(setting = %base_url, manifest = %manifest.base_url, "the setting `base_url` differs from the manifest's");
    }
    let dossiers = manifest.media.len();
    catalogue.replace(manifest);
    tracing::info!(?file, dossiers, "the manifest was read");
}

async fn open_site(folder: PathBuf, base_url: Option<&str>) -> Result<Site, StartError> {
    if !folder.is_dir() {
        return Err(StartError::Site(folder));
    }
    let edge = EdgeHandle::default();
    let mut file = WatchedFile::new(edge_file(&folder));
    let rules = edge.clone();
    let apply = {
        let file = edge_file(&folder);
        move |content: io::Result<Vec<u8>>| apply_edge_rules(&rules, &file, content)
    };
    if let Some(content) = file.changed().await {
        apply(content);
    }
    tokio::spawn(file.follow(apply));
    Ok(Site {
        tree: Arc::new(LocalFolder::new(folder)),
        edge,
        base_url: base_url.map(Into::into),
    })
}

/// `dist/edge/headers.json` for `dist/site`.
fn edge_file(site: &Path) -> PathBuf {
    site.join("../edge/headers.json")
}

fn apply_edge_rules(edge: &EdgeHandle, file: &Path, content: io::Result<Vec<u8>>) {
    match content.map(|bytes| EdgeRules::from_json(&bytes)) {
        Ok(Ok(rules)) => {
            tracing::info!(
                ?file,
                redirects = rules.redirects.len(),
                "the edge rules were read"
            );
            edge.replace(rules);
        }
        Ok(Err(error)) => {
            tracing::error!(?file, %error, "the edge rules were refused; those before them stay in use");
        }
        Err(error) => {
            tracing::warn!(?file, %error, "there are no edge rules to read: no redirects, and headers by default");
        }
    }
}
