//! Detects that the database's file was moved or replaced while it is open.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::store::{StoreError, Stored};

/// A path, and the device and inode of the file that it had when it was opened.
#[derive(Clone)]
pub(super) struct FileIdentity {
    path: PathBuf,
    file: (u64, u64),
}

impl FileIdentity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: file_at(path)?,
        })
    }

    /// Fails if the path leads to another file, or to none.
    pub(super) fn check(&self) -> Stored<()> {
        match file_at(&self.path) {
            Ok(file) if file == self.file => Ok(()),
            _ => Err(StoreError::Failed(format!(
                "{} was moved or replaced while it was open; put it back, or restart the service",
                self.path.display()
            ))),
        }
    }
}

fn file_at(path: &Path) -> io::Result<(u64, u64)> {
    let facts = fs::metadata(path)?;
    Ok((facts.dev(), facts.ino()))
}
