//! What supervisors and balancers ask.

use std::time::Duration;

use axum::http::Method;
use dateline_auth::app::Sidecar;
use dateline_auth::domain::clock::Clock;
use dateline_contract::manifest::Manifest;

use crate::accounts::{Log, Service};
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

#[tokio::test]
async fn setting_the_clock_back_is_logged_once_and_degrades_readiness() {
    let log = Log::new();
    let service = Service::new();
    service.sidecar.start_jobs();
    let told = || log.text().matches("the clock was set back").count();
    let start = service.clock.now();
    let back = |seconds| start - jiff::SignedDuration::from_secs(seconds);
    for (seconds, ready, times) in [
        (0, "ok", 0),
        (60, "ok", 0),
        (61, "degraded", 1),
        (61, "degraded", 1),
        (100, "degraded", 1),
        (3600, "degraded", 2),
        (0, "ok", 2),
        (120, "degraded", 3),
    ] {
        service.clock.set(back(seconds));
        let answer = service.browser().get("/readyz").await;
        assert_eq!(answer.status(200).json()["status"], ready, "{seconds}");
        service.browser().get("/healthz").await.status(200);
        // The upkeep checks once a second, or later on a slow machine.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        for _ in 0..600 {
            if told() >= times {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(told(), times, "{seconds}: {}", log.text());
    }
    assert!(log.text().contains("seconds=3600"), "{}", log.text());
}
