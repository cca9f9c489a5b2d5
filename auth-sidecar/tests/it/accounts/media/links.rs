//! Download links: what one grants, and what is not a link.

use axum::http::Method;
use serde_json::json;

use super::{LINK, path_of};
use crate::accounts::{BASE, JO, KIM, Service};
use crate::harness::{BROADCAST, broadcast_bytes};

#[tokio::test]
async fn a_link_serves_the_file_to_programs() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let answer = jo.post(LINK, json!({ "terms": "2025-01" })).await;
    let made = answer.status(201).json();
    assert_eq!(made["expires_at"], "2025-02-02T12:00:00Z");
    assert_eq!(made["size"], 200_000);
    assert_eq!(made["sha256"], format!("ab{}", "0".repeat(62)));
    let url = made["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{BASE}{BROADCAST}?link=v1.k1.")),
        "{url}"
    );
    let path = path_of(&made);
    let answer = service.fetch(&path).await;
    assert!(answer.status(200).body == broadcast_bytes());
    let head = service.program(Method::HEAD, &path).send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let rest = service
        .program(Method::GET, &path)
        .header("range", "bytes=150000-")
        .header("if-range", answer.header("etag"));
    let rest = rest.send().await;
    assert_eq!(rest.status(206).body, broadcast_bytes()[150_000..]);
    // Logging out does not end it.
    jo.post("logout", json!({})).await.status(204);
    service.fetch(&path).await.status(200);
}

#[tokio::test]
async fn a_link_altered_anywhere_is_refused_without_a_hint() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let path = jo.link().await;
    let (address, link) = path.split_once("?link=").unwrap();
    let parts: Vec<&str> = link.split('.').collect();
    let with = |at: usize, text: &str| {
        let mut parts = parts.clone();
        parts[at] = text;
        format!("{address}?link={}", parts.join("."))
    };
    let mut mac = parts[4].to_owned();
    let first = if mac.starts_with('A') { "B" } else { "A" };
    mac.replace_range(..1, first);
    let altered = [
        with(0, "v2"),
        with(1, "k2"),
        with(2, "aaaaaaaaaaaa"),
        with(3, "1999999999"),
        with(3, &format!("0{}", parts[3])),
        with(4, &mac),
        with(4, ""),
        format!("{path}="),
        format!("{path}."),
        format!("{path}&link={link}"),
        format!("{address}?link="),
        format!("{address}?link=v1"),
        format!("{address}?link=%00"),
    ];
    let mut told = Vec::new();
    for altered in &altered {
        let answer = service.fetch(altered).await;
        told.push(answer.problem(403, "link-invalid"));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "no hint");
    service.fetch(&path).await.status(200);
    // Neither the letters' case nor escaping makes another link.
    let escaped = path.replace("v1.", "%76%31%2E");
    service.fetch(&escaped).await.status(200);
}

#[tokio::test]
async fn a_link_is_to_one_file_of_one_account() {
    let service = Service::new();
    let (mut jo, mut kim) = (service.registered(JO).await, service.registered(KIM).await);
    let (of_jo, of_kim) = (jo.link().await, kim.link().await);
    service.advance(3600);
    let query = of_jo.split_once('?').unwrap().1;
    for (other, status) in [
        ("/api/media/embargoed/broadcast", 403),
        ("/api/media/lisbon/nothing", 404),
        // This file is public, and a link with it is ignored.
        ("/api/media/lisbon/preview", 200),
    ] {
        let answer = service.fetch(&format!("{other}?{query}")).await;
        answer.status(status);
    }
    // The id of one with the rest of another.
    let id = |path: &str| path.split('.').nth(2).unwrap().to_owned();
    let mixed = of_jo.replace(&id(&of_jo), &id(&of_kim));
    service.fetch(&mixed).await.problem(403, "link-invalid");
    // A session does not help a bad link, nor does a bad session hinder a good one.
    jo.get(&mixed).await.problem(403, "link-invalid");
    let good = service
        .program(Method::GET, &of_jo)
        .header("cookie", "__Host-dateline-session=x");
    good.send().await.status(200);
}

#[tokio::test]
async fn a_link_ends_at_its_second_and_says_how_to_go_on() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let path = jo.link().await;
    service.advance(24 * 3600 - 1);
    service.fetch(&path).await.status(200);
    service.advance(1);
    let problem = service.fetch(&path).await.problem(410, "link-gone");
    assert_eq!(problem["page"], format!("{BASE}/en/video/lisbon/"));
    let told = service
        .program(Method::GET, &path)
        .header("accept", "text/html")
        .send()
        .await;
    assert!(told.status(410).text().contains("What to do"));
    assert!(told.text().ends_with("/en/video/lisbon/\n"));
    // For thirty days more it is known to have been one.
    service.advance(30 * 24 * 3600 - 1);
    service.sweep().await;
    service.fetch(&path).await.problem(410, "link-gone");
    service.advance(1);
    service.sweep().await;
    service.fetch(&path).await.problem(403, "link-invalid");
}

#[tokio::test]
async fn twenty_links_at_a_time() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    for _ in 0..20 {
        jo.link().await;
    }
    jo.post(LINK, json!({})).await.problem(409, "link-limit");
    // Sooner, it would be a second click.
    service.advance(10);
    let answer = jo.form(LINK, &[]).await;
    answer.leads_to("/api/account#link-limit");
    let links = jo.get("/api/account/links").await.json();
    let id = links["links"][0]["id"].as_str().unwrap().to_owned();
    jo.post("account/links/revoke", json!({ "id": id }))
        .await
        .status(204);
    jo.link().await;
    jo.post(LINK, json!({})).await.problem(409, "link-limit");
    service.advance(24 * 3600);
    let mut again = service.browser();
    again
        .log_in(JO, crate::accounts::PASSWORD)
        .await
        .status(200);
    again.link().await;
}

#[tokio::test]
async fn links_and_downloads_are_limited_per_day() {
    let service = Service::with(|options| {
        options.limits.links_day = 3;
        options.limits.downloads_day = 2;
    });
    let mut jo = service.registered(JO).await;
    for _ in 0..3 {
        jo.link().await;
        let all = json!({ "all": true });
        jo.post("account/links/revoke", all).await.status(204);
    }
    jo.post(LINK, json!({})).await.problem(429, "too-many");
    jo.form(LINK, &[]).await.leads_to("/api/account#too-many");
    for _ in 0..2 {
        jo.get(BROADCAST).await.status(200);
    }
    jo.get(BROADCAST).await.problem(429, "too-many-downloads");
    let part = jo.ask(Method::GET, BROADCAST).header("range", "bytes=0-9");
    part.send().await.status(206);
    service.advance(24 * 3600 - 1);
    let mut jo = service.browser();
    jo.log_in(JO, crate::accounts::PASSWORD).await.status(200);
    jo.post(LINK, json!({})).await.problem(429, "too-many");
    service.advance(1);
    jo.link().await;
    jo.get(BROADCAST).await.status(200);
}

#[tokio::test]
async fn a_form_redirects_to_the_new_link_or_to_the_problem() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let answer = jo.form(LINK, &[("terms", "2025-01"), ("lang", "fr")]).await;
    let place = answer.status(303).header("location").to_owned();
    let id = place.strip_prefix("/api/account#link-").unwrap();
    let listed = jo.get("/api/account/links").await.json();
    assert_eq!(listed["links"][0]["id"], id);
    let answer = jo.form(LINK, &[("terms", "2024-12"), ("lang", "fr")]).await;
    answer.leads_to("/fr/video/lisbon/#terms");
    jo.post(LINK, json!({ "terms": "2024-12" }))
        .await
        .problem(409, "terms-required");

    let mut stranger = service.browser();
    stranger
        .post(LINK, json!({}))
        .await
        .problem(401, "signed-out");
    let answer = stranger.form(LINK, &[("lang", "fr")]).await;
    answer.leads_to("/fr/account/login/#signed-out");
    let fields = [("email", JO), ("password", crate::accounts::PASSWORD)];
    let answer = stranger.form("login", &fields).await;
    answer.leads_to("/fr/video/lisbon/#rendition-broadcast");
}

#[tokio::test]
async fn links_exist_only_for_gated_files() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    for path in [
        "media/lisbon/preview/link",
        "media/lisbon/nothing/link",
        "media/nothing/broadcast/link",
        "media/lisbon/BROADCAST/link",
        "media/lisbon/%00/link",
        "media/lisbon/%ff/link",
        "media/lisbon/..%2fbroadcast/link",
    ] {
        let answer = jo.post(path, json!({})).await;
        answer.problem(404, "not-found");
    }
}

#[tokio::test]
async fn ones_own_links_are_listed_and_ended() {
    let service = Service::new();
    let (mut jo, mut kim) = (service.registered(JO).await, service.registered(KIM).await);
    let (first, second) = (jo.link().await, jo.link().await);
    let of_kim = kim.link().await;
    let listed = jo.get("/api/account/links").await.json();
    let listed = listed["links"].as_array().unwrap();
    let urls: Vec<String> = listed.iter().map(path_of).collect();
    assert_eq!(urls.len(), 2);
    assert!(urls.contains(&first) && urls.contains(&second));
    assert_eq!(listed[0]["dossier"], "lisbon");
    assert_eq!(listed[0]["terms"], "2025-01");
    let kims = kim.get("/api/account/links").await.json();
    let kims = kims["links"][0]["id"].as_str().unwrap();
    // One cannot end another's.
    jo.post("account/links/revoke", json!({ "id": kims }))
        .await
        .status(204);
    service.fetch(&of_kim).await.status(200);
    let id = first.split('.').nth(2).unwrap();
    let answer = jo.form("account/links/revoke", &[("id", id)]).await;
    answer.leads_to("/api/account");
    service.fetch(&first).await.problem(410, "link-gone");
    service.fetch(&second).await.status(200);
    jo.post("account/links/revoke", json!({ "all": true }))
        .await
        .status(204);
    service.fetch(&second).await.problem(410, "link-gone");
    service.fetch(&of_kim).await.status(200);
    for path in ["/api/account/links", "/api/account/downloads"] {
        let mut stranger = service.browser();
        stranger.get(path).await.problem(401, "signed-out");
    }
}

#[tokio::test]
async fn a_link_survives_a_restart_and_a_rotated_secret() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let path = jo.link().await;
    drop(jo);
    let mut service = service.restart();
    service.fetch(&path).await.status(200);
    service.change = |options| {
        options.secret = format!(
            "k2:{},{}",
            "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            crate::harness::SECRET
        );
    };
    let mut service = service.restart();
    service.fetch(&path).await.status(200);
    service.change =
        |options| options.secret = "k2:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into();
    let service = service.restart();
    service.fetch(&path).await.problem(403, "link-invalid");
}

#[tokio::test]
async fn only_a_form_without_a_session_comes_back_to_its_file() {
    let service = Service::new();
    let link = "media/lisbon/broadcast/link";
    let mut program = service.browser();
    let answer = program.post(link, json!({})).await;
    let problem = answer.problem(401, "signed-out");
    assert_eq!(problem["location"], "/en/account/login/#signed-out");
    assert_eq!(program.cookie("flow"), "");
    let mut person = service.browser();
    let answer = person.form(link, &[]).await;
    answer.leads_to("/en/account/login/#signed-out");
    let back = person.get("/api/return").await;
    back.leads_to("/en/video/lisbon/#rendition-broadcast");
}
