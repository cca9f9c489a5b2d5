//! Stage 2: `SourceFile` → [`Document`]: front matter with types, and what a body refers to.
//!
//! The text itself is dropped: memory grows with metadata, not with stories. `render` reads it again
//! and checks that it is still what was parsed here.

pub mod body;
mod collect;
pub mod dossier;
pub mod front_matter;
mod image;
mod leftovers;
mod lines;
mod publication;
pub mod rendition;
pub mod webvtt;

use std::{io, sync::Arc};

use rayon::prelude::*;

pub use self::{
    body::{BodyFacts, Link, LinkKind, Picture, Place},
    dossier::{Captions, DossierMeta, Shot, timecode},
    front_matter::{Correction, Meta, NEVER_OUT, UPDATED_TOO_EARLY},
    image::{ImageMeta, Said},
    rendition::Rendition,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        guard,
        hash::Digest,
        read,
    },
    config::Config,
    discover::{Role, SourceFile, Sources},
};

/// The longest document that is read, in bytes: 8 MiB are five Bibles.
pub const LONGEST: usize = 8 << 20;

/// A source that was read.
#[derive(Clone, Debug, Default)]
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

/// The result of parsing a source.
#[derive(Debug)]
pub struct Parsed {
    /// The document, unless it has errors.
    pub document: Option<Document>,
    /// What is wrong with it.
    pub diags: Diagnostics,
}

/// What earlier builds found out. The digest is that of the source's content.
pub trait Memory: Sync + Send {
    /// The digest of a file that is certainly what an earlier build read.
    fn known(&self, path: &str) -> Option<Digest>;
    /// What a source parses to.
    fn recall(&self, source: &SourceFile, digest: Digest) -> Option<Parsed>;
    /// Remembers what a source parsed to.
    fn learn(&self, source: &SourceFile, digest: Digest, parsed: &Parsed);
    /// Saves what was learned; every source has been requested.
    fn conclude(&self);
}

/// Reads every document, in parallel, in the order of `sources`. A document with errors is left out;
/// what is wrong with it is in `diags`.
pub fn parse(
    files: &dyn Files,
    config: &Config,
    sources: &Sources,
    memory: Option<&dyn Memory>,
    diags: &mut Diagnostics,
) -> Vec<Document> {
    let parsed: Vec<Parsed> = sources
        .documents
        .par_iter()
        .map(|source| one(files, config, source, memory))
        .collect();
    let mut documents = Vec::with_capacity(parsed.len());
    for mut parsed in parsed {
        documents.extend(parsed.document);
        diags.append(&mut parsed.diags);
    }
    documents
}

/// Reads one document; `memory` spares the work if its content was parsed before.
pub fn one(
    files: &dyn Files,
    config: &Config,
    source: &SourceFile,
    memory: Option<&dyn Memory>,
) -> Parsed {
    let mut diags = Vec::new();
    let parsed = guard::on_file(&source.path, &mut diags, |_| {
        recalled_or_read(files, config, source, memory)
    });
    parsed.unwrap_or(Parsed {
        document: None,
        diags,
    })
}

fn recalled_or_read(
    files: &dyn Files,
    config: &Config,
    source: &SourceFile,
    memory: Option<&dyn Memory>,
) -> Parsed {
    let recall = |digest: Digest| memory.and_then(|m| m.recall(source, digest));
    // Only a file that may have been touched is read.
    let known = memory.and_then(|m| m.known(&source.path));
    if let Some(parsed) = known.and_then(recall) {
        return parsed;
    }
    let mut diags = Vec::new();
    let Some((text, digest)) = read_digested(files, &source.path, &mut diags) else {
        return Parsed {
            document: None,
            diags,
        };
    };
    recall(digest).unwrap_or_else(|| {
        let parsed = parse_text(&text, digest, config, source);
        if let Some(memory) = memory {
            memory.learn(source, digest, &parsed);
        }
        parsed
    })
}

fn parse_text(text: &str, digest: Digest, config: &Config, source: &SourceFile) -> Parsed {
    let mut diags = Vec::new();
    let mut lines = Vec::new();
    let read = front_matter::read(text, source, config, &mut lines, &mut diags);
    let document = read.map(|(meta, body_at)| {
        let place = Place::body(source, body_at);
        let mut body = body::facts(&text[body_at..], place, config, &mut diags);
        for line in &lines {
            let place = Place::of(line, text, source);
            body.links
                .append(&mut body::links(&line.value, place, config, &mut diags));
        }
        body.links.sort_by_key(|l| l.span.start);
        Document {
            source: source.clone(),
            digest,
            body_at,
            meta,
            body,
        }
    });
    if let Some(document) = &document {
        if let Some(why) = publication::meant_as_draft(&source.path)
            && !document.meta.draft
        {
            let hint = "write draft = true in its front matter, or rename what is called a draft";
            diags.push(Diagnostic::error(why).in_file(&source.path).hint(hint));
        }
        folder_matches_date(document, &mut diags);
    }
    Parsed { document, diags }
}

/// Reads a source as text and says what is wrong when it is none.
pub fn read(files: &dyn Files, path: &Arc<str>, diags: &mut Diagnostics) -> Option<String> {
    read_digested(files, path, diags).map(|(text, _)| text)
}

fn read_digested(
    files: &dyn Files,
    path: &Arc<str>,
    diags: &mut Diagnostics,
) -> Option<(String, Digest)> {
    let problem = |message: String, hint: &str| Diagnostic::error(message).in_file(path).hint(hint);
    let mut bytes = Vec::new();
    let read = files.pieces(path, &mut |piece| {
        bytes.extend_from_slice(piece);
        match bytes.len() > LONGEST {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        }
    });
    let digest = match read {
        Ok(version) => version.digest,
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
    let text = read::as_text(path, bytes).map_err(|d| diags.push(d)).ok()?;
    Some((text, digest))
}

/// Warns about folders that name another day than the document's date.
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
