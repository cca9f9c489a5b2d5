//! The calls that only ask.

use serde_json::{Value, json};

use super::problems;

fn get(summary: &str, schema: Value, own: &[&str], signed_in: bool) -> Value {
    let mut responses = problems(own, false);
    for status in ["400", "403", "404", "413", "415", "422"] {
        responses.remove(status);
    }
    responses.insert(
        "200".to_owned(),
        json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } }),
    );
    let mut operation = json!({ "summary": summary, "responses": responses });
    if signed_in {
        operation["security"] = json!([{ "session": [] }]);
    }
    operation
}

/// An object with one list.
fn list(name: &str, entry: Value) -> Value {
    json!({
        "type": "object",
        "properties": { name: { "type": "array", "items": entry } },
        "required": [name],
        "additionalProperties": false,
    })
}

/// An object with these members and no other.
fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> = members
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn link() -> Value {
    object(&[
        ("id", text()),
        ("dossier", text()),
        ("rendition", text()),
        ("terms", text()),
        ("created_at", time()),
        ("expires_at", time()),
        ("url", text()),
        ("ended", flag()),
    ])
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn download() -> Value {
    object(&[
        ("dossier", text()),
        ("rendition", text()),
        ("sha256", text()),
        ("size", number()),
        ("terms", text()),
        ("by_link", flag()),
        ("started_at", time()),
        ("last_at", time()),
        ("bytes", number()),
        ("whole", flag()),
        ("ended", flag()),
    ])
}

/// All of them, but for the files themselves.
pub(super) fn gets() -> [(&'static str, Value); 8] {
    let text = json!({ "type": "string" });
    let session = json!({ "oneOf": [
        { "type": "object", "properties": { "signed_in": { "const": false } },
          "required": ["signed_in"], "additionalProperties": false },
        { "type": "object",
          "properties": { "signed_in": { "const": true }, "email": text, "newsletter": { "type": "boolean" } },
          "required": ["signed_in", "email", "newsletter"], "additionalProperties": false },
    ] });
    let entry = json!({
        "type": "object",
        "properties": {
            "id": text, "device": text, "current": { "type": "boolean" },
            "first_seen": { "type": "string", "format": "date-time" },
            "last_seen": { "type": "string", "format": "date-time" },
        },
        "required": ["id", "device", "first_seen", "last_seen", "current"],
        "additionalProperties": false,
    });
    let sessions = list("sessions", entry);
    let links = list("links", link());
    let downloads = list("downloads", download());
    let object = json!({ "type": "object" });
    let mut account = get(
        "Everything that is held about one.",
        object.clone(),
        &["signed-out"],
        true,
    );
    account["responses"]["200"]["content"]["text/html"] = json!({ "schema": text });
    account["responses"]["303"] =
        json!({ "description": "To the login page, for a browser without a session." });
    let mut back = get(
        "To the page that the step in progress began on.",
        object.clone(),
        &[],
        false,
    );
    back["responses"]["303"] = json!({
        "description": "Where to go.",
        "headers": { "Location": { "required": true, "schema": text } },
    });
    if let Some(responses) = back["responses"].as_object_mut() {
        responses.remove("200");
    }
    let health =
        json!({ "type": "object", "properties": { "status": text }, "required": ["status"] });
    let mut ready = get(
        "Whether requests should be sent here.",
        health.clone(),
        &[],
        false,
    );
    ready["responses"]["503"] = json!({ "description": "Not now.", "content": { "application/json": { "schema": health } } });
    [
        (
            "/api/session",
            get("Whether one is signed in.", session, &[], false),
        ),
        ("/api/return", back),
        ("/api/account", account),
        (
            "/api/account/sessions",
            get(
                "One's own sessions, newest first.",
                sessions,
                &["signed-out"],
                true,
            ),
        ),
        (
            "/api/account/links",
            get(
                "One's own live download links, newest first.",
                links,
                &["signed-out"],
                true,
            ),
        ),
        (
            "/api/account/downloads",
            get(
                "What one has downloaded, newest first; the latest 200.",
                downloads,
                &["signed-out"],
                true,
            ),
        ),
        (
            "/healthz",
            get("Whether the process answers.", health, &[], false),
        ),
        ("/readyz", ready),
    ]
}
