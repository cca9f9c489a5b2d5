//! Media in a bucket whose store does as a test says: where readers are led, what is passed on, and every fault.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, Uri};
use dateline_auth::app::SidecarOptions;
use dateline_auth::config::MediaRedirect;
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;

use crate::accounts::{Browser, JO, Log, Service, manifest};
use crate::harness::{
    Answer, BROADCAST, BROADCAST_SIZE, PREVIEW, PREVIEW_ETAG, broadcast_bytes, preview_bytes,
};
use crate::peer::source;

/// What the store answers instead of files: status, headers, body.
type Canned = (u16, Vec<(&'static str, String)>, String);

/// A store that sends the files of a folder.
#[derive(Clone)]
struct Store(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    canned: Mutex<Option<Canned>>,
    /// What was asked for: path and query, and the range.
    asked: Mutex<Vec<(String, String)>>,
}

impl Store {
    /// Its origin too.
    async fn start(folder: PathBuf) -> (Self, String) {
        let store = Self(Arc::new(Inner {
            folder,
            canned: Mutex::default(),
            asked: Mutex::default(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(io, service),
                );
            }
        });
        (store, origin)
    }

    fn says(&self, canned: Option<Canned>) {
        *self.0.canned.lock().unwrap() = canned;
    }

    fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.0.asked.lock().unwrap())
    }
}

async fn answer(State(store): State<Store>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let range = headers
        .get("range")
        .map_or("", |range| range.to_str().unwrap());
    let asked = (uri.to_string(), range.to_owned());
    store.0.asked.lock().unwrap().push(asked);
    if let Some((status, headers, body)) = store.0.canned.lock().unwrap().clone() {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        if !response
            .headers_ref()
            .unwrap()
            .contains_key("content-length")
        {
            return response.body(Body::from(body)).unwrap();
        }
        // Shorter than it is said to be: it breaks off when this much is on its way.
        let breaks = async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            Err(std::io::Error::other("broken"))
        };
        let body = stream::iter([Ok(body)]).chain(stream::once(breaks));
        return response.body(Body::from_stream(body)).unwrap();
    }
    let key = uri.path().strip_prefix("/clips/press/").unwrap();
    let key = percent_encoding::percent_decode_str(key)
        .decode_utf8()
        .unwrap();
    let Ok(bytes) = std::fs::read(store.0.folder.join(&*key)) else {
        let body = error("NoSuchKey");
        return Response::builder()
            .status(404)
            .body(Body::from(body))
            .unwrap();
    };
    let Some((from, to)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Response::new(Body::from(bytes));
    };
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let (size, to) = (bytes.len(), to.min(bytes.len().saturating_sub(1)));
    if from >= size {
        let body = error("InvalidRange");
        return Response::builder()
            .status(416)
            .body(Body::from(body))
            .unwrap();
    }
    Response::builder()
        .status(206)
        .header("content-range", format!("bytes {from}-{to}/{size}"))
        .body(Body::from(bytes[from..=to].to_vec()))
        .unwrap()
}

fn error(code: &str) -> String {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>said</Message></Error>")
}

/// A service whose media are in such a store.
async fn service(redirect: MediaRedirect) -> (Service, Store, String) {
    let service = Service::new();
    let (store, origin) = Store::start(service.dir.path().join("media")).await;
    let place = format!("s3://clips/press?endpoint={origin}");
    let in_bucket = |options: &mut SidecarOptions| {
        options.media = source(&place);
        options.media_redirect = redirect;
    };
    (service.reopened(|_| {}, in_bucket), store, origin)
}

async fn ask(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = browser.ask(Method::GET, path);
    let ask = headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value));
    ask.send().await
}

/// Status, code and headers of a refusal, and what the log must say of it.
type Refused<'a> = (u16, &'a str, &'a [(&'static str, String)], [&'a str; 2]);

/// What a signed address says, by name.
fn said(address: &str) -> std::collections::BTreeMap<String, String> {
    let query = address.split_once('?').unwrap().1;
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.into_owned().collect()
}

#[tokio::test]
async fn readers_are_led_to_the_store_and_hold_our_address() {
    let (service, store, origin) = service(MediaRedirect::Presigned).await;
    let mut jo = service.registered(JO).await;
    let answer = ask(&jo, BROADCAST, &[]).await;
    let place = answer.status(307).header("location");
    assert!(
        place.starts_with(&format!("{origin}/clips/press/ab/ab")),
        "{place}"
    );
    for (name, value) in [
        ("X-Amz-Expires", "60"),
        ("response-cache-control", "no-store"),
        ("response-content-type", "video/quicktime"),
        (
            "response-content-disposition",
            "attachment; filename=\"broadcast.mov\"",
        ),
    ] {
        assert_eq!(said(place)[name], value);
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-length", "0"),
        ("etag", ""),
        ("content-type", ""),
        ("accept-ranges", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    // That the object is there was looked at once, and is remembered.
    assert_eq!(store.asked().len(), 1);
    ask(&jo, BROADCAST, &[("range", "bytes=5-9")])
        .await
        .status(307);
    let head = jo.ask(Method::HEAD, BROADCAST).send().await;
    assert_eq!(head.status(200).header("content-length"), "200000");
    assert!(head.header("etag").starts_with("\"ab00"));
    assert!(store.asked().is_empty());
    // Whom our checks refuse is led nowhere.
    let stranger = ask(&service.browser(), BROADCAST, &[]).await;
    stranger.problem(401, "signed-out");
    assert_eq!(stranger.header("location"), "");
    service.flush().await;
    let kept = service.downloads_kept().await;
    assert_eq!((kept.len(), kept[0].progress.bytes), (1, 200_005));
    assert!(kept[0].wanted.granted, "not sent: granted");
    assert_eq!(jo.downloads_shown().await, 1);
    // A signed address is never good beyond the file's end, and a public one for an hour.
    let public = ask(&jo, PREVIEW, &[]).await;
    let life =
        |answer: &Answer| said(answer.status(307).header("location"))["X-Amz-Expires"].clone();
    assert_eq!(life(&public), "3600");
    let mut ending = manifest(service.dir.path());
    for edition in ending
        .media
        .get_mut("lisbon")
        .unwrap()
        .editions
        .values_mut()
    {
        edition.expires = Some("2025-02-01T12:00:30Z".into());
    }
    service.sidecar.catalogue().replace(ending);
    assert_eq!(life(&ask(&jo, PREVIEW, &[]).await), "30");
    assert_eq!(life(&ask(&jo, BROADCAST, &[]).await), "30");
}

#[tokio::test]
async fn the_store_judges_its_own_validators_and_we_judge_ours() {
    let (service, store, _) = service(MediaRedirect::Presigned).await;
    let jo = service.registered(JO).await;
    let part = ("range", "bytes=5-9");
    let theirs = "\"5d41402abc4b2a76b9719d911017c592\"";
    for led in [
        &[("if-range", theirs), part][..],
        &[("if-match", theirs)],
        &[("if-none-match", theirs)],
        &[("if-modified-since", "Sat, 01 Feb 2025 00:00:00 GMT")],
        &[("if-unmodified-since", "Sat, 01 Feb 2020 00:00:00 GMT")],
        &[part, ("sec-fetch-mode", "no-cors")],
    ] {
        ask(&jo, PREVIEW, led).await.status(307);
    }
    store.asked();
    let whole = preview_bytes();
    for (own, status, bytes) in [
        (&[("if-range", PREVIEW_ETAG), part][..], 206, &whole[5..10]),
        (&[("if-match", PREVIEW_ETAG)], 200, &whole),
        (&[("if-match", PREVIEW_ETAG), part], 206, &whole[5..10]),
        // Which a store may answer in its own way, or not at all.
        (&[("range", "bytes=0-4,6-9")], 200, &whole),
        (&[("range", "bytes=9-5")], 200, &whole),
        (
            &[part, ("if-range", "Mon, 27 Jan 2025 18:00:00 GMT")],
            200,
            &whole,
        ),
        // What a page's script fetches may not come from elsewhere.
        (&[("sec-fetch-mode", "cors"), part], 206, &whole[5..10]),
        (&[("sec-fetch-mode", "same-origin")], 200, &whole),
        (&[("if-none-match", PREVIEW_ETAG)], 304, &[]),
    ] {
        let answer = ask(&jo, PREVIEW, own).await;
        assert_eq!(answer.status.as_u16(), status, "{own:?}");
        assert!(answer.body == bytes, "{own:?}");
        assert_eq!(answer.header("etag"), PREVIEW_ETAG);
    }
    let past = ask(&jo, PREVIEW, &[("range", "bytes=150000-")]).await;
    past.problem(416, "range-not-satisfiable");
    let captions = ask(&jo, "/api/media/lisbon/captions-ar", &[]).await;
    assert_eq!(captions.status(200).text(), "WEBVTT\n");
}

#[tokio::test]
async fn proxied_files_are_those_of_a_folder() {
    let (service, store, _) = service(MediaRedirect::Off).await;
    let mut jo = service.registered(JO).await;
    let answer = ask(&jo, BROADCAST, &[]).await;
    assert!(answer.status(200).body == broadcast_bytes());
    assert!(answer.header("etag").starts_with("\"ab00"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("repr-digest").starts_with("sha-256=:qw"));
    let part = ask(&jo, BROADCAST, &[("range", "bytes=-10")]).await;
    assert_eq!(part.status(206).body, broadcast_bytes()[199_990..]);
    let empty = ask(&jo, "/api/media/lisbon/empty", &[]).await;
    assert_eq!(empty.status(200).header("content-length"), "0");
    let ranges: Vec<_> = store.asked().into_iter().map(|asked| asked.1).collect();
    assert_eq!(ranges[..2], ["bytes=0-199999", "bytes=199990-199999"]);
    service.flush().await;
    let kept = service.downloads_kept().await;
    assert_eq!(kept[0].progress.bytes, BROADCAST_SIZE as u64 + 10);
    assert!(!kept[0].wanted.granted);
    assert_eq!(jo.downloads_shown().await, 1);
}

impl Browser {
    async fn downloads_shown(&mut self) -> usize {
        let listed = self.get("/api/account/downloads").await.json();
        listed["downloads"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn every_fault_of_the_store_has_a_line_and_a_cure_and_passes() {
    let now = [("date", "Sat, 01 Feb 2020 00:00:00 GMT".to_owned())];
    let faults: [Refused<'_>; 9] = [
        (
            403,
            "SignatureDoesNotMatch",
            &[],
            ["refuses the signature", "AWS_SECRET_ACCESS_KEY"],
        ),
        (
            403,
            "InvalidAccessKeyId",
            &[],
            ["does not know the access key", "AWS_ACCESS_KEY_ID"],
        ),
        (
            404,
            "NoSuchBucket",
            &[],
            ["has no bucket “clips”", "create the bucket"],
        ),
        (403, "RequestTimeTooSkewed", &[], ["clock is wrong", "NTP"]),
        (403, "AccessDenied", &now, ["clock differs", "NTP"]),
        (
            400,
            "ExpiredToken",
            &[],
            ["token has expired", "new credentials"],
        ),
        (503, "SlowDown", &[], ["overloaded", "SlowDown"]),
        (
            301,
            "PermanentRedirect",
            &[],
            ["not in the region", "?region="],
        ),
        (502, "", &[], ["answers 502", "endpoint"]),
    ];
    for redirect in [MediaRedirect::Presigned, MediaRedirect::Off] {
        for (status, code, headers, words) in faults {
            let log = Log::new();
            let (service, store, _) = service(redirect.clone()).await;
            let jo = service.registered(JO).await;
            store.says(Some((status, headers.to_vec(), error(code))));
            let link = ask(&jo, BROADCAST, &[]).await;
            let problem = link.problem(503, "unavailable");
            assert_eq!(
                problem["retry_after"].to_string(),
                link.header("retry-after")
            );
            for word in words {
                assert!(log.text().contains(word), "{code}: {}", log.text());
            }
            assert!(!log.text().contains("X-Amz-"), "{}", log.text());
            assert!(!log.text().contains(crate::peer::SECRET));
            // Logged once, and visible in the readiness.
            ask(&jo, BROADCAST, &[]).await.status(503);
            let ready = ask(&jo, "/readyz", &[]).await;
            assert_eq!(ready.json()["status"], "degraded");
            assert!(
                service
                    .sidecar
                    .metrics()
                    .await
                    .contains("reason=\"media-unavailable\"} 1")
            );
            let lines = log.text().matches("the media store cannot be used").count();
            assert_eq!(lines, 1, "{}", log.text());
            // It recovers by itself.
            store.says(None);
            service.sidecar.start_jobs();
            log.says("the media store can be used again").await;
            let expected = if redirect == MediaRedirect::Off {
                200
            } else {
                307
            };
            ask(&jo, BROADCAST, &[]).await.status(expected);
            assert_eq!(ask(&jo, "/readyz", &[]).await.json()["status"], "ok");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_missing_denied_or_another_is_not_given_out() {
    for redirect in [MediaRedirect::Presigned, MediaRedirect::Off] {
        let log = Log::new();
        let (service, store, _) = service(redirect).await;
        let jo = service.registered(JO).await;
        let broken = ["/api/media/lisbon/missing", "/api/media/lisbon/altered"];
        for path in broken {
            ask(&jo, path, &[]).await.problem(503, "unavailable");
            let head = jo.ask(Method::HEAD, path).send().await;
            assert_eq!(head.status.as_u16(), 503);
        }
        assert!(log.text().contains("ae/ae0"), "{}", log.text());
        assert!(log.text().contains("has not the size"), "{}", log.text());
        store.says(Some((403, Vec::new(), error("AccessDenied"))));
        ask(&jo, BROADCAST, &[]).await.problem(503, "unavailable");
        assert!(log.text().contains("s3:GetObject"), "{}", log.text());
        // That is about the file, not about the store.
        store.says(None);
        let ready = ask(&jo, "/readyz", &[]).await;
        assert_eq!(ready.json()["status"], "ok");
        assert_ne!(ask(&jo, BROADCAST, &[]).await.status, 503);
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_in_the_store_breaks_off_here() {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    let (service, store, _) = service(MediaRedirect::Off).await;
    let length = [("content-length", "150000".to_owned())];
    store.says(Some((200, length.to_vec(), "short".into())));
    let request = Request::get(PREVIEW).body(Body::empty()).unwrap();
    let answer = service.sidecar.router().oneshot(request).await.unwrap();
    let status = answer.status();
    let ended = answer.into_body().collect().await;
    assert_eq!(status.as_u16(), 200);
    assert!(ended.is_err(), "a client must notice");
}
