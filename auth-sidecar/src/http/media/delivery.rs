//! How a file's bytes reach the client: from this process, counted and within bandwidth limits, or from the web
//! server in front, which gets the file's path.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use tokio::time::{Sleep, sleep};

use super::super::representation::set;
use super::make_link::IN_ADDRESS;
use crate::domain::transfers::Sending;
use crate::media::{ByteStream, StoredFile};

static X_ACCEL_REDIRECT: HeaderName = HeaderName::from_static("x-accel-redirect");
static X_SENDFILE: HeaderName = HeaderName::from_static("x-sendfile");

/// Keys are paths; the servers decode them.
const IN_PATH: &AsciiSet = &IN_ADDRESS.remove(b'/');

/// Which program sends files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// This one.
    #[default]
    Own,
    /// nginx, from the internal location at this prefix, which ends in `/`.
    XAccel(String),
    /// Another server, from this folder.
    XSendfile(PathBuf),
}

impl Delivery {
    /// Which program sends the file for this request. A web server would evaluate conditions and ranges again, by
    /// its own rules and its own view of the file: it sends only where its result is certainly the same. `is_all`
    /// says whether the whole file is to be sent.
    pub(super) fn of(&self, headers: &HeaderMap, is_all: bool) -> &Self {
        let judged = [header::IF_MATCH, header::IF_UNMODIFIED_SINCE];
        let is_judged = judged.iter().any(|name| headers.contains_key(name));
        // An ignored range: malformed, multiple, or of a content that may have changed.
        let is_ignored = is_all && headers.contains_key(header::RANGE);
        match is_judged || is_ignored {
            true => &Self::Own,
            false => self,
        }
    }

    /// Whether another server sends the bytes.
    pub(super) fn is_elsewhere(&self) -> bool {
        *self != Self::Own
    }

    /// Gives a response its content. Another server extracts the range itself from the original request; it only
    /// learns which file to send.
    pub(super) fn deliver(
        &self,
        response: &mut Response,
        key: &str,
        file: StoredFile,
        range: Range<u64>,
        sending: Sending,
    ) {
        let encoded = utf8_percent_encode(key, IN_PATH);
        let (name, value) = match self {
            Self::Own => {
                *response.body_mut() = Body::from_stream(Metered::new(file.read(range), sending));
                return;
            }
            Self::XAccel(prefix) => (&X_ACCEL_REDIRECT, format!("{prefix}{encoded}")),
            Self::XSendfile(folder) => {
                let folder = folder.to_string_lossy();
                let folder = utf8_percent_encode(&folder, IN_PATH);
                (&X_SENDFILE, format!("{folder}/{encoded}"))
            }
        };
        sending.sent(range.end - range.start);
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_RANGE);
        // It states `Accept-Ranges` itself.
        headers.remove(header::ACCEPT_RANGES);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        set(headers, name.clone(), &value);
    }
}

/// A file's bytes, counted as the connection accepts them.
struct Metered {
    bytes: ByteStream,
    sending: Sending,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Metered {
    fn new(bytes: ByteStream, sending: Sending) -> Self {
        Self {
            bytes,
            sending,
            pause: None,
        }
    }
}

impl Stream for Metered {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.sending.is_cut() {
            // The connection ends early, so that the client notices that the file is incomplete.
            let reason = "had to make room for another download";
            return Poll::Ready(Some(Err(io::Error::other(reason))));
        }
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        let next = ready!(this.bytes.as_mut().poll_next(cx));
        if let Some(Ok(chunk)) = &next {
            let wait = this.sending.sent(chunk.len() as u64);
            if !wait.is_zero() {
                this.pause = Some(Box::pin(sleep(wait)));
            }
        }
        Poll::Ready(next)
    }
}
