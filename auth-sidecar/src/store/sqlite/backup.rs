//! Copies of a database: before its schema changes, and as backups.

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

/// Leaves out what a thief could use and what must not come back: sessions, marks of browsers, steps with
/// their codes, download links, and the counters of limits. Of queued mail a list stays, without addresses and codes.
const LEAVE_OUT: &str = "
    DELETE FROM sessions;
    DELETE FROM devices;
    DELETE FROM flows;
    DELETE FROM hits;
    DELETE FROM links;
    DELETE FROM outbox WHERE kind = 'none';
    UPDATE outbox SET sealed = x'', flow = NULL, network = zeroblob(32), state = 2,
      reason = 'left out of the backup', leased_by = NULL,
      lease_until = 0;
    VACUUM;";

/// How often, and how long after one another, to try a database that somebody else holds.
const TRIES: u32 = 100;
const WAIT: Duration = Duration::from_millis(50);

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of the file.
    pub bytes: u64,
    /// How many.
    pub accounts: u64,
    /// How many.
    pub consents: u64,
    /// Deletions and changes of password that are noted.
    pub departures: u64,
    /// Mails on the list of those that were waiting.
    pub mails: u64,
}

/// A copy as it is, consistent while others write. A file that is there already is replaced at the end.
pub(super) fn copy(connection: &Connection, to: &Path) -> Result<(), BackupError> {
    write(connection, to, "")?.become_file(to)
}

/// A backup of a database that may be in use, checked. Only its owner may read it. A file that is there
/// already is replaced if `replace` says so.
///
/// # Errors
/// When there is no database of this program, another backup is being made, or `to` cannot be written.
pub fn backup(files: &Files, to: &Path, replace: bool) -> Result<Content, BackupError> {
    let database = &files.database;
    if !database.is_file() {
        return Err(BackupError::NoDatabase);
    }
    check_target(files, to, replace)?;
    let _beside_others = Lock::shared(database)?;
    let _one = Lock::backup(database)?;
    let connection = connect(database)?;
    migrate::known_version(&connection)?;
    let part = write(&connection, to, LEAVE_OUT)?;
    // Opened anew, so that what is on the disk is looked at.
    let copy = Connection::open_with_flags(&part.0, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&copy)?;
    let mut content = count(&copy)?;
    drop(copy);
    let metadata = fs::metadata(&part.0).map_err(|error| failed(&part.0, error))?;
    content.bytes = metadata.len();
    part.become_file(to)?;
    Ok(content)
}

/// Whether a backup may be written there.
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

/// A copy beside `to`, edited.
fn write(connection: &Connection, to: &Path, edit: &str) -> Result<Part, BackupError> {
    let part = Part::new(beside(to, "part"))?;
    {
        let mut copy = Connection::open(&part.0)?;
        // All pages at one go: it reads one state, however busy the writers are, and holds up none.
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
        settle(&copy)?;
        copy.execute_batch(edit)?;
    }
    Ok(part)
}

/// Makes a copy one file, without a log beside it; a service turns WAL on again when it opens it. No
/// journal either: if this ends early, the copy is thrown away.
pub(super) fn settle(copy: &Connection) -> rusqlite::Result<()> {
    for (pragma, value) in [("journal_mode", "delete"), ("journal_mode", "memory")] {
        copy.pragma_update_and_check(None, pragma, value, |_| Ok(()))?;
    }
    copy.pragma_update(None, "synchronous", "off")?;
    copy.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))
}

/// Whether all that a database holds can be read and fits together.
pub(super) fn check(connection: &Connection) -> Result<(), BackupError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(BackupError::Damaged(found));
    }
    let mut orphans = connection.prepare("PRAGMA foreign_key_check")?;
    if orphans.exists([])? {
        let reason = "rows belong to accounts that are not there";
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

/// A file in the making, private, removed unless it becomes what it was made for.
pub(super) struct Part(pub(super) PathBuf);

impl Part {
    /// Empty; what an earlier try left behind is gone.
    pub(super) fn new(path: PathBuf) -> Result<Self, BackupError> {
        let made = remove(&path).and_then(|()| private_file(&path));
        made.map_err(|error| failed(&path, error))?;
        Ok(Self(path))
    }

    /// Takes the place of `to`, whole or not at all.
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

/// Removes a file that may be there.
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
    /// There is none to copy.
    #[error("there is no database")]
    NoDatabase,
    /// The file is there already.
    #[error("the file is there already: name another, or say --force to replace it")]
    There,
    /// It is no file.
    #[error("it is no file: name one that a backup may be written to")]
    NoFile,
    /// It belongs to the database.
    #[error("the service uses that file itself: name another")]
    InUse,
    /// Somebody else holds the database for too long.
    #[error("another program holds the database: try again")]
    Busy,
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What is in it does not fit together.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A file cannot be written or read.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
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

    /// Whoever adds a table says here, and in [`LEAVE_OUT`], whether backups hold it.
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
        let listed = ["outbox"];
        let left_out = ["devices", "flows", "hits", "links", "sessions"];
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
