//! Stage 4: `Site` → every output there will be, each a [`Job`] with one path. Nothing is rendered yet.

mod clashes;
mod follow;
mod kits;
mod ledger;
mod lists;
mod moved;
mod pictures;
mod planner;
mod redirects;
mod turn;
mod vanished;

use std::{collections::BTreeSet, sync::Arc};

use dateline_contract::{edge::EdgeRules, manifest::PICTURES, texts::MailKind};
use dateline_pictures::Recipe;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::planner::Planner;
pub use self::{
    follow::{
        FeedFormat, FeedOf, SitemapKind, SitemapOf, sitemap_address, sitemap_lists, sitemap_parts,
        sitemaps,
    },
    kits::{KIT_STORY, KIT_TEXTS, has_kits},
    ledger::{FILE as LEDGER, Unrecorded},
    lists::{ListKey, has_videos, list_address, list_items, lists, same_list},
    turn::Turn,
};
use crate::{
    assets::UsedFiles,
    base::{
        attachment::{self, Kind},
        diag::Diagnostics,
        files::Files,
        index::index,
    },
    config::{Config, LangId, TaxonomyId, pictures::Download},
    discover::Sources,
    link::{EditionId, Findings, Site},
    theme::Theme,
};

index! {
    /// The place of a job in [`Jobs::jobs`], and of its output among the outputs.
    JobId
}

index! {
    /// The place of a former address among the aliases of an edition.
    AliasId
}

index! {
    /// The place of a page in [`dateline_contract::texts::ACCOUNT_PAGES`].
    AccountPageId
}

index! {
    /// The place of a page in [`dateline_contract::texts::FILLED_PAGES`].
    FilledPageId
}

/// How one output is made.
#[allow(
    missing_docs,
    reason = "the fields are named as the types they come from"
)]
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Task {
    /// `/index.html`.
    Root,
    /// A language's front page.
    Home { lang: LangId },
    /// An article, plain page or dossier.
    Document(EditionId),
    /// A page of a list; `None` is the list's own address.
    List {
        lang: LangId,
        key: ListKey,
        page: Option<usize>,
    },
    /// The terms of a taxonomy.
    Taxonomy { lang: LangId, taxonomy: TaxonomyId },
    /// `404`, `410` or `resting`.
    Notice { lang: LangId, name: Arc<str> },
    /// A page at a former address.
    Redirect { edition: EditionId, alias: AliasId },
    /// A feed.
    Feed {
        lang: LangId,
        of: FeedOf,
        format: FeedFormat,
    },
    /// `/sitemap.xml`.
    SitemapIndex,
    /// One sitemap.
    Sitemap { lang: LangId, of: SitemapOf },
    /// `/robots.txt`.
    Robots,
    /// A file of `content/static/`, by its path from the root.
    Static(Arc<str>),
    /// A file beside a document, by its path from the root.
    File(Arc<str>),
    /// A picture made of another one, by that one's path from the root.
    Derivative { source: Arc<str>, recipe: Recipe },
    /// The press kit of a document, by its first edition.
    PressKit(EditionId),
    /// An asset of the theme, by its path below `assets/`.
    Asset(Arc<str>),
    /// For the CDN, one of [`EDGE`].
    Edge(Arc<str>),
    /// For the sidecar.
    Manifest,
    /// An account page.
    Account { lang: LangId, page: AccountPageId },
    /// A page that the sidecar fills.
    Filled { lang: LangId, page: FilledPageId },
    /// A mail, as HTML or as text.
    Mail {
        lang: LangId,
        mail: MailKind,
        html: bool,
    },
}

impl Task {
    /// The file that an output is made of.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Static(path) | Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// The source of an output that is a copy of it: such a file may be larger than memory, and is handed on
    /// piece by piece. Pictures and drawings are made anew, without what is private.
    pub fn copied(&self) -> Option<&str> {
        let remade =
            |path: &&str| matches!(attachment::kind(path), Some(Kind::Picture | Kind::Svg));
        self.source().filter(|path| !remade(path))
    }

    /// Whether an output is made piece by piece: it may be larger than memory.
    pub fn in_pieces(&self) -> bool {
        matches!(self, Self::PressKit(_))
    }
}

/// What is made for the CDN or web server.
pub const EDGE: [&str; 5] = [
    "Caddyfile",
    "_headers",
    "_redirects",
    "headers.json",
    "nginx.conf",
];

/// One output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its path below the output folder: `site/en/index.html`.
    pub path: Arc<str>,
    /// How it is made.
    pub task: Task,
}

/// The template of an account page: `account/home.html`, `account/reset/verify.html`.
pub fn account_template(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "account/home.html".to_owned(),
        name => format!("account/{name}.html"),
    }
}

/// The template of a page that the sidecar fills.
pub fn filled_template(page: &str) -> String {
    format!("pages/{page}.html")
}

/// The template of a mail, which is also its path beside the manifest but for the language.
pub fn mail_template(mail: MailKind, html: bool) -> String {
    format!("mail/{}.{}", mail.name(), if html { "html" } else { "txt" })
}

/// All outputs.
#[derive(Debug, Default)]
pub struct Jobs {
    /// Sorted by path.
    pub jobs: Vec<Job>,
    /// Redirects and 410s, without headers.
    pub moved: EdgeRules,
    /// Addresses of this site that documents link to and that do not exist now.
    pub dead: BTreeSet<String>,
    /// Addresses missing from the address ledger.
    pub unrecorded: Unrecorded,
}

/// What a plan is made of.
#[derive(Clone, Copy)]
pub struct Planned<'a> {
    /// The sources.
    pub files: &'a dyn Files,
    /// The configuration.
    pub config: &'a Config,
    /// Every source.
    pub sources: &'a Sources,
    /// The theme.
    pub theme: &'a Theme,
    /// What is published.
    pub site: &'a Site,
    /// What documents use and name.
    pub findings: &'a Findings,
    /// Files beside published documents.
    pub used: &'a UsedFiles,
    /// The moment the build speaks for.
    pub now: Timestamp,
}

impl Planned<'_> {
    /// Every output once everything scheduled is published. A clash there is an error today.
    pub fn ahead(self, diags: &mut Diagnostics) -> Vec<Job> {
        self.jobs(diags).0
    }

    /// Every output, sorted by path, and the former addresses of documents with where they lead. Two for one
    /// address are an error.
    fn jobs(self, diags: &mut Diagnostics) -> (Vec<Job>, Vec<(String, String)>) {
        let Self {
            config,
            site,
            theme,
            now,
            ..
        } = self;
        let mut p = Planner::new(config, site, theme);
        p.copies(self.sources);
        let mut jobs = p.jobs;
        jobs.par_sort_by(|a, b| a.path.cmp(&b.path));
        let aliases = clashes::aliases(config, site, now, theme, &mut jobs, diags);
        jobs.extend(self.used.files.iter().filter_map(|(source, used)| {
            let path = match used.download {
                Download::Public => format!("site{}", used.address),
                Download::Account => format!("sidecar/{PICTURES}/{}", used.key()?),
                Download::None => return None,
            };
            Some(Job {
                path: path.into(),
                task: Task::File(source.as_str().into()),
            })
        }));
        jobs.extend(self.derivatives());
        jobs.extend(self.press_kits());
        jobs.par_sort_by(|a, b| a.path.cmp(&b.path));
        clashes::collisions(config, site, now, &jobs, diags);
        (jobs, aliases)
    }
}

/// Lists every output. If anything is scheduled, clashes are reported for the site that includes it.
pub fn plan(planned: Planned<'_>, diags: &mut Diagnostics) -> Jobs {
    let Planned {
        files,
        config,
        sources,
        site,
        findings,
        now: moment,
        ..
    } = planned;
    // A clash of today also exists in the site with everything scheduled.
    let (jobs, aliases) = match findings.coming.editions.is_empty() {
        true => planned.jobs(diags),
        false => planned.jobs(&mut Vec::new()),
    };
    planned.small_pictures(diags);
    let mut moved = moved::of_documents(&aliases, findings, &jobs);
    let about = redirects::About {
        config,
        sources,
        site,
        findings,
        jobs: &jobs,
    };
    redirects::add(files, &about, &mut moved, diags);
    let here = (config, site, moment);
    let dead = clashes::address_links(here, findings, &jobs, &moved, diags);
    let now = vanished::Now {
        zone: &config.time_zone,
        site,
        findings,
        jobs: &jobs,
        rules: &moved,
        aliases: &aliases,
    };
    let recorded = ledger::read(files, diags);
    let unrecorded = recorded.map(|text| vanished::check(&now, &text, diags));
    Jobs {
        jobs,
        moved,
        dead,
        unrecorded: unrecorded.unwrap_or_default(),
    }
}

/// Every output that a template makes, but for pages at former addresses.
pub fn pages(config: &Config, site: &Site, theme: &Theme) -> Vec<Job> {
    Planner::new(config, site, theme).jobs
}

/// Every folder that holds an output, parents first. `jobs` are sorted.
pub fn folders(jobs: &[Job]) -> Vec<&str> {
    let mut folders = Vec::new();
    let mut last = "";
    for job in jobs {
        let path = &*job.path;
        let ends = path.match_indices('/').map(|(at, _)| at);
        // What lies in one folder stands together, so a folder is new where the former path leaves it.
        let inside = |end: &usize| last.starts_with(&path[..=*end]);
        folders.extend(ends.skip_while(inside).map(|end| &path[..end]));
        last = path;
    }
    folders
}

/// `site/en/news/index.html` → `/en/news/`.
pub fn address_of(path: &str) -> String {
    let path = path.strip_prefix("site").unwrap_or(path);
    path.strip_suffix("index.html")
        .filter(|p| p.ends_with('/'))
        .unwrap_or(path)
        .to_owned()
}
