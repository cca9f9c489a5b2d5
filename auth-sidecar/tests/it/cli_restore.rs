//! `dateline-auth restore`: what comes back, and what must not.

use std::path::Path;
use std::process::Stdio;

use dateline_auth::domain::store::Departure;
use dateline_auth::domain::time::Moment;
use serde_json::json;

use crate::accounts::{JO, KIM, OTHER_PASSWORD, PASSWORD, Service};
use crate::cli::{column, command, mode, operator, run, service};
use crate::harness::SECRET;

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
async fn the_state_folder_can_be_elsewhere() {
    let service = service();
    service.registered(JO).await;
    service.registered(KIM).await;
    service.while_stopped(|dir| {
        let elsewhere = |arguments: &[&str]| {
            run(command(dir, arguments).env("DATELINE_AUTH_STATE_DIR", "kept"))
        };
        elsewhere(&["backup", "copy.db"]).done();
        elsewhere(&["user", "delete", JO, "--yes"]).done();
        elsewhere(&["backup", "--force", "kept/deleted.log"]).refused("the service uses that file");
        let said = elsewhere(&["restore", "copy.db", "--json"]).json();
        assert_eq!(
            (&said["deleted_again"], &said["warnings"]),
            (&json!(1), &json!([]))
        );
        assert_eq!(said["replaced_database"], "kept/accounts.db.before-restore");
        let mut kept: Vec<_> = std::fs::read_dir(dir.join("kept"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        kept.sort();
        assert_eq!(kept, ["accounts.db.before-restore", "deleted.log"]);
        assert!(!dir.join("state/deleted.log").exists());
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
async fn not_while_the_service_runs() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service
        .operator(&["restore", "copy.db"])
        .refused("stop the service");
    assert!(jo.is_signed_in().await);
    assert!(!service.file("state/accounts.db.restoring").exists());
    drop(jo);
    service.while_stopped(|dir| {
        // Nor while another program has it open.
        let connection = rusqlite::Connection::open(dir.join("state/accounts.db")).unwrap();
        let mut statement = connection.prepare("SELECT id FROM accounts").unwrap();
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap();
        operator(dir, &["restore", "copy.db"]).refused("another program has the database open");
    });
}

#[tokio::test]
async fn a_foreign_backup_is_refused() {
    let service = service();
    service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.while_stopped(|dir| {
        let good = std::fs::read(dir.join("copy.db")).unwrap();
        let state = || {
            let mut files: Vec<_> = std::fs::read_dir(dir.join("state"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.clone(), std::fs::read(path).unwrap()))
                .collect();
            files.sort();
            files
        };
        let before = state();
        let refused = |content: &[u8], words: &str| {
            std::fs::write(dir.join("bad.db"), content).unwrap();
            let said = operator(dir, &["restore", "bad.db"]);
            said.refused(words);
            assert!(said.err.contains("bad.db was not restored"), "{said:?}");
            assert!(state() == before, "{words}");
        };
        refused(b"", "not a database of this program");
        refused(b"SQLite", "not a database of this program");
        refused(
            b"not a database at all, but a longer text",
            "not a database of this program",
        );
        refused(&good[..60], "SQLite says");
        for part in [3, 5, 8] {
            let length = good.len() * part / 10;
            refused(&good[..length], "malformed");
        }
        let mut holed = good.clone();
        let len = holed.len();
        holed[len / 2..len / 2 + 4096].fill(0xa5);
        refused(&holed, "");
        let foreign = dir.join("foreign.db");
        let edited = |sql: &str, on: &[u8]| {
            std::fs::write(&foreign, on).unwrap();
            let connection = rusqlite::Connection::open(&foreign).unwrap();
            connection.execute_batch(sql).unwrap();
            drop(connection);
            std::fs::read(&foreign).unwrap()
        };
        let other = edited("CREATE TABLE accounts (x); PRAGMA user_version = 1;", b"");
        refused(&other, "not a database of this program");
        refused(&edited("PRAGMA user_version = 99", &good), "newer release");
        refused(
            &edited("UPDATE migrations SET checksum = x'00'", &good),
            "differs from this release's",
        );
        let orphan = "INSERT INTO consents (account, subscribed, wording, text, language, at)
                      VALUES (99, 1, 'a', 'b', 'en', 0)";
        let orphan = format!("PRAGMA foreign_keys = off; {orphan}");
        refused(&edited(&orphan, &good), "damaged");

        std::fs::write(dir.join("bad.db-wal"), "something").unwrap();
        refused(&good, "it is incomplete");
        operator(dir, &["restore", "state"]).refused("not a database of this program");
        operator(dir, &["restore", "state/accounts.db"]).refused("the database itself");
        assert!(state() == before);
    });
}

#[tokio::test]
async fn a_damaged_database_is_replaced_and_kept_whole() {
    let service = service();
    service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    let service = service.while_stopped(|dir| {
        let database = dir.join("state/accounts.db");
        let damaged = "no database any more".repeat(1000);
        std::fs::write(&database, &damaged).unwrap();
        std::fs::write(dir.join("state/accounts.db-wal"), "a log").unwrap();
        std::fs::write(dir.join("state/deleted.log"), "a line\n").unwrap();
        let said = operator(dir, &["restore", "copy.db"]).done();
        assert!(
            said.err.contains("the previous database cannot be read"),
            "{said:?}"
        );
        assert!(
            said.err
                .contains("lines that cannot be read and were skipped: 1"),
            "{said:?}"
        );
        let kept =
            |end: &str| std::fs::read(dir.join(format!("state/accounts.db.before-restore{end}")));
        assert_eq!(kept("").unwrap(), damaged.as_bytes());
        assert_eq!(kept("-wal").unwrap(), b"a log");
        assert!(!dir.join("state/accounts.db-wal").exists());
    });
    service.browser().log_in(JO, PASSWORD).await.status(200);
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

/// The addresses in a database, if it is whole.
fn accounts(database: &Path) -> Vec<String> {
    assert_eq!(column::<String>(database, "PRAGMA integrity_check"), ["ok"]);
    column(database, "SELECT email FROM accounts ORDER BY email")
}

#[tokio::test]
async fn killed_at_any_moment_it_leaves_the_old_or_the_new() {
    let service = service();
    service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.registered(KIM).await;
    service.while_stopped(|dir| {
        let database = dir.join("state/accounts.db");
        std::fs::copy(&database, dir.join("old.db")).unwrap();
        let started = std::time::Instant::now();
        operator(dir, &["restore", "copy.db"]).done();
        let whole = started.elapsed();
        let (mut old, mut new) = (0, 0);
        for round in 0..24 {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(dir.join(format!("state/accounts.db{end}")));
            }
            std::fs::copy(dir.join("old.db"), &database).unwrap();
            let mut child = command(dir, &["restore", "copy.db"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // The last one lives, however slow the machine has become.
            if round < 23 {
                std::thread::sleep(whole * round / 20);
                let _ = child.kill();
            }
            child.wait().unwrap();
            let found = accounts(&database);
            match found.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                [JO, KIM] => old += 1,
                [JO] => {
                    new += 1;
                    assert_eq!(
                        column::<i64>(&database, "SELECT count(*) FROM sessions"),
                        [0]
                    );
                }
                _ => panic!("neither the old nor the new: {found:?}"),
            }
        }
        assert!(old > 0 && new > 0, "{old} old, {new} new");
        operator(dir, &["restore", "copy.db"]).done();
        assert!(!dir.join("state/accounts.db.restoring").exists());
    });
}

/// Protects the service from files that it cannot open. Only root can give files to others.
#[tokio::test]
async fn files_restored_by_root_keep_their_owner() {
    use std::os::unix::fs::{MetadataExt as _, chown};

    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("skipped: it takes root to give files to others");
        return;
    }
    let (service, _) = with_departures().await;
    drop(service.while_stopped(|dir| {
        let state = dir.join("state");
        chown(state.join("accounts.db"), Some(4321), Some(4322)).unwrap();
        std::fs::remove_file(state.join("deleted.log")).unwrap();
        operator(dir, &["restore", "copy.db"]).done();
        for name in [
            "accounts.db",
            "accounts.db.lock",
            "accounts.db.before-restore",
            "deleted.log",
        ] {
            let metadata = std::fs::metadata(state.join(name)).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (4321, 4322), "{name}");
            assert_eq!(metadata.mode() & 0o777, 0o600, "{name}");
        }
    }));
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

/// The report to the operator: accounts that exist, were deleted again, are void or disabled.
fn told(said: &serde_json::Value) -> [&serde_json::Value; 4] {
    ["accounts", "deleted_again", "passwords_voided", "disabled"].map(|name| &said[name])
}

const NEW: &str = "new@example.org";

#[tokio::test]
async fn an_address_left_after_the_backup_grants_no_access() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.moves(&mut jo, NEW).await;
    drop(jo);
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(told(&said), [&json!(1), &json!(0), &json!(0), &json!(1)]);
        let said = operator(dir, &["restore", "copy.db"]).done().out;
        assert!(
            said.contains("1 account is disabled, since it had another address"),
            "{said}"
        );
    });
    // The reader of the old mailbox gains nothing by it.
    let mut stranger = service.browser();
    stranger.reset(JO).await.status(202);
    assert!(service.mail_to(JO).await.subject.contains("closed"));
    service.operator(&["user", "enable", JO]).done();
    service.browser().log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn a_backup_from_after_a_change_of_address_has_it() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    drop(jo);
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(told(&said), [&json!(1), &json!(0), &json!(0), &json!(0)]);
    });
    service.browser().log_in(NEW, PASSWORD).await.status(200);
    let shown = service.operator(&["user", "show", NEW]).done().out;
    assert!(shown.contains("can be undone until"), "{shown}");
    // The way back is one still.
    let mut owner = service.browser();
    owner.enter("account/address/undo", &undo).await.status(200);
}

#[tokio::test]
async fn an_account_deleted_at_another_address_stays_deleted() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.moves(&mut jo, NEW).await;
    drop(jo);
    service.operator(&["user", "delete", NEW, "--yes"]).done();
    // The address belongs to another reader afterwards, who is not meant.
    service.advance(1);
    service.registered(JO).await;
    service.operator(&["backup", "later.db"]).done();
    service.while_stopped(|dir| {
        for (backup, expected) in [("later.db", [1, 0, 0, 0]), ("copy.db", [0, 1, 0, 0])] {
            let said = operator(dir, &["restore", backup, "--json"]).json();
            assert_eq!(
                told(&said),
                expected.map(|n| json!(n)).each_ref(),
                "{backup}"
            );
        }
    });
}

#[tokio::test]
async fn a_change_that_was_undone_is_undone_again() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "before.db"]).done();
    service.advance(1);
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    service.operator(&["backup", "between.db"]).done();
    service.advance(1);
    let mut owner = service.browser();
    owner.enter("account/address/undo", &undo).await.status(200);
    drop((jo, owner));
    let service = service.while_stopped(|dir| {
        for backup in ["before.db", "between.db"] {
            let said = operator(dir, &["restore", backup, "--json"]).json();
            let expected = [&json!(1), &json!(0), &json!(1), &json!(0)];
            assert_eq!(told(&said), expected, "{backup}");
        }
    });
    for email in [JO, NEW] {
        let answer = service.browser().log_in(email, PASSWORD).await;
        answer.problem(401, "credentials-wrong");
    }
    let (mut owner, code) = service.resetting(JO).await;
    owner.enter("reset/verify", &code).await.status(200);
}
