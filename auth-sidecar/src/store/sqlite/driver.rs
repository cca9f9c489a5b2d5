//! The SQL driver interface for SQLite.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::store_error;
use crate::domain::store::Stored;
use crate::store::sql::{self, Row, Value, wrong};

impl sql::Connection for Connection {
    fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64> {
        let run = || self.prepare_cached(sql)?.execute(params_from_iter(values));
        run()
            .map(|rows| rows as u64)
            .map_err(|error| store_error(&error))
    }

    fn each_row(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&dyn Row) -> Stored<bool>,
    ) -> Stored<()> {
        let failed = |error: rusqlite::Error| store_error(&error);
        let mut statement = self.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if !visit(row)? {
                break;
            }
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Integer(Some(number)) => ValueRef::Integer(*number),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Integer(None) | Self::Text(None) | Self::Bytes(None) => ValueRef::Null,
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Row for rusqlite::Row<'_> {
    fn integer(&self, column: &str) -> Stored<Option<i64>> {
        let value = self.get_ref(column).map_err(|error| store_error(&error))?;
        value.as_i64_or_null().map_err(|_| wrong(column))
    }

    fn text(&self, column: &str) -> Stored<Option<&str>> {
        let value = self.get_ref(column).map_err(|error| store_error(&error))?;
        value.as_str_or_null().map_err(|_| wrong(column))
    }

    fn bytes(&self, column: &str) -> Stored<Option<&[u8]>> {
        let value = self.get_ref(column).map_err(|error| store_error(&error))?;
        value.as_blob_or_null().map_err(|_| wrong(column))
    }
}
