//! Responses to GET and HEAD for content with validators: 200, 206, 304, 412, 416.
//!
//! Shared by media and pages, so that both handle conditions and ranges alike.

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::error::Problem;
use crate::domain::conditional::{self, Conditions, Current, Outcome};
use crate::media::StoredFile;

/// The current content, without its bytes.
pub(super) struct Representation {
    /// A strong entity tag, quotes included.
    pub(super) etag: String,
    pub(super) modified: Option<Timestamp>,
    /// In bytes.
    pub(super) size: u64,
    /// Headers of the content, including its type.
    pub(super) headers: HeaderMap,
}

impl Representation {
    pub(super) fn evaluate(&self, method: &Method, headers: &HeaderMap) -> Outcome {
        let current = Current {
            etag: &self.etag,
            modified: self.modified,
            size: self.size,
        };
        conditional::evaluate(&conditions(method, headers), current)
    }

    /// The response that needs no content, if `outcome` calls for one.
    pub(super) fn without_content(&self, outcome: &Outcome) -> Option<Response> {
        match outcome {
            Outcome::Whole | Outcome::Part(_) => None,
            Outcome::NotModified => {
                let mut response = StatusCode::NOT_MODIFIED.into_response();
                let headers = response.headers_mut();
                headers.clone_from(&self.headers);
                for about_content in [
                    header::CONTENT_TYPE,
                    header::CONTENT_DISPOSITION,
                    header::CONTENT_ENCODING,
                ] {
                    headers.remove(about_content);
                }
                self.add_validators(headers);
                Some(response)
            }
            Outcome::PreconditionFailed => Some(Problem::PreconditionFailed.into_response()),
            Outcome::RangeNotSatisfiable => {
                let mut response = Problem::RangeNotSatisfiable { size: self.size }.into_response();
                response
                    .headers_mut()
                    .insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
                Some(response)
            }
        }
    }

    /// The whole content, or the range in `outcome`.
    pub(super) fn with_content(
        self,
        outcome: &Outcome,
        method: &Method,
        file: StoredFile,
    ) -> Response {
        let mut response = self.head(outcome);
        if *method != Method::HEAD {
            let (range, _) = outcome.range(self.size);
            *response.body_mut() = Body::from_stream(file.read(range));
        }
        response
    }

    /// The same without the bytes.
    pub(super) fn head(&self, outcome: &Outcome) -> Response {
        let (range, is_all) = outcome.range(self.size);
        let status = match is_all {
            true => StatusCode::OK,
            false => StatusCode::PARTIAL_CONTENT,
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.clone_from(&self.headers);
        self.add_validators(headers);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(
            header::CONTENT_LENGTH,
            HeaderValue::from(range.end - range.start),
        );
        if status == StatusCode::PARTIAL_CONTENT {
            let text = format!("bytes {}-{}/{}", range.start, range.end - 1, self.size);
            set(headers, header::CONTENT_RANGE, &text);
        }
        response
    }

    fn add_validators(&self, headers: &mut HeaderMap) {
        set(headers, header::ETAG, &self.etag);
        if let Some(date) = self.modified.and_then(conditional::to_http_date) {
            set(headers, header::LAST_MODIFIED, &date);
        }
    }
}

/// Sets a header to a value that is known to be valid.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::try_from(value) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(_) => {
            tracing::error!(header = %name, ?value, "a header was left out: its value is not valid")
        }
    }
}

fn conditions(method: &Method, headers: &HeaderMap) -> Conditions {
    let range = || {
        // The standard does not define two Range headers.
        let mut values = headers.get_all(header::RANGE).iter();
        let only = values.next()?;
        values.next().is_none().then(|| text(only))
    };
    Conditions {
        if_match: joined(headers, &header::IF_MATCH),
        if_none_match: joined(headers, &header::IF_NONE_MATCH),
        if_modified_since: joined(headers, &header::IF_MODIFIED_SINCE),
        if_unmodified_since: joined(headers, &header::IF_UNMODIFIED_SINCE),
        if_range: joined(headers, &header::IF_RANGE),
        range: (*method == Method::GET).then(range).flatten(),
    }
}

/// The header's values as one list (RFC 9110 §5.3).
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let first = text(values.next()?);
    Some(values.fold(first, |list, value| list + ", " + &text(value)))
}

/// Bytes beyond ASCII become a character that matches none of our values.
fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
