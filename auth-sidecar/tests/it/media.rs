//! Which files there are, for whom, and with which headers.

use axum::http::Method;

use crate::harness::{MODIFIED_HTTP, Newsroom, PREVIEW, PREVIEW_ETAG, at, preview_bytes};

#[tokio::test]
async fn a_public_rendition_has_all_that_a_download_needs() {
    let newsroom = Newsroom::new();
    let answer = newsroom.get(PREVIEW).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body == preview_bytes());
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "150000"),
        ("content-disposition", "inline; filename=\"preview.mp4\""),
        ("etag", PREVIEW_ETAG),
        ("last-modified", MODIFIED_HTTP),
        (
            "repr-digest",
            "sha-256=:qgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:",
        ),
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=600"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let csp = answer.header("content-security-policy");
    assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(
        answer.header("strict-transport-security"),
        "",
        "not in development"
    );
}

#[tokio::test]
async fn head_gives_the_same_headers_without_content() {
    let newsroom = Newsroom::new();
    let get = newsroom.get(PREVIEW).await;
    let head = newsroom.ask(Method::HEAD, PREVIEW).send().await;
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    for (name, value) in &get.headers {
        if name != "x-request-id" {
            assert_eq!(head.headers.get(name), Some(value), "{name}");
        }
    }
}

#[tokio::test]
async fn names_in_any_script_survive() {
    let newsroom = Newsroom::new();
    let answer = newsroom.get("/api/media/lisbon/captions-ar").await;
    assert_eq!(answer.text(), "WEBVTT\n");
    assert_eq!(answer.header("content-type"), "text/vtt; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "inline; filename=\"_____.vtt\"; filename*=UTF-8''%D8%AA%D8%B1%D8%AC%D9%85%D8%A9.vtt"
    );
}

#[tokio::test]
async fn gated_renditions_need_an_account_whatever_is_asked() {
    let newsroom = Newsroom::new();
    let gated = "/api/media/lisbon/broadcast";
    newsroom.get(gated).await.problem(401, "signed-out");
    for (name, value) in [
        ("range", "bytes=0-1"),
        ("if-none-match", "*"),
        ("if-match", "\"x\""),
        ("cookie", "__Host-dateline-session=guess"),
        ("authorization", "Bearer guess"),
    ] {
        let answer = newsroom
            .ask(Method::GET, gated)
            .header(name, value)
            .send()
            .await;
        answer.problem(401, "signed-out");
        assert_eq!(answer.header("etag"), "");
    }
    let head = newsroom.ask(Method::HEAD, gated).send().await;
    assert_eq!(head.status, 401);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn an_embargo_ends_at_its_exact_second() {
    let newsroom = Newsroom::new();
    let unknown = newsroom.get("/api/media/no-such/preview").await;
    for name in ["preview", "broadcast"] {
        let path = format!("/api/media/embargoed/{name}");
        newsroom.clock.set(at("2025-02-01T12:59:59.999Z"));
        let before = newsroom.get(&path).await;
        before.problem(404, "not-found");
        assert_eq!(before.body, unknown.body, "as if it did not exist");
        let names = |headers: &axum::http::HeaderMap| {
            headers.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(&before.headers), names(&unknown.headers));
    }
    newsroom.clock.set(at("2025-02-01T13:00:00Z"));
    assert_eq!(
        newsroom.get("/api/media/embargoed/preview").await.text(),
        "embargoed"
    );
    newsroom
        .get("/api/media/embargoed/broadcast")
        .await
        .problem(401, "signed-out");
}

#[tokio::test]
async fn only_names_of_the_catalogue_exist() {
    let newsroom = Newsroom::new();
    std::fs::write(newsroom.dir.path().join("secret"), "secret").unwrap();
    for path in [
        "/api/media/lisbon/no-such",
        "/api/media/Lisbon/preview",
        "/api/media/lisbon/preview/",
        "/api/media/lisbon/",
        "/api/media/lisbon",
        "/api/media//preview",
        "/api/media/",
        "/api/media",
        "/api/media/../secret",
        "/api/media/../../etc/passwd",
        "/api/media/lisbon/..",
        "/api/media/lisbon/../../secret",
        "/api/media/lisbon/..%2f..%2fsecret",
        "/api/media/..%2F..%2Fsecret/preview",
        "/api/media/%2e%2e/%2e%2e%2fsecret",
        "/api/media/%252e%252e%252fsecret/preview",
        "/api/media/..%5c..%5csecret/preview",
        "/api/media/..%c0%af..%c0%afsecret/preview",
        "/api/media/%c0%ae%c0%ae/preview",
        "/api/media/%ff%fe/preview",
        "/api/media/lisbon%00/preview",
        "/api/media/lisbon/preview%00.mp4",
        "/api/media/lisbon%0d%0aX-Evil:%20yes/preview",
        "/api/media/lisbon/%2fetc%2fpasswd",
        "/api/media/lisbon/aa%2faa00000000000000000000000000000000000000000000000000000000000000%2fpreview.mp4",
        "/api/media/lisbon/preview.mp4",
        "/api",
        "/api/",
        "/api/none",
        "/api/none/at/all",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = newsroom.ask(method.clone(), path).send().await;
            assert_eq!(answer.status, 404, "{method} {path}");
            if method == Method::GET {
                answer.problem(404, "not-found");
            }
            assert_eq!(answer.header("x-evil"), "");
        }
    }
    let same = newsroom.get("/api/media/lisbo%6E/preview?x=1").await;
    assert_eq!(same.status, 200, "another spelling of the same name");
}

#[tokio::test]
async fn a_file_that_differs_from_the_manifest_is_not_served() {
    let newsroom = Newsroom::new();
    for name in ["altered", "missing"] {
        let path = format!("/api/media/lisbon/{name}");
        for range in ["bytes=0-", "none"] {
            let answer = newsroom
                .ask(Method::GET, &path)
                .header("range", range)
                .send()
                .await;
            let problem = answer.problem(503, "unavailable");
            assert_eq!(
                problem["retry_after"].to_string(),
                answer.header("retry-after")
            );
            assert!(
                !answer.text().contains("mp4"),
                "the reader is told no file names"
            );
        }
        assert_eq!(newsroom.ask(Method::HEAD, &path).send().await.status, 503);
    }
}

#[tokio::test]
async fn a_symlink_does_not_lead_out_of_the_media_folder() {
    let newsroom = Newsroom::new();
    let key = &newsroom.manifest.media["lisbon"].renditions["missing"].key;
    let secret = newsroom.dir.path().join("secret");
    std::fs::write(&secret, "x").unwrap();
    std::os::unix::fs::symlink(secret, newsroom.dir.path().join("media").join(key)).unwrap();
    newsroom
        .get("/api/media/lisbon/missing")
        .await
        .problem(503, "unavailable");
}

#[tokio::test]
async fn other_methods_answer_405_with_allow() {
    let newsroom = Newsroom::new();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for path in [PREVIEW, "/api/media/lisbon/broadcast", "/healthz"] {
            let answer = newsroom.ask(method.clone(), path).send().await;
            answer.problem(405, "method-not-allowed");
            assert_eq!(answer.header("allow"), "GET,HEAD", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_new_manifest_counts_from_the_next_request() {
    let newsroom = Newsroom::new();
    let mut manifest = newsroom.manifest.clone();
    let lisbon = manifest.media.get_mut("lisbon").unwrap();
    lisbon.renditions.get_mut("preview").unwrap().gated = true;
    newsroom.sidecar.catalogue().replace(manifest);
    newsroom.get(PREVIEW).await.problem(401, "signed-out");
}
