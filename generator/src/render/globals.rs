//! What every page of a language sees, and the names that pages share.

use tera::Value;

use super::{
    accounts, body,
    prepared::Parts,
    value::{extended, list, map, text},
};
use crate::{
    base::{index::Indexed, path},
    config::{self, Contact, LangId, TaxonomyId},
    link::Reading,
    plan::{self, ListKey},
};

/// A link of a menu.
fn entry(name: &str, title: String, url: &str) -> Value {
    map([
        ("name", Value::from(name)),
        ("title", Value::from(title)),
        ("url", Value::from(path::encode(url))),
    ])
}

/// The address, where there is something at it.
fn if_there(there: bool, url: impl FnOnce() -> String) -> Value {
    match there {
        true => Value::from(url()),
        false => Value::none(),
    }
}

impl Parts {
    /// By language: what its every page sees.
    pub(super) fn globals(&self) -> Vec<Vec<(&'static str, Value)>> {
        let langs = (0..self.config.languages.len()).map(LangId::from);
        langs.map(|lang| self.of_every_page(lang)).collect()
    }

    /// `site` and `lang`.
    fn of_every_page(&self, lang: LangId) -> Vec<(&'static str, Value)> {
        let (config, theme) = (&self.config, &self.theme);
        let language = &config.languages[lang];
        let code = &language.lang;
        let keys = plan::lists(&self.site, theme, lang);
        let has_articles = !self.site.langs[lang].articles.is_empty();
        let feed = |template: &str| {
            let there = theme.has(template) && has_articles;
            if_there(there, || format!("/{code}/{template}"))
        };
        let videos = keys.contains(&ListKey::Videos);
        let description = config.description.as_ref();
        let contacts = config.contacts.iter().map(|c| self.contact(c, lang));
        let site = map([
            ("name", Value::from(config.words(&config.name, code))),
            (
                "description",
                text(description.map(|d| config.words(d, code))),
            ),
            ("base_url", Value::from(config.base_url.as_str())),
            ("account", accounts::addresses(theme, code.code())),
            ("home", Value::from(format!("/{code}/"))),
            (
                "sections",
                self.menu(lang, &keys, |k| matches!(k, ListKey::Section(_))),
            ),
            (
                "kinds",
                self.menu(lang, &keys, |k| matches!(k, ListKey::Kind(_))),
            ),
            ("taxonomies", self.taxonomies(lang)),
            ("footer", self.footer(lang)),
            ("contacts", list(contacts)),
            ("video_url", if_there(videos, || format!("/{code}/video/"))),
            ("feed_url", feed("feed.xml")),
            ("feed_json_url", feed("feed.json")),
            (
                "video_feed_url",
                if_there(videos && theme.has("video-feed.rss"), || {
                    format!("/{code}/video/feed.rss")
                }),
            ),
            ("languages", self.languages(lang)),
        ]);
        let lang = map([
            ("code", Value::from(code.code())),
            ("name", Value::from(language.name.as_str())),
            ("dir", Value::from(code.direction())),
        ]);
        vec![("site", site), ("lang", lang)]
    }

    fn menu(&self, lang: LangId, keys: &[ListKey], wanted: fn(&ListKey) -> bool) -> Value {
        list(keys.iter().copied().filter(wanted).map(|key| {
            let name = match key {
                ListKey::Section(i) => self.site.langs[lang].sections[i].0.name.clone(),
                ListKey::Kind(kind) => kind.name().to_owned(),
                _ => String::new(),
            };
            let address = plan::list_address(&self.site, &self.config, lang, key);
            entry(&name, self.list_title(lang, key), &address)
        }))
    }

    fn taxonomies(&self, lang: LangId) -> Value {
        let code = &self.config.languages[lang].lang;
        let all = self.config.taxonomies.iter().indexed();
        let used = |taxonomy: TaxonomyId| !self.site.langs[lang].terms[taxonomy].is_empty();
        let listed = all.filter(|(t, _)| self.theme.has("taxonomy.html") && used(*t));
        list(listed.map(|(t, taxonomy)| {
            let name = &taxonomy.name;
            entry(
                name,
                self.taxonomy_title(lang, t),
                &format!("/{code}/{name}/"),
            )
        }))
    }

    fn footer(&self, lang: LangId) -> Value {
        let (config, site) = (&self.config, &self.site);
        list(config.footer.iter().filter_map(|page| {
            let id = site.resolver.edition(config::FILE, lang, &page.value)?;
            let edition = &site.editions[id];
            let own = &config.languages[edition.source.lang].lang;
            let link = entry("", edition.meta.title.clone(), &edition.address);
            let url = body::address_of(Reading::new(&site.editions, None), id, &page.value);
            Some(extended(
                &link,
                [
                    ("url", Value::from(url)),
                    ("lang", Value::from(own.code())),
                    ("dir", Value::from(own.direction())),
                ],
            ))
        }))
    }

    fn languages(&self, lang: LangId) -> Value {
        let all = self.config.languages.iter().indexed::<LangId>();
        let shown = all.filter(|(i, _)| self.theme.has("home.html") || *i == lang);
        list(shown.map(|(_, l)| {
            map([
                ("code", Value::from(l.lang.code())),
                ("name", Value::from(l.name.as_str())),
                ("dir", Value::from(l.lang.direction())),
                ("url", Value::from(format!("/{}/", l.lang))),
            ])
        }))
    }

    /// A contact as templates know it.
    pub(super) fn contact(&self, contact: &Contact, lang: LangId) -> Value {
        let config = &self.config;
        let code = &config.languages[lang].lang;
        let role = contact.role.as_ref().map(|r| config.words(r, code));
        map([
            ("id", Value::from(contact.id.as_str())),
            ("name", Value::from(config.words(&contact.name, code))),
            ("email", text(contact.email.as_deref())),
            ("phone", text(contact.phone.as_deref())),
            ("role", text(role)),
        ])
    }

    /// The title of a taxonomy: of `site.toml`, else of the theme's catalogue.
    pub(super) fn taxonomy_title(&self, lang: LangId, taxonomy: TaxonomyId) -> String {
        let taxonomy = &self.config.taxonomies[taxonomy];
        let words = &self.theme.catalogues[lang];
        let key = format!("taxonomy-{}", taxonomy.name);
        match &taxonomy.title {
            Some(title) => {
                let code = &self.config.languages[lang].lang;
                self.config.words(title, code).to_owned()
            }
            None if words.has(&key) => words.plain(&key),
            None => config::capitalised(&taxonomy.name),
        }
    }

    /// The title of a list; an archive's is its section's, since its date is for the template to write.
    pub(super) fn list_title(&self, lang: LangId, key: ListKey) -> String {
        let (config, site, words) = (&self.config, &self.site, &self.theme.catalogues[lang]);
        let code = &config.languages[lang].lang;
        match key {
            ListKey::Section(i) | ListKey::Archive(i, _) => {
                let title = &site.langs[lang].sections[i].0.title;
                config.words(title, code).to_owned()
            }
            ListKey::Kind(kind) => words.plain(&format!("kind-{}-plural", kind.name())),
            ListKey::Term(t, i) => config.words(&site.terms[t][i].name, code).to_owned(),
            ListKey::Videos => words.plain("video-list"),
        }
    }
}
