//! HTML pages: home, articles and plain pages, lists, taxonomies, notices, redirects.

use serde_json::Value as Json;
use tera::Value;

use super::{
    backend::Backend,
    body,
    failure::Failure,
    page::Page,
    renderer::Renderer,
    structured,
    value::{Context, extended, html, list, map},
};
use crate::{
    base::{hash::Map, index::Indexed, path},
    config::{LangId, TaxonomyId},
    discover::Role,
    link::{Edition, EditionId, TermId, related},
    plan::{self, AliasId, FeedOf, ListKey},
};

impl<B: Backend> Renderer<'_, B> {
    /// Language and address of the editions of one document.
    pub(super) fn alternates_of(&self, translations: &[EditionId]) -> Vec<(LangId, String)> {
        let places = translations.iter().map(|id| self.editions.place(*id));
        places.map(|p| (p.lang, p.address.to_owned())).collect()
    }

    fn words_of_site(&self, lang: LangId) -> Option<&str> {
        let description = self.config.description.as_ref()?;
        Some(
            self.config
                .words(description, &self.config.languages[lang].lang),
        )
    }

    pub(super) fn every_home(&self) -> Vec<(LangId, String)> {
        let homes = self.config.languages.iter().indexed();
        homes.map(|(i, l)| (i, format!("/{}/", l.lang))).collect()
    }

    pub(super) fn root(&self) -> Result<B::Out, Failure> {
        let mut page = Page::new("root", LangId::default(), "/");
        // It leads on to the default language's home, which is the one in the circle of alternates.
        page.description = self.words_of_site(LangId::default());
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        self.template(LangId::default(), "root.html", &context, 4 << 10)
    }

    pub(super) fn home(&self, lang: LangId) -> Result<B::Out, Failure> {
        const RIVER: usize = 20;
        const VIDEOS: usize = 4;
        let here = &self.site.langs[lang];
        let mut context = Context::new();
        let mut card = |id: &EditionId| context.card(self.card(*id));
        let mut newest = here.articles.iter().rev();
        let home = map([
            ("lead", newest.next().map_or_else(Value::none, &mut card)),
            ("latest", list(newest.take(RIVER).map(&mut card))),
            (
                "videos",
                list(here.dossiers.iter().rev().take(VIDEOS).map(&mut card)),
            ),
            ("topics", self.topics_of_late(lang)),
        ]);
        let address = format!("/{}/", self.config.languages[lang].lang);
        let mut page = Page::new("home", lang, &address);
        page.description = self.words_of_site(lang);
        page.alternates = self.every_home();
        page.feed = Some(FeedOf::Language);
        page.structured = self.wants_structured.then(|| structured::site(self, lang));
        context.insert_value("page", self.page(page));
        context.insert_value("home", home);
        self.template(lang, "home.html", &context, 32 << 10)
    }

    /// The topics most used by the latest articles.
    fn topics_of_late(&self, lang: LangId) -> Value {
        const REACH: usize = 100;
        const SHOWN: usize = 12;
        // The first taxonomy is that of topics.
        let topics = TaxonomyId::default();
        let mut counts: Map<TermId, usize> = Map::default();
        for id in self.site.langs[lang].articles.iter().rev().take(REACH) {
            for term in &self.editions[*id].terms[topics] {
                *counts.entry(*term).or_default() += 1;
            }
        }
        let mut ranked: Vec<(TermId, usize)> = counts.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        list(
            ranked
                .into_iter()
                .take(SHOWN)
                .map(|(term, _)| self.term_link(lang, topics, term)),
        )
    }

    /// Title and address of a term's list.
    pub(super) fn term_link(&self, lang: LangId, taxonomy: TaxonomyId, term: TermId) -> Value {
        let link = self.links.term(lang, taxonomy, term);
        link.get_or_init(|| {
            let key = ListKey::Term(taxonomy, term);
            let address = plan::list_address(self.site, &self.config, lang, key);
            map([
                ("title", Value::from(self.list_title(lang, key))),
                ("url", Value::from(path::encode(&address))),
            ])
        })
        .clone()
    }

    /// The taxonomies in which an edition has terms that have a list.
    pub(super) fn taxonomies_of(&self, edition: &Edition) -> Value {
        let lang = edition.source.lang;
        let here = &self.site.langs[lang];
        list(
            edition
                .terms
                .iter()
                .indexed::<TaxonomyId>()
                .filter_map(|(taxonomy, terms)| {
                    let listed = terms
                        .iter()
                        .filter(|t| here.terms[taxonomy].contains_key(t));
                    let terms: Vec<Value> =
                        listed.map(|t| self.term_link(lang, taxonomy, *t)).collect();
                    (!terms.is_empty()).then(|| {
                        extended(
                            self.taxonomy_link(lang, taxonomy),
                            [("terms", Value::from(terms))],
                        )
                    })
                }),
        )
    }

    fn taxonomy_link(&self, lang: LangId, taxonomy: TaxonomyId) -> &Value {
        self.links.taxonomy(lang, taxonomy).get_or_init(|| {
            let name = &self.config.taxonomies[taxonomy].name;
            let title = self.taxonomy_title(lang, taxonomy);
            let url = format!("/{}/{name}/", self.config.languages[lang].lang);
            map([
                ("name", Value::from(name.as_str())),
                ("title", Value::from(title)),
                ("url", Value::from(url)),
            ])
        })
    }

    pub(super) fn document(&self, id: EditionId) -> Result<B::Out, Failure> {
        match &self.editions[id].source.role {
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
    ) -> Result<B::Out, Failure> {
        let edition = &self.editions[id];
        let (lang, meta) = (edition.source.lang, &edition.meta);
        let body = self.body(id)?;
        let mut context = Context::new();
        let mut card = |id: EditionId| context.card(self.card(id));
        let (previous, next) = self.site.neighbours(id, edition);
        let related = if self.wants_related {
            related(self.site, id, edition)
        } else {
            Vec::new()
        };
        let media = meta
            .media
            .iter()
            .filter_map(|m| self.site.dossier(&m.value, lang));
        let lead = meta.lead.as_deref().map(|l| self.inline(edition, l));
        let article = extended(
            &self.card(id).value,
            [
                ("lead", html(lead.as_deref())),
                ("body", body::html(&body)),
                ("toc", body::toc(&body)),
                ("words", Value::from(edition.body.words)),
                (
                    "authors",
                    list(meta.authors.iter().map(|a| Value::from(a.as_str()))),
                ),
                ("taxonomies", self.taxonomies_of(edition)),
                ("corrections", self.corrections(edition)),
                ("contact", self.contact_of(edition)),
                ("press_kit", self.press_kit_link(edition)),
                ("media", list(media.map(&mut card))),
                ("related", list(related.into_iter().map(&mut card))),
                ("previous", previous.map_or_else(Value::none, &mut card)),
                ("next", next.map_or_else(Value::none, &mut card)),
                ("extra", extra(edition)),
            ],
        );
        let mut page = Page::new(kind, lang, &edition.address);
        page.title = Some(&meta.title);
        let summary = self.summary_of(edition);
        page.description = summary.as_deref();
        page.image = self.picture_of(id);
        page.alternates = self.alternates_of(&edition.translations);
        if let Some(at) = self.site.section_of(edition) {
            let section = &self.site.langs[lang].sections[at].0;
            let code = &self.config.languages[lang].lang;
            let title = self.config.words(&section.title, code).to_owned();
            page.breadcrumbs
                .push((title, format!("/{code}/{}/", section.name)));
        }
        if self.wants_structured && edition.date.is_some() {
            let (image, summary) = (page.image.as_ref(), summary.as_deref());
            page.structured = Some(structured::article(self, edition, image, summary));
        }
        let size_hint = body.html().map_or(0, |body| body.html.len()) + (8 << 10);
        context.insert_value("page", self.page(page));
        context.insert_value("article", article);
        if let Some(key) = body.key() {
            context.body("article", &["body", "toc"], key);
        }
        self.template(lang, template, &context, size_hint)
    }

    fn corrections(&self, edition: &Edition) -> Value {
        list(edition.meta.corrections.iter().map(|c| {
            let note = self.inline(edition, &c.note);
            map([
                ("date", Value::from(c.date.value.rfc3339())),
                ("note", Value::safe_string(&note)),
            ])
        }))
    }

    /// The contact that a document names, else the first.
    pub(super) fn contact_of(&self, edition: &Edition) -> Value {
        let wanted = edition.meta.contact.as_ref().map(|c| c.value.as_str());
        let contacts = &self.config.contacts;
        let named = contacts.iter().find(|c| Some(c.id.as_str()) == wanted);
        let contact = named.or(contacts.first());
        contact.map_or_else(Value::none, |c| self.contact(c, edition.source.lang))
    }

    pub(super) fn notice(
        &self,
        lang: LangId,
        name: &str,
        job_path: &str,
    ) -> Result<B::Out, Failure> {
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

    pub(super) fn redirect(&self, id: EditionId, alias: AliasId) -> Result<B::Out, Failure> {
        let edition = &self.editions[id];
        let lang = edition.source.lang;
        let former = edition
            .meta
            .aliases
            .get(usize::from(alias))
            .map_or("/", |a| a.value.as_str());
        let mut page = Page::new("redirect", lang, former);
        page.title = Some(&edition.meta.title);
        page.noindex = true;
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("target", Value::from(path::encode(&edition.address)));
        self.template(lang, "redirect.html", &context, 2 << 10)
    }
}

/// Whatever else the front matter says.
fn extra(edition: &Edition) -> Value {
    let extra = edition.meta.extra.as_deref();
    match extra.map(serde_json::from_str::<Json>) {
        Some(Ok(extra)) => Value::from_serializable(&extra),
        _ => map([]),
    }
}
