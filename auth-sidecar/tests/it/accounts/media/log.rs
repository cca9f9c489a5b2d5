//! What is noted of downloads.

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::future::join_all;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use super::{Browser, Service};
use crate::accounts::{JO, KIM};
use crate::harness::{BROADCAST, BROADCAST_SIZE, PREVIEW};

impl Service {
    /// Which parts of each download were sent.
    async fn covered(&self) -> Vec<String> {
        let kept = self.downloads_kept().await;
        kept.iter()
            .map(|one| one.progress.covered.to_string())
            .collect()
    }
}

impl Browser {
    async fn part(&self, range: &str) {
        let ask = self.ask(Method::GET, BROADCAST).header("range", range);
        ask.send().await.status(206);
    }
}

#[tokio::test]
async fn a_download_row_records_account_file_time_and_bytes() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.get(BROADCAST).await.status(200);
    service.advance(5);
    service.flush().await;
    assert_eq!(
        jo.downloads().await,
        [json!({
            "dossier": "lisbon", "rendition": "broadcast", "sha256": format!("ab{}", "0".repeat(62)),
            "size": BROADCAST_SIZE, "bytes": BROADCAST_SIZE, "whole": true, "by_link": false, "terms": "2025-01",
            "started_at": "2025-02-01T12:00:00Z", "last_at": "2025-02-01T12:00:05Z",
            "ended": false,
        })]
    );
    let mut told = jo.get("/api/account").await.json();
    // What is held about one does not say what else is there today.
    told["downloads"][0]["ended"] = false.into();
    assert_eq!(told["downloads"], json!(jo.downloads().await));
    // It is visible to no other account.
    let mut kim = service.registered(KIM).await;
    assert!(kim.downloads().await.is_empty());
}

#[tokio::test]
async fn ranges_in_any_order_are_one_download() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.part("bytes=100000-").await;
    jo.part("bytes=0-49999").await;
    service.flush().await;
    jo.part("bytes=40000-99999").await;
    service.flush().await;
    let downloads = jo.downloads().await;
    assert_eq!(downloads.len(), 1);
    assert_eq!(downloads[0]["bytes"], 210_000);
    assert_eq!(downloads[0]["whole"], true);
    assert_eq!(service.covered().await, ["0-200000"]);
}

#[tokio::test]
async fn ranges_that_come_at_once_begin_one_download_and_copies_two() {
    let service = Service::new();
    let jo = service.registered(JO).await;
    let ask = |range: Option<String>| {
        let ask = jo.ask(Method::GET, BROADCAST);
        match range {
            Some(range) => ask.header("range", &range).send(),
            None => ask.send(),
        }
    };
    let ranges = (0..8).map(|n| {
        ask(Some(format!(
            "bytes={}-{}",
            n * 25_000,
            n * 25_000 + 24_999
        )))
    });
    for answer in join_all(ranges).await {
        answer.status(206);
    }
    service.flush().await;
    assert_eq!(service.covered().await, ["0-200000"]);
    for answer in join_all([ask(None), ask(None)]).await {
        answer.status(200);
    }
    service.flush().await;
    assert_eq!(service.downloads_kept().await.len(), 3);
}

#[tokio::test]
async fn a_download_is_resumed_over_a_restart_within_a_day() {
    let service = Service::new();
    let jo = service.registered(JO).await;
    jo.part("bytes=0-99999").await;
    service.flush().await;
    let cookies = jo.cookies.clone();
    drop(jo);
    let service = service.restart();
    service.advance(24 * 3600 - 1);
    let mut jo = service.browser();
    jo.cookies = cookies;
    jo.part("bytes=100000-").await;
    service.flush().await;
    let downloads = jo.downloads().await;
    assert_eq!((downloads.len(), &downloads[0]["whole"]), (1, &json!(true)));
    // The client may lack the last bytes that were sent.
    jo.part("bytes=199990-").await;
    service.flush().await;
    assert_eq!(jo.downloads().await.len(), 1);
    service.advance(24 * 3600);
    let mut later = service.browser();
    later
        .log_in(JO, crate::accounts::PASSWORD)
        .await
        .status(200);
    later.part("bytes=10-19").await;
    service.flush().await;
    assert_eq!(later.downloads().await.len(), 2, "a day old");
}

#[tokio::test]
async fn another_copy_from_the_start_is_another_download() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.part("bytes=0-9").await;
    service.flush().await;
    // An incomplete download is started again; a complete one is not.
    jo.get(BROADCAST).await.status(200);
    jo.get(BROADCAST).await.status(200);
    let path = jo.link().await;
    service.fetch(&path).await.status(200);
    service.flush().await;
    let sent: Vec<_> = jo
        .downloads()
        .await
        .iter()
        .map(|download| (download["bytes"].clone(), download["by_link"].clone()))
        .collect();
    let whole = json!(BROADCAST_SIZE);
    assert_eq!(
        sent,
        [
            (whole.clone(), json!(true)),
            (whole, json!(false)),
            (json!(BROADCAST_SIZE + 10), json!(false))
        ]
    );
}

#[tokio::test]
async fn bytes_the_client_did_not_read_are_not_counted() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let cookie = format!("__Host-dateline-session={}", jo.cookie("session"));
    let request = Request::get(BROADCAST).header("cookie", cookie);
    let request = request.body(Body::empty()).unwrap();
    let answer = service.sidecar.router().oneshot(request).await.unwrap();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.len() < BROADCAST_SIZE);
    assert_eq!(
        jo.downloads().await[0]["bytes"],
        first.len(),
        "while it runs"
    );
    drop(body);
    service.flush().await;
    service.flush().await;
    let downloads = jo.downloads().await;
    assert_eq!(downloads[0]["bytes"], first.len());
    assert_eq!(downloads[0]["whole"], false);
}

#[tokio::test]
async fn requests_without_a_body_record_no_download() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let etag = format!("\"ab{}\"", "0".repeat(62));
    for (method, name, value, status) in [
        (Method::HEAD, "accept", "*/*", 200),
        (Method::GET, "if-none-match", etag.as_str(), 304),
        (Method::GET, "if-match", "\"other\"", 412),
        (Method::GET, "range", "bytes=200000-", 416),
    ] {
        let answer = jo.ask(method, BROADCAST).header(name, value).send().await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
    }
    jo.get(PREVIEW).await.status(200);
    service.flush().await;
    assert!(jo.downloads().await.is_empty());
}

#[tokio::test]
async fn the_log_forgets_after_thirteen_months() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.get(BROADCAST).await.status(200);
    service.flush().await;
    service.advance(396 * 24 * 3600 - 1);
    service.sweep().await;
    assert_eq!(service.downloads_kept().await.len(), 1);
    service.advance(1);
    service.sweep().await;
    assert!(service.downloads_kept().await.is_empty());
}

#[tokio::test]
async fn it_holds_no_address_and_no_browser() {
    let service = Service::new();
    let jo = service.registered(JO).await;
    let mut jo = jo
        .with("user-agent", "Unusual/7.3")
        .with("x-forwarded-for", "203.0.113.77");
    jo.get(BROADCAST).await.status(200);
    service.flush().await;
    let rows = format!("{:?}", service.downloads_kept().await);
    assert!(
        !rows.contains("203.0.113") && !rows.contains("Unusual"),
        "{rows:?}"
    );
}
