//! The current catalogue, which a newer manifest replaces, and the service's readiness.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Catalogue;
use dateline_contract::manifest::Manifest;

/// Whether the service can answer requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    /// It answers, but not from the newest manifest. Only the log states why: a reason may quote the manifest, and
    /// readiness is public.
    ManifestRefused,
    NoManifest,
    ShuttingDown,
}

/// The current catalogue, shared by its readers and writers. Clones are cheap and refer to the same catalogue.
#[derive(Clone, Debug, Default)]
pub struct CatalogueHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: RwLock<State>,
    shutting_down: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Arc<Catalogue>>,
    newer_refused: bool,
}

impl CatalogueHandle {
    /// Uses this manifest from the next request on. Requests in progress keep the former one.
    pub fn replace(&self, manifest: Manifest) {
        let catalogue = Arc::new(Catalogue::new(manifest));
        *self.write() = State {
            current: Some(catalogue),
            newer_refused: false,
        };
    }

    /// Keeps the current catalogue, and records that a newer manifest was rejected.
    pub(crate) fn refuse(&self) {
        self.write().newer_refused = true;
    }

    /// The current catalogue; `None` before the first manifest.
    pub(crate) fn current(&self) -> Option<Arc<Catalogue>> {
        self.read().current.clone()
    }

    /// Makes the service unready, so that a load balancer stops sending requests.
    pub(crate) fn shut_down(&self) {
        self.0.shutting_down.store(true, Ordering::Relaxed);
    }

    pub(crate) fn readiness(&self) -> Readiness {
        if self.0.shutting_down.load(Ordering::Relaxed) {
            return Readiness::ShuttingDown;
        }
        let state = self.read();
        match (&state.current, state.newer_refused) {
            (None, _) => Readiness::NoManifest,
            (Some(_), true) => Readiness::ManifestRefused,
            (Some(_), false) => Readiness::Ready,
        }
    }

    // A panic under the lock cannot leave the state inconsistent: it is replaced as a whole.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
