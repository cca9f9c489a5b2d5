//! Front matter: TOML between `+++` lines, or YAML between `---` lines, with types.

mod block;

use std::sync::Arc;

use dateline_contract::edge::RequestPattern;
use serde::{Deserialize, Serialize};

use crate::{
    base::{
        date::{Date, Reading},
        diag::{Diagnostic, Diagnostics, Severity},
        fields::{At, Fields},
        path,
        tree::{self, Format},
        yaml,
    },
    config::{Config, Kind, LangId},
    discover::{Role, SourceFile},
};

pub use self::block::{Block, Missing, split};
use super::{
    dossier::{self, DossierMeta},
    image::ImageMeta,
    lines::markdown,
    publication::Judge,
};

/// A correction that was published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// When.
    pub date: At<Date>,
    /// What was wrong, in Markdown.
    pub note: String,
}

/// The metadata of a document. Keys that a translation lacks are inherited later.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The title.
    pub title: String,
    /// When it was, or will be, published.
    pub date: Option<At<Date>>,
    /// When it last changed.
    pub updated: Option<Date>,
    /// Its kind, if it names one.
    pub kind: Option<Kind>,
    /// Where the story comes from: `LISBON`.
    pub dateline: Option<String>,
    /// The first paragraph, for cards and feeds, in Markdown.
    pub lead: Option<String>,
    /// By taxonomy, in the order of [`Config::taxonomies`].
    pub terms: Vec<Vec<At<String>>>,
    /// The main picture.
    pub image: Option<ImageMeta>,
    /// Whether it has a press kit, if it says so.
    pub press_kit: Option<bool>,
    /// Dossiers shown with the story.
    pub media: Vec<At<String>>,
    /// Sources of related articles.
    pub related: Vec<At<String>>,
    /// Not published before this moment.
    pub embargo: Option<Date>,
    /// Not published after this moment.
    pub expires: Option<Date>,
    /// Corrections.
    pub corrections: Vec<Correction>,
    /// Former addresses, from the root of the site.
    pub aliases: Vec<At<String>>,
    /// The last part of the address.
    pub slug: Option<String>,
    /// Not to be published at all.
    pub draft: bool,
    /// A contact of `site.toml`.
    pub contact: Option<At<String>>,
    /// By-line.
    pub authors: Vec<String>,
    /// The other keys: a JSON object as text, which takes a tenth of the memory.
    pub extra: Option<Arc<str>>,
    /// The keys of a dossier.
    pub dossier: Option<Arc<DossierMeta>>,
}

/// What to do about a document that [`Meta::never_out`] reports.
pub const NEVER_OUT: &str =
    "give it a later moment, or write draft = true if the document shall not come out";
/// What to do about what [`Meta::updated_too_early`] reports.
pub const UPDATED_TOO_EARLY: &str = "write the day of the last change, or remove the line";

impl Meta {
    /// Why no reader would ever see the document, if its times never let it be published.
    pub fn never_out(&self) -> Option<&'static str> {
        let expires = self.expires?.at;
        let date = self.date.as_ref().map(|d| d.value.at);
        if self.embargo.is_some_and(|embargo| expires <= embargo.at) {
            Some("`expires` does not come after `embargo`")
        } else if date.is_some_and(|date| expires <= date) {
            Some("`expires` does not come after `date`")
        } else {
            None
        }
    }

    /// Whether `updated` comes before `date`; days are compared where one of them names no time.
    pub fn updated_too_early(&self) -> Option<&'static str> {
        let (updated, date) = (self.updated?, self.date.as_ref()?.value);
        let early = match updated.has_time && date.has_time {
            true => updated.at < date.at,
            false => updated.local().date() < date.local().date(),
        };
        early.then_some("`updated` comes before `date`")
    }
}

/// Reads the front matter of a file; also returns where the body begins. `None` when it has errors. Values that are
/// Markdown are added to `lines`.
pub fn read(
    text: &str,
    source: &SourceFile,
    config: &Config,
    lines: &mut Vec<At<String>>,
    diags: &mut Diagnostics,
) -> Option<(Meta, usize)> {
    let before = diags.len();
    let block = split(text)
        .map_err(|d| diags.push(d.in_source(&source.path)))
        .ok()?;
    let entries = match block.format {
        Format::Toml => {
            let (entries, problems) =
                tree::from_toml(&text[block.inner.clone()], block.inner.start);
            let problems = problems.into_iter();
            diags.extend(problems.map(|p| p.at(&source.path, "the front matter", block.format)));
            entries
        }
        Format::Yaml => match yaml::from_yaml(&text[block.inner.clone()], block.inner.start) {
            Ok(entries) => entries,
            Err(p) => {
                diags.push(p.at(&source.path, "the front matter", block.format));
                return None;
            }
        },
    };
    let syntax_broken = any_error(&diags[before..]);
    let first_line = block.fence;
    let judge = Judge {
        format: block.format,
        file: &source.path,
        config,
    };
    let entries = match syntax_broken {
        true => entries,
        false => judge.check(entries, diags),
    };
    judge.below(&entries, &text[block.body..], block.body, diags);
    let fields = Fields::new(entries, first_line, &source.path, diags).written_in(block.format);
    let meta = if syntax_broken {
        None
    } else {
        typed(fields, source, config, lines)
    };
    (!any_error(&diags[before..])).then_some(meta.map(|m| (m, block.body)))?
}

fn any_error(diags: &[Diagnostic]) -> bool {
    diags.iter().any(|d| d.severity == Severity::Error)
}

const WRITE_DATE: &str = "add a line such as date = 2025-01-27T15:00:00+01:00";

fn typed(
    mut f: Fields<'_>,
    source: &SourceFile,
    config: &Config,
    lines: &mut Vec<At<String>>,
) -> Option<Meta> {
    let zone = &config.time_zone;
    let title = f.required_text("title");
    let date = f.date("date", zone);
    let role = &source.role;
    // A translation takes its date from its source; `link` asks for it where there is none.
    let needs_date = source.lang == LangId::default() && *role != Role::Page;
    if needs_date && date.is_none() && !f.tried("date") {
        f.missing("date", WRITE_DATE);
    }
    let updated = f.date("updated", zone);
    let embargo = f.moment("embargo", zone, Reading::Later);
    let expires = f.moment("expires", zone, Reading::Earlier);
    let mut meta = Meta {
        title: title.map(|t| t.value).unwrap_or_default(),
        date,
        updated: updated.as_ref().map(|d| d.value),
        kind: Kind::read(&mut f),
        dateline: f.text("dateline").map(|t| t.value),
        lead: markdown(f.text("lead"), lines),
        terms: config
            .taxonomies
            .iter()
            .map(|t| f.texts_named(&t.name))
            .collect(),
        image: image(&mut f, lines),
        press_kit: f.bool("press_kit"),
        media: f.texts("media"),
        related: f.texts("related"),
        embargo: embargo.as_ref().map(|d| d.value),
        expires: expires.as_ref().map(|d| d.value),
        corrections: corrections(&mut f, config, lines),
        aliases: f.texts("aliases"),
        slug: slug(&mut f),
        draft: f.bool("draft").unwrap_or(false),
        contact: f.text("contact"),
        authors: f.texts("authors").into_iter().map(|a| a.value).collect(),
        extra: None,
        dossier: None,
    };
    if let Some(expires) = &expires
        && let Some(why) = meta.never_out()
    {
        f.push(expires.span.clone(), why.to_owned(), NEVER_OUT);
    }
    if let Some(updated) = &updated
        && let Some(why) = meta.updated_too_early()
    {
        let warning = Diagnostic::warning(why).at(&source.path, updated.span.clone());
        f.extend([warning.hint(UPDATED_TOO_EARLY)]);
    }
    former(&mut f, &meta.aliases, source);
    if *role == Role::Dossier {
        meta.dossier = Some(Arc::new(dossier::read(&mut f, source, lines)));
    }
    let mut extra = serde_json::Map::new();
    if let Some(table) = f.table("extra") {
        extra.extend(
            table
                .value
                .iter()
                .map(|e| (e.key.clone(), e.node.value.to_json())),
        );
    }
    extra.extend(
        f.rest()
            .into_iter()
            .map(|e| (e.key, e.node.value.to_json())),
    );
    // Keys and numbers are JSON's, so that nothing can go wrong.
    let text = |extra| serde_json::Value::Object(extra).to_string();
    meta.extra = (!extra.is_empty()).then(|| text(extra).into());
    Some(meta)
}

fn slug(f: &mut Fields<'_>) -> Option<String> {
    const LONGEST: usize = path::LONGEST_NAME;
    let text = f.text("slug")?;
    let slug = path::slug(&text.value);
    let problem = match slug.len() {
        0 => Some(("cannot stand in an address", "write a word".to_owned())),
        1..=LONGEST if slug == text.value => None,
        1..=LONGEST => Some((
            "cannot stand in an address",
            format!("write slug = \"{slug}\""),
        )),
        _ => {
            let short = path::shortened(&slug, path::GOOD_NAME);
            Some((
                "is too long for an address",
                format!("write slug = \"{short}\""),
            ))
        }
    };
    if let Some((why, hint)) = problem {
        f.push(text.span, format!("“{}” {why}", text.value), &hint);
    }
    Some(slug)
}

fn image(f: &mut Fields<'_>, lines: &mut Vec<At<String>>) -> Option<ImageMeta> {
    let table = f.table("image")?;
    let mut t = f.inside(table);
    let image = ImageMeta::read(&mut t, lines);
    t.done();
    image
}

/// Reports former addresses that no client can request.
fn former(f: &mut Fields<'_>, aliases: &[At<String>], source: &SourceFile) {
    for alias in aliases {
        // As it will be looked for: `%2e%2e` climbs as well as `..` does.
        let address = path::alias(&alias.value);
        let asked = address.map(|address| {
            RequestPattern::exactly(&address)
                .to_string()
                .parse::<RequestPattern>()
        });
        let query = alias.value.contains('?');
        let bad = !matches!(asked, Some(Ok(_))) || query || alias.value.contains('#');
        if !bad && alias.value.starts_with('/') {
            continue;
        }
        let hint = match (query, source.path.strip_prefix("content")) {
            (true, Some(path)) => format!(
                "one with a query stands in content/redirects.toml, under [redirects]: \"{}\" = \"{path}\"",
                alias.value
            ),
            _ => "write a former address from the root of the site, such as /press/2019/visit/"
                .to_owned(),
        };
        let message = format!("“{}” is not a path of this site", alias.value);
        f.push(alias.span.clone(), message, &hint);
    }
}

fn corrections(
    f: &mut Fields<'_>,
    config: &Config,
    lines: &mut Vec<At<String>>,
) -> Vec<Correction> {
    let mut out = Vec::new();
    for table in f.tables("corrections") {
        let mut t = f.inside(table);
        let date = t.date("date", &config.time_zone);
        if date.is_none() && !t.tried("date") {
            t.missing(
                "date",
                "say when the correction was made: date = 2025-01-28",
            );
        }
        let note = t.required_text("note");
        t.done();
        if let (Some(date), Some(note)) = (date, markdown(note, lines)) {
            out.push(Correction { date, note });
        }
    }
    out
}

#[cfg(test)]
#[path = "front_matter_tests.rs"]
mod tests;
