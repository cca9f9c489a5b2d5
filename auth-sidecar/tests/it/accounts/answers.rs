//! What every answer has: protection, when to come back, and words in the reader's language.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use dateline_contract::manifest::ProblemText;

use super::requests::{CALLS, object};
use super::*;

#[tokio::test]
async fn every_answer_is_protected_and_stored_nowhere() {
    let service = Service::with(|options| options.hsts = dateline_auth::config::Hsts::Host);
    let mut signed_in = service.registered(JO).await;
    let mut stranger = service.browser();
    let mut answers = Vec::new();
    for (call, fields) in CALLS {
        answers.push(stranger.post(call, object(fields)).await);
        answers.push(stranger.form(call, fields).await);
        answers.push(stranger.send(call, "text/plain", "").await);
        answers.push(stranger.send(call, "application/json", "{").await);
        answers.push(stranger.get(&format!("/api/{call}")).await);
    }
    for path in [
        "",
        "/",
        "/session",
        "/return",
        "/account",
        "/account/sessions",
        "/nothing",
        "/../etc",
        "/%00",
    ] {
        answers.push(stranger.get(&format!("/api{path}")).await);
        answers.push(signed_in.get(&format!("/api{path}")).await);
    }
    let statuses: BTreeSet<u16> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    for status in [200, 202, 204, 303, 400, 401, 404, 405, 409, 415, 429] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
    for answer in answers {
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            (
                "permissions-policy",
                "camera=(), geolocation=(), microphone=()",
            ),
            ("strict-transport-security", "max-age=31536000"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(
                answer.header(name),
                value,
                "{} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

/// Every 429 and 503 says when to retry, in body and header.
fn tells_when(answer: &Answer, name: &str, seconds: u64) {
    let status = match name {
        "busy" | "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::TOO_MANY_REQUESTS,
    };
    let problem = answer.problem(status.as_u16(), name);
    assert_eq!(problem["retry_after"], seconds, "{name}");
    assert_eq!(answer.header("retry-after"), seconds.to_string(), "{name}");
}

#[tokio::test]
async fn every_rate_limited_answer_has_retry_after() {
    let service = Service::new();
    let (mut browser, _) = service.registering(KIM).await;
    tells_when(&browser.post("code", json!({})).await, "code-wait", 60);
    for _ in 0..5 {
        browser.enter("verify", "00000000").await;
        service
            .browser()
            .log_in(JO, OTHER_PASSWORD)
            .await
            .status(401);
    }
    tells_when(&browser.enter("verify", "00000000").await, "code-spent", 1);
    tells_when(
        &service.browser().log_in(JO, PASSWORD).await,
        "too-many",
        30,
    );
    for _ in 0..2 {
        service.advance(60);
        browser.post("code", json!({})).await.status(202);
        service.mails().await;
    }
    service.advance(60);
    tells_when(
        &browser.post("code", json!({})).await,
        "code-limit",
        12 * 60,
    );
    tells_when(
        &service.browser().register(KIM, PASSWORD).await,
        "too-many",
        12 * 60,
    );
    // Mail is not sent, so none is promised.
    service.browser().reset(JO).await.status(202);
    service.advance(12 * 60);
    tells_when(&service.browser().register(JO, PASSWORD).await, "busy", 60);
    tells_when(&service.browser().reset(KIM).await, "busy", 60);
    tells_when(&browser.post("code", json!({})).await, "busy", 60);
    // Before the first manifest.
    let dir = tempfile::tempdir().unwrap();
    let sidecar = Sidecar::open(crate::harness::options(dir.path())).unwrap();
    for (method, path) in [
        (Method::POST, "login"),
        (Method::GET, "account"),
        (Method::GET, "return"),
    ] {
        let answer = Ask::new(sidecar.router(), method, &format!("/api/{path}"))
            .send()
            .await;
        tells_when(&answer, "unavailable", 30);
    }
}

#[tokio::test]
async fn problems_are_described_in_the_readers_language() {
    let service = Service::new();
    let words = |language: &str, names: &[&str]| {
        let text = |name: &&str| {
            let title = format!("{name} in {language}");
            (
                (*name).to_owned(),
                ProblemText {
                    title,
                    detail: "…".into(),
                },
            )
        };
        (language.to_owned(), names.iter().map(text).collect())
    };
    let names = [
        "credentials-wrong",
        "signed-out",
        "not-found",
        "method-not-allowed",
        "code-wrong",
        "unsupported-type",
    ];
    service.sidecar.catalogue().replace(Manifest {
        problems: [
            words("en", &names),
            words("fr", &names),
            words("ar", &["credentials-wrong"]),
        ]
        .into(),
        ..manifest(service.dir.path())
    });
    let mut browser = service.browser();
    let login = |lang: Option<&str>| {
        let mut body = json!({ "email": JO, "password": PASSWORD });
        if let Some(lang) = lang {
            body["lang"] = lang.into();
        }
        body
    };
    let title = |answer: Answer| answer.json()["title"].as_str().unwrap().to_owned();
    // The default, the header, and before both the field.
    let answer = browser.post("login", login(None)).await;
    assert_eq!(title(answer), "credentials-wrong in en");
    let mut browser = browser.with("accept-language", "de, fr-CH;q=0.9, en;q=0.1");
    let answer = browser.post("login", login(None)).await;
    assert_eq!(title(answer), "credentials-wrong in fr");
    let answer = browser.post("login", login(Some("ar"))).await;
    assert_eq!(title(answer), "credentials-wrong in ar");
    // What is known of the language before any field is.
    assert_eq!(
        title(browser.send("login", "text/plain", "").await),
        "unsupported-type in fr"
    );
    for (path, name) in [
        ("account", "signed-out"),
        ("account/sessions", "signed-out"),
        ("nothing", "not-found"),
        ("login", "method-not-allowed"),
    ] {
        let answer = browser.get(&format!("/api/{path}")).await;
        assert_eq!(title(answer), format!("{name} in fr"));
    }
    // Missing words are the default language's; without those, the name is used.
    let answer = browser
        .post("newsletter", json!({ "subscribed": true, "lang": "ar" }))
        .await;
    assert_eq!(title(answer), "signed-out in en");
    let answer = browser.post("verify", json!({ "code": "1" })).await;
    assert_eq!(title(answer), "no-flow");
    // The flow's, before the header.
    let mut flow = service.browser().with("accept-language", "ar");
    let body = json!({ "email": KIM, "password": PASSWORD, "lang": "fr" });
    flow.post("register", body).await.status(202);
    assert_eq!(title(flow.enter("verify", "1").await), "code-wrong in fr");
    // The account's, before the header.
    let code = service.code_for(KIM).await;
    flow.enter("verify", &code).await.status(200);
    flow.cookies.remove("__Host-dateline-flow");
    let answer = flow
        .post("account/delete", json!({ "password": OTHER_PASSWORD }))
        .await;
    assert_eq!(title(answer), "credentials-wrong in fr");
    for lang in ["xx", "FR", "fr-FR", "en\r\nX-A: b", "../en", "en/"] {
        let problem = flow.post("logout", json!({ "lang": lang })).await;
        assert_eq!(problem.problem(422, "field-invalid")["field"], "lang");
    }
}

#[tokio::test]
async fn json_answers_contain_the_location_a_form_is_redirected_to() {
    for (call, fields) in CALLS {
        for is_signed_in in [false, true] {
            let service = [Service::new(), Service::new()];
            let [mut by_form, mut by_json] = match is_signed_in {
                true => [
                    service[0].registered(JO).await,
                    service[1].registered(JO).await,
                ],
                false => service.each_ref().map(Service::browser),
            };
            let form = by_form.form(call, fields).await;
            let json = by_json.post(call, object(fields)).await;
            let led = form.status(303).header("location");
            let told = match json.status.as_u16() {
                204 => json.header("location").to_owned(),
                _ => json.json()["location"].as_str().unwrap().to_owned(),
            };
            // Each made its own link.
            let whole = |place: &str| match place.split_once("#link-") {
                Some((page, _)) => page.to_owned(),
                None => place.to_owned(),
            };
            assert_eq!(whole(&told), whole(led), "{call} {is_signed_in}");
        }
    }
    let service = Service::new();
    for list in ["", "/sessions", "/links", "/downloads"] {
        let answer = service.browser().get(&format!("/api/account{list}")).await;
        let problem = answer.problem(401, "signed-out");
        assert_eq!(problem["location"], "/en/account/login/#signed-out");
    }
}
