//! Migrates a database's schema to this release's, step by step, each in one transaction.
//!
//! `user_version` counts the steps; the table `migrations` keeps their checksums, so that a step that
//! was changed after it ran is noticed. Before each step on an existing database, a copy is made.

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::backup::{self, BackupError};
use super::files::Files;

/// All steps, in order. Never change a released one.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_accounts.sql"),
    include_str!("../../../migrations/sqlite/0002_downloads.sql"),
    include_str!("../../../migrations/sqlite/0003_no_clock.sql"),
    include_str!("../../../migrations/sqlite/0004_mail_queues.sql"),
    include_str!("../../../migrations/sqlite/0005_addresses.sql"),
    include_str!("../../../migrations/sqlite/0006_no_index_by_flow.sql"),
    include_str!("../../../migrations/sqlite/0007_nodes.sql"),
];

/// This release's schema version, for those who copy a database.
#[cfg(feature = "postgres")]
pub(in crate::store) const VERSION: usize = STEPS.len();

/// Why a schema cannot be migrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The database was written by a newer release.
    #[error(
        "it was written by a newer release (schema {found}; this one knows {}): use that release, \
         or restore a backup made before the upgrade",
        STEPS.len()
    )]
    Newer {
        /// Its schema.
        found: usize,
    },
    /// A step that ran on the database differs from this release's.
    #[error(
        "step {step} of its schema differs from this release's: it belongs to another program, or to \
         a development version"
    )]
    Changed {
        /// The step's number.
        step: usize,
    },
    /// The file has no schema of this program.
    #[error("it is not a database of this program")]
    Foreign,
    /// No copy could be made before a step.
    #[error("it could not be copied before its schema is brought up to date: {0}")]
    Copy(Box<BackupError>),
    /// SQLite reported an error.
    #[error("its schema could not be brought up to date: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

fn checksum(step: &str) -> Vec<u8> {
    Sha256::digest(step.as_bytes()).to_vec()
}

/// Whether [`run`] has something to do. Also checks that the steps so far are this release's.
pub(super) fn is_needed(connection: &Connection) -> Result<bool, MigrateError> {
    needs(connection, STEPS)
}

fn needs(connection: &Connection, steps: &[&str]) -> Result<bool, MigrateError> {
    let version = version(connection)?;
    if version > steps.len() {
        return Err(MigrateError::Newer { found: version });
    }
    if version > 0 {
        let mut rows = connection.prepare("SELECT step, checksum FROM migrations ORDER BY step")?;
        let known = rows.query_map([], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        for row in known {
            let (step, sum) = row?;
            let step = step as usize;
            if steps.get(step - 1).is_none_or(|text| checksum(text) != sum) {
                return Err(MigrateError::Changed { step });
            }
        }
    }
    Ok(version < steps.len())
}

/// The schema version of a database; an error unless this release knows it.
pub(in crate::store) fn known_version(connection: &Connection) -> Result<usize, MigrateError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    let is_ours: bool = connection.query_row(sql, [], |row| row.get(0))?;
    if !is_ours {
        return Err(MigrateError::Foreign);
    }
    is_needed(connection)?;
    Ok(version(connection)?)
}

/// Migrates a database. The caller holds the lock exclusively.
pub(super) fn run(connection: &mut Connection, files: &Files) -> Result<(), MigrateError> {
    run_steps(connection, Some(files), STEPS)
}

/// Migrates a temporary copy, without further copies.
pub(in crate::store) fn run_on_copy(connection: &mut Connection) -> Result<(), MigrateError> {
    run_steps(connection, None, STEPS)
}

/// Runs the missing steps; makes copies if `files` are given.
fn run_steps(
    connection: &mut Connection,
    files: Option<&Files>,
    steps: &[&str],
) -> Result<(), MigrateError> {
    needs(connection, steps)?;
    let done = version(connection)?;
    for (number, step) in (1_u32..).zip(steps).skip(done) {
        // A new database has nothing to copy.
        if let Some(files) = files.filter(|_| done > 0) {
            let copy = files.copy(&format!("before-step-{number}"));
            backup::copy(connection, &copy).map_err(|error| MigrateError::Copy(Box::new(error)))?;
            tracing::info!(?copy, "the database was copied before its schema changes");
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT;",
        )?;
        transaction.execute_batch(step)?;
        transaction.execute(
            "INSERT INTO migrations (step, checksum) VALUES (?1, ?2)",
            (number, checksum(step)),
        )?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(step = number, "the database's schema was upgraded");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "CREATE TABLE a (x INTEGER) STRICT;";

    #[test]
    fn steps_run_once_with_a_copy_before_each_on_a_database_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::together(dir.path().join("accounts.db"));
        let mut connection = Connection::open(&files.database).unwrap();
        run_steps(&mut connection, Some(&files), &[ONE]).unwrap();
        assert!(!needs(&connection, &[ONE]).unwrap());
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        let two = [ONE, "ALTER TABLE a ADD COLUMN y INTEGER;"];
        assert!(needs(&connection, &two).unwrap());
        run_steps(&mut connection, Some(&files), &two).unwrap();
        run_steps(&mut connection, Some(&files), &two).unwrap();
        let copy = Connection::open(files.copy("before-step-2")).unwrap();
        assert_eq!(version(&copy).unwrap(), 1);
        let kept: i64 = copy
            .query_row("SELECT x FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 7);

        let files = Files::together(dir.path().join("new.db"));
        run_steps(
            &mut Connection::open(&files.database).unwrap(),
            Some(&files),
            &two,
        )
        .unwrap();
        assert!(!files.copy("before-step-2").exists());
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::together(dir.path().join("accounts.db"));
        let mut connection = Connection::open(&files.database).unwrap();
        let steps = [
            ONE,
            "CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER);",
        ];
        assert!(run_steps(&mut connection, Some(&files), &steps).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(connection.execute("INSERT INTO b VALUES (1)", []).is_err());
    }

    #[test]
    fn newer_and_foreign_schemas_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::together(dir.path().join("accounts.db"));
        let mut connection = Connection::open(&files.database).unwrap();
        run_steps(
            &mut connection,
            Some(&files),
            &[ONE, "CREATE TABLE b (x INTEGER);"],
        )
        .unwrap();
        assert!(matches!(
            needs(&connection, &[ONE]),
            Err(MigrateError::Newer { found: 2 })
        ));
        assert!(matches!(
            needs(&connection, &[ONE, "CREATE TABLE c (x INTEGER);"]),
            Err(MigrateError::Changed { step: 2 })
        ));
    }
}
