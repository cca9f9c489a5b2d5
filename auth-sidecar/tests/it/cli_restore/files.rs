//! Files: which may be restored, which are left where they are, and whose they are.

use std::path::Path;
use std::process::Stdio;

use crate::accounts::{JO, KIM, PASSWORD};
use crate::cli::{column, command, operator, run, service};
use serde_json::json;

use super::with_departures;

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
