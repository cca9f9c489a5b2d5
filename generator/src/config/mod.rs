//! `content/site.toml` → [`Config`]: what an office says of itself once.

mod bucket;
pub mod media;
pub mod pictures;
pub mod publish;
mod read;

use std::sync::Arc;

use dateline_contract::manifest::PasswordPolicy;
use jiff::tz::TimeZone;

use serde::{Deserialize, Serialize};

use crate::base::{
    diag::{Diagnostic, Diagnostics},
    fields::{At, Fields, Words, list},
    files::Files,
    index::index,
    lang::Lang,
    path,
    read::as_text,
    tree,
};

index! {
    /// The place of a language in [`Config::languages`]. By default that of the default language.
    LangId
}

index! {
    /// The place of a taxonomy in [`Config::taxonomies`].
    TaxonomyId
}

/// The path of the configuration.
pub const FILE: &str = "content/site.toml";

/// Folders under `content/` with a meaning of their own.
pub const SPECIAL_FOLDERS: [&str; 4] = ["pages", "media", "newsletters", "static"];

/// First parts of an address that no section and no taxonomy may take.
pub const RESERVED: [&str; 4] = ["account", "video", "kind", "page"];

/// The keys of an article's front matter; no taxonomy may be called like one.
pub const ARTICLE_KEYS: [&str; 19] = [
    "title",
    "date",
    "updated",
    "kind",
    "dateline",
    "lead",
    "image",
    "press_kit",
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
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub enum Kind {
    /// The ordinary report.
    #[default]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// A taxonomy.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    /// The key in front matter and the part of the address.
    pub name: String,
    /// Its title; without one, `taxonomy-NAME` of the theme's catalogue is used.
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
    /// Whether browsers come back by HTTPS alone to every host below this one too (`[headers] hsts_subdomains`).
    pub hsts_subdomains: bool,
    /// `base_url` as the settings have it, whatever `--base-url` says: links that begin so stay on the site.
    pub origin: String,
    /// Whether a link to a heading that is not there is a warning (`[links] fragments = "warn"`).
    pub lenient_fragments: bool,
    /// Schemes that links may have beside `https`, `http`, `mailto` and `tel`.
    pub link_schemes: Vec<String>,
    /// Whether feeds carry whole articles.
    pub full_text_feeds: bool,
    /// Which passwords of accounts are good enough.
    pub password_policy: PasswordPolicy,
    /// Download terms.
    pub terms: Vec<DownloadTerms>,
    /// Contacts, the general one first.
    pub contacts: Vec<Contact>,
    /// Sources of the plain pages that every page links to.
    pub footer: Vec<At<String>>,
    /// Where the site is published to.
    pub publish: Vec<publish::Publish>,
    /// Where the files of dossiers are stored; `None` for the folder beside `content/`.
    pub media: Option<media::MediaStorage>,
    /// What is true of pictures where nobody says something else.
    pub pictures: pictures::Pictures,
}

impl Config {
    /// Reads `content/site.toml`. `None` when it is missing or has errors; they are in `diags`.
    pub fn load(files: &dyn Files, diags: &mut Diagnostics) -> Option<Self> {
        let bytes = match files.read(FILE) {
            Ok(content) => content.bytes,
            Err(error) => {
                let hint =
                    "make a newsroom with `dateline init DIR`, or say where it is with --root DIR";
                diags.push(Diagnostic::error(format!("{FILE} cannot be read: {error}")).hint(hint));
                return None;
            }
        };
        let file: Arc<str> = FILE.into();
        let text = as_text(FILE, bytes).map_err(|d| diags.push(d)).ok()?;
        let before = diags.len();
        let (entries, problems) = tree::from_toml(&text, 0);
        let problems = problems.into_iter();
        diags.extend(problems.map(|p| p.at(&file, "this", tree::Format::Toml)));
        let config = read::config(Fields::new(entries, 0..0, &file, diags));
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
    pub fn lang_index(&self, code: &str) -> Option<LangId> {
        let at = self.languages.iter().position(|l| l.lang.code() == code);
        at.map(LangId::from)
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

/// Checks a base URL, `https://host[:port]` without path, and gives its normal form.
///
/// # Errors
/// A sentence for whoever wrote it.
pub fn base_url(text: &str) -> Result<String, String> {
    dateline_contract::origin::normal(text).ok_or_else(|| {
        format!(
            "“{text}” is not the address of a site; write scheme and host alone, as in https://news.example.org"
        )
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

#[cfg(test)]
mod tests;
