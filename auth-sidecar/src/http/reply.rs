//! How whoever made a call is told what happened: as JSON, by leading a form on, or in plain text.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookies::SetCookies;
use super::error::Problem;
use super::words::Words;
use super::{AppState, language, page};
use crate::domain::random::TokenHash;
use dateline_contract::texts::{Place, ProblemKind};

/// What a handler's answer says, for [`ReplyContext`].
#[derive(Clone)]
pub(super) enum Outcome {
    Done {
        to: String,
        cookies: SetCookies,
        account: Option<i64>,
    },
    Refused(Problem),
}

/// What became of a call, for the audit stream.
#[derive(Clone, Copy)]
pub(super) struct CallOutcome {
    /// `done`, or the problem's name.
    pub(super) outcome: &'static str,
    /// Whose session it began, or whom it is about.
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

/// How a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyFormat {
    Json,
    /// By leading a form on.
    Form,
    /// In plain text. No redirect: it would tell another site's page whether there is a session.
    Text,
}

/// What is known of a caller so far.
pub(super) struct Caller {
    pub(super) format: ReplyFormat,
    /// The page below `/{lang}/account/` that the form stands on.
    pub(super) page: Option<&'static str>,
    pub(super) language: String,
    /// The session that was shown.
    pub(super) session: Option<TokenHash>,
    /// Set by any answer.
    pub(super) cookies: SetCookies,
}

/// Carries what an extractor finds out about the caller to where the answer is told.
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

    /// Tells what happened. Whoever is not known is told problems in the language that he accepts.
    /// `asked` are headers of the request.
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
        if kind == ProblemKind::SignedOut && state.may_end(self.session) {
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

/// Where a problem is told of the form on the page `form`.
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
        // The page that the sidecar fills holds what the home holds.
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

/// A problem as a sentence, for whoever looks at the answer itself.
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
