use rusqlite::Row;

use super::*;

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
