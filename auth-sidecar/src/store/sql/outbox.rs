//! Queued mail.

use super::Row;
use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::store::{MailCounts, MailKind, MailRows, QueuedMail, Stored};
use crate::domain::time::Moment;

from_row!(MailCounts {
    waiting,
    networks,
    most,
    set_aside
});

fn kind(name: String) -> Result<Option<MailKind>, String> {
    match MailKind::named(&name) {
        None if name != "none" => Err(name),
        kind => Ok(kind),
    }
}

fn mail(row: &dyn Row) -> Stored<QueuedMail> {
    Ok(QueuedMail {
        id: row.get("id")?,
        account: row.get("account")?,
        flow: row.get("flow")?,
        kind: kind(row.get("kind")?),
        language: row.get("language")?,
        key: row.get("key")?,
        sealed: row.get("sealed")?,
        state: row.get("state")?,
        created_at: row.get("created_at")?,
        due_until: row.get("due_until")?,
        next_at: row.get("next_at")?,
        attempts: row.get("attempts")?,
        reason: row.get("reason")?,
        network: row.get("network")?,
        asked: row.get("asked")?,
    })
}

/// Waiting mail has two partial indexes: one for real mail, one for decoys (`kind = 'none'`). The statements name them
/// because SQLite would otherwise scan all waiting mail, which strangers can make plenty of.
pub(in crate::store) const HAS_DUE: &str =
    "SELECT 1 FROM outbox INDEXED BY outbox_by_turn
     WHERE state = 1 AND kind <> 'none' AND next_at <= ?1 AND lease_until <= ?1 AND due_until > ?1 LIMIT 1";
pub(in crate::store) const HAS_WAITING: &str =
    "SELECT 1 FROM outbox INDEXED BY outbox_by_turn WHERE state = 1 AND kind <> 'none' LIMIT 1";
pub(in crate::store) const HAS_FOR_NOBODY: &str = "SELECT 1 FROM outbox INDEXED BY outbox_for_nobody WHERE state = 1 AND kind = 'none' AND next_at <= ?1 LIMIT 1";
pub(in crate::store) const END_FOR_NOBODY: &str = "DELETE FROM outbox WHERE id IN
       (SELECT id FROM outbox INDEXED BY outbox_for_nobody WHERE state = 1 AND kind = 'none' AND next_at <= ?1 LIMIT ?2)
     RETURNING *";
/// Steps from queue to queue and reads only the two ends of each, not all mail in it.
macro_rules! lease {
    ($locking:literal) => {
        concat!(
            "WITH RECURSIVE
       queues (network) AS (
         SELECT (SELECT network FROM outbox INDEXED BY outbox_by_turn
                 WHERE state = 1 AND kind <> 'none' ORDER BY network LIMIT 1)
         UNION ALL
         SELECT (SELECT network FROM outbox INDEXED BY outbox_by_turn
                 WHERE state = 1 AND kind <> 'none' AND network > queues.network
                 ORDER BY network LIMIT 1)
         FROM queues WHERE network IS NOT NULL),
       turns AS (
         SELECT network,
           (SELECT asked FROM outbox INDEXED BY outbox_by_turn
            WHERE state = 1 AND kind <> 'none' AND next_at <= ?1 AND lease_until <= ?1 AND due_until > ?1
              AND network = queues.network ORDER BY asked DESC LIMIT 1) AS most,
           (SELECT created_at FROM outbox INDEXED BY outbox_by_turn
            WHERE state = 1 AND kind <> 'none' AND next_at <= ?1 AND lease_until <= ?1 AND due_until > ?1
              AND network = queues.network ORDER BY asked LIMIT 1) AS since
         FROM queues)
     UPDATE outbox SET leased_by = ?2, lease_until = ?3, attempts = attempts + 1
     WHERE id = (SELECT id FROM outbox INDEXED BY outbox_by_turn
                 WHERE state = 1 AND kind <> 'none' AND next_at <= ?1 AND lease_until <= ?1 AND due_until > ?1
                   AND network = (SELECT network FROM turns WHERE most IS NOT NULL ORDER BY most, since LIMIT 1)
                 ORDER BY next_at, created_at LIMIT 1", $locking, ")
     RETURNING *"
        )
    };
}
pub(in crate::store) const LEASE: &str = lease!("");
const LEASE_BESIDE_OTHERS: &str = lease!(" FOR UPDATE SKIP LOCKED");
pub(in crate::store) const COUNT: &str =
    "SELECT CAST(coalesce(sum(mails), 0) AS bigint) AS waiting, count(*) AS networks,
            CAST(coalesce(max(mails), 0) AS bigint) AS most,
            (SELECT count(*) FROM outbox WHERE state = 2 AND kind <> 'none') AS set_aside
     FROM (SELECT sum(mails) AS mails
           FROM (SELECT network, count(*) AS mails FROM outbox INDEXED BY outbox_by_network
                 WHERE state = 1 GROUP BY network
                 UNION ALL
                 SELECT network, -count(*) FROM outbox INDEXED BY outbox_for_nobody
                 WHERE state = 1 AND kind = 'none' GROUP BY network) AS parts
           GROUP BY network HAVING sum(mails) > 0) AS queues";
pub(in crate::store) const END_LATE: &str = "DELETE FROM outbox WHERE id IN
       (SELECT id FROM outbox INDEXED BY outbox_by_end WHERE due_until <= ?1 AND lease_until <= ?1 LIMIT ?2)
       AND +due_until <= ?1 AND +lease_until <= ?1
     RETURNING *";

impl MailRows for SqlRows<'_> {
    fn oldest_waiting(&self) -> Stored<Option<Moment>> {
        self.one(
            "SELECT min(created_at) AS oldest FROM outbox WHERE state = 1 AND own_fault = 0",
            values![],
            |row| row.get("oldest"),
        )
    }

    fn oldest_waiting_of(&self, network: &[u8; 32]) -> Stored<Option<Moment>> {
        self.one(
            "SELECT min(created_at) AS oldest FROM outbox WHERE network = ?1 AND state = 1 AND own_fault = 0",
            values![network],
            |row| row.get("oldest"),
        )
    }

    fn mail_counts(&self) -> Stored<MailCounts> {
        self.one(COUNT, values![], FromRow::from_row)
    }

    fn has_due_mail(&self, now: Moment) -> Stored<bool> {
        Ok(self.first(HAS_DUE, values![now], |_| Ok(()))?.is_some())
    }

    fn has_waiting_mail(&self) -> Stored<bool> {
        Ok(self.first(HAS_WAITING, values![], |_| Ok(()))?.is_some())
    }

    fn has_mail_for_nobody(&self, now: Moment) -> Stored<bool> {
        Ok(self
            .first(HAS_FOR_NOBODY, values![now], |_| Ok(()))?
            .is_some())
    }

    fn mail_pace(&self) -> Stored<i64> {
        self.one("SELECT mails FROM pace", values![], |row| row.get("mails"))
    }

    fn lock_mail_pace(&mut self) -> Stored<i64> {
        // A change locks the row, in any database.
        self.one(
            "UPDATE pace SET mails = mails RETURNING mails",
            values![],
            |row| row.get("mails"),
        )
    }

    fn set_mail_pace(&mut self, used: i64) -> Stored<()> {
        self.run("UPDATE pace SET mails = ?1", values![used])
    }

    fn mails(&self) -> Stored<Vec<QueuedMail>> {
        self.all(
            "SELECT * FROM outbox WHERE kind <> 'none' ORDER BY created_at, id",
            values![],
            mail,
        )
    }

    fn mails_of(&self, account: i64) -> Stored<Vec<QueuedMail>> {
        self.all(
            "SELECT * FROM outbox WHERE account = ?1 AND kind <> 'none' ORDER BY created_at, id",
            values![account],
            mail,
        )
    }

    fn insert_mail(&mut self, mail: &QueuedMail) -> Stored<()> {
        self.change(
            "INSERT INTO outbox (id, account, flow, kind, language, key, sealed, state, created_at, due_until, next_at,
               attempts, lease_until, own_fault, reason, network, asked)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, 0, '', ?12, ?13)",
            values![
                mail.id,
                mail.account,
                mail.flow,
                mail.kind_name(),
                mail.language,
                mail.key,
                mail.sealed,
                mail.state,
                mail.created_at,
                mail.due_until,
                mail.next_at,
                mail.network,
                mail.asked,
            ],
        )
        .map(drop)
    }

    fn drop_mails_of_account(&mut self, account: i64) -> Stored<()> {
        self.change("DELETE FROM outbox WHERE account = ?1", values![account])
            .map(drop)
    }

    fn lease_mail(
        &mut self,
        now: Moment,
        owner: &str,
        until: Moment,
    ) -> Stored<Option<QueuedMail>> {
        let sql = match self.has_other_writers() {
            true => LEASE_BESIDE_OTHERS,
            false => LEASE,
        };
        self.first(sql, values![now, owner, until], mail)
    }

    fn hold_mail(&mut self, id: &str, owner: &str, until: Moment) -> Stored<bool> {
        self.changed(
            "UPDATE outbox SET lease_until = ?3 WHERE id = ?1 AND leased_by = ?2",
            values![id, owner, until],
        )
    }

    fn end_mails_for_nobody(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>> {
        self.all(END_FOR_NOBODY, values![now, most], mail)
    }

    fn finish_mail(&mut self, id: &str, owner: &str) -> Stored<bool> {
        self.changed(
            "DELETE FROM outbox WHERE id = ?1 AND leased_by = ?2",
            values![id, owner],
        )
    }

    fn postpone_mail(
        &mut self,
        id: &str,
        owner: &str,
        next_at: Moment,
        reason: &str,
        own_fault: bool,
    ) -> Stored<bool> {
        self.changed(
            "UPDATE outbox SET next_at = ?3, reason = ?4, own_fault = ?5, leased_by = NULL, lease_until = 0
             WHERE id = ?1 AND leased_by = ?2",
            values![id, owner, next_at, reason, own_fault],
        )
    }

    fn set_mail_aside(&mut self, id: &str, owner: &str, reason: &str) -> Stored<bool> {
        self.changed(
            "UPDATE outbox SET state = 2, reason = ?3, leased_by = NULL, lease_until = 0
             WHERE id = ?1 AND leased_by = ?2",
            values![id, owner, reason],
        )
    }

    fn retry_mails(&mut self, id: Option<&str>, now: Moment) -> Stored<u64> {
        self.change(
            "UPDATE outbox SET state = 1, next_at = ?2, own_fault = 0
             WHERE (?1 IS NULL OR id = ?1) AND kind <> 'none' AND lease_until <= ?2 AND due_until > ?2
               AND length(sealed) > 0",
            values![id, now],
        )
    }

    fn end_late_mails(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>> {
        self.all(END_LATE, values![now, most], mail)
    }

    fn drop_all_mails(&mut self) -> Stored<()> {
        self.change("DELETE FROM outbox", values![]).map(drop)
    }
}
