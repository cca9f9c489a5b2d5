//! Stage 5: one [`Job`] and the [`Site`] → bytes. Each job is a pure function of what was prepared.

mod accounts;
mod body;
mod cards;
mod closures;
mod edge;
mod engine;
mod feeds;
mod functions;
mod keys;
mod links;
mod lists;
mod mails;
mod manifest;
mod media;
mod pages;
mod sitemaps;
mod slots;
mod structured;
mod templates;
mod value;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use dateline_contract::edge::EdgeRules;
use tera::{Tera, Value};

use self::{
    cards::{Card, Cards},
    engine::Engines,
    links::Links,
    value::{Context, extended, list, map, text},
};
pub use self::{
    closures::Templates,
    engine::Place,
    keys::{Key, Keys},
};
use crate::{
    assets::UsedFiles,
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::Digest,
        path,
        read::unreadable,
    },
    config::{Config, Contact},
    link::{Edition, EditionId, Site},
    plan::{self, Job, ListKey, Task},
    theme::Theme,
};

/// Why a job has no output.
#[derive(Debug)]
pub enum Failure {
    /// A mistake of the theme or the content.
    Wrong(Box<Diagnostic>),
    /// A source is no longer what was parsed: the build must begin again.
    Stale(String),
}

impl From<Diagnostic> for Failure {
    fn from(diag: Diagnostic) -> Self {
        Self::Wrong(Box::new(diag))
    }
}

/// Everything that rendering reads. Copies share all that is large.
#[derive(Clone)]
pub struct Renderer {
    files: Arc<dyn Files>,
    config: Arc<Config>,
    site: Site,
    theme: Arc<Theme>,
    used: Arc<UsedFiles>,
    moved: Arc<EdgeRules>,
    dead: Arc<BTreeSet<String>>,
    edge: Arc<OnceLock<EdgeRules>>,
    engines: Engines,
    links: Arc<Links>,
    cards: Cards,
    /// Whether any template asks for related articles.
    wants_related: bool,
    /// Whether any template asks for structured data.
    wants_structured: bool,
}

/// What a renderer is made from. Copies share all that is large.
#[derive(Clone)]
pub struct Parts {
    /// The door to the sources.
    pub files: Arc<dyn Files>,
    /// The configuration.
    pub config: Arc<Config>,
    /// What is published.
    pub site: Site,
    /// The theme.
    pub theme: Arc<Theme>,
    /// Files beside documents.
    pub used: Arc<UsedFiles>,
    /// Redirects and 410s, without headers.
    pub moved: Arc<EdgeRules>,
    /// Addresses of this site where nothing is now: links to them are text.
    pub dead: Arc<BTreeSet<String>>,
}

impl Renderer {
    /// Compiles the theme and builds what pages share. `None` when templates have mistakes.
    pub fn new(parts: Parts, diags: &mut Diagnostics) -> Option<Self> {
        let Parts {
            files,
            config,
            site,
            theme,
            used,
            moved,
            dead,
        } = parts;
        let globals = (0..config.languages.len())
            .map(|lang| globals(&config, &site, &theme, lang))
            .collect();
        let engines = Engines::new(&config, &theme, globals, diags)?;
        let links = Arc::new(Links::new(&config, &site));
        let cards = Cards::new(site.editions.len());
        let mentions = |word: &str| theme.templates.iter().any(|t| t.text.contains(word));
        let (wants_related, wants_structured) = (mentions("related"), mentions("structured_data"));
        Some(Self {
            files,
            config,
            site,
            theme,
            used,
            moved,
            dead,
            edge: Arc::default(),
            engines,
            links,
            cards,
            wants_related,
            wants_structured,
        })
    }

    /// For the same newsroom after quiet edits.
    pub fn edited(&self, edited: Vec<(EditionId, Edition)>) -> Self {
        let cards: Vec<_> = edited
            .iter()
            .map(|(id, e)| (*id, self.new_card(e)))
            .collect();
        Self {
            cards: self.cards.with(cards),
            site: Site {
                editions: self.site.editions.with(edited),
                ..self.site.clone()
            },
            ..self.clone()
        }
    }

    /// What lists, home and neighbours show of an edition.
    fn card(&self, id: EditionId) -> &Card {
        self.cards
            .get(id, || self.new_card(&self.site.editions[id]))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Redirects and 410s, without headers.
    pub fn moved(&self) -> &Arc<EdgeRules> {
        &self.moved
    }

    /// Addresses of this site where nothing is now.
    pub fn dead(&self) -> &Arc<BTreeSet<String>> {
        &self.dead
    }

    /// Files beside documents.
    pub fn used(&self) -> &Arc<UsedFiles> {
        &self.used
    }

    /// The theme.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// The engine that knows the theme's templates, in the default language.
    pub fn engine(&self) -> &Tera {
        self.engines.first()
    }

    /// What is published.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The catalogue for the sidecar.
    pub fn manifest(&self) -> dateline_contract::manifest::Manifest {
        manifest::manifest(self)
    }

    /// Headers, redirects and 410s.
    pub fn edge_rules(&self) -> &EdgeRules {
        self.edge.get_or_init(|| edge::rules(self))
    }

    /// The bytes of one output.
    ///
    /// # Errors
    /// A diagnostic that names the template's line and the document, or that a source has changed. A panic is
    /// such a diagnostic too, whoever asks: for a key, for a page, for one to come.
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        guarded(job, || self.unguarded(job))
    }

    fn unguarded(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let rendered = match &job.task {
            Task::Root => self.root(),
            Task::Home { lang } => self.home(*lang),
            Task::Document(id) => self.document(*id),
            Task::List { lang, key, page } => self.list(*lang, *key, *page),
            Task::Taxonomy { lang, taxonomy } => self.taxonomy(*lang, *taxonomy),
            Task::Notice { lang, name } => self.notice(*lang, name, &job.path),
            Task::Redirect { edition, alias } => self.redirect(*edition, *alias),
            Task::Feed { lang, of, format } => self.feed(*lang, *of, *format),
            Task::SitemapIndex => self.sitemap_index(),
            Task::Sitemap { lang, of } => self.sitemap(*lang, *of),
            Task::Robots => self.robots(),
            Task::Static(path) => self.copy(path),
            Task::File(path) => self.copy(path),
            Task::Asset(name) => Ok(self
                .theme
                .assets
                .get(&**name)
                .map(|a| a.bytes.to_vec())
                .unwrap_or_default()),
            Task::Edge(name) => Ok(edge::file(self, name)),
            Task::Manifest => manifest::json(self).map_err(Failure::from),
            Task::Account { lang, page } => self.account(*lang, *page),
            Task::Filled { lang, page } => self.filled_page(*lang, *page),
            Task::Mail { lang, mail, html } => self.mail(*lang, *mail, *html),
        };
        rendered.map_err(|failure| match failure {
            Failure::Wrong(diag) => Failure::Wrong(Box::new(
                diag.note(format!("while rendering {}", self.subject(job))),
            )),
            stale => stale,
        })
    }

    /// The source of an output that is a copy of it: such a file may be larger than memory, and is handed on
    /// piece by piece.
    pub fn copied<'a>(&self, job: &'a Job) -> Option<&'a str> {
        match &job.task {
            Task::Static(path) | Task::File(path) => Some(path),
            _ => None,
        }
    }

    /// The files that outputs are copied from.
    pub fn files(&self) -> &dyn Files {
        self.files.as_ref()
    }

    /// What a person would call the thing being rendered: the article's source, else the address.
    pub fn subject(&self, job: &Job) -> String {
        match &job.task {
            Task::Document(id) | Task::Redirect { edition: id, .. } => {
                self.site.editions[*id].source.path.to_string()
            }
            _ => plan::address_of(&job.path),
        }
    }

    /// The content of a file, or its digest where a key is asked for.
    fn copy(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let failed = |e| unreadable(path, &e);
        match self.engines.closures() {
            Some(_) => Ok(self.files.digest(path).map_err(failed)?.hex().into_bytes()),
            None => self.content(path),
        }
    }

    /// The content of a file.
    fn content(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let bytes = self.files.read(path).map_err(|e| unreadable(path, &e))?;
        // Its key stands for what it was; what it has become meanwhile must not pass for that.
        match self.files.answered(path) {
            Some(digest) if digest != Digest::of(&bytes) => Err(Failure::Stale(path.to_owned())),
            _ => Ok(bytes),
        }
    }

    fn template(
        &self,
        lang: usize,
        template: &str,
        context: &Context,
        hint: usize,
    ) -> Result<Vec<u8>, Failure> {
        Ok(self.engines.render(lang, template, context, hint)?)
    }

    fn contact(&self, contact: &Contact, lang: usize) -> Value {
        contact_value(&self.config, contact, lang)
    }

    fn list_title(&self, lang: usize, key: ListKey) -> String {
        list_title(&self.config, &self.site, &self.theme, lang, key)
    }
}

/// A panic of `work` on a job becomes a diagnostic that names it.
///
/// # Errors
/// That diagnostic, and those of `work`.
pub fn guarded<T>(job: &Job, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "Dateline itself failed here; this is a mistake of ours, not of yours";
        Err(Diagnostic::error(message)
            .note(format!("while rendering {}", plan::address_of(&job.path)))
            .hint("please report it, with this document")
            .into())
    })
}

fn contact_value(config: &Config, contact: &Contact, lang: usize) -> Value {
    let code = &config.languages[lang].lang;
    map([
        ("id", Value::from(contact.id.as_str())),
        ("name", Value::from(config.words(&contact.name, code))),
        ("email", text(contact.email.as_deref())),
        ("phone", text(contact.phone.as_deref())),
        (
            "role",
            text(contact.role.as_ref().map(|r| config.words(r, code))),
        ),
    ])
}

/// The title of a taxonomy: of `site.toml`, else of the theme's catalogue.
fn taxonomy_title(config: &Config, theme: &Theme, lang: usize, taxonomy: usize) -> String {
    let taxonomy = &config.taxonomies[taxonomy];
    match &taxonomy.title {
        Some(title) => config.words(title, &config.languages[lang].lang).to_owned(),
        None => {
            let key = format!("taxonomy-{}", taxonomy.name);
            match theme.catalogues[lang].has(&key) {
                true => theme.catalogues[lang].plain(&key),
                false => crate::config::capitalised(&taxonomy.name),
            }
        }
    }
}

/// The title of a list; an archive's is its section's, since its date is for the template to write.
fn list_title(config: &Config, site: &Site, theme: &Theme, lang: usize, key: ListKey) -> String {
    let code = &config.languages[lang].lang;
    match key {
        ListKey::Section(i) | ListKey::Archive(i, _) => config
            .words(&site.langs[lang].sections[i].0.title, code)
            .to_owned(),
        ListKey::Kind(kind) => {
            theme.catalogues[lang].plain(&format!("kind-{}-plural", kind.name()))
        }
        ListKey::Term(t, i) => config.words(&site.terms[t][i].name, code).to_owned(),
        ListKey::Videos => theme.catalogues[lang].plain("video-list"),
    }
}

/// What every page of a language sees: `lang` and `site`.
fn globals(config: &Config, site: &Site, theme: &Theme, lang: usize) -> Vec<(&'static str, Value)> {
    let language = &config.languages[lang];
    let code = &language.lang;
    let keys = plan::lists(site, theme, lang);
    let entry = |name: &str, title: String, url: String| {
        map([
            ("name", Value::from(name)),
            ("title", Value::from(title)),
            ("url", Value::from(path::encode(&url))),
        ])
    };
    let of_lists = |wanted: fn(&ListKey) -> bool| {
        list(keys.iter().copied().filter(wanted).map(|key| {
            let name = match key {
                ListKey::Section(i) => site.langs[lang].sections[i].0.name.clone(),
                ListKey::Kind(kind) => kind.name().to_owned(),
                _ => String::new(),
            };
            let address = plan::list_address(site, config, lang, key);
            entry(&name, list_title(config, site, theme, lang, key), address)
        }))
    };
    let taxonomies = list(
        (0..config.taxonomies.len())
            .filter(|t| theme.has("taxonomy.html") && !site.langs[lang].terms[*t].is_empty())
            .map(|t| {
                let name = &config.taxonomies[t].name;
                entry(
                    name,
                    taxonomy_title(config, theme, lang, t),
                    format!("/{code}/{name}/"),
                )
            }),
    );
    let footer = list(config.footer.iter().filter_map(|page| {
        let id = site
            .resolver
            .edition(crate::config::FILE, lang, &page.value)?;
        let edition = &site.editions[id];
        let own = &config.languages[edition.source.lang].lang;
        let link = entry("", edition.meta.title.clone(), edition.address.clone());
        let url = body::address_of(site, id, &page.value);
        Some(extended(
            &link,
            [
                ("url", Value::from(url)),
                ("lang", Value::from(own.code())),
                ("dir", Value::from(own.direction())),
            ],
        ))
    }));
    let has_feed = |template: &str| theme.has(template) && !site.langs[lang].articles.is_empty();
    let feed = |template: &str| match has_feed(template) {
        true => Value::from(format!("/{code}/{template}")),
        false => Value::none(),
    };
    let videos = match keys.contains(&ListKey::Videos) {
        true => Value::from(format!("/{code}/video/")),
        false => Value::none(),
    };
    let video_feed = match keys.contains(&ListKey::Videos) && theme.has("video-feed.rss") {
        true => Value::from(format!("/{code}/video/feed.rss")),
        false => Value::none(),
    };
    let languages = config
        .languages
        .iter()
        .enumerate()
        .filter(|(i, _)| theme.has("home.html") || *i == lang);
    let languages = list(languages.map(|(_, l)| {
        map([
            ("code", Value::from(l.lang.code())),
            ("name", Value::from(l.name.as_str())),
            ("dir", Value::from(l.lang.direction())),
            ("url", Value::from(format!("/{}/", l.lang))),
        ])
    }));
    let site_value = map([
        ("name", Value::from(config.words(&config.name, code))),
        (
            "description",
            text(config.description.as_ref().map(|d| config.words(d, code))),
        ),
        ("base_url", Value::from(config.base_url.as_str())),
        ("account", accounts::addresses(theme, code.code())),
        ("home", Value::from(format!("/{code}/"))),
        ("sections", of_lists(|k| matches!(k, ListKey::Section(_)))),
        ("kinds", of_lists(|k| matches!(k, ListKey::Kind(_)))),
        ("taxonomies", taxonomies),
        ("footer", footer),
        (
            "contacts",
            list(
                config
                    .contacts
                    .iter()
                    .map(|c| contact_value(config, c, lang)),
            ),
        ),
        ("video_url", videos),
        ("feed_url", feed("feed.xml")),
        ("feed_json_url", feed("feed.json")),
        ("video_feed_url", video_feed),
        ("languages", languages),
    ]);
    let lang_value = map([
        ("code", Value::from(code.code())),
        ("name", Value::from(language.name.as_str())),
        ("dir", Value::from(code.direction())),
    ]);
    vec![("site", site_value), ("lang", lang_value)]
}
