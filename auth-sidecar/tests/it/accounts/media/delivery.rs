//! How much at once, and files that the web server in front sends.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use dateline_auth::config::MediaRedirect;
use dateline_auth::domain::clock::Clock;
use jiff::Timestamp;

use super::{Browser, Service};
use crate::accounts::JO;
use crate::harness::{
    Answer, BROADCAST, MODIFIED_HTTP, NOW, PREVIEW, PREVIEW_ETAG, at, preview_bytes,
};

async fn ask(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = browser.ask(Method::GET, path);
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value))
        .send()
        .await
}

fn key(byte: &str, name: &str) -> String {
    format!("{byte}/{byte}{}/{name}", "0".repeat(62))
}

#[tokio::test]
async fn as_many_downloads_at_once_as_an_account_may_have() {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    let service = Service::with(|options| options.limits.transfers.account = 2);
    let mut jo = service.registered(JO).await;
    let cookie = format!("__Host-dateline-session={}", jo.cookie("session"));
    let begin = || {
        let request = Request::get(BROADCAST).header("cookie", &cookie);
        let request = request.body(Body::empty()).unwrap();
        service.sidecar.router().oneshot(request)
    };
    let one = begin().await.unwrap();
    let _two = begin().await.unwrap();
    assert_eq!((one.status().as_u16(), _two.status().as_u16()), (200, 200));
    let refused = jo.get(BROADCAST).await;
    let problem = refused.problem(429, "too-many-downloads");
    assert_eq!(problem["retry_after"], 30);
    assert_eq!(refused.header("retry-after"), "30");
    // More of one that runs is no more downloads, nor is what everybody may have.
    let part = jo.ask(Method::GET, BROADCAST).header("range", "bytes=5-9");
    part.send().await.status(206);
    jo.get(PREVIEW).await.status(200);
    drop(one);
    jo.get(BROADCAST).await.status(200);
}

#[tokio::test]
async fn x_accel_answers_name_the_file_and_all_headers_nginx_needs() {
    let service = Service::with(|options| {
        options.media_redirect = MediaRedirect::XAccel("/_media/".into());
    });
    let mut jo = service.registered(JO).await;
    let answer = ask(&jo, PREVIEW, &[]).await;
    answer.status(200);
    for (name, value) in [
        (
            "x-accel-redirect",
            format!("/_media/{}", key("aa", "preview.mp4")).as_str(),
        ),
        ("etag", PREVIEW_ETAG),
        ("content-type", "video/mp4"),
        ("content-disposition", "inline; filename=\"preview.mp4\""),
        ("accept-ranges", ""),
        ("content-length", "0"),
        ("cache-control", "public, max-age=600"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.body.is_empty() && !answer.header("repr-digest").is_empty());
    // A range is nginx's to cut; what has no content is answered here.
    let part = ask(&jo, PREVIEW, &[("range", "bytes=5-9")]).await;
    assert_eq!(part.status(200).header("content-range"), "");
    assert!(part.header("x-accel-redirect").ends_with("preview.mp4"));
    for (header, status) in [
        (("if-none-match", PREVIEW_ETAG), 304),
        (("if-match", "\"x\""), 412),
        (("range", "bytes=150000-"), 416),
    ] {
        let answer = ask(&jo, PREVIEW, &[header]).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("x-accel-redirect"), "");
    }
    // What nginx would judge by the file on its disk is sent from here.
    let part = ("range", "bytes=5-9");
    for asked in [
        &[("if-match", PREVIEW_ETAG)][..],
        &[("if-unmodified-since", MODIFIED_HTTP)],
        // nginx treats dates and invalid ranges differently.
        &[part, ("if-range", MODIFIED_HTTP)],
        &[part, ("if-range", "\"stale\"")],
        &[("range", "bytes=9-5")],
        &[("range", "bytes=0-4,6-9")],
    ] {
        let answer = ask(&jo, PREVIEW, asked).await;
        assert_eq!(answer.status(200).header("x-accel-redirect"), "");
        assert!(answer.body == preview_bytes());
    }
    let same = ask(&jo, PREVIEW, &[part, ("if-range", PREVIEW_ETAG)]).await;
    assert!(same.header("x-accel-redirect").ends_with("preview.mp4"));
    let unusual = ask(&jo, "/api/media/lisbon/captions-ar", &[]).await;
    assert!(
        unusual
            .header("x-accel-redirect")
            .ends_with("/%D8%AA%D8%B1%D8%AC%D9%85%D8%A9.vtt")
    );
    // Who may not have it is not redirected either, and what was granted is noted as granted.
    let answer = service.fetch(BROADCAST).await;
    answer.problem(401, "signed-out");
    assert_eq!(answer.header("x-accel-redirect"), "");
    for range in ["bytes=0-99999", "bytes=100000-"] {
        ask(&jo, BROADCAST, &[("range", range)]).await.status(200);
    }
    service.flush().await;
    let kept = service.downloads_kept().await;
    assert_eq!((kept.len(), kept[0].progress.bytes), (1, 200_000));
    assert!(kept[0].whole && kept[0].wanted.granted);
    assert_eq!(jo.downloads().await[0]["whole"], true);
    for path in ["/api/media/lisbon/missing", "/api/media/lisbon/altered"] {
        ask(&jo, path, &[]).await.problem(503, "unavailable");
    }
}

#[tokio::test]
async fn x_sendfile_answers_name_the_absolute_path() {
    let service = Service::with(|options| options.media_redirect = MediaRedirect::XSendfile);
    let answer = service.fetch(PREVIEW).await;
    let folder = service.dir.path().join("media");
    let path = folder.join(key("aa", "preview.mp4"));
    assert_eq!(
        answer.status(200).header("x-sendfile"),
        path.to_str().unwrap()
    );
}

/// By the runtime's time, which passes only while everybody waits.
struct Paused(tokio::time::Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        at(NOW)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

#[tokio::test(start_paused = true)]
async fn bandwidth_is_shared() {
    let service = Service::with(|options| {
        options.clock = Arc::new(Paused(tokio::time::Instant::now()));
        options.limits.transfers.account_rate = 100_000;
        options.limits.transfers.rate = 1_000_000;
    });
    let mut jo = service.registered(JO).await;
    let started = tokio::time::Instant::now();
    jo.get(BROADCAST).await.status(200);
    let took = started.elapsed().as_secs_f64();
    // 200 000 bytes at 100 000 a second, of which a quarter of a second may be ahead and the last chunk is not waited for.
    assert!((1.0..2.1).contains(&took), "{took}");
}
