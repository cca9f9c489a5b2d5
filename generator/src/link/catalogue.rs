//! The media catalogue: what the sidecar must know of dossiers.

use std::collections::BTreeMap;

use super::{CatalogueEdition, CatalogueEntry, Edition, lives::State};
use crate::{base::path, config::Config, discover::Role};

/// Published dossiers, embargoed ones with their time, and of expired ones that
/// they were there, so that their files answer 410.
pub(super) fn catalogue<'a>(
    config: &Config,
    published: impl Iterator<Item = &'a Edition>,
    held: &'a [(Edition, State)],
) -> Vec<CatalogueEntry> {
    let waiting = held.iter().filter_map(|(e, state)| match state {
        State::Held(release) => Some((e, Some(*release))),
        _ => None,
    });
    let ended = held.iter().filter(|(_, state)| *state == State::Expired);
    let shown = published.map(|e| (e, None)).chain(waiting);
    let shown = shown.map(|(e, release)| (e, release, Some(&e.meta.title)));
    let ended = ended.map(|(e, _)| (e, None, None));
    let mut by_id: BTreeMap<&str, CatalogueEntry> = BTreeMap::new();
    // In this order, so that a published dossier precedes an expired one with the same id.
    for (edition, release, title) in shown.chain(ended) {
        if edition.source.role != Role::Dossier {
            continue;
        }
        let entry = by_id
            .entry(&edition.slug)
            .or_insert_with(|| CatalogueEntry {
                id: edition.slug.clone(),
                meta: edition.meta.clone(),
                editions: BTreeMap::new(),
            });
        let lang = config.languages[edition.source.lang].lang.code().to_owned();
        entry
            .editions
            .entry(lang)
            .or_insert_with(|| CatalogueEdition {
                page: title.map(|title| (path::encode(&edition.address), title.clone())),
                release,
                expires: edition.meta.expires.map(|e| e.at),
            });
    }
    by_id.into_values().collect()
}
