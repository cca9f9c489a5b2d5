//! The one mapping from what went wrong to a status, as RFC 9457 problem details.
//!
//! Handlers return [`Problem`]. What only the operator may know is logged where it is found and never
//! stands in an answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Seconds after which a client may try again what was unavailable.
const RETRY_AFTER: u64 = 30;

/// What a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    Gone,
    MethodNotAllowed,
    SignedOut,
    PreconditionFailed,
    /// The range lies outside the content, which has `size` bytes.
    RangeNotSatisfiable {
        size: u64,
    },
    Unavailable,
}

impl Problem {
    /// Status, NAME of `urn:dateline:problem:NAME`, title, and a sentence on what to do.
    fn describe(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not-found",
                "Not found",
                "There is nothing at this address.",
            ),
            Self::Gone => (
                StatusCode::GONE,
                "gone",
                "Gone",
                "What was at this address was removed for good.",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
                "The Allow header lists the methods that this address knows.",
            ),
            Self::SignedOut => (
                StatusCode::UNAUTHORIZED,
                "signed-out",
                "Signed out",
                "This needs an account that is signed in.",
            ),
            Self::PreconditionFailed => (
                StatusCode::PRECONDITION_FAILED,
                "precondition-failed",
                "Precondition failed",
                "The content is not the one that the request names.",
            ),
            Self::RangeNotSatisfiable { .. } => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range-not-satisfiable",
                "Range not satisfiable",
                "The range lies outside the content; Content-Range tells its size.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Unavailable",
                "This cannot be had at the moment. Please try again later.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title, detail) = self.describe();
        let mut body = json!({
            "type": format!("urn:dateline:problem:{name}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        if self == Self::Unavailable {
            body["retry_after"] = RETRY_AFTER.into();
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Unavailable => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER.into());
            }
            Self::RangeNotSatisfiable { size } => {
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            _ => {}
        }
        response
    }
}
