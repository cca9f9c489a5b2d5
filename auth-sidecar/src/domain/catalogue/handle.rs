//! The catalogue in use, which a newer manifest replaces, and whether the service can answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Catalogue;
use dateline_contract::manifest::Manifest;

/// Whether the service can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    /// It answers, but not from the newest manifest. Why stands in the log alone: a reason may quote
    /// the manifest, and readiness is open to everybody.
    ManifestRefused,
    NoManifest,
    ShuttingDown,
}

/// The catalogue in use, shared by everything that reads or replaces it. Clones are cheap and all
/// refer to the same catalogue.
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
    /// Uses this manifest from the next request on. Answers that are under way end as they began.
    pub fn replace(&self, manifest: Manifest) {
        let catalogue = Arc::new(Catalogue::new(manifest));
        *self.write() = State {
            current: Some(catalogue),
            newer_refused: false,
        };
    }

    /// Keeps the catalogue in use, and says that a newer manifest was refused.
    pub(crate) fn refuse(&self) {
        self.write().newer_refused = true;
    }

    /// The catalogue in use; none before the first manifest.
    pub(crate) fn current(&self) -> Option<Arc<Catalogue>> {
        self.read().current.clone()
    }

    /// Makes the service unready, so that a balancer turns to another one.
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

    // A panic while the lock is held cannot leave the state half-written: it is replaced whole.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
