//! Stories with pictures for readers with an account: what the sidecar must know of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CatalogueEdition, Edition, Site, lives::State, resolve::Target};
use crate::{
    base::path,
    config::{Config, pictures::Download},
    parse::Said,
};

/// A story with such pictures, or one at its end that had some.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Story {
    /// By language: published, or at their end.
    pub editions: BTreeMap<String, CatalogueEdition>,
    /// When it changed last.
    pub changed: Option<Timestamp>,
    /// Paths of the pictures, from the root.
    pub pictures: BTreeSet<String>,
}

/// The id of a document's pictures in addresses: `news.2025.01.27.visit`. Its editions share it, and no dossier has it,
/// whose ids have no dots.
pub fn story_id(edition: &Edition) -> String {
    let stem = edition.source.stem();
    stem.strip_prefix("content/")
        .unwrap_or(stem)
        .replace('/', ".")
}

/// By id. `downloads` is what documents say of pictures by their paths.
pub(super) fn stories(
    config: &Config,
    site: &Site,
    downloads: &BTreeMap<String, Download>,
    held: &[(Edition, State)],
) -> BTreeMap<String, Story> {
    let mut stories: BTreeMap<String, Story> = BTreeMap::new();
    let default = config.pictures.download;
    let lang = |edition: &Edition| config.languages[edition.source.lang].lang.code().to_owned();
    for edition in site.editions.iter() {
        let paths = pictures(edition).filter_map(|(href, _)| {
            match site.resolver.file(&edition.source.path, href)? {
                Target::File(path) => Some(path),
                _ => None,
            }
        });
        let gated = |path: &String| *downloads.get(path).unwrap_or(&default) == Download::Account;
        let paths: Vec<String> = paths.filter(gated).collect();
        if paths.is_empty() {
            continue;
        }
        let story = stories.entry(story_id(edition)).or_default();
        story.pictures.extend(paths);
        story.changed = story.changed.max(edition.changed().map(|date| date.at));
        let page = (path::encode(&edition.address), edition.meta.title.clone());
        story.editions.insert(
            lang(edition),
            CatalogueEdition {
                page: Some(page),
                release: None,
                expires: edition.meta.expires.map(|e| e.at),
            },
        );
    }
    for (edition, _) in held.iter().filter(|(_, state)| *state == State::Expired) {
        let gated = |said: &Said| said.download.unwrap_or(default) == Download::Account;
        if pictures(edition).any(|(_, said)| gated(said)) {
            let story = stories.entry(story_id(edition)).or_default();
            let ended = || CatalogueEdition {
                page: None,
                release: None,
                expires: edition.meta.expires.map(|e| e.at),
            };
            story.editions.entry(lang(edition)).or_insert_with(ended);
        }
    }
    stories
}

/// The pictures that a document offers, as it writes them.
fn pictures(edition: &Edition) -> impl Iterator<Item = (&str, &Said)> {
    let main = edition.meta.image.iter();
    let main = main.map(|image| (image.src.value.as_str(), &image.said));
    let body = edition.body.pictures.iter();
    main.chain(body.map(|picture| (&*picture.src, &picture.said)))
}
