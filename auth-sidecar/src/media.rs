//! Storage for files that do not fit in memory, behind one interface.
//!
//! A storage opens files by key and returns streams of chunks, which are read only as fast as they are consumed. The
//! site's own tree uses the same interface. A bucket's store can also send a file itself, at a signed address.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;

#[cfg(feature = "s3")]
pub(crate) mod bucket;
mod local;
mod made;
mod stream;

pub(crate) use self::local::LocalFolder;
pub(crate) use self::made::Made;
pub use self::made::Maker;

/// A file's bytes, chunk by chunk. It ends early only with an error.
pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// What a storage answers later.
pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What opening returns later.
pub(crate) type Opening<'a> = Later<'a, Result<StoredFile, OpenError>>;

/// Where files are kept.
pub(crate) trait MediaStorage: Send + Sync + 'static {
    /// Opens the file with this key (names divided by `/`) to read this part of it, or all of it.
    fn open<'a>(&'a self, key: &'a str, part: Option<Range<u64>>) -> Opening<'a>;

    /// The file's size, if it could be opened now.
    fn size<'a>(&'a self, key: &'a str) -> Later<'a, Result<u64, OpenError>> {
        Box::pin(async { Ok(self.open(key, None).await?.size) })
    }

    /// A signed address at which the storage itself sends the file with these headers for so long, if it can.
    fn address(&self, _key: &str, _headers: &SentHeaders<'_>, _life: Duration) -> Option<String> {
        None
    }

    /// Scheme, host and port of those addresses.
    fn origin(&self) -> Option<String> {
        None
    }

    /// Whether it can be used, as far as is known.
    fn is_available(&self) -> bool {
        true
    }

    /// Keeps that knowledge, and the credentials, up to date for ever. `key` returns the key of a file that is there.
    fn tend<'a>(&'a self, _key: &'a (dyn Fn() -> Option<String> + Send + Sync)) -> Later<'a, ()> {
        Box::pin(async {})
    }
}

/// The headers of the content that a storage sends itself.
#[cfg_attr(
    not(feature = "s3"),
    expect(dead_code, reason = "a folder sends nothing itself")
)]
pub(crate) struct SentHeaders<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) disposition: &'a str,
    pub(crate) cache_control: &'a str,
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

    /// One of which only the size is known.
    #[cfg(feature = "s3")]
    fn without_content(size: u64) -> Self {
        let (modified, contents) = (Timestamp::default(), Box::new(Nothing));
        Self {
            size,
            modified,
            contents,
        }
    }

    /// These bytes of it. The range must lie within its size, and be the one for which it was opened, if any.
    pub(crate) fn read(self, range: Range<u64>) -> ByteStream {
        self.contents.read(range)
    }
}

/// The open file of one kind of storage.
trait Contents: Send {
    fn read(self: Box<Self>, range: Range<u64>) -> ByteStream;
}

#[cfg(feature = "s3")]
struct Nothing;

#[cfg(feature = "s3")]
impl Contents for Nothing {
    fn read(self: Box<Self>, _: Range<u64>) -> ByteStream {
        let missing = async { Err(io::ErrorKind::UnexpectedEof.into()) };
        Box::pin(futures_util::stream::once(missing))
    }
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
    /// The storage as a whole cannot be used now, and has logged why.
    #[error("the storage cannot be used")]
    #[cfg_attr(
        not(feature = "s3"),
        expect(dead_code, reason = "a folder is never away as a whole")
    )]
    Away,
    /// The storage failed.
    #[error("it cannot be opened: {0}")]
    Failed(io::Error),
}
