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
use crate::output::Meter;
use dateline::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::At,
        files::Files,
    },
    parse::Rendition,
};

/// What was read.
pub(crate) struct Read {
    /// Files of dossiers, each counted once.
    pub files: usize,
    /// Bytes.
    pub bytes: u64,
}

/// Where a rendition is written.
struct Place {
    file: Arc<str>,
    at: At<String>,
    /// Of the dossier.
    id: String,
}

/// Reads what every dossier refers to, drafts and expired ones too. Each stored file is read once.
pub(crate) fn all(files: &dyn Files, folder: &Path, diags: &mut Diagnostics) -> Read {
    // The check itself reports mistakes in documents.
    let documents = super::dossiers(files, &mut Vec::new());
    let mut stored: BTreeMap<String, (&Rendition, Vec<Place>)> = BTreeMap::new();
    for document in &documents {
        let own = document.meta.dossier.as_ref();
        for rendition in own.map_or(&[][..], |d| &d.renditions) {
            let (_, places) = stored
                .entry(rendition.key())
                .or_insert_with(|| (rendition, Vec::new()));
            let stem = document.source.stem();
            places.push(Place {
                file: document.source.path.clone(),
                at: rendition.file.clone(),
                id: stem.rsplit('/').next().unwrap_or(stem).to_owned(),
            });
        }
    }
    let bytes = AtomicU64::new(0);
    let meter = Meter::new(stored.values().map(|(r, _)| r.size).sum());
    let found: Vec<Diagnostics> = stored
        .par_iter()
        .map(|(key, (rendition, places))| {
            let Some((message, hint)) = differs(&folder.join(key), rendition, (&bytes, &meter))
            else {
                return Vec::new();
            };
            let tell = |place: &Place| {
                Diagnostic::error(message.clone())
                    .at(&place.file, place.at.span.clone())
                    .hint(hint.replace("{id}", &place.id))
            };
            places.iter().map(tell).collect()
        })
        .collect();
    let found: Diagnostics = found.into_iter().flatten().collect();
    // Reading the file reports what checking its size has warned of.
    diags.retain(|d| {
        !found
            .iter()
            .any(|f| (&f.file, &f.span) == (&d.file, &d.span))
    });
    diags.extend(found);
    Read {
        files: stored.len(),
        bytes: bytes.into_inner(),
    }
}

/// What is wrong with a stored file, and what to do; `{id}` stands for the dossier.
fn differs(
    path: &Path,
    rendition: &Rendition,
    (bytes, meter): (&AtomicU64, &Meter),
) -> Option<(String, String)> {
    let (name, shown) = (&rendition.file.value, path.display());
    let add = format!("dateline media add {name} --to {{id}}");
    let (sum, size) = match storage::sum(path, meter) {
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
