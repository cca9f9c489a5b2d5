//! The rows of one transaction, and how columns become values.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use super::{Connection, Row, Value};
use crate::domain::random::TokenHash;
use crate::domain::store::{FlowKind, FlowStep, MailState, Scope, StoreError, Stored};
use crate::domain::time::Moment;

/// The rows of a connection that is in a transaction.
pub(in crate::store) struct SqlRows<'c> {
    connection: &'c dyn Connection,
    failure: RefCell<Option<StoreError>>,
    no_trace: Cell<bool>,
}

impl<'c> SqlRows<'c> {
    pub(in crate::store) fn new(connection: &'c dyn Connection) -> Self {
        Self {
            connection,
            failure: RefCell::new(None),
            no_trace: Cell::new(false),
        }
    }

    /// The first statement that failed: even if a rule went on, nothing may be committed then.
    pub(in crate::store) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// What was deleted must leave the database's logs too, once it is committed, as far as it has a say in that.
    pub(super) fn leave_no_trace(&self) {
        self.no_trace.set(true);
    }

    pub(in crate::store) fn leaves_no_trace(&self) -> bool {
        self.no_trace.get()
    }

    fn noted<T>(&self, result: Stored<T>) -> Stored<T> {
        result.inspect_err(|error| {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
        })
    }

    pub(super) fn insert_in_turn(&self, table: &str) -> Stored<()> {
        self.noted(self.connection.insert_in_turn(table))
    }

    /// How many rows a statement changed.
    pub(super) fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64> {
        self.noted(self.connection.change(sql, values))
    }

    pub(super) fn run(&self, sql: &str, values: &[Value<'_>]) -> Stored<()> {
        self.change(sql, values).map(drop)
    }

    /// Whether a guarded statement found its row.
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

    /// The first row, which there always is.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&dyn Row) -> Stored<T>,
    ) -> Stored<T> {
        let found = self.first(sql, values, read)?;
        let missing = || StoreError::Failed("a statement gave no row".to_owned());
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

/// A row as a value.
pub(super) trait FromRow: Sized {
    fn from_row(row: &dyn Row) -> Stored<Self>;
}

/// Values whose fields are columns of the same name, or of the one that is named; those after `with` are values of
/// several columns themselves.
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

/// The values of a statement, in the order of its parameters.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::rows::ToValue::to_value(&$value)),*]
    };
}

pub(super) use {column, from_row, values};

/// What a column can hold.
pub(super) trait FromColumn: Sized {
    /// None where the column is empty.
    fn from_column(row: &dyn Row, column: &str) -> Stored<Option<Self>>;
}

/// What a column may or must hold.
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
    StoreError::Failed(format!("the column `{column}` holds what it cannot hold"))
}

/// What a statement can be given.
pub(super) trait ToValue {
    /// Where there is none.
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

/// Kinds of values that are an integer, some text, or bytes.
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

/// Small enumerations as numbers, both ways by one table.
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
as_number!(MailState {
    1 => MailState::Waiting,
    2 => MailState::SetAside,
});
