//! Storage for files that do not fit in memory, behind one interface.
//!
//! A storage opens files by key and returns streams of chunks, which are read only as fast as they are consumed. The
//! site's own tree uses the same interface.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;

mod local;
mod stream;

pub(crate) use self::local::LocalFolder;

/// A file's bytes, chunk by chunk. It ends early only with an error.
pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// What opening returns later.
pub(crate) type Opening<'a> =
    Pin<Box<dyn Future<Output = Result<StoredFile, OpenError>> + Send + 'a>>;

/// Where files are kept.
pub(crate) trait MediaStorage: Send + Sync + 'static {
    /// Opens the file with this key: names divided by `/`.
    fn open<'a>(&'a self, key: &'a str) -> Opening<'a>;
}

/// A file that the machine's own file system opened.
pub(crate) type OpenFile = std::fs::File;

/// An open file; it stays readable whatever happens to its name.
pub(crate) struct StoredFile {
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    contents: Box<dyn Contents>,
}

impl StoredFile {
    /// A file that was opened elsewhere.
    pub(crate) fn of(file: OpenFile) -> io::Result<Self> {
        local::stored(file, String::new())?.ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// These bytes of it. The range must lie within its size.
    pub(crate) fn read(self, range: Range<u64>) -> ByteStream {
        self.contents.read(range)
    }
}

/// The open file of one kind of storage.
trait Contents: Send {
    fn read(self: Box<Self>, range: Range<u64>) -> ByteStream;
}

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// It does not exist, or is outside the storage.
    #[error("there is no such file in the storage")]
    NotFound,
    /// The key names a folder.
    #[error("it is a folder")]
    Folder,
    /// The storage failed.
    #[error("it cannot be opened: {0}")]
    Failed(io::Error),
}
