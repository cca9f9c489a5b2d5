//! Parsed sources, by content. Two files: all, and those that came since, so that an edit does not
//! write everything anew.

use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use super::envelope;
use crate::{
    base::{
        diag::Diagnostics,
        files::Files,
        hash::{Digest, Map, Sum},
    },
    config,
    discover::{Role, SourceFile},
    parse::{BodyFacts, Document, Memory, Meta, Parsed},
};

const ALL: &str = "documents";
const NEW: &str = "documents-new";
/// The file of new ones is merged into the other when it has more bytes than this and than an eighth
/// of the other.
const FEW: usize = 1 << 20;

/// A parsed source without what its place tells.
#[derive(Serialize, Deserialize)]
struct Stored {
    parts: Option<(usize, Meta, BodyFacts)>,
    diags: Diagnostics,
}

/// A file of them: keys with places in the bytes that follow.
#[derive(Default, Serialize, Deserialize)]
struct Index(Vec<(Digest, u32)>);

#[derive(Default)]
struct Shelf {
    bytes: Vec<u8>,
    places: Map<Digest, Range<usize>>,
}

impl Shelf {
    fn load(files: &dyn Files, name: &str) -> Self {
        envelope::load(files, name)
            .and_then(Self::read)
            .unwrap_or_default()
    }

    fn read(bytes: Vec<u8>) -> Option<Self> {
        let (index, rest) = postcard::take_from_bytes::<Index>(&bytes).ok()?;
        let mut at = bytes.len() - rest.len();
        let mut places = Map::default();
        places.reserve(index.0.len());
        for (key, length) in index.0 {
            let end = at
                .checked_add(length as usize)
                .filter(|e| *e <= bytes.len())?;
            places.insert(key, at..end);
            at = end;
        }
        Some(Self { bytes, places })
    }

    fn get(&self, key: &Digest) -> Option<&[u8]> {
        self.bytes.get(self.places.get(key)?.clone())
    }
}

/// What sources parse to.
pub struct Documents {
    /// Whatever else parsing looks at: all of `site.toml`.
    settings: Digest,
    all: Shelf,
    new: Shelf,
    added: Mutex<Vec<(Digest, Vec<u8>)>>,
    used: AtomicUsize,
}

impl Documents {
    /// Loads what former builds parsed.
    pub fn load(files: &dyn Files) -> Self {
        let (all, new) = rayon::join(|| Shelf::load(files, ALL), || Shelf::load(files, NEW));
        Self {
            settings: files
                .digest(config::FILE)
                .unwrap_or_else(|_| Digest::of(b"")),
            all,
            new,
            added: Mutex::default(),
            used: AtomicUsize::new(0),
        }
    }

    fn key(&self, source: &SourceFile, digest: &Digest) -> Digest {
        let mut sum = Sum::default();
        sum.digest(&self.settings).digest(digest).text(&source.path);
        sum.number(source.lang as u64).text(&source.stem);
        match &source.role {
            Role::Article { section } => sum.number(0).text(section),
            Role::Page => sum.number(1),
            Role::Dossier => sum.number(2),
        };
        sum.finish()
    }

    /// Remembers what was learned.
    pub fn save(&self, files: &dyn Files) {
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        if added.is_empty() {
            return;
        }
        added.sort_unstable_by_key(|(key, _)| *key);
        let size = self.new.bytes.len() + added.iter().map(|(_, b)| b.len()).sum::<usize>();
        if size <= FEW.max(self.all.bytes.len() / 8) {
            write(files, NEW, &[&self.new], &added);
            return;
        }
        // What other branches left stays, until it is more than what is in use.
        let held = self.all.places.len() + self.new.places.len();
        let in_use = self.used.load(Ordering::Relaxed) + added.len();
        let kept: &[&Shelf] = match held > 2 * in_use {
            true => &[],
            false => &[&self.all, &self.new],
        };
        if write(files, ALL, kept, &added) {
            write(files, NEW, &[], &[]);
        }
    }
}

impl Memory for Documents {
    fn recall(&self, source: &SourceFile, digest: Digest) -> Option<Parsed> {
        let key = self.key(source, &digest);
        let bytes = self.new.get(&key).or_else(|| self.all.get(&key))?;
        let stored: Stored = postcard::from_bytes(bytes).ok()?;
        self.used.fetch_add(1, Ordering::Relaxed);
        let document = stored.parts.map(|(body_at, meta, body)| Document {
            source: source.clone(),
            digest,
            body_at,
            meta,
            body,
        });
        Some(Parsed {
            document,
            diags: stored.diags,
        })
    }

    fn learn(&self, source: &SourceFile, digest: Digest, parsed: &Parsed) {
        let parts = parsed.document.as_ref();
        let stored = Stored {
            parts: parts.map(|d| (d.body_at, d.meta.clone(), d.body.clone())),
            diags: parsed.diags.clone(),
        };
        if let Ok(bytes) = postcard::to_stdvec(&stored) {
            let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
            added.push((self.key(source, &digest), bytes));
        }
    }
}

fn write(files: &dyn Files, name: &str, shelves: &[&Shelf], added: &[(Digest, Vec<u8>)]) -> bool {
    let mut entries: Map<Digest, &[u8]> = Map::default();
    for shelf in shelves {
        let places = shelf.places.iter();
        entries.extend(places.filter_map(|(key, at)| Some((*key, shelf.bytes.get(at.clone())?))));
    }
    entries.extend(added.iter().map(|(key, bytes)| (*key, bytes.as_slice())));
    let mut entries: Vec<(Digest, &[u8])> = entries.into_iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let index = Index(entries.iter().map(|(k, b)| (*k, b.len() as u32)).collect());
    let Ok(mut content) = postcard::to_stdvec(&index) else {
        return false;
    };
    entries.iter().for_each(|(_, bytes)| content.extend(*bytes));
    envelope::save(files, name, &content)
}
