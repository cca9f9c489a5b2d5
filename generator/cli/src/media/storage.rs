//! The media storage, whatever it is: files under the checksum of their content.

use std::path::Path;

use super::{bucket::Bucket, folder::Folder, wrong};
use crate::output::Meter;
use dateline::{
    base::{diag::Diagnostic, files::Os},
    config::{Config, media::MediaStorage},
    parse::rendition::STORAGE,
};

/// Remembers since when files are unreferenced: a time and a key on each line.
pub(super) const LEDGER: &str = ".unreferenced";

pub(super) type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A file that was put into the storage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Of its content, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Its place below the storage.
    pub key: String,
    /// False when it was there before.
    pub fresh: bool,
}

/// A file in the storage, as that describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Bytes.
    pub size: u64,
    /// Of the content that was stored; `None` if the storage keeps no checksum.
    pub sha256: Option<String>,
}

/// A media storage.
pub(super) trait Storage: Sync {
    /// Stores a file under its checksum and `name`, whole or not at all.
    ///
    /// # Errors
    /// When the file is empty or no file, changes while it is read, finds no room, or when something else lies at its
    /// place.
    fn put(&self, source: &Path, name: &str, media_type: &str) -> Result<Stored>;

    /// What lies under a key, without reading it.
    ///
    /// # Errors
    /// When that cannot be known.
    fn find(&self, key: &str) -> Result<Option<Held>>;

    /// Reads the file under a key, of `size` bytes, and gives the checksum and size of what was read.
    ///
    /// # Errors
    /// When it cannot be read.
    fn sum(&self, key: &str, size: u64, meter: &Meter) -> Result<(String, u64)>;

    /// Keys and sizes of all that this program stored.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn list(&self) -> Result<Vec<(String, u64)>>;

    /// Removes files; missing ones count as removed.
    ///
    /// # Errors
    /// When one of them may still be there.
    fn remove(&self, keys: &[&str]) -> Result<()>;

    /// The text of [`LEDGER`], empty if there is none.
    ///
    /// # Errors
    /// When that cannot be known.
    fn ledger(&self) -> Result<String>;

    /// Replaces [`LEDGER`].
    ///
    /// # Errors
    /// When it cannot be written.
    fn set_ledger(&self, text: &str) -> Result<()>;

    /// Removes what killed programs left half stored, beyond what `list` names.
    fn tidy(&self) {}

    /// Where a key lies, for people.
    fn place(&self, key: &str) -> String;

    /// Whether a network lies between: then answers take long, and one failure means more.
    fn is_remote(&self) -> bool;
}

/// The storage that `--media` names; else that of `site.toml`; else the folder beside `content/`.
///
/// # Errors
/// When it is no storage, or credentials are missing.
pub(super) fn open(root: &Path, said: Option<&str>) -> Result<Box<dyn Storage>> {
    let place = match said {
        Some(said) => MediaStorage::parse(said).map_err(|(message, hint)| wrong(message, hint))?,
        None => Config::load(&Os::new(root), &mut Vec::new())
            .and_then(|config| config.media)
            .unwrap_or_else(|| MediaStorage::Folder(STORAGE.to_owned())),
    };
    Ok(match (place, said) {
        // What is said on the command line is relative to where it is said.
        (MediaStorage::Folder(folder), Some(_)) => Box::new(Folder(folder.into())),
        (MediaStorage::Folder(folder), None) => Box::new(Folder(root.join(folder))),
        (MediaStorage::Bucket(place), _) => Box::new(Bucket::open(root, &place)?),
    })
}

/// Whether this is a key of a stored file: `sha256[0..2]/sha256/NAME`.
pub(super) fn is_key(key: &str) -> bool {
    let mut parts = key.split('/');
    let (Some(first), Some(sum), Some(name), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let hexadecimal = sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    sum.len() == 64 && hexadecimal && first.len() == 2 && sum.starts_with(first) && !name.is_empty()
}
