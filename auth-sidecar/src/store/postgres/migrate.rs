//! Migrates a database's schema to this release's: all missing steps in one transaction, so that an interrupted start
//! changes nothing.
//!
//! The table `migrations` keeps the checksum of each step, so that a step that was changed after it ran is noticed.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::error::OpenError;

/// All steps, in order. Never change a released one.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/postgres/0001_accounts.sql"),
    include_str!("../../../migrations/postgres/0002_nodes.sql"),
];

/// The key of the advisory lock that keeps services which start at the same time from migrating together.
const LOCK: i64 = 0x6461_7465_6c69_6e65;

fn checksum(step: &str) -> Vec<u8> {
    Sha256::digest(step.as_bytes()).to_vec()
}

/// The row of `migrations` that marks a database into which another one is being copied. Releases that do not know the
/// mark refuse the database too, since it is no step of theirs.
const MARK: i64 = 0;

/// How far a schema is.
pub(in crate::store) struct State {
    /// The number of steps that ran.
    done: usize,
    /// Whether another database is being copied into this one.
    pub(in crate::store) is_unfinished: bool,
}

/// The state of the schema, checked against this release's steps; `None` if there is no schema.
pub(in crate::store) async fn state(client: &Client) -> Result<Option<State>, OpenError> {
    let is_there = client
        .query_typed_one("SELECT to_regclass('migrations') IS NOT NULL AS there", &[])
        .await?;
    match is_there.try_get("there")? {
        true => Ok(Some(steps(client).await?)),
        false => Ok(None),
    }
}

async fn steps(client: &Client) -> Result<State, OpenError> {
    let rows = client
        .query_typed("SELECT step, checksum FROM migrations ORDER BY step", &[])
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        found.push((
            row.try_get::<_, i64>("step")?,
            row.try_get::<_, Vec<u8>>("checksum")?,
        ));
    }
    let is_unfinished = found.first().is_some_and(|(step, _)| *step == MARK);
    found.drain(..usize::from(is_unfinished));
    if found.len() > STEPS.len() {
        return Err(OpenError::Newer {
            found: found.len(),
            known: STEPS.len(),
        });
    }
    for ((step, sum), (number, text)) in found.iter().zip((1_i64..).zip(STEPS)) {
        if *step != number || *sum != checksum(text) {
            return Err(OpenError::Changed { step: number });
        }
    }
    Ok(State {
        done: found.len(),
        is_unfinished,
    })
}

/// How long the check of the schema may take.
const CHECK: Duration = Duration::from_secs(4);

/// Checks the schema, and brings it up to date if it is older, however long that takes.
pub(super) async fn run(client: &mut Client) -> Result<(), OpenError> {
    let checked = timeout(CHECK, state(client)).await;
    match checked.unwrap_or(Err(OpenError::Late))? {
        Some(state) if state.is_unfinished => Err(OpenError::Unfinished),
        Some(state) if state.done == STEPS.len() => Ok(()),
        _ => {
            let transaction = client.transaction().await?;
            if upgrade(transaction.client()).await?.is_unfinished {
                return Err(OpenError::Unfinished);
            }
            Ok(transaction.commit().await?)
        }
    }
}

/// Marks the database as unfinished. The mark names the copy.
pub(in crate::store) async fn begin_copy(client: &Client, mark: &[u8]) -> Result<(), OpenError> {
    insert(client, MARK, mark).await
}

/// The mark, locked until the transaction ends.
pub(in crate::store) async fn mark(client: &Client) -> Result<Option<Vec<u8>>, OpenError> {
    let sql = "SELECT checksum FROM migrations WHERE step = $1 FOR UPDATE";
    let row = client.query_typed_opt(sql, &[(&MARK, Type::INT8)]).await?;
    Ok(row.map(|row| row.try_get("checksum")).transpose()?)
}

/// Removes the mark.
pub(in crate::store) async fn end_copy(client: &Client) -> Result<(), OpenError> {
    let sql = "DELETE FROM migrations WHERE step = $1";
    client.execute_typed(sql, &[(&MARK, Type::INT8)]).await?;
    Ok(())
}

async fn insert(client: &Client, step: i64, checksum: &[u8]) -> Result<(), OpenError> {
    let sql = "INSERT INTO migrations (step, checksum) VALUES ($1, $2)
               ON CONFLICT (step) DO UPDATE SET checksum = $2";
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&step, Type::INT8), (&checksum, Type::BYTEA)];
    client.execute_typed(sql, &values).await?;
    Ok(())
}

/// Runs the missing steps within a transaction; returns the state before.
pub(in crate::store) async fn upgrade(client: &Client) -> Result<State, OpenError> {
    let lock = "SELECT pg_advisory_xact_lock($1)";
    client.execute_typed(lock, &[(&LOCK, Type::INT8)]).await?;
    // Another service may have been first; only a statement that takes a lock is sure to see its commit.
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS migrations (step BIGINT PRIMARY KEY, checksum BYTEA NOT NULL)",
        )
        .await?;
    let state = steps(client).await?;
    for (number, step) in (1_i64..).zip(STEPS).skip(state.done) {
        client.batch_execute(step).await?;
        insert(client, number, &checksum(step)).await?;
        tracing::info!(
            step = number,
            "the database's schema was brought up to date"
        );
    }
    Ok(state)
}
