//! How a file's bytes reach whoever may have them: from here, counted and at the pace that is allowed, or
//! from the web server in front, which is told which file it is.

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

/// Who sends files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// This program.
    #[default]
    Own,
    /// nginx, from the internal location at this prefix, which ends in `/`.
    XAccel(String),
    /// Another server, from this folder.
    XSendfile(PathBuf),
}

impl Delivery {
    /// How the file of this request is sent. A web server judges conditions and ranges once more, by what it knows of
    /// the file on its disk and by rules of its own: it sends what it surely finds as it was found here. `is_all` says
    /// whether all of the file is to be sent.
    pub(super) fn of(&self, headers: &HeaderMap, is_all: bool) -> &Self {
        let judged = [header::IF_MATCH, header::IF_UNMODIFIED_SINCE];
        let is_judged = judged.iter().any(|name| headers.contains_key(name));
        // A range that was passed over: malformed, one of several, or of what the file may not be any more.
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

    /// Gives an answer its content. Another server cuts the range out itself, from the request that it
    /// has; it knows no more than that all of it is to be had.
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
        // It says itself what it takes.
        headers.remove(header::ACCEPT_RANGES);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        set(headers, name.clone(), &value);
    }
}

/// A file's bytes, counted as the connection takes them.
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
            // The connection ends early, so that its client knows that this is not all.
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
