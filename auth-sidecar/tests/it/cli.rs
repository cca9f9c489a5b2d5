//! The program as operators call it, on the files of a service under test.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dateline_auth::domain::clock::SystemClock;
use rusqlite::Connection;
use serde_json::Value;

use crate::accounts::Service;
use crate::harness::SECRET;
use crate::program::program;

/// A service by the machine's clock, like the program's.
pub(crate) fn service() -> Service {
    Service::with(|options| options.clock = Arc::new(SystemClock))
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.status, 0, "{self:?}");
        self
    }

    /// Checks the exit status of a fault in the input, and that the message has these words.
    #[track_caller]
    pub(crate) fn refused(&self, words: &str) {
        assert_eq!((self.status, self.out.as_str()), (1, ""), "{self:?}");
        assert!(
            self.err.starts_with("error: ") && self.err.contains(words),
            "{}",
            self.err
        );
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let said = self.done();
        serde_json::from_str(&said.out).unwrap()
    }
}

/// The program on the files of the service in this folder.
pub(crate) fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command
        .args(arguments)
        .current_dir(dir)
        .env("DATELINE_AUTH_DATABASE", "sqlite:state/accounts.db")
        .env("DATELINE_AUTH_SECRET", SECRET);
    command
}

/// Runs it.
pub(crate) fn operator(dir: &Path, arguments: &[&str]) -> Said {
    run(&mut command(dir, arguments))
}

pub(crate) fn run(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Service {
    pub(crate) fn operator(&self, arguments: &[&str]) -> Said {
        operator(self.dir.path(), arguments)
    }

    /// A file of the test's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// One column of the database, as it is now.
    pub(crate) fn column<T: rusqlite::types::FromSql>(&self, sql: &str) -> Vec<T> {
        column(&self.database(), sql)
    }
}

pub(crate) fn column<T: rusqlite::types::FromSql>(database: &Path, sql: &str) -> Vec<T> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Permission bits.
pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn commands_create_no_database_and_name_the_path_they_tried() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["user", "list"][..],
        &["user", "delete", "7", "--yes"],
        &["outbox", "list"],
        &["outbox", "retry", "--all"],
        &["backup", "copy.db"],
    ] {
        let said = operator(dir.path(), arguments);
        said.refused("there is no database state/accounts.db");
        assert!(said.err.contains("DATELINE_AUTH_DATABASE"), "{}", said.err);
    }
    operator(dir.path(), &["restore", "nowhere.db"]).refused("nowhere.db");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn wrong_usage_is_2() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["user"][..],
        &["user", "show"],
        &["user", "show", "nobody"],
        &["user", "forget", "7"],
        &["outbox", "retry"],
        &["outbox", "retry", "x", "--all"],
        &["backup"],
        &["restore"],
    ] {
        let said = operator(dir.path(), arguments);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    }
}

#[test]
fn settings_are_read_as_by_the_service() {
    let service = service();
    let file = service.file("auth.toml");
    std::fs::write(&file, "database = \"sqlite:state/accounts.db\"\n").unwrap();
    let mut list = program();
    list.current_dir(service.dir.path())
        .args(["user", "list", "--json", "--config", "auth.toml"]);
    let said = run(&mut list);
    assert_eq!(said.json()["accounts"], serde_json::json!([]));
    let mut list = program();
    list.current_dir(service.dir.path())
        .args(["user", "--config", "auth.toml", "list"])
        .env("DATELINE_AUTH_DATABASE", "mysql://x");
    run(&mut list).refused("DATELINE_AUTH_DATABASE");
    service
        .operator(&["user", "list", "--config", "other.toml"])
        .refused("other.toml");
}
