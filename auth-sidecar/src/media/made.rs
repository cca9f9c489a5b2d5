//! Files that are made whenever they are asked for, such as a preview's. None is large.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;

use super::{ByteStream, Contents, MediaStorage, OpenError, Opening, StoredFile};

/// Makes the file with a key, if there is one.
pub type Maker = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// A maker as storage.
pub(crate) struct Made(Maker);

impl Made {
    pub(crate) fn new(maker: Maker) -> Self {
        Self(maker)
    }
}

impl MediaStorage for Made {
    fn open<'a>(&'a self, key: &'a str, _: Option<Range<u64>>) -> Opening<'a> {
        let (make, key) = (Arc::clone(&self.0), key.to_owned());
        Box::pin(async move {
            // Making one takes a while, which no async worker may.
            let made = tokio::task::spawn_blocking(move || make(&key));
            let made = made
                .await
                .map_err(|error| OpenError::Failed(error.into()))?;
            let bytes = Bytes::from(made.ok_or(OpenError::NotFound)?);
            Ok(StoredFile {
                size: bytes.len() as u64,
                modified: Timestamp::default(),
                contents: Box::new(Whole(bytes)),
            })
        })
    }
}

/// All bytes of a file.
struct Whole(Bytes);

impl Contents for Whole {
    fn read(self: Box<Self>, range: Range<u64>) -> ByteStream {
        let part = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok());
        let part = part.filter(|(start, end)| start <= end && *end <= self.0.len());
        let part = part.map(|(start, end)| self.0.slice(start..end));
        let bytes = part.ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        Box::pin(stream::once(async { bytes }))
    }
}
