//! `GET /api/openapi.json`: the interface, described from the tables that it runs by (OpenAPI 3.1).

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::AppState;
use super::calls::{ANY, CALLS, Call, Field, Kind, Member};
use super::words;
use crate::texts::PASSWORD_PROBLEMS;

mod gets;
mod media;

pub(super) async fn description(State(state): State<AppState>) -> Response {
    let base = state
        .catalogue
        .current()
        .map(|catalogue| state.base_url(&catalogue));
    let text = describe(base.as_deref()).to_string();
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

fn describe(base: Option<&str>) -> Value {
    let mut paths = Map::new();
    for call in CALLS {
        paths.insert(format!("/api/{}", call.path), json!({ "post": post(call) }));
    }
    for (path, operation) in gets::gets() {
        paths.insert(path.to_owned(), json!({ "get": operation }));
    }
    paths.insert(media::PATH.to_owned(), media::operations());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dateline-auth",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Accounts of a static newsroom. Every POST takes JSON or an HTML form; a form is \
                answered by 303 to a page, and a problem by the page's fragment of its name.",
        },
        "servers": [{ "url": base.unwrap_or("/") }],
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem_schema() },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": super::cookies::SESSION },
            },
        },
    })
}

fn post(call: &Call) -> Value {
    let schema = request_schema(call.fields);
    let mut responses = problems(call.problems, call.rules);
    let mut done = json!({ "description": "Done." });
    if !call.answer.is_empty() {
        done["content"] = json!({ "application/json": { "schema": answer_schema(call.answer) } });
    }
    responses.insert(call.done.to_string(), done);
    responses.insert(
        "303".to_owned(),
        json!({
            "description": "The answer to a form: where to go, with the problem's name as fragment if there was one.",
            "headers": { "Location": { "required": true, "schema": { "type": "string" } } },
        }),
    );
    // A form from another site is told so in plain text.
    responses["403"]["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
    let mut operation = json!({
        "summary": call.summary,
        "operationId": call.path.replace('/', "-").replace(['{', '}'], ""),
        "requestBody": {
            "required": true,
            "content": {
                "application/json": { "schema": schema },
                "application/x-www-form-urlencoded": { "schema": schema },
            },
        },
        "responses": responses,
    });
    let parameters = parameters(call.path);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if call.signed_in {
        operation["security"] = json!([{ "session": [] }]);
    }
    operation
}

/// The parts of a path that stand in braces.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?;
        name.strip_suffix('}')
    });
    names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect()
}

fn request_schema(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = match field.kind {
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Email => json!({ "type": "string", "format": "email", "maxLength": 254 }),
            Kind::Password => json!({ "type": "string", "format": "password", "maxLength": 128 }),
            Kind::Text => json!({ "type": "string" }),
        };
        schema["description"] = field.about.into();
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn answer_schema(members: &[(&str, Member)]) -> Value {
    let mut properties = Map::new();
    for (name, member) in members {
        let schema = match member {
            Member::Text => json!({ "type": "string" }),
            Member::Time => json!({ "type": "string", "format": "date-time" }),
            Member::Flag => json!({ "type": "boolean" }),
            Member::Number => json!({ "type": "integer", "minimum": 0 }),
            Member::Word(word) => json!({ "const": word }),
        };
        properties.insert((*name).to_owned(), schema);
    }
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// What a call may refuse, by status.
fn problems(own: &[&str], rules: bool) -> Map<String, Value> {
    let mut names: Vec<&str> = ANY.iter().chain(own).copied().collect();
    if rules {
        names.extend(PASSWORD_PROBLEMS);
    }
    names.sort_unstable();
    let mut by_status: std::collections::BTreeMap<u16, Vec<&str>> =
        std::collections::BTreeMap::new();
    for name in names {
        by_status
            .entry(words::status(name).as_u16())
            .or_default()
            .push(name);
    }
    let response = |status: u16, names: Vec<&str>| {
        let types: Vec<String> = names
            .iter()
            .map(|name| format!("urn:dateline:problem:{name}"))
            .collect();
        let mut response = json!({
            "description": names.join(", "),
            "content": { "application/problem+json": { "schema": {
                "allOf": [
                    { "$ref": "#/components/schemas/Problem" },
                    { "properties": { "type": { "enum": types }, "status": { "const": status } } },
                ],
            } } },
        });
        if matches!(status, 429 | 503) {
            response["headers"] = json!({
                "Retry-After": { "required": true, "schema": { "type": "integer", "minimum": 1 } },
            });
        }
        (status.to_string(), response)
    };
    by_status
        .into_iter()
        .map(|(status, names)| response(status, names))
        .collect()
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. `title` and `detail` are in the reader's language.",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "retry_after": { "type": "integer", "minimum": 1, "description": "Seconds." },
            "attempts_left": { "type": "integer", "minimum": 0 },
            "field": { "type": "string" },
            "version": { "type": "string", "description": "Of the terms that are to be accepted." },
            "page": { "type": "string", "description": "Where a person can go on." },
            "rules": { "type": "array", "items": { "type": "string" }, "description": "Every rule that is not met." },
        },
        "required": ["type", "title", "status", "detail"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_described_with_its_fields_and_problems() {
        let described = describe(None);
        for call in CALLS {
            let post = &described["paths"][format!("/api/{}", call.path)]["post"];
            let schema = &post["requestBody"]["content"]["application/json"]["schema"];
            for field in call.fields {
                assert!(
                    schema["properties"][field.name].is_object(),
                    "{}: {}",
                    call.path,
                    field.name
                );
            }
            for name in call.problems {
                let status = words::status(name).as_u16().to_string();
                let listed = post["responses"][&status]["description"]
                    .as_str()
                    .unwrap_or_default();
                assert!(listed.contains(name), "{}: {name}", call.path);
            }
        }
    }
}
