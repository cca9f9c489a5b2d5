//! `dateline-auth backup` beside a running service.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use dateline_auth::domain::store::Account;
use dateline_auth::domain::time::Moment;
use serde_json::json;

use crate::accounts::{JO, KIM, PASSWORD, code_in};
use crate::cli::{column, mode, run, service};

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    assert!(secret.len() >= 8);
    bytes.windows(secret.len()).any(|window| window == secret)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_holds_accounts_and_nothing_that_a_thief_could_use() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let fields = json!({ "subscribed": true, "wording": "wording-en" });
    jo.post("newsletter", fields).await.status(200);
    jo.clone().log_in(JO, "Wrong-Password-1!").await.status(401);
    // Flows and mails in progress: of an owner, of a new reader, and of an unknown address.
    service.browser().reset(JO).await.status(202);
    let mut kim = service.browser();
    kim.register(KIM, PASSWORD).await.status(202);
    service.browser().reset("al@example.com").await.status(202);

    let mut secrets: Vec<Vec<u8>> = Vec::new();
    for sql in [
        "SELECT hash FROM sessions",
        "SELECT CAST(id AS BLOB) FROM sessions",
        "SELECT hash FROM devices",
        "SELECT id FROM flows",
        "SELECT code_mac FROM flows",
        "SELECT CAST(email AS BLOB) FROM flows WHERE account IS NULL AND step = 1",
        "SELECT CAST(password_hash AS BLOB) FROM flows WHERE password_hash IS NOT NULL",
        "SELECT sealed FROM outbox",
        "SELECT key FROM hits",
        "SELECT network FROM hits",
    ] {
        let found = service.column::<Vec<u8>>(sql);
        assert!(!found.is_empty(), "{sql}");
        secrets.extend(found);
    }
    // Everything is in the main file now, so that a search finds it.
    service.column::<i64>("PRAGMA wal_checkpoint(TRUNCATE)");
    let live = std::fs::read(service.database()).unwrap();
    for secret in &secrets {
        // Long blobs go on in other pages.
        let start = &secret[..secret.len().min(64)];
        assert!(holds(&live, start), "the search finds nothing");
    }

    let said = service.operator(&["backup", "copy.db", "--json"]).json();
    let copy = service.file("copy.db");
    let bytes = std::fs::read(&copy).unwrap();
    assert_eq!(said["bytes"], bytes.len());
    assert_eq!(
        (
            &said["accounts"],
            &said["consents"],
            &said["departures"],
            &said["mails_listed"]
        ),
        (&json!(1), &json!(1), &json!(0), &json!(2))
    );
    assert_eq!(mode(&copy), 0o600);
    for secret in secrets {
        for part in secret.chunks(32).filter(|part| part.len() >= 8) {
            assert!(
                !holds(&bytes, part),
                "{:?}",
                String::from_utf8_lossy(&secret)
            );
        }
    }
    for mail in service.mails().await.iter().skip(1) {
        let code = code_in(mail).replace(' ', "");
        assert!(!holds(&bytes, code.as_bytes()));
    }
    assert!(holds(&bytes, JO.as_bytes()));
    let outbox = "SELECT kind || ' ' || state || ' ' || length(sealed) || ' ' || (flow IS NULL) FROM outbox ORDER BY kind";
    assert_eq!(
        column::<String>(&copy, outbox),
        ["reset 2 0 1", "verify 2 0 1"]
    );
    assert_eq!(column::<String>(&copy, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(names(service.dir.path()), ["copy.db", "media", "state"]);
    assert!(jo.is_signed_in().await, "the service goes on");
}

#[tokio::test]
async fn nothing_is_overwritten_unless_asked_for() {
    let service = service();
    service.registered(JO).await;
    let copy = service.file("copy.db");
    std::fs::write(&copy, "precious").unwrap();
    service.operator(&["backup", "copy.db"]).refused("--force");
    assert_eq!(std::fs::read(&copy).unwrap(), b"precious");
    let said = service.operator(&["backup", "copy.db", "--force"]).done();
    assert!(
        said.out.contains("1 account") && said.out.contains("bytes"),
        "{said:?}"
    );
    assert_eq!(mode(&copy), 0o600);
    assert!(service.operator(&["user", "list"]).done().out.contains(JO));

    service.operator(&["user", "disable", JO]).done();
    let before = names(&service.file("state"));
    for own in ["accounts.db", "accounts.db-wal", "accounts.db.lock"] {
        let own = format!("state/../state/{own}");
        let said = service.operator(&["backup", &own, "--force"]);
        said.refused("uses that file itself");
    }
    std::os::unix::fs::symlink("state/accounts.db", service.file("link.db")).unwrap();
    service
        .operator(&["backup", "link.db", "--force"])
        .refused("uses that file itself");
    service
        .operator(&["backup", "state", "--force"])
        .refused("not a regular file");
    service
        .operator(&["backup", "nowhere/copy.db"])
        .refused("nowhere");
    assert!(names(&service.file("state")).starts_with(&before[..1]));
    service.operator(&["user", "show", JO]).done();
}

#[tokio::test]
async fn a_foreign_database_is_not_backed_up() {
    let service = service();
    let other = service.file("other.db");
    column::<i64>(&other, "SELECT 1");
    let mut backup = crate::cli::command(service.dir.path(), &["backup", "copy.db"]);
    std::fs::write(&other, "").unwrap();
    run(backup.env("DATELINE_AUTH_DATABASE", "sqlite:other.db"))
        .refused("not a database of this program");
    std::fs::write(
        &other,
        "not a database, but long enough to be taken for one".repeat(100),
    )
    .unwrap();
    run(&mut backup).refused("not a database");
    assert!(!service.file("copy.db").exists() && !service.file("copy.db.part").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_shows_one_state_however_busy_the_writer_is() {
    let service = service();
    let (over, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let writer = {
        let (over, written) = (Arc::clone(&over), Arc::clone(&written));
        let store = service.sidecar.accounts().store().clone();
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let pair = written.fetch_add(1, Ordering::Relaxed);
                store
                    .write(move |rows| {
                        for half in 0..2 {
                            rows.insert_account(&Account {
                                id: 0,
                                email_key: format!("{pair}-{half}@example.org"),
                                email: "x".repeat(3000),
                                password_hash: "!".into(),
                                language: "en".into(),
                                subscribed: false,
                                created_at: Moment(0),
                                password_at: Moment(0),
                                address_at: Moment(0),
                                disabled_at: None,
                            })?;
                        }
                        Ok(())
                    })
                    .await
                    .unwrap();
            }
        })
    };
    let mut last = 0;
    let (mut round, mut beside) = (0, 0);
    // A busy machine may run a backup between two turns of the writer.
    while beside < 5 {
        assert!(round < 60, "the writer waited for all but {beside}");
        round += 1;
        let name = format!("copy-{round}.db");
        let before = written.load(Ordering::Relaxed);
        let dir = service.dir.path().to_owned();
        let said = tokio::task::spawn_blocking({
            let name = name.clone();
            move || crate::cli::operator(&dir, &["backup", &name, "--json"])
        });
        let count = said.await.unwrap().json()["accounts"].as_u64().unwrap();
        beside += u32::from(written.load(Ordering::Relaxed) > before);
        assert!(
            count.is_multiple_of(2) && count >= last,
            "{count} after {last}"
        );
        last = count;
        assert_eq!(
            column::<String>(&service.file(&name), "PRAGMA integrity_check"),
            ["ok"]
        );
    }
    over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert!(last > 0);
}
