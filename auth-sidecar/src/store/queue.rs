//! What both stores do with jobs: queue them, and log how they end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Instant;

use crate::domain::store::{StoreError, Stored, WriteJob};
use crate::failures::Failures;

/// How many writes may wait; beyond that, the service is busy.
pub(super) const WAITING_WRITES: usize = 512;

/// A job, and when it was submitted.
pub(super) type Waiting = (Instant, Box<dyn WriteJob>);

/// Queues a job; with a full queue, it ends at once.
pub(super) fn submit(writes: &SyncSender<Waiting>, job: Box<dyn WriteJob>) {
    match writes.try_send((Instant::now(), job)) {
        Ok(()) => {}
        Err(TrySendError::Full((_, job))) => job.end(Err(StoreError::Busy)),
        Err(TrySendError::Disconnected((_, job))) => job.end(Err(StoreError::Closed)),
    }
}

/// Remembers whether the latest write succeeded, and logs each change. A rule that succeeded without a write proves
/// nothing.
pub(super) fn note_write(writable: &AtomicBool, result: &Stored<()>, has_written: bool) {
    if result.is_ok() && !has_written {
        return;
    }
    let was_writable = writable.swap(result.is_ok(), Ordering::Relaxed);
    match result {
        Err(error) if was_writable => {
            tracing::error!(%error, "the database could not be written");
        }
        Ok(()) if !was_writable => tracing::info!("the database can be written again"),
        _ => {}
    }
}

/// Logs that reads of a connection begin or cease to fail.
pub(super) fn note_read(failures: &mut Failures, failure: Option<StoreError>) {
    match failure {
        Some(error) if failures.count() => {
            tracing::error!(%error, "the database could not be read")
        }
        None if failures.end() => tracing::info!("the database can be read again"),
        _ => {}
    }
}
