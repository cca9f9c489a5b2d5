//! The catalogue of media: the manifest's dossiers and stories with their files, and nothing else.
//!
//! Lookups use the exact ID and name, which never become paths; the storage key comes from the manifest. An
//! unreleased dossier answers like an unknown one; an expired one answers 410.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use dateline_contract::manifest::{self, Manifest, PICTURES};

mod handle;

pub use self::handle::CatalogueHandle;
pub(crate) use self::handle::Readiness;

/// A file that is available at the time of the lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendition {
    entry: manifest::Rendition,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) place: Place,
}

/// Where a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the media storage.
    Media,
    /// Beside the manifest.
    Build,
}

impl Deref for Rendition {
    type Target = manifest::Rendition;

    fn deref(&self) -> &manifest::Rendition {
        &self.entry
    }
}

/// A dossier, or a story with pictures.
#[derive(Debug)]
pub(crate) struct Dossier {
    /// By language.
    editions: BTreeMap<String, Edition>,
    renditions: BTreeMap<String, Arc<Rendition>>,
    /// The version that a download accepts; empty without terms.
    pub(crate) terms: String,
}

#[derive(Debug)]
struct Edition {
    page: Option<String>,
    title: Option<String>,
    release: Option<Timestamp>,
    expires: Option<Timestamp>,
}

/// Why a lookup found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It does not exist, or is not released yet.
    Unknown,
    /// Its last edition has expired.
    Ended,
}

impl Dossier {
    /// The path of its page in this language, else in another. Only released editions count.
    pub(crate) fn page(&self, language: &str, now: Timestamp) -> Option<&str> {
        self.localized(language, now, |edition| &edition.page)
    }

    /// Its title in this language, else in another. Only released editions count.
    pub(crate) fn title(&self, language: &str, now: Timestamp) -> Option<&str> {
        self.localized(language, now, |edition| &edition.title)
    }

    fn localized(
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

    /// When the last released edition expires, if known.
    pub(crate) fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let out = self.editions.values().filter(|edition| edition.is_out(now));
        let ends: Option<Vec<Timestamp>> = out.map(|edition| edition.expires).collect();
        ends?.into_iter().max()
    }

    /// Files are available while any edition is.
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
    /// `None` if a time cannot be parsed: such an edition is never released.
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

/// The manifest's facts about the site itself.
#[derive(Debug)]
pub(crate) struct Facts {
    manifest: Manifest,
    pub(crate) time_zone: TimeZone,
}

impl Deref for Facts {
    type Target = Manifest;

    fn deref(&self) -> &Manifest {
        &self.manifest
    }
}

impl Catalogue {
    fn new(mut manifest: Manifest) -> Self {
        let media = std::mem::take(&mut manifest.media);
        let pictures = std::mem::take(&mut manifest.pictures);
        let all = [(Place::Media, media), (Place::Build, pictures)];
        let all = all.into_iter().flat_map(|(place, entries)| {
            entries
                .into_iter()
                .map(move |(id, entry)| (place, id, entry))
        });
        Self {
            media: all
                .map(|(place, id, entry)| (id, Arc::new(dossier(place, entry, &manifest.terms))))
                .collect(),
            facts: Facts {
                time_zone: TimeZone::get(&manifest.time_zone).unwrap_or(TimeZone::UTC),
                manifest,
            },
        }
    }

    /// The manifest's facts about the site itself.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The dossier with exactly this ID that is available at `now`.
    pub(crate) fn dossier(&self, id: &str, now: Timestamp) -> Option<&Arc<Dossier>> {
        let dossier = self.media.get(id)?;
        dossier.state(now).ok().map(|()| dossier)
    }

    /// The rendition with exactly this ID and name that is available at `now`, and its dossier.
    pub(crate) fn rendition(
        &self,
        id: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(Arc<Dossier>, Arc<Rendition>), Absent> {
        let dossier = self.media.get(id).ok_or(Absent::Unknown)?;
        let Some(rendition) = dossier.renditions.get(name) else {
            // A story at its end names no files.
            let ended = dossier.state(now) == Err(Absent::Ended) && dossier.renditions.is_empty();
            return Err(if ended {
                Absent::Ended
            } else {
                Absent::Unknown
            });
        };
        dossier.state(now)?;
        Ok((Arc::clone(dossier), Arc::clone(rendition)))
    }

    /// The key of some file in a place that is available at `now`.
    pub(crate) fn any_key(&self, place: Place, now: Timestamp) -> Option<String> {
        let out = self.media.values().filter(|one| one.state(now).is_ok());
        let mut files = out.flat_map(|dossier| dossier.renditions.values());
        let found = files.find(|file| file.place == place)?;
        Some(found.key.clone())
    }

    /// The available rendition if its content is still this one, as a link requires.
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

fn dossier(
    place: Place,
    entry: manifest::Dossier,
    terms: &BTreeMap<String, manifest::Terms>,
) -> Dossier {
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
            .map(|(name, entry)| (name, Arc::new(rendition(place, entry))))
            .collect(),
    }
}

fn rendition(place: Place, mut entry: manifest::Rendition) -> Rendition {
    if place == Place::Build {
        entry.key = format!("{PICTURES}/{}", entry.key);
    }
    Rendition {
        modified: entry.modified.parse().ok(),
        entry,
        place,
    }
}

#[cfg(test)]
mod tests;
