//! Sitemaps (sitemaps.org 0.9) with language alternates, and robots.txt.

use tera::Value;

use super::{
    Failure, Renderer,
    value::{Context, list, map},
};
use crate::{
    base::{date::Date, path},
    link::{EditionId, Year},
    plan::{self, ListKey, SitemapOf},
};

impl Renderer {
    pub(super) fn sitemap_index(&self) -> Result<Vec<u8>, Failure> {
        let mut sitemaps = Vec::new();
        for (lang, language) in self.config.languages.iter().enumerate() {
            for of in plan::sitemaps(&self.site, lang) {
                let newest = match of {
                    SitemapOf::Year(year) => self.year(lang, year).and_then(|y| y.changed),
                    SitemapOf::Pages => {
                        let pages = self.site.langs[lang].pages.iter();
                        pages
                            .filter_map(|id| self.site.editions.place(*id).changed)
                            .max()
                    }
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
        self.template(0, "sitemap-index.xml", &context, 4 << 10)
    }

    fn year(&self, lang: usize, year: i16) -> Option<&Year> {
        self.site.langs[lang].years.get(&year)
    }

    /// The documents that a sitemap lists, in their order.
    fn documents(&self, lang: usize, of: SitemapOf) -> &[EditionId] {
        match of {
            SitemapOf::Pages => &self.site.langs[lang].pages,
            SitemapOf::Year(year) => self.year(lang, year).map_or(&[], |y| &y.items),
        }
    }

    pub(super) fn sitemap(&self, lang: usize, of: SitemapOf) -> Result<Vec<u8>, Failure> {
        let mut entries = Vec::new();
        if of == SitemapOf::Pages {
            let home = format!("/{}/", self.config.languages[lang].lang);
            entries.push(self.location(&home, None, self.every_home()));
            for key in plan::lists(&self.site, &self.theme, lang) {
                if !matches!(key, ListKey::Archive(..)) {
                    let address = plan::list_address(&self.site, &self.config, lang, key);
                    entries.push(self.location(
                        &address,
                        None,
                        self.same_list_elsewhere(lang, key),
                    ));
                }
            }
        }
        for id in self.documents(lang, of) {
            let place = self.site.editions.place(*id);
            let alternates = self.alternates_of(place.translations);
            entries.push(self.location(place.address, place.changed, alternates));
        }
        let mut context = Context::new();
        context.insert_value("entries", list(entries));
        self.template(lang, "sitemap.xml", &context, 64 << 10)
    }

    fn location(
        &self,
        address: &str,
        changed: Option<Date>,
        alternates: Vec<(usize, String)>,
    ) -> Value {
        let lone = alternates.len() < 2;
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
            ("alternates", list(alternates)),
        ])
    }

    pub(super) fn robots(&self) -> Result<Vec<u8>, Failure> {
        self.template(0, "robots.txt", &Context::new(), 256)
    }
}
