//! What many pages say in the same words: links to terms, to taxonomies and to sections, each made once.

use std::sync::OnceLock;

use tera::Value;

use crate::{
    config::{Config, LangId, TaxonomyId},
    link::{SectionId, Site, TermId},
};

/// Values by language, made at their first use.
pub(super) struct Links {
    langs: Vec<OfLang>,
}

struct OfLang {
    taxonomies: Vec<OnceLock<Value>>,
    terms: Vec<Vec<OnceLock<Value>>>,
    sections: Vec<OnceLock<Value>>,
}

fn empty(count: usize) -> Vec<OnceLock<Value>> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

impl Links {
    /// Room for those of a site.
    pub fn new(config: &Config, site: &Site) -> Self {
        let langs = site.langs.iter().map(|here| OfLang {
            taxonomies: empty(config.taxonomies.len()),
            terms: site.terms.iter().map(|terms| empty(terms.len())).collect(),
            sections: empty(here.sections.len()),
        });
        Self {
            langs: langs.collect(),
        }
    }

    pub fn taxonomy(&self, lang: LangId, taxonomy: TaxonomyId) -> &OnceLock<Value> {
        &self.langs[lang].taxonomies[taxonomy]
    }

    pub fn term(&self, lang: LangId, taxonomy: TaxonomyId, term: TermId) -> &OnceLock<Value> {
        &self.langs[lang].terms[taxonomy][term]
    }

    pub fn section(&self, lang: LangId, section: SectionId) -> &OnceLock<Value> {
        &self.langs[lang].sections[section]
    }
}
