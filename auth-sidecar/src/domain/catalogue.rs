//! What may be asked for: the manifest's dossiers and renditions, and nothing else.
//!
//! Addresses are looked up by exact id and name and never become paths; the storage key comes from
//! the manifest. A dossier before its release answers as one that does not exist; after its end it is gone.

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
    /// By language.
    editions: BTreeMap<String, Edition>,
    renditions: BTreeMap<String, Arc<Rendition>>,
    /// The version that one accepts by downloading; empty where there are none.
    pub(crate) terms: String,
}

#[derive(Debug)]
struct Edition {
    page: Option<String>,
    title: Option<String>,
    release: Option<Timestamp>,
    expires: Option<Timestamp>,
}

/// Why there is nothing to be had under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There is no such thing, or not yet.
    Unknown,
    /// There was, until its last edition ended.
    Ended,
}

impl Dossier {
    /// Its page in this language, else in another: a path of the site. Only of editions that are out.
    pub(crate) fn page(&self, language: &str, now: Timestamp) -> Option<&str> {
        self.told(language, now, |edition| &edition.page)
    }

    /// Its title in this language, else in another. Only of editions that are out.
    pub(crate) fn title(&self, language: &str, now: Timestamp) -> Option<&str> {
        self.told(language, now, |edition| &edition.title)
    }

    fn told(
        &self,
        language: &str,
        now: Timestamp,
        text: fn(&Edition) -> &Option<String>,
    ) -> Option<&str> {
        let own = self.editions.get(language);
        own.into_iter()
            .chain(self.editions.values())
            .filter(|edition| edition.is_out(now))
            .find_map(|edition| text(edition).as_deref())
    }

    /// When the last of the editions that are out ends, if that is known.
    pub(crate) fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let out = self.editions.values().filter(|edition| edition.is_out(now));
        let ends: Option<Vec<Timestamp>> = out.map(|edition| edition.expires).collect();
        ends?.into_iter().max()
    }

    /// Files are out while any edition is.
    fn state(&self, now: Timestamp) -> Result<(), Absent> {
        let mut editions = self.editions.values();
        if self.editions.is_empty() {
            return Err(Absent::Unknown);
        }
        if editions.clone().any(|edition| edition.is_out(now)) {
            return Ok(());
        }
        match editions.all(|edition| edition.has_ended(now)) {
            true => Err(Absent::Ended),
            false => Err(Absent::Unknown),
        }
    }
}

impl Edition {
    /// None where a time cannot be read: what nobody can date is held back.
    fn of(entry: manifest::Edition) -> Option<Self> {
        let time = |text: Option<String>| text.map(|text| text.parse()).transpose();
        Some(Self {
            page: entry.page,
            title: entry.title,
            release: time(entry.release).ok()?,
            expires: time(entry.expires).ok()?,
        })
    }

    fn is_out(&self, now: Timestamp) -> bool {
        self.release.is_none_or(|at| at <= now) && !self.has_ended(now)
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
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

    /// The dossier that is out under exactly this id at `now`.
    pub(crate) fn dossier(&self, id: &str, now: Timestamp) -> Option<&Arc<Dossier>> {
        let dossier = self.media.get(id)?;
        dossier.state(now).ok().map(|()| dossier)
    }

    /// The rendition that is out under exactly this id and name at `now`, and its dossier.
    pub(crate) fn rendition(
        &self,
        id: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(Arc<Dossier>, Arc<Rendition>), Absent> {
        let dossier = self.media.get(id).ok_or(Absent::Unknown)?;
        let rendition = dossier.renditions.get(name).ok_or(Absent::Unknown)?;
        dossier.state(now)?;
        Ok((Arc::clone(dossier), Arc::clone(rendition)))
    }

    /// The rendition that is out, if its content still is this one: what a link leads to.
    pub(crate) fn content(
        &self,
        id: &str,
        name: &str,
        sha256: &str,
        now: Timestamp,
    ) -> Option<Arc<Rendition>> {
        let (_, rendition) = self.rendition(id, name, now).ok()?;
        (rendition.sha256 == sha256).then_some(rendition)
    }
}

fn dossier(entry: manifest::Dossier, terms: &BTreeMap<String, manifest::Terms>) -> Dossier {
    let renditions = entry.renditions.into_iter();
    let terms = entry.terms.and_then(|id| terms.get(&id));
    Dossier {
        terms: terms.map(|terms| terms.version.clone()).unwrap_or_default(),
        editions: entry
            .editions
            .into_iter()
            .filter_map(|(language, edition)| Some((language, Edition::of(edition)?)))
            .collect(),
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

    /// A dossier of these editions: language, release, end.
    fn catalogue(editions: &[(&str, Option<&str>, Option<&str>)]) -> Catalogue {
        let edition = |(language, release, expires): &(&str, Option<&str>, Option<&str>)| {
            let edition = manifest::Edition {
                page: Some(format!("/{language}/video/lisbon/")),
                title: Some(format!("Lisbon ({language})")),
                release: release.map(str::to_owned),
                expires: expires.map(str::to_owned),
            };
            ((*language).to_owned(), edition)
        };
        let dossier = manifest::Dossier {
            editions: editions.iter().map(edition).collect(),
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

    fn found(catalogue: &Catalogue, now: &str) -> Result<(), Absent> {
        catalogue
            .rendition("lisbon", "preview", at(now))
            .map(|_| ())
    }

    #[test]
    fn a_release_and_an_end_come_at_their_exact_seconds() {
        let from = Some("2025-01-27T18:00:00+01:00");
        let catalogue = catalogue(&[("en", from, Some("2025-01-28T18:00:00Z"))]);
        for (now, state) in [
            ("2025-01-27T16:59:59.999Z", Err(Absent::Unknown)),
            ("2025-01-27T17:00:00Z", Ok(())),
            ("2025-01-28T17:59:59.999Z", Ok(())),
            ("2025-01-28T18:00:00Z", Err(Absent::Ended)),
        ] {
            assert_eq!(found(&catalogue, now), state, "{now}");
        }
    }

    #[test]
    fn files_are_out_while_any_edition_is_and_texts_are_those_of_editions_that_are() {
        let catalogue = catalogue(&[
            (
                "ar",
                Some("2025-03-01T00:00:00Z"),
                Some("2025-04-01T00:00:00Z"),
            ),
            ("en", None, Some("2025-02-01T00:00:00Z")),
            (
                "fr",
                Some("2025-01-10T00:00:00Z"),
                Some("2025-01-20T00:00:00Z"),
            ),
        ]);
        let told = |language, now: &str| {
            let now = at(now);
            let dossier = catalogue.dossier("lisbon", now)?;
            let title = dossier.title(language, now).unwrap().to_owned();
            assert!(title.contains(&dossier.page(language, now).unwrap()[1..3]));
            Some((title, dossier.ends(now).map(|at| at.to_string())))
        };
        for (language, now, title, ends) in [
            (
                "en",
                "2025-01-01T00:00:00Z",
                "Lisbon (en)",
                "2025-02-01T00:00:00Z",
            ),
            (
                "fr",
                "2025-01-09T23:59:59Z",
                "Lisbon (en)",
                "2025-02-01T00:00:00Z",
            ),
            (
                "fr",
                "2025-01-10T00:00:00Z",
                "Lisbon (fr)",
                "2025-02-01T00:00:00Z",
            ),
            (
                "fr",
                "2025-01-20T00:00:00Z",
                "Lisbon (en)",
                "2025-02-01T00:00:00Z",
            ),
            (
                "en",
                "2025-03-01T00:00:00Z",
                "Lisbon (ar)",
                "2025-04-01T00:00:00Z",
            ),
        ] {
            let expected = (title.to_owned(), Some(ends.to_owned()));
            assert_eq!(told(language, now), Some(expected), "{language} {now}");
        }
        // Between two editions nothing is out, and something is to come.
        assert_eq!(
            found(&catalogue, "2025-02-15T00:00:00Z"),
            Err(Absent::Unknown)
        );
        assert_eq!(
            found(&catalogue, "2025-04-01T00:00:00Z"),
            Err(Absent::Ended)
        );
    }

    #[test]
    fn an_edition_without_an_end_keeps_the_files() {
        let catalogue = catalogue(&[
            ("en", None, None),
            ("fr", None, Some("2025-01-20T00:00:00Z")),
        ]);
        assert_eq!(found(&catalogue, "2025-01-21T00:00:00Z"), Ok(()));
        let dossier = catalogue.dossier("lisbon", at("2025-01-01T00:00:00Z"));
        assert_eq!(dossier.unwrap().ends(at("2025-01-01T00:00:00Z")), None);
    }

    #[test]
    fn what_nobody_can_date_is_held_back() {
        for (release, expires) in [(Some("soon"), None), (None, Some("later"))] {
            let catalogue = catalogue(&[("en", release, expires)]);
            let never = catalogue.rendition("lisbon", "preview", Timestamp::MAX);
            assert_eq!(never.unwrap_err(), Absent::Unknown);
        }
        let none = catalogue(&[]);
        assert_eq!(found(&none, "2025-01-01T00:00:00Z"), Err(Absent::Unknown));
    }

    #[test]
    fn only_exact_names_exist() {
        let catalogue = catalogue(&[("en", None, None)]);
        let asked = |id, name| {
            let found = catalogue.rendition(id, name, Timestamp::UNIX_EPOCH);
            found.is_ok()
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
