//! Periodic work: storing what was gathered in memory, and deleting what has expired.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::register::SENT_TWICE;
use super::{Accounts, Transaction};
use crate::domain::random::TokenHash;
use crate::domain::rate_limits::DAY;
use crate::domain::refusal::Stop;
use crate::domain::store::{Departure, MailState, QueuedMail, Stored};
use crate::domain::time::Moment;
use crate::domain::transfers::{Checkpoint, Place, RUNNING_FOR};

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
            self.core.transfers.saved(&checkpoints, &[]);
            return Ok(());
        }
        let batch = seen.clone();
        let checkpoints = Arc::new(checkpoints);
        let noted = Arc::clone(&checkpoints);
        let result = self
            .write_guarded(move |tx| {
                for (hash, at) in &batch {
                    tx.rows.touch_session(&TokenHash(*hash), *at)?;
                }
                Ok(tx.note_checkpoints(&noted)?)
            })
            .await;
        match result {
            Ok(without_place) => {
                self.core.transfers.saved(&checkpoints, &without_place);
                Ok(())
            }
            Err(error) => {
                for (hash, at) in seen {
                    self.note_seen(TokenHash(hash), at);
                }
                Err(error)
            }
        }
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
    /// Adds what this node has sent to what others have sent of the same downloads. Returns those that found no place
    /// among the downloads of their account.
    fn note_checkpoints(&mut self, checkpoints: &[Checkpoint]) -> Stored<Vec<i64>> {
        // In the order of ids, so that nodes which wait for each other's rows do so in one direction.
        let mut rows = BTreeMap::new();
        for checkpoint in checkpoints {
            rows.insert(checkpoint.id, checkpoint);
        }
        for checkpoint in rows.values() {
            self.note_progress(checkpoint)?;
        }
        let (taking, others): (Vec<_>, Vec<_>) = rows
            .into_values()
            .partition(|checkpoint| checkpoint.place == Place::Take);
        let until = self.now.plus(RUNNING_FOR);
        for Checkpoint { id, place, .. } in others {
            let runs = *place == Place::Keep;
            self.rows.set_running(*id, runs.then_some(until))?;
        }
        let mut without_place = Vec::new();
        for Checkpoint { id, account, .. } in taking {
            let running = self.rows.downloads_running(*account, self.now)?;
            let others = running.iter().filter(|other| *other != id).count();
            match self.core.transfers.is_full(others) {
                true => without_place.push(*id),
                false => self.rows.set_running(*id, Some(until))?,
            }
        }
        Ok(without_place)
    }

    fn note_progress(&mut self, checkpoint: &Checkpoint) -> Stored<()> {
        let Some(mut row) = self.rows.lock_download(checkpoint.id)? else {
            return Ok(());
        };
        if checkpoint.fresh == 0 {
            return Ok(());
        }
        row.progress.bytes += checkpoint.fresh;
        row.progress.covered.add_all(&checkpoint.progress.covered);
        let whole = row.progress.covered.is_whole(row.wanted.size);
        let at = self.now.minus(checkpoint.idle);
        self.rows.note_progress(row.id, &row.progress, whole, at)
    }

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
        is_more |= self.rows.forget_ends(now.minus(SENT_TWICE), BATCH)?;
        is_more |= self.rows.sweep(now, alive, now.minus(DAY), BATCH)?;
        Ok((late, is_more))
    }
}
