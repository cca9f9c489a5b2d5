//! The one mapping from problems to status codes, as RFC 9457 problem details.
//!
//! Handlers return [`Problem`]. Details for the operator are logged where they occur and never part of an answer.
//! [`super::answer`] describes a problem in the reader's language.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Outcome;
use super::words::Words;
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::StoreError;
use dateline_contract::texts::ProblemKind;

/// Seconds to wait before retrying what was unavailable.
const RETRY_AFTER: u64 = 30;
/// The same while another process holds the database.
const DATABASE_BUSY: u64 = 2;
const MINUTE: u64 = 60;

/// A problem as the caller gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    Gone,
    MethodNotAllowed,
    PreconditionFailed,
    /// The range is outside the content, which has `size` bytes.
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
    /// The accepted terms are not the current ones: their version, and the dossier's page.
    TermsRequired {
        version: String,
        page: String,
    },
    /// The page where a new link can be created.
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
                // The store has logged that it fails; once, not for each call.
                tracing::debug!(%error, "an account call failed");
                Self::Unavailable
            }
        }
    }
}

impl Problem {
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::NotFound => ProblemKind::NotFound,
            Self::Gone => ProblemKind::Gone,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::PreconditionFailed => ProblemKind::PreconditionFailed,
            Self::RangeNotSatisfiable { .. } => ProblemKind::RangeNotSatisfiable,
            Self::Unavailable => ProblemKind::Unavailable,
            Self::BadRequest => ProblemKind::BadRequest,
            Self::UnknownField(_) => ProblemKind::UnknownField,
            Self::FieldInvalid(_) => ProblemKind::FieldInvalid,
            Self::CrossSite => ProblemKind::CrossSite,
            Self::TooLarge => ProblemKind::TooLarge,
            Self::UnsupportedType => ProblemKind::UnsupportedType,
            Self::TermsRequired { .. } => ProblemKind::TermsRequired,
            Self::LinkGone { .. } => ProblemKind::LinkGone,
            Self::Refused(refusal) => kind_of(refusal),
        }
    }

    /// Seconds to wait, with every 429 and 503.
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
            // A new code may be requested at once.
            Self::Refused(Refusal::CodeSpent) => Some(1),
            _ => None,
        }
    }

    /// How long to wait, if a static page cannot say it: such pages only mention a minute, which some waits never
    /// exceed.
    pub(super) fn wait(&self) -> Option<Duration> {
        let Self::Refused(refusal) = self else {
            return None;
        };
        match refusal {
            Refusal::TooMany(wait) | Refusal::CodeLimit(wait) => Some(*wait),
            Refusal::CodeWait(wait) | Refusal::TooManyDownloads(wait) if *wait > MINUTE => {
                Some(*wait)
            }
            _ => None,
        }
        .map(Duration::from_secs)
    }

    fn details(&self, words: &Words, location: Option<String>) -> ProblemDetails {
        let kind = self.kind();
        let (title, detail) = words.of(kind);
        let mut details = ProblemDetails {
            r#type: format!("urn:dateline:problem:{}", kind.name()),
            title: title.to_owned(),
            status: kind.status(),
            detail: detail.to_owned(),
            location,
            retry_after: self.retry_after(),
            ..ProblemDetails::default()
        };
        match self {
            Self::UnknownField(field) | Self::FieldInvalid(field) => {
                details.field = Some(field.clone());
            }
            Self::TermsRequired { version, page } => {
                details.version = Some(version.clone());
                details.page = Some(page.clone());
            }
            Self::LinkGone { page } => details.page = Some(page.clone()),
            Self::Refused(Refusal::CodeWrong(left)) => details.attempts_left = Some(*left),
            Self::Refused(Refusal::Password(rules)) => details.rules = Some(rules.clone()),
            _ => {}
        }
        details
    }

    /// The response in these words, with this location.
    pub(crate) fn response(&self, words: &Words, location: Option<String>) -> Response {
        let details = self.details(words, location);
        let mut response = (status_of(self.kind()), axum::Json(details)).into_response();
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

pub(super) fn status_of(kind: ProblemKind) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// RFC 9457. `title` and `detail` are in the reader's language.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDetails {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// A path of the site to continue at: the page that describes this problem, at its fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// Seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The version of the terms to accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// A page for a person to continue at.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// Every rule that is not met.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<&'static str>>,
}

fn kind_of(refusal: &Refusal) -> ProblemKind {
    match refusal {
        Refusal::EmailInvalid => ProblemKind::EmailInvalid,
        Refusal::Password(rules) => rules
            .first()
            .and_then(|rule| ProblemKind::named(rule))
            .unwrap_or(ProblemKind::PasswordCommon),
        Refusal::TooMany(_) => ProblemKind::TooMany,
        Refusal::Busy(_) => ProblemKind::Busy,
        Refusal::CodeWrong(_) => ProblemKind::CodeWrong,
        Refusal::CodeSpent => ProblemKind::CodeSpent,
        Refusal::CodeExpired => ProblemKind::CodeExpired,
        Refusal::CodeUsed => ProblemKind::CodeUsed,
        Refusal::CodeWait(_) => ProblemKind::CodeWait,
        Refusal::CodeLimit(_) => ProblemKind::CodeLimit,
        Refusal::NoFlow => ProblemKind::NoFlow,
        Refusal::CredentialsWrong => ProblemKind::CredentialsWrong,
        Refusal::AccountDisabled => ProblemKind::AccountDisabled,
        Refusal::AddressSame => ProblemKind::AddressSame,
        Refusal::AddressRecent => ProblemKind::AddressRecent,
        Refusal::UndoInvalid => ProblemKind::UndoInvalid,
        Refusal::SignedOut => ProblemKind::SignedOut,
        Refusal::WordingOld => ProblemKind::WordingOld,
        Refusal::LinkInvalid => ProblemKind::LinkInvalid,
        Refusal::LinkGone => ProblemKind::LinkGone,
        Refusal::LinkLimit => ProblemKind::LinkLimit,
        Refusal::OtherContent => ProblemKind::PreconditionFailed,
        Refusal::TooManyDownloads(_) => ProblemKind::TooManyDownloads,
        Refusal::Unavailable => ProblemKind::Unavailable,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.response(&Words::default(), None);
        response.extensions_mut().insert(Outcome::Refused(self));
        response
    }
}
