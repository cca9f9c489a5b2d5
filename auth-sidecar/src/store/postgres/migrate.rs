//! Brings a database's schema to this release's: all steps that are missing in one transaction, so that a start that
//! is cut short changes nothing.
//!
//! The table `migrations` keeps the checksum of each step, so that one that was changed after it ran is noticed.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::OpenError;

/// In order; never changed once released.
const STEPS: &[&str] = &[include_str!(
    "../../../migrations/postgres/0001_accounts.sql"
)];

/// What services that start at once take turns by: a number that nobody else has.
const LOCK: i64 = 0x6461_7465_6c69_6e65;

fn checksum(step: &str) -> Vec<u8> {
    Sha256::digest(step.as_bytes()).to_vec()
}

/// Whether there is a schema, of this or another release.
async fn is_there(client: &Client) -> Result<bool, OpenError> {
    let is_there = client
        .query_typed_one("SELECT to_regclass('migrations') IS NOT NULL AS there", &[])
        .await?;
    Ok(is_there.try_get("there")?)
}

/// The steps that ran, checked against this release's.
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

/// Checks the schema of the database that this connection leads to, and brings it up to date if it is older.
pub(super) async fn run(client: &mut Client) -> Result<(), OpenError> {
    if is_there(client).await? && done(client).await? == STEPS.len() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction
        .execute_typed(lock, &[(&LOCK, Type::INT8)])
        .await?;
    // Another service may have been first, of which only statements that take a lock are sure to know.
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
