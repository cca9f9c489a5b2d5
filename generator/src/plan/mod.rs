//! Stage 4: `Site` → every output there will be, each a [`Job`] with one path. Nothing is rendered yet.

mod clashes;
mod follow;
mod ledger;
mod moved;
mod redirects;
mod turn;
mod vanished;

use std::{collections::BTreeSet, sync::Arc};

use dateline_contract::{
    edge::EdgeRules,
    texts::{ACCOUNT_PAGES, FILLED_PAGES, MailKind},
};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::{
    follow::{
        FeedFormat, FeedOf, SitemapKind, SitemapOf, sitemap_address, sitemap_lists, sitemap_parts,
        sitemaps,
    },
    ledger::{FILE as LEDGER, Unrecorded},
    turn::Turn,
};
use crate::{
    assets::UsedFiles,
    base::{diag::Diagnostics, files::Files, path},
    config::{Config, Kind},
    discover::Sources,
    link::{Archive, EditionId, Findings, LangSite, Pages, Reading, Site, Structure},
    theme::Theme,
};

/// Which list of a language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ListKey {
    /// By place in [`crate::link::LangSite::sections`].
    Section(usize),
    /// By kind.
    Kind(Kind),
    /// By taxonomy and term.
    Term(usize, usize),
    /// By section and place in its archives.
    Archive(usize, usize),
    /// All dossiers.
    Videos,
}

/// How one output is made. `usize` fields called `lang` are places in [`Config::languages`].
#[allow(
    missing_docs,
    reason = "the fields are named as the types they come from"
)]
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Task {
    /// `/index.html`.
    Root,
    /// A language's front page.
    Home { lang: usize },
    /// An article, plain page or dossier.
    Document(EditionId),
    /// A page of a list; `None` is the list's own address.
    List {
        lang: usize,
        key: ListKey,
        page: Option<usize>,
    },
    /// The terms of a taxonomy.
    Taxonomy { lang: usize, taxonomy: usize },
    /// `404`, `410` or `resting`.
    Notice { lang: usize, name: Arc<str> },
    /// A page at a former address.
    Redirect { edition: EditionId, alias: usize },
    /// A feed.
    Feed {
        lang: usize,
        of: FeedOf,
        format: FeedFormat,
    },
    /// `/sitemap.xml`.
    SitemapIndex,
    /// One sitemap.
    Sitemap { lang: usize, of: SitemapOf },
    /// `/robots.txt`.
    Robots,
    /// A file of `content/static/`, by its path from the root.
    Static(Arc<str>),
    /// A file beside a document, by its path from the root.
    File(Arc<str>),
    /// An asset of the theme, by its path below `assets/`.
    Asset(Arc<str>),
    /// For the CDN, one of [`EDGE`].
    Edge(Arc<str>),
    /// For the sidecar.
    Manifest,
    /// A page of [`ACCOUNT_PAGES`], by its place there.
    Account { lang: usize, page: usize },
    /// A page of [`FILLED_PAGES`], by its place there, which the sidecar fills.
    Filled { lang: usize, page: usize },
    /// A mail, as HTML or as text.
    Mail {
        lang: usize,
        mail: MailKind,
        html: bool,
    },
}

impl Task {
    /// The source of an output that is a copy of it: such a file may be larger than memory, and is handed on
    /// piece by piece.
    pub fn copied(&self) -> Option<&str> {
        match self {
            Self::Static(path) | Self::File(path) => Some(path),
            _ => None,
        }
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

/// The template of a page of [`ACCOUNT_PAGES`]: `account/home.html`, `account/reset/verify.html`.
pub fn account_template(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "account/home.html".to_owned(),
        name => format!("account/{name}.html"),
    }
}

/// The template of a page of [`FILLED_PAGES`].
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
    /// Addresses of this site that documents link to and where nothing is now.
    pub dead: BTreeSet<String>,
    /// What the file of all addresses lacks.
    pub unrecorded: Unrecorded,
}

/// The address of a list.
pub fn list_address(site: &Structure, config: &Config, lang: usize, key: ListKey) -> String {
    let code = config.languages[lang].lang.code();
    let section = |i: usize| &site.langs[lang].sections[i].0.name;
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
pub fn list_items(site: &Structure, lang: usize, key: ListKey) -> &[EditionId] {
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
    let section = |i: usize| {
        let name = &from.sections[i].0.name;
        to.sections.iter().position(|(s, _)| s.name == *name)
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
pub fn has_videos(site: &Structure, theme: &Theme, lang: usize) -> bool {
    theme.has("list.html") && theme.has("video.html") && !site.langs[lang].dossiers.is_empty()
}

/// All lists of a language for which the theme has a template.
pub fn lists(site: &Structure, theme: &Theme, lang: usize) -> Vec<ListKey> {
    let here = &site.langs[lang];
    let mut keys = Vec::new();
    if theme.has("list.html") {
        keys.extend((0..here.sections.len()).map(ListKey::Section));
        keys.extend(here.kinds.keys().copied().map(ListKey::Kind));
        for (t, terms) in here.terms.iter().enumerate() {
            keys.extend(terms.keys().map(|i| ListKey::Term(t, *i)));
        }
        if has_videos(site, theme, lang) {
            keys.push(ListKey::Videos);
        }
    }
    if theme.has("archive.html") {
        for (s, archives) in here.archives.iter().enumerate() {
            keys.extend((0..archives.len()).map(|i| ListKey::Archive(s, i)));
        }
    }
    keys
}

/// What a plan is made of.
#[derive(Clone, Copy)]
pub struct Planned<'a> {
    /// The door to the sources.
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
    /// Every output where all that is to come has come. Whatever clashes there is an error today.
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
        jobs.extend(self.used.files.iter().map(|(source, used)| Job {
            path: format!("site{}", used.address).into(),
            task: Task::File(source.as_str().into()),
        }));
        jobs.par_sort_by(|a, b| a.path.cmp(&b.path));
        clashes::collisions(config, site, now, &jobs, diags);
        (jobs, aliases)
    }
}

/// Lists every output. What clashes is reported where all that is to come has come, if anything is.
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
    // Whatever clashes now clashes in the site with all that is to come as well.
    let (jobs, aliases) = match findings.coming.editions.is_empty() {
        true => planned.jobs(diags),
        false => planned.jobs(&mut Vec::new()),
    };
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

struct Planner<'a> {
    config: &'a Config,
    site: &'a Site,
    theme: &'a Theme,
    jobs: Vec<Job>,
}

impl<'a> Planner<'a> {
    /// With every output that a template makes, but for pages at former addresses.
    fn new(config: &'a Config, site: &'a Site, theme: &'a Theme) -> Self {
        let mut planner = Self {
            config,
            site,
            theme,
            jobs: Vec::new(),
        };
        for lang in 0..config.languages.len() {
            planner.language(lang);
            planner.accounts(lang);
        }
        planner.whole_site();
        planner
    }

    /// A page: `/en/news/` is `site/en/news/index.html`.
    fn page(&mut self, address: &str, task: Task) {
        self.jobs.push(Job {
            path: format!("site{address}index.html").into(),
            task,
        });
    }

    fn file(&mut self, address: &str, task: Task) {
        self.jobs.push(Job {
            path: format!("site{address}").into(),
            task,
        });
    }

    fn feeds(&mut self, address: &str, lang: usize, of: FeedOf) {
        let formats = match of {
            FeedOf::Language => FeedFormat::OF_STORIES,
            FeedOf::List(key) => FeedFormat::of(key),
        };
        for &format in formats {
            if self.theme.has(format.template()) {
                let task = Task::Feed { lang, of, format };
                self.file(&format!("{address}{}", format.file()), task);
            }
        }
    }

    fn language(&mut self, lang: usize) {
        let (site, theme) = (self.site, self.theme);
        let here = &site.langs[lang];
        let code = self.config.languages[lang].lang.code();
        let home = format!("/{code}/");
        if theme.has("home.html") {
            self.page(&home, Task::Home { lang });
        }
        // A feed without entries has no date, and RFC 4287 asks for one.
        if !here.articles.is_empty() {
            self.feeds(&home, lang, FeedOf::Language);
        }
        for (ids, template) in [
            (&here.articles, "article.html"),
            (&here.pages, "page.html"),
            (&here.dossiers, "video.html"),
        ] {
            if theme.has(template) {
                for id in ids {
                    self.page(&site.editions[*id].address, Task::Document(*id));
                }
            }
        }
        for key in lists(site, theme, lang) {
            let address = list_address(site, self.config, lang, key);
            self.page(
                &address,
                Task::List {
                    lang,
                    key,
                    page: None,
                },
            );
            let pages = Pages::of(list_items(site, lang, key).len());
            for number in 1..=pages.numbered {
                self.page(
                    &format!("{address}page/{number}/"),
                    Task::List {
                        lang,
                        key,
                        page: Some(number),
                    },
                );
            }
            self.feeds(&address, lang, FeedOf::List(key));
        }
        if theme.has("taxonomy.html") {
            for (taxonomy, terms) in here.terms.iter().enumerate() {
                if !terms.is_empty() {
                    let address = format!("/{code}/{}/", self.config.taxonomies[taxonomy].name);
                    self.page(&address, Task::Taxonomy { lang, taxonomy });
                }
            }
        }
        for (name, template) in [
            ("404", "404.html"),
            ("410", "410.html"),
            ("resting", "resting.html"),
        ] {
            if theme.has(template) {
                let notice = || Task::Notice {
                    lang,
                    name: name.into(),
                };
                self.file(&format!("/{code}/{template}"), notice());
                if lang == 0 {
                    self.file(&format!("/{template}"), notice());
                }
            }
        }
        if theme.has("sitemap.xml") {
            for (of, _) in sitemaps(
                site,
                Reading::new(&site.editions, None),
                self.config,
                theme,
                lang,
            ) {
                self.file(&sitemap_address(code, of), Task::Sitemap { lang, of });
            }
        }
    }

    /// Account pages, and what the sidecar fills and sends.
    fn accounts(&mut self, lang: usize) {
        let code = self.config.languages[lang].lang.code();
        for (page, path) in ACCOUNT_PAGES.iter().enumerate() {
            if self.theme.has(&account_template(path)) {
                let address = format!("/{code}/account/{path}");
                self.page(&address, Task::Account { lang, page });
            }
        }
        for (page, name) in FILLED_PAGES.iter().enumerate() {
            if self.theme.has(&filled_template(name)) {
                self.jobs.push(Job {
                    path: format!("sidecar/pages/{code}/{name}.html").into(),
                    task: Task::Filled { lang, page },
                });
            }
        }
        for mail in MailKind::ALL {
            for html in [true, false] {
                let template = mail_template(mail, html);
                if self.theme.has(&template) {
                    self.jobs.push(Job {
                        path: format!(
                            "sidecar/{}",
                            template.replace("mail/", &format!("mail/{code}/"))
                        )
                        .into(),
                        task: Task::Mail { lang, mail, html },
                    });
                }
            }
        }
    }

    fn whole_site(&mut self) {
        for (template, task) in [
            ("root.html", Task::Root),
            ("sitemap-index.xml", Task::SitemapIndex),
            ("robots.txt", Task::Robots),
        ] {
            if self.theme.has(template) {
                let address = match task {
                    Task::Root => "/index.html",
                    Task::SitemapIndex => "/sitemap.xml",
                    _ => "/robots.txt",
                };
                self.file(address, task);
            }
        }
    }

    /// What is copied, or written without a template.
    fn copies(&mut self, sources: &Sources) {
        for source in &sources.statics {
            let address = source["content/static".len()..].to_owned();
            self.file(&address, Task::Static(source.clone()));
        }
        for name in &self.theme.asset_names {
            if let Some(asset) = self.theme.assets.get(name) {
                let address = path::decode(&asset.url).unwrap_or_default();
                self.file(&address, Task::Asset(name.as_str().into()));
            }
        }
        for name in EDGE {
            self.jobs.push(Job {
                path: format!("edge/{name}").into(),
                task: Task::Edge(name.into()),
            });
        }
        self.jobs.push(Job {
            path: "sidecar/manifest.json".into(),
            task: Task::Manifest,
        });
    }
}

/// `site/en/news/index.html` → `/en/news/`.
pub fn address_of(path: &str) -> String {
    let path = path.strip_prefix("site").unwrap_or(path);
    path.strip_suffix("index.html")
        .filter(|p| p.ends_with('/'))
        .unwrap_or(path)
        .to_owned()
}
