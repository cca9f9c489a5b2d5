//! What limits count, and the service's own rows.

use rusqlite::{Row, ToSql, params};

use super::rows::{FromRow, SqliteRows, from_row};
use crate::domain::store::{
    Alive, Departure, DepartureKind, Hit, HitRows, Scope, ServiceRows, Stored,
};
use crate::domain::time::Moment;

/// Rows that may be counted beside one, right after it.
const BESIDE: i64 = 8;

/// What a row that is counted beside another has for a network: which row that is.
fn beside(first: i64) -> [u8; 32] {
    let mut network = [0; 32];
    network[..8].copy_from_slice(&first.to_be_bytes());
    network
}

from_row!(Hit { id, at, network });

fn departure(row: &Row<'_>) -> rusqlite::Result<Departure> {
    let kind: String = row.get("what")?;
    Ok(Departure {
        id: row.get("id")?,
        kind: DepartureKind::named(&kind).ok_or(kind),
        key: row.get("key")?,
        address: row.get("address")?,
        at: row.get("at")?,
    })
}

impl HitRows for SqliteRows<'_> {
    fn hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<Vec<Hit>> {
        self.all(
            "SELECT id, at, network FROM hits WHERE scope = ?1 AND key = ?2 AND at > ?3 ORDER BY at, id",
            params![scope, key, since],
            FromRow::from_row,
        )
    }

    fn hits_of_browsers(&self, scope: Scope, account: i64, since: Moment) -> Stored<Vec<Moment>> {
        self.all(
            "SELECT at FROM hits WHERE scope = ?1 AND at > ?3 AND key IN
               (SELECT hash FROM devices WHERE account = ?2 UNION SELECT hash FROM sessions WHERE account = ?2)
             ORDER BY at, id",
            params![scope, account, since],
            |row| row.get(0),
        )
    }

    fn hit_before(
        &self,
        scope: Scope,
        keys: &[[u8; 32]],
        within: (Moment, Moment),
        younger: u32,
    ) -> Stored<Option<Moment>> {
        // One key, as nearly always, is found in the order of the index.
        let marks = vec!["?"; keys.len()].join(",");
        let sql = format!(
            "SELECT at FROM hits WHERE scope = ? AND at > ? AND at <= ? AND key IN ({marks})
             ORDER BY at DESC LIMIT 1 OFFSET ?"
        );
        let mut values: Vec<&dyn ToSql> = vec![&scope, &within.0, &within.1];
        values.extend(keys.iter().map(|key| key as &dyn ToSql));
        values.push(&younger);
        self.first(&sql, values.as_slice(), |row| row.get(0))
    }

    fn count_hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<u32> {
        let count = self.first(
            "SELECT count(*) FROM hits WHERE scope = ?1 AND key = ?2 AND at > ?3",
            params![scope, key, since],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }

    fn insert_hit(
        &mut self,
        scope: Scope,
        key: &[u8; 32],
        network: &[u8; 32],
        at: Moment,
    ) -> Stored<i64> {
        self.inserted(
            "INSERT INTO hits (scope, key, network, at) VALUES (?1, ?2, ?3, ?4)",
            params![scope, key, network, at],
        )
    }

    fn insert_hit_beside(
        &mut self,
        first: i64,
        scope: Scope,
        key: &[u8; 32],
        at: Moment,
    ) -> Stored<()> {
        self.insert_hit(scope, key, &beside(first), at).map(drop)
    }

    fn delete_hit(&mut self, id: i64) -> Stored<()> {
        self.run(
            "DELETE FROM hits WHERE id = ?1 OR (id > ?1 AND id <= ?1 + ?2 AND network = ?3)",
            params![id, BESIDE, beside(id)],
        )
    }

    fn forget_hits(&mut self) -> Stored<()> {
        self.run("DELETE FROM hits", [])
    }
}

impl ServiceRows for SqliteRows<'_> {
    fn departures_after(&self, id: i64) -> Stored<Vec<Departure>> {
        self.all(
            "SELECT id, what, key, address, at FROM departures WHERE id > ?1 ORDER BY id",
            [id],
            departure,
        )
    }

    fn departures_of(&self, account: i64) -> Stored<Vec<Departure>> {
        self.all(
            "SELECT id, what, key, address, at FROM departures WHERE account = ?1 ORDER BY id",
            [account],
            departure,
        )
    }

    fn rows_without_key(&self, keys: &[String]) -> Stored<u64> {
        let known = serde_json::to_string(keys).unwrap_or_default();
        let count: Option<i64> = self.first(
            "SELECT (SELECT count(*) FROM outbox WHERE key NOT IN (SELECT value FROM json_each(?1)))
                  + (SELECT count(*) FROM flows WHERE step = 1 AND code_key NOT IN (SELECT value FROM json_each(?1)))",
            [known],
            |row| row.get(0),
        )?;
        Ok(count
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0))
    }

    fn insert_departure(&mut self, departure: &Departure, account: Option<i64>) -> Stored<()> {
        let earlier = self.all(
            "SELECT id, what, key, address, at FROM departures
             WHERE address = ?1 AND at <= ?2 AND (what <> 'address-left' OR account IS ?3)",
            params![departure.address, departure.at, account],
            self::departure,
        )?;
        for replaced in earlier.iter().filter(|one| departure.replaces(one)) {
            self.run("DELETE FROM departures WHERE id = ?1", [replaced.id])?;
        }
        self.run(
            "INSERT INTO departures (what, key, address, at, account) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                departure.kind_name(),
                departure.key,
                departure.address,
                departure.at,
                account,
            ],
        )
    }

    fn sweep(&mut self, now: Moment, alive: Alive, hits_before: Moment, most: u32) -> Stored<bool> {
        let mut is_full = false;
        for (sql, before) in [
            (
                "DELETE FROM flows WHERE id IN (SELECT id FROM flows WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM devices WHERE hash IN (SELECT hash FROM devices WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM address_changes WHERE id IN (SELECT id FROM address_changes WHERE until <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE last_seen_at <= ?1 LIMIT ?2)",
                alive.seen_after,
            ),
            (
                "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE created_at <= ?1 LIMIT ?2)",
                alive.begun_after,
            ),
            (
                "DELETE FROM hits WHERE id IN (SELECT id FROM hits WHERE at <= ?1 LIMIT ?2)",
                hits_before,
            ),
        ] {
            is_full |= self.change(sql, params![before, most])? >= most as usize;
        }
        Ok(is_full)
    }
}
