//! Stage 2: `SourceFile` → [`Document`]: front matter with types, and what a body refers to.
//!
//! The text itself is dropped: memory grows with metadata, not with stories. `render` reads it again
//! and checks that it is still what was parsed here.

pub mod body;
pub mod dossier;
pub mod front_matter;
pub mod rendition;
pub mod webvtt;

use std::{io, sync::Arc};

use rayon::prelude::*;

pub use self::{
    body::{BodyFacts, Link, LinkKind},
    dossier::{Captions, DossierMeta, Shot, timecode},
    front_matter::{Correction, ImageMeta, Meta},
    rendition::Rendition,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::Digest,
    },
    config::Config,
    discover::{Role, SourceFile, Sources},
};

/// The longest source that is read, in bytes: a story is text, and 8 MiB are five Bibles.
pub const LONGEST: usize = 8 << 20;

/// A source that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from.
    pub source: SourceFile,
    /// Of the whole file.
    pub digest: Digest,
    /// Where the body begins in the file, in bytes.
    pub body_at: usize,
    /// Its front matter.
    pub meta: Meta,
    /// What its body refers to.
    pub body: BodyFacts,
}

/// Reads every document, in parallel, in the order of `sources`. A document with errors is left out;
/// what is wrong with it is in `diags`.
pub fn parse(
    files: &dyn Files,
    config: &Config,
    sources: &Sources,
    diags: &mut Diagnostics,
) -> Vec<Document> {
    let parsed: Vec<(Option<Document>, Diagnostics)> = sources
        .documents
        .par_iter()
        .map(|source| one(files, config, source))
        .collect();
    let mut documents = Vec::with_capacity(parsed.len());
    for (document, mut found) in parsed {
        documents.extend(document);
        diags.append(&mut found);
    }
    documents
}

fn one(files: &dyn Files, config: &Config, source: &SourceFile) -> (Option<Document>, Diagnostics) {
    let mut diags = Vec::new();
    let document = read(files, &source.path, &mut diags).and_then(|text| {
        let digest = Digest::of(text.as_bytes());
        let (meta, body_at) = front_matter::read(&text, source, config, &mut diags)?;
        let body = body::facts(&text[body_at..], body_at, source, config, &mut diags);
        Some(Document {
            source: source.clone(),
            digest,
            body_at,
            meta,
            body,
        })
    });
    if let Some(document) = &document {
        folder_matches_date(document, &mut diags);
    }
    (document, diags)
}

/// Reads a source as text and says what is wrong when it is none.
pub fn read(files: &dyn Files, path: &Arc<str>, diags: &mut Diagnostics) -> Option<String> {
    let problem = |message: String, hint: &str| Diagnostic::error(message).in_file(path).hint(hint);
    let bytes = match files.read_up_to(path, LONGEST as u64) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            let size = files.size(path).unwrap_or_default();
            let message = format!(
                "this document has {} MiB, more than the {} MiB a text can have",
                size >> 20,
                LONGEST >> 20
            );
            let hint = "is it a video or a picture with the ending .md? Rename or split it";
            diags.push(problem(message, hint));
            return None;
        }
        Err(error) => {
            diags.push(problem(
                format!("this file cannot be read: {error}"),
                "check that it is still there and that you may read it",
            ));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            diags.push(Diagnostic::not_utf8(path, error.as_bytes()));
            None
        }
    }
}

/// Deeper folders are the editors' own business, but one that names another day misleads.
fn folder_matches_date(document: &Document, diags: &mut Diagnostics) {
    let (Role::Article { .. }, Some(date)) = (&document.source.role, &document.meta.date) else {
        return;
    };
    let parts: Vec<&str> = document.source.path.split('/').skip(2).collect();
    let Some((_, folders)) = parts.split_last() else {
        return;
    };
    let local = date.value.local();
    let expected = [
        format!("{:04}", local.year()),
        format!("{:02}", local.month()),
        format!("{:02}", local.day()),
    ];
    let looks_dated = folders
        .first()
        .is_some_and(|f| f.len() == 4 && f.bytes().all(|b| b.is_ascii_digit()));
    let numeric = folders
        .iter()
        .take(3)
        .take_while(|f| f.bytes().all(|b| b.is_ascii_digit()));
    if looks_dated
        && numeric
            .zip(&expected)
            .any(|(folder, wanted)| folder != wanted)
    {
        diags.push(
            Diagnostic::warning(format!(
                "the date is {} but the folder says {}",
                expected.join("/"),
                folders.join("/")
            ))
            .at(&document.source.path, date.span.clone())
            .hint("correct the date, or move the file; the address follows the date"),
        );
    }
}
