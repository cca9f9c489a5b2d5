//! The files themselves.

use serde_json::{Map, Value, json};

use super::{parameters, problems};

pub(super) const PATH: &str = "/api/media/{id}/{rendition}";

/// What a request for a file may be refused with.
const PROBLEMS: [&str; 8] = [
    "gone",
    "link-gone",
    "link-invalid",
    "precondition-failed",
    "range-not-satisfiable",
    "signed-out",
    "terms-required",
    "too-many-downloads",
];

pub(super) fn operations() -> Value {
    json!({ "parameters": parameters(PATH), "get": get(), "head": head() })
}

fn get() -> Value {
    let text = json!({ "type": "string" });
    let query = |name: &str, about: &str| json!({ "name": name, "in": "query", "description": about, "schema": text });
    let bytes = json!({ "description": "The file.", "content": { "*/*": {} } });
    let mut responses = refusals();
    responses.insert("200".to_owned(), bytes.clone());
    responses.insert("206".to_owned(), bytes);
    responses.insert(
        "303".to_owned(),
        json!({ "description": "For a browser that opens it as a page: to log in, or to the terms." }),
    );
    responses.insert("304".to_owned(), json!({ "description": "Not modified." }));
    for (_, response) in &mut responses {
        if response["content"]["application/problem+json"].is_object() {
            // For a browser that opens it as a page.
            response["content"]["text/plain"] = json!({ "schema": text });
        }
    }
    json!({
        "summary": "A file of a dossier, whole or in part (RFC 9110, section 14). Gated ones need a session or a link.",
        "parameters": [
            query("link", "A download link's text."),
            query("terms", "The version of the terms that one accepts; absent: the current one."),
        ],
        "responses": responses,
        "security": [{}, { "session": [] }],
    })
}

fn head() -> Value {
    let mut operation = get();
    operation["summary"] = "What GET would answer, without the content.".into();
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.remove("206");
        responses.remove("303");
        responses.remove("416");
        for (_, response) in responses {
            if let Some(response) = response.as_object_mut() {
                response.remove("content");
            }
        }
    }
    operation
}

fn refusals() -> Map<String, Value> {
    let mut refusals = problems(&PROBLEMS, false);
    for status in ["400", "413", "415", "422"] {
        refusals.remove(status);
    }
    refusals
}
