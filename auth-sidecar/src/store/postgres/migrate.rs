//! Migrates a database's schema to this release's: all missing steps in one transaction, so that an interrupted start
//! changes nothing.
//!
//! The table `migrations` keeps the checksum of each step, so that a step that was changed after it ran is noticed.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

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

/// Whether the database has a schema, of this or another release.
async fn is_there(client: &Client) -> Result<bool, OpenError> {
    let is_there = client
        .query_typed_one("SELECT to_regclass('migrations') IS NOT NULL AS there", &[])
        .await?;
    Ok(is_there.try_get("there")?)
}

/// The number of steps that ran, checked against this release's.
async fn done(client: &Client) -> Result<usize, OpenError> {
    let rows = client
        .query_typed("SELECT step, checksum FROM migrations ORDER BY step", &[])
        .await?;
    if rows.len() > STEPS.len() {
        return Err(OpenError::Newer {
            found: rows.len(),
            known: STEPS.len(),
        });
    }
    for (row, (number, step)) in rows.iter().zip((1_i64..).zip(STEPS)) {
        let is_same = row.try_get::<_, i64>("step")? == number
            && row.try_get::<_, Vec<u8>>("checksum")? == checksum(step);
        if !is_same {
            return Err(OpenError::Changed { step: number });
        }
    }
    Ok(rows.len())
}

/// How long the check of the schema may take.
const CHECK: Duration = Duration::from_secs(4);

/// Checks the schema, and brings it up to date if it is older, however long that takes.
pub(super) async fn run(client: &mut Client) -> Result<(), OpenError> {
    let check = async { Ok(is_there(client).await? && done(client).await? == STEPS.len()) };
    let checked: Result<bool, OpenError> =
        timeout(CHECK, check).await.unwrap_or(Err(OpenError::Late));
    if checked? {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction
        .execute_typed(lock, &[(&LOCK, Type::INT8)])
        .await?;
    // Another service may have been first; only a statement that takes a lock is sure to see its commit.
    let client = transaction.client();
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS migrations (step BIGINT PRIMARY KEY, checksum BYTEA NOT NULL)",
        )
        .await?;
    let done = done(client).await?;
    for (number, step) in (1_i64..).zip(STEPS).skip(done) {
        client.batch_execute(step).await?;
        client
            .execute_typed(
                "INSERT INTO migrations (step, checksum) VALUES ($1, $2)",
                &[(&number, Type::INT8), (&checksum(step), Type::BYTEA)],
            )
            .await?;
        tracing::info!(
            step = number,
            "the database's schema was brought up to date"
        );
    }
    transaction.commit().await?;
    Ok(())
}
