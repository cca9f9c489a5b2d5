//! Access to rows within one transaction, and conversions between columns and values.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use super::{Connection, Row, Value};
use crate::domain::random::TokenHash;
use crate::domain::store::{Ended, FlowKind, FlowStep, MailState, Scope, StoreError, Stored};
use crate::domain::time::Moment;

/// Access to all rows, within a connection's transaction.
pub(in crate::store) struct SqlRows<'c> {
    connection: &'c dyn Connection,
    failure: RefCell<Option<StoreError>>,
    has_erasure: Cell<bool>,
}

impl<'c> SqlRows<'c> {
    pub(in crate::store) fn new(connection: &'c dyn Connection) -> Self {
        Self {
            connection,
            failure: RefCell::new(None),
            has_erasure: Cell::new(false),
        }
    }

    /// The first error of a statement: then nothing may be committed, even if the rule ignored the error.
    pub(in crate::store) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// Requests that the deleted data is also erased from the database's logs after the commit, if it supports that.
    pub(super) fn mark_erasure(&self) {
        self.has_erasure.set(true);
    }

    pub(in crate::store) fn has_erasure(&self) -> bool {
        self.has_erasure.get()
    }

    /// Remembers an error as the transaction's.
    fn noted<T>(&self, result: Stored<T>) -> Stored<T> {
        result.inspect_err(|error| {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
        })
    }

    pub(super) fn serialise_writers(&self, table: &str) -> Stored<()> {
        self.noted(self.connection.serialise_writers(table))
    }

    pub(super) fn has_other_writers(&self) -> bool {
        self.connection.has_other_writers()
    }

    /// Runs a statement; returns how many rows it changed.
    pub(super) fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64> {
        self.noted(self.connection.change(sql, values))
    }

    pub(super) fn run(&self, sql: &str, values: &[Value<'_>]) -> Stored<()> {
        self.change(sql, values).map(drop)
    }

    /// Runs a statement; returns whether it changed any row.
    pub(super) fn changed(&self, sql: &str, values: &[Value<'_>]) -> Stored<bool> {
        Ok(self.change(sql, values)? > 0)
    }

    /// The first row, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&dyn Row) -> Stored<T>,
    ) -> Stored<Option<T>> {
        let mut found = None;
        let result = self.connection.each_row(sql, values, &mut |row| {
            found = Some(read(row)?);
            Ok(false)
        });
        self.noted(result)?;
        Ok(found)
    }

    /// The first row of a statement that always returns one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&dyn Row) -> Stored<T>,
    ) -> Stored<T> {
        let found = self.first(sql, values, read)?;
        let missing = || StoreError::Failed("a statement returned no row".to_owned());
        self.noted(found.ok_or_else(missing))
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&dyn Row) -> Stored<T>,
    ) -> Stored<Vec<T>> {
        let mut found = Vec::new();
        let result = self.connection.each_row(sql, values, &mut |row| {
            found.push(read(row)?);
            Ok(true)
        });
        self.noted(result)?;
        Ok(found)
    }
}

/// A type that is read from a row.
pub(super) trait FromRow: Sized {
    fn from_row(row: &dyn Row) -> Stored<Self>;
}

/// Implements [`FromRow`]: each field is read from the column of its name, or from the one given. Fields after `with`
/// implement [`FromRow`] themselves.
macro_rules! from_row {
    ($type:ident { $($field:ident $(= $column:literal)?),+ } $(with $($whole:ident),+)?) => {
        impl $crate::store::sql::rows::FromRow for $type {
            fn from_row(row: &dyn $crate::store::sql::Row) -> $crate::domain::store::Stored<Self> {
                Ok(Self {
                    $($field: row.get($crate::store::sql::rows::column!($field $($column)?))?,)+
                    $($($whole: $crate::store::sql::rows::FromRow::from_row(row)?,)+)?
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

/// The parameters of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::rows::ToValue::to_value(&$value)),*]
    };
}

pub(super) use {column, from_row, values};

/// A type that a column can hold.
pub(super) trait FromColumn: Sized {
    /// `None` if the column is null.
    fn from_column(row: &dyn Row, column: &str) -> Stored<Option<Self>>;
}

/// A column that must have a value (`T`) or may be null (`Option<T>`).
pub(super) trait FromCell: Sized {
    fn from_cell(row: &dyn Row, column: &str) -> Stored<Self>;
}

impl<T: FromColumn> FromCell for T {
    fn from_cell(row: &dyn Row, column: &str) -> Stored<Self> {
        T::from_column(row, column)?.ok_or_else(|| wrong(column))
    }
}

impl<T: FromColumn> FromCell for Option<T> {
    fn from_cell(row: &dyn Row, column: &str) -> Stored<Self> {
        T::from_column(row, column)
    }
}

impl dyn Row + '_ {
    pub(super) fn get<T: FromCell>(&self, column: &str) -> Stored<T> {
        T::from_cell(self, column)
    }
}

pub(in crate::store) fn wrong(column: &str) -> StoreError {
    StoreError::Failed(format!("the column `{column}` has an invalid value"))
}

/// A type that can be a parameter.
pub(super) trait ToValue {
    /// The null of this type.
    const NONE: Value<'static>;
    fn to_value(&self) -> Value<'_>;
}

impl<T: ToValue + ?Sized> ToValue for &T {
    const NONE: Value<'static> = T::NONE;

    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    const NONE: Value<'static> = T::NONE;

    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(T::NONE, ToValue::to_value)
    }
}

/// Conversions of types that are stored as an integer, text, or bytes.
macro_rules! columns {
    ($($type:ty: $kind:ident($this:ident => $as_value:expr), $get:ident($from_value:expr);)+) => { $(
        impl ToValue for $type {
            const NONE: Value<'static> = Value::$kind(None);

            fn to_value(&self) -> Value<'_> {
                let $this = self;
                Value::$kind(Some($as_value))
            }
        }

        impl FromColumn for $type {
            fn from_column(row: &dyn Row, column: &str) -> Stored<Option<Self>> {
                let Some(value) = row.$get(column)? else { return Ok(None) };
                let value: Option<Self> = $from_value(value);
                value.map(Some).ok_or_else(|| wrong(column))
            }
        }
    )+ };
}

columns! {
    i64: Integer(number => *number), integer(Some);
    u32: Integer(number => (*number).into()), integer(|number| u32::try_from(number).ok());
    bool: Integer(truth => (*truth).into()), integer(|number| Some(number != 0));
    Moment: Integer(moment => moment.0), integer(|number| Some(Moment(number)));
    String: Text(text => Cow::Borrowed(text.as_str())), text(|text: &str| Some(text.to_owned()));
    Vec<u8>: Bytes(bytes => bytes.as_slice()), bytes(|bytes: &[u8]| Some(bytes.to_vec()));
    [u8; 32]: Bytes(bytes => bytes.as_slice()), bytes(|bytes: &[u8]| bytes.try_into().ok());
    TokenHash: Bytes(hash => hash.0.as_slice()), bytes(|bytes: &[u8]| bytes.try_into().ok().map(TokenHash));
}
pub(super) use columns;

impl ToValue for str {
    const NONE: Value<'static> = Value::Text(None);

    fn to_value(&self) -> Value<'_> {
        Value::Text(Some(Cow::Borrowed(self)))
    }
}

impl ToValue for Scope {
    const NONE: Value<'static> = Value::Integer(None);

    fn to_value(&self) -> Value<'_> {
        Value::Integer(Some(*self as i64))
    }
}

/// Conversions of enumerations that are stored as numbers.
macro_rules! as_number {
    ($type:ty { $($number:literal => $variant:path),+ $(,)? }) => {
        columns! {
            $type: Integer(value => match value { $($variant => $number,)+ }),
                integer(|number| match number {
                    $($number => Some($variant),)+
                    _ => None,
                });
        }
    };
}

as_number!(FlowKind { 1 => FlowKind::Register, 2 => FlowKind::Reset, 3 => FlowKind::Address });
as_number!(FlowStep { 1 => FlowStep::Code, 2 => FlowStep::NewPassword, 3 => FlowStep::Done });
as_number!(Ended {
    1 => Ended::Replaced,
    2 => Ended::LoggedOut,
    3 => Ended::Deleted,
});
as_number!(MailState {
    1 => MailState::Waiting,
    2 => MailState::SetAside,
});
