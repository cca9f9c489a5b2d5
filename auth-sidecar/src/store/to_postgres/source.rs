//! The file that is copied.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::CopyError;
use super::table::{Table, quoted, tables_of};
use crate::store::sqlite::{self, Lock, backup, migrate};

/// One state of a file's rows.
pub(super) struct Source {
    connection: Connection,
    pub(super) tables: Vec<Table>,
    _lock: Lock,
}

impl Source {
    /// Opens and checks a file; `alone`, if no service may run meanwhile.
    pub(super) fn open(file: &Path, alone: bool) -> Result<Self, CopyError> {
        if !file.is_file() {
            return Err(CopyError::NoSource);
        }
        let lock = match alone {
            true => Lock::exclusive(file)?,
            false => Lock::shared(file)?,
        };
        let connection = sqlite::connect(file)?;
        let found = migrate::known_version(&connection).map_err(sqlite::OpenError::from)?;
        if found < migrate::VERSION {
            return Err(CopyError::Older {
                found,
                known: migrate::VERSION,
            });
        }
        backup::check(&connection).map_err(|error| CopyError::Damaged(error.to_string()))?;
        connection.pragma_update(None, "query_only", true)?;
        // Begins to read here, so that all queries see this state.
        connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
        let mut tables = tables_of(&connection)?;
        let mut new = Connection::open_in_memory()?;
        migrate::run_on_copy(&mut new).map_err(sqlite::OpenError::from)?;
        for table in &mut tables {
            // A table that this release does not know is refused later.
            table.rows_at_first = count(&new, table).unwrap_or(0);
        }
        Ok(Self {
            connection,
            tables,
            _lock: lock,
        })
    }

    pub(super) fn count(&self, table: &Table) -> Result<u64, CopyError> {
        Ok(count(&self.connection, table)?)
    }

    pub(super) fn total(&self) -> Result<u64, CopyError> {
        self.tables.iter().map(|table| self.count(table)).sum()
    }

    /// Calls `visit` for each row, encoded, until it returns `false`.
    pub(super) fn each_row(
        &self,
        table: &Table,
        visit: &mut dyn FnMut(&[u8]) -> Result<bool, CopyError>,
    ) -> Result<(), CopyError> {
        let mut statement = self.connection.prepare(&table.rows_in_sqlite())?;
        let mut rows = statement.query([])?;
        let mut encoded = Vec::new();
        while let Some(row) = rows.next()? {
            encoded.clear();
            table.encode(row, &mut encoded)?;
            if !visit(&encoded)? {
                break;
            }
        }
        Ok(())
    }

    /// The highest number that was ever given to a row, of each table that numbers its rows.
    pub(super) fn last_ids(&self) -> Result<BTreeMap<String, i64>, CopyError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let mut last_ids = BTreeMap::new();
        for table in &self.tables {
            let last = self
                .connection
                .query_row(sql, [&table.name], |row| row.get(0));
            if let Some(last) = last.optional()? {
                last_ids.insert(table.name.clone(), last);
            }
        }
        Ok(last_ids)
    }
}

fn count(connection: &Connection, table: &Table) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM {}", quoted(&table.name));
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
