//! Gzip for the site's text files, made on first request and cached. These files are the same for everyone: nothing
//! with a reader's secrets ever gets here.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt as _;
use tokio::sync::Semaphore;

use crate::media::StoredFile;

/// Smaller files gain nothing.
const MIN_SIZE: u64 = 1024;
/// Larger files are sent uncompressed, to bound the work per request.
const MAX_SIZE: u64 = 2 << 20;
/// Files compressed at the same time; other requests get the uncompressed file.
const MAX_CONCURRENT: usize = 2;
/// Bytes of compressed files in the cache, which is filled on request.
const CACHE_SIZE: usize = 4 << 20;
/// A balance of speed and size; the highest level takes twice the time for one percent.
const LEVEL: u32 = 6;

/// Whether files of this type are compressible text.
pub(super) fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.starts_with("text/")
        || essence.ends_with("json")
        || essence.ends_with("xml")
        || essence == "application/wasm"
}

/// Whether a request with these headers prefers gzip (RFC 9110 §12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut weights = [None::<f32>; 3];
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for part in value.to_str().unwrap_or_default().split(',') {
            let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let weight = weight.trim().to_ascii_lowercase();
            let weight = weight
                .strip_prefix("q=")
                .and_then(|weight| weight.parse().ok());
            let known = ["gzip", "*", "identity"];
            let place = known
                .iter()
                .position(|known| name.trim().eq_ignore_ascii_case(known));
            if let Some(place) = place {
                weights[place] = Some(weight.unwrap_or(0.0));
            }
        }
    }
    let [gzip, any, identity] = weights;
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// Compresses and caches files.
pub(super) struct Compressor {
    places: Semaphore,
    kept: Mutex<Kept>,
}

/// By file and entity tag, oldest first.
#[derive(Default)]
struct Kept {
    files: BTreeMap<(String, String), Bytes>,
    order: VecDeque<(String, String)>,
    bytes: usize,
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            places: Semaphore::new(MAX_CONCURRENT),
            kept: Mutex::default(),
        }
    }
}

impl Compressor {
    /// Whether a file of this size is worth compressing.
    pub(super) fn is_for(size: u64) -> bool {
        (MIN_SIZE..=MAX_SIZE).contains(&size)
    }

    /// The compressed file, or the file itself if that is not available now.
    pub(super) async fn gzip(
        &self,
        key: &str,
        etag: &str,
        file: StoredFile,
    ) -> Result<Bytes, NotCompressed> {
        let name = (key.to_owned(), etag.to_owned());
        if let Some(kept) = self.kept().files.get(&name) {
            return Ok(kept.clone());
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Err(NotCompressed::Busy(file));
        };
        let size = file.size;
        let chunks: Vec<Bytes> = file.read(0..size).try_collect().await?;
        let made = tokio::task::spawn_blocking(move || compress(&chunks)).await;
        let made = made.map_err(io::Error::other)??;
        self.kept().keep(name, made.clone());
        Ok(made)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, name: (String, String), made: Bytes) {
        if made.len() > CACHE_SIZE || self.files.contains_key(&name) {
            return;
        }
        self.bytes += made.len();
        self.files.insert(name.clone(), made);
        self.order.push_back(name);
        while self.bytes > CACHE_SIZE {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            let gone = self.files.remove(&oldest);
            self.bytes -= gone.map_or(0, |gone| gone.len());
        }
    }
}

/// Why there is no compressed file.
pub(super) enum NotCompressed {
    /// All slots are busy.
    Busy(StoredFile),
    /// The file cannot be read.
    Failed(io::Error),
}

impl From<io::Error> for NotCompressed {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Deterministic, so that a strong entity tag is valid.
fn compress(chunks: &[Bytes]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    for chunk in chunks {
        encoder.write_all(chunk)?;
    }
    let mut made = encoder.finish()?;
    made.shrink_to_fit();
    Ok(made.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::http::HeaderValue;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accept_encoding_decides_on_gzip() {
        for (given, takes) in [
            (&[][..], false),
            (&["gzip"], true),
            (&["gzip, deflate, br, zstd"], true),
            (&["br", "GZIP;q=0.5"], true),
            (&["*"], true),
            (&["br, *;q=0.1"], true),
            (&["gzip;q=0, *"], false),
            (&["*;q=0"], false),
            (&["identity, gzip;q=0.5"], false),
            (&["identity;q=0.5, gzip"], true),
            (&["identity"], false),
            (&["br"], false),
            (&["gzip;q=x"], false),
            (&["gzipped, x-gzip"], false),
            (&[""], false),
            (&["gzip; Q=1"], true),
        ] {
            let mut headers = HeaderMap::new();
            for value in given {
                headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(takes_gzip(&headers), takes, "{given:?}");
        }
    }

    #[test]
    fn the_cache_is_bounded() {
        let mut kept = Kept::default();
        let quarter = Bytes::from(vec![0; CACHE_SIZE / 4]);
        for n in 0..100 {
            kept.keep((n.to_string(), String::new()), quarter.clone());
            kept.keep((n.to_string(), String::new()), quarter.clone());
        }
        assert_eq!(
            (kept.bytes, kept.files.len(), kept.order.len()),
            (CACHE_SIZE, 4, 4)
        );
        assert!(kept.files.contains_key(&("99".to_owned(), String::new())));
        kept.keep(
            ("large".to_owned(), String::new()),
            Bytes::from(vec![0; CACHE_SIZE + 1]),
        );
        assert_eq!(kept.files.len(), 4);
    }

    proptest! {
        #[test]
        fn decompression_restores_the_file(chunks: Vec<Vec<u8>>) {
            let chunks: Vec<Bytes> = chunks.into_iter().map(Bytes::from).collect();
            let made = compress(&chunks).unwrap();
            prop_assert_eq!(&made, &compress(&chunks).unwrap());
            let mut unpacked = Vec::new();
            GzDecoder::new(&*made).read_to_end(&mut unpacked).unwrap();
            prop_assert_eq!(unpacked, chunks.concat());
        }
    }
}
