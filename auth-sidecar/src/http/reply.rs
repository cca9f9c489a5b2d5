//! Turns the outcome of a call into its response: JSON, a redirect for a form, or plain text.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookies::SetCookies;
use super::error::Problem;
use super::words::Words;
use super::{AppState, language, page};
use crate::domain::random::TokenHash;
use dateline_contract::texts::{Place, ProblemKind};

/// The outcome that a handler's response carries to [`ReplyContext`].
#[derive(Clone)]
pub(super) enum Outcome {
    Done {
        to: String,
        cookies: SetCookies,
        account: Option<i64>,
    },
    Refused(Problem),
}

/// The outcome of a call, for the audit stream.
#[derive(Clone, Copy)]
pub(super) struct CallOutcome {
    /// `done`, or the problem's name.
    pub(super) outcome: &'static str,
    /// The account whose session started, or that the call concerned.
    pub(super) account: Option<i64>,
}

impl CallOutcome {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done {
                cookies, account, ..
            } => Self {
                outcome: "done",
                account: account.or(cookies.account()),
            },
            Outcome::Refused(problem) => Self {
                outcome: problem.kind().name(),
                account: None,
            },
        }
    }
}

/// The form of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyFormat {
    Json,
    /// A redirect for a form.
    Form,
    /// Plain text. A redirect would reveal to another site's page whether there is a session.
    Text,
}

/// What is known about the caller so far.
pub(super) struct Caller {
    pub(super) format: ReplyFormat,
    /// The page below `/{lang}/account/` with the form.
    pub(super) page: Option<&'static str>,
    pub(super) language: String,
    /// The session cookie.
    pub(super) session: Option<TokenHash>,
    /// Cookies that any response sets.
    pub(super) cookies: SetCookies,
}

/// Carries what an extractor finds out about the caller to where the response is made.
#[derive(Clone, Default)]
pub(super) struct ReplyContext(Arc<Mutex<Option<Caller>>>);

impl ReplyContext {
    pub(super) fn set_caller(&self, caller: Caller) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller);
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Caller)) {
        let mut caller = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caller.as_mut().map(change);
    }

    /// Makes the response. Without a caller, problems are in the language of `Accept-Language`. `asked` are the
    /// request's headers.
    pub(super) async fn finish(
        &self,
        state: &AppState,
        mut response: Response,
        asked: &HeaderMap,
    ) -> Response {
        let caller = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let outcome = response.extensions_mut().remove::<Outcome>();
        let told = outcome.as_ref().map(CallOutcome::of);
        match (outcome, caller) {
            (Some(Outcome::Done { to, cookies, .. }), Some(caller)) => {
                if caller.format == ReplyFormat::Form {
                    response = see_other(&to);
                }
                caller.cookies.write(response.headers_mut());
                cookies.write(response.headers_mut());
            }
            (Some(Outcome::Refused(problem)), Some(caller)) => {
                response = caller.refused(state, &problem, asked).await;
            }
            (Some(Outcome::Refused(problem)), None) => {
                let told = problem.response(&language::words(state, asked), None);
                response = response.map(|_| told.into_body());
            }
            (_, None) | (None, _) => {}
        }
        if let Some(told) = told {
            response.extensions_mut().insert(told);
        }
        response
    }
}

impl Caller {
    async fn refused(mut self, state: &AppState, problem: &Problem, asked: &HeaderMap) -> Response {
        let kind = problem.kind();
        state.metrics.problem(kind.name());
        if kind == ProblemKind::SignedOut && state.may_end(self.session).await {
            self.cookies.end_session();
        }
        let location = match problem {
            Problem::TermsRequired { page, .. } => Some(format!("{page}#terms")),
            _ => location(kind, self.page, &self.language),
        };
        let words = match state.catalogue.current() {
            Some(catalogue) => Words::new(catalogue, self.language.clone()),
            None => Words::default(),
        };
        let form = location
            .as_deref()
            .filter(|_| self.format == ReplyFormat::Form);
        let again = form.and_then(|form| form.split('#').next());
        let wait = match again {
            Some(again) => page::wait(state, asked, &self.language, problem, again).await,
            None => None,
        };
        let mut response = match (self.format, location, wait) {
            (_, _, Some(wait)) => wait,
            (ReplyFormat::Json, location, _) => problem.response(&words, location),
            (ReplyFormat::Form, Some(location), _) => see_other(&location),
            (ReplyFormat::Form | ReplyFormat::Text, ..) => in_text(problem, &words),
        };
        self.cookies.write(response.headers_mut());
        response
    }
}

/// Where the form on page `form` shows a problem.
pub(super) fn location(
    kind: ProblemKind,
    form: Option<&'static str>,
    language: &str,
) -> Option<String> {
    let page = match kind.place() {
        Place::Answer => return None,
        Place::Form => form?,
        Place::Page(page, reset, address) => match form.unwrap_or_default() {
            form if form.starts_with("reset/") => reset,
            form if form.starts_with("address/") => address,
            _ => page,
        },
    };
    Some(at(page, kind.name(), language))
}

/// A fragment of a page below `/{lang}/account/`.
pub(super) fn at(page: &str, fragment: &str, language: &str) -> String {
    match page {
        // The page that the sidecar fills contains everything of the account home.
        "" => format!("/api/account#{fragment}"),
        page => format!("{}#{fragment}", account_page(language, page)),
    }
}

pub(super) fn account_page(language: &str, page: &str) -> String {
    format!("/{language}/account/{page}")
}

/// A redirect to a path of this site.
pub(super) fn see_other(path: &str) -> Response {
    lead(StatusCode::SEE_OTHER, path)
}

pub(super) fn lead(status: StatusCode, path: &str) -> Response {
    let mut response = status.into_response();
    if let Ok(value) = HeaderValue::try_from(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// A problem as a sentence, for whoever reads the response itself.
pub(super) fn in_text(problem: &Problem, words: &Words) -> Response {
    let (title, detail) = words.of(problem.kind());
    let mut text = match detail {
        "" => format!("{title}\n"),
        detail => format!("{title}. {detail}\n"),
    };
    if let Problem::LinkGone { page } = problem {
        text.push_str(page);
        text.push('\n');
    }
    let mut response = problem.response(words, None);
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.map(|_| text.into())
}
