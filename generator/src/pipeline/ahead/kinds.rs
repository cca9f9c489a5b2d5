//! The kind of a page: how many documents each of its parts holds, counted up to a few.
//!
//! Most changes at a moment are of a known kind: a list has one story less. A template may fail where something is
//! empty or missing for the first time, and that is a page of a new kind.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    base::{hash::Map, index::Indexed},
    config::{Config, FILE, LangId},
    discover::Role,
    link::{Archive, Edition, EditionId, LangSite, Life, Pages, Period, Site},
    parse::LinkKind,
    plan::{self, ListKey},
};

/// Documents in one part of a page are counted up to this many.
const COUNTED: usize = 4;

/// A sort of page, its language, and the counts of its parts.
pub(super) type Kind = (Sort, LangId, Vec<usize>);

/// A sort of page, with what is made apart of it: each section, each depth of archives.
pub(super) type Sort = (&'static str, usize);

/// What has a page, or a sitemap, of its own for the documents in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Listing {
    List(ListKey),
    /// The sitemap of a year.
    Year(i16),
}

/// The sort of a list.
pub(super) fn sort(here: &LangSite, key: ListKey) -> Sort {
    match key {
        ListKey::Section(section) => ("section", section.into()),
        ListKey::Kind(kind) => ("kind", kind as usize),
        ListKey::Term(taxonomy, _) => ("term", taxonomy.into()),
        ListKey::Archive(section, at) => {
            let period = here.archives[section][at].period;
            let above = std::iter::successors(period.above(), |period| period.above());
            ("archive", above.count())
        }
        ListKey::Videos => ("videos", 0),
    }
}

/// What a document shows of others: of each the editions of which one is shown.
pub(super) struct Shown {
    related: Vec<Vec<EditionId>>,
    media: Vec<Vec<EditionId>>,
    in_body: Vec<Vec<EditionId>>,
}

impl Shown {
    pub fn by(site: &Site, id: EditionId) -> Self {
        let edition = &site.editions[id];
        let (path, lang) = (&edition.source.path, edition.source.lang);
        let related = edition.meta.related.iter();
        let related = related.map(|r| site.resolver.editions(path, lang, &r.value));
        let dossier = |name: &str| {
            let some = site.dossier(name, lang)?;
            Some(site.editions[some].translations.clone())
        };
        let links = edition.body.links.iter();
        let in_body = links.filter(|l| l.kind == LinkKind::Dossier);
        let media = edition.meta.media.iter();
        Self {
            related: related.filter(|others| !others.contains(&id)).collect(),
            media: media.filter_map(|m| dossier(&m.value)).collect(),
            in_body: in_body.filter_map(|l| dossier(&l.href)).collect(),
        }
    }

    /// In all languages.
    pub fn editions(self, site: &Site) -> impl Iterator<Item = EditionId> {
        let all = [self.related, self.media, self.in_body];
        let editions = |id: EditionId| site.editions[id].translations.iter().copied();
        all.into_iter().flatten().flatten().flat_map(editions)
    }
}

/// Which documents show those that are `moving`.
pub(super) fn shown_by(
    site: &Site,
    moving: &BTreeSet<EditionId>,
) -> BTreeMap<EditionId, BTreeSet<EditionId>> {
    let pairs = |id: EditionId| {
        let shown = Shown::by(site, id).editions(site);
        let moving = shown.filter(|other| moving.contains(other));
        moving.map(move |other| (other, id))
    };
    let all = (0..site.editions.len())
        .into_par_iter()
        .map(EditionId::from);
    let pairs: Vec<_> = all.flat_map_iter(pairs).collect();
    let mut shown_by: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (shown, by) in pairs {
        shown_by.entry(shown).or_default().insert(by);
    }
    shown_by
}

/// The site with everything scheduled published and nothing expired, over time.
pub(super) struct Future<'a> {
    pub config: &'a Config,
    pub site: &'a Site,
    pub now: Timestamp,
    /// By edition.
    pub lives: Vec<Life>,
    /// By language, documents that have former addresses.
    pub former: Vec<Vec<EditionId>>,
    /// How many documents of a listing are out.
    pub counts: Map<(LangId, Listing), usize>,
}

impl<'a> Future<'a> {
    pub fn edition(&self, id: EditionId) -> (&'a Edition, &'a LangSite) {
        let edition = &self.site.editions[id];
        (edition, &self.site.langs[edition.source.lang])
    }

    pub fn is_out(&self, at: Timestamp) -> impl Fn(&&EditionId) -> bool {
        move |id| self.lives[**id].holds(at)
    }

    /// The nearest documents before and after one in a list that are out.
    pub fn around(
        &self,
        items: &'a [EditionId],
        id: EditionId,
        at: Timestamp,
    ) -> [Option<&'a EditionId>; 2] {
        let place = items.partition_point(|other| *other < id);
        let (before, after) = items.split_at(place);
        let mut after = after.iter().filter(|other| **other != id);
        let before = before.iter().rev().find(self.is_out(at));
        [before, after.find(self.is_out(at))]
    }

    /// How many are out, up to a few. The newest are asked first: most of them are.
    fn few(&self, items: &[EditionId], at: Timestamp) -> usize {
        let out = items.iter().rev().filter(self.is_out(at));
        out.take(COUNTED).count()
    }

    /// Of how many references an edition is out.
    fn in_any(&self, of: impl Iterator<Item = Vec<EditionId>>, at: Timestamp) -> usize {
        let out = of.filter(|all| all.iter().any(|id| self.is_out(at)(&id)));
        out.take(COUNTED).count()
    }

    /// The documents of a listing.
    pub fn items(&self, lang: LangId, listing: Listing) -> &'a [EditionId] {
        match listing {
            Listing::List(key) => plan::list_items(self.site, lang, key),
            Listing::Year(year) => self.site.langs[lang].years.get(&year).map_or(&[], |y| y),
        }
    }

    /// The listings in which a document stands.
    pub fn listings(&self, id: EditionId) -> Vec<Listing> {
        let (edition, here) = self.edition(id);
        let year = edition.date.map(|date| Listing::Year(date.local().year()));
        let mut lists = Vec::new();
        match edition.source.role {
            Role::Page => return Vec::new(),
            Role::Dossier => lists.push(ListKey::Videos),
            Role::Article { .. } => {
                lists.push(ListKey::Kind(edition.kind));
                if let Some(section) = self.site.section_of(edition) {
                    lists.push(ListKey::Section(section));
                    let archives = &here.archives[section];
                    let periods = std::iter::successors(Period::of(edition), |p| p.above());
                    let places = periods.filter_map(|p| Archive::find(archives, p));
                    lists.extend(places.map(|at| ListKey::Archive(section, at)));
                }
                for (taxonomy, terms) in edition.terms.iter().indexed() {
                    lists.extend(terms.iter().map(|term| ListKey::Term(taxonomy, *term)));
                }
            }
        }
        lists.into_iter().map(Listing::List).chain(year).collect()
    }

    /// The same list in all languages.
    pub fn everywhere(&self, lang: LangId, listing: Listing) -> Vec<(LangId, Listing)> {
        let Listing::List(key) = listing else {
            return vec![(lang, listing)];
        };
        let from = &self.site.langs[lang];
        let langs = self.site.langs.iter().indexed();
        let same = |(lang, to)| Some((lang, Listing::List(plan::same_list(from, to, key)?)));
        langs.filter_map(same).collect()
    }

    /// How many documents of a listing are out, after the moments that were counted.
    pub fn count(&self, lang: LangId, listing: Listing) -> usize {
        let known = self.counts.get(&(lang, listing)).copied();
        let items = || self.items(lang, listing).iter();
        known.unwrap_or_else(|| items().filter(self.is_out(self.now)).count())
    }

    /// The kind of what lists; none where nothing is in it, for then it is not there.
    pub fn listing(&self, lang: LangId, listing: Listing) -> Option<Kind> {
        let count = self.count(lang, listing);
        let sort = match listing {
            Listing::List(key) => sort(&self.site.langs[lang], key),
            Listing::Year(_) => ("year", 0),
        };
        let everywhere = self.everywhere(lang, listing).into_iter();
        let languages = everywhere.filter(|(lang, same)| self.count(*lang, *same) > 0);
        let numbered = Pages::of(count).numbered.min(COUNTED);
        let counts = vec![count.min(COUNTED), numbered, languages.count()];
        (count > 0).then_some((sort, lang, counts))
    }

    /// The kind of a document's page.
    pub fn document(&self, id: EditionId, at: Timestamp) -> Kind {
        let (edition, here) = self.edition(id);
        let sort = match edition.source.role {
            Role::Article { .. } => "article",
            Role::Page => "page",
            Role::Dossier => "video",
        };
        let shown = Shown::by(self.site, id);
        let section = self.site.section_of(edition);
        let section = section.map_or(&[][..], |at| &here.sections[at].1);
        let [previous, next] = self.around(section, id, at);
        let terms = edition.terms.iter().zip(&here.terms);
        let terms = terms.flat_map(|(own, all)| own.iter().filter_map(|term| all.get(term)));
        let terms: Vec<&Vec<EditionId>> = terms.collect();
        let earlier = |items: &&&'a Vec<EditionId>| self.around(items, id, at)[0].is_some();
        let in_use = |items: &&&Vec<EditionId>| self.few(items, at) > 0;
        // Of a dossier: what shows any edition of it.
        let shows = edition.translations.iter();
        let shows = shows.filter_map(|id| here.shown_in.get(id)).flatten();
        let shows: Vec<EditionId> = shows.copied().collect();
        let counts = vec![
            self.in_any(shown.related.into_iter(), at),
            self.in_any(shown.media.into_iter(), at),
            self.in_any(shown.in_body.into_iter(), at),
            usize::from(previous.is_some()),
            usize::from(next.is_some()),
            usize::from(terms.iter().any(|items| earlier(&items))),
            terms.iter().filter(in_use).take(COUNTED).count(),
            self.few(&edition.translations, at),
            self.few(&shows, at),
        ];
        ((sort, edition.kind as usize), edition.source.lang, counts)
    }

    /// The kind of what every page of a language says, and of which sorts there are pages.
    pub fn every_page(&self, lang: LangId, at: Timestamp) -> Kind {
        let here = &self.site.langs[lang];
        let some = |items: &[EditionId]| self.few(items, at) > 0;
        let named = |page: &str| self.site.resolver.editions(FILE, lang, page);
        let footer = self.config.footer.iter().map(|p| named(&p.value));
        let of_terms = self.config.terms.iter().filter_map(|t| t.page.as_ref());
        let of_terms = of_terms.map(|p| named(&p.value));
        let mut counts = vec![
            usize::from(some(&here.articles)),
            usize::from(some(&here.dossiers)),
            usize::from(some(&here.pages)),
            usize::from(some(&self.former[lang])),
            self.in_any(footer, at),
            self.in_any(of_terms, at),
        ];
        let sections = here.sections.iter().map(|(_, items)| items);
        let lists = sections.chain(here.kinds.values());
        counts.extend(lists.map(|items| usize::from(some(items))));
        counts.extend(here.terms.iter().map(|terms| {
            let in_use = terms.values().filter(|items| some(items));
            in_use.take(COUNTED).count()
        }));
        (("", 0), lang, counts)
    }

    /// The kind of a language's front page.
    pub fn home(&self, lang: LangId, at: Timestamp) -> Kind {
        let here = &self.site.langs[lang];
        let counts = [&here.articles, &here.dossiers].map(|items| self.few(items, at));
        (("home", 0), lang, counts.to_vec())
    }
}
