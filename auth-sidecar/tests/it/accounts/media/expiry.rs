//! What becomes of a dossier's files, links and names when its editions come and end, by the service's clock.

use std::sync::Arc;

use axum::http::Method;
use dateline_auth::composer::Templates;
use dateline_auth::config::MediaRedirect;
use dateline_contract::manifest::{Dossier, Edition};
use serde_json::json;

use super::{Browser, LINK};
use crate::accounts::{JO, PASSWORD, Service, manifest};
use crate::harness::{Answer, BROADCAST, NOW, PREVIEW, PREVIEW_ETAG, at};

/// An hour after the tests begin, and two hours.
const ONE: &str = "2025-02-01T13:00:00Z";
const TWO: &str = "2025-02-01T14:00:00Z";
const FRENCH: &str = "Déclaration à Lisbonne";

/// Account pages that show all they are given.
struct Pages;

impl Templates for Pages {
    fn read(&self, path: &str) -> Option<String> {
        let word = match path {
            "pages/en/account.html" => "over",
            "pages/fr/account.html" => "fini",
            "pages/ar/account.html" => "انتهى",
            _ => return None,
        };
        let item = format!("{{{{title}}}} {{{{page}}}}{{{{#ended}}}} {word}{{{{/ended}}}}");
        Some(format!(
            "{{{{#links}}}}[{item}{{{{^ended}}}} {{{{command}}}}{{{{/ended}}}}]{{{{/links}}}}{{{{#downloads}}}}({item}){{{{/downloads}}}}"
        ))
    }
}

/// A service in which English comes and goes as `en` says, and French as `fr` says: release and end.
fn service(en: [Option<&str>; 2], fr: [Option<&str>; 2]) -> Service {
    let service = Service::with(|options| options.templates = Arc::new(Pages));
    replace(&service, |lisbon| {
        for (language, [release, expires]) in [("en", en), ("fr", fr)] {
            let edition = lisbon.editions.get_mut(language).unwrap();
            edition.release = release.map(str::to_owned);
            edition.expires = expires.map(str::to_owned);
        }
    });
    service
}

fn replace(service: &Service, change: impl FnOnce(&mut Dossier)) {
    let mut manifest = manifest(service.dir.path());
    let lisbon = manifest.media.get_mut("lisbon").unwrap();
    lisbon.editions.get_mut("fr").unwrap().title = Some(FRENCH.into());
    change(lisbon);
    manifest.validate().unwrap();
    service.sidecar.catalogue().replace(manifest);
}

async fn ask(browser: &Browser, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = browser.ask(method, path);
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value))
        .send()
        .await
}

async fn account_page(jo: &Browser) -> String {
    let page = jo.ask(Method::GET, "/api/account");
    let page = page.header("accept", "text/html").send().await;
    page.status(200).text().to_owned()
}

/// A reader of this language with a link and a download.
async fn reader(service: &Service, email: &str, language: &str) -> Browser {
    let mut browser = service.browser();
    let asked = json!({ "email": email, "password": PASSWORD, "lang": language });
    browser.post("register", asked).await.status(202);
    let code = service.code_for(email).await;
    browser.enter("verify", &code).await.status(200);
    browser.link().await;
    browser.get(BROADCAST).await.status(200);
    service.flush().await;
    browser
}

/// Every way to ask for a file, whole, in part, on condition.
const WAYS: [&[(&str, &str)]; 7] = [
    &[],
    &[("range", "bytes=100-")],
    &[("range", "bytes=0-0,5-9")],
    &[("range", "bytes=999999999-")],
    &[("if-none-match", PREVIEW_ETAG)],
    &[("if-modified-since", "Mon, 27 Jan 2025 18:00:00 GMT")],
    &[("range", "bytes=100-"), ("if-range", PREVIEW_ETAG)],
];

async fn assert_all_gone(jo: &mut Browser, service: &Service, link: &str) {
    for path in [PREVIEW, BROADCAST, link] {
        for requester in [jo.clone(), service.browser()] {
            for headers in WAYS {
                let answer = ask(&requester, Method::GET, path, headers).await;
                answer.problem(410, "gone");
                for name in ["etag", "x-accel-redirect", "x-sendfile", "content-range"] {
                    assert_eq!(answer.header(name), "", "{path} {headers:?}");
                }
                let head = ask(&requester, Method::HEAD, path, headers).await;
                assert_eq!((head.status.as_u16(), head.body.len()), (410, 0));
            }
        }
    }
    jo.post(LINK, json!({})).await.problem(410, "gone");
    let form = jo.clone().with("accept", "text/html");
    let told = form.clone().form(LINK, &[]).await;
    assert!(told.status(410).text().starts_with("gone in English."));
    let told = ask(&form, Method::GET, BROADCAST, &[]).await;
    assert!(told.status(410).text().starts_with("gone in English."));
    // Unknown files are still distinguished from expired ones.
    let other = jo.get("/api/media/lisbon/nothing").await;
    other.problem(404, "not-found");
}

#[tokio::test]
async fn files_and_links_are_gone_when_the_last_edition_expires() {
    let service = service([None, Some(TWO)], [None, Some(ONE)]);
    let mut jo = service.registered(JO).await;
    let link = jo.link().await;
    service.advance(2 * 3600 - 1);
    for path in [PREVIEW, BROADCAST, &link] {
        jo.get(path).await.status(200);
    }
    service.fetch(&link).await.status(200);
    service.advance(1);
    assert_all_gone(&mut jo, &service, &link).await;
    // So it is when the next build has forgotten the titles, and when the file itself is away.
    replace(&service, |lisbon| {
        for edition in lisbon.editions.values_mut() {
            *edition = Edition {
                expires: Some(TWO.into()),
                ..Edition::default()
            };
        }
    });
    std::fs::remove_dir_all(service.dir.path().join("media")).unwrap();
    assert_all_gone(&mut jo, &service, &link).await;
}

#[tokio::test]
async fn so_it_is_where_another_server_sends_the_files() {
    for redirect in [
        MediaRedirect::XAccel("/_media/".into()),
        MediaRedirect::XSendfile,
    ] {
        let mut service = Service::new();
        service.change = match redirect {
            MediaRedirect::XSendfile => |options| options.media_redirect = MediaRedirect::XSendfile,
            _ => |options| options.media_redirect = MediaRedirect::XAccel("/_media/".into()),
        };
        let service = service.restart();
        let ends = |lisbon: &mut Dossier| {
            for edition in lisbon.editions.values_mut() {
                edition.expires = Some(ONE.into());
            }
        };
        replace(&service, ends);
        let mut jo = service.registered(JO).await;
        let link = jo.link().await;
        service.advance(3599);
        let answer = service.fetch(&link).await;
        let sent = ["x-accel-redirect", "x-sendfile"].map(|name| answer.header(name));
        assert!(sent.concat().ends_with("broadcast.mov"), "{sent:?}");
        service.advance(1);
        assert_all_gone(&mut jo, &service, &link).await;
    }
}

#[tokio::test]
async fn no_cache_lifetime_exceeds_a_files_expiry() {
    let service = service([None, Some(ONE)], [None, Some(ONE)]);
    for (seconds, kept) in [(2999, 600), (2, 599), (598, 1)] {
        service.advance(seconds);
        for headers in [&[][..], &[("if-none-match", PREVIEW_ETAG)]] {
            let answer = ask(&service.browser(), Method::GET, PREVIEW, headers).await;
            let value = format!("public, max-age={kept}");
            assert_eq!(answer.header("cache-control"), value);
        }
    }
    service.advance(1);
    let answer = service.fetch(PREVIEW).await;
    answer.problem(410, "gone");
}

#[tokio::test]
async fn a_future_edition_is_named_nowhere_before_its_release() {
    let service = service([None, None], [Some(ONE), Some(TWO)]);
    let mut jo = reader(&service, JO, "fr").await;
    let document = [("accept", "text/html"), ("accept-language", "fr")];
    // What a French reader is shown, and where a French reader is led.
    let places = async |jo: &mut Browser| {
        let page = account_page(jo).await;
        let named = jo.get("/api/account").await.text().to_owned();
        let terms = jo
            .form(LINK, &[("terms", "old"), ("lang", "fr")])
            .await
            .header("location")
            .to_owned();
        let mut stranger = service.browser();
        let led = ask(&stranger, Method::GET, BROADCAST, &document).await;
        stranger.keep(&led);
        let form = [("lang", "fr"), ("email", JO), ("password", PASSWORD)];
        let back = stranger.form("login", &form).await;
        let back = back.status(303).header("location").to_owned();
        assert!(!named.contains(FRENCH) && !named.contains("/video/"));
        (page, terms, back)
    };
    service.advance(3599);
    let (page, terms, back) = places(&mut jo).await;
    assert!(
        !page.contains(FRENCH) && !page.contains("/fr/video"),
        "{page}"
    );
    assert_eq!(
        page.matches("Doorstep in Lisbon /en/video/lisbon/").count(),
        2
    );
    assert_eq!(terms, "/en/video/lisbon/#terms");
    assert_eq!(back, "/en/video/lisbon/#rendition-broadcast");
    service.advance(1);
    let (page, terms, back) = places(&mut jo).await;
    assert!(
        page.matches(FRENCH).count() == 2 && !page.contains("/en/"),
        "{page}"
    );
    assert_eq!(terms, "/fr/video/lisbon/#terms");
    assert_eq!(back, "/fr/video/lisbon/#rendition-broadcast");
    // Its end takes its name along, and nothing else.
    service.advance(3600);
    let (page, terms, back) = places(&mut jo).await;
    assert!(
        !page.contains(FRENCH) && page.contains("Doorstep"),
        "{page}"
    );
    assert_eq!(terms, "/en/video/lisbon/#terms");
    assert_eq!(back, "/en/video/lisbon/#rendition-broadcast");
    jo.get(BROADCAST).await.status(200);
}

#[tokio::test]
async fn the_account_says_what_has_ended_in_every_language() {
    let service = service([None, Some(ONE)], [None, Some(ONE)]);
    let mut readers = Vec::new();
    for (language, word) in [("en", "over"), ("fr", "fini"), ("ar", "انتهى")] {
        let email = format!("{language}@example.org");
        let reader = reader(&service, &email, language).await;
        readers.push((reader, language, word));
    }
    let lists = async |jo: &mut Browser| {
        let links = jo.get("/api/account/links").await.json();
        let downloads = jo.get("/api/account/downloads").await.json();
        [
            links["links"][0]["ended"].clone(),
            downloads["downloads"][0]["ended"].clone(),
        ]
    };
    service.advance(3599);
    for (reader, _, word) in &mut readers {
        let page = account_page(reader).await;
        assert!(!page.contains(*word) && page.contains("curl"), "{page}");
        assert_eq!(lists(reader).await, [false, false]);
    }
    service.advance(1);
    for (reader, language, word) in &mut readers {
        let item = format!("lisbon /{language}/ {word}");
        assert_eq!(account_page(reader).await, format!("[{item}]({item})"));
        assert_eq!(lists(reader).await, [true, true]);
    }
}

#[tokio::test]
async fn a_link_to_replaced_content_has_ended() {
    let service = service([None, None], [None, None]);
    let mut jo = service.registered(JO).await;
    jo.link().await;
    replace(&service, |lisbon| {
        let broadcast = lisbon.renditions.get_mut("broadcast").unwrap();
        broadcast.sha256 = "cd".repeat(32);
        broadcast.key = format!("cd/{}/broadcast.mov", broadcast.sha256);
    });
    let links = jo.get("/api/account/links").await.json();
    assert_eq!(links["links"][0]["ended"], true);
    assert!(account_page(&jo).await.contains(" over]"));
}

#[tokio::test]
async fn correcting_the_clock_withdraws_early_releases_at_once() {
    let service = service([Some(ONE), Some(TWO)], [Some(ONE), Some(TWO)]);
    for (moment, status) in [(NOW, 404), (ONE, 200), (NOW, 404), (TWO, 410), (ONE, 200)] {
        service.clock.set(at(moment));
        let answer = service.fetch(PREVIEW).await;
        assert_eq!(answer.status, status, "{moment}");
    }
}
