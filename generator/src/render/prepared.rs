//! What rendering reads: all of it is made once, and jobs borrow it.

use std::{
    collections::BTreeSet,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use dateline_contract::edge::EdgeRules;
use tera::Tera;

use super::{encode::Card, engine::Engines, links::Links};
use crate::{
    assets::{self, UsedFiles},
    base::{diag::Diagnostics, files::Files, hash::Map},
    config::Config,
    link::{Edition, EditionId, Site},
    plan::{self, Job, Task},
    theme::Theme,
};

/// What earlier stages made. Copies share all that is large.
#[derive(Clone)]
pub struct Parts {
    /// The sources.
    pub files: Arc<dyn Files>,
    /// The configuration.
    pub config: Arc<Config>,
    /// What is published.
    pub site: Site,
    /// The theme.
    pub theme: Arc<Theme>,
    /// Files beside documents.
    pub used: Arc<UsedFiles>,
    /// Derivatives that earlier builds made, where any are kept.
    pub kept: Option<Arc<dyn assets::Kept>>,
    /// Redirects and 410s, without headers.
    pub moved: Arc<EdgeRules>,
    /// Addresses of this site where nothing is now: links to them are text.
    pub dead: Arc<BTreeSet<String>>,
}

/// Everything that rendering reads: parts, and what pages share. Copies share all that is large.
#[derive(Clone)]
pub struct Prepared {
    parts: Parts,
    pub(super) edge: Arc<OnceLock<EdgeRules>>,
    pub(super) engines: Engines,
    pub(super) links: Arc<Links>,
    pub(super) cards: Cards,
    /// Whether any template asks for related articles.
    pub(super) wants_related: bool,
    /// Whether any template asks for structured data.
    pub(super) wants_structured: bool,
}

impl Deref for Prepared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Prepared {
    /// Compiles the theme and builds what pages share. `None` when templates have mistakes.
    pub fn new(parts: Parts, diags: &mut Diagnostics) -> Option<Self> {
        let (config, site, theme) = (&parts.config, &parts.site, &parts.theme);
        let engines = Engines::new(config, theme, parts.globals(), diags)?;
        let mentions = |word: &str| theme.templates.iter().any(|t| t.text.contains(word));
        Some(Self {
            edge: Arc::default(),
            engines,
            links: Arc::new(Links::new(config, site)),
            cards: Cards::new(site.editions.len()),
            wants_related: mentions("related"),
            wants_structured: mentions("structured_data"),
            parts,
        })
    }

    /// With some editions and their cards replaced.
    pub(super) fn with(
        &self,
        edited: Vec<(EditionId, Edition)>,
        cards: Vec<(EditionId, Card)>,
    ) -> Self {
        let mut new = self.clone();
        new.cards = self.cards.with(cards);
        new.parts.site.editions = self.site.editions.with(edited);
        new
    }

    /// The engine that knows the theme's templates, in the default language.
    pub fn engine(&self) -> &Tera {
        self.engines.first()
    }

    /// What a person would call the thing being rendered: the article's source, else the address.
    pub fn subject(&self, job: &Job) -> String {
        match &job.task {
            Task::Document(id) | Task::Redirect { edition: id, .. } | Task::PressKit(id) => {
                self.site.editions[*id].source.path.to_string()
            }
            _ => plan::address_of(&job.path),
        }
    }
}

/// Cards by edition, each built when it is first shown. Copies share them.
#[derive(Clone)]
pub(super) struct Cards {
    shared: Arc<Vec<OnceLock<Card>>>,
    /// Of editions that were edited since.
    replaced: Map<EditionId, Card>,
}

impl Cards {
    /// Of a site with `count` editions.
    pub fn new(count: usize) -> Self {
        let empty = std::iter::repeat_with(OnceLock::new).take(count);
        Self {
            shared: Arc::new(empty.collect()),
            replaced: Map::default(),
        }
    }

    /// The card of an edition; `make` says what it holds.
    pub fn get(&self, id: EditionId, make: impl FnOnce() -> Card) -> &Card {
        match self.replaced.get(&id) {
            Some(card) => card,
            None => self.shared[id].get_or_init(make),
        }
    }

    /// The same cards with some replaced.
    pub fn with(&self, edited: impl IntoIterator<Item = (EditionId, Card)>) -> Self {
        let mut out = self.clone();
        out.replaced.extend(edited);
        out
    }
}
