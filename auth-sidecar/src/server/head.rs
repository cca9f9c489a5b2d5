//! Ambiguous requests, with which one can be smuggled past a proxy.
//!
//! What the parser accepts or silently repairs is refused here: 400, and the connection is closed.

use hyper::header::{HOST, HeaderMap, TE, TRANSFER_ENCODING};
use hyper::{Request, StatusCode, Version};

/// Scans a head's bytes as they arrive for what parsing hides: malformed line ends, and both ways of stating a
/// body's length.
#[derive(Clone, Copy, Default)]
pub(super) struct HeadScan {
    /// Whether a non-empty line has arrived: parsers skip empty ones before a request.
    has_begun: bool,
    /// The line's name so far, in lower case; as long as the longest that is looked for.
    name: [u8; LONGEST],
    length: usize,
    /// Whether the colon, or the line's end, is still to come.
    is_past_name: bool,
    last: u8,
    is_over: bool,
    size: usize,
    has_length: bool,
    has_coding: bool,
    is_bad: bool,
}

const LONGEST: usize = "transfer-encoding".len();
/// The most bytes that a head may have.
const MOST: usize = 16 * 1024;

impl HeadScan {
    /// Scans to the head's end; returns how many bytes that took.
    pub(super) fn read(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            self.take(*byte);
            self.last = *byte;
            self.size += 1;
            if self.is_over {
                return at + 1;
            }
        }
        bytes.len()
    }

    fn take(&mut self, byte: u8) {
        if (byte == b'\n') != (self.last == b'\r') || byte == 0 {
            self.is_bad = true;
        }
        match byte {
            b'\n' => {
                let is_empty = self.length == 0 && !self.is_past_name;
                self.is_over = is_empty && self.has_begun;
                self.has_begun |= !is_empty;
                (self.length, self.is_past_name) = (0, false);
            }
            b'\r' => {}
            b':' if !self.is_past_name => {
                self.is_past_name = true;
                let name = self.name.get(..self.length).unwrap_or_default();
                self.has_length |= name == b"content-length";
                self.has_coding |= name == b"transfer-encoding";
            }
            _ if self.is_past_name => {}
            _ => {
                if let Some(place) = self.name.get_mut(self.length) {
                    *place = byte.to_ascii_lowercase();
                }
                self.length += 1;
            }
        }
    }

    /// Whether part of a head has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun || self.length > 0
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether a body may follow.
    pub(super) fn has_body(&self) -> bool {
        self.has_length || self.has_coding
    }

    /// The status by which a head is refused.
    pub(super) fn check(&self) -> Result<(), StatusCode> {
        if self.is_bad || self.has_length && self.has_coding {
            return Err(StatusCode::BAD_REQUEST);
        }
        if self.size > MOST {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        Ok(())
    }
}

/// Whether a parsed head is unambiguous.
pub(super) fn is_unambiguous<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    has_one_host(request) && has_known_coding(headers)
}

/// RFC 9112 §3.2: an HTTP/1.1 request names its host once, and an absolute target names the same. Only such targets
/// are for an origin server.
fn has_one_host<B>(request: &Request<B>) -> bool {
    let uri = request.uri();
    // `CONNECT host:port` has no path, and is for proxies.
    if uri.authority().is_some() && uri.scheme().is_none() {
        return false;
    }
    let mut hosts = request.headers().get_all(HOST).into_iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let host = host.as_bytes();
            let same = |stated: &str| host.eq_ignore_ascii_case(stated.as_bytes());
            is_host(host) && uri.authority().is_none_or(|stated| same(stated.as_str()))
        }
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// `host[:port]`: no list, no user, no path.
fn is_host(host: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(b);
    !host.is_empty() && host.iter().all(plain)
}

/// The transfer coding is `chunked`, stated once. RFC 9112 §6.1 has no `identity`.
fn has_known_coding(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).into_iter();
    let Some(coding) = codings.next() else {
        return true;
    };
    let takes_back = |te: &[u8]| {
        let mut parts = te.split(|b| matches!(b, b',' | b';'));
        parts.any(|part| part.trim_ascii().eq_ignore_ascii_case(b"identity"))
    };
    codings.next().is_none()
        && coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"chunked")
        && !headers
            .get_all(TE)
            .into_iter()
            .any(|te| takes_back(te.as_bytes()))
}
