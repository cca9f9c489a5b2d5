//! Sessions, and known devices: browsers that were logged in before.

use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::random::TokenHash;
use crate::domain::store::{Alive, Session, SessionRows, SignedIn, Stored};
use crate::domain::time::Moment;

from_row!(Session {
    hash,
    id,
    account,
    device,
    created_at,
    last_seen_at
});
from_row!(SignedIn { email, language, subscribed } with session);

impl SessionRows for SqlRows<'_> {
    fn session(&self, hash: &TokenHash, alive: Alive) -> Stored<Option<SignedIn>> {
        self.first(
            "SELECT s.hash, s.id, s.account, s.device, s.created_at, s.last_seen_at, a.email, a.language, a.subscribed
             FROM sessions s JOIN accounts a ON a.id = s.account
             WHERE s.hash = ?1 AND s.last_seen_at > ?2 AND s.created_at > ?3 AND a.disabled_at IS NULL",
            values![hash, alive.seen_after, alive.begun_after],
            FromRow::from_row,
        )
    }

    fn sessions_of(&self, account: i64, alive: Alive) -> Stored<Vec<Session>> {
        self.all(
            "SELECT hash, id, account, device, created_at, last_seen_at FROM sessions
             WHERE account = ?1 AND last_seen_at > ?2 AND created_at > ?3 ORDER BY created_at DESC, id",
            values![account, alive.seen_after, alive.begun_after],
            FromRow::from_row,
        )
    }

    fn device(&self, hash: &TokenHash, now: Moment) -> Stored<Option<i64>> {
        self.first(
            "SELECT account FROM devices WHERE hash = ?1 AND expires_at > ?2",
            values![hash, now],
            |row| row.get("account"),
        )
    }

    fn devices_of(&self, account: i64) -> Stored<Vec<Moment>> {
        self.all(
            "SELECT created_at FROM devices WHERE account = ?1 ORDER BY created_at",
            values![account],
            |row| row.get("created_at"),
        )
    }

    fn insert_session(&mut self, session: &Session) -> Stored<()> {
        self.run(
            "INSERT INTO sessions (hash, id, account, device, created_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            values![
                session.hash,
                session.id,
                session.account,
                session.device,
                session.created_at,
                session.last_seen_at,
            ],
        )
    }

    fn revoke_session(&mut self, hash: &TokenHash) -> Stored<bool> {
        self.changed("DELETE FROM sessions WHERE hash = ?1", values![hash])
    }

    fn revoke_session_called(&mut self, account: i64, id: &str) -> Stored<bool> {
        self.changed(
            "DELETE FROM sessions WHERE account = ?1 AND id = ?2",
            values![account, id],
        )
    }

    fn revoke_sessions_of(&mut self, account: i64, except: Option<&TokenHash>) -> Stored<()> {
        self.run(
            "DELETE FROM sessions WHERE account = ?1 AND hash IS DISTINCT FROM ?2",
            values![account, except],
        )
    }

    fn revoke_all_sessions(&mut self) -> Stored<u64> {
        self.change("DELETE FROM sessions", values![])
    }

    fn revoke_oldest_sessions(
        &mut self,
        account: i64,
        except: &TokenHash,
        most: u32,
    ) -> Stored<()> {
        self.run(
            "DELETE FROM sessions WHERE hash IN
               (SELECT hash FROM sessions WHERE account = ?1 AND hash <> ?2
                ORDER BY created_at DESC, last_seen_at DESC LIMIT 9223372036854775807 OFFSET ?3)",
            values![account, except, most.saturating_sub(1)],
        )
    }

    fn touch_session(&mut self, hash: &TokenHash, at: Moment) -> Stored<()> {
        self.run(
            "UPDATE sessions SET last_seen_at = ?2 WHERE hash = ?1 AND last_seen_at < ?2",
            values![hash, at],
        )
    }

    fn insert_device(
        &mut self,
        hash: &TokenHash,
        account: i64,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        self.run(
            "INSERT INTO devices (hash, account, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hash) DO UPDATE SET account = ?2, expires_at = ?4",
            values![hash, account, now, expires_at],
        )
    }

    fn forget_oldest_devices(&mut self, account: i64, except: &TokenHash, most: u32) -> Stored<()> {
        self.run(
            "DELETE FROM devices WHERE hash IN
               (SELECT hash FROM devices WHERE account = ?1 AND hash <> ?2
                ORDER BY created_at DESC LIMIT 9223372036854775807 OFFSET ?3)",
            values![account, except, most.saturating_sub(1)],
        )
    }

    fn forget_devices(&mut self) -> Stored<()> {
        self.run("DELETE FROM devices", values![])
    }
}
