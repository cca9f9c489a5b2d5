//! Copies of a database: before its schema changes, as backups, and back again.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::Backup;

/// A copy as it is, consistent while others write. A file that is there already is replaced at the end.
pub(super) fn copy(connection: &Connection, to: &Path) -> rusqlite::Result<()> {
    write(connection, to, |_| Ok(()))
}

/// A copy without what a thief could use and what must not come back: sessions, flows, waiting mail, and
/// the counters of limits.
///
/// # Errors
/// SQLite's.
pub fn backup(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let connection = super::connect(from)?;
    write(&connection, to, |copy| {
        copy.execute_batch(
            "DELETE FROM sessions; DELETE FROM devices; DELETE FROM flows; DELETE FROM outbox; DELETE FROM hits;
             VACUUM;",
        )
    })
}

fn write(
    connection: &Connection,
    to: &Path,
    edit: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let part = super::lock::beside(to, "part");
    let failed = |error: io::Error| {
        rusqlite::Error::ToSqlConversionFailure(format!("{}: {error}", part.display()).into())
    };
    remove(&part).map_err(failed)?;
    super::private_file(&part).map_err(failed)?;
    {
        let mut copy = Connection::open(&part)?;
        Backup::new(connection, &mut copy)?.run_to_completion(
            1024,
            std::time::Duration::ZERO,
            None,
        )?;
        // A copy is one file; the service turns WAL on again when it opens it.
        copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
        copy.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        edit(&copy)?;
    }
    finish(&part, to).map_err(failed)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn finish(part: &Path, to: &Path) -> io::Result<()> {
    fs::File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => fs::File::open(".")?.sync_all(),
    }
}

/// Puts a copy in the database's place. The caller holds the lock alone, and has checked the copy.
///
/// # Errors
/// When files cannot be written.
pub fn put_in_place(copy: &Path, database: &Path) -> io::Result<()> {
    let part = super::lock::beside(database, "part");
    remove(&part)?;
    let mut file = super::private_file(&part)?;
    io::copy(&mut fs::File::open(copy)?, &mut file)?;
    file.flush()?;
    // What the old one had not folded in yet must not be applied to the new one.
    for old in ["-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(old);
        remove(Path::new(&path))?;
    }
    finish(&part, database)
}
