//! Files on disk, read with their stamps.

mod walk;

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use self::walk::SPECIAL;
use super::{FileProblem, Files, PIECE, Stamp, Taking, Version};
use crate::base::{hash::Sum, text};

/// Files below a folder of this machine.
#[derive(Clone, Debug)]
pub struct Os {
    root: PathBuf,
}

impl Os {
    /// Files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The place of `path` on this machine. Names that the disk holds in another Unicode form are found too.
    pub fn locate(&self, path: &str) -> PathBuf {
        let plain = self.root.join(path);
        if path.is_ascii() || plain.symlink_metadata().is_ok() {
            return plain;
        }
        let mut found = self.root.clone();
        for name in path.split('/') {
            let exact = found.join(name);
            let other = || {
                let mut entries = fs::read_dir(&found).ok()?.flatten();
                let alike = |e: &fs::DirEntry| {
                    e.file_name()
                        .to_str()
                        .is_some_and(|n| text::composed(n) == name)
                };
                Some(entries.find(alike)?.path())
            };
            found = match exact.symlink_metadata() {
                Ok(_) => exact,
                Err(_) => other().unwrap_or(exact),
            };
        }
        found
    }

    /// The stamp of a file, without reading it.
    pub fn stamp(&self, path: &str) -> Option<Stamp> {
        stamp_of(&fs::metadata(self.locate(path)).ok()?)
    }
}

/// Opens what is a file; anything else is an error. It never blocks, as opening a pipe would.
///
/// # Errors
/// Any error of the system; `InvalidInput` for pipes, sockets and devices.
pub fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits() as i32);
    }
    let file = options.open(path)?;
    let kind = file.metadata()?.file_type();
    match kind.is_file() || kind.is_dir() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, SPECIAL)),
    }
}

#[cfg(unix)]
fn stamp_of(meta: &fs::Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let nanos = |seconds: i64, nanos: i64| seconds.checked_mul(1_000_000_000)?.checked_add(nanos);
    Some(Stamp {
        device: meta.dev(),
        inode: meta.ino(),
        size: meta.len(),
        modified: nanos(meta.mtime(), meta.mtime_nsec())?,
        changed: nanos(meta.ctime(), meta.ctime_nsec())?,
    })
}

/// Nothing vouches for a file here: every build reads it.
#[cfg(not(unix))]
fn stamp_of(_: &fs::Metadata) -> Option<Stamp> {
    None
}

impl Files for Os {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        self.listing(folder)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        let mut file = open(&self.locate(path))?;
        let meta = file.metadata()?;
        let before = stamp_of(&meta);
        // Most files are small.
        let mut buffer = vec![0; (meta.len() + 1).min(PIECE as u64) as usize];
        let mut sum = Sum::default();
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    sum.rest(&buffer[..length]);
                    take(&buffer[..length])?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let after = stamp_of(&file.metadata()?);
        Ok(Version {
            digest: sum.finish(),
            stamp: before.filter(|_| before == after),
        })
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let meta = fs::metadata(self.locate(path))?;
        Ok(if meta.is_dir() { 0 } else { meta.len() })
    }
}
