//! What may be asked for: the manifest's dossiers and renditions, and nothing else.
//!
//! Addresses are looked up by exact id and name and never become paths; the storage key comes from
//! the manifest. A dossier before its release answers as one that does not exist.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::manifest::{self, Manifest, PasswordPolicy, ProblemText, Wording};

/// One file that exists at the moment of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendition {
    pub(crate) key: String,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    /// 64 hexadecimal digits.
    pub(crate) sha256: String,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) gated: bool,
}

/// A dossier that may be asked for.
#[derive(Debug)]
pub(crate) struct Dossier {
    release: Release,
    renditions: BTreeMap<String, Arc<Rendition>>,
    /// By language.
    pages: BTreeMap<String, String>,
    title: BTreeMap<String, String>,
    /// The version that one accepts by downloading; empty where there are none.
    pub(crate) terms: String,
}

impl Dossier {
    /// Its page in this language, else in another: a path of the site.
    pub(crate) fn page(&self, language: &str) -> Option<&str> {
        of_language(&self.pages, language)
    }

    /// Its title in this language, else in another.
    pub(crate) fn title(&self, language: &str) -> Option<&str> {
        of_language(&self.title, language)
    }
}

fn of_language<'t>(texts: &'t BTreeMap<String, String>, language: &str) -> Option<&'t str> {
    let text = texts.get(language).or_else(|| texts.values().next());
    text.map(String::as_str)
}

#[derive(Clone, Copy, Debug)]
enum Release {
    Always,
    From(Timestamp),
    /// A time that cannot be read: an embargo that nobody can date must hold.
    Never,
}

impl Release {
    fn parse(text: Option<&str>) -> Self {
        match text.map(str::parse) {
            None => Self::Always,
            Some(Ok(at)) => Self::From(at),
            Some(Err(_)) => Self::Never,
        }
    }

    fn has_come(self, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::From(at) => at <= now,
            Self::Never => false,
        }
    }
}

/// The manifest, prepared for lookups.
#[derive(Debug)]
pub(crate) struct Catalogue {
    media: BTreeMap<String, Arc<Dossier>>,
    facts: Facts,
}

/// What the manifest says of the site itself.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) base_url: String,
    pub(crate) default_language: String,
    pub(crate) languages: Vec<String>,
    pub(crate) name: BTreeMap<String, String>,
    pub(crate) time_zone: TimeZone,
    pub(crate) password_policy: PasswordPolicy,
    pub(crate) newsletter: BTreeMap<String, Wording>,
    pub(crate) problems: BTreeMap<String, BTreeMap<String, ProblemText>>,
}

impl Catalogue {
    fn new(manifest: Manifest) -> Self {
        let media = manifest.media.into_iter();
        let terms = manifest.terms;
        Self {
            media: media
                .map(|(id, entry)| (id, Arc::new(dossier(entry, &terms))))
                .collect(),
            facts: Facts {
                base_url: manifest.base_url,
                default_language: manifest.default_language,
                languages: manifest.languages,
                name: manifest.name,
                time_zone: TimeZone::get(&manifest.time_zone).unwrap_or(TimeZone::UTC),
                password_policy: manifest.password_policy,
                newsletter: manifest.newsletter,
                problems: manifest.problems,
            },
        }
    }

    /// What the manifest says of the site itself.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The dossier that exists under exactly this id at `now`.
    pub(crate) fn dossier(&self, id: &str, now: Timestamp) -> Option<&Arc<Dossier>> {
        let dossier = self.media.get(id)?;
        dossier.release.has_come(now).then_some(dossier)
    }

    /// The rendition that exists under exactly this id and name at `now`, and its dossier.
    pub(crate) fn rendition(
        &self,
        id: &str,
        name: &str,
        now: Timestamp,
    ) -> Option<(Arc<Dossier>, Arc<Rendition>)> {
        let dossier = self.dossier(id, now)?;
        let rendition = dossier.renditions.get(name)?;
        Some((Arc::clone(dossier), Arc::clone(rendition)))
    }
}

fn dossier(entry: manifest::Dossier, terms: &BTreeMap<String, manifest::Terms>) -> Dossier {
    let renditions = entry.renditions.into_iter();
    let terms = entry.terms.and_then(|id| terms.get(&id));
    Dossier {
        terms: terms.map(|terms| terms.version.clone()).unwrap_or_default(),
        pages: entry.pages,
        title: entry.title,
        release: Release::parse(entry.release.as_deref()),
        renditions: renditions
            .map(|(name, entry)| (name, Arc::new(rendition(entry))))
            .collect(),
    }
}

fn rendition(entry: manifest::Rendition) -> Rendition {
    Rendition {
        modified: entry.modified.parse().ok(),
        key: entry.key,
        file_name: entry.file_name,
        content_type: entry.content_type,
        size: entry.size,
        sha256: entry.sha256,
        gated: entry.gated,
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(release: Option<&str>) -> Catalogue {
        let dossier = manifest::Dossier {
            release: release.map(str::to_owned),
            renditions: [("preview".to_owned(), manifest::Rendition::default())].into(),
            ..manifest::Dossier::default()
        };
        Catalogue::new(Manifest {
            media: [("lisbon".to_owned(), dossier)].into(),
            ..Manifest::default()
        })
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_release_comes_at_its_exact_second() {
        let catalogue = catalogue(Some("2025-01-27T18:00:00+01:00"));
        let asked = |now| catalogue.rendition("lisbon", "preview", at(now)).is_some();
        assert!(!asked("2025-01-27T16:59:59.999Z"));
        assert!(asked("2025-01-27T17:00:00Z"));
    }

    #[test]
    fn an_unreadable_release_never_comes() {
        let catalogue = catalogue(Some("soon"));
        assert!(
            catalogue
                .rendition("lisbon", "preview", Timestamp::MAX)
                .is_none()
        );
    }

    #[test]
    fn only_exact_names_exist() {
        let catalogue = catalogue(None);
        let asked = |id, name| {
            catalogue
                .rendition(id, name, Timestamp::UNIX_EPOCH)
                .is_some()
        };
        assert!(asked("lisbon", "preview"));
        for (id, name) in [
            ("Lisbon", "preview"),
            ("lisbon", ""),
            ("", ""),
            ("lisbon/", "preview"),
        ] {
            assert!(!asked(id, name), "{id} {name}");
        }
    }

    #[test]
    fn readiness_follows_what_was_read() {
        let handle = CatalogueHandle::default();
        assert_eq!(handle.readiness(), Readiness::NoManifest);
        handle.refuse();
        assert_eq!(handle.readiness(), Readiness::NoManifest);
        handle.replace(Manifest::default());
        assert_eq!(handle.readiness(), Readiness::Ready);
        handle.refuse();
        assert_eq!(handle.readiness(), Readiness::ManifestRefused);
        handle.replace(Manifest::default());
        assert_eq!(handle.readiness(), Readiness::Ready);
        handle.shut_down();
        assert_eq!(handle.readiness(), Readiness::ShuttingDown);
    }
}
