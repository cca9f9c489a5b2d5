//! Stage 6: bytes → the output folder, without ever showing a half-finished site.
//!
//! Changed outputs are staged in `OUT/.staging/` on the same file system, then moved in under a
//! journal: assets before pages, pages before feeds and sitemaps, removals last. Where there is no
//! `site/` yet, the whole tree is written there and moved in by one rename. A build that dies while
//! moving is finished by the next one; one that dies before has changed nothing. This holds for the
//! death of the process and for a full disk, not for a loss of power.

pub mod changes;
mod held;
mod staging;

pub use self::{
    held::{Held, Journal, mark_preview},
    staging::Staging,
};

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{Mutex, atomic::AtomicUsize},
};

use rayon::prelude::*;

use crate::base::{
    diag::Diagnostic,
    files::{self, Taking},
    hash::Digest,
};

const STAGING: &str = ".staging";
const JOURNAL: &str = "journal";
const TREE: &str = "tree";
/// Marks the folders beside it as owned by Dateline.
const MARKER: &str = ".dateline";
/// What is kept of lists of changes, and of publishing.
const FOLDER: &str = ".changes";
/// The folders that hold outputs.
const PARTS: [&str; 3] = ["site", "edge", "sidecar"];

/// What became of the outputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Emitted {
    /// New or changed.
    pub written: usize,
    /// The same as before.
    pub kept: usize,
    /// No longer made.
    pub removed: usize,
}

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// How far a build has come when it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Site {
    AsItWas,
    /// Some of it moved in: the journal has the rest.
    HalfWay,
    Moved,
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    failed_with(Site::AsItWas, doing, path, error)
}

fn failed_with(site: Site, doing: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let cure = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk; ",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => match site {
            Site::AsItWas => "allow writing there, or choose another folder with --out; ",
            Site::HalfWay | Site::Moved => "allow writing there; ",
        },
        _ => "",
    };
    let state = match site {
        Site::AsItWas => "the site is as it was",
        Site::HalfWay => {
            "the site may be partly new and partly as it was: do not publish it; the next build finishes it"
        }
        Site::Moved => "the site itself is complete and new",
    };
    let message = format!("cannot {doing} {}: {error}", path.display());
    Box::new(Diagnostic::error(message).hint(format!("{cure}{state}")))
}

/// A failure while a journal is carried out.
fn half_way(doing: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    failed_with(Site::HalfWay, doing, path, error)
}

/// The output folder, locked for this build.
pub struct Emitter {
    out: PathBuf,
    /// Held until the build ends; the system frees it even if the process is killed. It holds the name
    /// of the tree that lies beside it, and nothing while that is being changed.
    lock: fs::File,
}

impl Emitter {
    /// Locks `out`, finishes what a killed build left half-moved, and clears what it left unused.
    ///
    /// # Errors
    /// When the folder cannot be written, or holds something that Dateline did not make.
    pub fn begin(out: &Path) -> Result<Self> {
        fs::create_dir_all(out).map_err(|e| failed("make the folder", out, &e))?;
        let marker = out.join(MARKER);
        let fresh = !marker.exists();
        if fresh && PARTS.iter().any(|part| holds_something(&out.join(part))) {
            let message = format!("{} holds files that Dateline did not make", out.display());
            let hint = "everything in site/, edge/ and sidecar/ would be replaced: choose another folder with --out";
            return Err(Box::new(Diagnostic::error(message).hint(hint)));
        }
        let lock = fs::File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(&marker);
        let lock = lock.map_err(|e| failed("write", &marker, &e))?;
        lock.lock().map_err(|e| failed("lock", &marker, &e))?;
        let emitter = Self {
            out: out.to_owned(),
            lock,
        };
        emitter.recover()?;
        Ok(emitter)
    }

    /// The ID of the tree in the folder, as [`Emitter::seal`] wrote it; empty when it has none.
    pub fn seal_found(&self) -> String {
        let mut text = String::new();
        let mut file = &self.lock;
        let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
        match read {
            Ok(_) if self.out.join("site").is_dir() => text,
            _ => String::new(),
        }
    }

    /// Writes the ID of the tree that is in the folder now.
    ///
    /// # Errors
    /// When the marker cannot be written.
    pub fn seal(&self, name: &str) -> Result<()> {
        let mut file = &self.lock;
        let written = file
            .set_len(0)
            .and_then(|()| file.write_all(name.as_bytes()));
        // It is cleared before anything moves, and written after.
        let site = match name.is_empty() {
            true => Site::AsItWas,
            false => Site::Moved,
        };
        written.map_err(|e| failed_with(site, "write", &self.out.join(MARKER), &e))
    }

    fn staging(&self) -> PathBuf {
        self.out.join(STAGING)
    }

    fn recover(&self) -> Result<()> {
        let staging = self.staging();
        if let Ok(journal) = fs::read_to_string(staging.join(JOURNAL)) {
            self.replay(&journal)?;
        }
        match fs::remove_dir_all(&staging) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("clear", &staging, &e)),
            _ => Ok(()),
        }
    }

    /// Makes the staging folders.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn stage(&self, folders: &[&str]) -> Result<Staging<'_>> {
        let tree = self.staging().join(TREE);
        let whole = !self.out.join("site").exists();
        fs::create_dir_all(&tree).map_err(|e| failed("make the folder", &tree, &e))?;
        if whole {
            make_tree(&tree, folders)?;
        }
        Ok(Staging {
            emitter: self,
            tree,
            whole,
            moves: Mutex::default(),
            written: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
        })
    }

    /// Files among the outputs that are none of `paths`, sorted.
    pub fn orphans<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut found = all(&self.out);
        if !found.is_empty() {
            let wanted: BTreeSet<&str> = paths.collect();
            found.retain(|path| !wanted.contains(path.as_str()));
        }
        found
    }

    /// Carries out a journal. Every step may have been done already.
    fn replay(&self, journal: &str) -> Result<()> {
        let tree = self.staging().join(TREE);
        let mut emptied = BTreeSet::new();
        for line in journal.lines() {
            let Some((step, path)) = line.split_once(' ') else {
                continue;
            };
            let target = self.out.join(path);
            match step {
                "move" => {
                    if let Some(parent) = target.parent() {
                        make_folder(parent, &self.out)?;
                    }
                    if target.is_dir() && !tree.join(path).is_dir() {
                        fs::remove_dir_all(&target).map_err(|e| half_way("remove", &target, &e))?;
                    }
                    match fs::rename(tree.join(path), &target) {
                        Err(e) if e.kind() != io::ErrorKind::NotFound => {
                            return Err(half_way("move to", &target, &e));
                        }
                        _ => {}
                    }
                }
                "remove" => {
                    match fs::remove_file(&target) {
                        Err(e)
                            if !matches!(
                                e.kind(),
                                io::ErrorKind::NotFound
                                    | io::ErrorKind::NotADirectory
                                    | io::ErrorKind::IsADirectory
                            ) =>
                        {
                            return Err(half_way("remove", &target, &e));
                        }
                        _ => {}
                    }
                    emptied.extend(target.parent().map(Path::to_owned));
                }
                _ => {}
            }
        }
        for folder in emptied.iter().rev() {
            remove_empty(folder, &self.out);
        }
        Ok(())
    }
}

/// Makes new folders, level by level: those of one level do not wait for each other.
fn make_tree(tree: &Path, folders: &[&str]) -> Result<()> {
    let depth = |folder: &str| folder.bytes().filter(|b| *b == b'/').count();
    for level in 0..=folders.iter().map(|f| depth(f)).max().unwrap_or(0) {
        folders
            .par_iter()
            .filter(|f| depth(f) == level)
            .try_for_each(|folder| {
                let path = tree.join(folder);
                fs::create_dir(&path).map_err(|e| failed("make the folder", &path, &e))
            })?;
    }
    Ok(())
}

/// Makes a folder whose parent may be a file of an earlier build.
fn make_folder(folder: &Path, out: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let inside: Vec<&Path> = folder.ancestors().take_while(|a| *a != out).collect();
    for step in inside.into_iter().rev() {
        if step.is_file() {
            fs::remove_file(step).map_err(|e| half_way("remove", step, &e))?;
        }
        match fs::create_dir(step) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(half_way("make the folder", step, &e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes empty folders, upwards.
fn remove_empty(folder: &Path, out: &Path) {
    for step in folder
        .ancestors()
        .take_while(|a| a.parent().is_some_and(|p| p.starts_with(out) && p != out))
    {
        match fs::remove_dir(step) {
            Ok(()) => {}
            // A build that was killed here went as far; what it left above is still to go.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(_) => break,
        }
    }
}

fn holds_something(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// One output on disk.
pub fn read(out: &Path, path: &str) -> Option<Vec<u8>> {
    fs::read(out.join(path)).ok()
}

/// Every file among the outputs, sorted.
pub fn all(out: &Path) -> Vec<String> {
    let mut found = Vec::new();
    PARTS.iter().for_each(|part| staged(out, part, &mut found));
    found.sort();
    found
}

/// Size and digest of a file on disk.
pub fn digest_of(path: &Path) -> Option<(u64, Digest)> {
    let file = files::open(path).ok()?;
    let size = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
    Some((size, Digest::of_reader(file).ok()?))
}

/// Gives an output piece by piece.
pub type Giving<'a> = &'a dyn Fn(Taking<'_>) -> io::Result<()>;

fn same(path: &Path, bytes: &[u8]) -> bool {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.len() == bytes.len() as u64 => {
            fs::read(path).is_ok_and(|on_disk| on_disk == bytes)
        }
        _ => false,
    }
}

fn staged(tree: &Path, part: &str, out: &mut Vec<String>) {
    let mut pending = vec![part.to_owned()];
    while let Some(folder) = pending.pop() {
        for (name, is_dir) in entries(&tree.join(&folder)) {
            let path = format!("{folder}/{name}");
            if is_dir {
                pending.push(path)
            } else {
                out.push(path)
            }
        }
    }
}

fn entries(folder: &Path) -> Vec<(String, bool)> {
    let Ok(read) = fs::read_dir(folder) else {
        return Vec::new();
    };
    read.flatten()
        .filter_map(|e| {
            Some((
                e.file_name().into_string().ok()?,
                e.file_type().is_ok_and(|t| t.is_dir()),
            ))
        })
        .collect()
}

#[cfg(test)]
#[path = "emit_tests.rs"]
mod tests;
