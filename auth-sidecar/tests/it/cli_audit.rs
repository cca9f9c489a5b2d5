//! What commands of an operator leave in the audit stream.

use serde_json::{Value, json};

use crate::accounts::{JO, KIM, Service};
use crate::cli::{Said, command, mode, run, service};

/// Runs a command whose audit stream is a file.
fn audited(service: &Service, arguments: &[&str]) -> Said {
    let mut command = command(service.dir.path(), arguments);
    run(command.env("DATELINE_AUTH_AUDIT", "file:audit.log"))
}

#[tokio::test]
async fn every_command_that_changes_something_leaves_a_line() {
    let service = service();
    service.registered(JO).await;
    let mut kim = service.registered(KIM).await;
    kim.newsletter(true, "").await.status(200);
    for _ in 0..2 {
        service
            .browser()
            .log_in(KIM, "Not-The-Password-1!")
            .await
            .status(401);
    }
    service.browser().reset(KIM).await.status(202);
    let id: i64 = service.column("SELECT id FROM accounts WHERE email = 'kim@example.net'")[0];
    // Those that change nothing make no file.
    for arguments in [
        &["user", "list"][..],
        &["user", "show", KIM],
        &["user", "export", KIM],
        &["outbox", "list"],
        &["stats"],
        &["backup", "copy.db"],
    ] {
        audited(&service, arguments).done();
    }
    assert!(!service.file("audit.log").exists());
    let changes = [
        &["user", "unlock", KIM][..],
        &["user", "unsubscribe", KIM],
        &["user", "disable", KIM],
        &["user", "enable", KIM],
        &["outbox", "retry", "--all"],
        &["mail", "test", "me@example.org"],
        &["user", "delete", KIM, "--yes"],
    ];
    for arguments in changes {
        let said = audited(&service, arguments).done();
        assert_eq!(said.err, "", "{arguments:?}");
    }
    // What was so already is not changed.
    audited(&service, &["user", "enable", JO]).done();
    audited(&service, &["user", "unsubscribe", JO]).done();
    assert_eq!(mode(&service.file("audit.log")), 0o600);
    drop(kim);
    service.while_stopped(|dir| {
        let mut restore = command(dir, &["restore", "copy.db"]);
        run(restore.env("DATELINE_AUTH_AUDIT", "file:audit.log")).done();
        let mut read = command(dir, &["audit", "--json"]);
        let read = run(read.env("DATELINE_AUTH_AUDIT", "file:audit.log")).json();
        let events = read["events"].as_array().unwrap();
        let told = |event: &Value| {
            assert_eq!(event["actor"], "operator", "{event}");
            assert_eq!(event["outcome"], "done", "{event}");
            assert!(
                event["user"].is_u64() && event["timestamp"].is_string(),
                "{event}"
            );
            json!([event["what"], event["account"]])
        };
        let expected = json!([
            ["user unlock", id],
            ["user unsubscribe", id],
            ["user disable", id],
            ["user enable", id],
            ["outbox retry", null],
            ["mail test", null],
            ["user delete", id],
            ["restore", null],
        ]);
        assert_eq!(
            Value::from(events.iter().map(told).collect::<Vec<_>>()),
            expected
        );
        let mut one = command(dir, &["audit", "--what", "user disable"]);
        let one = run(one.env("DATELINE_AUTH_AUDIT", "file:audit.log")).done();
        assert!(
            one.out.contains("user disable") && one.out.contains("operator"),
            "{}",
            one.out
        );
    });
}

#[tokio::test]
async fn nothing_is_changed_that_cannot_be_written_down() {
    let service = service();
    service.registered(JO).await;
    let mut disable = command(service.dir.path(), &["user", "disable", JO]);
    run(disable.env("DATELINE_AUTH_AUDIT", "file:nowhere/audit.log")).refused("audit stream");
    let disabled: Vec<i64> =
        service.column("SELECT count(*) FROM accounts WHERE disabled_at IS NOT NULL");
    assert_eq!(disabled, [0]);
    // With the log, as the service has it by default: the command's own.
    let said = service.operator(&["user", "disable", JO]).done();
    let line: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(
        (&line["what"], &line["target"]),
        (&json!("user disable"), &json!("dateline_audit"))
    );
}
