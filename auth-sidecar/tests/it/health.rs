//! What supervisors and balancers ask.

use axum::http::Method;
use dateline_auth::app::Sidecar;
use dateline_auth::manifest::Manifest;

use crate::harness::{Ask, Newsroom, PREVIEW, options};

#[tokio::test]
async fn alive_and_ready() {
    let newsroom = Newsroom::new();
    for path in ["/healthz", "/readyz"] {
        let answer = newsroom.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), r#"{"status":"ok"}"#);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn before_the_first_manifest_it_lives_but_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let sidecar = Sidecar::open(options(dir.path())).unwrap();
    let get = |path: &str| Ask::new(sidecar.router(), Method::GET, path).send();
    assert_eq!(get("/healthz").await.status, 200);
    assert_eq!(get("/readyz").await.status, 503);
    get(PREVIEW).await.problem(503, "unavailable");
    sidecar.catalogue().replace(Manifest::default());
    assert_eq!(get("/readyz").await.status, 200);
    get(PREVIEW).await.problem(404, "not-found");
}

#[tokio::test]
async fn pages_of_the_caller_are_its_own_business_but_not_under_api() {
    let newsroom = Newsroom::new();
    let router = newsroom.sidecar.router().fallback(|| async { "a page" });
    let get = |path: &str| Ask::new(router.clone(), Method::GET, path).send();
    assert_eq!(get("/").await.text(), "a page");
    assert_eq!(get("/apis").await.text(), "a page");
    get("/api").await.problem(404, "not-found");
    get("/api/none").await.problem(404, "not-found");
    assert_eq!(get(PREVIEW).await.status, 200);
}
