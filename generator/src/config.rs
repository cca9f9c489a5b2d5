//! `content/site.toml` → [`Config`]: what an office says of itself once.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::base::{
    diag::{Diagnostic, Diagnostics},
    fields::{At, Fields, Words, list},
    files::Files,
    lang::Lang,
    path, tree,
};

/// Where the configuration lies.
pub const FILE: &str = "content/site.toml";

/// Folders under `content/` with a meaning of their own.
pub const SPECIAL_FOLDERS: [&str; 4] = ["pages", "media", "newsletters", "static"];

/// First parts of an address that no section and no taxonomy may take.
pub const RESERVED: [&str; 4] = ["account", "video", "kind", "page"];

/// The keys of an article's front matter; no taxonomy may be called like one.
pub const ARTICLE_KEYS: [&str; 18] = [
    "title",
    "date",
    "updated",
    "kind",
    "dateline",
    "lead",
    "image",
    "media",
    "related",
    "embargo",
    "expires",
    "corrections",
    "aliases",
    "slug",
    "draft",
    "contact",
    "authors",
    "extra",
];

/// What sort of article it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// The ordinary report.
    News,
    /// A press release.
    PressRelease,
    /// A speech, usually with its transcript.
    Speech,
    /// A statement.
    Statement,
    /// What will happen: for editors' diaries.
    Advisory,
    /// A signed opinion.
    Opinion,
    /// A story told in video.
    Video,
    /// A photo story.
    Photo,
}

impl Kind {
    /// All kinds, in the order in which menus show them.
    pub const ALL: [Self; 8] = [
        Self::News,
        Self::PressRelease,
        Self::Speech,
        Self::Statement,
        Self::Advisory,
        Self::Opinion,
        Self::Video,
        Self::Photo,
    ];

    /// As it stands in front matter, addresses and catalogues.
    pub fn name(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::PressRelease => "press-release",
            Self::Speech => "speech",
            Self::Statement => "statement",
            Self::Advisory => "advisory",
            Self::Opinion => "opinion",
            Self::Video => "video",
            Self::Photo => "photo",
        }
    }

    /// Reads a `kind` key; a mistake is reported with the kind that may be meant.
    pub fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let text = fields.text("kind")?;
        let kind = Self::ALL.into_iter().find(|k| k.name() == text.value);
        if kind.is_none() {
            let names = Self::ALL.map(Self::name);
            let hint = match path::closest(&text.value, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the kinds are {}", list(&names)),
            };
            fields.push(
                text.span,
                format!("there is no kind `{}`", text.value),
                &hint,
            );
        }
        kind
    }
}

/// A language of the site.
#[derive(Clone, Debug)]
pub struct Language {
    /// Its code.
    pub lang: Lang,
    /// Its name in itself.
    pub name: String,
}

/// A section: a first folder under `content/`.
#[derive(Clone, Debug)]
pub struct Section {
    /// The folder's name.
    pub name: String,
    /// Its title.
    pub title: Words,
    /// A sentence for its page.
    pub description: Option<Words>,
    /// The kind of its articles that name none.
    pub kind: Kind,
}

/// A way of classing articles.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    /// The key in front matter and the part of the address.
    pub name: String,
    /// Its title; without one the theme's catalogue is asked for `taxonomy-NAME`.
    pub title: Option<Words>,
}

/// Terms that one accepts by downloading.
#[derive(Clone, Debug)]
pub struct DownloadTerms {
    /// The name that dossiers use.
    pub id: String,
    /// The version accepted.
    pub version: String,
    /// Their title.
    pub title: Words,
    /// The source of the page that holds them.
    pub page: Option<At<String>>,
}

/// Whom to ask.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The name that front matter uses.
    pub id: String,
    /// Office or person.
    pub name: Words,
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// What to ask them about.
    pub role: Option<Words>,
}

/// All of `site.toml`, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The newsroom's name.
    pub name: Words,
    /// What it is, in a sentence.
    pub description: Option<Words>,
    /// Scheme, host and port, without a slash at the end.
    pub base_url: String,
    /// For dates without an offset.
    pub time_zone: TimeZone,
    /// The folder under `themes/`.
    pub theme: String,
    /// The default language first.
    pub languages: Vec<Language>,
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// `topics`, `people`, `places`, `events`, then the office's own.
    pub taxonomies: Vec<Taxonomy>,
    /// Whether bodies may hold HTML.
    pub raw_html: bool,
    /// Whether feeds carry whole articles.
    pub full_text_feeds: bool,
    /// Download terms.
    pub terms: Vec<DownloadTerms>,
    /// Contacts, the general one first.
    pub contacts: Vec<Contact>,
    /// Sources of the plain pages that every page links to.
    pub footer: Vec<At<String>>,
}

impl Config {
    /// Reads `content/site.toml`. `None` when it is missing or has errors; they are in `diags`.
    pub fn load(files: &dyn Files, diags: &mut Diagnostics) -> Option<Self> {
        let bytes = match files.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                let hint =
                    "make a newsroom with `dateline init DIR`, or say where it is with --root DIR";
                diags.push(Diagnostic::error(format!("{FILE} cannot be read: {error}")).hint(hint));
                return None;
            }
        };
        let file: Arc<str> = FILE.into();
        let text = String::from_utf8(bytes)
            .map_err(|e| diags.push(Diagnostic::not_utf8(FILE, e.as_bytes())))
            .ok()?;
        let before = diags.len();
        let (entries, problems) = tree::from_toml(&text, 0);
        for p in problems {
            diags.push(
                Diagnostic::error(format!("this is not TOML: {}", p.message)).at(&file, p.span),
            );
        }
        let config = read(Fields::new(entries, 0..0, &file, diags));
        let broken = diags[before..]
            .iter()
            .any(|d| d.severity == crate::base::diag::Severity::Error);
        config.filter(|_| !broken)
    }

    /// The default language.
    pub fn default_lang(&self) -> &Lang {
        &self.languages[0].lang
    }

    /// The place of a language in [`Config::languages`].
    pub fn lang_index(&self, code: &str) -> Option<usize> {
        self.languages.iter().position(|l| l.lang.code() == code)
    }

    /// Words in a language of the site, else in the default one.
    pub fn words<'a>(&self, words: &'a Words, lang: &Lang) -> &'a str {
        words.get(lang, self.default_lang()).unwrap_or_default()
    }

    /// What an address would be with scheme and host in front.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// Checks a base URL: `https://host[:port]`, without path.
///
/// # Errors
/// A sentence for whoever wrote it.
pub fn base_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host)
            if !host.is_empty() && !host.contains(['/', '?', '#', ' ', '"', '<', '@', '\\']) =>
        {
            Ok(trimmed.to_owned())
        }
        _ => Err(format!(
            "“{text}” is not the address of a site; write scheme and host alone, as in https://news.example.org"
        )),
    }
}

fn read(mut f: Fields<'_>) -> Option<Config> {
    let name = match f.words("name") {
        Some(words) => words,
        None => {
            f.missing("name", "add the newsroom's name: name = \"…\"");
            Words::default()
        }
    };
    let description = f.words("description");
    let url = f
        .required_text("base_url")
        .map(|text| match base_url(&text.value) {
            Ok(url) => url,
            Err(why) => {
                let (message, hint) = why.split_once("; ").unwrap_or((&why, ""));
                f.push(text.span, format!("`base_url`: {message}"), hint);
                String::new()
            }
        });
    let time_zone = f.text("time_zone").map_or(TimeZone::UTC, |text| {
        TimeZone::get(&text.value).unwrap_or_else(|_| {
            let message = format!("there is no time zone `{}`", text.value);
            f.push(
                text.span,
                message,
                "use a name of the IANA list, such as Europe/Brussels",
            );
            TimeZone::UTC
        })
    });
    let theme = f.text("theme");
    if let Some(theme) = &theme
        && theme.value.contains(['/', '\\', '.'])
    {
        f.push(
            theme.span.clone(),
            "`theme` is the name of a folder under themes/".to_owned(),
            "for themes/newsroom write \"newsroom\"",
        );
    }
    let languages = languages(&mut f);
    let taxonomies = taxonomies(&mut f);
    let sections = sections(&mut f, &taxonomies);
    let raw_html = one_table(&mut f, "markdown", |t| t.bool("raw_html")).unwrap_or(true);
    let full_text_feeds = one_table(&mut f, "feeds", |t| t.bool("full_text")).unwrap_or(false);
    let terms = download_terms(&mut f);
    let contacts = contacts(&mut f);
    let footer = f.texts("footer");
    f.done();
    Some(Config {
        name,
        description,
        base_url: url?,
        time_zone,
        theme: theme.map_or_else(|| "newsroom".to_owned(), |t| t.value),
        languages: languages?,
        sections,
        taxonomies,
        raw_html,
        full_text_feeds,
        terms,
        contacts,
        footer,
    })
}

fn one_table<T>(
    f: &mut Fields<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    let table = f.table(key)?;
    let mut inner = f.inside(table);
    let value = read(&mut inner);
    inner.done();
    value
}

/// Calls `read` for every sub-table of `[key]`, which are named by the office.
fn named_tables<T>(
    f: &mut Fields<'_>,
    key: &'static str,
    mut read: impl FnMut(&str, &mut Fields<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(table) = f.table(key) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in table.value {
        match entry.node.value {
            tree::Value::Table(entries) => {
                let span = entry.key_span;
                let mut inner = f.inside(At {
                    value: entries,
                    span,
                });
                out.extend(read(&entry.key, &mut inner));
                inner.done();
            }
            other => {
                let message = format!(
                    "`{key}.{}` must be a table, not {}",
                    entry.key,
                    other.describe()
                );
                f.push(
                    entry.key_span,
                    message,
                    &format!("write [{key}.{}] and its keys below", entry.key),
                );
            }
        }
    }
    out
}

fn languages(f: &mut Fields<'_>) -> Option<Vec<Language>> {
    let default = f.text("default_language");
    let mut languages = named_tables(f, "languages", |code, t| {
        let name = t.text("name").map_or_else(|| code.to_owned(), |n| n.value);
        match Lang::parse(code) {
            Some(lang) => Some(Language { lang, name }),
            None => {
                let span = t.span();
                t.push(
                    span,
                    format!("`{code}` is not a language code"),
                    "use a code such as en, fr or pt-BR",
                );
                None
            }
        }
    });
    if languages.is_empty() {
        let code = default.as_ref().map_or("en", |d| d.value.as_str());
        languages.extend(Lang::parse(code).map(|lang| Language {
            lang,
            name: code.to_owned(),
        }));
    }
    let at = match &default {
        None => Some(0),
        Some(code) => languages.iter().position(|l| l.lang.code() == code.value),
    };
    match at {
        Some(at) if at < languages.len() => {
            languages[..=at].rotate_right(1);
            Some(languages)
        }
        _ => {
            let span = default.map_or(0..0, |d| d.span);
            f.push(
                span,
                "`default_language` is not one of [languages]".to_owned(),
                "add [languages.en] with its name, or choose one that is there",
            );
            None
        }
    }
}

fn taxonomies(f: &mut Fields<'_>) -> Vec<Taxonomy> {
    let built_in = ["topics", "people", "places", "events"];
    let mut all: Vec<Taxonomy> = built_in
        .iter()
        .map(|name| Taxonomy {
            name: (*name).to_owned(),
            title: None,
        })
        .collect();
    let own = named_tables(f, "taxonomies", |name, t| {
        if RESERVED.contains(&name) || ARTICLE_KEYS.contains(&name) || path::slug(name) != name {
            let span = t.span();
            t.push(
                span,
                format!("a taxonomy cannot be called `{name}`"),
                "use lower-case letters, digits and hyphens, and no name that Dateline uses itself",
            );
            return None;
        }
        Some(Taxonomy {
            name: name.to_owned(),
            title: t.words("title"),
        })
    });
    for taxonomy in own {
        match all.iter_mut().find(|t| t.name == taxonomy.name) {
            Some(known) => known.title = taxonomy.title,
            None => all.push(taxonomy),
        }
    }
    all
}

fn sections(f: &mut Fields<'_>, taxonomies: &[Taxonomy]) -> Vec<Section> {
    named_tables(f, "sections", |name, t| {
        let title = t
            .words("title")
            .unwrap_or_else(|| Words::plain(capitalised(name)));
        let description = t.words("description");
        let kind = Kind::read(t).unwrap_or(Kind::News);
        if let Err(why) = section_name(name, taxonomies) {
            let span = t.span();
            t.push(span, why, "choose another folder name");
            return None;
        }
        Some(Section {
            name: name.to_owned(),
            title,
            description,
            kind,
        })
    })
}

/// Whether a folder may be a section.
///
/// # Errors
/// A sentence that says why not.
pub fn section_name(name: &str, taxonomies: &[Taxonomy]) -> Result<(), String> {
    let taken = SPECIAL_FOLDERS.contains(&name) || RESERVED.contains(&name);
    if taken || taxonomies.iter().any(|t| t.name == name) {
        return Err(format!(
            "a section cannot be called `{name}`: the name has a meaning of its own"
        ));
    }
    if path::slug(name) != name {
        return Err(format!(
            "a section cannot be called `{name}`: use lower-case letters, digits and hyphens"
        ));
    }
    Ok(())
}

/// `press-releases` → `Press releases`: a title for a folder that `site.toml` does not name.
pub fn capitalised(name: &str) -> String {
    let spaced = name.replace('-', " ");
    let mut chars = spaced.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn download_terms(f: &mut Fields<'_>) -> Vec<DownloadTerms> {
    named_tables(f, "terms", |id, t| {
        let version = t.required_text("version")?.value;
        let title = t
            .words("title")
            .unwrap_or_else(|| Words::plain(capitalised(id)));
        Some(DownloadTerms {
            id: id.to_owned(),
            version,
            title,
            page: t.text("page"),
        })
    })
}

fn contacts(f: &mut Fields<'_>) -> Vec<Contact> {
    named_tables(f, "contacts", |id, t| {
        let name = t
            .words("name")
            .unwrap_or_else(|| Words::plain(capitalised(id)));
        let email = t.text("email");
        if let Some(email) = &email
            && !email.value.contains('@')
        {
            t.push(
                email.span.clone(),
                format!("“{}” is not an e-mail address", email.value),
                "write it as press@example.org",
            );
        }
        let email = email.map(|e| e.value);
        Some(Contact {
            id: id.to_owned(),
            name,
            email,
            phone: t.text("phone").map(|p| p.value),
            role: t.words("role"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::Mem;

    fn load(text: &str) -> (Option<Config>, Diagnostics) {
        let mut diags = Vec::new();
        let config = Config::load(&Mem::default().with(FILE, text), &mut diags);
        (config, diags)
    }

    #[test]
    fn the_least_is_enough() {
        let (config, diags) = load("name = \"N\"\nbase_url = \"https://n.example/\"\n");
        let config = config.unwrap();
        assert!(diags.is_empty(), "{diags:?}");
        assert_eq!(config.base_url, "https://n.example");
        assert_eq!(config.default_lang().code(), "en");
        assert_eq!(config.taxonomies.len(), 4);
    }

    #[test]
    fn the_default_language_comes_first() {
        let (config, _) = load(
            "name='N'\nbase_url='https://n.example'\ndefault_language='fr'\n[languages.en]\n[languages.ar]\n[languages.fr]\n",
        );
        let codes: Vec<String> = config
            .unwrap()
            .languages
            .iter()
            .map(|l| l.lang.to_string())
            .collect();
        assert_eq!(codes, ["fr", "en", "ar"]);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let (config, diags) = load(
            "nam = 'N'\nbase_url = 'news'\ntime_zone = 'Mars/Base'\n[sections.video]\n[sections.news]\nkind = 'newz'\n",
        );
        assert!(config.is_none());
        let messages: Vec<&str> = diags.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages.len(), 6, "{messages:#?}");
    }

    #[test]
    fn base_urls_hold_no_path() {
        assert!(base_url("https://a.example:8000/").is_ok());
        for bad in [
            "a.example",
            "https://",
            "https://a.example/news",
            "ftp://a.example",
            "https://u@h",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
