//! Copies of a database: backups, and copies made before a migration.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::files::{Files, beside, private_file, with_end};
use super::{Lock, MigrateError, OpenError, connect, migrate};

/// Removes what a thief could use and what must not be restored: sessions, known devices, flows with their codes,
/// download links, and the counters of rate limits. Queued mail stays as a list without addresses and codes.
const LEAVE_OUT: &str = "
    DELETE FROM sessions;
    DELETE FROM devices;
    DELETE FROM ended_sessions;
    DELETE FROM flows;
    DELETE FROM hits;
    DELETE FROM links;
    UPDATE pace SET mails = 0;
    DELETE FROM outbox WHERE kind = 'none';
    UPDATE outbox SET sealed = x'', flow = NULL, network = zeroblob(32), state = 2,
      reason = 'left out of the backup', leased_by = NULL,
      lease_until = 0;
    VACUUM;";

/// How often, and at which interval, to try a database that another process has locked.
const TRIES: u32 = 100;
const WAIT: Duration = Duration::from_millis(50);

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// The size of the file.
    pub bytes: u64,
    /// The number of accounts.
    pub accounts: u64,
    /// The number of consents.
    pub consents: u64,
    /// The number of recorded deletions and changes of password or address.
    pub departures: u64,
    /// The number of listed mails.
    pub mails: u64,
}

/// Makes a full copy, consistent even while others write. An existing file is replaced at the end.
pub(super) fn copy(connection: &Connection, to: &Path) -> Result<(), BackupError> {
    write(connection, to, "")?.become_file(to)
}

/// Makes and checks a backup of a database that may be in use. Only its owner may read it. An existing file is
/// replaced only if `replace` is set.
///
/// # Errors
/// When there is no database of this program, another backup is being made, or `to` cannot be written.
pub fn backup(files: &Files, to: &Path, replace: bool) -> Result<Content, BackupError> {
    let database = &files.database;
    if !database.is_file() {
        return Err(BackupError::NoDatabase);
    }
    check_target(files, to, replace)?;
    let _shared = Lock::shared(database)?;
    let _only_backup = Lock::backup(database)?;
    let connection = connect(database)?;
    migrate::known_version(&connection)?;
    let part = write(&connection, to, LEAVE_OUT)?;
    // Opened again, so that the file on the disk is checked.
    let copy = Connection::open_with_flags(&part.0, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&copy)?;
    let mut content = count(&copy)?;
    drop(copy);
    let metadata = fs::metadata(&part.0).map_err(|error| failed(&part.0, error))?;
    content.bytes = metadata.len();
    part.become_file(to)?;
    Ok(content)
}

/// Checks that a backup may be written to this path.
fn check_target(files: &Files, to: &Path, replace: bool) -> Result<(), BackupError> {
    let metadata = match fs::metadata(to) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(to, error)),
    };
    let own =
        ["", "-wal", "-shm", ".lock", ".backup-lock"].map(|end| with_end(&files.database, end));
    let is_same = |path: &Path| {
        fs::metadata(path)
            .is_ok_and(|other| (other.dev(), other.ino()) == (metadata.dev(), metadata.ino()))
    };
    let others = [files.ledger(), files.state.join("secret")];
    if own.iter().chain(&others).any(|path| is_same(path)) {
        return Err(BackupError::InUse);
    }
    if !metadata.is_file() {
        return Err(BackupError::NoFile);
    }
    if !replace {
        return Err(BackupError::There);
    }
    Ok(())
}

/// Makes a copy beside `to` and runs `edit` on it.
fn write(connection: &Connection, to: &Path, edit: &str) -> Result<Part, BackupError> {
    let part = Part::new(beside(to, "part"))?;
    {
        let mut copy = Connection::open(&part.0)?;
        // All pages in one step: the copy shows one state, however busy the writers are, and blocks none of them.
        let backup = Backup::new(connection, &mut copy)?;
        let mut tries = 0;
        while backup.step(-1)? != StepResult::Done {
            tries += 1;
            if tries > TRIES {
                return Err(BackupError::Busy);
            }
            thread::sleep(WAIT);
        }
        drop(backup);
        leave_wal_mode(&copy)?;
        copy.execute_batch(edit)?;
    }
    Ok(part)
}

/// Makes a copy a single file without a WAL; a service turns WAL on again when it opens it. The copy needs no journal
/// on disk either: if this fails midway, the copy is discarded.
pub(super) fn leave_wal_mode(copy: &Connection) -> rusqlite::Result<()> {
    for (pragma, value) in [("journal_mode", "delete"), ("journal_mode", "memory")] {
        copy.pragma_update_and_check(None, pragma, value, |_| Ok(()))?;
    }
    copy.pragma_update(None, "synchronous", "off")?;
    copy.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))
}

/// Checks that a database is readable and consistent.
pub(in crate::store) fn check(connection: &Connection) -> Result<(), BackupError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(BackupError::Damaged(found));
    }
    let mut orphans = connection.prepare("PRAGMA foreign_key_check")?;
    if orphans.exists([])? {
        let reason = "rows belong to missing accounts";
        return Err(BackupError::Damaged(reason.to_owned()));
    }
    Ok(())
}

fn count(copy: &Connection) -> rusqlite::Result<Content> {
    copy.query_row(
        "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM consents),
                (SELECT count(*) FROM departures), (SELECT count(*) FROM outbox)",
        [],
        |row| {
            Ok(Content {
                bytes: 0,
                accounts: row.get::<_, u32>(0)?.into(),
                consents: row.get::<_, u32>(1)?.into(),
                departures: row.get::<_, u32>(2)?.into(),
                mails: row.get::<_, u32>(3)?.into(),
            })
        },
    )
}

/// A private temporary file, removed when dropped unless it was renamed to its final name.
pub(super) struct Part(pub(super) PathBuf);

impl Part {
    /// Creates an empty file; a leftover of an earlier attempt is removed.
    pub(super) fn new(path: PathBuf) -> Result<Self, BackupError> {
        let made = remove(&path).and_then(|()| private_file(&path));
        made.map_err(|error| failed(&path, error))?;
        Ok(Self(path))
    }

    /// Replaces `to` atomically.
    pub(super) fn become_file(self, to: &Path) -> Result<(), BackupError> {
        let finish = || {
            fs::File::open(&self.0)?.sync_all()?;
            fs::rename(&self.0, to)?;
            sync_folder(to)
        };
        finish().map_err(|error| failed(to, error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

/// Removes a file, if it exists.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

pub(super) fn failed(path: &Path, error: io::Error) -> BackupError {
    BackupError::Io {
        path: path.to_owned(),
        error,
    }
}

/// Why a backup could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is no database to copy.
    #[error("there is no database")]
    NoDatabase,
    /// The file exists already.
    #[error("the file exists already: name another, or replace it with --force")]
    There,
    /// The target is not a regular file.
    #[error("it is not a regular file: name one that a backup may be written to")]
    NoFile,
    /// The target belongs to the database.
    #[error("the service uses that file itself: name another")]
    InUse,
    /// Another process has locked the database for too long.
    #[error("another program holds the database: try again")]
    Busy,
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database is corrupt or inconsistent.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

impl From<MigrateError> for BackupError {
    fn from(error: MigrateError) -> Self {
        Self::Open(error.into())
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Open(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;

    /// For each new table, decide here and in [`LEAVE_OUT`] whether backups include it.
    #[test]
    fn each_table_is_kept_or_left_out_on_purpose() {
        let kept = [
            "accounts",
            "address_changes",
            "consents",
            "departures",
            "downloads",
            "migrations",
        ];
        let listed = ["outbox", "pace"];
        let left_out = [
            "devices",
            "ended_sessions",
            "flows",
            "hits",
            "links",
            "sessions",
        ];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accounts.db");
        let files = Files::together(path.clone());
        drop(Sqlite::open(&files, super::super::SqliteOptions::default()).unwrap());
        let connection = Connection::open(&path).unwrap();
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        let found = statement.query_map([], |row| row.get(0)).unwrap();
        let found: Vec<String> = found.map(Result::unwrap).collect();
        let mut expected = [&kept[..], &listed, &left_out].concat();
        expected.sort_unstable();
        assert_eq!(found, expected);
        for table in left_out {
            assert!(
                LEAVE_OUT.contains(&format!("DELETE FROM {table};")),
                "{table}"
            );
        }
    }
}
