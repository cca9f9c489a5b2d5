//! Periodic work: storing what was gathered in memory, and deleting what has expired.

use std::sync::{Arc, PoisonError};

use super::{Accounts, Transaction};
use crate::domain::random::TokenHash;
use crate::domain::rate_limits::DAY;
use crate::domain::refusal::Stop;
use crate::domain::store::{Departure, MailState, QueuedMail, Stored};
use crate::domain::time::Moment;

/// Rows of each table deleted in one transaction.
const BATCH: u32 = 1000;

impl Accounts {
    pub(super) fn note_seen(&self, session: TokenHash, at: Moment) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(session.0, at);
    }

    /// Stores when sessions were last seen and how far downloads are; called about once a second.
    ///
    /// # Errors
    /// The store's; the next call then tries again.
    pub async fn flush_gathered(&self) -> Result<(), Stop> {
        let take =
            || std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let (seen, checkpoints) = (take(), self.core.transfers.checkpoints());
        if seen.is_empty() && checkpoints.is_empty() {
            // Downloads that started and sent nothing are dropped all the same.
            self.core.transfers.saved(&checkpoints);
            return Ok(());
        }
        let batch = seen.clone();
        let checkpoints = Arc::new(checkpoints);
        let noted = Arc::clone(&checkpoints);
        let result = self
            .write(move |tx| {
                for (hash, at) in &batch {
                    tx.rows.touch_session(&TokenHash(*hash), *at)?;
                }
                for checkpoint in noted.iter() {
                    let at = tx.now.minus(checkpoint.idle);
                    tx.rows.note_progress(
                        checkpoint.id,
                        &checkpoint.progress,
                        checkpoint.whole,
                        at,
                    )?;
                }
                Ok(())
            })
            .await;
        match &result {
            Ok(()) => self.core.transfers.saved(&checkpoints),
            Err(_) => {
                for (hash, at) in seen {
                    self.note_seen(TokenHash(hash), at);
                }
            }
        }
        result
    }

    /// Deletes what has expired. Returns expired mails, which are dropped.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<Vec<QueuedMail>, Stop> {
        let mut all = Vec::new();
        loop {
            let (late, is_more) = self.write_guarded(|tx| Ok(tx.sweep()?)).await?;
            all.extend(late);
            if !is_more {
                return Ok(all);
            }
        }
    }

    /// How many mails and codes were made with a key that the secret no longer contains.
    ///
    /// # Errors
    /// The store's.
    pub async fn rows_of_lost_keys(&self) -> Result<u64, Stop> {
        self.read(|rows, _, core| Ok(rows.rows_without_key(&core.keys.ids())?))
            .await
    }

    /// Departures with a larger row ID, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn departures_after(&self, id: i64) -> Result<Vec<Departure>, Stop> {
        self.read(move |rows, _, _| Ok(rows.departures_after(id)?))
            .await
    }

    /// Whether the latest write succeeded.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.store.is_writable()
    }
}

impl Transaction<'_> {
    /// Deletes a batch, so that other writers need not wait for all; returns whether there may be more.
    fn sweep(&mut self) -> Stored<(Vec<QueuedMail>, bool)> {
        let (lifetimes, now) = (&self.core.lifetimes, self.now);
        let alive = self.core.alive(now);
        self.rows.take_turn_to_sweep()?;
        let mut late = self.rows.end_late_mails(now, BATCH)?;
        let mut is_more = late.len() >= BATCH as usize;
        late.retain(|mail| mail.state == MailState::Waiting && mail.kind != Ok(None));
        for mail in &mut late {
            // There may be many, and nothing reads them.
            mail.sealed = Vec::new();
        }
        is_more |= self
            .rows
            .forget_links(now.minus(lifetimes.link_memory), BATCH)?;
        is_more |= self
            .rows
            .forget_downloads(now.minus(lifetimes.download_log), BATCH)?;
        is_more |= self.rows.sweep(now, alive, now.minus(DAY), BATCH)?;
        Ok((late, is_more))
    }
}
