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
use super::hash::{Digest, Sum};

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

    /// The whole content of one file.
    ///
    /// # Errors
    /// Any error of the system; `NotFound` when there is none.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The whole content of a file that has no more than `limit` bytes.
    ///
    /// # Errors
    /// As [`Files::read`], and `FileTooLarge`.
    fn read_up_to(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        match self.size(path)? {
            size if size > limit => Err(io::ErrorKind::FileTooLarge.into()),
            _ => self.read(path),
        }
    }

    /// The size of a file in bytes, without reading it.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn size(&self, path: &str) -> io::Result<u64>;

    /// The content of a file as [`Files::read_up_to`] has it, with its stamp if that was the same before and
    /// after.
    ///
    /// # Errors
    /// As [`Files::read_up_to`].
    fn read_stamped(&self, path: &str, limit: u64) -> io::Result<(Vec<u8>, Option<Stamp>)> {
        let before = self.stamp(path);
        let bytes = self.read_up_to(path, limit)?;
        let stamp = before.filter(|before| self.stamp(path) == Some(*before));
        Ok((bytes, stamp))
    }

    /// Whether there is a folder of this name.
    fn has_folder(&self, path: &str) -> bool;

    /// The content of a file as [`Files::read_up_to`] has it, with its digest.
    ///
    /// # Errors
    /// As [`Files::read_up_to`].
    fn read_digested(&self, path: &str, limit: u64) -> io::Result<(Vec<u8>, Digest)> {
        let bytes = self.read_up_to(path, limit)?;
        let digest = Digest::of(&bytes);
        Ok((bytes, digest))
    }

    /// Hands over the content of a file piece by piece: it may be larger than memory. With its stamp, if
    /// that was the same before and after.
    ///
    /// # Errors
    /// As [`Files::read`], and those of `take`, which end it.
    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Option<Stamp>> {
        let (bytes, stamp) = self.read_stamped(path, u64::MAX)?;
        bytes.chunks(PIECE).try_for_each(take)?;
        Ok(stamp)
    }

    /// The digest of a file's content.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn digest(&self, path: &str) -> io::Result<Digest> {
        let mut sum = Sum::default();
        self.pieces(path, &mut |piece| {
            sum.rest(piece);
            Ok(())
        })?;
        Ok(sum.finish())
    }

    /// The digest of a file that is known without reading it.
    fn known(&self, _path: &str) -> Option<Digest> {
        None
    }

    /// The digest that an earlier read of this build returned.
    fn answered(&self, _path: &str) -> Option<Digest> {
        None
    }

    /// Changes whenever a file does; `None` where the system has no such value.
    fn stamp(&self, _path: &str) -> Option<Stamp> {
        None
    }

    /// Writes a source, whole or not at all.
    ///
    /// # Errors
    /// Any error of the system; `Unsupported` where sources cannot be written.
    fn rewrite(&self, _path: &str, _content: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Saves what `write` writes as a file of [`MEMORY`], whole or not at all.
    ///
    /// # Errors
    /// Any error of the system or of `write`; `Unsupported` without a cache.
    fn remember(&self, _name: &str, _write: Writing<'_>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Takes a piece of a file's content.
pub type Taking<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// How much of a file is in memory at once, in bytes, where it is read piece by piece.
pub const PIECE: usize = 128 * 1024;

/// Writes the content of a file: piece by piece, since it may be large.
pub type Writing<'a> = &'a mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>;

/// The cache of builds, beside `content/`. It is safe to delete.
pub const MEMORY: &str = ".dateline";

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
