//! How a file's bytes reach the client: from this process, counted and within bandwidth limits; from the web server in
//! front, which gets the file's path; or from the store, at a signed address to which the client is redirected.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use tokio::time::{Sleep, sleep};

use super::super::representation::set;
use super::make_link::IN_ADDRESS;
use crate::domain::transfers::Sending;
use crate::media::ByteStream;

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
    /// The storage itself, at an address that lives so long.
    Presigned(Duration),
}

/// What is sent to the client.
pub(super) enum Sent {
    /// These bytes.
    Bytes(ByteStream),
    /// Nothing: the web server in front sends the file with this key.
    ByServer(String),
    /// Nothing: the client asks at this address.
    At(String),
}

impl Delivery {
    /// Which program sends a file of this type and entity tag, as far as the kind of request decides that. A client
    /// that was told our tag would not find it at the store, and pages read text (captions) and what their scripts
    /// fetch from their own origin alone.
    pub(super) fn for_request(&self, parts: &Parts, etag: &str, content_type: &str) -> &Self {
        let value = |name: HeaderName| parts.headers.get(name).and_then(|v| v.to_str().ok());
        let names_ours = [header::IF_MATCH, header::IF_RANGE]
            .into_iter()
            .any(|name| value(name).is_some_and(|tags| tags.contains(etag)));
        let mode = value(HeaderName::from_static("sec-fetch-mode"));
        let is_of_a_page = matches!(mode, Some("cors" | "same-origin"));
        let is_ours = parts.method != Method::GET
            || names_ours
            || is_of_a_page
            || content_type.starts_with("text/");
        match self {
            Self::Presigned(_) if is_ours => &Self::Own,
            other => other,
        }
    }

    /// The headers that are evaluated here. The store has validators of its own, which a client got from it and sends
    /// again; it evaluates them when the client has followed.
    pub(super) fn evaluated<'h>(&self, headers: &'h HeaderMap) -> Cow<'h, HeaderMap> {
        if !matches!(self, Self::Presigned(_)) {
            return Cow::Borrowed(headers);
        }
        let mut rest = headers.clone();
        let tag = rest.get(header::IF_RANGE);
        // A date is none of the store's that could be relied on.
        if tag.is_some_and(|tag| tag.as_bytes().starts_with(b"\"")) {
            rest.remove(header::IF_RANGE);
        }
        for name in [
            header::IF_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
        ] {
            rest.remove(name);
        }
        Cow::Owned(rest)
    }

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

    /// Gives a response its content. A web server in front extracts the range itself from the original request, and so
    /// does the store from the request that follows.
    pub(super) fn deliver(
        &self,
        response: &mut Response,
        sent: Sent,
        range: &Range<u64>,
        sending: Sending,
    ) {
        let encoded = |key: &str| utf8_percent_encode(key, IN_PATH).to_string();
        let (name, value) = match (self, sent) {
            (_, Sent::Bytes(bytes)) => {
                *response.body_mut() = Body::from_stream(Metered::new(bytes, sending));
                return;
            }
            (_, Sent::At(address)) => {
                sending.sent(range.end - range.start);
                *response = redirect(&address);
                return;
            }
            (Self::XSendfile(folder), Sent::ByServer(key)) => {
                let folder = encoded(&folder.to_string_lossy());
                (&X_SENDFILE, format!("{folder}/{}", encoded(&key)))
            }
            (Self::XAccel(prefix), Sent::ByServer(key)) => {
                (&X_ACCEL_REDIRECT, format!("{prefix}{}", encoded(&key)))
            }
            (Self::Own | Self::Presigned(_), Sent::ByServer(_)) => return,
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

/// Neither a cache nor a browser may keep it: the address ends, and what people hold is ours.
fn redirect(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
    set(headers, header::LOCATION, address);
    response
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
