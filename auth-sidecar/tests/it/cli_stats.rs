//! `dateline-auth stats` beside a running service.

use serde_json::json;

use crate::accounts::{JO, KIM, PASSWORD};
use crate::cli::service;
use crate::harness::BROADCAST;

#[tokio::test]
async fn stats_count_downloads_by_file_and_dossier() {
    let service = service();
    let none = service.operator(&["stats"]).done();
    assert_eq!(none.out, "There are no downloads.\n");
    let (mut jo, mut kim) = (service.registered(JO).await, service.registered(KIM).await);
    jo.get(BROADCAST).await.status(200);
    kim.get(BROADCAST).await.status(200);
    let path = kim.link().await;
    let part = kim.ask(axum::http::Method::GET, &path);
    let part = part.header("range", "bytes=0-99").send().await;
    part.status(206);
    service.flush().await;

    let stats = service.operator(&["stats", "--json"]).json();
    let own = &stats["stats"][0];
    assert_eq!(
        [
            "dossier",
            "rendition",
            "downloads",
            "whole",
            "accounts",
            "bytes",
            "sent_elsewhere"
        ]
        .map(|name| own[name].clone()),
        [
            json!("lisbon"),
            json!("broadcast"),
            json!(3),
            json!(2),
            json!(2),
            json!(400_100),
            json!(0)
        ]
    );
    let table = service.operator(&["stats"]).done().out;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("dossier  rendition  downloads  whole  accounts  bytes"));
    assert!(lines[1].starts_with("lisbon   broadcast  3          2      2         400100"));
    let csv = service.operator(&["stats", "--csv"]).done().out;
    assert!(csv.starts_with(
        "dossier,rendition,downloads,whole,accounts,bytes,latest\r\nlisbon,broadcast,3,2,2,400100,"
    ));
    for (by, name) in [("dossier", "dossier"), ("day", "day"), ("month", "month")] {
        let stats = service.operator(&["stats", "--by", by, "--json"]).json();
        assert_eq!(stats["stats"][0]["downloads"], 3);
        assert!(stats["stats"][0][name].is_string());
        assert!(stats["stats"][0]["rendition"].is_null());
    }
    let today = own["latest"].as_str().unwrap().get(..10).unwrap();
    let day = ["stats", "--json", "--since", today, "--until", today];
    assert_eq!(service.operator(&day).json()["stats"][0]["downloads"], 3);
    for nobody in [
        ["--since", "2100-01-01"],
        ["--until", "2000-01-01T00:00:00Z"],
        ["--until", "2000-01-01"],
    ] {
        let arguments = [&["stats", "--json"][..], &nobody].concat();
        assert_eq!(service.operator(&arguments).json(), json!({ "stats": [] }));
    }
    let wrong = service.operator(&["stats", "--since", "yesterday"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("2026-11-01"), "{}", wrong.err);
}

#[tokio::test]
async fn each_download_lists_the_account_number_and_never_the_address() {
    let service = service();
    let (mut jo, mut kim) = (service.registered(JO).await, service.registered(KIM).await);
    jo.get(BROADCAST).await.status(200);
    kim.get(BROADCAST).await.status(200);
    service.flush().await;
    let body = json!({ "password": PASSWORD });
    kim.post("account/delete", body).await.status(204);
    for format in ["--json", "--csv"] {
        let said = service.operator(&["stats", "--each", format]).done().out;
        assert!(!said.contains("example"), "{said}");
    }
    let each = service.operator(&["stats", "--each", "--json"]).json();
    assert_eq!(each["downloads"][0]["account"], 1);
    assert_eq!(each["downloads"][1]["account"], json!(null));
    let csv = service.operator(&["stats", "--each", "--csv"]).done().out;
    assert!(
        csv.contains(",deleted,lisbon,broadcast,2025-01,session,200000,200000,yes"),
        "{csv}"
    );
    let table = service.operator(&["stats"]).done().out;
    assert!(
        table.contains("1 download of accounts that are deleted"),
        "{table}"
    );
}
