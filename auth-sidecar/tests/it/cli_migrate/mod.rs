//! `dateline-auth migrate`: what is copied from SQLite to PostgreSQL, and what is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dateline_auth::store::postgres::{Postgres, PostgresOptions};
use rusqlite::Connection;

use crate::accounts::{JO, KIM, OTHER_PASSWORD, PASSWORD, Service};
use crate::cli::{Said, column, command, operator, run, service};
use crate::harness::write;
use crate::postgres::shared;

mod kills;
mod refusals;

/// A PostgreSQL database that ends with the test.
struct Target(String);

impl Target {
    fn new() -> Self {
        Self(shared().database())
    }

    fn address(&self) -> String {
        shared().address(&self.0)
    }

    fn sql(&self, statements: &str) -> String {
        shared().sql(&self.0, statements)
    }

    /// The command from the service's file to this database.
    fn migrate(&self, dir: &Path) -> Command {
        let mut migrate = command(
            dir,
            &["migrate", "--from", "sqlite:state/accounts.db", "--json"],
        );
        // As operators should: the address is in no list of processes.
        migrate.env("DATELINE_AUTH_DATABASE", self.address());
        migrate
    }

    #[track_caller]
    fn migrated(&self, dir: &Path) -> serde_json::Value {
        let said = run(&mut self.migrate(dir)).json();
        assert_equal(dir, self);
        said
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        shared().drop_database(&self.0);
    }
}

/// The columns of each table, by their types in PostgreSQL.
fn sqlite_columns(database: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let connection = Connection::open(database).unwrap();
    let mut columns = connection
        .prepare(
            "SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut rows = columns.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let kind = match row.get::<_, String>(2).unwrap().as_str() {
            "INTEGER" => "bigint",
            "TEXT" => "text",
            "BLOB" => "bytea",
            other => panic!("no such type in PostgreSQL: {other}"),
        };
        let table = tables.entry(row.get(0).unwrap()).or_default();
        table.insert(row.get(1).unwrap(), kind.to_owned());
    }
    tables
}

/// Each row of a table as text, read without the program's help.
fn rows(
    dir: &Path,
    target: &Target,
    table: &str,
    columns: &BTreeMap<String, String>,
) -> [Vec<String>; 2] {
    let cell = |name: &str, hex: &dyn Fn(&str) -> String| {
        let value = match columns[name].as_str() {
            "bigint" => format!("CAST(\"{name}\" AS text)"),
            _ => hex(name),
        };
        format!("coalesce({value}, 'none')")
    };
    let list = |hex: &dyn Fn(&str) -> String| {
        let cells: Vec<String> = columns.keys().map(|name| cell(name, hex)).collect();
        format!("SELECT {} FROM \"{table}\"", cells.join(" || ' ' || "))
    };
    let in_sqlite = list(&|name| format!("lower(hex(CAST(\"{name}\" AS blob)))"));
    let in_postgres = list(&|name| match columns[name].as_str() {
        "text" => format!("encode(convert_to(\"{name}\", 'UTF8'), 'hex')"),
        _ => format!("encode(\"{name}\", 'hex')"),
    });
    let source = column::<String>(&dir.join("state/accounts.db"), &in_sqlite);
    // A null has no hexadecimal digits in SQLite, which makes it an empty text there.
    let copied = target.sql(&in_postgres.replace("'none'", "''"));
    let mut found = [
        source.iter().map(|row| row.replace("none", "")).collect(),
        copied.lines().map(str::to_owned).collect(),
    ];
    found
        .iter_mut()
        .for_each(|rows: &mut Vec<String>| rows.sort());
    found
}

#[track_caller]
fn assert_equal(dir: &Path, target: &Target) {
    for (table, columns) in sqlite_columns(&dir.join("state/accounts.db")) {
        if table != "migrations" {
            let [source, copied] = rows(dir, target, &table, &columns);
            assert!(
                source == copied,
                "{table}: {} and {} rows",
                source.len(),
                copied.len()
            );
        }
    }
}

/// The service on what was migrated.
fn moved(service: Service, target: &Target) -> Service {
    let store = Postgres::open(&target.address(), PostgresOptions::default()).unwrap();
    service.reopened(|_| {}, |options| options.store = Arc::new(store))
}

/// For each new table, decide whether it is one of both databases; then it is migrated without further work.
#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let service = service();
    let mut tables = sqlite_columns(&service.database());
    let target = Target::new();
    Postgres::open(&target.address(), PostgresOptions::default()).unwrap();
    // For locks alone.
    tables.insert("turns".to_owned(), BTreeMap::new());
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let lines = target.sql(
        "SELECT c.relname || ' ' || coalesce(a.attname || ' ' || format_type(a.atttypid, NULL), '')
         FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    );
    for line in lines.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let table = found.entry(words[0].to_owned()).or_default();
        if let [_, column, kind] = words[..] {
            table.insert(column.to_owned(), kind.to_owned());
        }
    }
    assert_eq!(found, tables);
}

#[tokio::test]
async fn everything_goes_on_where_it_stopped() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let wish = serde_json::json!({ "subscribed": true });
    jo.post("newsletter", wish).await.status(200);
    let mut kim = service.registered(KIM).await;
    let mut gone = service.registered("gone@example.org").await;
    let others = [("all", "true")];
    gone.form("account/sessions/revoke", &others).await;
    let link = kim.link().await;
    service.fetch(&link).await.status(200);
    service.moves(&mut kim, "kim@example.org").await;
    let undo = service.undo_code(KIM).await;
    let (registering, code) = service.registering("new@example.org").await;
    // Waits in the outbox.
    service.browser().reset(JO).await.status(202);
    let wrong = service
        .browser_at("192.0.2.7")
        .log_in(JO, OTHER_PASSWORD)
        .await;
    wrong.problem(401, "credentials-wrong");
    service.flush().await;
    let cookies = [jo.cookies.clone(), registering.cookies.clone()];
    drop((jo, kim, gone, registering));
    service
        .operator(&["user", "delete", "gone@example.org", "--yes"])
        .done();

    let target = Target::new();
    let service = service.while_stopped(|dir| {
        let said = target.migrated(dir);
        assert_eq!(said["outcome"], "copied");
        let tables = said["tables"].as_array().unwrap();
        assert!(tables.iter().all(|table| table["kept"] == 0));
        let full = tables
            .iter()
            .filter(|table| table["rows"].as_u64() > Some(0));
        assert_eq!(
            full.count(),
            tables.len(),
            "the test should fill all: {said}"
        );
        // Run again, it has nothing to do.
        assert_eq!(target.migrated(dir)["outcome"], "equal");
    });

    let last = column::<i64>(
        &service.database(),
        "SELECT seq FROM sqlite_sequence WHERE name = 'accounts'",
    );
    let service = moved(service, &target);
    let [mut jo, mut registering] = [service.browser(), service.browser()];
    [jo.cookies, registering.cookies] = cookies;
    assert!(jo.is_signed_in().await);
    registering.enter("verify", &code).await.status(200);
    let numbers = target.sql("SELECT id FROM accounts WHERE email = 'new@example.org'");
    assert_eq!(
        numbers.trim(),
        (last[0] + 1).to_string(),
        "no number is given twice"
    );
    service.fetch(&link).await.status(200);
    service
        .browser()
        .enter("account/address/undo", &undo)
        .await
        .status(200);
    let before = service.mailer.mails().len();
    let mails = service.mails().await.split_off(before);
    for to in [JO, "gone@example.org"] {
        assert!(mails.iter().any(|mail| mail.to == to), "{to}");
    }
    service.browser().log_in(JO, PASSWORD).await.status(200);
    service.registered("gone@example.org").await;
}

#[tokio::test]
async fn a_pooler_may_stand_between() {
    let service = service();
    service.registered(JO).await;
    let target = Target::new();
    service.while_stopped(|dir| {
        let mut migrate = target.migrate(dir);
        migrate.env("DATELINE_AUTH_DATABASE", shared().pooled_address(&target.0));
        assert_eq!(run(&mut migrate).json()["outcome"], "copied");
        assert_equal(dir, &target);
    });
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_may_run_beside_the_service() {
    let service = service();
    let mut jo = service.registered(JO).await;
    let target = Target::new();
    let mut migrate = target.migrate(service.dir.path());
    let said = run(migrate.arg("--dry-run")).json();
    assert_eq!(said["outcome"], "checked");
    assert_eq!(said["tables"][0]["name"], "accounts");
    assert_eq!(said["tables"][0]["rows"], 1);
    assert!(jo.is_signed_in().await);
    let tables =
        target.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    assert_eq!(tables.trim(), "0");
}

#[tokio::test]
async fn operators_see_how_far_it_is_and_what_to_do_next() {
    let service = service();
    service.registered(JO).await;
    let target = Target::new();
    service.while_stopped(|dir| {
        let address = target.address();
        let arguments = [
            "migrate",
            "--from",
            "sqlite:state/accounts.db",
            "--to",
            &address,
        ];
        let said = operator(dir, &arguments).done();
        for words in ["reading accounts", "comparing sessions"] {
            assert!(said.err.contains(words), "{said:?}");
        }
        assert!(said.err.contains("\"what\":\"migrate\""), "{said:?}");
        assert!(
            said.out.contains("the target equals the source"),
            "{said:?}"
        );
        let said = operator(dir, &arguments).done();
        assert!(said.out.contains("Nothing to do"), "{said:?}");
    });
}
