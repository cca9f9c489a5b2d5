//! HTML pages: home, articles and plain pages, lists, taxonomies, notices, redirects.

use tera::{Context, Value};

use super::{
    Failure, Renderer, body, cards, structured,
    value::{extended, html, list, map, text},
};
use crate::{
    base::{date::Date, hash::Map, path},
    discover::Role,
    link::{Archive, Edition, EditionId, pages_of, related},
    markdown::html as markdown,
    plan::{self, FeedOf, ListKey},
};

/// What every page says of itself.
pub(super) struct Page<'a> {
    kind: &'a str,
    lang: usize,
    address: &'a str,
    pub title: Option<&'a str>,
    pub description: Option<&'a str>,
    pub noindex: bool,
    pub image: Option<Value>,
    pub breadcrumbs: Vec<(String, String)>,
    pub feed: Option<FeedOf>,
    pub structured: Option<String>,
    /// Language and address of each edition, this one included.
    pub alternates: Vec<(usize, String)>,
}

impl<'a> Page<'a> {
    pub fn new(kind: &'a str, lang: usize, address: &'a str) -> Self {
        Self {
            kind,
            lang,
            address,
            title: None,
            description: None,
            noindex: false,
            image: None,
            breadcrumbs: Vec::new(),
            feed: None,
            structured: None,
            alternates: Vec::new(),
        }
    }
}

impl Renderer {
    /// The `page` of templates.
    pub(super) fn page(&self, page: Page<'_>) -> Value {
        let url = path::encode(page.address);
        let lone = page.alternates.len() < 2;
        let alternates = page
            .alternates
            .iter()
            .filter(|_| !lone)
            .map(|(lang, address)| {
                let language = &self.config.languages[*lang];
                let url = path::encode(address);
                map([
                    ("code", Value::from(language.lang.code())),
                    ("name", Value::from(language.name.as_str())),
                    ("dir", Value::from(language.lang.direction())),
                    ("canonical", Value::from(self.config.absolute(&url))),
                    ("url", Value::from(url)),
                    ("current", Value::from(*lang == page.lang)),
                ])
            });
        let breadcrumbs = page.breadcrumbs.iter().map(|(title, address)| {
            map([
                ("title", Value::from(title.as_str())),
                ("url", Value::from(path::encode(address))),
            ])
        });
        let feed = |template: &str| match page.feed {
            Some(of) if self.theme.has(template) => {
                Value::from(path::encode(&self.feed_home(page.lang, of)) + template)
            }
            _ => Value::none(),
        };
        map([
            ("type", Value::from(page.kind)),
            ("canonical", Value::from(self.config.absolute(&url))),
            ("url", Value::from(url)),
            ("title", text(page.title)),
            ("description", text(page.description)),
            ("noindex", Value::from(page.noindex)),
            ("image", page.image.unwrap_or_else(Value::none)),
            ("breadcrumbs", list(breadcrumbs)),
            ("feed_url", feed("feed.xml")),
            ("feed_json_url", feed("feed.json")),
            ("structured_data", html(page.structured.as_deref())),
            ("alternates", list(alternates)),
        ])
    }

    /// The address of what a feed follows.
    pub(super) fn feed_home(&self, lang: usize, of: FeedOf) -> String {
        match of {
            FeedOf::Language => format!("/{}/", self.config.languages[lang].lang),
            FeedOf::List(key) => plan::list_address(&self.site, &self.config, lang, key),
        }
    }

    pub(super) fn alternates_of(&self, edition: &Edition) -> Vec<(usize, String)> {
        let others = edition
            .translations
            .iter()
            .map(|id| &self.site.editions[*id]);
        others.map(|e| (e.source.lang, e.address.clone())).collect()
    }

    fn words_of_site(&self, lang: usize) -> Option<&str> {
        let description = self.config.description.as_ref()?;
        Some(
            self.config
                .words(description, &self.config.languages[lang].lang),
        )
    }

    fn every_home(&self) -> Vec<(usize, String)> {
        let homes = self.config.languages.iter().enumerate();
        homes.map(|(i, l)| (i, format!("/{}/", l.lang))).collect()
    }

    pub(super) fn root(&self) -> Result<Vec<u8>, Failure> {
        let mut page = Page::new("root", 0, "/");
        page.description = self.words_of_site(0);
        page.alternates = self.every_home();
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        self.template(0, "root.html", &context, 4 << 10)
    }

    pub(super) fn home(&self, lang: usize) -> Result<Vec<u8>, Failure> {
        const RIVER: usize = 20;
        const VIDEOS: usize = 4;
        let here = &self.site.langs[lang];
        let mut newest = here.articles.iter().rev().map(|id| self.cards[*id].clone());
        let lead = newest.next().unwrap_or_else(Value::none);
        let home = map([
            ("lead", lead),
            ("latest", list(newest.take(RIVER))),
            (
                "videos",
                list(
                    here.dossiers
                        .iter()
                        .rev()
                        .take(VIDEOS)
                        .map(|id| self.cards[*id].clone()),
                ),
            ),
            ("topics", self.topics_of_late(lang)),
        ]);
        let address = format!("/{}/", self.config.languages[lang].lang);
        let mut page = Page::new("home", lang, &address);
        page.description = self.words_of_site(lang);
        page.alternates = self.every_home();
        page.feed = Some(FeedOf::Language);
        page.structured = self.wants_structured.then(|| structured::site(self, lang));
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("home", home);
        self.template(lang, "home.html", &context, 32 << 10)
    }

    /// The topics most used by the latest articles.
    fn topics_of_late(&self, lang: usize) -> Value {
        const REACH: usize = 100;
        const SHOWN: usize = 12;
        const TOPICS: usize = 0;
        let mut counts: Map<usize, usize> = Map::default();
        for id in self.site.langs[lang].articles.iter().rev().take(REACH) {
            for term in &self.site.editions[*id].terms[TOPICS] {
                *counts.entry(*term).or_default() += 1;
            }
        }
        let mut ranked: Vec<(usize, usize)> = counts.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        list(
            ranked
                .into_iter()
                .take(SHOWN)
                .map(|(term, _)| self.term_link(lang, TOPICS, term)),
        )
    }

    fn term_link(&self, lang: usize, taxonomy: usize, term: usize) -> Value {
        let key = ListKey::Term(taxonomy, term);
        let address = plan::list_address(&self.site, &self.config, lang, key);
        map([
            ("title", Value::from(self.list_title(lang, key))),
            ("url", Value::from(path::encode(&address))),
        ])
    }

    /// The taxonomies in which an edition has terms that have a list.
    pub(super) fn taxonomies_of(&self, edition: &Edition) -> Value {
        let lang = edition.source.lang;
        let here = &self.site.langs[lang];
        list(
            edition
                .terms
                .iter()
                .enumerate()
                .filter_map(|(taxonomy, terms)| {
                    let listed = terms
                        .iter()
                        .filter(|t| here.terms[taxonomy].contains_key(t));
                    let terms: Vec<Value> =
                        listed.map(|t| self.term_link(lang, taxonomy, *t)).collect();
                    (!terms.is_empty()).then(|| {
                        extended(
                            &self.taxonomy_link(lang, taxonomy),
                            [("terms", Value::from(terms))],
                        )
                    })
                }),
        )
    }

    fn taxonomy_link(&self, lang: usize, taxonomy: usize) -> Value {
        let name = &self.config.taxonomies[taxonomy].name;
        let title = super::taxonomy_title(&self.config, &self.theme, lang, taxonomy);
        let url = format!("/{}/{name}/", self.config.languages[lang].lang);
        map([
            ("name", Value::from(name.as_str())),
            ("title", Value::from(title)),
            ("url", Value::from(url)),
        ])
    }

    pub(super) fn document(&self, id: EditionId) -> Result<Vec<u8>, Failure> {
        match &self.site.editions[id].source.role {
            Role::Dossier => self.dossier_page(id),
            Role::Page => self.article(id, "page", "page.html"),
            Role::Article { .. } => self.article(id, "article", "article.html"),
        }
    }

    fn article(
        &self,
        id: EditionId,
        kind: &'static str,
        template: &str,
    ) -> Result<Vec<u8>, Failure> {
        let edition = &self.site.editions[id];
        let (lang, meta) = (edition.source.lang, &edition.meta);
        let body = self.body(id)?;
        let card = |id: Option<EditionId>| id.map_or_else(Value::none, |id| self.cards[id].clone());
        let (previous, next) = self.site.neighbours.get(&id).copied().unwrap_or_default();
        let related = if self.wants_related {
            related(&self.site, id)
        } else {
            Vec::new()
        };
        let corrections = meta.corrections.iter().map(|c| {
            let note = self.inline(edition, &c.note);
            map([
                ("date", Value::from(c.date.rfc3339())),
                ("note", Value::safe_string(&note)),
            ])
        });
        let media = meta
            .media
            .iter()
            .filter_map(|m| self.site.dossier(&m.value, lang));
        let wanted = meta.contact.as_ref().map(|c| c.value.as_str());
        let contacts = &self.config.contacts;
        let contact = contacts
            .iter()
            .find(|c| Some(c.id.as_str()) == wanted)
            .or(contacts.first());
        let extra = match &meta.extra {
            Some(extra) => Value::from_serializable(extra.as_ref()),
            None => map([]),
        };
        let article = extended(
            &self.cards[id],
            [
                ("body", html(Some(&body.html))),
                ("toc", body::toc(&body)),
                ("words", Value::from(edition.body.words)),
                (
                    "authors",
                    list(meta.authors.iter().map(|a| Value::from(a.as_str()))),
                ),
                ("taxonomies", self.taxonomies_of(edition)),
                ("corrections", list(corrections)),
                (
                    "contact",
                    contact.map_or_else(Value::none, |c| self.contact(c, lang)),
                ),
                ("media", list(media.map(|id| self.cards[id].clone()))),
                (
                    "related",
                    list(related.into_iter().map(|id| self.cards[id].clone())),
                ),
                ("previous", card(previous)),
                ("next", card(next)),
                ("extra", extra),
            ],
        );
        let mut page = Page::new(kind, lang, &edition.address);
        page.title = Some(&meta.title);
        page.description = Some(meta.lead.as_deref().unwrap_or(&meta.title));
        page.image = self.cards[id].get_from_path("image").cloned();
        page.alternates = self.alternates_of(edition);
        if let Some(section) = self.site.section_of(edition) {
            let code = &self.config.languages[lang].lang;
            let title = self.config.words(&section.title, code).to_owned();
            page.breadcrumbs
                .push((title, format!("/{code}/{}/", section.name)));
        }
        if self.wants_structured && edition.date.is_some() {
            page.structured = Some(structured::article(self, edition, &self.cards[id]));
        }
        let size_hint = body.html.len() + (8 << 10);
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("article", article);
        self.template(lang, template, &context, size_hint)
    }

    pub(super) fn list(
        &self,
        lang: usize,
        key: ListKey,
        number: Option<usize>,
    ) -> Result<Vec<u8>, Failure> {
        let items = plan::list_items(&self.site, lang, key);
        let (own, numbered) = pages_of(items.len());
        let home = plan::list_address(&self.site, &self.config, lang, key);
        let page_address = |n: usize| Value::from(format!("{}page/{n}/", path::encode(&home)));
        let (range, newer, older) = match number {
            None if numbered.is_empty() => (own, Value::none(), Value::none()),
            None => (own, Value::none(), page_address(numbered.len())),
            Some(n) => {
                let newer = if n == numbered.len() {
                    Value::from(path::encode(&home))
                } else {
                    page_address(n + 1)
                };
                let older = if n == 1 {
                    Value::none()
                } else {
                    page_address(n - 1)
                };
                (numbered[n - 1].clone(), newer, older)
            }
        };
        let first = number.is_none();
        let title = self.list_title(lang, key);
        let description = self.list_text(lang, key);
        let (kind, name) = self.list_kind(lang, key);
        let (precision, date) = self.archive_date(lang, key);
        let list_value = map([
            ("type", Value::from(kind)),
            ("title", Value::from(title.as_str())),
            ("text", html(description.as_deref())),
            (
                "items",
                list(items[range].iter().rev().map(|id| self.cards[*id].clone())),
            ),
            ("number", Value::from(number.unwrap_or(numbered.len() + 1))),
            ("first", Value::from(first)),
            (
                "total",
                if first {
                    Value::from(items.len())
                } else {
                    Value::none()
                },
            ),
            ("newer", newer),
            ("older", older),
            ("name", Value::from(name)),
            // On the list's own address alone: a numbered page never changes again.
            (
                "children",
                if first {
                    self.children(lang, key)
                } else {
                    list([])
                },
            ),
            ("precision", precision),
            ("date", date),
        ]);
        let address = number.map_or_else(|| home.clone(), |n| format!("{home}page/{n}/"));
        let mut page = Page::new(kind, lang, &address);
        page.title = Some(&title);
        let plain = description.as_deref().map(markdown::plain);
        page.description = plain.as_deref().map(str::trim).filter(|d| !d.is_empty());
        page.breadcrumbs = self.crumbs_of_list(lang, key);
        if first {
            page.alternates = self.same_list_elsewhere(lang, key);
        }
        if matches!(
            key,
            ListKey::Section(_) | ListKey::Kind(_) | ListKey::Term(..)
        ) {
            page.feed = Some(FeedOf::List(key));
        }
        let template = if matches!(key, ListKey::Archive(..)) {
            "archive.html"
        } else {
            "list.html"
        };
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("list", list_value);
        self.template(lang, template, &context, 32 << 10)
    }

    fn list_kind(&self, lang: usize, key: ListKey) -> (&'static str, String) {
        match key {
            ListKey::Section(i) => ("section", self.site.langs[lang].sections[i].0.name.clone()),
            ListKey::Archive(i, _) => ("archive", self.site.langs[lang].sections[i].0.name.clone()),
            ListKey::Kind(kind) => ("kind", kind.name().to_owned()),
            ListKey::Term(t, _) => ("term", self.config.taxonomies[t].name.clone()),
            ListKey::Videos => ("video-list", "video".to_owned()),
        }
    }

    fn list_text(&self, lang: usize, key: ListKey) -> Option<String> {
        let words = match key {
            ListKey::Section(i) => self.site.langs[lang].sections[i].0.description.as_ref(),
            ListKey::Term(t, i) => self.site.terms[t][i].text.as_ref(),
            _ => None,
        }?;
        let code = &self.config.languages[lang].lang;
        let markdown = self.config.words(words, code);
        Some(markdown::to_html(markdown, code, "", &mut body::NoLinks).html)
    }

    fn archive_date(&self, lang: usize, key: ListKey) -> (Value, Value) {
        let ListKey::Archive(section, i) = key else {
            return (Value::none(), Value::none());
        };
        let archive = &self.site.langs[lang].archives[section][i];
        (
            Value::from(precision(archive)),
            Value::from(first_day(archive)),
        )
    }

    /// Finer archives below this list: a section's years, a year's months, a month's days.
    fn children(&self, lang: usize, key: ListKey) -> Value {
        let here = &self.site.langs[lang];
        if !self.theme.has("archive.html") {
            return list([]);
        }
        let (section, parent) = match key {
            ListKey::Section(i) => (i, None),
            ListKey::Archive(i, a) => (i, here.archives[i].get(a)),
            _ => return list([]),
        };
        let inside = here.archives[section]
            .iter()
            .enumerate()
            .filter(|(_, a)| match parent {
                None => a.month.is_none(),
                Some(parent) => parent.holds(a),
            });
        list(inside.rev().map(|(i, a)| {
            let address =
                plan::list_address(&self.site, &self.config, lang, ListKey::Archive(section, i));
            let title = self.archive_title(lang, a);
            map([
                ("title", Value::from(title)),
                ("url", Value::from(path::encode(&address))),
                ("date", Value::from(first_day(a))),
            ])
        }))
    }

    /// `2025`, `January 2025` or `27 January 2025`.
    fn archive_title(&self, lang: usize, archive: &Archive) -> String {
        let numbers = || archive.path().trim_end_matches('/').replace('/', "-");
        let date = Date::parse(&first_day(archive), &jiff::tz::TimeZone::UTC).ok();
        date.and_then(|d| self.engines.date(lang, d, precision(archive)))
            .unwrap_or_else(numbers)
    }

    fn crumbs_of_list(&self, lang: usize, key: ListKey) -> Vec<(String, String)> {
        let code = &self.config.languages[lang].lang;
        match key {
            ListKey::Term(t, _) if self.theme.has("taxonomy.html") => {
                let title = super::taxonomy_title(&self.config, &self.theme, lang, t);
                vec![(
                    title,
                    format!("/{code}/{}/", self.config.taxonomies[t].name),
                )]
            }
            ListKey::Archive(section, i) => {
                let archives = &self.site.langs[lang].archives[section];
                let own = &archives[i];
                let key = ListKey::Section(section);
                let mut crumbs = vec![(
                    self.list_title(lang, key),
                    plan::list_address(&self.site, &self.config, lang, key),
                )];
                for (n, a) in archives.iter().enumerate() {
                    let above = a.holds(own)
                        || (a.month.is_none() && a.year == own.year && own.day.is_some());
                    if above {
                        let address = plan::list_address(
                            &self.site,
                            &self.config,
                            lang,
                            ListKey::Archive(section, n),
                        );
                        crumbs.push((self.archive_title(lang, a), address));
                    }
                }
                crumbs
            }
            _ => Vec::new(),
        }
    }

    /// The list that means the same in each language that has it.
    fn same_list_elsewhere(&self, lang: usize, key: ListKey) -> Vec<(usize, String)> {
        let mine = &self.site.langs[lang];
        (0..self.config.languages.len())
            .filter_map(|other| {
                let here = &self.site.langs[other];
                let section = |i: usize| {
                    here.sections
                        .iter()
                        .position(|(s, _)| s.name == mine.sections[i].0.name)
                };
                let key = match key {
                    ListKey::Section(i) => ListKey::Section(section(i)?),
                    ListKey::Kind(kind) => here.kinds.contains_key(&kind).then_some(key)?,
                    ListKey::Term(t, i) => here.terms[t].contains_key(&i).then_some(key)?,
                    ListKey::Videos => (!here.dossiers.is_empty()).then_some(key)?,
                    ListKey::Archive(s, i) => {
                        let (own, other) = (&mine.archives[s][i], section(s)?);
                        let same = here.archives[other]
                            .iter()
                            .position(|a| a.path() == own.path())?;
                        ListKey::Archive(other, same)
                    }
                };
                Some((
                    other,
                    plan::list_address(&self.site, &self.config, other, key),
                ))
            })
            .collect()
    }

    pub(super) fn taxonomy(&self, lang: usize, taxonomy: usize) -> Result<Vec<u8>, Failure> {
        let here = &self.site.langs[lang];
        let name = &self.config.taxonomies[taxonomy].name;
        let title = super::taxonomy_title(&self.config, &self.theme, lang, taxonomy);
        let mut terms: Vec<(String, Value)> = here.terms[taxonomy]
            .iter()
            .map(|(term, items)| {
                let link = self.term_link(lang, taxonomy, *term);
                let title = self.list_title(lang, ListKey::Term(taxonomy, *term));
                (
                    title.to_lowercase(),
                    extended(&link, [("count", Value::from(items.len()))]),
                )
            })
            .collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let value = map([
            ("name", Value::from(name.as_str())),
            ("title", Value::from(title.as_str())),
            ("terms", list(terms.into_iter().map(|(_, value)| value))),
        ]);
        let address = |lang: usize| format!("/{}/{name}/", self.config.languages[lang].lang);
        let own = address(lang);
        let mut page = Page::new("taxonomy", lang, &own);
        page.title = Some(&title);
        let languages = (0..self.config.languages.len())
            .filter(|l| !self.site.langs[*l].terms[taxonomy].is_empty());
        page.alternates = languages.map(|l| (l, address(l))).collect();
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("taxonomy", value);
        self.template(lang, "taxonomy.html", &context, 16 << 10)
    }

    pub(super) fn notice(
        &self,
        lang: usize,
        name: &str,
        job_path: &str,
    ) -> Result<Vec<u8>, Failure> {
        let key = match name {
            "404" => "not-found-title",
            "410" => "gone-title",
            _ => "resting-title",
        };
        let title = self.theme.catalogues[lang].plain(key);
        let address = plan::address_of(job_path);
        let mut page = Page::new(name, lang, &address);
        page.title = Some(&title);
        page.noindex = true;
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        self.template(lang, &format!("{name}.html"), &context, 8 << 10)
    }

    pub(super) fn redirect(&self, id: EditionId, alias: usize) -> Result<Vec<u8>, Failure> {
        let edition = &self.site.editions[id];
        let lang = edition.source.lang;
        let former = edition
            .meta
            .aliases
            .get(alias)
            .map_or("/", |a| a.value.as_str());
        let mut page = Page::new("redirect", lang, former);
        page.title = Some(&edition.meta.title);
        page.noindex = true;
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert("target", &path::encode(&edition.address));
        self.template(lang, "redirect.html", &context, 2 << 10)
    }
}

/// The first day of an archive as a date that `date` formats.
fn first_day(archive: &Archive) -> String {
    let (month, day) = (archive.month.unwrap_or(1), archive.day.unwrap_or(1));
    format!("{:04}-{month:02}-{day:02}", archive.year)
}

/// The style in which `date` writes an archive's day.
fn precision(archive: &Archive) -> &'static str {
    match (archive.month, archive.day) {
        (None, _) => "year",
        (Some(_), None) => "month",
        (Some(_), Some(_)) => "day",
    }
}

/// A field of a card, for structured data.
pub(super) fn field<'a>(card: &'a Value, key: &'static str) -> Option<&'a str> {
    card.get_from_path(key)?.as_str()
}

/// Cards are also what feeds show.
pub(super) fn card_date(edition: &Edition) -> Value {
    cards::date(edition.changed())
}
