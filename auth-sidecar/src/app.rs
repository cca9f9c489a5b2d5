//! The composition root: the only place that names concrete parts.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use tokio::net::TcpListener;

use crate::config::{Config, Environment};
pub use crate::domain::catalogue::CatalogueHandle;
use crate::domain::clock::{Clock, SystemClock};
use crate::edge::EdgeRules;
use crate::http::{self, AppState, EdgeHandle, Site};
use crate::manifest::Manifest;
use crate::media::LocalFolder;
use crate::server;
use crate::watch::WatchedFile;

/// What a [`Sidecar`] is made from.
pub struct SidecarOptions {
    /// Where the renditions are stored, by the keys of the manifest. It need not exist yet.
    pub media_dir: PathBuf,
    /// The source of "now", on which releases depend.
    pub clock: Arc<dyn Clock>,
}

/// The service, apart from any listener: a catalogue that can be replaced, and a router.
///
/// ```
/// use std::sync::Arc;
/// use dateline_auth::app::{Sidecar, SidecarOptions};
/// use dateline_auth::domain::clock::SystemClock;
/// use dateline_auth::manifest::Manifest;
///
/// let sidecar = Sidecar::new(SidecarOptions {
///     media_dir: "media".into(),
///     clock: Arc::new(SystemClock),
/// });
/// sidecar.catalogue().replace(Manifest::default());
/// let router = sidecar.router().fallback(|| async { "a page of the site" });
/// # let _ = router;
/// ```
#[derive(Clone)]
pub struct Sidecar {
    state: AppState,
}

impl Sidecar {
    /// A sidecar with an empty catalogue: until it is given a manifest, `/readyz` and all media
    /// answer 503.
    #[must_use]
    pub fn new(options: SidecarOptions) -> Self {
        Self {
            state: AppState {
                catalogue: CatalogueHandle::default(),
                clock: options.clock,
                media: Arc::new(LocalFolder::new(options.media_dir)),
                https_only: false,
                requests: Arc::new(AtomicU64::new(0)),
            },
        }
    }

    /// The catalogue in use; [`CatalogueHandle::replace`] gives it a new manifest at any time.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueHandle {
        self.state.catalogue.clone()
    }

    /// `/api/…`, `/healthz` and `/readyz`. Unknown paths under `/api/` are answered here; the caller
    /// adds a fallback for the pages.
    pub fn router(&self) -> Router {
        http::api(&self.state)
    }
}

/// `dateline-auth serve`, once its settings are read and its port is open.
pub struct Installation {
    sidecar: Sidecar,
    router: Router,
    listener: TcpListener,
}

impl Installation {
    /// Opens the port, reads the manifest and, for a `site`, the edge rules beside it; then follows
    /// both files. A manifest that is missing or refused is logged and does not stop the program:
    /// the pages, and a later manifest, can still be served.
    ///
    /// # Errors
    /// When `site` is no folder, or the port cannot be had.
    pub async fn start(config: Config, site: Option<PathBuf>) -> Result<Self, StartError> {
        let mut sidecar = Sidecar::new(SidecarOptions {
            media_dir: config.media.clone(),
            clock: Arc::new(SystemClock),
        });
        sidecar.state.https_only = config.env == Environment::Production;
        if !config.media.is_dir() {
            tracing::warn!(folder = ?config.media, "the media folder does not exist; media answer 503");
        }
        let router = match site {
            Some(folder) => http::api_and_site(&sidecar.state, open_site(folder).await?),
            None => sidecar.router(),
        };
        let address = config.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| StartError::Listen { address, error })?;
        follow_manifest(&sidecar, config).await;
        Ok(Self {
            sidecar,
            router,
            listener,
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
        server::serve(self.listener, self.router, shutdown).await
    }
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

async fn open_site(folder: PathBuf) -> Result<Site, StartError> {
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

/// Why the program could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The folder of the site is none.
    Site(PathBuf),
    /// The port could not be opened.
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(folder) => write!(
                f,
                "--site {}: there is no such folder; `dateline build` makes it",
                folder.display()
            ),
            Self::Listen { address, error } => write!(
                f,
                "the setting `listen` (DATELINE_AUTH_LISTEN) is {address}, which cannot be used: {error}"
            ),
        }
    }
}

impl std::error::Error for StartError {}
