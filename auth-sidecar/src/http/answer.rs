//! Answers of calls: the outcome as JSON, or as a redirect for a form.
//!
//! A handler returns the outcome and where to go next. The format is known once [`Call`] has parsed the request:
//! [`super::reply`] passes it to `layers`.
//!
//! [`Call`]: super::call::Call

use std::collections::BTreeMap;
use std::marker::PhantomData;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use super::cookies::SetCookies;
use super::error::{Problem, status_of};
use super::reply::{Outcome, lead, see_other};
use crate::domain::refusal::{Refusal, Stop};
use dateline_contract::texts::ProblemKind;

/// The responses that a call can give, by status.
pub(super) type Responses = BTreeMap<String, RefOr<Described>>;

/// The JSON of a successful call, besides `location`.
pub(super) trait Answer: Serialize + ToSchema {
    const STATUS: StatusCode = StatusCode::OK;
}

/// No content besides `location`.
#[derive(Serialize, ToSchema)]
pub(super) struct NoContent;

impl Answer for NoContent {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
}

/// A successful call.
pub(super) struct Done<A> {
    /// A path of the site, with its fragment.
    to: String,
    answer: A,
    pub(super) cookies: SetCookies,
    /// The account concerned, for the audit stream, if no session shows it.
    pub(super) account: Option<i64>,
}

impl<A> Done<A> {
    pub(super) fn new(to: String, answer: A) -> Self {
        Self {
            to,
            answer,
            cookies: SetCookies::default(),
            account: None,
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
        let outcome = Outcome::Done {
            to: self.to,
            cookies: self.cookies,
            account: self.account,
        };
        response.extensions_mut().insert(outcome);
        response
    }
}

impl<A: Answer> IntoResponses for Done<A> {
    fn responses() -> Responses {
        let done = match A::STATUS {
            StatusCode::NO_CONTENT => redirect_schema("Done."),
            _ => {
                let mut schema = json!(A::schema());
                schema["properties"]["location"] = json!({
                    "type": "string",
                    "description": "A path of the site to go on with.",
                });
                if let Some(required) = schema["required"].as_array_mut() {
                    required.push("location".into());
                }
                in_json("Done.", schema)
            }
        };
        let led = "The answer to a form: where to go, with the problem's name as fragment if there was one.";
        described([
            (A::STATUS, done),
            (StatusCode::SEE_OTHER, redirect_schema(led)),
        ])
    }
}

/// The answer of a call that only reads.
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
    fn responses() -> Responses {
        described([(StatusCode::OK, in_json("Done.", json!(A::schema())))])
    }
}

/// A redirect to a path of this site, for every caller.
pub(super) struct Led(pub(super) String);

impl IntoResponse for Led {
    fn into_response(self) -> Response {
        see_other(&self.0)
    }
}

impl IntoResponses for Led {
    fn responses() -> Responses {
        described([(StatusCode::SEE_OTHER, redirect_schema("Where to go."))])
    }
}

/// The problems of a call.
pub(super) trait MayRefuse {
    fn problems() -> Vec<ProblemKind>;
}

/// The problems of any call that only reads.
const ANY: [ProblemKind; 3] = [
    ProblemKind::Busy,
    ProblemKind::MethodNotAllowed,
    ProblemKind::Unavailable,
];

/// Anyone may call.
pub(super) struct Anybody;

impl MayRefuse for Anybody {
    fn problems() -> Vec<ProblemKind> {
        ANY.into()
    }
}

/// A session is required.
pub(super) struct Owner;

impl MayRefuse for Owner {
    fn problems() -> Vec<ProblemKind> {
        [&ANY[..], &[ProblemKind::SignedOut]].concat()
    }
}

/// A rejected call, with one of the problems of `P`.
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
    fn responses() -> Responses {
        let mut by_status: BTreeMap<StatusCode, Vec<&str>> = BTreeMap::new();
        for kind in P::problems() {
            by_status
                .entry(status_of(kind))
                .or_default()
                .push(kind.name());
        }
        described(
            by_status
                .into_iter()
                .map(|(status, names)| (status, refusal(status, &names))),
        )
    }
}

/// A response with one of these problems.
fn refusal(status: StatusCode, names: &[&str]) -> Value {
    let types = names
        .iter()
        .map(|name| format!("urn:dateline:problem:{name}"));
    let mut answer = json!({
        "description": names.join(", "),
        "content": { "application/problem+json": { "schema": { "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            { "type": "object", "properties": {
                "type": { "type": "string", "enum": types.collect::<Vec<_>>() },
                "status": { "type": "integer", "enum": [status.as_u16()] },
            } },
        ] } } },
    });
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        answer["headers"] = json!({
            "Retry-After": { "required": true, "schema": { "type": "integer", "minimum": 1 } },
        });
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        // A form, or a browser that opens a file, gets a page that shows when to retry.
        answer["content"]["text/html"] = json!({ "schema": { "type": "string" } });
    }
    if status == StatusCode::FORBIDDEN {
        // A cross-site form gets plain text.
        answer["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
    }
    answer
}

/// Closes the schema: no other properties exist.
fn closed(mut schema: Value) -> Value {
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

/// Responses in utoipa's form, by status.
pub(super) fn described(answers: impl IntoIterator<Item = (StatusCode, Value)>) -> Responses {
    let typed = |answer| RefOr::T(serde_json::from_value(answer).unwrap_or_default());
    let answers = answers.into_iter();
    answers
        .map(|(status, answer)| (status.as_str().to_owned(), typed(answer)))
        .collect()
}

/// A JSON response.
pub(super) fn in_json(about: &str, schema: Value) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": closed(schema) } } })
}

/// A redirect, or a response that says where to continue.
pub(super) fn redirect_schema(about: &str) -> Value {
    let location = json!({ "required": true, "schema": { "type": "string" } });
    json!({ "description": about, "headers": { "Location": location } })
}
