//! Wherever a reader came from, the way back leads to a page of this site.

use super::*;

/// Other places, in all spellings, and paths that are no page.
const ELSEWHERE: [&str; 44] = [
    "https://evil.example",
    "HTTPS://evil.example/",
    "http://news.example.org/",
    "https://news.example.org/en/",
    "//evil.example",
    "///evil.example",
    "////evil.example/en/",
    "//news.example.org@evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    " /en/",
    "\u{0}/en/",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/%2F/evil.example",
    "/%252f%252fevil.example",
    "/en/..//evil.example",
    "/.//evil.example",
    "/%2e%2e//evil.example",
    "/@evil.example",
    "/%40evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,evil",
    "vbscript:evil",
    "evil.example",
    ".evil.example",
    "?evil",
    "#evil",
    "/api/logout",
    "/%61pi/logout",
    "/en/../api/session",
    "/en/%0d%0aSet-Cookie:evil=1",
    "/en/\r\nLocation: https://evil.example",
    "／／evil.example",
];

#[tokio::test]
async fn no_return_path_leads_elsewhere() {
    let service = Service::new();
    let mut known = service.registered(JO).await;
    for (n, path) in ELSEWHERE.into_iter().enumerate() {
        for (call, email) in [
            ("register", format!("r{n}@example.com")),
            ("reset", format!("s{n}@example.com")),
        ] {
            let mut browser = service.browser_at(&format!("203.0.113.{n}"));
            let mut fields = vec![("email", email.as_str()), ("return_to", "/en/news/")];
            if call == "register" {
                fields.push(("password", PASSWORD));
            }
            browser.form(call, &fields).await.status(303);
            browser.get("/api/return").await.leads_to("/en/news/");
            fields[1].1 = path;
            browser.form(call, &fields).await.status(303);
            browser.get("/api/return").await.leads_to("/en/");
        }
        let fields = [("email", JO), ("password", PASSWORD), ("return_to", path)];
        let answer = known.form("login", &fields).await;
        answer.leads_to("/en/");
        let body = json!({ "email": JO, "password": PASSWORD, "return_to": path });
        let told = known.post("login", body).await.json();
        assert_eq!(told["return_to"], "/en/", "{path:?}");
        // Also after a login that failed, which keeps the way back.
        let fields = [("email", "x"), ("password", "x"), ("return_to", path)];
        known.form("login", &fields).await.status(303);
        known.get("/api/return").await.leads_to("/en/");
        let answer = known
            .form("logout", &[("return_to", path), ("lang", "fr")])
            .await;
        answer.leads_to("/fr/");
        service.mails().await;
    }
    let long = format!("/{}", "a".repeat(512));
    known
        .form("logout", &[("return_to", &long)])
        .await
        .leads_to("/en/");
}

#[tokio::test]
async fn a_whole_flow_stays_on_the_site() {
    let service = Service::new();
    let mut browser = service.browser();
    let evil = ("return_to", "//evil.example");
    let fields = [("email", JO), ("password", PASSWORD), evil];
    browser
        .form("register", &fields)
        .await
        .leads_to("/en/account/verify/");
    let code = service.code_for(JO).await;
    let told = browser.enter("verify", &code).await.json();
    assert_eq!(told["return_to"], "/en/");
    browser
        .form("reset", &[("email", JO), evil])
        .await
        .leads_to("/en/account/reset/verify/");
    let code = service.code_for(JO).await;
    browser.enter("reset/verify", &code).await.status(200);
    let body = json!({ "password": OTHER_PASSWORD });
    let told = browser.post("reset/password", body).await.json();
    assert_eq!(told["return_to"], "/en/");
    browser
        .get("/api/return")
        .await
        .leads_to("/en/account/login/");
    let fields = [("email", JO), ("password", OTHER_PASSWORD)];
    browser.form("login", &fields).await.leads_to("/en/");
    // A return path that was forged or changed in the cookie is ignored.
    let sealed = service
        .browser()
        .form(
            "login",
            &[
                ("email", "x"),
                ("password", "x"),
                ("return_to", "/en/news/"),
            ],
        )
        .await;
    let cookie = sealed
        .header("set-cookie")
        .split(['=', ';'])
        .nth(1)
        .unwrap()
        .to_owned();
    let mut at = cookie.len() - 8;
    at -= usize::from(cookie.as_bytes()[at] == b'A');
    let altered = format!("{}A{}", &cookie[..at], &cookie[at + 1..]);
    for (value, path) in [
        (cookie.clone(), "/en/news/"),
        (altered, "/en/"),
        ("w.k1.".to_owned(), "/en/"),
        (cookie.replacen("w.k1", "w.k2", 1), "/en/"),
        ("//evil.example".to_owned(), "/en/"),
        ("w./en/news/".to_owned(), "/en/"),
    ] {
        browser.cookies = [("__Host-dateline-flow".to_owned(), value)].into();
        browser.get("/api/return").await.leads_to(path);
    }
}
