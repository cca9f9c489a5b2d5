//! What every call checks before a request's fields.

use super::*;

/// Every call by POST, with fields that it takes.
pub(super) const CALLS: [(&str, &[(&str, &str)]); 17] = [
    ("register", &[("email", JO), ("password", PASSWORD)]),
    ("verify", &[("code", "12345678")]),
    ("code", &[]),
    ("login", &[("email", JO), ("password", OTHER_PASSWORD)]),
    ("logout", &[]),
    ("reset", &[("email", JO)]),
    ("reset/verify", &[("code", "12345678")]),
    ("reset/password", &[("password", OTHER_PASSWORD)]),
    ("newsletter", &[("subscribed", "true")]),
    (
        "account/password",
        &[("current", PASSWORD), ("password", OTHER_PASSWORD)],
    ),
    (
        "account/address",
        &[("email", KIM), ("password", OTHER_PASSWORD)],
    ),
    ("account/address/verify", &[("code", "12345678")]),
    ("account/address/undo", &[("code", "12345678")]),
    ("account/delete", &[("password", PASSWORD)]),
    ("account/sessions/revoke", &[("all", "true")]),
    ("account/links/revoke", &[("all", "true")]),
    ("media/lisbon/broadcast/link", &[]),
];

/// The fields as JSON.
pub(super) fn object(fields: &[(&str, &str)]) -> Value {
    let value = |text: &str| match text {
        "true" => Value::Bool(true),
        text => Value::from(text),
    };
    fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), value(text)))
        .collect()
}

#[tokio::test]
async fn the_list_of_calls_is_whole() {
    let service = Service::new();
    let described = service.browser().get("/api/openapi.json").await.json();
    let paths = described["paths"].as_object().unwrap();
    let mut posts: Vec<&str> = paths
        .iter()
        .filter(|(_, operations)| operations.get("post").is_some())
        .map(|(path, _)| path.strip_prefix("/api/").unwrap())
        .collect();
    let named = "media/{id}/{rendition}/link";
    let mut calls = CALLS.map(|(call, _)| match call {
        "media/lisbon/broadcast/link" => named,
        call => call,
    });
    posts.sort_unstable();
    calls.sort_unstable();
    assert_eq!(posts, calls);
}

/// What is good by the description is taken, or refused for what it means.
#[tokio::test]
async fn the_description_matches_the_accepted_requests() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let described = browser.get("/api/openapi.json").await.json();
    let schemas = &described["components"]["schemas"];
    let languages = schemas["Logout"]["properties"]["lang"]["enum"].clone();
    for language in languages.as_array().unwrap() {
        let answer = browser.post("code", json!({ "lang": language })).await;
        answer.problem(409, "no-flow");
    }
    let answer = browser.post("code", json!({ "lang": "xx" })).await;
    answer.problem(422, "field-invalid");
    let which = schemas["Revoke"]["oneOf"].as_array().unwrap();
    let required = which
        .iter()
        .map(|which| which["required"][0].as_str().unwrap());
    for (name, value) in required.zip([json!("none"), json!(true)]) {
        let fields = json!({ name: value });
        browser
            .post("account/links/revoke", fields)
            .await
            .status(204);
    }
    let answer = browser.post("account/links/revoke", json!({})).await;
    answer.problem(422, "field-invalid");
}

#[tokio::test]
async fn calls_from_other_sites_are_refused_and_do_nothing() {
    let service = Service::new();
    let victim = service.registered(JO).await;
    let evil = "https://evil.example";
    for (site, origin, form, json) in [
        (None, None, false, true),
        (Some("same-origin"), None, true, true),
        (Some("none"), None, true, true),
        (None, Some(BASE), true, true),
        (Some("same-site"), None, false, false),
        (Some("cross-site"), None, false, false),
        (Some("cross-site"), Some(BASE), false, false),
        (Some("Same-Origin"), None, false, false),
        (None, Some(evil), false, false),
        (None, Some("null"), false, false),
        (None, Some("http://news.example.org"), false, false),
        (None, Some("https://news.example.org:444"), false, false),
        (
            None,
            Some("https://news.example.org.evil.example"),
            false,
            false,
        ),
        (
            None,
            Some("https://evil.example/https://news.example.org"),
            false,
            false,
        ),
    ] {
        for (call, fields) in CALLS {
            let said = |mut browser: Browser| {
                browser = browser.without("sec-fetch-site");
                for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                    browser = value.map_or(browser.clone(), |value| browser.with(name, value));
                }
                browser
            };
            // Passing calls are a stranger's: they may do something.
            let about = format!("{call} {site:?} {origin:?}");
            let pick = |passes| {
                said(if passes {
                    service.browser()
                } else {
                    victim.clone()
                })
            };
            let answer = pick(form).form(call, fields).await;
            assert_eq!(answer.status != 403, form, "form {about}");
            if !form {
                assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
                assert!(answer.text().contains("cross-site in English"));
                assert!(!answer.headers.contains_key("location"));
                assert!(!answer.headers.contains_key("set-cookie"));
            }
            let answer = pick(json).post(call, object(fields)).await;
            assert_eq!(answer.status != 403, json, "JSON {about}");
            if !json {
                answer.problem(403, "cross-site");
                assert!(!answer.headers.contains_key("set-cookie"));
            }
        }
    }
    let mut victim = victim;
    let told = victim.get("/api/session").await.json();
    assert_eq!(
        told,
        json!({ "signed_in": true, "email": JO, "newsletter": false })
    );
    victim.log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn content_types_are_exact() {
    let service = Service::new();
    let mut browser = service.browser();
    for (call, fields) in CALLS {
        let json = object(fields).to_string();
        for kind in [
            "text/plain",
            "",
            "text/json",
            "application/jsonp",
            "application/json, text/plain",
            "application/json; charset=latin1",
            "application/json; x=y",
            "multipart/form-data; boundary=x",
            "application/problem+json",
            "text/plain; application/json",
            "*/*",
        ] {
            let answer = browser.send(call, kind, json.clone()).await;
            answer.problem(415, "unsupported-type");
        }
    }
    for kind in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; charset=UTF-8",
    ] {
        browser.send("logout", kind, "{}").await.status(204);
    }
    // Two of them, of which each reader might take another.
    let mut twice = browser.with("content-type", "text/plain");
    let answer = twice.send("logout", "application/json", "{}").await;
    answer.problem(415, "unsupported-type");
}

#[tokio::test]
async fn other_methods_are_refused_and_no_site_is_let_in() {
    let service = Service::new();
    let browser = service.browser().with("origin", "https://evil.example");
    let methods = |names: &str| -> Vec<Method> {
        names.split(' ').map(|name| name.parse().unwrap()).collect()
    };
    let gets = ["session", "return", "account", "account/sessions"].map(|path| (path, "GET,HEAD"));
    let posts = CALLS.map(|(call, _)| (call, "POST"));
    for (path, allowed) in posts.into_iter().chain(gets) {
        let others = match allowed {
            "POST" => "GET HEAD PUT PATCH DELETE OPTIONS TRACE QUERY",
            _ => "POST PUT PATCH DELETE OPTIONS",
        };
        for method in methods(others) {
            let ask = browser.ask(method.clone(), &format!("/api/{path}"));
            let ask = ask
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            let answer = ask.header("x-http-method-override", "POST").send().await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
            let mut names = answer.headers.keys();
            assert!(!names.any(|name| name.as_str().starts_with("access-control")));
            if method != Method::HEAD {
                answer.problem(405, "method-not-allowed");
            }
        }
    }
}
