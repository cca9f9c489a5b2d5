//! The one mapping from what went wrong to a status, as RFC 9457 problem details.
//!
//! Handlers return [`Problem`]. What only the operator may know is logged where it is found and never
//! stands in an answer. Words come from the manifest, in the reader's language; [`words`] has English
//! ones for a theme that has none.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::words::{self, Words};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::StoreError;

/// Seconds after which a client may try again what was unavailable.
const RETRY_AFTER: u64 = 30;
/// The same while somebody else holds the database.
const DATABASE_BUSY: u64 = 2;

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    Gone,
    MethodNotAllowed,
    PreconditionFailed,
    /// The range lies outside the content, which has `size` bytes.
    RangeNotSatisfiable {
        size: u64,
    },
    Unavailable,
    BadRequest,
    UnknownField(String),
    FieldInvalid(String),
    CrossSite,
    TooLarge,
    UnsupportedType,
    /// The terms that were accepted are not the current ones: their version, and the dossier's page.
    TermsRequired {
        version: String,
        page: String,
    },
    /// The page on which another link can be made.
    LinkGone {
        page: String,
    },
    Refused(Refusal),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Failed(StoreError::Busy) => Self::Refused(Refusal::Busy(DATABASE_BUSY)),
            Stop::Failed(error) => {
                tracing::error!(%error, "an account call failed");
                Self::Unavailable
            }
        }
    }
}

impl Problem {
    /// NAME of `urn:dateline:problem:NAME`, and of the fragment on a page.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::PreconditionFailed => "precondition-failed",
            Self::RangeNotSatisfiable { .. } => "range-not-satisfiable",
            Self::Unavailable => "unavailable",
            Self::BadRequest => "bad-request",
            Self::UnknownField(_) => "unknown-field",
            Self::FieldInvalid(_) => "field-invalid",
            Self::CrossSite => "cross-site",
            Self::TooLarge => "too-large",
            Self::UnsupportedType => "unsupported-type",
            Self::TermsRequired { .. } => "terms-required",
            Self::LinkGone { .. } => "link-gone",
            Self::Refused(refusal) => refusal_name(refusal),
        }
    }

    /// Seconds to wait: with every 429 and 503.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable | Self::Refused(Refusal::Unavailable) => Some(RETRY_AFTER),
            Self::Refused(
                Refusal::TooMany(seconds)
                | Refusal::Busy(seconds)
                | Refusal::CodeWait(seconds)
                | Refusal::CodeLimit(seconds)
                | Refusal::TooManyDownloads(seconds),
            ) => Some(*seconds),
            // A new code may be asked for at once.
            Self::Refused(Refusal::CodeSpent) => Some(1),
            _ => None,
        }
    }

    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        match self {
            Self::UnknownField(field) | Self::FieldInvalid(field) => {
                set("field", field.as_str().into());
            }
            Self::TermsRequired { version, page } => {
                set("version", version.as_str().into());
                set("page", page.as_str().into());
            }
            Self::LinkGone { page } => {
                set("page", page.as_str().into());
            }
            Self::Refused(Refusal::CodeWrong(left)) => {
                set("attempts_left", (*left).into());
            }
            Self::Refused(Refusal::Password(rules)) => {
                set("rules", rules.clone().into());
            }
            _ => {}
        }
        if let Some(seconds) = self.retry_after() {
            set("retry_after", seconds.into());
        }
        members
    }

    /// The answer in these words.
    pub(crate) fn response(&self, words: &Words) -> Response {
        let name = self.name();
        let (title, detail) = words.of(name);
        let status = words::status(name);
        let mut body = self.members();
        body.insert(
            "type".to_owned(),
            format!("urn:dateline:problem:{name}").into(),
        );
        body.insert("title".to_owned(), title.into());
        body.insert("status".to_owned(), status.as_u16().into());
        body.insert("detail".to_owned(), detail.into());
        let mut response = (status, json!(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Self::RangeNotSatisfiable { size } = self
            && let Ok(value) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            headers.insert(header::CONTENT_RANGE, value);
        }
        response
    }
}

fn refusal_name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::EmailInvalid => "email-invalid",
        Refusal::Password(rules) => rules.first().copied().unwrap_or("password-common"),
        Refusal::TooMany(_) => "too-many",
        Refusal::Busy(_) => "busy",
        Refusal::CodeWrong(_) => "code-wrong",
        Refusal::CodeSpent => "code-spent",
        Refusal::CodeExpired => "code-expired",
        Refusal::CodeUsed => "code-used",
        Refusal::CodeWait(_) => "code-wait",
        Refusal::CodeLimit(_) => "code-limit",
        Refusal::NoFlow => "no-flow",
        Refusal::CredentialsWrong => "credentials-wrong",
        Refusal::AccountDisabled => "account-disabled",
        Refusal::SignedOut => "signed-out",
        Refusal::WordingOld => "wording-old",
        Refusal::LinkInvalid => "link-invalid",
        Refusal::LinkGone => "link-gone",
        Refusal::LinkLimit => "link-limit",
        Refusal::OtherContent => "precondition-failed",
        Refusal::TooManyDownloads(_) => "too-many-downloads",
        Refusal::Unavailable => "unavailable",
    }
}

impl IntoResponse for Problem {
    /// In English; [`retold`] finds the reader's words.
    fn into_response(self) -> Response {
        let mut response = self.response(&Words::default());
        response.extensions_mut().insert(self);
        response
    }
}

/// The same answer in these words, if it is a problem that was told without any.
pub(super) fn retold(mut response: Response, words: impl FnOnce() -> Words) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => response.map(|_| problem.response(&words()).into_body()),
        None => response,
    }
}
