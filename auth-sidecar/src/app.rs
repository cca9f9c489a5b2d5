//! The composition root: the only place that names concrete parts.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;

pub use crate::domain::catalogue::CatalogueHandle;
use crate::domain::clock::Clock;
use crate::http::{self, AppState};

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
    /// A sidecar with an empty catalogue: until a manifest is given, no media exist and `/readyz` is 503.
    #[must_use]
    pub fn new(options: SidecarOptions) -> Self {
        Self {
            state: AppState {
                catalogue: CatalogueHandle::default(),
                clock: options.clock,
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
    #[must_use]
    pub fn router(&self) -> Router {
        http::routes(self.state.clone())
    }
}
