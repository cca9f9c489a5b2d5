//! Parsed sources, by content. Two files: all, and those that came since, so that an edit does not
//! write everything anew.

use std::{
    io::Write,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{disk::Disk, envelope, recorder::Recorder};
use crate::{
    base::{
        diag::Diagnostics,
        files::Files,
        hash::{Digest, Sum},
    },
    config,
    discover::{Role, SourceFile},
    parse::{BodyFacts, Document, Memory, Meta, Parsed},
};

const ALL: &str = "documents";
const NEW: &str = "documents-new";
/// The file of new ones is merged into the other when it has more bytes than this and than an eighth
/// of the other.
const MERGE_AT: usize = 1 << 20;

/// A parsed source without what follows from its path.
#[derive(Serialize, Deserialize)]
struct Stored {
    parts: Option<(usize, Meta, BodyFacts)>,
    diags: Diagnostics,
}

/// A file of them: the number of keys, the keys in order, where the bytes of each end, the bytes.
#[derive(Default)]
struct Shelf {
    content: Vec<u8>,
    /// For each first two bytes of a key, how many keys are smaller.
    starts: Vec<u32>,
}

const KEY: usize = 32;
const NUMBER: usize = 8;

impl Shelf {
    fn load(disk: &dyn Disk, name: &str) -> Self {
        envelope::load(disk, name)
            .and_then(|(content, _)| Self::read(content))
            .unwrap_or_default()
    }

    fn read(content: Vec<u8>) -> Option<Self> {
        let mut shelf = Self {
            content,
            starts: Vec::new(),
        };
        let count = shelf.number(0)?;
        let keys = shelf
            .content
            .get(NUMBER..NUMBER + count.checked_mul(KEY)?)?;
        let mut starts = vec![0_u32; (1 << 16) + 1];
        for key in keys.chunks_exact(KEY) {
            starts[bucket(key) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        shelf.starts = starts;
        Some(shelf)
    }

    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.content.get(at..at + NUMBER)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    }

    fn len(&self) -> usize {
        self.number(0).unwrap_or(0)
    }

    fn key(&self, place: usize) -> Option<&[u8]> {
        self.content[NUMBER..].get(place * KEY..(place + 1) * KEY)
    }

    fn bytes(&self, place: usize) -> Option<&[u8]> {
        let ends = NUMBER + self.len() * KEY;
        let first = ends + self.len() * NUMBER;
        let end = |place: usize| Some(first + self.number(ends + place * NUMBER)?);
        let start = match place {
            0 => first,
            place => end(place - 1)?,
        };
        self.content.get(start..end(place)?)
    }

    fn get(&self, key: &Digest) -> Option<&[u8]> {
        let bucket = bucket(key.bytes());
        let range = *self.starts.get(bucket)?..*self.starts.get(bucket + 1)?;
        let mut places = range.map(|place| place as usize);
        let place = places.find(|place| self.key(*place) == Some(&key.bytes()[..]))?;
        self.bytes(place)
    }

    /// All keys with their bytes, in order.
    fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        (0..self.len()).filter_map(|place| Some((self.key(place)?, self.bytes(place)?)))
    }
}

fn bucket(key: &[u8]) -> usize {
    usize::from(key[0]) << 8 | usize::from(key[1])
}

/// What was parsed in this build: keys with places in the bytes.
#[derive(Default)]
struct Added {
    entries: Vec<(Digest, Range<usize>)>,
    bytes: Vec<u8>,
}

/// What sources parse to.
pub struct Documents {
    recorder: Arc<Recorder>,
    /// The other input of parsing: all of `site.toml`.
    settings: Digest,
    all: Shelf,
    new: Shelf,
    added: Mutex<Added>,
    used: AtomicUsize,
}

impl Documents {
    /// Loads what earlier builds parsed.
    pub fn load(recorder: &Arc<Recorder>) -> Self {
        let load = |name| Shelf::load(recorder.disk(), name);
        let (all, new) = rayon::join(|| load(ALL), || load(NEW));
        Self {
            recorder: recorder.clone(),
            settings: recorder
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
        sum.number(usize::from(source.lang) as u64)
            .text(source.stem());
        match &source.role {
            Role::Article { section } => sum.number(0).text(section),
            Role::Page => sum.number(1),
            Role::Dossier => sum.number(2),
        };
        sum.finish()
    }

    /// Saves what was learned. `all`: every source has been requested.
    pub fn save(&self, all: bool) {
        let disk = self.recorder.disk();
        let added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        if added.entries.is_empty() {
            return;
        }
        let size = self.new.content.len() + added.bytes.len();
        if size <= MERGE_AT.max(self.all.content.len() / 8) {
            write(disk, NEW, &[&self.new], &added);
            return;
        }
        // What other branches left stays, until it is more than what is in use.
        let held = self.all.len() + self.new.len();
        let in_use = self.used.load(Ordering::Relaxed) + added.entries.len();
        let kept: &[&Shelf] = match all && held > 2 * in_use {
            true => &[],
            false => &[&self.all, &self.new],
        };
        if write(disk, ALL, kept, &added) {
            write(disk, NEW, &[], &Added::default());
        }
    }
}

impl Memory for Documents {
    fn known(&self, path: &str) -> Option<Digest> {
        self.recorder.known(path)
    }

    fn conclude(&self) {
        self.save(true);
    }

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
            let key = self.key(source, &digest);
            let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
            let start = added.bytes.len();
            added.bytes.extend(&bytes);
            added.entries.push((key, start..start + bytes.len()));
        }
    }
}

fn write(disk: &dyn Disk, name: &str, shelves: &[&Shelf], added: &Added) -> bool {
    let former = shelves.iter().flat_map(|shelf| shelf.entries());
    let new = added.entries.iter();
    let new = new.map(|(key, at)| (&key.bytes()[..], &added.bytes[at.clone()]));
    let mut entries: Vec<(&[u8], &[u8])> = former.chain(new).collect();
    entries.par_sort_by_key(|(key, _)| *key);
    // One key has the same bytes wherever it stands.
    entries.dedup_by_key(|(key, _)| *key);
    let saved = envelope::save(disk, name, |out| {
        out.write_all(&(entries.len() as u64).to_le_bytes())?;
        for (key, _) in &entries {
            out.write_all(key)?;
        }
        let mut end = 0;
        for (_, bytes) in &entries {
            end += bytes.len() as u64;
            out.write_all(&end.to_le_bytes())?;
        }
        entries
            .iter()
            .try_for_each(|(_, bytes)| out.write_all(bytes))
    });
    saved.is_some()
}
