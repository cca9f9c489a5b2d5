//! Lists by section, kind, term and day, and how a list is cut into pages.

use std::{collections::BTreeMap, ops::Range};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Edition, EditionId, Editions, LangSite, Resolver, Term};
use crate::{
    base::{
        fields::Words,
        index::{Indexed, index},
    },
    config::{Config, Kind, Section, TaxonomyId, capitalised},
    discover::Role,
    parse::LinkKind,
};

/// How many items a full page holds.
pub const PAGE: usize = 20;

/// A year, a month or a day. In order, each stands before what lies inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12, unless it is a year.
    pub month: Option<i8>,
    /// Day, unless it is a month.
    pub day: Option<i8>,
}

impl Period {
    /// The day of an edition.
    pub fn of(edition: &Edition) -> Option<Self> {
        let day = edition.date?.local();
        Some(Self {
            year: day.year(),
            month: Some(day.month()),
            day: Some(day.day()),
        })
    }

    /// `2025/`, `2025/01/` or `2025/01/27/`.
    pub fn path(self) -> String {
        let mut path = format!("{:04}/", self.year);
        for part in [self.month, self.day].into_iter().flatten() {
            path.push_str(&format!("{part:02}/"));
        }
        path
    }

    /// The one that is a step coarser.
    pub fn above(self) -> Option<Self> {
        self.month?;
        Some(Self {
            month: self.day.and(self.month),
            day: None,
            ..self
        })
    }
}

index! {
    /// The place of a section in [`LangSite::sections`].
    SectionId
}

index! {
    /// The place of a period among the archives of a section.
    ArchiveId
}

/// The articles of a section in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// When.
    pub period: Period,
    /// From the oldest.
    pub items: Vec<EditionId>,
}

impl Archive {
    /// The archive of a period among those of a section, which are in order.
    pub fn find(archives: &[Self], period: Period) -> Option<ArchiveId> {
        let found = archives.binary_search_by(|archive| archive.period.cmp(&period));
        found.ok().map(ArchiveId::from)
    }
}

/// How a list, oldest item first, is cut. Numbered pages count from the oldest, so that a full one never
/// changes again; the list's own address holds the newest 20 to 39.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pages {
    /// How many numbered pages there are: 1, 2, ….
    pub numbered: usize,
    total: usize,
}

impl Pages {
    /// Of a list of `total` items.
    pub fn of(total: usize) -> Self {
        let numbered = (total / PAGE).saturating_sub(1);
        Self { numbered, total }
    }

    /// The items at the list's own address.
    pub fn own(self) -> Range<usize> {
        self.numbered * PAGE..self.total
    }

    /// The items of a numbered page.
    pub fn page(self, number: usize) -> Range<usize> {
        (number - 1) * PAGE..number * PAGE
    }
}

/// Builds every list of every language. Editions are sorted by language, date and path, so lists are too.
pub(super) fn build(config: &Config, editions: &[Edition]) -> Vec<LangSite> {
    let empty = LangSite {
        terms: vec![BTreeMap::new(); config.taxonomies.len()],
        ..LangSite::default()
    };
    let mut langs = vec![empty; config.languages.len()];
    let mut sections: Vec<BTreeMap<&str, Vec<EditionId>>> = vec![BTreeMap::new(); langs.len()];
    for (id, edition) in editions.iter().indexed() {
        let lang = &mut langs[edition.source.lang];
        match &edition.source.role {
            Role::Page => lang.pages.push(id),
            Role::Dossier => lang.dossiers.push(id),
            Role::Article { section } => {
                lang.articles.push(id);
                lang.kinds.entry(edition.kind).or_default().push(id);
                sections[edition.source.lang]
                    .entry(section)
                    .or_default()
                    .push(id);
                for (taxonomy, terms) in edition.terms.iter().indexed::<TaxonomyId>() {
                    for term in terms {
                        lang.terms[taxonomy].entry(*term).or_default().push(id);
                    }
                }
            }
        }
    }
    for (lang, mut by_name) in langs.iter_mut().zip(sections) {
        for section in &config.sections {
            if let Some(items) = by_name.remove(section.name.as_str()) {
                lang.sections.push((section.clone(), items));
            }
        }
        for (name, items) in by_name {
            let title = Words::plain(capitalised(name));
            let section = Section {
                name: name.to_owned(),
                title,
                description: None,
                kind: Kind::News,
            };
            lang.sections.push((section, items));
        }
        let sections = lang.sections.par_iter();
        lang.archives = sections
            .map(|(_, items)| archives(editions, items))
            .collect();
        lang.years = years(editions, lang);
    }
    langs
}

fn archives(editions: &[Edition], items: &[EditionId]) -> Vec<Archive> {
    let mut by_period: BTreeMap<Period, Vec<EditionId>> = BTreeMap::new();
    for id in items {
        let day = Period::of(&editions[*id]);
        for period in std::iter::successors(day, |period| period.above()) {
            by_period.entry(period).or_default().push(*id);
        }
    }
    by_period
        .into_iter()
        .map(|(period, items)| Archive { period, items })
        .collect()
}

impl LangSite {
    /// The same with only the published editions.
    pub(super) fn only(&self, out: &dyn Fn(&EditionId) -> bool) -> Self {
        let only = |items: &[EditionId]| -> Vec<EditionId> {
            items.iter().copied().filter(|id| out(id)).collect()
        };
        let some = |items: &[EditionId]| Some(only(items)).filter(|items| !items.is_empty());
        let archive = |archive: &Archive| {
            Some(Archive {
                period: archive.period,
                items: some(&archive.items)?,
            })
        };
        let sections = self.sections.iter().zip(&self.archives);
        let sections = sections.filter_map(|((section, items), archives)| {
            let archives = archives.iter().filter_map(archive).collect();
            Some(((section.clone(), some(items)?), archives))
        });
        let (sections, archives) = sections.unzip();
        let kinds = self.kinds.iter();
        let years = self.years.iter();
        let shown_in = self.shown_in.iter().filter(|(dossier, _)| out(dossier));
        let terms = self.terms.iter().map(|terms| {
            let terms = terms.iter();
            terms
                .filter_map(|(term, items)| Some((*term, some(items)?)))
                .collect()
        });
        Self {
            articles: only(&self.articles),
            pages: only(&self.pages),
            dossiers: only(&self.dossiers),
            sections,
            kinds: kinds
                .filter_map(|(kind, items)| Some((*kind, some(items)?)))
                .collect(),
            terms: terms.collect(),
            archives,
            years: years
                .filter_map(|(year, items)| Some((*year, some(items)?)))
                .collect(),
            shown_in: shown_in
                .filter_map(|(id, items)| Some((*id, some(items)?)))
                .collect(),
        }
    }
}

/// Which articles show which dossier: by `media` and by directive.
pub(super) fn shown_in(langs: &mut [LangSite], editions: &Editions, resolver: &Resolver) {
    for (lang, here) in langs.iter_mut().indexed() {
        here.shown_in.clear();
        for id in &here.articles {
            let edition = &editions[*id];
            let links = edition.body.links.iter();
            let in_body = links.filter(|l| l.kind == LinkKind::Dossier);
            let named = edition.meta.media.iter().map(|m| m.value.as_str());
            for name in named.chain(in_body.map(|l| &*l.href)) {
                if let Some(dossier) = resolver.dossier(name, lang) {
                    let list = here.shown_in.entry(dossier).or_default();
                    if list.last() != Some(id) {
                        list.push(*id);
                    }
                }
            }
        }
    }
}

/// The addresses of the lists in which an edition stands, with `terms` by its places.
pub(super) fn of_edition(config: &Config, terms: &[Vec<Term>], edition: &Edition) -> Vec<String> {
    let code = config.languages[edition.source.lang].lang.code();
    let section = match &edition.source.role {
        Role::Page => return Vec::new(),
        Role::Dossier => return vec![format!("/{code}/video/")],
        Role::Article { section } => section,
    };
    let mut out = vec![
        format!("/{code}/{section}/"),
        format!("/{code}/kind/{}/", edition.kind.name()),
    ];
    for (taxonomy, places) in edition.terms.iter().indexed::<TaxonomyId>() {
        let name = &config.taxonomies[taxonomy].name;
        let slugs = places.iter().map(|at| &terms[taxonomy][*at].slug);
        out.extend(slugs.map(|slug| format!("/{code}/{name}/{slug}/")));
        if !places.is_empty() {
            out.push(format!("/{code}/{name}/"));
        }
    }
    let periods = std::iter::successors(Period::of(edition), |period| period.above());
    out.extend(periods.map(|period| format!("/{code}/{section}/{}", period.path())));
    out
}

/// For each edition the place of its date among those of its language: which of two is newer can be
/// said without reading them.
pub(super) fn ranks(editions: &[Edition]) -> Vec<u32> {
    let mut rank = 0;
    let pairs = editions.windows(2).map(|pair| {
        if pair[0].date.map(|d| d.at) != pair[1].date.map(|d| d.at) {
            rank += 1;
        }
        rank
    });
    std::iter::once(0).chain(pairs).collect()
}

/// The articles and dossiers of each year, by date, so that a new one comes last.
fn years(editions: &[Edition], here: &LangSite) -> BTreeMap<i16, Vec<EditionId>> {
    let mut years: BTreeMap<i16, Vec<EditionId>> = BTreeMap::new();
    for id in here.articles.iter().chain(&here.dossiers) {
        if let Some(date) = editions[*id].date {
            years.entry(date.local().year()).or_default().push(*id);
        }
    }
    years.values_mut().for_each(|items| items.sort_unstable());
    years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_address_holds_the_newest_20_to_39() {
        assert_eq!(Pages::of(0).own(), 0..0);
        assert_eq!(Pages::of(39).own(), 0..39);
        assert_eq!(Pages::of(40).own(), 20..40);
        let pages = Pages::of(61);
        assert_eq!((pages.own(), pages.numbered), (40..61, 2));
        assert_eq!((pages.page(1), pages.page(2)), (0..20, 20..40));
    }

    #[test]
    fn one_more_article_takes_no_page_away() {
        for n in 0..500 {
            let (before, after) = (Pages::of(n), Pages::of(n + 1));
            assert!(before.numbered <= after.numbered);
            assert!(n < 20 || (20..40).contains(&before.own().len()));
        }
    }

    #[test]
    fn above_a_day_is_its_month_and_above_that_the_year_and_they_stand_before_it() {
        let period = |month, day| Period {
            year: 2025,
            month,
            day,
        };
        let (year, month, day) = (
            period(None, None),
            period(Some(1), None),
            period(Some(1), Some(2)),
        );
        assert_eq!(
            [day.above(), month.above(), year.above()],
            [Some(month), Some(year), None]
        );
        assert!(year < month && month < day && day < period(Some(2), None));
        assert_eq!(day.path(), "2025/01/02/");
        let archives = [year, month, day].map(|period| Archive {
            period,
            items: vec![],
        });
        assert_eq!(Archive::find(&archives, month), Some(ArchiveId::from(1)));
        assert_eq!(Archive::find(&archives, period(Some(2), None)), None);
    }
}
