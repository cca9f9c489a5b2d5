//! Sessions that a form ended moments ago.

use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::random::TokenHash;
use crate::domain::store::{EndedRows, EndedSession, Stored};
use crate::domain::time::Moment;

from_row!(EndedSession {
    hash,
    account,
    how,
    at,
    successor
});

impl EndedRows for SqlRows<'_> {
    fn ended_session(&self, hash: &TokenHash, since: Moment) -> Stored<Option<EndedSession>> {
        self.first(
            "SELECT * FROM ended_sessions WHERE hash = ?1 AND at > ?2",
            values![hash, since],
            FromRow::from_row,
        )
    }

    fn note_end(&mut self, ended: &EndedSession) -> Stored<()> {
        self.run(
            "INSERT INTO ended_sessions (hash, account, how, at, successor) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (hash) DO UPDATE SET how = ?3, at = ?4, successor = ?5",
            values![
                ended.hash,
                ended.account,
                ended.how,
                ended.at,
                ended.successor,
            ],
        )
    }

    fn forget_ends(&mut self, before: Moment, most: u32) -> Stored<bool> {
        let forgotten = self.change(
            "DELETE FROM ended_sessions WHERE +at <= ?1
               AND hash IN (SELECT hash FROM ended_sessions WHERE at <= ?1 LIMIT ?2)",
            values![before, most],
        )?;
        Ok(forgotten >= u64::from(most))
    }
}
