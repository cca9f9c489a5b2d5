//! What is not migrated.

use super::*;

#[tokio::test]
async fn not_while_the_service_runs() {
    let service = service();
    service.registered(JO).await;
    let target = Target::new();
    run(&mut target.migrate(service.dir.path())).refused("stop the service");
}

#[tokio::test]
async fn a_target_with_rows_is_left_alone() {
    let target = Target::new();
    let service = service();
    service.registered(JO).await;
    service.while_stopped(|dir| {
        target.migrated(dir);
        let before = target.sql("SELECT * FROM accounts");
        // The source is another one now.
        let database = dir.join("state/accounts.db");
        let connection = Connection::open(database).unwrap();
        connection
            .execute_batch("UPDATE accounts SET language = 'ar'")
            .unwrap();
        drop(connection);
        for flags in [&[][..], &["--dry-run"]] {
            let said = run(target.migrate(dir).args(flags));
            said.refused("the target is not empty: its table `accounts` has rows");
        }
        assert_eq!(target.sql("SELECT * FROM accounts"), before);
    });
}

#[tokio::test]
async fn a_target_that_a_service_uses_is_left_alone() {
    let target = Target::new();
    let store = Postgres::open(&target.address(), PostgresOptions::default()).unwrap();
    service().while_stopped(|dir| {
        run(&mut target.migrate(dir)).refused("the target is in use");
        drop(store);
        // The server notices a moment later that they have gone.
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND application_name = 'dateline-auth'";
        while target.sql(others).trim() != "0" {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        // A schema without rows is no obstacle.
        assert_eq!(target.migrated(dir)["outcome"], "copied");
    });
}

#[tokio::test]
async fn other_schemas_are_refused() {
    let service = service();
    service.registered(JO).await;
    service.while_stopped(|dir| {
        let database = dir.join("state/accounts.db");
        let good = std::fs::read(&database).unwrap();
        let edited = |sql: &str| {
            std::fs::write(&database, &good).unwrap();
            Connection::open(&database).unwrap().execute_batch(sql).unwrap();
        };
        let steps = column::<i64>(&database, "PRAGMA user_version")[0];
        let target = Target::new();
        for (sql, words) in [
            ("PRAGMA user_version = 99".to_owned(), "newer release"),
            (
                format!("DELETE FROM migrations WHERE step = {steps}; PRAGMA user_version = {}", steps - 1),
                "the schema of an earlier release",
            ),
            ("UPDATE migrations SET checksum = x'00'".to_owned(), "differs from this release's"),
            ("DROP TABLE migrations".to_owned(), "not a database of this program"),
            (
                "PRAGMA foreign_keys = off; INSERT INTO consents (account, subscribed, wording, text, language, at)
                 VALUES (99, 1, 'a', 'b', 'en', 0)"
                    .to_owned(),
                "damaged",
            ),
            (
                "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT".to_owned(),
                "the table `extra` has other columns in the target",
            ),
        ] {
            edited(&sql);
            run(&mut target.migrate(dir)).refused(words);
        }
        let damaged = &good[..good.len() / 2];
        std::fs::write(&database, damaged).unwrap();
        run(&mut target.migrate(dir)).refused("malformed");
        std::fs::write(&database, &good).unwrap();
        let newer = Target::new();
        Postgres::open(&newer.address(), PostgresOptions::default()).unwrap();
        newer.sql("INSERT INTO migrations (step, checksum) VALUES (999, '')");
        run(&mut newer.migrate(dir)).refused("newer release");
        target.migrated(dir);

        let foreign = Target::new();
        foreign.sql("CREATE TABLE accounts (name text)");
        run(&mut foreign.migrate(dir)).refused("a table `accounts` of another program");
    });
}

#[test]
fn what_cannot_be_reached_or_is_not_there_is_said_without_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new();
    run(&mut target.migrate(dir.path()))
        .refused("state/accounts.db was not migrated: the source: there is no such file");
    write(&dir.path().join("state/accounts.db"), "");
    run(&mut target.migrate(dir.path())).refused("not a database of this program");
    drop(dir);
    service().while_stopped(|dir| {
        let address = "postgres://jo:hunter2@127.0.0.1:1/d";
        let said = operator(
            dir,
            &[
                "migrate",
                "--from",
                "sqlite:state/accounts.db",
                "--to",
                address,
            ],
        );
        said.refused("the target: ");
        assert!(!said.err.contains("hunter2"), "{said:?}");
    });
}

#[test]
fn directions_that_do_not_exist_are_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = |said: Said, words: &str| {
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
        assert!(
            said.err.contains(words) && !said.err.contains("hunter2"),
            "{said:?}"
        );
    };
    let address = "postgres://jo:hunter2@h/d";
    wrong(operator(dir.path(), &["migrate"]), "--to postgres://…");
    wrong(
        operator(dir.path(), &["migrate", "--to", "sqlite:a.db"]),
        "--to postgres://…",
    );
    wrong(
        operator(dir.path(), &["migrate", "--from", address, "--to", address]),
        "--from sqlite:FILE",
    );
    wrong(
        operator(dir.path(), &["migrate", "--to", "mysql://jo:hunter2@h/d"]),
        "`--to` is something else",
    );
}
