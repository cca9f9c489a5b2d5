//! The SQL statements, one set for all databases, over a small driver interface.
//!
//! They use the common subset of SQLite and PostgreSQL: parameters are `?1`, `?2` …, numbers and booleans are 64-bit
//! integers. [`Connection`] says what a driver has to translate.

use std::borrow::Cow;

use crate::domain::store::Stored;

mod accounts;
mod addresses;
mod ended;
mod flows;
mod hits;
mod media;
pub(super) mod outbox;
mod rows;
mod sessions;

pub(super) use self::rows::{SqlRows, wrong};

/// A connection within a transaction. `INDEXED BY NAME` is for SQLite; other drivers drop it.
pub(super) trait Connection {
    /// Runs a statement; returns how many rows it changed.
    fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64>;
    /// Calls `visit` for each row of a statement's result, until it returns `false`.
    fn each_row(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&dyn Row) -> Stored<bool>,
    ) -> Stored<()>;
    /// Keeps other transactions from writing to this table, or from calling this for it, until this one ends: so ids
    /// rise in the order of commits. Nothing to do for a database with a single writer.
    fn serialise_writers(&self, table: &str) -> Stored<()> {
        let _ = table;
        Ok(())
    }
    /// Whether other transactions may be changing rows meanwhile, so that a queue passes over them (`SKIP LOCKED`).
    fn has_other_writers(&self) -> bool {
        false
    }
}

/// A parameter of a statement. A null has a type too.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<&'a [u8]>),
}

/// A row of a result; columns are read by name.
pub(super) trait Row {
    fn integer(&self, column: &str) -> Stored<Option<i64>>;
    fn text(&self, column: &str) -> Stored<Option<&str>>;
    fn bytes(&self, column: &str) -> Stored<Option<&[u8]>>;
}
