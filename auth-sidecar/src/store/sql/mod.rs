//! The statements on rows, one set for every database that speaks SQL, over a small interface of drivers.
//!
//! They are written in what SQLite and PostgreSQL have in common: parameters are `?1`, `?2` …, numbers and truth values
//! are 64-bit integers, and all that a driver has to translate is said at [`Connection`].

use std::borrow::Cow;

use crate::domain::store::Stored;

mod accounts;
mod addresses;
mod flows;
mod hits;
mod media;
pub(super) mod outbox;
mod rows;
mod sessions;

pub(super) use self::rows::{SqlRows, wrong};

/// A connection that is in a transaction. `INDEXED BY NAME` is for SQLite alone.
pub(super) trait Connection {
    /// Runs a statement; how many rows it changed.
    fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64>;
    /// Hands over the rows that a statement gives, one after the other, while it is told to go on.
    fn each_row(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&dyn Row) -> Stored<bool>,
    ) -> Stored<()>;
    /// Lets no other transaction insert into this table before this one has ended, so that ids rise in the order
    /// of commits. Where writes come one after the other, they do.
    fn insert_in_turn(&self, table: &str) -> Stored<()> {
        let _ = table;
        Ok(())
    }
}

/// A value of a statement. Its kind is known even where there is none.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<&'a [u8]>),
}

/// A row of an answer, whose columns have names.
pub(super) trait Row {
    fn integer(&self, column: &str) -> Stored<Option<i64>>;
    fn text(&self, column: &str) -> Stored<Option<&str>>;
    fn bytes(&self, column: &str) -> Stored<Option<&[u8]>>;
}
