use rusqlite::{Row, StatementStatus};

use super::*;
use crate::store::sql::outbox::{
    COUNT, END_FOR_NOBODY, END_LATE, HAS_DUE, HAS_FOR_NOBODY, HAS_WAITING, LEASE,
};

fn pragma(connection: &Connection, name: &str) -> String {
    let text = |row: &Row<'_>| {
        row.get_ref(0).map(|value| match value.as_str() {
            Ok(text) => text.to_owned(),
            Err(_) => value.as_i64().unwrap().to_string(),
        })
    };
    connection.pragma_query_value(None, name, text).unwrap()
}

#[test]
fn the_writer_loses_nothing_and_erases_what_it_deletes() {
    let dir = tempfile::tempdir().unwrap();
    let (_lock, writer) = open_current(&Files::together(dir.path().join("accounts.db"))).unwrap();
    for (name, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("secure_delete", "1"),
        ("foreign_keys", "1"),
        ("cache_size", "-2048"),
        ("busy_timeout", "5000"),
    ] {
        assert_eq!(pragma(&writer, name), value, "{name}");
    }
}

#[test]
fn readers_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("accounts.db");
    drop(open_current(&Files::together(path.clone())).unwrap());
    let reader = connect_reader(&path).unwrap();
    assert_eq!(pragma(&reader, "journal_mode"), "wal");
    let error = reader.execute("DELETE FROM accounts", []).unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

/// A database with `each` mails for each of ten networks.
fn full_outbox(folder: &Path, each: u32) -> Connection {
    let (_lock, writer) = open_current(&Files::together(folder.join("accounts.db"))).unwrap();
    let fill = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 10 * ?1 - 1)
        INSERT INTO outbox (id, kind, language, key, sealed, state, created_at, due_until, next_at, attempts, lease_until,
          own_fault, reason, network, asked)
        SELECT hex(randomblob(16)), 'verify', 'en', 'k', zeroblob(640), 1, i, 1000000, i, 0, 0, 0, '',
          CAST(printf('%032d', i % 10) AS BLOB), i / 10 FROM n";
    writer.execute(fill, [each]).unwrap();
    writer
}

/// How many VM steps SQLite takes for a statement whose parameters all have this value.
fn steps(connection: &Connection, sql: &str, number: i64) -> i32 {
    let mut statement = connection.prepare(sql).unwrap();
    for index in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(index, number).unwrap();
    }
    let mut rows = statement.raw_query();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

/// Strangers can make much mail wait; taking the next mail must not cost more for it.
#[test]
fn taking_mail_costs_the_same_however_much_waits() {
    let folders = [20, 400].map(|each| (tempfile::tempdir().unwrap(), each));
    let [few, many] = folders.map(|(folder, each)| full_outbox(folder.path(), each));
    for (sql, number) in [
        (HAS_DUE, 100_000),
        (HAS_WAITING, 0),
        (HAS_FOR_NOBODY, 100_000),
        (END_FOR_NOBODY, 100_000),
        (END_LATE, 100_000),
    ] {
        assert_eq!(steps(&few, sql, number), steps(&many, sql, number), "{sql}");
    }
    // It sorts the mail of only one network: of ten networks, twenty times as much mail is twice the work.
    let [less, more] = [&few, &many].map(|all| steps(all, LEASE, 100_000));
    assert!(more < 8 * less, "{less}, {more}");
    let [less, more] = [&few, &many].map(|all| steps(all, COUNT, 0));
    assert!(more < 20 * less, "{less}, {more}");
}
