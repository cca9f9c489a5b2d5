//! Links to gated files, and downloads.

use std::borrow::Cow;

use super::rows::{FromColumn, FromRow, SqlRows, ToValue, columns, from_row, values, wrong};
use super::{Row, Value};
use crate::domain::coverage::Coverage;
use crate::domain::store::{Download, DownloadRows, Link, LinkRows, Progress, Stored, Wanted};
use crate::domain::time::Moment;

from_row!(Link {
    id, account, dossier, rendition, sha256, terms, created_at, expires_at, revoked_at = "ended_at"
});

fn download(row: &dyn Row) -> Stored<Download> {
    Ok(Download {
        id: row.get("id")?,
        account: row.get("account")?,
        wanted: Wanted {
            dossier: row.get("dossier")?,
            rendition: row.get("rendition")?,
            sha256: row.get("sha256")?,
            size: unsigned(row.get("size")?),
            terms: row.get("terms")?,
            by_link: row.get("by_link")?,
            granted: row.get("granted")?,
        },
        started_at: row.get("started_at")?,
        last_at: row.get("last_at")?,
        progress: Progress {
            bytes: unsigned(row.get("bytes")?),
            covered: row.get("covered")?,
        },
        whole: row.get("whole")?,
    })
}

/// The database has only signed integers.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

columns! {
    Coverage: Text(covered => Cow::Owned(covered.to_string())), text(|text: &str| text.parse().ok());
}

impl LinkRows for SqlRows<'_> {
    fn link(&self, id: &str) -> Stored<Option<Link>> {
        self.first(
            "SELECT * FROM links WHERE id = ?1",
            values![id],
            FromRow::from_row,
        )
    }

    fn links_of(&self, account: i64, now: Moment) -> Stored<Vec<Link>> {
        self.all(
            "SELECT * FROM links WHERE account = ?1 AND expires_at > ?2 AND ended_at IS NULL ORDER BY created_at DESC, id",
            values![account, now],
            FromRow::from_row,
        )
    }

    fn links_held(&self, account: i64) -> Stored<Vec<Link>> {
        self.all(
            "SELECT * FROM links WHERE account = ?1 ORDER BY created_at DESC, id",
            values![account],
            FromRow::from_row,
        )
    }

    fn links_made(&self, account: i64, since: Moment) -> Stored<Vec<Moment>> {
        self.all(
            "SELECT created_at FROM links WHERE account = ?1 AND created_at > ?2 ORDER BY created_at",
            values![account, since],
            |row| row.get("created_at"),
        )
    }

    fn insert_link(&mut self, link: &Link) -> Stored<()> {
        self.run(
            "INSERT INTO links (id, account, dossier, rendition, sha256, terms, created_at, expires_at, ended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            values![
                link.id,
                link.account,
                link.dossier,
                link.rendition,
                link.sha256,
                link.terms,
                link.created_at,
                link.expires_at,
                link.revoked_at,
            ],
        )
    }

    fn revoke_link(&mut self, account: i64, id: &str, now: Moment) -> Stored<bool> {
        self.changed(
            "UPDATE links SET ended_at = ?3 WHERE id = ?2 AND account = ?1 AND ended_at IS NULL AND expires_at > ?3",
            values![account, id, now],
        )
    }

    fn revoke_links_of(&mut self, account: i64, now: Moment) -> Stored<()> {
        self.run(
            "UPDATE links SET ended_at = ?2 WHERE account = ?1 AND ended_at IS NULL",
            values![account, now],
        )
    }

    fn revoke_all_links(&mut self, now: Moment) -> Stored<()> {
        self.run(
            "UPDATE links SET ended_at = ?1 WHERE ended_at IS NULL AND expires_at > ?1",
            values![now],
        )
    }

    fn forget_links(&mut self, expired_at: Moment, most: u32) -> Stored<bool> {
        let forgotten = self.change(
            "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at <= ?1 LIMIT ?2)",
            values![expired_at, most],
        )?;
        Ok(forgotten >= u64::from(most))
    }
}

impl DownloadRows for SqlRows<'_> {
    fn latest_download(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<Download>> {
        self.first(
            "SELECT * FROM downloads WHERE account = ?1 AND dossier = ?2 AND rendition = ?3 AND sha256 = ?4 AND terms = ?5
                 AND by_link = ?6 AND granted = ?7 AND last_at > ?8 ORDER BY id DESC LIMIT 1",
            values![
                account,
                wanted.dossier,
                wanted.rendition,
                wanted.sha256,
                wanted.terms,
                wanted.by_link,
                wanted.granted,
                since,
            ],
            download,
        )
    }

    fn downloads_of(&self, account: i64, limit: u32) -> Stored<Vec<Download>> {
        self.downloads_before(account, i64::MAX, limit)
    }

    fn downloads_before(&self, account: i64, id: i64, limit: u32) -> Stored<Vec<Download>> {
        self.all(
            "SELECT * FROM downloads WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            values![account, id, limit],
            download,
        )
    }

    fn downloads_between(
        &self,
        from: Moment,
        to: Moment,
        after: i64,
        limit: u32,
    ) -> Stored<Vec<Download>> {
        self.all(
            "SELECT * FROM downloads WHERE started_at >= ?1 AND started_at < ?2 AND id > ?3 ORDER BY id LIMIT ?4",
            values![from, to, after, limit],
            download,
        )
    }

    fn latest_content(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<String>> {
        self.first(
            "SELECT sha256 FROM downloads WHERE account = ?1 AND dossier = ?2 AND rendition = ?3 AND last_at > ?4
             ORDER BY last_at DESC, id DESC LIMIT 1",
            values![account, wanted.dossier, wanted.rendition, since],
            |row| row.get("sha256"),
        )
    }

    fn downloads_begun(&self, account: i64, since: Moment) -> Stored<Vec<Moment>> {
        self.all(
            "SELECT started_at FROM downloads WHERE account = ?1 AND started_at > ?2 ORDER BY started_at",
            values![account, since],
            |row| row.get("started_at"),
        )
    }

    fn downloads_running(&self, account: i64, now: Moment) -> Stored<Vec<i64>> {
        self.all(
            "SELECT id FROM downloads WHERE account = ?1 AND running_until > ?2 AND running_until > 0",
            values![account, now],
            |row| row.get("id"),
        )
    }

    fn lock_download(&mut self, id: i64) -> Stored<Option<Download>> {
        // A change locks the row, in any database.
        self.first(
            "UPDATE downloads SET whole = whole WHERE id = ?1 RETURNING *",
            values![id],
            download,
        )
    }

    fn set_running(&mut self, id: i64, until: Option<Moment>) -> Stored<()> {
        self.run(
            "UPDATE downloads SET running_until = ?2 WHERE id = ?1",
            values![id, until.unwrap_or_default()],
        )
    }

    fn insert_download(&mut self, account: i64, wanted: &Wanted, now: Moment) -> Stored<i64> {
        self.one(
            "INSERT INTO downloads (account, dossier, rendition, sha256, size, terms, by_link, granted, started_at,
               last_at, bytes, covered, whole)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 0, '', 0) RETURNING id",
            values![
                account,
                wanted.dossier,
                wanted.rendition,
                wanted.sha256,
                signed(wanted.size),
                wanted.terms,
                wanted.by_link,
                wanted.granted,
                now,
            ],
            |row| row.get("id"),
        )
    }

    fn note_progress(
        &mut self,
        id: i64,
        progress: &Progress,
        whole: bool,
        now: Moment,
    ) -> Stored<()> {
        self.run(
            "UPDATE downloads SET bytes = ?2, covered = ?3, whole = ?4, last_at = ?5 WHERE id = ?1",
            values![id, signed(progress.bytes), progress.covered, whole, now],
        )
    }

    fn forget_downloads(&mut self, started_at: Moment, most: u32) -> Stored<bool> {
        let forgotten = self.change(
            "DELETE FROM downloads WHERE id IN (SELECT id FROM downloads WHERE started_at <= ?1 LIMIT ?2)",
            values![started_at, most],
        )?;
        Ok(forgotten >= u64::from(most))
    }
}
