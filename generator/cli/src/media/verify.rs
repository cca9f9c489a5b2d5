//! `dateline media verify` and `dateline check --media`: compares every stored file with its dossier.

use std::{
    collections::BTreeMap,
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use super::storage::{self, Result, Storage};
use crate::output::{Meter, Voice, counted};
use dateline::{
    base::{
        diag::{self, Diagnostic, Diagnostics},
        fields::At,
        files::{Files, Os},
    },
    parse::Rendition,
    publish::in_parallel,
};

/// How many files of a remote storage are asked for at once.
const REMOTE: usize = 16;

/// Arguments of `media verify`.
#[derive(clap::Args)]
pub(super) struct VerifyArguments {
    /// Read every file and compute its SHA-256, instead of asking the storage for size and checksum
    #[arg(long)]
    read: bool,
    /// The media storage, as for `media add`
    #[arg(long, value_name = "STORAGE")]
    media: Option<String>,
    /// Print findings and the result as JSON, one on a line, to standard output
    #[arg(long)]
    json: bool,
}

/// What was compared.
#[derive(Default)]
pub(crate) struct Verified {
    /// Files of dossiers, each counted once.
    pub files: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Files of which only the size could be compared.
    pub unknown: usize,
}

pub(super) fn run(root: &Path, arguments: &VerifyArguments) -> ExitCode {
    let files = Os::new(root);
    let voice = Voice::new(arguments.json);
    let mut diags = Vec::new();
    // What a dossier with mistakes refers to cannot be known.
    super::dossiers(&files, &mut diags);
    diags.retain(|diag| diag.severity == diag::Severity::Error);
    let said = arguments.media.as_deref();
    let verified = stored((root, said), &files, arguments.read, &mut diags);
    diag::tidy(&mut diags);
    voice.findings(&files, &diags);
    if diag::any_error(&diags) {
        return ExitCode::from(1);
    }
    let Verified {
        files,
        bytes,
        unknown,
    } = verified;
    let all = counted(files, "file");
    let line = match (arguments.read, unknown) {
        (true, _) => {
            format!(
                "All is well: {all} with {bytes} bytes read, each with the SHA-256 of its dossier"
            )
        }
        (false, 0) => {
            format!("All is well: {all} stored, each with size and SHA-256 of its dossier")
        }
        (false, unknown) => format!(
            "All is well: {all} stored, each with the size of its dossier; the storage keeps no SHA-256 of {unknown}: \
             --read reads them"
        ),
    };
    let object =
        serde_json::json!({ "verified": { "files": files, "bytes": bytes, "unknown": unknown } });
    voice.done(&line, &object);
    ExitCode::SUCCESS
}

/// Where a rendition is written.
struct Place {
    file: Arc<str>,
    at: At<String>,
    /// Of the dossier.
    id: String,
}

/// Compares what every dossier refers to, drafts and expired ones too, with the storage that `said` names. Each
/// stored file is looked at, or read, once.
pub(crate) fn stored(
    (root, said): (&Path, Option<&str>),
    files: &dyn Files,
    read: bool,
    diags: &mut Diagnostics,
) -> Verified {
    let storage = match storage::open(root, said) {
        Ok(storage) => storage,
        Err(diag) => {
            diags.push(*diag);
            return Verified::default();
        }
    };
    let all = renditions(files);
    let comparison = Comparison {
        storage: storage.as_ref(),
        read,
        meter: Meter::new(match read {
            true => all.iter().map(|(_, rendition, _)| rendition.size).sum(),
            false => 0,
        }),
        bytes: AtomicU64::new(0),
        unknown: AtomicUsize::new(0),
    };
    let found = Mutex::new(Vec::new());
    let add = |message: &str, hint: &str, places: &[Place]| {
        let tell = |place: &Place| {
            Diagnostic::error(message)
                .at(&place.file, place.at.span.clone())
                .hint(hint.replace("{id}", &place.id))
        };
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(places.iter().map(tell));
    };
    let threads = match storage.is_remote() {
        true => REMOTE,
        false => thread::available_parallelism().map_or(1, usize::from),
    };
    let stopped = in_parallel(&all, threads, &|(key, rendition, places), _| {
        match comparison.differs(key, rendition) {
            Ok(None) => Ok(()),
            Ok(Some((message, hint))) => {
                add(&message, &hint, places);
                Ok(())
            }
            // The next files would wait for the same.
            Err(diag) if storage.is_remote() => Err(diag),
            Err(diag) => {
                let name = &rendition.file.value;
                let message = format!("the stored {name} cannot be read: {}", diag.message);
                let hint = format!("check {}", storage.place(key));
                add(&message, &hint, places);
                Ok(())
            }
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.extend(stopped.err().map(|diag| *diag));
    // This reports what the check has warned of.
    diags.retain(|d| {
        !found
            .iter()
            .any(|f| f.span.is_some() && (&f.file, &f.span) == (&d.file, &d.span))
    });
    diags.extend(found);
    Verified {
        files: all.len(),
        bytes: comparison.bytes.into_inner(),
        unknown: comparison.unknown.into_inner(),
    }
}

/// Each stored file by its key, and the places that refer to it.
fn renditions(files: &dyn Files) -> Vec<(String, Rendition, Vec<Place>)> {
    // Mistakes in documents are reported by whoever asks for this.
    let documents = super::dossiers(files, &mut Vec::new());
    let mut all: BTreeMap<String, (Rendition, Vec<Place>)> = BTreeMap::new();
    for document in &documents {
        let own = document.meta.dossier.as_ref();
        for rendition in own.map_or(&[][..], |d| &d.renditions) {
            let (_, places) = all
                .entry(rendition.key())
                .or_insert_with(|| (rendition.clone(), Vec::new()));
            let stem = document.source.stem();
            places.push(Place {
                file: document.source.path.clone(),
                at: rendition.file.clone(),
                id: stem.rsplit('/').next().unwrap_or(stem).to_owned(),
            });
        }
    }
    let all = all.into_iter();
    all.map(|(key, (rendition, places))| (key, rendition, places))
        .collect()
}

/// A comparison of the storage with the dossiers.
struct Comparison<'a> {
    storage: &'a dyn Storage,
    read: bool,
    meter: Meter,
    bytes: AtomicU64,
    unknown: AtomicUsize,
}

impl Comparison<'_> {
    /// What is wrong with a stored file, and what to do; `{id}` stands for the dossier.
    fn differs(&self, key: &str, rendition: &Rendition) -> Result<Option<(String, String)>> {
        let (name, shown) = (&rendition.file.value, self.storage.place(key));
        let add = format!("dateline media add {name} --to {{id}}");
        let Some(held) = self.storage.find(key)? else {
            let message = format!("{name} is not in the media storage");
            return Ok(Some((
                message,
                format!("add it with {add}, or copy it to {shown}"),
            )));
        };
        let hint = format!("remove {shown} and add the file again with {add}");
        let other_size = |size: u64| {
            let message = format!(
                "the stored {name} has {size} bytes and not {}",
                rendition.size
            );
            Ok(Some((message, hint.clone())))
        };
        if held.size != rendition.size {
            return other_size(held.size);
        }
        let sum = match self.read {
            true => {
                let (sum, size) = self.storage.sum(key, held.size, &self.meter)?;
                self.bytes.fetch_add(size, Ordering::Relaxed);
                if size != rendition.size {
                    return other_size(size);
                }
                Some(sum)
            }
            false => held.sha256,
        };
        let Some(sum) = sum else {
            self.unknown.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        };
        Ok((sum != rendition.sha256).then(|| {
            let message = format!("the stored {name} is damaged: its SHA-256 is {sum}");
            (message, hint)
        }))
    }
}
