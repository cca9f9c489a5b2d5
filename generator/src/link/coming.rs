//! Scheduled documents: the site with all of them, and the site as it will be at a moment.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Edition, EditionId, Life, Maker, Site, Structure, TermsFile, editions, kits, lists,
    lives::State,
};
use crate::{
    base::{hash::Map, index::Indexed},
    config::Config,
    discover::Sources,
};

/// Scheduled documents, and what is needed to link them.
#[derive(Default)]
pub struct Coming {
    /// Complete editions that are held back.
    pub editions: Vec<Edition>,
    pub(super) terms: TermsFile,
    pub(super) states: Map<Arc<str>, (State, Life)>,
}

impl Coming {
    /// The site with everything scheduled published and nothing expired, if anything is scheduled.
    pub fn together(&self, config: &Config, sources: &Sources, published: &Site) -> Option<Site> {
        if self.editions.is_empty() {
            return None;
        }
        let mut all = self.editions.clone();
        all.extend(published.editions.iter().cloned());
        editions::sort(&mut all);
        let maker = Maker {
            config,
            sources,
            terms: &self.terms,
            states: &self.states,
        };
        // What is wrong with terms does not depend on the time, and is reported for today's site.
        Some(maker.site(all, &[], &mut Vec::new()))
    }
}

impl Site {
    /// What is published of this site at a moment. Editions keep their ids.
    pub fn at(&self, moment: Timestamp) -> Self {
        let there = self.editions.iter().map(|e| e.life().holds(moment));
        let there: Vec<bool> = there.collect();
        let out = |id: &EditionId| there[*id];
        let fewer = |(id, edition): (EditionId, &Edition)| {
            let gone = |id: &EditionId| !out(id);
            edition.translations.iter().any(gone).then(|| {
                let mut edition = edition.clone();
                edition.translations.retain(out);
                (id, edition)
            })
        };
        let fewer: Vec<_> = self.editions.iter().indexed().filter_map(fewer).collect();
        let editions = self.editions.with(fewer);
        let resolver = self.resolver.only(&out);
        let langs = self.langs.iter().map(|here| here.only(&out));
        let mut langs: Vec<_> = langs.collect();
        let dossiers = self.langs.iter().flat_map(|here| &here.dossiers);
        if !{ dossiers }.all(out) {
            // Another edition of a dossier may stand in for the one that is not there.
            lists::shown_in(&mut langs, &editions, &resolver);
        }
        let structure = Structure {
            langs,
            terms: self.terms.clone(),
            ranks: self.ranks.clone(),
            kits: kits::only(&self.kits, &out),
            resolver,
            ..Structure::default()
        };
        Self {
            editions,
            structure: Arc::new(structure),
        }
    }
}
