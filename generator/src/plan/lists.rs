//! The lists of a language: which there are, their addresses and their items.

use serde::{Deserialize, Serialize};

use crate::{
    base::index::Indexed,
    config::{Config, Kind, LangId, TaxonomyId},
    link::{Archive, ArchiveId, EditionId, LangSite, SectionId, Structure, TermId},
    theme::Theme,
};

/// Which list of a language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ListKey {
    /// By section.
    Section(SectionId),
    /// By kind.
    Kind(Kind),
    /// By taxonomy and term.
    Term(TaxonomyId, TermId),
    /// By section and period.
    Archive(SectionId, ArchiveId),
    /// All dossiers.
    Videos,
}

/// The address of a list.
pub fn list_address(site: &Structure, config: &Config, lang: LangId, key: ListKey) -> String {
    let code = config.languages[lang].lang.code();
    let section = |i: SectionId| &site.langs[lang].sections[i].0.name;
    match key {
        ListKey::Section(i) => format!("/{code}/{}/", section(i)),
        ListKey::Kind(kind) => format!("/{code}/kind/{}/", kind.name()),
        ListKey::Term(t, i) => format!(
            "/{code}/{}/{}/",
            config.taxonomies[t].name, site.terms[t][i].slug
        ),
        ListKey::Archive(s, i) => format!(
            "/{code}/{}/{}",
            section(s),
            site.langs[lang].archives[s][i].period.path()
        ),
        ListKey::Videos => format!("/{code}/video/"),
    }
}

/// The items of a list, oldest first.
pub fn list_items(site: &Structure, lang: LangId, key: ListKey) -> &[EditionId] {
    let lang = &site.langs[lang];
    match key {
        ListKey::Section(i) => &lang.sections[i].1,
        ListKey::Kind(kind) => lang.kinds.get(&kind).map_or(&[], Vec::as_slice),
        ListKey::Term(t, i) => lang.terms[t].get(&i).map_or(&[], Vec::as_slice),
        ListKey::Archive(s, i) => &lang.archives[s][i].items,
        ListKey::Videos => &lang.dossiers,
    }
}

/// The list of `to` that means the same as one of `from`, if it is there.
pub fn same_list(from: &LangSite, to: &LangSite, key: ListKey) -> Option<ListKey> {
    let section = |i: SectionId| {
        let name = &from.sections[i].0.name;
        let same = to.sections.iter().position(|(s, _)| s.name == *name);
        same.map(SectionId::from)
    };
    match key {
        ListKey::Section(i) => section(i).map(ListKey::Section),
        ListKey::Kind(kind) => to.kinds.contains_key(&kind).then_some(key),
        ListKey::Term(t, i) => to.terms[t].contains_key(&i).then_some(key),
        ListKey::Videos => (!to.dossiers.is_empty()).then_some(key),
        ListKey::Archive(s, i) => {
            let (period, other) = (from.archives[s][i].period, section(s)?);
            let same = Archive::find(&to.archives[other], period)?;
            Some(ListKey::Archive(other, same))
        }
    }
}

/// Whether a language has a list of dossiers.
pub fn has_videos(site: &Structure, theme: &Theme, lang: LangId) -> bool {
    theme.has("list.html") && theme.has("video.html") && !site.langs[lang].dossiers.is_empty()
}

/// All lists of a language for which the theme has a template.
pub fn lists(site: &Structure, theme: &Theme, lang: LangId) -> Vec<ListKey> {
    let here = &site.langs[lang];
    let mut keys = Vec::new();
    if theme.has("list.html") {
        keys.extend((0..here.sections.len()).map(|i| ListKey::Section(i.into())));
        keys.extend(here.kinds.keys().copied().map(ListKey::Kind));
        for (t, terms) in here.terms.iter().indexed() {
            keys.extend(terms.keys().map(|i| ListKey::Term(t, *i)));
        }
        if has_videos(site, theme, lang) {
            keys.push(ListKey::Videos);
        }
    }
    if theme.has("archive.html") {
        for (s, archives) in here.archives.iter().indexed() {
            keys.extend((0..archives.len()).map(|i| ListKey::Archive(s, i.into())));
        }
    }
    keys
}
