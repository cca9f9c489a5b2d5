//! Atom (RFC 4287), JSON Feed 1.1 and Media RSS: the newest 30 of a language or a list.

use tera::Value;

use super::{
    backend::Backend,
    failure::Failure,
    renderer::Renderer,
    value::{Context, decimal, extended, html, list, map, text},
};
use crate::{
    base::{date::Date, path},
    config::{Config, LangId},
    link::EditionId,
    parse::DossierMeta,
    plan::{self, FeedFormat, FeedOf},
};

/// How many entries a feed holds.
const ENTRIES: usize = 30;

/// The most categories of an entry: a story stands in the feed of each of its terms, so that its entries
/// grow with the square of their number.
const CATEGORIES: usize = 50;

impl<B: Backend> Renderer<'_, B> {
    pub(super) fn feed(
        &self,
        lang: LangId,
        of: FeedOf,
        format: FeedFormat,
    ) -> Result<B::Out, Failure> {
        let code = &self.config.languages[lang].lang;
        let site_name = self.config.words(&self.config.name, code);
        let (items, title) = match of {
            FeedOf::Language => (
                self.site.langs[lang].articles.as_slice(),
                site_name.to_owned(),
            ),
            FeedOf::List(key) => (
                plan::list_items(self.site, lang, key),
                format!("{} – {site_name}", self.list_title(lang, key)),
            ),
        };
        let newest = &items[items.len().saturating_sub(ENTRIES)..];
        let mut entries = Vec::with_capacity(newest.len());
        for id in newest.iter().rev() {
            entries.push(match format {
                FeedFormat::Video => self.video_entry(*id)?,
                FeedFormat::Atom | FeedFormat::Json => self.entry(*id)?,
            });
        }
        let home = path::encode(&self.feed_home(lang, of));
        let url = format!("{home}{}", format.file());
        // Of the entries, never of the build: a feed changes when its stories do.
        let updated: Option<Date> = newest
            .iter()
            .filter_map(|id| self.editions[*id].changed())
            .max();
        let feed = map([
            ("title", Value::from(title)),
            ("canonical", Value::from(self.config.absolute(&url))),
            ("url", Value::from(url)),
            ("home", Value::from(self.config.absolute(&home))),
            ("updated", super::cards::date(updated)),
            ("entries", list(entries)),
        ]);
        let mut context = Context::new();
        context.insert_value("feed", feed);
        self.template(lang, format.template(), &context, 32 << 10)
    }

    fn entry(&self, id: EditionId) -> Result<Value, Failure> {
        let edition = &self.editions[id];
        let lang = edition.source.lang;
        let content = match self.config.full_text_feeds {
            true => {
                let body = self.body(id)?;
                let html = body.html();
                let html = html.map(|b| absolute_links(&b.html, &self.config, &edition.address));
                html.or_else(|| body.key().map(|key| key.hex()))
            }
            false => None,
        };
        let code = &self.config.languages[lang].lang;
        let terms = edition
            .terms
            .iter()
            .zip(&self.site.terms)
            .flat_map(|(own, all)| own.iter().map(|t| &all[*t]))
            .take(CATEGORIES);
        let authors = edition.meta.authors.iter();
        let media = edition
            .meta
            .media
            .iter()
            .filter_map(|m| self.site.dossier(&m.value, lang));
        Ok(extended(
            &self.card(id).value,
            [
                ("updated", super::cards::date(edition.changed())),
                ("summary", text(self.summary_of(edition).as_deref())),
                ("authors", list(authors.map(|a| Value::from(a.as_str())))),
                ("content", html(content.as_deref())),
                (
                    "categories",
                    list(terms.map(|t| Value::from(self.config.words(&t.name, code)))),
                ),
                ("media", list(media.map(|m| self.card(m).value.clone()))),
            ],
        ))
    }

    /// A dossier with what anyone may download; a gated file is no part of a feed.
    fn video_entry(&self, id: EditionId) -> Result<Value, Failure> {
        let edition = &self.editions[id];
        let none = DossierMeta::default();
        let own = edition.meta.dossier.as_deref().unwrap_or(&none);
        let free = own.renditions.iter().filter(|r| !r.gated);
        let files = free.map(|r| {
            let size = r.dimensions();
            extended(
                &self.rendition(edition, r),
                [
                    ("width", size.map_or_else(Value::none, |s| s.0.into())),
                    ("height", size.map_or_else(Value::none, |s| s.1.into())),
                    ("frames", text(r.frames().map(decimal).as_deref())),
                ],
            )
        });
        let seconds = own.duration.map(|d| d.round().max(1.0) as u64);
        Ok(extended(
            &self.entry(id)?,
            [
                ("files", list(files)),
                ("seconds", seconds.map_or_else(Value::none, Value::from)),
                ("terms", self.download_terms(edition.source.lang, own)),
                ("expires", super::cards::date(edition.meta.expires)),
            ],
        ))
    }

    pub(super) fn card_of(&self, edition: &crate::link::Edition) -> Option<&Value> {
        let id = edition
            .translations
            .iter()
            .find(|id| self.editions[**id].source.path == edition.source.path)?;
        Some(&self.card(*id).value)
    }
}

/// Readers of feeds have no page to resolve against.
fn absolute_links(html: &str, config: &Config, address: &str) -> String {
    let page = config.absolute(&path::encode(address));
    html.replace(" href=\"/", &format!(" href=\"{}/", config.base_url))
        .replace(" src=\"/", &format!(" src=\"{}/", config.base_url))
        .replace(" href=\"#", &format!(" href=\"{page}#"))
}
