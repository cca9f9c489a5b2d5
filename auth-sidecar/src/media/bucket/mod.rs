//! A bucket of an S3-compatible store as storage.
//!
//! Its store sends files itself, at signed addresses, or this program passes them on. Before an address is given out,
//! its object is known to be there: keys are made from content, so what was seen once is remembered for a while.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dateline_bucket::Fault;
use futures_util::stream;
use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE};
use jiff::Timestamp;
use rusty_s3::S3Action as _;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use self::seen::{Seen, State};
use self::store::{Store, Trouble};
use super::{
    ByteStream, Contents, Later, MediaStorage, OpenError, Opening, SentHeaders, StoredFile,
};

pub(crate) mod client;
mod seen;
pub(crate) mod store;

/// How long the store may send nothing in the middle of a file.
const STALL: Duration = Duration::from_secs(30);
/// Between two looks at a store that can be used.
const CALM: Duration = Duration::from_secs(30);
/// Between two looks at one that cannot.
const TROUBLED: Duration = Duration::from_secs(2);
/// Asked for where no file is known: that it is missing says that all else is right.
const NO_FILE: &str = ".dateline-probe";

/// A bucket, or the part of it below a prefix.
pub(crate) struct BucketStorage(Arc<Inner>);

struct Inner {
    store: Store,
    seen: Seen,
    /// Why it cannot be used, and when that was last found.
    away: Mutex<Option<(String, Instant)>>,
    /// Why the file that is looked at is refused; logged once.
    refused: Mutex<Option<String>>,
    alarm: Notify,
}

impl BucketStorage {
    pub(crate) fn new(store: Store) -> Self {
        Self(Arc::new(Inner {
            store,
            seen: Seen::default(),
            away: Mutex::default(),
            refused: Mutex::default(),
            alarm: Notify::new(),
        }))
    }
}

impl MediaStorage for BucketStorage {
    fn open<'a>(&'a self, key: &'a str, part: Option<Range<u64>>) -> Opening<'a> {
        Box::pin(self.0.open(key, part))
    }

    fn size<'a>(&'a self, key: &'a str) -> Later<'a, Result<u64, OpenError>> {
        Box::pin(Inner::size(&self.0, key))
    }

    fn address(&self, key: &str, headers: &SentHeaders<'_>, life: Duration) -> Option<String> {
        let access = self.0.store.access();
        let key = access.key(key);
        let mut action = access.signer.get_object(Some(&access.credentials), &key);
        let query = action.query_mut();
        query.insert("response-cache-control", headers.cache_control);
        query.insert("response-content-disposition", headers.disposition);
        query.insert("response-content-type", headers.content_type);
        Some(action.sign(life).into())
    }

    fn origin(&self) -> Option<String> {
        Some(self.0.store.access().origin())
    }

    fn is_available(&self) -> bool {
        lock(&self.0.away).is_none() && lock(&self.0.refused).is_none()
    }

    fn tend<'a>(&'a self, key: &'a (dyn Fn() -> Option<String> + Send + Sync)) -> Later<'a, ()> {
        Box::pin(async move {
            loop {
                self.0.store.renew();
                self.0.look(key()).await;
                let wait = if self.is_available() { CALM } else { TROUBLED };
                tokio::select! {
                    () = sleep(wait) => {}
                    () = self.0.alarm.notified() => {}
                }
            }
        })
    }
}

impl Inner {
    async fn open(&self, key: &str, part: Option<Range<u64>>) -> Result<StoredFile, OpenError> {
        let part = part.filter(|part| !part.is_empty());
        let range = part
            .as_ref()
            .map(|part| format!("bytes={}-{}", part.start, part.end - 1));
        let answer = match self.store.get(key, range.as_deref()).await {
            Ok(answer) => answer,
            // What there is of it is for the caller to judge.
            Err(Trouble::Short) => return self.known(key).await.map(StoredFile::without_content),
            Err(trouble) => return Err(self.failed(trouble)),
        };
        self.is_back();
        let (head, body) = answer.into_parts();
        let size = size_of(&head.headers);
        let length = number(&head.headers, &CONTENT_LENGTH);
        let part = match (size, part) {
            (Some(size), None) => 0..size,
            (Some(_), Some(part)) => part,
            (None, _) => return Err(failure("its size is not told")),
        };
        if length != Some(part.end - part.start) && size >= Some(part.end) {
            return Err(failure("another part of it than asked for was sent"));
        }
        Ok(StoredFile {
            size: size.unwrap_or_default(),
            modified: Timestamp::default(),
            contents: Box::new(Part { part, body }),
        })
    }

    async fn size(this: &Arc<Self>, key: &str) -> Result<u64, OpenError> {
        if this.is_surely_away() {
            return Err(OpenError::Away);
        }
        match this.seen.state(key) {
            State::Fresh(size) => return Ok(size),
            State::Stale(size) => {
                let (this, key) = (Arc::clone(this), key.to_owned());
                tokio::spawn(async move { this.known(&key).await });
                return Ok(size);
            }
            State::Unknown => {}
        }
        // One request looks, and the others wait for what it finds.
        let _turn = this.seen.turn(key).await;
        match this.seen.state(key) {
            State::Fresh(size) | State::Stale(size) => Ok(size),
            State::Unknown if this.is_surely_away() => Err(OpenError::Away),
            State::Unknown => this.known(key).await,
        }
    }

    /// The object's size, as the store says now.
    async fn known(&self, key: &str) -> Result<u64, OpenError> {
        let found = match self.store.get(key, Some("bytes=0-0")).await {
            Ok(answer) => size_of(answer.headers()).ok_or_else(|| failure("its size is not told")),
            Err(Trouble::Short) => Ok(0),
            Err(trouble) => Err(self.failed(trouble)),
        };
        match &found {
            Ok(size) => self.seen.note(key, *size),
            Err(OpenError::Away) => return found,
            Err(_) => self.seen.forget(key),
        }
        self.is_back();
        found
    }

    /// Whether the store can be used, by this file of it or by one that is not there.
    async fn look(&self, key: Option<String>) {
        let found = self
            .store
            .get(key.as_deref().unwrap_or(NO_FILE), Some("bytes=0-0"))
            .await;
        let refused = match found {
            Err(Trouble::Away(fault)) => return self.is_away(&fault),
            Err(Trouble::Denied(fault)) if key.is_some() => Some(fault.to_string()),
            Err(Trouble::Missing) => {
                key.map(|_| "it is missing: run `dateline media verify`".to_owned())
            }
            Ok(_) | Err(_) => None,
        };
        self.is_back();
        let mut former = lock(&self.refused);
        if let Some(reason) = &refused
            && *former != refused
        {
            tracing::error!(store = %self.store.access(), reason, "a media file in the store cannot be read");
        }
        *former = refused;
    }

    fn failed(&self, trouble: Trouble) -> OpenError {
        match trouble {
            Trouble::Missing | Trouble::Short => OpenError::NotFound,
            Trouble::Denied(fault) => OpenError::Failed(io::Error::other(fault.to_string())),
            Trouble::Away(fault) => {
                self.is_away(&fault);
                self.alarm.notify_one();
                OpenError::Away
            }
        }
    }

    /// Whether it was found to be away a moment ago.
    fn is_surely_away(&self) -> bool {
        let away = lock(&self.away);
        away.as_ref().is_some_and(|(_, at)| at.elapsed() < TROUBLED)
    }

    fn is_away(&self, fault: &Fault) {
        let reason = fault.to_string();
        let mut away = lock(&self.away);
        if away.as_ref().is_none_or(|(former, _)| *former != reason) {
            let store = self.store.access();
            tracing::error!(%store, reason, "the media store cannot be used; downloads answer 503 until it can");
        }
        *away = Some((reason, Instant::now()));
    }

    fn is_back(&self) {
        if lock(&self.away).take().is_some() {
            tracing::info!(store = %self.store.access(), "the media store can be used again");
        }
    }
}

fn failure(reason: &str) -> OpenError {
    OpenError::Failed(io::Error::other(reason))
}

// A panic leaves no change half done: each is one statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The size of a whole object, from the head of an answer with all or part of it.
fn size_of(headers: &HeaderMap) -> Option<u64> {
    match headers.get(CONTENT_RANGE) {
        Some(range) => range.to_str().ok()?.rsplit_once('/')?.1.parse().ok(),
        None => number(headers, &CONTENT_LENGTH),
    }
}

fn number(headers: &HeaderMap, name: &hyper::header::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// A part of an object on its way.
struct Part {
    part: Range<u64>,
    body: Incoming,
}

impl Contents for Part {
    fn read(self: Box<Self>, range: Range<u64>) -> ByteStream {
        // It is on its way already: no other part can be read.
        if range != self.part {
            let other = io::Error::other("another part was opened");
            return Box::pin(stream::once(async { Err(other) }));
        }
        Box::pin(stream::unfold(Some(self.body), |body| async {
            let mut body = body?;
            loop {
                let failed = match timeout(STALL, body.frame()).await {
                    Ok(None) => return None,
                    Ok(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) => return Some((Ok(data), Some(body))),
                        Err(_) => continue,
                    },
                    Ok(Some(Err(error))) => error.to_string(),
                    Err(_) => format!("the store sent nothing for {} s", STALL.as_secs()),
                };
                tracing::warn!(
                    reason = failed,
                    "a file from the media store broke off while it was being sent"
                );
                return Some((Err(io::Error::other(failed)), None));
            }
        }))
    }
}
