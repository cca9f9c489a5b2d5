//! Interrupted migrations.

use std::process::Stdio;
use std::time::Instant;

use super::*;

/// More than one transaction of every large table.
const ACCOUNTS: u32 = 6_000;

/// Adds accounts with what belongs to them.
fn fill(database: &Path, accounts: u32) {
    let connection = Connection::open(database).unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {accounts})
               SELECT i FROM n;
             INSERT INTO accounts (id, email_key, email, password_hash, language, created_at, password_at, address_at)
               SELECT i, 'p' || i || '@example.org', 'P' || i || '@Example.org',
                 '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$' || hex(randomblob(32)), 'en', i, i, i FROM n;
             INSERT INTO sessions SELECT randomblob(32), 's' || i, i, 'Firefox, Linux', i, i FROM n;
             INSERT INTO consents (account, subscribed, wording, text, language, at)
               SELECT i, 1, 'w', 'Send me the newsletter: été, عربي', 'fr', i FROM n;
             INSERT INTO hits (scope, key, network, at) SELECT 1, randomblob(32), zeroblob(32), i FROM n;
             COMMIT;"
        ))
        .unwrap();
}

#[tokio::test]
async fn killed_at_any_moment_and_started_again_it_ends_equal() {
    let kills: u32 = std::env::var("KILLS").map_or(6, |kills| kills.parse().unwrap());
    service().while_stopped(|dir| {
        fill(&dir.join("state/accounts.db"), ACCOUNTS);
        let begun = Instant::now();
        Target::new().migrated(dir);
        let whole = begun.elapsed();
        let (mut struck, mut continued) = (0, 0);
        let mut left = kills;
        while left > 0 {
            let target = Target::new();
            loop {
                let mut child = target
                    .migrate(dir)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                let mut moment = [0; 2];
                getrandom::fill(&mut moment).unwrap();
                std::thread::sleep(whole * u32::from(u16::from_le_bytes(moment)) / 65_536);
                let _ = child.kill();
                let was_killed = !child.wait().unwrap().success();
                struck += u32::from(was_killed);
                left -= 1;
                if !was_killed || left.is_multiple_of(3) {
                    break;
                }
            }
            let said = target.migrated(dir);
            assert_eq!(said["started_over"], false);
            let tables = said["tables"].as_array().unwrap();
            continued += u32::from(tables.iter().any(|table| table["kept"].as_u64() > Some(0)));
            let next = target.sql("SELECT nextval(pg_get_serial_sequence('accounts', 'id'))");
            assert_eq!(next.trim(), (ACCOUNTS + 1).to_string());
        }
        println!("{struck} of {kills} kills struck, {continued} migrations were continued");
    });
}

/// Makes a migration fail after the accounts were copied; gives how to mend it.
fn break_a_row(database: &Path) -> impl Fn() {
    let sql = |sql: &str| {
        Connection::open(database)
            .unwrap()
            .execute_batch(sql)
            .unwrap()
    };
    sql("UPDATE sessions SET device = 'a' || char(0) || 'b' WHERE id = 's77'");
    let database = database.to_owned();
    move || {
        let connection = Connection::open(&database).unwrap();
        connection
            .execute("UPDATE sessions SET device = 'ab' WHERE id = 's77'", [])
            .unwrap();
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_copied_is_named_and_the_rest_kept() {
    service().while_stopped(|dir| {
        let database = dir.join("state/accounts.db");
        fill(&database, ACCOUNTS);
        let mend = break_a_row(&database);
        let target = Target::new();
        let refused = run(&mut target.migrate(dir));
        refused.refused("of the table `sessions` cannot be copied");
        assert!(
            refused
                .err
                .contains("its `device` contains a NUL character"),
            "{refused:?}"
        );
        assert!(!refused.err.contains('@'), "{refused:?}");
        // No service starts on half a database, and no command works on it.
        for arguments in [&["user", "list"][..], &["serve"]] {
            let mut other = command(dir, arguments);
            let said = run(other.env("DATELINE_AUTH_DATABASE", target.address()));
            assert_eq!((said.status, said.out.as_str()), (1, ""), "{said:?}");
            assert!(said.err.contains("has not finished"), "{said:?}");
        }
        mend();
        let said = target.migrated(dir);
        assert_eq!(said["started_over"], false);
        let kept = |name: &str| {
            let tables = said["tables"].as_array().unwrap();
            tables.iter().find(|table| table["name"] == name).unwrap()["kept"].as_u64()
        };
        assert_eq!(kept("accounts"), Some(u64::from(ACCOUNTS)));
        assert!(kept("sessions") < Some(u64::from(ACCOUNTS)), "{said}");
    });
}

#[tokio::test]
async fn a_source_that_changed_meanwhile_is_copied_from_the_start() {
    service().while_stopped(|dir| {
        let database = dir.join("state/accounts.db");
        fill(&database, 300);
        let mend = break_a_row(&database);
        let target = Target::new();
        run(&mut target.migrate(dir)).refused("cannot be copied");
        mend();
        // As if the service had run on it in between.
        let connection = Connection::open(&database).unwrap();
        connection
            .execute_batch("UPDATE accounts SET language = 'ar' WHERE id = 5")
            .unwrap();
        drop(connection);
        assert_eq!(target.migrated(dir)["started_over"], true);
    });
}

#[tokio::test]
async fn of_two_migrations_into_one_database_one_ends() {
    service().while_stopped(|dir| {
        fill(&dir.join("state/accounts.db"), ACCOUNTS);
        std::fs::create_dir_all(dir.join("other/state")).unwrap();
        std::fs::copy(
            dir.join("state/accounts.db"),
            dir.join("other/state/accounts.db"),
        )
        .unwrap();
        let target = Target::new();
        let both = [dir.to_owned(), dir.join("other")].map(|dir| {
            let mut migrate = target.migrate(&dir);
            std::thread::spawn(move || run(&mut migrate))
        });
        let said = both.map(|one| one.join().unwrap());
        let done = said.iter().filter(|said| said.status == 0).count();
        assert!(done >= 1, "{said:?}");
        for said in said.iter().filter(|said| said.status != 0) {
            said.refused("another migration into the target");
        }
        assert_equal(dir, &target);
    });
}
