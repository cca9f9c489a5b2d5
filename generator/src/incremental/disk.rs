//! What builds ask of the disk beyond reading sources.

use std::{
    fs,
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::base::{
    files::{Mem, Os, Stamp},
    replace::replace,
};

/// The folder of the cache, beside `content/`. It is safe to delete.
pub(super) const CACHE: &str = ".dateline";

/// Writes the content of a file: piece by piece, since it may be large.
pub type Writing<'a> = &'a mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>;

/// The disk on which sources and the cache lie. Without the methods, nothing is cached.
pub trait Disk: Sync + Send {
    /// Changes whenever the file at this path does; `None` where the system has no such value.
    fn stamp(&self, _path: &str) -> Option<Stamp> {
        None
    }

    /// The content of a file of the cache.
    ///
    /// # Errors
    /// Any error of the system; `Unsupported` without a cache.
    fn load(&self, _name: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Saves what `write` writes as a file of the cache, whole or not at all.
    ///
    /// # Errors
    /// Any error of the system or of `write`; `Unsupported` without a cache.
    fn save(&self, _name: &str, _write: Writing<'_>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The files in a folder of the cache: their names and sizes in bytes.
    fn list(&self, _folder: &str) -> Vec<(String, u64)> {
        Vec::new()
    }

    /// Removes a file of the cache.
    ///
    /// # Errors
    /// Any error of the system; `Unsupported` without a cache.
    fn remove(&self, _name: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes a source, whole or not at all.
    ///
    /// # Errors
    /// Any error of the system; `Unsupported` where sources cannot be written.
    fn rewrite(&self, _path: &str, _content: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Disk for Mem {}

impl Disk for Os {
    fn stamp(&self, path: &str) -> Option<Stamp> {
        Os::stamp(self, path)
    }

    fn load(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.locate(CACHE).join(name))
    }

    fn save(&self, name: &str, write: Writing<'_>) -> io::Result<()> {
        let target = self.locate(CACHE).join(name);
        if let Some(folder) = target.parent() {
            // Former versions had a file of the name `pictures`.
            if folder.is_file() {
                fs::remove_file(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let draft = self.locate(CACHE).join(draft_name(name));
        replace(&draft, &target, |file| write(file))
    }

    fn list(&self, folder: &str) -> Vec<(String, u64)> {
        let entries = fs::read_dir(self.locate(CACHE).join(folder));
        let file = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?;
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((entry.file_name().into_string().ok()?, about.len()))
        };
        entries.into_iter().flatten().filter_map(file).collect()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.locate(CACHE).join(name))
    }

    fn rewrite(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let target = self.locate(path);
        // A name that no walk lists.
        let draft = target.with_file_name(format!(".{}", draft_name("source")));
        replace(&draft, &target, |file| file.write_all(content))
    }
}

/// Two programs may write at once; each has its own draft, and the last one's stays.
fn draft_name(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{name}.{}-{count}.draft", std::process::id())
}
