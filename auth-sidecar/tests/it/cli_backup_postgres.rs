//! What replaces `backup` and `restore` for PostgreSQL.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use dateline_auth::app::SidecarOptions;
use dateline_auth::store::postgres::{Postgres, PostgresOptions};

use crate::accounts::{JO, KIM, PASSWORD};
use crate::cli::{Said, command, run, service};
use crate::postgres::shared;

/// The command in backticks that the program names instead.
#[track_caller]
fn named_instead(said: &Said, name: &str) -> String {
    said.refused("this command works on SQLite files");
    let found = said
        .err
        .split('`')
        .find(|part| part.starts_with(&format!("{name} ")));
    let found = found
        .unwrap_or_else(|| panic!("no {name} in {}", said.err))
        .to_owned();
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operators.md");
    let documents = std::fs::read_to_string(documents).unwrap();
    assert!(
        documents.contains(&format!("\n{found}\n")),
        "docs/operators.md: {found}"
    );
    found
}

#[tokio::test]
async fn backup_and_restore_name_commands_that_work() {
    let name = shared().database();
    let address = shared().address(&name);
    let on_postgres = |options: &mut SidecarOptions| {
        options.store = Arc::new(Postgres::open(&address, PostgresOptions::default()).unwrap());
    };
    let service = service().reopened(|_| {}, on_postgres);
    let mut jo = service.registered(JO).await;
    jo.link().await;
    service.browser().reset(JO).await.status(202);

    let say = |arguments: &[&str]| {
        run(command(service.dir.path(), arguments).env("DATELINE_AUTH_DATABASE", &address))
    };
    let dump = named_instead(&say(&["backup", "accounts.dump"]), "pg_dump");
    let restore = named_instead(&say(&["restore", "accounts.dump"]), "pg_restore");
    shared().shell(service.dir.path(), &dump.replace("DATABASE", &name));
    service.registered(KIM).await;
    drop(jo);
    let restored = |dir: &Path| {
        shared().shell(dir, &restore.replace("DATABASE", &name));
        let tables = shared().sql(
            &name,
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        );
        let count = |table: &str| shared().sql(&name, &format!("SELECT count(*) FROM {table}"));
        let full: BTreeSet<&str> = tables
            .lines()
            .filter(|table| count(table).trim() != "0")
            .collect();
        assert_eq!(full, BTreeSet::from(["accounts", "migrations", "pace"]));
    };
    let service = service.reopened(restored, on_postgres);
    service.browser().log_in(JO, PASSWORD).await.status(200);
    service.registered(KIM).await;
    drop(service);
    shared().drop_database(&name);
}

/// For each new table, decide here and in the command whether backups hold it.
#[test]
fn each_table_is_dumped_or_left_out_on_purpose() {
    let dumped = [
        "accounts",
        "address_changes",
        "consents",
        "departures",
        "downloads",
        "migrations",
        "pace",
        "turns",
    ];
    let dir = tempfile::tempdir().unwrap();
    let name = shared().database();
    let address = shared().address(&name);
    drop(Postgres::open(&address, PostgresOptions::default()).unwrap());
    let said = run(command(dir.path(), &["backup", "a"]).env("DATELINE_AUTH_DATABASE", address));
    let pattern = said
        .err
        .split(['(', ')'])
        .find(|part| part.contains('|'))
        .unwrap();
    let expected: BTreeSet<&str> = dumped.into_iter().chain(pattern.split('|')).collect();
    let tables = shared().sql(
        &name,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    assert_eq!(tables.lines().collect::<BTreeSet<_>>(), expected);
    shared().drop_database(&name);
}
