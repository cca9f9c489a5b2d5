//! `dateline check --media`: reads every stored file again and compares it with its dossier.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rayon::prelude::*;

use super::storage;
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::At,
        files::Files,
    },
    parse::Rendition,
};

/// What was read.
pub(in crate::cli) struct Read {
    /// Files of dossiers, each counted once.
    pub files: usize,
    /// Bytes.
    pub bytes: u64,
}

/// Where a rendition is written.
type Place = (Arc<str>, At<String>);

/// Reads what every dossier refers to, drafts and expired ones too. Each stored file is read once.
pub(in crate::cli) fn all(files: &dyn Files, folder: &Path, diags: &mut Diagnostics) -> Read {
    // What is wrong with documents is told by the check itself.
    let documents = super::dossiers(files, &mut Vec::new());
    let mut stored: BTreeMap<String, (&Rendition, Vec<Place>)> = BTreeMap::new();
    for document in &documents {
        let own = document.meta.dossier.as_ref();
        for rendition in own.map_or(&[][..], |d| &d.renditions) {
            let (_, places) = stored
                .entry(rendition.key())
                .or_insert_with(|| (rendition, Vec::new()));
            places.push((document.source.path.clone(), rendition.file.clone()));
        }
    }
    let bytes = AtomicU64::new(0);
    let found: Vec<Diagnostics> = stored
        .par_iter()
        .map(|(key, (rendition, places))| {
            let Some((message, hint)) = differs(&folder.join(key), rendition, &bytes) else {
                return Vec::new();
            };
            let tell = |(file, at): &Place| {
                Diagnostic::error(message.clone())
                    .at(file, at.span.clone())
                    .hint(hint.clone())
            };
            places.iter().map(tell).collect()
        })
        .collect();
    diags.extend(found.into_iter().flatten());
    Read {
        files: stored.len(),
        bytes: bytes.into_inner(),
    }
}

/// What is wrong with a stored file, and what to do.
fn differs(path: &Path, rendition: &Rendition, bytes: &AtomicU64) -> Option<(String, String)> {
    let (name, shown) = (&rendition.file.value, path.display());
    let add = format!("dateline media add {name}");
    let (sum, size) = match storage::sum(path) {
        Ok(read) => read,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let message = format!("{name} is not in the media storage");
            return Some((message, format!("add it with {add}, or copy it to {shown}")));
        }
        Err(e) => {
            let message = format!("the stored {name} cannot be read: {e}");
            return Some((message, format!("check {shown}")));
        }
    };
    bytes.fetch_add(size, Ordering::Relaxed);
    let hint = format!("remove {shown} and add the file again with {add}");
    if size != rendition.size {
        let message = format!(
            "the stored {name} has {size} bytes and not {}",
            rendition.size
        );
        return Some((message, hint));
    }
    (sum != rendition.sha256).then(|| {
        let message = format!("the stored {name} is damaged: its SHA-256 is {sum}");
        (message, hint)
    })
}
