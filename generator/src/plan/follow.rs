//! What programs follow: feeds and sitemaps.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ListKey;
use crate::{
    config::{Config, LangId},
    link::{EditionId, Reading, Structure},
    theme::Theme,
};

/// What a feed follows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum FeedOf {
    /// All articles of a language.
    Language,
    /// One list.
    List(ListKey),
}

/// A format of feeds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum FeedFormat {
    /// RFC 4287.
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// RSS 2.0 with Media RSS 1.5.1: for videos.
    Video,
}

impl FeedFormat {
    /// The template.
    pub fn template(self) -> &'static str {
        match self {
            Self::Atom => "feed.xml",
            Self::Json => "feed.json",
            Self::Video => "video-feed.rss",
        }
    }

    /// The name of the file beside the page that the feed follows.
    pub fn file(self) -> &'static str {
        match self {
            Self::Atom => "feed.xml",
            // RSS, which servers know by this extension.
            Self::Video => "feed.rss",
            Self::Json => "feed.json",
        }
    }

    /// The formats in which something is followed.
    pub fn of(followed: FeedOf) -> &'static [Self] {
        use ListKey::{Archive, Kind, Section, Term, Videos};
        match followed {
            FeedOf::Language | FeedOf::List(Section(_) | Kind(_) | Term(..)) => {
                &[Self::Atom, Self::Json]
            }
            FeedOf::List(Videos) => &[Self::Video],
            FeedOf::List(Archive(..)) => &[],
        }
    }
}

/// What a sitemap lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum SitemapKind {
    /// Home, lists and plain pages.
    Pages,
    /// Articles and dossiers of a year.
    Year(i16),
}

/// One file: what it lists, and which part of that, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SitemapOf {
    /// What it lists.
    pub kind: SitemapKind,
    /// Which part of it.
    pub part: usize,
}

/// How much one sitemap may hold.
#[derive(Clone, Copy, Debug)]
struct Limits {
    entries: usize,
    bytes: usize,
}

/// 50 000 addresses and 50 MiB (sitemaps.org, "Sitemap file requirements"); a quarter of the bytes is left
/// to whatever a theme writes around the addresses.
const LIMITS: Limits = Limits {
    entries: 50_000,
    bytes: 50 * 1024 * 1024 * 3 / 4,
};

/// `/sitemap/en-2025.xml` or `/sitemap/en-pages.xml`; further parts are `/sitemap/en-2025-2.xml` and so on.
pub fn sitemap_address(code: &str, of: SitemapOf) -> String {
    let part = match of.part {
        0 => String::new(),
        part => format!("-{}", part + 1),
    };
    match of.kind {
        SitemapKind::Pages => format!("/sitemap/{code}-pages{part}.xml"),
        SitemapKind::Year(year) => format!("/sitemap/{code}-{year:04}{part}.xml"),
    }
}

/// The sitemaps of a language, each with the places of its entries among those of its kind.
pub fn sitemaps(
    site: &Structure,
    editions: Reading<'_>,
    config: &Config,
    theme: &Theme,
    lang: LangId,
) -> Vec<(SitemapOf, Range<usize>)> {
    let years = site.langs[lang].years.keys();
    let kinds = std::iter::once(SitemapKind::Pages).chain(years.map(|y| SitemapKind::Year(*y)));
    kinds
        .flat_map(|kind| {
            let parts = sitemap_parts(site, editions, config, theme, lang, kind);
            let of = move |(part, places)| (SitemapOf { kind, part }, places);
            parts.into_iter().enumerate().map(of)
        })
        .collect()
}

/// The places of the entries of each part of a sitemap.
pub fn sitemap_parts(
    site: &Structure,
    editions: Reading<'_>,
    config: &Config,
    theme: &Theme,
    lang: LangId,
    kind: SitemapKind,
) -> Vec<Range<usize>> {
    let here = &site.langs[lang];
    let cost = |address: &str, alternates: usize| {
        let encoded = address.bytes().map(|b| if b.is_ascii() { 1 } else { 3 });
        // `loc`, `lastmod`, and a line for each alternate and the default one.
        (alternates + 2) * (config.base_url.len() + encoded.sum::<usize>() + 80)
    };
    let document = |id: &EditionId| {
        let place = editions.place(*id);
        cost(place.address, place.translations.len())
    };
    match kind {
        SitemapKind::Year(year) => {
            let items = here.years.get(&year).map_or(&[][..], |items| items);
            split(items.iter().map(document), LIMITS)
        }
        SitemapKind::Pages => {
            let languages = config.languages.len();
            let home = cost(&format!("/{}/", config.languages[lang].lang), languages);
            let lists = sitemap_lists(site, theme, lang).map(|key| {
                let address = super::list_address(site, config, lang, key);
                cost(&address, languages)
            });
            let pages = here.pages.iter().map(document);
            split(std::iter::once(home).chain(lists).chain(pages), LIMITS)
        }
    }
}

/// The lists that stand in the sitemap of pages.
pub fn sitemap_lists<'a>(
    site: &'a Structure,
    theme: &'a Theme,
    lang: LangId,
) -> impl Iterator<Item = ListKey> + 'a {
    let all = super::lists(site, theme, lang);
    all.into_iter()
        .filter(|key| !matches!(key, ListKey::Archive(..)))
}

/// Cuts entries, by their sizes in bytes, into parts within the limits. A part that is full stays as it is
/// when entries are added at the end.
fn split(costs: impl Iterator<Item = usize>, limits: Limits) -> Vec<Range<usize>> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), 0..0, 0);
    for cost in costs {
        let full = part.len() == limits.entries || bytes + cost > limits.bytes;
        if full && !part.is_empty() {
            let next = part.end..part.end;
            parts.push(std::mem::replace(&mut part, next));
            bytes = 0;
        }
        part.end += 1;
        bytes += cost;
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(costs: &[usize]) -> Vec<Range<usize>> {
        let limits = Limits {
            entries: 3,
            bytes: 100,
        };
        split(costs.iter().copied(), limits)
    }

    #[test]
    fn a_sitemap_is_cut_by_entries_and_by_bytes() {
        let ends = |costs: &[usize]| cut(costs).iter().map(|part| part.end).collect::<Vec<_>>();
        assert_eq!(ends(&[]), [0]);
        assert_eq!(ends(&[1, 1, 1]), [3]);
        assert_eq!(cut(&[1, 1, 1, 1]), [0..3, 3..4]);
        assert_eq!(cut(&[60, 60, 30]), [0..1, 1..3]);
        // An entry that is too large by itself has a file of its own.
        assert_eq!(cut(&[200, 1]), [0..1, 1..2]);
    }

    #[test]
    fn parts_keep_their_address_and_the_first_has_that_of_the_whole() {
        let of = |kind, part| sitemap_address("en", SitemapOf { kind, part });
        assert_eq!(of(SitemapKind::Year(2025), 0), "/sitemap/en-2025.xml");
        assert_eq!(of(SitemapKind::Year(2025), 1), "/sitemap/en-2025-2.xml");
        assert_eq!(of(SitemapKind::Pages, 2), "/sitemap/en-pages-3.xml");
    }

    proptest::proptest! {
        #[test]
        fn parts_hold_everything_once_and_full_ones_stay(costs in proptest::collection::vec(0usize..120, 0..40), more in 0usize..120) {
            let parts = cut(&costs);
            let mut next = 0;
            for part in &parts {
                proptest::prop_assert_eq!(part.start, next);
                proptest::prop_assert!(part.len() <= 3);
                let bytes: usize = costs[part.clone()].iter().sum();
                proptest::prop_assert!(bytes <= 100 || part.len() == 1);
                next = part.end;
            }
            proptest::prop_assert_eq!(next, costs.len());
            let longer = cut(&[costs, vec![more]].concat());
            proptest::prop_assert_eq!(&parts[..parts.len() - 1], &longer[..parts.len() - 1]);
        }
    }
}
