//! Stage 3: `Vec<Document>` → [`Site`]: what is published where, and what refers to what.
//!
//! The result is data and never changes. Everything held back (draft, embargo, future date, expired)
//! ends here: later stages cannot leak what they never see.

mod catalogue;
mod check;
mod coming;
mod dossiers;
mod editions;
mod inherit;
mod kits;
mod lists;
mod lives;
mod names;
mod pictures;
mod published;
mod related;
mod resolve;
mod slug;
mod stories;
mod terms;
mod texts;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::Arc,
};

use dateline_pictures::Rights;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    check::has_heading,
    coming::Coming,
    editions::edition,
    kits::Kit,
    lists::{Archive, ArchiveId, Pages, Period, SectionId},
    lives::{Life, Moment, State, shown},
    names::Term,
    pictures::{Bare, Shown, path as picture_path, statements_of},
    published::{Editions, Place, Reader, Reading, Reads},
    related::related,
    resolve::{MemberId, Resolver, Target, fragment_of, query_of},
    stories::{Story, story_id},
    terms::TermsFile,
};
use crate::{
    base::{
        clock::Now,
        date::Date,
        diag::Diagnostics,
        files::Files,
        hash::{Digest, Map},
        index::index,
        path,
    },
    config::{Config, Kind, LangId, Section, pictures::Download},
    discover::{Role, SourceFile, Sources},
    parse::{BodyFacts, Document, Meta},
};

index! {
    /// The place of an edition in [`Site::editions`].
    EditionId
}

index! {
    /// The place of a term in its taxonomy's list in [`Structure::terms`].
    TermId
}

/// What decides about publication, beside the documents.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The moment the build speaks for.
    pub now: Now,
    /// Whether drafts count as published (`--drafts`).
    pub drafts: bool,
}

/// A published document in one language, with everything that it takes from its source.
#[derive(Clone, Debug, Default)]
pub struct Edition {
    /// Where it came from.
    pub source: SourceFile,
    /// Of the file.
    pub digest: Digest,
    /// Of the file of its source in the default language, if it takes anything from there.
    pub original: Option<Digest>,
    /// Where the body begins in the file.
    pub body_at: usize,
    /// Complete: inherited keys are filled in.
    pub meta: Arc<Meta>,
    /// What its body refers to.
    pub body: Arc<BodyFacts>,
    /// Its kind (of articles).
    pub kind: Kind,
    /// Its date; plain pages have none.
    pub date: Option<Date>,
    /// A dossier's id, the last part of any other document's address.
    pub slug: String,
    /// Its address: `/en/news/2025/01/27/visit/`.
    pub address: String,
    /// Terms by taxonomy, as places in [`Structure::terms`].
    pub terms: Vec<Vec<TermId>>,
    /// Published editions of the same document by language, itself included.
    pub translations: Vec<EditionId>,
}

impl Edition {
    /// What stands for a file that is no document, where it holds Markdown.
    pub fn of_file(path: &str, lang: LangId) -> Self {
        let mut edition = Self::default();
        edition.source.path = path.into();
        edition.source.lang = lang;
        edition
    }

    /// The section's name, of an article.
    pub fn section(&self) -> Option<&Arc<str>> {
        match &self.source.role {
            Role::Article { section } => Some(section),
            Role::Page | Role::Dossier => None,
        }
    }

    /// The time in which it is published, unless it is a draft.
    pub fn life(&self) -> Life {
        Life::of(&self.meta)
    }

    /// The date that feeds and sitemaps give: `updated`, else `date`.
    pub fn changed(&self) -> Option<Date> {
        self.meta.updated.or(self.date)
    }
}

/// What is published in one language. Lists run from the oldest to the newest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LangSite {
    /// All articles.
    pub articles: Vec<EditionId>,
    /// Plain pages, by address.
    pub pages: Vec<EditionId>,
    /// Dossiers.
    pub dossiers: Vec<EditionId>,
    /// By section, in the order of menus.
    pub sections: Vec<(Section, Vec<EditionId>)>,
    /// By kind.
    pub kinds: BTreeMap<Kind, Vec<EditionId>>,
    /// By taxonomy, then term; empty terms are absent.
    pub terms: Vec<BTreeMap<TermId, Vec<EditionId>>>,
    /// By section, then year, month or day.
    pub archives: Vec<Vec<Archive>>,
    /// Articles and dossiers by year: what sitemaps list.
    pub years: BTreeMap<i16, Vec<EditionId>>,
    /// Articles that show a dossier, by dossier.
    pub shown_in: Map<EditionId, Vec<EditionId>>,
}

/// A dossier as the sidecar must know it: published, embargoed with its time, or at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// Its id.
    pub id: String,
    /// The default language's edition, or the only one: complete metadata.
    pub meta: Arc<Meta>,
    /// By language.
    pub editions: BTreeMap<String, CatalogueEdition>,
}

/// A dossier in one language, as the sidecar must know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CatalogueEdition {
    /// Address and title; none once it has expired.
    pub page: Option<(String, String)>,
    /// Not before this moment; none if it is published already.
    pub release: Option<Timestamp>,
    /// Not from this moment on.
    pub expires: Option<Timestamp>,
}

/// Everything that is published. Copies share all that is large.
#[derive(Clone, Default)]
pub struct Site {
    /// By language, date and path.
    pub editions: Editions,
    /// What they make together.
    pub structure: Arc<Structure>,
}

/// What leads to what: all of a site but the editions themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Structure {
    /// In the order of [`Config::languages`].
    pub langs: Vec<LangSite>,
    /// By taxonomy, sorted by slug.
    pub terms: Vec<Vec<Term>>,
    /// Press kits, by the first edition of their document.
    pub kits: BTreeMap<EditionId, Kit>,
    /// The media catalogue, embargoed dossiers included.
    pub catalogue: Vec<CatalogueEntry>,
    /// Stories with pictures for readers with an account, by id.
    pub stories: BTreeMap<String, Story>,
    /// By edition, the place of its date among those of its language.
    pub ranks: Vec<u32>,
    /// When this site will look different without any edit.
    pub next_change: Option<Timestamp>,
    /// When findings will differ without any edit, though the site may not.
    pub next_finding: Option<Timestamp>,
    /// Finds what links mean.
    pub resolver: Resolver,
}

impl Deref for Site {
    type Target = Structure;

    fn deref(&self) -> &Structure {
        &self.structure
    }
}

impl Structure {
    /// An edition of a dossier by id, in `lang` or else in its source's language.
    pub fn dossier(&self, id: &str, lang: LangId) -> Option<EditionId> {
        self.resolver.dossier(id, lang)
    }

    /// Previous and next article of the same language and section as `edition`.
    pub fn neighbours(
        &self,
        id: EditionId,
        edition: &Edition,
    ) -> (Option<EditionId>, Option<EditionId>) {
        let Some(section) = self.section_of(edition) else {
            return (None, None);
        };
        let items = &self.langs[edition.source.lang].sections[section].1;
        // Lists are in the order of ids.
        let at = items.partition_point(|other| *other < id);
        let previous = at.checked_sub(1).and_then(|at| items.get(at));
        (previous.copied(), items.get(at + 1).copied())
    }

    /// The section an article stands in.
    pub fn section_of(&self, edition: &Edition) -> Option<SectionId> {
        let name = edition.section()?;
        let sections = &self.langs[edition.source.lang].sections;
        let at = sections.iter().position(|(s, _)| *s.name == **name);
        at.map(SectionId::from)
    }
}

/// What the documents of a site use and name beside each other.
#[derive(Default)]
pub struct Findings {
    /// Files under `content/` that published documents use, sorted.
    pub files: Vec<String>,
    /// Files that documents use which are held back, and no published one.
    pub coming_files: Vec<String>,
    /// Addresses of files under `content/static/` of which the same is true.
    pub coming_statics: Vec<String>,
    /// Addresses of files under `content/static/` that they use, sorted.
    pub statics: Vec<String>,
    /// Links to addresses of this site, which `plan` checks.
    pub addresses: Vec<AddressLink>,
    /// Documents that are not in the site, by path.
    pub held: Vec<HeldBack>,
    /// What changes the site by itself, in order.
    pub moments: Vec<Moment>,
    /// What published documents say of the pictures that they show, by the pictures' paths from the root.
    pub words: BTreeMap<String, Rights>,
    /// How they show them, by the same.
    pub shown: BTreeMap<String, BTreeSet<Shown>>,
    /// Pictures of which published and scheduled documents do not say all that must be said.
    pub bare: Vec<Bare>,
    /// Who may download them, where a document says so, by the same.
    pub downloads: BTreeMap<String, Download>,
    /// Scheduled documents.
    pub coming: Coming,
}

/// A link to an address of this site.
#[derive(Debug)]
pub struct AddressLink {
    /// Where it stands.
    pub file: Arc<str>,
    /// Its bytes.
    pub span: std::ops::Range<usize>,
    /// Where it leads, with its query.
    pub address: String,
    /// Whether its document is held back.
    pub waiting: bool,
}

/// A document that is not in the site now.
#[derive(Clone, Debug)]
pub struct HeldBack {
    /// Its source.
    pub path: Arc<str>,
    /// Its address, were it published.
    pub address: String,
    /// Former addresses.
    pub aliases: Vec<String>,
    /// Addresses of the lists in which it would stand; none of a draft.
    pub lists: Vec<String>,
    /// Why.
    pub state: State,
    /// Complete.
    pub edition: Edition,
}

impl HeldBack {
    /// All of its addresses, its own first.
    pub fn addresses(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.address).chain(&self.aliases)
    }

    fn of(config: &Config, terms: &[Vec<Term>], (edition, state): &(Edition, State)) -> Self {
        let aliases = edition.meta.aliases.iter();
        Self {
            path: edition.source.path.clone(),
            address: edition.address.clone(),
            aliases: aliases.filter_map(|a| path::alias(&a.value)).collect(),
            lists: match state {
                State::Draft => Vec::new(),
                _ => lists::of_edition(config, terms, edition),
            },
            state: *state,
            edition: edition.clone(),
        }
    }
}

/// Links documents to a site. What is wrong with links is in `diags`.
pub fn link(
    files: &dyn Files,
    config: &Config,
    sources: &Sources,
    documents: Vec<Document>,
    rules: Rules,
    diags: &mut Diagnostics,
) -> (Site, Findings) {
    let terms_file = TermsFile::load(files, config, diags);
    let mut sorted = editions::sort_out(config, sources, documents, rules, diags);
    let maker = Maker {
        config,
        sources,
        terms: &terms_file,
        states: &sorted.states,
    };
    let published = std::mem::take(&mut sorted.published);
    let mut site = maker.site(published, &sorted.held, diags);
    let said = pictures::found(config, &site);
    let stories = stories::stories(config, &site, &said.downloads, &sorted.held);
    if let Some(structure) = Arc::get_mut(&mut site.structure) {
        structure.catalogue = catalogue::catalogue(config, site.editions.iter(), &sorted.held);
        structure.stories = stories;
        structure.next_change = sorted.moments.first().map(|moment| moment.at);
        structure.next_finding = sorted.next_finding;
    }
    let texts = texts::read(files, config, &terms_file, &site, &sorted.held, diags);
    let now = rules.now.0;
    let mut findings = check::documents(config, &site, &sorted.held, &texts, now, diags);
    let mut held: Vec<Edition> = sorted.held.iter().map(|(e, _)| e.clone()).collect();
    let terms = terms::assign(config, &terms_file, &mut held, &[], &mut Vec::new());
    let states = sorted.held.iter().map(|(_, state)| *state);
    let held = held.into_iter().zip(states);
    findings.held = held
        .map(|held| HeldBack::of(config, &terms, &held))
        .collect();
    findings.held.sort_by(|a, b| a.path.cmp(&b.path));
    findings.moments = sorted.moments;
    (findings.words, findings.shown) = (said.words, said.shown);
    findings.downloads = said.downloads;
    dossiers::check(files, config, &site, &sorted.held, diags);
    let held = sorted.held.into_iter();
    let coming = held.filter(|(_, state)| matches!(state, State::Held(_)));
    let coming: Vec<Edition> = coming.map(|(edition, _)| edition).collect();
    findings.bare = pictures::bare(&site, &coming);
    findings.coming = Coming {
        editions: coming,
        terms: terms_file,
        states: sorted.states,
    };
    (site, findings)
}

/// Makes sites of editions.
struct Maker<'a> {
    config: &'a Config,
    sources: &'a Sources,
    terms: &'a TermsFile,
    states: &'a Map<Arc<str>, (State, Life)>,
}

impl Maker<'_> {
    /// The site that `editions`, in their order, make.
    fn site(
        &self,
        mut editions: Vec<Edition>,
        held: &[(Edition, State)],
        diags: &mut Diagnostics,
    ) -> Site {
        let config = self.config;
        let terms = terms::assign(config, self.terms, &mut editions, held, diags);
        let resolver = Resolver::new(config, self.sources, &editions, held, self.states);
        editions::connect_translations(&mut editions, &resolver);
        let mut langs = lists::build(config, &editions);
        let ranks = lists::ranks(&editions);
        let editions = editions.into();
        lists::shown_in(&mut langs, &editions, &resolver);
        let structure = Structure {
            langs,
            terms,
            ranks,
            kits: kits::of_site(config, &editions, &resolver),
            resolver,
            ..Structure::default()
        };
        Site {
            editions,
            structure: Arc::new(structure),
        }
    }
}
