//! A remembered file: the content, who wrote it, a checksum.

use serde::{Serialize, de::DeserializeOwned};

use crate::base::{
    files::{Files, MEMORY},
    hash::{Digest, Sum},
};

/// What a program with other sources, or another form of the cache, writes differs in these bytes.
const MARK: &str = concat!("dateline cache 2 ", env!("DATELINE_SOURCES"), "\n");
const CHECKSUM: usize = 32;

/// The content of a remembered file; `None` when it is not there, of another program, or damaged.
pub(super) fn load(files: &dyn Files, name: &str) -> Option<Vec<u8>> {
    let mut bytes = files.read(&format!("{MEMORY}/{name}")).ok()?;
    // What tells it stands at the end, so that the content need not be moved.
    let length = bytes.len().checked_sub(MARK.len() + CHECKSUM)?;
    let (content, end) = bytes.split_at(length);
    let good =
        end.starts_with(MARK.as_bytes()) && end[MARK.len()..] == *checksum(name, content).bytes();
    good.then(|| {
        bytes.truncate(length);
        bytes
    })
}

/// The same, read as a value.
pub(super) fn load_value<T: DeserializeOwned>(files: &dyn Files, name: &str) -> Option<T> {
    postcard::from_bytes(&load(files, name)?).ok()
}

/// Remembers content. It is no misfortune when that fails: the next build does more.
pub(super) fn save(files: &dyn Files, name: &str, mut content: Vec<u8>) -> bool {
    let checksum = checksum(name, &content);
    content.extend(MARK.as_bytes());
    content.extend(checksum.bytes());
    files.remember(name, &content).is_ok()
}

/// The same for a value.
pub(super) fn save_value<T: Serialize>(files: &dyn Files, name: &str, value: &T) -> bool {
    postcard::to_stdvec(value).is_ok_and(|content| save(files, name, content))
}

/// With the name, so that a file under another's name is no use.
fn checksum(name: &str, content: &[u8]) -> Digest {
    Sum::default().text(name).bytes(content).finish()
}
