//! `dateline-auth restore`: what comes back, and what must not.

use dateline_auth::domain::store::Departure;
use dateline_auth::domain::time::Moment;
use serde_json::json;

use crate::accounts::{JO, KIM, OTHER_PASSWORD, PASSWORD, Service};
use crate::cli::{column, command, mode, operator, run, service};
use crate::harness::SECRET;

mod addresses;
mod files;

/// A third person, to whom nothing happens.
const AL: &str = "al@example.org";

/// With a backup of three accounts made as `copy.db`, after which Jo's was deleted, and Kim's password
/// changed; Al is logged in. Gives Al's cookies.
async fn with_departures() -> (Service, std::collections::BTreeMap<String, String>) {
    let service = service();
    service.registered(JO).await;
    let mut kim = service.registered(KIM).await;
    let al = service.registered(AL).await;
    service.operator(&["backup", "copy.db"]).done();
    service.operator(&["user", "delete", JO, "--yes"]).done();
    let fields = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    kim.post("account/password", fields).await.status(204);
    (service, al.cookies)
}

async fn neither_came_back(service: &Service) {
    let mut browser = service.browser();
    for password in [PASSWORD, OTHER_PASSWORD] {
        for email in [JO, KIM] {
            let answer = browser.log_in(email, password).await;
            answer.problem(401, "credentials-wrong");
        }
    }
    // Not even the hash's own text.
    browser
        .log_in(KIM, "!")
        .await
        .problem(401, "credentials-wrong");
    browser.log_in(AL, PASSWORD).await.status(200);
}

#[tokio::test]
async fn neither_deleted_accounts_nor_old_passwords_nor_sessions_come_back() {
    let (service, cookies) = with_departures().await;
    // What was there is kept, mail that waits too.
    service.browser().reset(AL).await.status(202);
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(
            (
                &said["accounts"],
                &said["deleted_again"],
                &said["passwords_voided"]
            ),
            (&json!(2), &json!(1), &json!(1)),
            "{said}"
        );
        let dropped = said["mails_dropped"]["of_replaced_database"]
            .as_array()
            .unwrap();
        let kinds: Vec<_> = dropped.iter().map(|mail| &mail["kind"]).collect();
        assert_eq!(kinds, ["deleted", "password-changed", "reset"], "{said}");
        assert_eq!(said["mails_dropped"]["of_backup"], json!([]));
        assert_eq!(said["warnings"], json!([]));
        assert_eq!(
            said["replaced_database"],
            "state/accounts.db.before-restore"
        );
    });
    neither_came_back(&service).await;
    let mut al = service.browser();
    al.cookies = cookies;
    assert!(!al.is_signed_in().await);
    let shown = service.operator(&["user", "show", KIM]).done().out;
    assert!(shown.contains("void"), "{shown}");

    // The ways on: a reset for Kim, a new account for Jo.
    let mut kim = service.browser();
    kim.reset(KIM).await.status(202);
    let code = service.code_for(KIM).await;
    kim.post("reset/verify", json!({ "code": code }))
        .await
        .status(200);
    kim.post("reset/password", json!({ "password": PASSWORD }))
        .await
        .status(200);
    kim.log_in(KIM, PASSWORD).await.status(200);
    service.registered(JO).await;

    let kept = service.file("state/accounts.db.before-restore");
    assert_eq!((mode(&kept), mode(&service.database())), (0o600, 0o600));
    assert_eq!(
        column::<String>(&kept, "SELECT email FROM accounts ORDER BY id"),
        [KIM, AL]
    );
    let mails = service.mails().await;
    assert!(
        mails
            .iter()
            .all(|mail| !mail.text.contains("password was changed"))
    );
}

#[tokio::test]
async fn the_log_suffices_without_the_old_database() {
    let (service, _) = with_departures().await;
    let service = service.while_stopped(|dir| {
        // What a service does within a second.
        let log = dir.join("state/deleted.log");
        assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 1);
        operator(dir, &["restore", "copy.db"]).done();
        let noted = std::fs::read_to_string(&log).unwrap();
        assert_eq!(noted.lines().count(), 2, "{noted}");
        std::fs::remove_file(dir.join("state/accounts.db")).unwrap();
        let said = operator(dir, &["restore", "copy.db"]).done();
        assert!(
            said.out
                .contains("1 account was deleted again, and 1 password is void"),
            "{said:?}"
        );
        assert!(!said.out.contains("database that was there"), "{said:?}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), noted);
    });
    neither_came_back(&service).await;
}

#[tokio::test]
async fn without_the_log_the_operator_is_warned() {
    let (service, _) = with_departures().await;
    service.while_stopped(|dir| {
        std::fs::create_dir(dir.join("elsewhere")).unwrap();
        let mut restore = command(dir, &["restore", "copy.db"]);
        restore.env("DATELINE_AUTH_DATABASE", "sqlite:elsewhere/new/accounts.db");
        let said = run(&mut restore).done();
        assert!(
            said.err
                .starts_with("warning: there is no elsewhere/new/deleted.log"),
            "{said:?}"
        );
        assert!(said.out.contains("3 accounts"), "{said:?}");
    });
}

#[tokio::test]
async fn a_re_registered_account_stays() {
    let service = service();
    service.registered(JO).await;
    service.operator(&["user", "delete", JO, "--yes"]).done();
    service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(
            (&said["accounts"], &said["deleted_again"]),
            (&json!(1), &json!(0))
        );
    });
    service.browser().log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn a_clock_that_was_ahead_revives_no_account() {
    let service = Service::with(|options| {
        let ahead = crate::harness::at("2999-01-01T00:00:00Z");
        options.clock = std::sync::Arc::new(dateline_auth::domain::clock::FixedClock::new(ahead));
    });
    service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.while_stopped(|dir| {
        operator(dir, &["user", "delete", JO, "--yes"]).done();
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(
            (&said["accounts"], &said["deleted_again"]),
            (&json!(0), &json!(1))
        );
    });
}

#[tokio::test]
async fn whole_copies_are_cleaned_as_well() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let link = jo.link().await;
    let cookies = jo.cookies.clone();
    drop(jo);
    service.browser().reset(JO).await.status(202);
    let service = service.while_stopped(|dir| {
        std::fs::copy(dir.join("state/accounts.db"), dir.join("whole.db")).unwrap();
        let said = operator(dir, &["restore", "whole.db"]).done();
        assert!(
            said.out.contains("1 session and 2 flows were ended"),
            "{said:?}"
        );
        assert!(
            said.out.contains("1 mail waited when the backup was made"),
            "{said:?}"
        );
        assert!(
            said.out.contains("reset") && !said.out.contains(JO),
            "{said:?}"
        );
        // And back to what there was before.
        let said = operator(
            dir,
            &["restore", "state/accounts.db.before-restore", "--json"],
        )
        .json();
        assert_eq!(
            (&said["accounts"], &said["sessions_ended"]),
            (&json!(1), &json!(1))
        );
    });
    let mut jo = service.browser();
    jo.cookies = cookies;
    assert!(!jo.is_signed_in().await);
    service.fetch(&link).await.problem(410, "link-gone");
    for table in ["sessions", "devices", "flows", "hits", "outbox"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(service.column::<i64>(&sql), [0], "{table}");
    }
}

#[tokio::test]
async fn deletions_with_a_lost_key_are_reported() {
    let (service, _) = with_departures().await;
    service.while_stopped(|dir| {
        let new = SECRET.replace("k1:dGVz", "k2:dGVa");
        let with = |secret: &str, arguments: &[&str]| {
            run(command(dir, arguments).env("DATELINE_AUTH_SECRET", secret))
        };
        let said = with(&new, &["restore", "copy.db"]);
        said.refused("2 with `k1`");
        assert!(said.err.contains("--without-lost-keys"), "{said:?}");
        assert_eq!(
            column::<i64>(
                &dir.join("state/accounts.db"),
                "SELECT count(*) FROM accounts"
            ),
            [2]
        );
        let both = format!("{new},{SECRET}");
        let said = with(&both, &["restore", "copy.db", "--json"]).json();
        assert_eq!(
            (&said["deleted_again"], &said["passwords_voided"]),
            (&json!(1), &json!(1))
        );
        let said = with(&new, &["restore", "copy.db", "--without-lost-keys"]).done();
        assert!(said.err.starts_with("warning: deletions"), "{said:?}");
        assert!(said.out.contains("3 accounts"), "{said:?}");
    });
}

#[tokio::test]
async fn entries_of_a_later_release_are_skipped() {
    let (service, _) = with_departures().await;
    let store = service.sidecar.accounts().store();
    let noted = store.write(|rows| {
        Ok(rows.insert_departure(
            &Departure {
                id: 0,
                kind: Err("moved".into()),
                key: "k1".into(),
                address: [7; 32],
                at: Moment(1_738_411_200_000),
            },
            None,
        )?)
    });
    noted.await.unwrap();
    // The service's own log continues after that row.
    service.operator(&["user", "delete", AL, "--yes"]).done();
    let service = service.while_stopped(|dir| {
        let log = std::fs::read_to_string(dir.join("state/deleted.log")).unwrap();
        assert!(log.contains(" moved k1 "), "{log}");
        assert_eq!(log.matches(" deleted k1 ").count(), 2, "{log}");
        let said = operator(dir, &["restore", "copy.db"]).done();
        assert!(
            said.err
                .contains("could not be applied; their kinds: {\"moved\"}"),
            "{said:?}"
        );
        assert!(!said.err.contains("cannot be read"), "{said:?}");
    });
    let mut browser = service.browser();
    for email in [JO, KIM, AL] {
        browser.log_in(email, PASSWORD).await.status(401);
    }
}
