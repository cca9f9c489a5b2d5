//! The rows of one transaction, and how columns become values.

use std::cell::{Cell, RefCell};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Params, Row};

use super::store_error;
use crate::domain::random::TokenHash;
use crate::domain::store::{FlowKind, FlowStep, MailState, Scope, StoreError, Stored};
use crate::domain::time::Moment;

/// The rows of a connection that is in a transaction.
pub(super) struct SqliteRows<'c> {
    connection: &'c Connection,
    failure: RefCell<Option<StoreError>>,
    no_trace: Cell<bool>,
}

impl<'c> SqliteRows<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            failure: RefCell::new(None),
            no_trace: Cell::new(false),
        }
    }

    /// The first statement that failed: even if a rule went on, nothing may be committed then.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// What was deleted must leave the write-ahead log too, once it is committed.
    pub(super) fn leave_no_trace(&self) {
        self.no_trace.set(true);
    }

    pub(super) fn leaves_no_trace(&self) -> bool {
        self.no_trace.get()
    }

    fn noted<T>(&self, result: rusqlite::Result<T>) -> Stored<T> {
        result.map_err(|error| {
            let error = store_error(&error);
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
            error
        })
    }

    /// How many rows a statement changed.
    pub(super) fn change(&self, sql: &str, values: impl Params) -> Stored<usize> {
        let run = || self.connection.prepare_cached(sql)?.execute(values);
        self.noted(run())
    }

    pub(super) fn run(&self, sql: &str, values: impl Params) -> Stored<()> {
        self.change(sql, values).map(drop)
    }

    /// Whether a guarded statement found its row.
    pub(super) fn changed(&self, sql: &str, values: impl Params) -> Stored<bool> {
        Ok(self.change(sql, values)? > 0)
    }

    pub(super) fn inserted(&self, sql: &str, values: impl Params) -> Stored<i64> {
        self.change(sql, values)?;
        Ok(self.connection.last_insert_rowid())
    }

    /// The first row, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Stored<Option<T>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(values)?;
            rows.next()?.map(read).transpose()
        };
        self.noted(run())
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Stored<Vec<T>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(values, read)?.collect()
        };
        self.noted(run())
    }
}

/// A row as a value.
pub(super) trait FromRow: Sized {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// Values whose fields are columns of the same name, or of the one that is named; those after `with` are values of
/// several columns themselves.
macro_rules! from_row {
    ($type:ident { $($field:ident $(= $column:literal)?),+ } $(with $($whole:ident),+)?) => {
        impl $crate::store::sqlite::rows::FromRow for $type {
            fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                Ok(Self {
                    $($field: row.get($crate::store::sqlite::rows::column!($field $($column)?))?,)+
                    $($($whole: $crate::store::sqlite::rows::FromRow::from_row(row)?,)+)?
                })
            }
        }
    };
}

macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}

pub(super) use {column, from_row};

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for TokenHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self)
    }
}

impl ToSql for TokenHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

/// Small enumerations as numbers, both ways by one table.
macro_rules! as_number {
    ($type:ty { $($number:literal => $variant:path),+ $(,)? }) => {
        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match i64::column_result(value)? {
                    $($number => Ok($variant),)+
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }

        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $($variant => $number,)+ }.into())
            }
        }
    };
}

as_number!(FlowKind { 1 => FlowKind::Register, 2 => FlowKind::Reset, 3 => FlowKind::Address });
as_number!(FlowStep { 1 => FlowStep::Code, 2 => FlowStep::NewPassword, 3 => FlowStep::Done });
as_number!(MailState {
    1 => MailState::Waiting,
    2 => MailState::SetAside,
});

impl ToSql for Scope {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}
