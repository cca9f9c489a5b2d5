//! The one writer. What waits shares a transaction, so that many writes cost one commit; each job has a
//! savepoint of its own, so that what it undoes or spoils is its own alone. Nobody hears before the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row};

use super::place::Place;

use super::run_cached;
use super::store_error;
use crate::domain::store::{Stored, Verdict, WriteJob};
use crate::store::sql::SqlRows;

/// Writes that share a transaction.
const AT_ONCE: usize = 64;
/// How long an erasure waits for readers of an older state; after that, later writes empty the log.
const FOLDING: Duration = Duration::from_millis(50);

/// A job, and since when it waits.
pub(super) type Waiting = (Instant, Box<dyn WriteJob>);

/// Works until nobody can send jobs any more.
pub(super) fn work(
    connection: &Connection,
    jobs: &Receiver<Waiting>,
    patience: Duration,
    writable: &AtomicBool,
    place: &Place,
) {
    // Whether something that was erased may still lie in the log.
    let mut traces = false;
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(AT_ONCE - 1));
        let ended = write(connection, batch, patience);
        traces |= ended.leave_no_trace;
        if traces && ended.jobs.iter().any(|(_, result)| result.is_ok()) {
            traces = !is_folded(connection, FOLDING);
        }
        // What went to a file that was moved away is not where anybody will look for it.
        let at_place = place.check();
        for ((_, job), result) in ended.jobs {
            let result = result.and_then(|()| at_place.clone());
            // Before whoever asked hears of it, and asks whether the store is ready.
            writable.store(result.is_ok(), Ordering::Relaxed);
            if let Err(error) = &result {
                tracing::error!(%error, "the database could not be written");
            }
            job.end(result);
        }
    }
    // So that an operator may copy the file alone.
    if !is_folded(connection, patience) {
        tracing::warn!("the database's write-ahead log could not be checkpointed");
    }
}

/// Moves what lies in the log into the file and empties the log; not while somebody reads an older state.
fn is_folded(connection: &Connection, patience: Duration) -> bool {
    let _ = connection.busy_timeout(patience);
    let is_blocked = |row: &Row<'_>| row.get::<_, bool>(0);
    let blocked = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_blocked);
    blocked.is_ok_and(|blocked| !blocked)
}

/// What became of jobs, and whether what they erased must leave the log too.
#[derive(Default)]
struct Ended {
    jobs: Vec<(Waiting, Stored<()>)>,
    leave_no_trace: bool,
}

/// Runs these jobs in one transaction; each in its own, where that one fails, so that nobody pays for another.
/// A job whose rule panicked is dropped, which its caller notices.
fn write(connection: &Connection, batch: Vec<Waiting>, patience: Duration) -> Ended {
    // They wait together, not one after the other.
    let youngest = batch.iter().map(|(since, _)| since.elapsed()).min();
    let left = patience.saturating_sub(youngest.unwrap_or_default());
    // Fails for no number that fits.
    let _ = connection.busy_timeout(left);
    if let Err(error) = run_cached(connection, "BEGIN IMMEDIATE") {
        let error = store_error(&error);
        let jobs = batch.into_iter();
        return Ended {
            jobs: jobs.map(|job| (job, Err(error.clone()))).collect(),
            leave_no_trace: false,
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
            all.leave_no_trace |= one.leave_no_trace;
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

/// Runs jobs until there is no transaction any more.
fn run_all(connection: &Connection, jobs: &mut impl Iterator<Item = Waiting>) -> Ended {
    let mut ended = Ended::default();
    for (since, mut job) in jobs {
        match catch_unwind(AssertUnwindSafe(|| run(connection, &mut *job))) {
            Ok((result, leave_no_trace)) => {
                ended.leave_no_trace |= leave_no_trace;
                ended.jobs.push(((since, job), result));
            }
            // It ends its own call, not the thread.
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
                rows.leaves_no_trace(),
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

/// Undoes what was done since the savepoint.
fn undo(connection: &Connection) -> rusqlite::Result<()> {
    run_cached(connection, "ROLLBACK TO job")?;
    run_cached(connection, "RELEASE job")
}
