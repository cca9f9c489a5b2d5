//! Reading sources: the trait [`Files`], on disk ([`Os`]) and in memory ([`Mem`]).
//!
//! Paths are relative to the newsroom's root and written with `/`: `content/news/a.md`,
//! `themes/newsroom/templates/base.html`, `media/3f/3f9a…/clip.mov`.

mod mem;
mod os;

use std::io;

use serde::{Deserialize, Serialize};

pub use self::{
    mem::Mem,
    os::{Os, open},
};
use super::hash::Digest;

/// A file that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The path as far as it can be shown.
    pub path: String,
    /// The reason.
    pub why: String,
}

/// Where sources come from: the disk, or memory in tests.
pub trait Files: Sync + Send {
    /// All files below `folder`, sorted by path, and what could not be listed.
    /// Hidden files (`.name`, but for `.well-known`) and editors' leftovers (`name~`) are
    /// skipped. Links must lead to what is listed itself.
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>);

    /// The size of a file in bytes, without reading it; 0 for a folder.
    ///
    /// # Errors
    /// Any error of the system; `NotFound` when there is none.
    fn size(&self, path: &str) -> io::Result<u64>;

    /// Hands over the content of a file piece by piece: it may be larger than memory.
    ///
    /// # Errors
    /// As [`Files::size`], and those of `take`, which end it.
    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version>;

    /// The whole content of a file.
    ///
    /// # Errors
    /// As [`Files::size`].
    fn read(&self, path: &str) -> io::Result<Content> {
        let mut bytes = Vec::new();
        let version = self.pieces(path, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Content {
            bytes,
            version,
            changed: false,
        })
    }

    /// The digest of a file's content.
    ///
    /// # Errors
    /// As [`Files::size`].
    fn digest(&self, path: &str) -> io::Result<Digest> {
        let read = self.pieces(path, &mut |_| Ok(()));
        read.map(|version| version.digest)
    }
}

/// Which content of a file was read.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// Of the content.
    pub digest: Digest,
    /// The file's stamp, if that was the same before and after reading.
    pub stamp: Option<Stamp>,
}

/// A file that was read as a whole.
#[derive(Clone, Debug)]
pub struct Content {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Which content that is.
    pub version: Version,
    /// It certainly differs from what this build read of the file before.
    pub changed: bool,
}

/// Takes a piece of a file's content.
pub type Taking<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// How much of a file is in memory at once, in bytes, where it is read piece by piece.
pub const PIECE: usize = 128 * 1024;

/// Size, place and times of a file. An edit changes at least one of them, as long as it does not fall
/// into the same tick of the file system's clock as reading them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Nanoseconds since 1970.
    modified: i64,
    /// The same, of the file's content or its attributes: no program can set it back.
    changed: i64,
}

impl Stamp {
    /// Of a file with this number, size in bytes, and times in nanoseconds since 1970.
    pub fn new(inode: u64, size: u64, modified: i64, changed: i64) -> Self {
        Self {
            device: 0,
            inode,
            size,
            modified,
            changed,
        }
    }

    /// The later of its times, in nanoseconds since 1970.
    pub fn latest(&self) -> i64 {
        self.modified.max(self.changed)
    }
}

/// `.well-known` is where browsers look for `security.txt` and the like (RFC 8615).
fn visible(name: &str) -> bool {
    (!name.starts_with('.') || name == ".well-known")
        && !name.ends_with('~')
        && !name.ends_with(".swp")
}

/// Whether a path is listed by [`Files::walk`], as far as its names tell.
pub fn is_visible(path: &str) -> bool {
    path.split('/').all(visible)
}
