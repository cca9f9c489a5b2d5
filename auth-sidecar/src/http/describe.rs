//! `GET /api/openapi.json`: the API, described by its own types and handlers (OpenAPI 3.1).

use std::sync::{Mutex, PoisonError};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, PartialSchema};

use super::call::LANG;
use super::calls::revoke::Revoke;
use super::error::{Problem, ProblemDetails};
use super::{AppState, calls, cookies};

/// Made on the first request, and again when the site's languages change.
pub(super) async fn description(State(state): State<AppState>) -> Response {
    static LAST: Mutex<(Vec<String>, Bytes)> = Mutex::new((Vec::new(), Bytes::new()));
    let Some(catalogue) = state.catalogue.current() else {
        return Problem::Unavailable.into_response();
    };
    let languages = &catalogue.facts().languages;
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.0 != *languages {
        *last = (languages.clone(), describe(languages).to_string().into());
    }
    ([(header::CONTENT_TYPE, "application/json")], last.1.clone()).into_response()
}

fn describe(languages: &[String]) -> Value {
    let mut api = json!(calls::Described::openapi());
    api["info"] = json!({
        "title": "dateline-auth",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Accounts of a static newsroom. Every POST takes JSON or an HTML form; a form is \
            answered by 303 to a page, and a problem by the page's fragment of its name.",
    });
    api["servers"] = json!([{ "url": "/" }]);
    api["components"]["schemas"]["Problem"] = json!(ProblemDetails::schema());
    api["components"]["securitySchemes"]["session"] =
        json!({ "type": "apiKey", "in": "cookie", "name": cookies::SESSION });
    complete_calls(&mut api["paths"]);
    complete_types(&mut api["components"]["schemas"], languages);
    api["components"]["schemas"]["Revoke"]["oneOf"] = Revoke::one_or_all();
    api
}

/// Adds what the types do not say: bodies are JSON or a form, described headers are required, HEAD has no content,
/// and which calls need a session.
fn complete_calls(paths: &mut Value) {
    let calls = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    for (method, call) in calls.filter_map(Value::as_object_mut).flatten() {
        if let Some(Value::Object(content)) = call.pointer_mut("/requestBody/content")
            && let Some(body) = content.get("application/json").cloned()
        {
            content.insert("application/x-www-form-urlencoded".to_owned(), body);
        }
        // Otherwise they would be names of our modules.
        call.as_object_mut().map(|call| call.remove("tags"));
        // A call that can be rejected for lack of a session needs one, unless it says otherwise.
        let signed_out = call["responses"]["401"]
            .to_string()
            .contains(":signed-out\"");
        if signed_out && call.get("security").is_none() {
            call["security"] = json!([{ "session": [] }]);
        }
        let responses = call["responses"].as_object_mut();
        for response in responses.into_iter().flat_map(Map::values_mut) {
            let headers = response.get_mut("headers").and_then(Value::as_object_mut);
            for header in headers.into_iter().flat_map(Map::values_mut) {
                header["required"] = true.into();
            }
            if method == "head"
                && let Some(response) = response.as_object_mut()
            {
                response.remove("content");
            }
        }
    }
}

/// Optional fields are never `null`, and every body accepts a language.
fn complete_types(types: &mut Value, languages: &[String]) {
    let languages: Vec<&str> = languages.iter().map(String::as_str).chain([""]).collect();
    for (name, schema) in types.as_object_mut().into_iter().flatten() {
        let properties = schema["properties"].as_object_mut();
        for property in properties.into_iter().flat_map(Map::values_mut) {
            if let Some(kind) = property["type"].get(0).cloned() {
                property["type"] = kind;
            }
        }
        if name != "Problem" {
            let about = "The language of the answer and of mails; empty or absent: the browser's.";
            schema["properties"][LANG] =
                json!({ "type": "string", "enum": languages, "description": about });
        }
    }
}
