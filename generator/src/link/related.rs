//! Related articles: those the editor names, then those that share terms.

use super::{Edition, EditionId, Structure};
use crate::{
    base::{hash::Map, index::Indexed},
    config::TaxonomyId,
};

/// How many are added by shared terms.
const BY_TERMS: usize = 4;

/// How far back a term is searched, in articles.
const REACH: usize = 100;

/// The articles related to `edition`, whose id is `id`. Only earlier ones are found by terms, and a term's weight counts only
/// earlier articles too, so that what is published later never changes a page.
pub fn related(site: &Structure, id: EditionId, edition: &Edition) -> Vec<EditionId> {
    let lang = edition.source.lang;
    let mut out: Vec<EditionId> = Vec::new();
    for named in &edition.meta.related {
        if let Some(target) = site
            .resolver
            .edition(&edition.source.path, lang, &named.value)
            && target != id
            && !out.contains(&target)
        {
            out.push(target);
        }
    }
    let mut scores: Map<EditionId, f64> = Map::default();
    for (taxonomy, terms) in edition.terms.iter().indexed::<TaxonomyId>() {
        for term in terms {
            let Some(items) = site.langs[lang].terms[taxonomy].get(term) else {
                continue;
            };
            // Lists are in order of editions, which is that of date and path.
            let before = items.partition_point(|other| *other < id);
            let weight = 1.0 / (1.0 + before as f64).sqrt();
            for other in &items[before.saturating_sub(REACH)..before] {
                *scores.entry(*other).or_default() += weight;
            }
        }
    }
    let mut ranked: Vec<(EditionId, f64)> = scores
        .into_iter()
        .filter(|(other, _)| !out.contains(other))
        .collect();
    let newer_first = |a: &(EditionId, f64), b: &(EditionId, f64)| {
        b.1.total_cmp(&a.1)
            .then_with(|| site.ranks[b.0].cmp(&site.ranks[a.0]))
            .then(a.0.cmp(&b.0))
    };
    if ranked.len() > BY_TERMS {
        ranked.select_nth_unstable_by(BY_TERMS, newer_first);
        ranked.truncate(BY_TERMS);
    }
    ranked.sort_by(newer_first);
    out.extend(ranked.into_iter().map(|(other, _)| other));
    out
}
