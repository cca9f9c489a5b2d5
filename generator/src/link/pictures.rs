//! What published documents say of the pictures that they show, which is written into the pictures' files; and how
//! they show them, which decides what is made of these.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use dateline_pictures::{Field, Rights};
use pulldown_cmark::Event;
use serde::{Deserialize, Serialize};

use super::{
    Edition, Site,
    resolve::{Resolver, Target},
};
use crate::{
    base::{focus::Focus, lang::Lang},
    config::{Config, pictures::Download},
    markdown::reader::{self, Piece},
    parse::{ImageMeta, Said},
    theme::slots::Role,
};

/// How a document shows a picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// What it is for the document.
    pub role: Role,
    /// What a crop keeps in view.
    pub focus: Focus,
}

impl Shown {
    /// As a document has it.
    pub fn of(role: Role, said: &Said) -> Self {
        Self {
            role,
            focus: said.focus,
        }
    }
}

/// A picture of which a document does not say all that must be said; its file or another document may.
#[derive(Debug)]
pub struct Bare {
    /// Its path from the root.
    pub picture: String,
    /// The document.
    pub file: Arc<str>,
    /// Where that shows it.
    pub span: Range<usize>,
    /// What it is for the document.
    pub role: Role,
    /// Whether the document does not describe it.
    pub alt: bool,
    /// Whether it does not say whose it is.
    pub credit: bool,
}

/// Such pictures of published editions, and of those to come. What a translation takes from its source is judged there.
pub(super) fn bare(site: &Site, coming: &[Edition]) -> Vec<Bare> {
    let mut bare = Vec::new();
    for edition in site.editions.iter().chain(coming) {
        for (href, span, role, said) in shown_by(edition) {
            let alt = said.alt.is_none();
            let decorates = said.alt.as_deref() == Some("");
            let credit = !decorates && said.rights.get(Field::Credit).is_none();
            if span == (0..0) || !alt && !credit {
                continue;
            }
            let picture = path(&site.resolver, &edition.source.path, href);
            let found = picture.map(|picture| Bare {
                picture,
                file: edition.source.path.clone(),
                span,
                role,
                alt,
                credit,
            });
            bare.extend(found);
        }
    }
    bare
}

/// The pictures of front matter.
fn in_front(edition: &Edition) -> impl Iterator<Item = (&ImageMeta, Role)> {
    let main = edition.meta.image.iter().map(|image| (image, Role::Main));
    let dossier = edition.meta.dossier.as_ref();
    let poster = dossier.and_then(|d| d.poster.as_ref());
    main.chain(poster.map(|image| (image, Role::Poster)))
}

/// Each picture of an edition, where it stands, and what is said of it beside a caption.
pub(super) fn shown_by(
    edition: &Edition,
) -> impl Iterator<Item = (&str, Range<usize>, Role, &Said)> {
    let front = in_front(edition)
        .map(|(image, role)| (&*image.src.value, image.src.span.clone(), role, &image.said));
    let body = edition.body.pictures.iter().map(|picture| {
        let span = picture.span.start as usize..picture.span.end as usize;
        (&*picture.src, span, Role::Body, &picture.said)
    });
    front.chain(body)
}

/// By a picture's path from the root.
type ByPath<T> = BTreeMap<String, T>;

/// What all documents say of pictures.
#[derive(Default)]
pub(super) struct Found {
    /// What is true of each. If several documents show it, each statement is that of the first that makes it: the
    /// default language comes first.
    pub words: ByPath<Rights>,
    /// How it is shown.
    pub shown: ByPath<BTreeSet<Shown>>,
    /// Who may download it, where a document says so. If several do, the strictest counts: what one keeps back cannot
    /// be had from another.
    pub downloads: ByPath<Download>,
}

pub(super) fn found(config: &Config, site: &Site) -> Found {
    let mut found = Found::default();
    for edition in site.editions.iter() {
        let lang = &config.languages[edition.source.lang].lang;
        for (href, role, said, rights) in statements_of(edition, lang) {
            let Some(path) = path(&site.resolver, &edition.source.path, href) else {
                continue;
            };
            let how = Shown::of(role, said);
            found.shown.entry(path.clone()).or_default().insert(how);
            if let Some(download) = said.download {
                let strictest = found.downloads.entry(path.clone()).or_default();
                *strictest = download.max(*strictest);
            }
            let words = found.words.entry(path).or_default();
            *words = rights.with(words);
        }
    }
    found.words.retain(|_, rights| !rights.is_empty());
    found
}

/// The path from the root of a picture that a document names.
pub fn path(resolver: &Resolver, from: &str, href: &str) -> Option<String> {
    match resolver.file(from, href)? {
        Target::File(path) => Some(path),
        Target::Static(address) => Some(format!("content/static{address}")),
        _ => None,
    }
}

/// Each picture of an edition with its role and what is said of it, in the document's words and as a file has it.
pub fn statements_of<'a>(
    edition: &'a Edition,
    lang: &Lang,
) -> Vec<(&'a str, Role, &'a Said, Rights)> {
    let mut pictures = Vec::new();
    for (image, role) in in_front(edition) {
        let caption = image.caption.as_deref().map(|c| plain(c, lang));
        let rights = statements(&image.said, caption.as_deref());
        pictures.push((image.src.value.as_str(), role, &image.said, rights));
    }
    for picture in &edition.body.pictures {
        let caption: Vec<&str> = picture.caption.split_whitespace().collect();
        let rights = statements(&picture.said, Some(&caption.join(" ")));
        pictures.push((&picture.src, Role::Body, &picture.said, rights));
    }
    pictures
}

fn statements(said: &Said, caption: Option<&str>) -> Rights {
    let mut rights = said.rights.clone();
    rights.set(Field::Alt, said.alt.as_deref().unwrap_or_default());
    rights.set(Field::Description, caption.unwrap_or_default());
    rights
}

/// A line of Markdown as text.
fn plain(line: &str, lang: &Lang) -> String {
    let mut text = String::new();
    reader::read_line(line, lang, &mut |piece, _| match piece {
        Piece::Event(Event::Text(part) | Event::Code(part)) => text.push_str(&part),
        Piece::Event(Event::SoftBreak | Event::HardBreak) => text.push(' '),
        _ => {}
    });
    text
}
