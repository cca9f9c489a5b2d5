//! What every page says of itself: `page` in templates.

use tera::Value;

use super::{
    backend::Backend,
    renderer::Renderer,
    value::{html, list, map, text},
};
use crate::{
    base::path,
    config::LangId,
    plan::{self, FeedFormat, FeedOf},
};

/// What every page says of itself.
pub(super) struct Page<'a> {
    kind: &'a str,
    lang: LangId,
    address: &'a str,
    pub title: Option<&'a str>,
    pub description: Option<&'a str>,
    pub noindex: bool,
    pub image: Option<Value>,
    pub breadcrumbs: Vec<(String, String)>,
    pub feed: Option<FeedOf>,
    pub structured: Option<String>,
    /// Language and address of each edition, this one included.
    pub alternates: Vec<(LangId, String)>,
}

impl<'a> Page<'a> {
    pub fn new(kind: &'a str, lang: LangId, address: &'a str) -> Self {
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

impl<B: Backend> Renderer<'_, B> {
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
        let feed = |format: FeedFormat| {
            let formats = FeedFormat::of(page.feed?);
            let here = &self.site.langs[page.lang];
            let some = match format {
                FeedFormat::Video => !here.dossiers.is_empty(),
                FeedFormat::Atom | FeedFormat::Json => !here.articles.is_empty(),
            };
            let made = some && formats.contains(&format) && self.theme.has(format.template());
            let home = path::encode(&self.feed_home(page.lang, page.feed?));
            made.then(|| home + format.file())
        };
        let feed = |format: FeedFormat| text(feed(format).as_deref());
        map([
            ("type", Value::from(page.kind)),
            ("canonical", Value::from(self.config.absolute(&url))),
            ("url", Value::from(url)),
            ("title", text(page.title)),
            ("description", text(page.description)),
            ("noindex", Value::from(page.noindex)),
            ("image", page.image.unwrap_or_else(Value::none)),
            ("breadcrumbs", list(breadcrumbs)),
            ("feed_url", feed(FeedFormat::Atom)),
            ("feed_json_url", feed(FeedFormat::Json)),
            ("video_feed_url", feed(FeedFormat::Video)),
            ("structured_data", html(page.structured.as_deref())),
            ("alternates", list(alternates)),
            ("x_default", self.x_default(&page.alternates)),
        ])
    }

    /// The absolute address for readers of no listed language (`hreflang="x-default"`): that of the default
    /// language's edition, else the first. None for a page in one language alone.
    pub(super) fn x_default(&self, alternates: &[(LangId, String)]) -> Value {
        let default = alternates.iter().min_by_key(|(lang, _)| *lang);
        let default = default.filter(|_| alternates.len() > 1);
        let absolute = |address: &str| Value::from(self.config.absolute(&path::encode(address)));
        default.map_or_else(Value::none, |(_, address)| absolute(address))
    }

    /// The address of what a feed follows.
    pub(super) fn feed_home(&self, lang: LangId, of: FeedOf) -> String {
        match of {
            FeedOf::Language => format!("/{}/", self.config.languages[lang].lang),
            FeedOf::List(key) => plan::list_address(self.site, &self.config, lang, key),
        }
    }
}
