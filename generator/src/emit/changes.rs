//! `changes.json`: what differs from the tree that was acknowledged last, for upload, purge and notices.
//!
//! A list gives all changes since the acknowledged tree, so that one that was never read loses nothing. In
//! `.changes/` lie the acknowledged tree, and the lists since then, any of which may still be acknowledged.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Emitter, FOLDER, Result, failed};
use crate::base::{diag::Diagnostic, hash::Digest, replace::replace};

/// The form of the list.
const VERSION: u32 = 1;
pub(super) const LIST: &str = "changes.json";
/// The tree that was acknowledged last, as a list of everything.
const ACKNOWLEDGED: &str = "acknowledged.json";
/// Which list is the newest, and what it starts from.
const NEWEST: &str = "newest";
/// How many lists may still be acknowledged.
const KEPT: usize = 16;

/// A file of the tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listed<'a> {
    /// Below the output folder: `site/en/index.html`.
    pub path: Cow<'a, str>,
    /// BLAKE3 of its content, as 64 hexadecimal digits.
    #[serde(with = "hex")]
    pub hash: Digest,
    /// Bytes.
    pub size: u64,
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::base::hash::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&digest.hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        Digest::from_hex(&text).ok_or_else(|| de::Error::custom("64 hexadecimal digits"))
    }
}

/// Everything that lies in the output folder, in order of paths.
pub struct Tree {
    /// Its name.
    pub id: String,
    /// Its files.
    pub files: Vec<Listed<'static>>,
}

/// The differences between two trees.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Changes<'a> {
    /// Always 1 as yet.
    pub version: u32,
    /// Names the tree that lies in the folder: what `--acknowledge` takes.
    pub id: String,
    /// The acknowledged tree that it is compared with; none before the first.
    pub since: Option<String>,
    /// Files that were not there.
    pub added: Vec<Listed<'a>>,
    /// Files with another content.
    pub changed: Vec<Listed<'a>>,
    /// Files that are gone, as they were.
    pub removed: Vec<Listed<'a>>,
}

/// One output: path, digest, bytes.
pub type Entry<'a> = (&'a str, Digest, u64);

impl Emitter {
    fn beside(&self, name: &str) -> PathBuf {
        self.out.join(FOLDER).join(name)
    }

    fn acknowledged(&self) -> Option<Changes<'static>> {
        read(&self.beside(ACKNOWLEDGED))
    }

    /// Whether `changes.json` lists the tree `id`, and since the newest acknowledgement.
    pub fn is_listed(&self, id: &str) -> bool {
        let newest = fs::read_to_string(self.beside(NEWEST)).unwrap_or_default();
        newest == id && self.out.join(LIST).is_file()
    }

    /// Writes what differs between the acknowledged tree and this one, called `id`, in order of paths.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn list<'a>(&self, id: &str, tree: impl Iterator<Item = Entry<'a>>) -> Result<()> {
        if self.is_listed(id) {
            return Ok(());
        }
        let base = self.acknowledged();
        let keeps = base.is_some();
        let changes = compare(base, id, tree);
        write_list(&self.out.join(LIST), &changes)?;
        if keeps {
            self.keep_list(id, &changes)?;
        }
        write(&self.beside(NEWEST), id.as_bytes())
    }

    /// Keeps a list so that it may be acknowledged even when a newer one stands in its place.
    fn keep_list(&self, id: &str, changes: &Changes<'_>) -> Result<()> {
        let lists = || {
            let all = fs::read_dir(self.out.join(FOLDER)).into_iter().flatten();
            let all = all.flatten().map(|e| e.path());
            let is_list = |p: &PathBuf| p.extension().is_some_and(|e| e == "list");
            all.filter(is_list).collect::<Vec<PathBuf>>()
        };
        // The names carry a number, so that the oldest is known.
        let number = |p: &PathBuf| -> Option<u64> {
            p.file_stem()?.to_str()?.split('-').next()?.parse().ok()
        };
        let mut all = lists();
        all.sort_by_key(|p| number(p).unwrap_or(0));
        let next = all.last().and_then(number).unwrap_or(0) + 1;
        let old = all.len().saturating_sub(KEPT - 1);
        for path in &all[..old] {
            let _ = fs::remove_file(path);
        }
        write_list(&self.beside(&format!("{next}-{id}.list")), changes)
    }

    /// Takes the tree of a list as the one that later lists are compared with.
    ///
    /// # Errors
    /// If no list has this id, or the acknowledgement cannot be written.
    pub fn acknowledge(&self, id: &str) -> Result<()> {
        let base = self.acknowledged();
        if base.as_ref().is_some_and(|b| b.id == id) {
            return Ok(());
        }
        let mut lists: Vec<PathBuf> = vec![self.out.join(LIST)];
        let kept = fs::read_dir(self.out.join(FOLDER)).into_iter().flatten();
        lists.extend(kept.flatten().map(|e| e.path()));
        let is_list = |p: &&PathBuf| p.extension().is_some_and(|e| e == "list" || e == "json");
        let lists = lists.iter().filter(is_list);
        let found = lists.filter_map(|p| read(p)).find(|c| c.id == id);
        let list = found.ok_or_else(|| self.unknown(id))?;
        let whole = whole(base, list);
        // The newest list starts from another tree now, so it must be written again.
        let _ = fs::remove_file(self.beside(NEWEST));
        write_list(&self.beside(ACKNOWLEDGED), &whole)?;
        let kept = fs::read_dir(self.out.join(FOLDER)).into_iter().flatten();
        for path in kept.flatten().map(|e| e.path()) {
            if path.extension().is_some_and(|e| e == "list") {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// All files of the tree called `id`, if the newest list tells of it.
    pub(super) fn whole_tree(&self, id: &str) -> Option<Tree> {
        let base = self.acknowledged();
        if base.as_ref().is_some_and(|base| base.id == id) {
            return Some(Tree {
                id: id.to_owned(),
                files: base.map_or_else(Vec::new, |base| base.added),
            });
        }
        let list = read(&self.out.join(LIST)).filter(|list| list.id == id)?;
        (list.since == base.as_ref().map(|base| base.id.clone())).then(|| Tree {
            id: id.to_owned(),
            files: whole(base, list).added,
        })
    }

    fn unknown(&self, id: &str) -> Box<Diagnostic> {
        let newest = fs::read_to_string(self.beside(NEWEST)).unwrap_or_default();
        let hint = match newest.as_str() {
            "" => "build first: it writes changes.json, which has an id".to_owned(),
            newest => format!("the newest is {newest}; {LIST} has it"),
        };
        Box::new(Diagnostic::error(format!("no list of changes has the id “{id}”")).hint(hint))
    }
}

/// The tree of a list: what it starts from, with its changes.
fn whole<'a>(base: Option<Changes<'a>>, list: Changes<'a>) -> Changes<'a> {
    let base = base.map_or_else(Vec::new, |b| b.added);
    let mut tree: BTreeMap<Cow<'_, str>, Listed<'_>> =
        base.into_iter().map(|f| (f.path.clone(), f)).collect();
    for file in list.removed {
        tree.remove(&file.path);
    }
    for file in list.added.into_iter().chain(list.changed) {
        tree.insert(file.path.clone(), file);
    }
    Changes {
        version: VERSION,
        id: list.id,
        since: None,
        added: tree.into_values().collect(),
        changed: Vec::new(),
        removed: Vec::new(),
    }
}

fn compare<'a>(
    base: Option<Changes<'a>>,
    id: &str,
    tree: impl Iterator<Item = Entry<'a>>,
) -> Changes<'a> {
    let since = base.as_ref().map(|b| b.id.clone());
    let base = base.map_or_else(Vec::new, |b| b.added);
    let mut former = base.into_iter().peekable();
    let mut changes = Changes {
        version: VERSION,
        id: id.to_owned(),
        since,
        added: Vec::new(),
        changed: Vec::new(),
        removed: Vec::new(),
    };
    for (path, digest, size) in tree {
        while let Some(gone) = former.next_if(|f| *f.path < *path) {
            changes.removed.push(gone);
        }
        let file = || Listed {
            path: path.into(),
            hash: digest,
            size,
        };
        match former.next_if(|f| f.path == path) {
            None => changes.added.push(file()),
            Some(was) if was.hash != digest => changes.changed.push(file()),
            Some(_) => {}
        }
    }
    changes.removed.extend(former);
    changes
}

const HINT: &str = "the site itself is whole, but this list is not: mend that and build again";

fn read(path: &Path) -> Option<Changes<'static>> {
    let changes: Changes<'_> = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (changes.version == VERSION).then_some(changes)
}

/// Writes a list whole or not at all, a piece at a time: it may be of a whole archive.
fn write_list(path: &Path, changes: &Changes<'_>) -> Result<()> {
    write_by(path, |file| {
        let mut file = io::BufWriter::with_capacity(1 << 16, file);
        serde_json::to_writer(&mut file, changes)?;
        file.flush()
    })
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_by(path, |file| file.write_all(bytes))
}

fn write_by(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<()> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| replace(&path.with_extension("draft"), path, write));
    written.map_err(|e: io::Error| {
        let mut diag = failed("write", path, &e);
        diag.hint = Some(HINT.to_owned());
        diag
    })
}
