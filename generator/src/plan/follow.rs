//! What programs follow: feeds and sitemaps.

use serde::{Deserialize, Serialize};

use super::ListKey;
use crate::link::Site;

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

    /// The formats in which a list is followed.
    pub fn of(key: ListKey) -> &'static [Self] {
        match key {
            ListKey::Section(_) | ListKey::Kind(_) | ListKey::Term(..) => Self::OF_STORIES,
            ListKey::Videos => &[Self::Video],
            ListKey::Archive(..) => &[],
        }
    }

    /// Those in which articles are followed.
    pub const OF_STORIES: &'static [Self] = &[Self::Atom, Self::Json];
}

/// What a sitemap lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum SitemapOf {
    /// Home, lists and plain pages.
    Pages,
    /// Articles and dossiers of a year.
    Year(i16),
}

/// `/sitemap/en-2025.xml` or `/sitemap/en-pages.xml`.
pub fn sitemap_address(code: &str, of: SitemapOf) -> String {
    match of {
        SitemapOf::Pages => format!("/sitemap/{code}-pages.xml"),
        SitemapOf::Year(year) => format!("/sitemap/{code}-{year:04}.xml"),
    }
}

/// The sitemaps of a language.
pub fn sitemaps(site: &Site, lang: usize) -> Vec<SitemapOf> {
    let years = site.langs[lang].years.keys();
    std::iter::once(SitemapOf::Pages)
        .chain(years.map(|year| SitemapOf::Year(*year)))
        .collect()
}
