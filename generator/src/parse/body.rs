//! What a body refers to, found in one pass over its events.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{collect::Collect, image::Said};
use crate::{
    base::{diag::Diagnostics, fields::At, path},
    config::Config,
    discover::SourceFile,
    markdown::{directive::mask, reader},
};

/// What a reference points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LinkKind {
    /// `[text](href)`.
    Link,
    /// `![alt](src)`, or a figure.
    Image,
    /// Sound, video or another file that raw HTML loads.
    File,
    /// A dossier, by id.
    Dossier,
    /// A contact, by id.
    Contact,
}

/// One reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What was written.
    pub href: Box<str>,
    /// What it points to.
    pub kind: LinkKind,
    /// Where it stands in the file, in bytes.
    pub span: Range<u32>,
}

/// The facts of a body; the text is dropped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BodyFacts {
    /// Ids that a `#fragment` may name: first those of headings, in their order.
    pub anchors: Vec<Box<str>>,
    /// How many of them are headings.
    pub headings: usize,
    /// Every reference; its target must exist.
    pub links: Vec<Link>,
    /// Words, counted at white space.
    pub words: u32,
    /// The beginning of the first paragraph, as text.
    pub opening: Option<Box<str>>,
    /// Its pictures, in their order.
    pub pictures: Vec<Picture>,
}

impl BodyFacts {
    /// The first picture that other sites can show may stand for the document.
    pub fn picture(&self) -> Option<&Picture> {
        let shown = |p: &&Picture| path::extension(&p.src).as_deref() != Some("svg");
        self.pictures.iter().find(shown)
    }
}

/// A picture of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// As it is written.
    pub src: Box<str>,
    /// Its caption, as text; empty for one that has none.
    pub caption: String,
    /// What else is said of it.
    pub said: Said,
    /// Where it stands in the file, in bytes.
    pub span: Range<u32>,
}

/// Where a piece of Markdown stands.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Its document, or a stand-in for a file that is none.
    pub source: &'a SourceFile,
    /// Where it begins in the file, in bytes.
    offset: usize,
    /// The source text and its value, where escapes make them differ.
    written: Option<(&'a str, &'a str)>,
}

impl<'a> Place<'a> {
    /// A body, or a file that is Markdown from there on.
    pub fn body(source: &'a SourceFile, offset: usize) -> Self {
        Self {
            source,
            offset,
            written: None,
        }
    }

    /// A value in a file. Without escapes, source and value are equal.
    pub fn of(value: &'a At<String>, file: &'a str, source: &'a SourceFile) -> Self {
        let written = file.get(value.span.clone()).unwrap_or_default();
        let found = written.find(&value.value);
        Self {
            source,
            offset: value.span.start + found.unwrap_or_default(),
            written: found.is_none().then_some((written, &value.value)),
        }
    }

    /// Where a part of it stands in the file.
    pub(super) fn at(&self, span: Range<usize>) -> Range<usize> {
        let moved = |span: Range<usize>| span.start + self.offset..span.end + self.offset;
        let Some((written, value)) = self.written else {
            return moved(span);
        };
        // A link is rarely broken up by an escape.
        let part = value.get(span).unwrap_or_default();
        let found = written.find(part).filter(|_| !part.is_empty());
        moved(found.map_or(0..written.len(), |at| at..at + part.len()))
    }
}

/// Collects the facts of a text.
pub fn facts(body: &str, place: Place<'_>, config: &Config, diags: &mut Diagnostics) -> BodyFacts {
    let masked = mask(body);
    let lang = &config.languages[place.source.lang].lang;
    let mut collect = Collect::new(body, place, config, diags);
    collect.begin(&masked);
    let undefined = reader::read(&masked, lang, &mut |piece, range| {
        collect.piece(piece, range)
    });
    collect.finish(undefined)
}

/// What a line of Markdown refers to.
pub fn links(line: &str, place: Place<'_>, config: &Config, diags: &mut Diagnostics) -> Vec<Link> {
    if !line.contains(['[', '<', '{']) {
        return Vec::new();
    }
    let lang = &config.languages[place.source.lang].lang;
    let mut collect = Collect::new(line, place, config, diags);
    let undefined = reader::read_line(line, lang, &mut |piece, range| collect.piece(piece, range));
    collect.finish(undefined).links
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
