//! With a session, and without one.

use axum::http::Method;
use dateline_auth::config::MediaRedirect;

use crate::accounts::{Browser, JO, PASSWORD, Service, manifest};
use crate::harness::{BROADCAST, BROADCAST_SIZE, broadcast_bytes};

/// The headers of a browser that follows a link.
const DOCUMENT: [(&str, &str); 2] = [
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("sec-fetch-dest", "document"),
];

#[tokio::test]
async fn a_session_grants_the_file() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let answer = jo.get(BROADCAST).await;
    answer.status(200);
    assert!(answer.body == broadcast_bytes());
    for (name, value) in [
        ("content-type", "video/quicktime"),
        (
            "content-disposition",
            "attachment; filename=\"broadcast.mov\"",
        ),
        ("accept-ranges", "bytes"),
        ("content-length", "200000"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("etag").starts_with("\"ab00"));
    assert!(answer.header("repr-digest").starts_with("sha-256=:qw"));
    let head = jo.ask(Method::HEAD, BROADCAST).send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let part = jo.ask(Method::GET, BROADCAST).header("range", "bytes=-10");
    let part = part.send().await;
    assert_eq!(part.status(206).body, broadcast_bytes()[199_990..]);
    jo.post("logout", serde_json::json!({})).await.status(204);
    jo.get(BROADCAST).await.problem(401, "signed-out");
}

#[tokio::test]
async fn a_browser_without_a_session_logs_in_and_comes_back_to_the_file_it_wanted() {
    let service = Service::new();
    service.registered(JO).await;
    for (language, page) in [
        ("en", "/en/video/lisbon/"),
        ("fr", "/fr/video/lisbon/"),
        // The dossier has no Arabic page.
        ("ar", "/en/video/lisbon/"),
    ] {
        let mut browser = DOCUMENT.iter().fold(
            service.browser().with("accept-language", language),
            |browser, (name, value)| browser.with(name, value),
        );
        let answer = browser.get(BROADCAST).await;
        answer.leads_to(&format!("/{language}/account/login/"));
        assert!(!answer.header("location").contains("lisbon"));
        let fields = [("email", JO), ("password", PASSWORD)];
        let answer = browser.form("login", &fields).await;
        answer.leads_to(&format!("{page}#rendition-broadcast"));
        assert_eq!(browser.get(BROADCAST).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn registration_returns_to_the_requested_rendition() {
    let service = Service::new();
    let mut browser = DOCUMENT
        .iter()
        .fold(service.browser(), |browser, (name, value)| {
            browser.with(name, value)
        });
    browser.get(BROADCAST).await.status(303);
    let fields = [("email", JO), ("password", PASSWORD)];
    let answer = browser.form("register", &fields).await;
    answer.leads_to("/en/account/verify/");
    let code = service.code_for(JO).await;
    let answer = browser.form("verify", &[("code", &code)]).await;
    answer.leads_to("/en/account/welcome/");
    let answer = browser.get("/api/return").await;
    answer.leads_to("/en/video/lisbon/#rendition-broadcast");
}

#[tokio::test]
async fn programs_prefetches_and_subresources_get_a_problem_and_no_cookie() {
    let service = Service::new();
    for extra in [
        ("accept", "*/*"),
        ("range", "bytes=0-"),
        ("sec-fetch-dest", "video"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-dest", "iframe"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
    ] {
        let browser = DOCUMENT
            .iter()
            .chain([&extra])
            .fold(service.browser(), |browser, (name, value)| {
                browser.with(name, value)
            });
        let answer = browser.ask(Method::GET, BROADCAST).send().await;
        answer.problem(401, "signed-out");
        assert_eq!(answer.header("set-cookie"), "", "{extra:?}");
    }
    let head = DOCUMENT
        .iter()
        .fold(service.browser(), |browser, (name, value)| {
            browser.with(name, value)
        });
    let head = head.ask(Method::HEAD, BROADCAST).send().await;
    assert_eq!(head.status.as_u16(), 401);
}

#[tokio::test]
async fn the_cookie_of_an_ended_session_is_cleared() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    service.set_disabled(JO, true).await;
    jo.get(BROADCAST).await.problem(401, "signed-out");
    assert_eq!((jo.cookie("session"), jo.cookie("signed-in")), ("", ""));
}

#[tokio::test]
async fn terms_are_accepted_by_version() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    for query in ["", "?terms=2025-01", "?other=1"] {
        let answer = jo.get(&format!("{BROADCAST}{query}")).await;
        answer.status(200);
    }
    for query in ["?terms=2024-12", "?terms=", "?terms=2025-01&terms=2025-01"] {
        let answer = jo.get(&format!("{BROADCAST}{query}")).await;
        let problem = answer.problem(409, "terms-required");
        assert_eq!(problem["version"], "2025-01");
        assert_eq!(problem["page"], "/en/video/lisbon/");
    }
    let mut browser = DOCUMENT
        .iter()
        .fold(jo, |browser, (name, value)| browser.with(name, value));
    let answer = browser.get(&format!("{BROADCAST}?terms=2024-12")).await;
    answer.leads_to("/en/video/lisbon/#terms");
    service.flush().await;
    let kept = service.downloads_kept().await;
    assert!(!kept.is_empty() && kept.iter().all(|one| one.wanted.terms == "2025-01"));
}

/// The same address, the same size, another file: the checksums of both.
fn replace_broadcast(service: &Service) -> (String, String) {
    let mut changed = manifest(service.dir.path());
    let renditions = &mut changed.media.get_mut("lisbon").unwrap().renditions;
    let broadcast = renditions.get_mut("broadcast").unwrap();
    let new = "cd".repeat(32);
    broadcast.key = format!("cd/{new}/broadcast.mov");
    let old = std::mem::replace(&mut broadcast.sha256, new.clone());
    let path = service.dir.path().join("media").join(&broadcast.key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; BROADCAST_SIZE]).unwrap();
    service.sidecar.catalogue().replace(changed);
    (old, new)
}

/// nginx may have been interrupted: a complete grant is not a complete download.
#[tokio::test]
async fn nor_where_another_server_sends_the_files() {
    let service = Service::with(|options| {
        options.media_redirect = MediaRedirect::XAccel("/_media/".into());
    });
    let mut jo = service.registered(JO).await;
    jo.get(BROADCAST).await.status(200);
    let rest = |browser: &Browser| {
        let ask = browser.ask(Method::GET, BROADCAST);
        ask.header("range", "bytes=100-").send()
    };
    service.flush().await;
    rest(&jo).await.status(200);
    service.flush().await;
    assert_eq!(jo.downloads().await.len(), 1, "it goes on");
    replace_broadcast(&service);
    for _ in 0..2 {
        rest(&jo).await.problem(412, "precondition-failed");
        service.flush().await;
    }
    jo.get(BROADCAST).await.status(200);
    rest(&jo).await.status(200);
}

#[tokio::test]
async fn a_resume_never_joins_two_contents() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let link = jo.link().await;
    // What was had before is whole, and still remembered.
    jo.get(BROADCAST).await.status(200);
    let part = |browser: &Browser, range: &str, tag: Option<&str>| {
        let ask = browser.ask(Method::GET, BROADCAST).header("range", range);
        let ask = match tag {
            Some(tag) => ask.header("if-range", tag),
            None => ask,
        };
        ask.send()
    };
    service.flush().await;
    part(&jo, "bytes=0-99", None).await.status(206);
    let (old, _) = replace_broadcast(&service);

    for _ in 0..2 {
        // As it is gathered, and as it is written down.
        let answer = part(&jo, "bytes=100-", None).await;
        answer.problem(412, "precondition-failed");
        service.flush().await;
    }
    let old = format!("\"{old}\"");
    let answer = part(&jo, "bytes=100-", Some(&old)).await;
    assert_eq!(answer.status(200).body.len(), BROADCAST_SIZE);
    service.flush().await;
    // The new file was sent completely: from here on it is the one to resume.
    part(&jo, "bytes=100-", None).await.status(206);
    let answer = service.fetch(&link).await;
    answer.problem(410, "link-gone");
}

#[tokio::test]
async fn a_browser_navigation_gets_problems_as_plain_text() {
    let service = Service::new();
    let jo = service.registered(JO).await;
    let mut browser = DOCUMENT
        .iter()
        .fold(jo, |browser, (name, value)| browser.with(name, value));
    let answer = browser.get("/api/media/lisbon/nothing").await;
    assert_eq!(
        answer.status(404).header("content-type"),
        "text/plain; charset=utf-8"
    );
    assert_eq!(answer.text(), "not-found in English. What to do\n");
}

#[tokio::test]
async fn an_embargoed_file_is_available_from_its_release_to_those_allowed() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let path = "/api/media/embargoed/broadcast";
    let link = "media/embargoed/broadcast/link";
    service.advance(3599);
    jo.get(path).await.problem(404, "not-found");
    jo.post(link, serde_json::json!({}))
        .await
        .problem(404, "not-found");
    service.fetch(path).await.problem(404, "not-found");
    service.advance(1);
    assert_eq!(jo.get(path).await.status(200).text(), "both");
    jo.post(link, serde_json::json!({})).await.status(201);
    service.fetch(path).await.problem(401, "signed-out");
}

#[tokio::test]
async fn another_sites_page_starts_no_download_in_ones_session() {
    let service = Service::new();
    let owner = service.registered(JO).await;
    let own = "https://news.example.org/en/video/lisbon/";
    let cases: [(&[(&str, &str)], u16); 9] = [
        (&[], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("referer", own)], 200),
        (&[("sec-fetch-site", "cross-site")], 303),
        (&[("sec-fetch-site", "same-site")], 303),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            303,
        ),
        (
            &[("referer", "https://evil.example/news.example.org/")],
            303,
        ),
        (
            &[("referer", "https://news.example.org.evil.example/")],
            303,
        ),
    ];
    for (headers, status) in cases {
        let mut browser = owner.clone();
        browser.headers.clear();
        for (name, value) in headers {
            browser = browser.with(name, value);
        }
        let answer = browser.get(BROADCAST).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        if status == 303 {
            answer.leads_to("/en/video/lisbon/");
        }
    }
}
