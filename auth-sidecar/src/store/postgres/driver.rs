//! The SQL driver interface for PostgreSQL.
//!
//! Each statement is parsed, bound and run in one message as an unnamed statement, so that a connection pooler may send
//! each transaction to another server process.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::{TryStreamExt as _, future, pin_mut};
use tokio::runtime::Runtime;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, RowStream};

use super::error::Failure;
use crate::domain::store::{StoreError, Stored};
use crate::store::sql::{self, Row, Value, wrong};

/// How long to wait for a response, from a server that hangs or has vanished; its own timeout is shorter.
const RESPONSE: Duration = Duration::from_secs(4);

/// How statements begin that a server which only reads refuses.
const WRITES: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

/// A connection, and its current transaction.
pub(super) struct Connection<'r> {
    runtime: &'r Runtime,
    client: Client,
    /// The statements that begin the transaction, until they are sent with the first query.
    begin: Cell<Option<&'static str>>,
    /// The first failure since the transaction began.
    failure: RefCell<Option<Failure>>,
    /// Whether a statement of the transaction may have written, successfully.
    has_written: Cell<bool>,
}

impl<'r> Connection<'r> {
    pub(super) fn new(runtime: &'r Runtime, client: Client) -> Self {
        Self {
            runtime,
            client,
            begin: Cell::new(None),
            failure: RefCell::new(None),
            has_written: Cell::new(false),
        }
    }

    /// Whether the connection is still open, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        // The first turn sees what the server sent meanwhile, and the second lets the connection's task read it: that
        // the server has closed it, for one.
        self.runtime.block_on(async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        !self.client.is_closed()
    }

    /// Begins a transaction with these statements; they are sent with the first query.
    pub(super) fn begin(&self, statements: &'static str) {
        self.begin.set(Some(statements));
        self.failure.replace(None);
        self.has_written.set(false);
    }

    pub(super) fn has_written(&self) -> bool {
        self.has_written.get()
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Commits the transaction, if it was begun on the server.
    pub(super) fn commit(&self) -> Result<(), Failure> {
        self.end("COMMIT")
    }

    /// Undoes the transaction, if it was begun on the server.
    pub(super) fn roll_back(&self) -> Result<(), Failure> {
        self.end("ROLLBACK")
    }

    fn end(&self, how: &str) -> Result<(), Failure> {
        match self.begin.take() {
            Some(_) => Ok(()),
            None => self.wait(self.client.batch_execute(how)),
        }
    }

    /// The server's clock, in milliseconds since 1970. Outside a transaction.
    pub(super) fn clock(&self) -> Result<i64, Failure> {
        let sql = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)";
        let row = self.wait(self.client.query_typed_one(sql, &[]))?;
        row.try_get(0).map_err(|error| Failure::of(&error))
    }

    /// Waits for the server's response.
    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failure> {
        let in_time = self
            .runtime
            .block_on(async { tokio::time::timeout(RESPONSE, answer).await });
        match in_time {
            Ok(answer) => answer.map_err(|error| Failure::of(&error)),
            Err(_) => Err(Failure::Lost(StoreError::Busy)),
        }
    }

    /// Runs a statement, preceded by the start of the transaction if it is the first, and reads the whole result.
    fn query(&self, sql: &str, values: &[Value<'_>]) -> Stored<(Vec<tokio_postgres::Row>, u64)> {
        let sql = translated(sql);
        let typed = values.iter().map(|value| (value, type_of(value)));
        let query = async {
            let answer: RowStream = self.client.query_typed_raw(&sql, typed).await?;
            pin_mut!(answer);
            let mut rows = Vec::new();
            while let Some(row) = answer.try_next().await? {
                rows.push(row);
            }
            Ok((rows, answer.rows_affected().unwrap_or(0)))
        };
        let answer = match self.begin.take() {
            None => self.wait(query),
            Some(begin) => self.wait(async {
                // Pipelined: both are sent before the first response.
                let (begun, answer) = future::join(self.client.batch_execute(begin), query).await;
                begun.and(answer)
            }),
        };
        let answer = answer.map_err(|failure| {
            let error = failure.error();
            self.failure.borrow_mut().get_or_insert(failure);
            error
        })?;
        if WRITES.iter().any(|word| sql.starts_with(word)) {
            self.has_written.set(true);
        }
        Ok(answer)
    }
}

impl sql::Connection for Connection<'_> {
    fn change(&self, sql: &str, values: &[Value<'_>]) -> Stored<u64> {
        Ok(self.query(sql, values)?.1)
    }

    fn each_row(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&dyn Row) -> Stored<bool>,
    ) -> Stored<()> {
        for row in self.query(sql, values)?.0 {
            if !visit(&row)? {
                break;
            }
        }
        Ok(())
    }

    fn has_other_writers(&self) -> bool {
        true
    }

    fn serialise_writers(&self, table: &str) -> Stored<()> {
        let lock = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        self.query(&lock, &[]).map(drop)
    }
}

/// Translates a statement to PostgreSQL's dialect.
fn translated(sql: &str) -> String {
    let mut rest = sql;
    let mut text = String::with_capacity(sql.len());
    while let Some((before, after)) = rest.split_once(" INDEXED BY ") {
        text.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    }
    text.push_str(rest);
    text.replace('?', "$")
}

fn type_of(value: &Value<'_>) -> Type {
    match value {
        Value::Integer(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integer(number) => number.to_sql(kind, out),
            // PostgreSQL's texts cannot contain NUL, so no row could match it either.
            Self::Text(Some(text)) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(kind, out)
            }
            Self::Text(text) => text.as_deref().to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

impl Row for tokio_postgres::Row {
    fn integer(&self, column: &str) -> Stored<Option<i64>> {
        self.try_get(column).map_err(|_| wrong(column))
    }

    fn text(&self, column: &str) -> Stored<Option<&str>> {
        self.try_get(column).map_err(|_| wrong(column))
    }

    fn bytes(&self, column: &str) -> Stored<Option<&[u8]>> {
        self.try_get(column).map_err(|_| wrong(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_translated() {
        assert_eq!(
            translated("SELECT a FROM b INDEXED BY b_by_a WHERE c = ?1 AND d IN (?2, ?10)"),
            "SELECT a FROM b WHERE c = $1 AND d IN ($2, $10)"
        );
        assert_eq!(
            translated("SELECT a FROM b INDEXED BY c\n  WHERE d = (SELECT e FROM f INDEXED BY g)"),
            "SELECT a FROM b\n  WHERE d = (SELECT e FROM f)"
        );
    }
}
