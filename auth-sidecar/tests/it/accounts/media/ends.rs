//! What ends links: every measure against a person who has one.

use serde_json::json;

use crate::accounts::{Browser, JO, OTHER_PASSWORD, PASSWORD, Service};
use crate::harness::BROADCAST;

async fn with_link(service: &Service) -> (Browser, String) {
    let mut jo = service.registered(JO).await;
    let path = jo.link().await;
    service.fetch(&path).await.status(200);
    (jo, path)
}

#[tokio::test]
async fn a_change_of_password_ends_links() {
    let service = Service::new();
    let (mut jo, path) = with_link(&service).await;
    let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    jo.post("account/password", body).await.status(204);
    service.fetch(&path).await.problem(410, "link-gone");
    let new = jo.link().await;
    service.fetch(&new).await.status(200);
}

#[tokio::test]
async fn a_reset_ends_links() {
    let service = Service::new();
    let (_, path) = with_link(&service).await;
    let (mut browser, code) = service.resetting(JO).await;
    browser.enter("reset/verify", &code).await.status(200);
    service.fetch(&path).await.status(200);
    let body = json!({ "password": OTHER_PASSWORD });
    browser.post("reset/password", body).await.status(200);
    service.fetch(&path).await.problem(410, "link-gone");
}

#[tokio::test]
async fn disabling_ends_links_for_good() {
    let service = Service::new();
    let (_, path) = with_link(&service).await;
    service.set_disabled(JO, true).await;
    service.fetch(&path).await.problem(410, "link-gone");
    service.set_disabled(JO, false).await;
    service.fetch(&path).await.problem(410, "link-gone");
}

#[tokio::test]
async fn deletion_ends_links_and_anonymises_downloads() {
    let service = Service::new();
    let (mut jo, path) = with_link(&service).await;
    service.flush().await;
    let body = json!({ "password": PASSWORD });
    jo.post("account/delete", body).await.status(204);
    service.fetch(&path).await.problem(410, "link-gone");
    jo.get(BROADCAST).await.problem(401, "signed-out");
    let kept = service.downloads_kept().await;
    assert_eq!((kept.len(), kept[0].account), (1, None));
    assert_eq!(kept[0].progress.bytes, 200_000);
}
