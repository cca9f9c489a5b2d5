//! The database that is copied to.
//!
//! The mark in `migrations` names the current copy. Each transaction locks it and checks that it is still its own, so
//! that of two copies only the later one continues. Nothing outlives a transaction, so a connection pooler can be used.

use std::collections::BTreeMap;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{SinkExt as _, TryStreamExt as _, pin_mut};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, CopyInSink};

use super::CopyError;
use super::table::{HEADER, Kind, TRAILER, Table, quoted};
use crate::domain::random::{Random as _, SystemRandom};
use crate::store::postgres::{self, migrate};

/// How many bytes are sent at once.
const AT_ONCE: usize = 64 * 1024;

/// Whoever else holds a lock holds it for one transaction of a copy at most.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";

/// What was found in a target.
pub(super) enum Found {
    /// No rows.
    Empty,
    /// An interrupted copy.
    Unfinished,
    /// Rows in this table, and no mark.
    Filled(String),
}

pub(super) struct Target {
    runtime: Runtime,
    client: Client,
    /// Names this copy in the mark.
    mark: [u8; 32],
    copying: Option<Pin<Box<CopyInSink<Bytes>>>>,
    unsent: Vec<u8>,
}

/// The rows of a table of the target.
pub(super) struct TargetSum {
    pub(super) rows: u64,
    pub(super) digest: String,
}

impl Target {
    pub(super) fn open(address: &str) -> Result<Self, CopyError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(postgres::OpenError::Threads)?;
        let client = runtime.block_on(postgres::connect(address, "dateline-auth migrate"))?;
        let mut mark = [0; 32];
        SystemRandom.fill(&mut mark);
        Ok(Self {
            runtime,
            client,
            mark,
            copying: None,
            unsent: Vec::new(),
        })
    }

    /// Checks that the target may be filled with these tables.
    pub(super) fn find(&mut self, tables: &[Table]) -> Result<Found, CopyError> {
        self.runtime.block_on(async {
            let state = migrate::state(&self.client).await?;
            if state.as_ref().is_some_and(|state| state.is_unfinished) {
                return Ok(Found::Unfinished);
            }
            for table in tables {
                let name = quoted(&table.name);
                if !is_there(&self.client, &name).await? {
                    continue;
                }
                if state.is_none() {
                    return Err(CopyError::Foreign(table.name.clone()));
                }
                if count(&self.client, table).await? > table.rows_at_first {
                    return Ok(Found::Filled(table.name.clone()));
                }
            }
            let sql = "SELECT count(*) AS others FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name = 'dateline-auth'";
            match self
                .client
                .query_typed_one(sql, &[])
                .await?
                .try_get("others")?
            {
                0 => Ok(Found::Empty),
                others => Err(CopyError::InUse(others)),
            }
        })
    }

    /// In one transaction, brings the schema up to date, checks its columns, marks the target, and, unless it was
    /// marked already, removes what a new database has.
    pub(super) fn begin(&mut self, tables: &[Table]) -> Result<(), CopyError> {
        let client = &self.client;
        self.runtime.block_on(async {
            client.batch_execute(BEGIN).await?;
            let state = migrate::upgrade(client).await?;
            for table in tables {
                if columns(client, &table.name).await? != table.columns {
                    return Err(CopyError::Columns(table.name.clone()));
                }
            }
            migrate::begin_copy(client, &self.mark).await?;
            if !state.is_unfinished {
                let list = names(tables);
                let lock = format!("LOCK TABLE {list} IN ACCESS EXCLUSIVE MODE");
                client.batch_execute(&lock).await?;
                for table in tables {
                    if count(client, table).await? > table.rows_at_first {
                        return Err(CopyError::NotEmpty(table.name.clone()));
                    }
                }
                client.batch_execute(&format!("TRUNCATE {list}")).await?;
            }
            Ok(client.batch_execute("COMMIT").await?)
        })
    }

    pub(super) fn count(&self, table: &Table) -> Result<u64, CopyError> {
        self.runtime.block_on(count(&self.client, table))
    }

    /// Counts and digests the rows of a table.
    pub(super) fn sum(&mut self, table: &Table) -> Result<TargetSum, CopyError> {
        let client = &self.client;
        self.runtime.block_on(async {
            let begin =
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0";
            client.batch_execute(begin).await?;
            let rows = count(client, table).await?;
            let copy = format!(
                "COPY ({}) TO STDOUT (FORMAT binary)",
                table.rows_in_postgres()
            );
            let stream = client.copy_out(&copy).await?;
            pin_mut!(stream);
            let mut digest = Sha256::new();
            while let Some(bytes) = stream.try_next().await? {
                digest.update(bytes);
            }
            client.batch_execute("COMMIT").await?;
            let digest = digest
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            Ok(TargetSum { rows, digest })
        })
    }

    /// Removes what an earlier copy left.
    pub(super) fn clear(&mut self, tables: &[Table]) -> Result<(), CopyError> {
        self.runtime.block_on(async {
            begin(&self.client, &self.mark).await?;
            let truncate = format!("TRUNCATE {}; COMMIT", names(tables));
            Ok(self.client.batch_execute(&truncate).await?)
        })
    }

    /// Adds an encoded row to the current transaction.
    pub(super) fn write(&mut self, table: &Table, row: &[u8]) -> Result<(), CopyError> {
        if self.copying.is_none() {
            let copy = format!(
                "COPY {} ({}) FROM STDIN (FORMAT binary)",
                quoted(&table.name),
                table.column_list()
            );
            let sink = self.runtime.block_on(async {
                begin(&self.client, &self.mark).await?;
                Ok::<_, CopyError>(self.client.copy_in(&copy).await?)
            })?;
            self.copying = Some(Box::pin(sink));
            self.unsent.extend(HEADER);
        }
        self.unsent.extend(row);
        if self.unsent.len() >= AT_ONCE {
            self.send()
        } else {
            Ok(())
        }
    }

    fn send(&mut self) -> Result<(), CopyError> {
        let Some(sink) = &mut self.copying else {
            return Ok(());
        };
        let bytes = Bytes::from(std::mem::take(&mut self.unsent));
        let Err(error) = self.runtime.block_on(sink.send(bytes)) else {
            return Ok(());
        };
        // The server has given up; only the end of the copy says why.
        match self.runtime.block_on(sink.as_mut().finish()) {
            Err(reason) => Err(reason.into()),
            Ok(_) => Err(error.into()),
        }
    }

    /// Commits what was written since the last time, if anything was.
    pub(super) fn commit(&mut self) -> Result<(), CopyError> {
        if self.copying.is_none() {
            return Ok(());
        }
        self.unsent.extend(TRAILER);
        self.send()?;
        if let Some(mut sink) = self.copying.take() {
            self.runtime.block_on(async {
                sink.as_mut().finish().await?;
                self.client.batch_execute("COMMIT").await
            })?;
        }
        Ok(())
    }

    /// Lets new rows be numbered after the last ones, and removes the mark.
    pub(super) fn finish(
        &mut self,
        tables: &[Table],
        last_ids: &BTreeMap<String, i64>,
    ) -> Result<(), CopyError> {
        let client = &self.client;
        self.runtime.block_on(async {
            for table in tables {
                client.batch_execute(&format!("ANALYZE {}", quoted(&table.name))).await?;
            }
            begin(client, &self.mark).await?;
            for (table, last) in last_ids {
                let sql = "SELECT setval(pg_get_serial_sequence($1, attname), greatest($2, 1), $2 > 0)
                           FROM pg_attribute WHERE attrelid = to_regclass($1) AND attidentity <> ''";
                client
                    .query_typed(sql, &[(&quoted(table), Type::TEXT), (last, Type::INT8)])
                    .await?;
            }
            migrate::end_copy(client).await?;
            Ok(client.batch_execute("COMMIT").await?)
        })
    }
}

fn names(tables: &[Table]) -> String {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    names.join(", ")
}

/// Begins a transaction of this copy.
async fn begin(client: &Client, mark: &[u8]) -> Result<(), CopyError> {
    client.batch_execute(BEGIN).await?;
    match migrate::mark(client).await? {
        Some(found) if found == mark => Ok(()),
        _ => Err(CopyError::Another),
    }
}

async fn is_there(client: &Client, name: &str) -> Result<bool, CopyError> {
    let sql = "SELECT to_regclass($1) IS NOT NULL AS there";
    let row = client.query_typed_one(sql, &[(&name, Type::TEXT)]).await?;
    Ok(row.try_get("there")?)
}

async fn count(client: &Client, table: &Table) -> Result<u64, CopyError> {
    let sql = format!("SELECT count(*) AS rows FROM {}", quoted(&table.name));
    let rows: i64 = client.query_typed_one(&sql, &[]).await?.try_get("rows")?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// The columns of a table; none, if one has a type that rows are not encoded for.
async fn columns(client: &Client, table: &str) -> Result<BTreeMap<String, Kind>, CopyError> {
    let sql = "SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
               WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let rows = client
        .query_typed(sql, &[(&quoted(table), Type::TEXT)])
        .await?;
    let mut columns = BTreeMap::new();
    for row in rows {
        let Some(kind) = Kind::in_postgres(row.try_get("type")?) else {
            return Ok(BTreeMap::new());
        };
        columns.insert(row.try_get("name")?, kind);
    }
    Ok(columns)
}
