//! Answers to calls: what was done or refused, told as JSON, or by leading a form on.
//!
//! A handler says what happened and where to go next. How the caller hears it is known once [`Call`] has
//! read the request: [`Telling`] carries it out to `layers`.
//!
//! [`Call`]: super::call::Call

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use super::AppState;
use super::cookies::SetCookies;
use super::error::Problem;
use super::words::Words;
use crate::domain::refusal::{Refusal, Stop};
use crate::texts::{Place, ProblemKind};

/// What JSON hears of a call that was done, besides where to go.
pub(super) trait Answer: Serialize + ToSchema {
    const STATUS: StatusCode = StatusCode::OK;
}

/// Nothing but where to go.
#[derive(Serialize, ToSchema)]
pub(super) struct Nothing;

impl Answer for Nothing {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
}

/// A call was done.
pub(super) struct Done<A> {
    /// A path of the site, with its fragment.
    to: String,
    answer: A,
    pub(super) cookies: SetCookies,
}

impl<A> Done<A> {
    pub(super) fn new(to: String, answer: A) -> Self {
        Self {
            to,
            answer,
            cookies: SetCookies::default(),
        }
    }
}

impl<A: Answer> IntoResponse for Done<A> {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Located<'d, A> {
            #[serde(flatten)]
            answer: A,
            location: &'d str,
        }

        let (answer, location) = (self.answer, self.to.as_str());
        let mut response = match A::STATUS {
            StatusCode::NO_CONTENT => lead(StatusCode::NO_CONTENT, location),
            status => (status, axum::Json(Located { answer, location })).into_response(),
        };
        let (to, cookies) = (self.to, self.cookies);
        let outcome = Outcome::Done { to, cookies };
        response.extensions_mut().insert(outcome);
        response
    }
}

impl<A: Answer> IntoResponses for Done<A> {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let mut done = json!({ "description": "Done." });
        if A::STATUS == StatusCode::NO_CONTENT {
            done["headers"] = location_header();
        } else {
            let mut schema = closed(json!(A::schema()));
            schema["properties"]["location"] = json!({
                "type": "string",
                "description": "A path of the site to go on with.",
            });
            if let Some(required) = schema["required"].as_array_mut() {
                required.push("location".into());
            }
            done["content"] = json!({ "application/json": { "schema": schema } });
        }
        let led = json!({
            "description": "The answer to a form: where to go, with the problem's name as fragment if there was one.",
            "headers": location_header(),
        });
        let status = A::STATUS.as_str().to_owned();
        [
            (status, described(done)),
            ("303".to_owned(), described(led)),
        ]
        .into()
    }
}

/// The answer to a call that only asks.
pub(super) struct Shown<A> {
    answer: A,
    pub(super) cookies: SetCookies,
}

impl<A> Shown<A> {
    pub(super) fn new(answer: A) -> Self {
        Self {
            answer,
            cookies: SetCookies::default(),
        }
    }
}

impl<A: Serialize> IntoResponse for Shown<A> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.answer).into_response();
        self.cookies.write(response.headers_mut());
        response
    }
}

impl<A: ToSchema> IntoResponses for Shown<A> {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let content = json!({ "application/json": { "schema": closed(json!(A::schema())) } });
        let shown = json!({ "description": "Done.", "content": content });
        [("200".to_owned(), described(shown))].into()
    }
}

/// To a path of this site, whoever asks.
pub(super) struct Led(pub(super) String);

impl IntoResponse for Led {
    fn into_response(self) -> Response {
        see_other(&self.0)
    }
}

impl IntoResponses for Led {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let led = json!({ "description": "Where to go.", "headers": location_header() });
        [("303".to_owned(), described(led))].into()
    }
}

/// What a call may refuse.
pub(super) trait MayRefuse {
    fn problems() -> Vec<ProblemKind>;
}

/// What any call may refuse that only asks.
const ANY: [ProblemKind; 3] = [
    ProblemKind::Busy,
    ProblemKind::MethodNotAllowed,
    ProblemKind::Unavailable,
];

/// Whoever asks may be anybody.
pub(super) struct Anybody;

impl MayRefuse for Anybody {
    fn problems() -> Vec<ProblemKind> {
        ANY.into()
    }
}

/// Only who is signed in may ask.
pub(super) struct Owner;

impl MayRefuse for Owner {
    fn problems() -> Vec<ProblemKind> {
        [&ANY[..], &[ProblemKind::SignedOut]].concat()
    }
}

/// A call was refused, by one of the problems of `P`.
pub(super) struct Refused<P>(Problem, PhantomData<fn() -> P>);

impl<P> From<Problem> for Refused<P> {
    fn from(problem: Problem) -> Self {
        Self(problem, PhantomData)
    }
}

impl<P> From<Refusal> for Refused<P> {
    fn from(refusal: Refusal) -> Self {
        Problem::Refused(refusal).into()
    }
}

impl<P> From<Stop> for Refused<P> {
    fn from(stop: Stop) -> Self {
        Problem::from(stop).into()
    }
}

impl<P: MayRefuse> IntoResponse for Refused<P> {
    fn into_response(self) -> Response {
        let kind = self.0.kind();
        debug_assert!(P::problems().contains(&kind), "{kind:?} is not declared");
        self.0.into_response()
    }
}

impl<P: MayRefuse> IntoResponses for Refused<P> {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for kind in P::problems() {
            by_status
                .entry(kind.status())
                .or_default()
                .push(kind.name());
        }
        let response = |(status, names): (u16, Vec<&str>)| {
            let types: Vec<String> = names
                .iter()
                .map(|name| format!("urn:dateline:problem:{name}"))
                .collect();
            let mut response = json!({
                "description": names.join(", "),
                "content": { "application/problem+json": { "schema": { "allOf": [
                    { "$ref": "#/components/schemas/Problem" },
                    { "type": "object", "properties": {
                        "type": { "type": "string", "enum": types },
                        "status": { "type": "integer", "enum": [status] },
                    } },
                ] } } },
            });
            if matches!(status, 429 | 503) {
                response["headers"] = json!({
                    "Retry-After": { "required": true, "schema": { "type": "integer", "minimum": 1 } },
                });
            }
            if status == 403 {
                // A form from another site is told so in plain text.
                response["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
            }
            (status.to_string(), described(response))
        };
        by_status.into_iter().map(response).collect()
    }
}

/// What is described is all that is told.
pub(super) fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) if members.contains_key("allOf") => {
            members.insert("unevaluatedProperties".to_owned(), false.into());
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                *member = closed(member.take());
            }
            if members.contains_key("properties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(entries) => entries
            .iter_mut()
            .for_each(|entry| *entry = closed(entry.take())),
        _ => {}
    }
    schema
}

fn location_header() -> Value {
    json!({ "Location": { "required": true, "schema": { "type": "string" } } })
}

pub(super) fn described(response: Value) -> RefOr<Described> {
    RefOr::T(serde_json::from_value(response).unwrap_or_default())
}

/// What a handler's answer says, for [`Telling`].
#[derive(Clone)]
pub(super) enum Outcome {
    Done { to: String, cookies: SetCookies },
    Refused(Problem),
}

/// How a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Json,
    /// By leading a form on.
    Form,
    /// In plain text. No redirect: it would tell another site's page whether there is a session.
    Text,
}

/// What is known of a caller so far.
pub(super) struct Caller {
    pub(super) way: Way,
    /// The page below `/{lang}/account/` that the form stands on.
    pub(super) page: Option<&'static str>,
    pub(super) language: String,
    /// Set by any answer.
    pub(super) cookies: SetCookies,
}

/// Carries what an extractor finds out about the caller to where the answer is told.
#[derive(Clone, Default)]
pub(super) struct Telling(Arc<Mutex<Option<Caller>>>);

impl Telling {
    pub(super) fn is_to(&self, caller: Caller) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller);
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Caller)) {
        let mut caller = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caller.as_mut().map(change);
    }

    /// Tells what happened. Whoever is not known is told problems in the words of `accepted`.
    pub(super) fn tell(
        &self,
        state: &AppState,
        mut response: Response,
        accepted: impl FnOnce() -> Words,
    ) -> Response {
        let caller = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let outcome = response.extensions_mut().remove::<Outcome>();
        match (outcome, caller) {
            (Some(Outcome::Done { to, cookies }), Some(caller)) => {
                if caller.way == Way::Form {
                    response = see_other(&to);
                }
                caller.cookies.write(response.headers_mut());
                cookies.write(response.headers_mut());
            }
            (Some(Outcome::Refused(problem)), Some(caller)) => {
                response = caller.refused(state, &problem);
            }
            (Some(Outcome::Refused(problem)), None) => {
                let told = problem.response(&accepted(), None);
                response = response.map(|_| told.into_body());
            }
            (_, None) | (None, _) => {}
        }
        response
    }
}

impl Caller {
    fn refused(mut self, state: &AppState, problem: &Problem) -> Response {
        let kind = problem.kind();
        state.metrics.problem(kind.name());
        if kind == ProblemKind::SignedOut {
            self.cookies.end_session();
        }
        let location = match problem {
            Problem::TermsRequired { page, .. } => Some(format!("{page}#terms")),
            _ => location(kind, self.page, &self.language),
        };
        let words = match state.catalogue.current() {
            Some(catalogue) => Words::new(catalogue, self.language),
            None => Words::default(),
        };
        let mut response = match (self.way, location) {
            (Way::Json, location) => problem.response(&words, location),
            (Way::Form, Some(location)) => see_other(&location),
            (Way::Form | Way::Text, _) => in_text(problem, &words),
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
        Place::Page(_, page) if form.is_some_and(|form| form.starts_with("reset/")) => page,
        Place::Page(page, _) => page,
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

fn lead(status: StatusCode, path: &str) -> Response {
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
