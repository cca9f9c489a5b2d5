//! Sitemaps (sitemaps.org 0.9) with language alternates, and robots.txt.

use tera::Value;

use super::{
    backend::Backend,
    failure::Failure,
    renderer::Renderer,
    value::{Context, list, map},
};
use crate::{
    base::{date::Date, index::Indexed, path},
    config::LangId,
    link::EditionId,
    plan::{self, SitemapKind, SitemapOf},
};

impl<B: Backend> Renderer<'_, B> {
    pub(super) fn sitemap_index(&self) -> Result<B::Out, Failure> {
        let mut sitemaps = Vec::new();
        for (lang, language) in self.config.languages.iter().indexed() {
            for (of, places) in
                plan::sitemaps(self.site, self.editions, &self.config, &self.theme, lang)
            {
                let newest = match of.kind {
                    SitemapKind::Year(_) => self.newest(&self.documents(lang, of.kind)[places]),
                    // Lists have no date of their own.
                    SitemapKind::Pages => self.newest(self.documents(lang, of.kind)),
                };
                let address = plan::sitemap_address(language.lang.code(), of);
                sitemaps.push(map([
                    (
                        "loc",
                        Value::from(self.config.absolute(&path::encode(&address))),
                    ),
                    ("lastmod", super::cards::date(newest)),
                ]));
            }
        }
        let mut context = Context::new();
        context.insert_value("sitemaps", list(sitemaps));
        self.template(LangId::default(), "sitemap-index.xml", &context, 4 << 10)
    }

    fn newest(&self, documents: &[EditionId]) -> Option<Date> {
        let places = documents.iter().map(|id| self.editions.place(*id));
        places.filter_map(|place| place.changed).max()
    }

    /// The documents that a sitemap lists, in their order.
    fn documents(&self, lang: LangId, kind: SitemapKind) -> &[EditionId] {
        let here = &self.site.langs[lang];
        match kind {
            SitemapKind::Pages => &here.pages,
            SitemapKind::Year(year) => here.years.get(&year).map_or(&[][..], |items| items),
        }
    }

    pub(super) fn sitemap(&self, lang: LangId, of: SitemapOf) -> Result<B::Out, Failure> {
        let (site, config) = (self.site, &self.config);
        let parts = plan::sitemap_parts(site, self.editions, config, &self.theme, lang, of.kind);
        let places = parts.get(of.part).cloned().unwrap_or_default();
        let documents = self.documents(lang, of.kind).iter().map(|id| {
            let place = self.editions.place(*id);
            let alternates = self.alternates_of(place.translations);
            self.location(place.address, place.changed, alternates)
        });
        let some = |entries: &mut dyn Iterator<Item = Value>| {
            let part = entries.skip(places.start).take(places.len());
            list(part.collect::<Vec<_>>())
        };
        let entries = match of.kind {
            SitemapKind::Year(_) => some(&mut { documents }),
            SitemapKind::Pages => {
                let home = format!("/{}/", config.languages[lang].lang);
                let home = std::iter::once(self.location(&home, None, self.every_home()));
                let lists = plan::sitemap_lists(site, &self.theme, lang).map(|key| {
                    let address = plan::list_address(site, config, lang, key);
                    self.location(&address, None, self.same_list_elsewhere(lang, key))
                });
                some(&mut home.chain(lists).chain(documents))
            }
        };
        let mut context = Context::new();
        context.insert_value("entries", entries);
        self.template(lang, "sitemap.xml", &context, 64 << 10)
    }

    fn location(
        &self,
        address: &str,
        changed: Option<Date>,
        alternates: Vec<(LangId, String)>,
    ) -> Value {
        let (lone, x_default) = (alternates.len() < 2, self.x_default(&alternates));
        let alternates = alternates.iter().filter(|_| !lone).map(|(lang, address)| {
            map([
                (
                    "code",
                    Value::from(self.config.languages[*lang].lang.code()),
                ),
                (
                    "href",
                    Value::from(self.config.absolute(&path::encode(address))),
                ),
            ])
        });
        map([
            (
                "loc",
                Value::from(self.config.absolute(&path::encode(address))),
            ),
            ("lastmod", super::cards::date(changed)),
            ("x_default", x_default),
            ("alternates", list(alternates)),
        ])
    }

    pub(super) fn robots(&self) -> Result<B::Out, Failure> {
        self.template(LangId::default(), "robots.txt", &Context::new(), 256)
    }
}
