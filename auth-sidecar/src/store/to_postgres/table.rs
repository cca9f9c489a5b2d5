//! Tables as a file's schema describes them, and rows as PostgreSQL's binary `COPY` format writes them, by which both
//! databases are compared.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::CopyError;

/// The start of the format: its signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Its end.
pub(super) const TRAILER: &[u8] = b"\xff\xff";

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Kind {
    fn in_sqlite(name: &str) -> Option<Self> {
        match name {
            "INTEGER" => Some(Self::Integer),
            "TEXT" => Some(Self::Text),
            "BLOB" => Some(Self::Bytes),
            _ => None,
        }
    }

    pub(super) fn in_postgres(name: &str) -> Option<Self> {
        match name {
            "bigint" => Some(Self::Integer),
            "text" => Some(Self::Text),
            "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// A table with its columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: BTreeMap<String, Kind>,
    /// The columns of the primary key.
    key: Vec<String>,
    /// How many rows a new database has.
    pub(super) rows_at_first: u64,
}

impl Table {
    /// The quoted names of the columns, in the order of encoded rows.
    pub(super) fn column_list(&self) -> String {
        let quoted: Vec<String> = self.columns.keys().map(|name| quoted(name)).collect();
        quoted.join(", ")
    }

    /// SQLite's query for all rows, in the order of the primary key, or else of all columns.
    pub(super) fn rows_in_sqlite(&self) -> String {
        self.all_rows(|name, _| quoted(name))
    }

    /// PostgreSQL's. SQLite orders texts by their bytes.
    pub(super) fn rows_in_postgres(&self) -> String {
        self.all_rows(|name, kind| match kind {
            Kind::Text => format!("{} COLLATE \"C\"", quoted(name)),
            _ => quoted(name),
        })
    }

    fn all_rows(&self, ordered: impl Fn(&str, Kind) -> String) -> String {
        // Nulls are not last in SQLite; a primary key has none.
        let nulls = if self.key.is_empty() {
            " NULLS FIRST"
        } else {
            ""
        };
        let order: Vec<String> = self
            .columns
            .iter()
            .filter(|(name, _)| self.key.is_empty() || self.key.contains(name))
            .map(|(name, kind)| format!("{}{nulls}", ordered(name, *kind)))
            .collect();
        let (columns, name) = (self.column_list(), quoted(&self.name));
        format!("SELECT {columns} FROM {name} ORDER BY {}", order.join(", "))
    }

    /// Appends a row of [`Self::rows_in_sqlite`].
    pub(super) fn encode(&self, row: &Row<'_>, into: &mut Vec<u8>) -> Result<(), CopyError> {
        let broken = |column: &str, reason| CopyError::Row {
            table: self.name.clone(),
            row: self.key_of(row),
            column: column.to_owned(),
            reason,
        };
        let count = i16::try_from(self.columns.len()).unwrap_or(i16::MAX);
        into.extend(count.to_be_bytes());
        for (number, (column, kind)) in self.columns.iter().enumerate() {
            match (row.get_ref(number)?, kind) {
                (ValueRef::Null, _) => into.extend((-1_i32).to_be_bytes()),
                (ValueRef::Integer(integer), Kind::Integer) => field(&integer.to_be_bytes(), into),
                (ValueRef::Blob(bytes), Kind::Bytes) => field(bytes, into),
                (ValueRef::Text(text), Kind::Text) => {
                    if std::str::from_utf8(text).is_err() {
                        return Err(broken(column, "is not UTF-8"));
                    }
                    if text.contains(&0) {
                        return Err(broken(column, "contains a NUL character"));
                    }
                    field(text, into);
                }
                _ => return Err(broken(column, "has the wrong type")),
            }
        }
        Ok(())
    }

    /// The primary key of a row, for a message. No key holds an address.
    fn key_of(&self, row: &Row<'_>) -> String {
        let values = self
            .key
            .iter()
            .map(|column| match row.get_ref(column.as_str()) {
                Ok(ValueRef::Integer(number)) => number.to_string(),
                Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
                Ok(ValueRef::Blob(bytes)) => hexadecimal(&bytes[..bytes.len().min(8)]),
                _ => "?".to_owned(),
            });
        values.collect::<Vec<_>>().join(" ")
    }
}

fn field(bytes: &[u8], into: &mut Vec<u8>) {
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    into.extend(length.to_be_bytes());
    into.extend(bytes);
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of rows, and the SHA-256 of their encodings.
#[derive(Clone)]
pub(super) struct Sum {
    pub(super) rows: u64,
    encoded: Sha256,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            rows: 0,
            encoded: Sha256::new_with_prefix(HEADER),
        }
    }
}

impl Sum {
    pub(super) fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.encoded.update(row);
    }

    pub(super) fn digest(&self) -> String {
        let all = self.encoded.clone().chain_update(TRAILER);
        hexadecimal(&all.finalize())
    }
}

/// All tables of a file but the list of its schema's steps; a table comes after those that it refers to.
pub(super) fn tables_of(file: &Connection) -> Result<Vec<Table>, CopyError> {
    let mut names = file.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'
         ORDER BY name",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let mut waiting = Vec::new();
    for name in names {
        let name = name?;
        waiting.push((references(file, &name)?, table(file, name)?));
    }
    let mut tables: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_there = |name: &String| tables.iter().any(|table| table.name == *name);
        let next = waiting
            .iter()
            .position(|(parents, table)| {
                parents
                    .iter()
                    .all(|name| *name == table.name || is_there(name))
            })
            .ok_or_else(|| {
                CopyError::Damaged("its tables refer to each other in a circle".to_owned())
            })?;
        tables.push(waiting.remove(next).1);
    }
    Ok(tables)
}

fn references(file: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut parents = file.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1)")?;
    let parents = parents.query_map([table], |row| row.get(0))?;
    parents.collect()
}

fn table(file: &Connection, name: String) -> Result<Table, CopyError> {
    let mut found = file.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
    let mut rows = found.query([&name])?;
    let (mut columns, mut key) = (BTreeMap::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (column, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(kind) = Kind::in_sqlite(&kind) else {
            return Err(CopyError::Columns(name));
        };
        if row.get::<_, i64>(2)? > 0 {
            key.push(column.clone());
        }
        columns.insert(column, kind);
    }
    Ok(Table {
        name,
        columns,
        key,
        rows_at_first: 0,
    })
}
