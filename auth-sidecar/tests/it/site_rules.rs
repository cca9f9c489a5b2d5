//! The edge rules beside the site: headers, redirects, removed pages.

use std::time::Duration;

use axum::http::Method;

use crate::harness::write;
use crate::site::Pages;

const RULES: &str = r#"{ "version": 2,
    "headers": [
        { "path": "/*", "headers": {
            "Content-Security-Policy": "default-src 'none'", "Cache-Control": "max-age=60" } },
        { "path": "/assets/*", "headers": {
            "Cache-Control": "public, max-age=31536000, immutable" } },
        { "path": "/en/news/", "headers": { "X-Robots-Tag": "noindex" } } ],
    "redirects": [
        { "from": "/old/", "to": "/en/news/", "status": 301 },
        { "from": "/قديم/", "to": "/ar/أخبار/", "status": 308 },
        { "from": "/old/*", "to": "/en/", "status": 301 },
        { "from": "/story.asp?id=1", "to": "/en/news/", "status": 301 },
        { "from": "/100%25%2A", "to": "/en/news/", "status": 301 },
        { "from": "/en/", "to": "https://elsewhere.example/?a=%20b#c", "status": 302 } ],
    "gone": ["/en/gone/", "/fr/parti/", "/story.asp?id=2", "/fr/blog/*"] }"#;

#[tokio::test]
async fn headers_are_the_rules_own() {
    let pages = Pages::new(Some(RULES)).await;
    let news = pages.get("/en/news/").await;
    assert_eq!(news.header("content-security-policy"), "default-src 'none'");
    assert_eq!(news.header("cache-control"), "max-age=60");
    assert_eq!(news.header("x-robots-tag"), "noindex");
    assert_eq!(
        news.header("x-content-type-options"),
        "nosniff",
        "what no rule sets stays"
    );
    let css = pages.get("/assets/a.css").await;
    assert_eq!(
        css.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let missing = pages.get("/assets/no.css").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.header("cache-control"),
        "no-store",
        "a missing file must not be kept"
    );
    let api = pages.get("/api/none").await;
    assert!(
        api.header("content-security-policy").contains("media-src"),
        "not for the interface"
    );
}

#[tokio::test]
async fn redirects_lead_on() {
    let pages = Pages::new(Some(RULES)).await;
    for (path, status, to) in [
        ("/old/", 301, "/en/news/"),
        ("/old", 301, "/en/news/"),
        ("/old/?utm=1", 301, "/en/news/"),
        (
            "/%D9%82%D8%AF%D9%8A%D9%85/",
            308,
            "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/",
        ),
        ("/en/", 302, "https://elsewhere.example/?a=%20b#c"),
        ("/old/x/y.html", 301, "/en/"),
        ("/story.asp?id=1", 301, "/en/news/"),
        ("/100%25*", 301, "/en/news/"),
    ] {
        let answer = pages.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (status, to),
            "{path}"
        );
    }
    for path in ["/older", "/story.asp", "/story.asp?id=1&a", "/100%25x"] {
        assert_eq!(pages.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn removed_pages_are_gone_in_the_readers_language() {
    let pages = Pages::new(Some(RULES)).await;
    for (path, body) in [
        ("/en/gone/", "<p>missing"),
        ("/en/gone", "<p>missing"),
        ("/fr/parti/", "<p>retirée"),
        ("/fr/blog/2012/01/", "<p>retirée"),
        ("/story.asp?id=2", "<p>missing"),
    ] {
        let answer = pages.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (410, body),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn new_rules_are_followed_and_wrong_ones_are_not() {
    let pages = Pages::new(None).await;
    assert_eq!(pages.get("/old/").await.status, 404);
    let file = pages.path("edge/headers.json");
    write(&file, RULES);
    let mut tries = 0;
    while pages.get("/old/").await.status != 301 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tries += 1;
        assert!(tries < 1200, "the new rules were not read");
    }
    write(&file, r#"{"version": 9}"#);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(pages.get("/old/").await.status, 301);
}

#[tokio::test]
async fn the_themes_scripts_are_named_wherever_the_site_answers() {
    let rules = r#"{ "version": 2, "base_url": "https://news.example.org", "headers": [
        { "path": "/*", "headers": {
            "Content-Security-Policy": "default-src 'none'; script-src https://news.example.org/assets/a.js" } },
        { "path": "/files/*", "headers": {
            "Content-Security-Policy": "sandbox; default-src 'none'" } } ] }"#;
    let pages = Pages::new(Some(rules)).await;
    let policy = |host: &'static str, path: &'static str| {
        let ask = pages.ask(Method::GET, path).header("host", host);
        async move {
            ask.send()
                .await
                .header("content-security-policy")
                .to_owned()
        }
    };
    let built = "default-src 'none'; script-src https://news.example.org/assets/a.js";
    assert_eq!(
        policy("127.0.0.1:8001", "/en/").await,
        format!("{built} 127.0.0.1:8001/assets/a.js")
    );
    for odd in ["*", "a;script-src *", "'unsafe-inline'"] {
        assert_eq!(policy(odd, "/en/").await, built, "{odd}");
    }
    write(&pages.path("site/files/news/a.pdf"), "%PDF-1.7");
    assert_eq!(
        policy("localhost", "/files/news/a.pdf").await,
        "sandbox; default-src 'none'"
    );
}
