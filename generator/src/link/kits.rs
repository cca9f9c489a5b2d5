//! Press kits: which documents have one, and which pictures are in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{EditionId, Editions, Resolver, Structure, pictures};
use crate::{
    base::attachment::{self, Kind},
    config::{Config, pictures::Download},
    discover::Role,
};

/// The press kit of a document: one in all its languages, at the address of its first edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kit {
    /// The published editions, in the order of languages.
    pub editions: Vec<EditionId>,
    /// The pictures that anyone may download, by path from the root, in the order in which editions show them.
    pub pictures: Vec<String>,
}

impl Kit {
    /// `/en/news/2025/01/27/visit/` → `/en/news/2025/01/27/visit/visit-press-kit.zip`: a name that still says what it
    /// is among a reader's downloads.
    pub fn address(of_edition: &str) -> String {
        format!("{of_edition}{}-press-kit.zip", Self::folder(of_edition))
    }

    /// The folder in it, which is what the archive is about: `visit`.
    pub fn folder(of_edition: &str) -> &str {
        let address = of_edition.trim_end_matches('/');
        address.rsplit('/').next().unwrap_or(address)
    }
}

/// By first edition.
pub(super) type Kits = BTreeMap<EditionId, Kit>;

impl Structure {
    /// The press kit of an edition's document, and the first edition of that.
    pub fn kit(&self, translations: &[EditionId]) -> Option<(EditionId, &Kit)> {
        let first = translations.first()?;
        Some((*first, self.kits.get(first)?))
    }
}

/// The press kits of a site.
pub(super) fn of_site(config: &Config, editions: &Editions, resolver: &Resolver) -> Kits {
    let mut shown: BTreeMap<EditionId, Vec<String>> = BTreeMap::new();
    let mut downloads: BTreeMap<String, Download> = BTreeMap::new();
    for edition in editions.iter() {
        for (href, _, _, said) in pictures::shown_by(edition) {
            let Some(path) = pictures::path(resolver, &edition.source.path, href) else {
                continue;
            };
            // What one document keeps from readers, no kit of another one gives them.
            if let Some(download) = said.download {
                let strictest = downloads.entry(path.clone()).or_default();
                *strictest = download.max(*strictest);
            }
            if let Some(first) = edition.translations.first() {
                shown.entry(*first).or_default().push(path);
            }
        }
    }
    let is_public = |path: &String| {
        let download = downloads.get(path).unwrap_or(&config.pictures.download);
        *download == Download::Public
    };
    let wants = |id: EditionId| {
        let edition = &editions[id];
        let says = edition.meta.press_kit.or(config.pictures.press_kit);
        edition.source.role != Role::Page && says != Some(false)
    };
    let kit = |(first, all): (EditionId, Vec<String>)| {
        let translations = &editions[first].translations;
        let mut seen = BTreeSet::new();
        let pictures = all.into_iter().filter(|path| {
            let kind = attachment::kind(path);
            let is_picture = matches!(kind, Some(Kind::Picture | Kind::Svg));
            is_picture && is_public(path) && seen.insert(path.clone())
        });
        let kit = Kit {
            pictures: pictures.collect(),
            editions: translations.clone(),
        };
        let there = !kit.pictures.is_empty() && translations.iter().all(|id| wants(*id));
        there.then_some((first, kit))
    };
    shown.into_iter().filter_map(kit).collect()
}

/// Those of a site without some of its editions.
pub(super) fn only(kits: &Kits, out: &impl Fn(&EditionId) -> bool) -> Kits {
    let left = kits.values().filter_map(|kit| {
        let editions = kit.editions.iter().copied().filter(out);
        let kit = Kit {
            editions: editions.collect(),
            pictures: kit.pictures.clone(),
        };
        Some((*kit.editions.first()?, kit))
    });
    left.collect()
}
