//! Periodic work: storing session activity, deleting what has expired, maintaining `deleted.log`, removing old
//! copies, and noticing when the database is writable again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::domain::accounts::Accounts;
use crate::domain::store::{Departure, Ledger};
use crate::domain::time::CLOCK_TOLERANCE;
use crate::failures::Failures;
use crate::metrics::Metrics;

const TICK: Duration = Duration::from_secs(1);
/// Ticks between two sweeps.
const SWEEP: u64 = 60;
/// Ticks between two probes of a database that could not be written.
const PROBE: u64 = 2;
/// Ticks between two checks for old copies.
const DAY: u64 = 86_400;
/// How long copies from before a change of the database are kept.
const COPIES_KEPT: Duration = Duration::from_secs(30 * DAY);

/// Runs for ever.
pub(crate) async fn run(accounts: Accounts, metrics: Metrics, ledger: Arc<dyn Ledger>) {
    let mut upkeep = Upkeep {
        accounts,
        metrics,
        ledger,
        logged: None,
        set_back: None,
        is_writable: true,
        unflushed: Failures::default(),
        unlogged: Failures::default(),
        unswept: Failures::default(),
    };
    upkeep.count_lost_keys().await;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u64.. {
        ticks.tick().await;
        upkeep.tick(tick).await;
    }
}

/// Logs departures of a later release's kinds, which are kept.
fn log_unknown_kinds(departures: &[Departure]) {
    for departure in departures {
        if let Err(kind) = &departure.kind {
            tracing::error!(
                row = departure.id,
                kind,
                "a row of `departures` has a kind unknown to this release; it is kept and ignored"
            );
        }
    }
}

struct Upkeep {
    accounts: Accounts,
    metrics: Metrics,
    ledger: Arc<dyn Ledger>,
    /// The newest departure in the ledger, once known.
    logged: Option<i64>,
    /// By how much the clock was set back, when last reported.
    set_back: Option<Duration>,
    is_writable: bool,
    /// Failures to store what was gathered, to write `deleted.log`, and to sweep.
    unflushed: Failures,
    unlogged: Failures,
    unswept: Failures,
}

impl Upkeep {
    async fn tick(&mut self, tick: u64) {
        match self.accounts.flush_gathered().await {
            Ok(()) => drop(self.unflushed.end()),
            Err(error) if self.unflushed.count() => {
                tracing::warn!(%error, "session activity and download progress could not be stored yet");
            }
            Err(_) => {}
        }
        self.keep_ledger().await;
        let writable = self.accounts.is_writable();
        if writable != self.is_writable {
            match writable {
                true => tracing::info!("the database can be written again"),
                false => tracing::error!(
                    "the database cannot be written, or is no longer at its place: nothing is accepted until it can"
                ),
            }
        }
        self.is_writable = writable;
        if tick.is_multiple_of(SWEEP) || (!writable && tick.is_multiple_of(PROBE)) {
            self.sweep().await;
        }
        if tick.is_multiple_of(DAY) {
            self.forget_copies();
            self.tidy_ledger();
        }
        self.watch_clock();
    }

    fn forget_copies(&self) {
        let now = self.accounts.core().time.now();
        match self.ledger.forget_copies(now.minus(COPIES_KEPT)) {
            Ok(names) => {
                for copy in names {
                    tracing::info!(copy, "an old copy of the database was removed");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "an old copy of the database could not be removed");
            }
        }
    }

    fn tidy_ledger(&mut self) {
        match self.ledger.tidy() {
            // A line that a command added meanwhile is added again.
            Ok(true) => self.logged = None,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "deleted.log could not be compacted"),
        }
    }

    async fn keep_ledger(&mut self) {
        let last = self.logged.unwrap_or(0);
        let result = match self.accounts.departures_after(last).await {
            Ok(new) if new.is_empty() && self.logged.is_some() => Ok(last),
            Ok(new) => {
                log_unknown_kinds(&new);
                let added = self.ledger.add(&new);
                added.map(|()| new.last().map_or(last, |row| row.id))
            }
            Err(error) => Err(io::Error::other(error)),
        };
        match result {
            Ok(newest) => {
                self.unlogged.end();
                self.logged = Some(newest);
            }
            Err(error) if self.unlogged.count() => {
                tracing::error!(%error, "deletions could not be written to deleted.log yet");
            }
            Err(_) => {}
        }
    }

    async fn sweep(&mut self) {
        let late = match self.accounts.sweep().await {
            Ok(late) => late,
            Err(error) => {
                if self.unswept.count() {
                    tracing::warn!(%error, "expired rows could not be deleted yet");
                }
                return;
            }
        };
        self.unswept.end();
        self.metrics.mails_late(late.len() as u64);
        for mail in late {
            tracing::warn!(
                mail = mail.id,
                kind = mail.kind_name(),
                attempts = mail.attempts,
                reason = mail.reason,
                "a mail was given up: its time was over"
            );
        }
    }

    /// Logs each time that the clock was set back, once.
    fn watch_clock(&mut self) {
        let behind = self.accounts.core().time.set_back();
        if let Some(behind) = behind
            && self
                .set_back
                .is_none_or(|told| told.abs_diff(behind) > CLOCK_TOLERANCE)
        {
            tracing::error!(
                seconds = behind.as_secs(),
                "the clock was set back; the service goes on by the time that it had. If the clock is \
                 right now, restart the service"
            );
            self.set_back = Some(behind);
        }
        if behind.is_none() {
            self.set_back = None;
        }
    }

    async fn count_lost_keys(&self) {
        match self.accounts.rows_of_lost_keys().await {
            Ok(0) | Err(_) => {}
            Ok(rows) => tracing::error!(
                rows,
                "mails and codes were made with a key that the secret no longer contains; they are lost"
            ),
        }
    }
}
