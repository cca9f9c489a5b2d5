//! Pictures for readers with an account, which lie beside the manifest.

use axum::http::Method;
use dateline_auth::config::MediaRedirect;
use dateline_contract::manifest::{Dossier, Manifest, PICTURES, Rendition};
use serde_json::json;

use super::{Service, path_of};
use crate::accounts::{JO, PASSWORD, manifest};
use crate::harness::{MODIFIED, broadcast_bytes, edition, write};

const PICTURE: &str = "/api/media/news.2025.01.27.visit/hands.jpg";
const STORY: &str = "news.2025.01.27.visit";
const END: &str = "2025-02-01T13:00:00Z";

/// A story with one picture, up to an end. Its file is where a build puts it.
fn story(service: &Service) -> Manifest {
    let sha256 = format!("c1{}", "0".repeat(62));
    let key = format!("c1/{sha256}/hands.jpg");
    let build = service.dir.path().join("sidecar");
    write(&build.join(PICTURES).join(&key), broadcast_bytes());
    let picture = Rendition {
        key,
        modified: MODIFIED.into(),
        file_name: "hands.jpg".into(),
        content_type: "image/jpeg".into(),
        size: broadcast_bytes().len() as u64,
        sha256,
        gated: true,
    };
    let (language, mut en) = edition("en", STORY, Some("A visit"));
    en.page = Some("/en/news/2025/01/27/visit/".into());
    en.expires = Some(END.into());
    let story = Dossier {
        editions: [(language, en)].into(),
        terms: Some("standard".into()),
        renditions: [("hands.jpg".to_owned(), picture)].into(),
    };
    Manifest {
        pictures: [(STORY.to_owned(), story)].into(),
        ..manifest(service.dir.path())
    }
}

fn service() -> Service {
    let service = Service::new();
    let manifest = story(&service);
    manifest.validate().unwrap();
    service.sidecar.catalogue().replace(manifest);
    service
}

#[tokio::test]
async fn a_picture_is_for_readers_with_an_account() {
    let service = service();
    service.fetch(PICTURE).await.problem(401, "signed-out");
    let browser = service.browser().with("accept", "text/html");
    let answer = browser.ask(Method::GET, PICTURE).send().await;
    answer.leads_to("/en/account/login/");
    let mut jo = service.registered(JO).await;
    let answer = jo.get(PICTURE).await;
    assert_eq!(answer.status(200).body, broadcast_bytes());
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"hands.jpg\""
    );
    for path in [
        "/api/media/news.2025.01.27.visit/feet.jpg",
        "/api/media/news/hands.jpg",
    ] {
        jo.get(path).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn login_leads_back_to_the_picture_whatever_its_name() {
    let service = service();
    let mut manifest = story(&service);
    let files = &mut manifest.pictures.get_mut(STORY).unwrap().renditions;
    let file = files["hands.jpg"].clone();
    files.insert("mains jointes é.jpg".to_owned(), file);
    service.sidecar.catalogue().replace(manifest);
    service.registered(JO).await;
    let fields = [("email", JO), ("password", PASSWORD)];
    for (picture, fragment) in [
        ("hands.jpg", "hands.jpg"),
        (
            "mains%20jointes%20%C3%A9.jpg",
            "mains%20jointes%20%C3%A9.jpg",
        ),
    ] {
        let mut browser = service.browser().with("accept", "text/html");
        let answer = browser.get(&format!("/api/media/{STORY}/{picture}")).await;
        answer.leads_to("/en/account/login/");
        let answer = browser.form("login", &fields).await;
        answer.leads_to(&format!("/en/news/2025/01/27/visit/#rendition-{fragment}"));
    }
}

#[tokio::test]
async fn ranges_conditions_and_the_log_are_those_of_renditions() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let ask = jo
        .ask(Method::GET, PICTURE)
        .header("range", "bytes=100-199");
    let part = ask.send().await;
    assert_eq!(part.status(206).body, broadcast_bytes()[100..200]);
    let etag = part.header("etag").to_owned();
    let ask = jo.ask(Method::GET, PICTURE).header("if-none-match", &etag);
    ask.send().await.status(304);
    service.flush().await;
    let noted = jo.downloads().await;
    assert_eq!(noted.len(), 1);
    for (key, value) in [
        ("dossier", json!(STORY)),
        ("rendition", json!("hands.jpg")),
        ("terms", json!("2025-01")),
        ("bytes", json!(100)),
    ] {
        assert_eq!(noted[0][key], value, "{key}");
    }
}

#[tokio::test]
async fn a_link_to_a_picture_serves_programs() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let made = jo.post(&format!("{}/link", &PICTURE[5..]), json!({})).await;
    let link = path_of(&made.status(201).json());
    assert_eq!(
        service.fetch(&link).await.status(200).body,
        broadcast_bytes()
    );
}

#[tokio::test]
async fn a_picture_ends_with_its_story_before_and_after_the_next_build() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.advance(3600);
    jo.get(PICTURE).await.problem(410, "gone");
    // The build after that names neither page nor files.
    let mut manifest = story(&service);
    let ended = manifest.pictures.get_mut(STORY).unwrap();
    ended.renditions.clear();
    for edition in ended.editions.values_mut() {
        (edition.page, edition.title) = (None, None);
    }
    service.sidecar.catalogue().replace(manifest);
    jo.get(PICTURE).await.problem(410, "gone");
    service.fetch(PICTURE).await.problem(410, "gone");
}

#[tokio::test]
async fn no_other_server_is_told_of_pictures() {
    let service = Service::with(|options| {
        options.media_redirect = MediaRedirect::XAccel("/media/".into());
    });
    service.sidecar.catalogue().replace(story(&service));
    let mut jo = service.registered(JO).await;
    let answer = jo.get(PICTURE).await;
    assert_eq!(answer.status(200).body, broadcast_bytes());
    assert_eq!(answer.header("x-accel-redirect"), "");
}
