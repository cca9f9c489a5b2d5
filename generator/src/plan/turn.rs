//! In which order outputs are moved into the site.

use super::Task;

/// Files first, so that no page points at one that is not there yet; what lists pages comes after them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// What pages point at.
    Files,
    /// Pages.
    Pages,
    /// Feeds, sitemaps, and what names these.
    Lists,
    /// What no reader of the site asks for.
    Outside,
}

impl Task {
    /// When its output is moved in.
    pub fn turn(&self) -> Turn {
        match self {
            Self::Static(_) | Self::File(_) | Self::Asset(_) => Turn::Files,
            Self::Derivative { .. } | Self::PressKit(_) => Turn::Files,
            Self::Root | Self::Home { .. } | Self::Document(_) | Self::List { .. } => Turn::Pages,
            Self::Taxonomy { .. } | Self::Notice { .. } | Self::Redirect { .. } => Turn::Pages,
            Self::Account { .. } => Turn::Pages,
            Self::Feed { .. } | Self::SitemapIndex | Self::Sitemap { .. } => Turn::Lists,
            Self::Robots => Turn::Lists,
            Self::Edge(_) | Self::Manifest | Self::Filled { .. } => Turn::Outside,
            Self::Mail { .. } => Turn::Outside,
        }
    }
}
