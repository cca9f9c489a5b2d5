//! The single writer. Waiting jobs share a transaction, so that many writes cost one commit. Each job has its own
//! savepoint, so that its rollback or failure affects no other. Callers get their results after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::{Connection, Row};

use super::identity::FileIdentity;

use super::run_cached;
use super::store_error;
use crate::domain::store::{Stored, Verdict, WriteJob};
use crate::store::queue::{Waiting, note_write};
use crate::store::sql::SqlRows;

/// The most writes that share a transaction.
const AT_ONCE: usize = 64;
/// How long an erasure waits for readers of an older state; after that, later writes try to empty the WAL.
const ERASURE_PATIENCE: Duration = Duration::from_millis(50);

/// Runs jobs until the store is dropped.
pub(super) fn work(
    connection: &Connection,
    jobs: &Receiver<Waiting>,
    patience: Duration,
    writable: &AtomicBool,
    identity: &FileIdentity,
) {
    // Whether erased data may still be in the WAL.
    let mut traces = false;
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(AT_ONCE - 1));
        let ended = write(connection, batch, patience);
        traces |= ended.has_erasure;
        if traces && ended.jobs.iter().any(|(_, result)| result.is_ok()) {
            traces = !checkpoint(connection, ERASURE_PATIENCE);
        }
        // A write to a file that was moved away is lost for the service.
        let is_same_file = identity.check();
        for ((_, job), result) in ended.jobs {
            let result = result.and_then(|()| is_same_file.clone());
            // Before the caller gets the result, since it may check next whether the store is ready.
            note_write(writable, &result, true);
            job.end(result);
        }
    }
    // So that an operator may copy the file without its WAL.
    if !checkpoint(connection, patience) {
        tracing::warn!("the database's write-ahead log could not be checkpointed");
    }
}

/// Moves the WAL's content into the file and empties the WAL; returns whether it did, which readers of an older state
/// prevent.
fn checkpoint(connection: &Connection, patience: Duration) -> bool {
    let _ = connection.busy_timeout(patience);
    let is_blocked = |row: &Row<'_>| row.get::<_, bool>(0);
    let blocked = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_blocked);
    blocked.is_ok_and(|blocked| !blocked)
}

/// The results of jobs, and whether any of them erased data that must leave the WAL too.
#[derive(Default)]
struct Ended {
    jobs: Vec<(Waiting, Stored<()>)>,
    has_erasure: bool,
}

/// Runs these jobs in one transaction. If that fails, runs each in its own, so that a bad job fails alone. A job that
/// panicked is dropped, which its caller notices.
fn write(connection: &Connection, batch: Vec<Waiting>, patience: Duration) -> Ended {
    // All jobs of the batch wait together, as long as the newest may.
    let youngest = batch.iter().map(|(since, _)| since.elapsed()).min();
    let left = patience.saturating_sub(youngest.unwrap_or_default());
    // Cannot fail for a duration of this size.
    let _ = connection.busy_timeout(left);
    if let Err(error) = run_cached(connection, "BEGIN IMMEDIATE") {
        let error = store_error(&error);
        let jobs = batch.into_iter();
        return Ended {
            jobs: jobs.map(|job| (job, Err(error.clone()))).collect(),
            has_erasure: false,
        };
    }
    let mut rest = batch.into_iter();
    let mut ended = run_all(connection, &mut rest);
    // A full disk ends a transaction by itself.
    let failure = match connection.is_autocommit() {
        true => None,
        false => match run_cached(connection, "COMMIT") {
            Ok(()) => return ended,
            Err(error) => {
                let _ = run_cached(connection, "ROLLBACK");
                Some(store_error(&error))
            }
        },
    };
    if ended.jobs.len() + rest.len() > 1 {
        let ran = ended.jobs.into_iter().map(|(job, _)| job);
        let alone = ran
            .chain(rest)
            .map(|job| write(connection, vec![job], patience));
        return alone.fold(Ended::default(), |mut all, one| {
            all.jobs.extend(one.jobs);
            all.has_erasure |= one.has_erasure;
            all
        });
    }
    for (_, result) in &mut ended.jobs {
        if let (Ok(()), Some(failure)) = (&result, &failure) {
            *result = Err(failure.clone());
        }
    }
    ended
}

/// Runs jobs until all are done or the transaction has ended by itself.
fn run_all(connection: &Connection, jobs: &mut impl Iterator<Item = Waiting>) -> Ended {
    let mut ended = Ended::default();
    for (since, mut job) in jobs {
        match catch_unwind(AssertUnwindSafe(|| run(connection, &mut *job))) {
            Ok((result, has_erasure)) => {
                ended.has_erasure |= has_erasure;
                ended.jobs.push(((since, job), result));
            }
            // A panic ends the caller's request, not this thread.
            Err(_) => drop(undo(connection)),
        }
        if connection.is_autocommit() {
            break;
        }
    }
    ended
}

/// Runs one job within a savepoint.
fn run(connection: &Connection, job: &mut dyn WriteJob) -> (Stored<()>, bool) {
    let begun = run_cached(connection, "SAVEPOINT job");
    if let Err(error) = begun {
        return (Err(store_error(&error)), false);
    }
    let mut rows = SqlRows::new(connection);
    let verdict = job.run(&mut rows);
    match (verdict, rows.failure()) {
        (Verdict::Commit, None) => {
            let kept = run_cached(connection, "RELEASE job");
            (
                kept.map_err(|error| store_error(&error)),
                rows.has_erasure(),
            )
        }
        (Verdict::RollBack, None) => (undo(connection).map_err(|error| store_error(&error)), false),
        (_, Some(failure)) => {
            // A full disk may have ended the transaction already; an error here adds nothing.
            let _ = undo(connection);
            (Err(failure), false)
        }
    }
}

/// Rolls back to the savepoint.
fn undo(connection: &Connection) -> rusqlite::Result<()> {
    run_cached(connection, "ROLLBACK TO job")?;
    run_cached(connection, "RELEASE job")
}
