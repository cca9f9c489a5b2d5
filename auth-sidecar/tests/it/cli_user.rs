//! `dateline-auth user …` beside a running service.

use std::io::{Read, Write};

use serde_json::json;

use crate::accounts::{JO, KIM, OTHER_PASSWORD, PASSWORD, Service};
use crate::cli::{command, mode, service};
use crate::harness::SECRET;

#[tokio::test]
async fn accounts_are_listed_and_shown_by_address_or_number() {
    let service = service();
    assert_eq!(
        service.operator(&["user", "list"]).done().out,
        "There are no accounts.\n"
    );
    let mut jo = service.registered(JO).await;
    service.registered(KIM).await;
    let fields = json!({ "subscribed": true, "wording": "wording-en" });
    jo.post("newsletter", fields).await.status(200);

    let listed = service.operator(&["user", "list"]).done();
    let lines: Vec<&str> = listed.out.lines().collect();
    assert_eq!((lines.len(), listed.err.as_str()), (3, ""), "{lines:?}");
    let column = lines[0].find("newsletter").unwrap();
    assert!(
        lines[1].starts_with("1 ") && lines[1].contains(JO),
        "{lines:?}"
    );
    assert!(lines[1][column..].starts_with("yes "), "{lines:?}");
    assert!(
        lines[2].contains(KIM) && lines[2][column..].starts_with("no "),
        "{lines:?}"
    );

    let accounts = service.operator(&["user", "list", "--json"]).json();
    assert_eq!(accounts["accounts"][0]["email"], JO);
    assert_eq!(accounts["accounts"][1]["id"], 2);
    for who in ["1", JO, "Jo@EXAMPLE.com"] {
        let shown = service.operator(&["user", "show", who, "--json"]).json();
        assert_eq!(
            (&shown["email"], &shown["newsletter"], &shown["sessions"]),
            (&JO.into(), &true.into(), &1.into())
        );
        assert_eq!(shown["disabled_at"], json!(null));
    }
    let shown = service.operator(&["user", "show", "1"]).done().out;
    assert!(shown.contains("address        jo@example.com\n"), "{shown}");
    assert!(shown.contains("state          enabled\n"), "{shown}");
    service
        .operator(&["user", "show", "3"])
        .refused("no account has the number 3");
    service
        .operator(&["user", "show", "al@example.com"])
        .refused("`dateline-auth user list`");
}

#[tokio::test]
async fn disabling_ends_sessions_at_once_and_enabling_lets_one_log_in() {
    let service = service();
    let (mut jo, mut kim) = (service.registered(JO).await, service.registered(KIM).await);
    let mut elsewhere = service.browser();
    elsewhere.reset(JO).await.status(202);
    let code = service.code_for(JO).await;
    let said = service.operator(&["user", "disable", JO]).done();
    assert!(said.out.contains("is disabled"), "{said:?}");
    assert!(!jo.is_signed_in().await);
    assert!(kim.is_signed_in().await);
    jo.log_in(JO, PASSWORD)
        .await
        .problem(403, "account-disabled");
    elsewhere
        .post("reset/verify", json!({ "code": code }))
        .await
        .problem(422, "code-wrong");

    let disabled = service
        .operator(&["user", "list", "--disabled", "--json"])
        .json();
    assert_eq!(disabled["accounts"].as_array().unwrap().len(), 1);
    assert!(disabled["accounts"][0]["disabled_at"].is_string());
    let again = service.operator(&["user", "disable", "1", "--json"]).json();
    assert_eq!(
        again,
        json!({ "id": 1, "disabled": true, "changed": false })
    );

    service.operator(&["user", "enable", JO]).done();
    assert!(!jo.is_signed_in().await, "a session came back");
    jo.log_in(JO, PASSWORD).await.status(200);
    let none = service.operator(&["user", "list", "--disabled"]).done();
    assert_eq!(none.out, "No account is disabled.\n");
}

#[tokio::test]
async fn deleting_erases_notifies_the_owner_and_is_recorded() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.registered(KIM).await;
    let log = service.file("state/deleted.log");

    let asked = service.operator(&["user", "delete", JO]);
    assert_eq!(asked.status, 2, "{asked:?}");
    assert!(asked.err.contains("--yes"), "{asked:?}");
    assert!(jo.is_signed_in().await && !log.exists());

    let said = service.operator(&["user", "delete", JO, "--yes"]).done();
    assert!(said.out.contains("is deleted"), "{said:?}");
    assert!(!jo.is_signed_in().await);
    jo.log_in(JO, PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    let farewell = service.mail_to(JO).await;
    assert!(
        farewell.text.to_lowercase().contains("delete"),
        "{}",
        farewell.text
    );
    assert_eq!(service.departures_kept().await.len(), 1);
    let noted = std::fs::read_to_string(&log).unwrap();
    assert_eq!(noted.lines().count(), 1, "{noted}");
    assert!(
        noted.contains(" deleted k1 ") && !noted.contains("jo"),
        "{noted}"
    );
    assert_eq!(mode(&log), 0o600);
    let bytes = std::fs::read(service.database()).unwrap();
    assert!(
        !bytes
            .windows(JO.len())
            .any(|window| window == JO.as_bytes())
    );

    service
        .operator(&["user", "delete", JO, "--yes"])
        .refused("no account");
    let said = service
        .operator(&["user", "delete", KIM, "--yes", "--json"])
        .json();
    assert_eq!(said, json!({ "id": 2, "deleted": true }));
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn the_operators_export_equals_the_owners() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service
        .browser()
        .log_in(JO, OTHER_PASSWORD)
        .await
        .status(401);
    let own = jo.get("/api/account").await.json();
    let exported = service.operator(&["user", "export", JO]).json();
    assert_eq!(exported, own);
    assert_eq!(
        exported["last_day"]["failed_logins"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let with = service.operator(&["user", "export", JO, "--json"]).json();
    assert_eq!(with, own);
}

#[tokio::test]
async fn addresses_stand_on_the_output_and_in_no_log() {
    let service = service();
    service.registered(JO).await;
    let mut disable = command(service.dir.path(), &["user", "disable", JO]);
    let output = disable.env("RUST_LOG", "trace").output().unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(out.contains(JO));
    assert!(!err.contains(JO) && !err.contains(SECRET), "{err}");
}

#[tokio::test]
async fn a_reader_that_leaves_is_no_fault() {
    let service: Service = service();
    service.registered(JO).await;
    let mut child = command(service.dir.path(), &["user", "export", JO])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!(err, "");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    if let Ok(mut full) = full {
        full.flush().unwrap();
        let mut export = command(service.dir.path(), &["user", "export", JO]);
        assert_eq!(export.stdout(full).status().unwrap().code(), Some(1));
    }
}

#[tokio::test]
async fn an_operator_lifts_an_accounts_waits() {
    let service = service();
    service.registered(JO).await;
    for _ in 0..5 {
        let mut stranger = service.browser();
        stranger.log_in(JO, OTHER_PASSWORD).await.status(401);
    }
    service.browser().log_in(JO, PASSWORD).await.status(429);
    let said = service.operator(&["user", "unlock", JO]).done().out;
    assert!(said.contains("has no more waits"), "{said}");
    service.browser().log_in(JO, PASSWORD).await.status(200);
    for _ in 0..3 {
        service.browser().reset(JO).await.status(202);
    }
    service.browser().reset(JO).await.status(429);
    let said = service.operator(&["user", "unlock", "1", "--json"]).json();
    assert_eq!(said, json!({ "id": 1, "lifted": true }));
    service.browser().reset(JO).await.status(202);
    service
        .operator(&["user", "unlock", KIM])
        .refused("no account");
}

#[tokio::test]
async fn an_operator_ends_a_newsletter_and_is_recorded() {
    let service = service();
    let mut jo = service.registered(JO).await;
    jo.newsletter(true, "").await.status(200);
    let said = service
        .operator(&["user", "unsubscribe", JO, "--json"])
        .json();
    assert_eq!(
        said,
        json!({ "id": 1, "newsletter": false, "changed": true })
    );
    assert_eq!(jo.get("/api/session").await.json()["newsletter"], false);
    let said = service.operator(&["user", "unsubscribe", JO]).done().out;
    assert!(said.contains("did not get the newsletter"), "{said}");
    let kept: Vec<String> = service.column("SELECT wording FROM consents ORDER BY id");
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1], "operator");
}
