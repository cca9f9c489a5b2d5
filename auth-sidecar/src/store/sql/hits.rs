//! Hits, which rate limits count, and the service's own rows.

use super::Row;
use super::rows::{FromRow, SqlRows, ToValue, from_row, values};
use crate::domain::store::{
    Alive, Departure, DepartureKind, Hit, HitRows, Scope, ServiceRows, Stored,
};
use crate::domain::time::Moment;

/// The most rows that may be linked to a hit; they have the ids right after it.
const LINKED: i64 = 8;

/// The `network` of a linked row: the id of the hit that it is linked to.
fn linked_to(first: i64) -> [u8; 32] {
    let mut network = [0; 32];
    network[..8].copy_from_slice(&first.to_be_bytes());
    network
}

from_row!(Hit { id, at, network });

fn departure(row: &dyn Row) -> Stored<Departure> {
    let kind: String = row.get("what")?;
    Ok(Departure {
        id: row.get("id")?,
        kind: DepartureKind::named(&kind).ok_or(kind),
        key: row.get("key")?,
        address: row.get("address")?,
        at: row.get("at")?,
    })
}

impl HitRows for SqlRows<'_> {
    fn hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<Vec<Hit>> {
        self.all(
            "SELECT id, at, network FROM hits WHERE scope = ?1 AND key = ?2 AND at > ?3 ORDER BY at, id",
            values![scope, key, since],
            FromRow::from_row,
        )
    }

    fn hits_of_browsers(&self, scope: Scope, account: i64, since: Moment) -> Stored<Vec<Moment>> {
        self.all(
            "SELECT at FROM hits WHERE scope = ?1 AND at > ?3 AND key IN
               (SELECT hash FROM devices WHERE account = ?2 UNION SELECT hash FROM sessions WHERE account = ?2)
             ORDER BY at, id",
            values![scope, account, since],
            |row| row.get("at"),
        )
    }

    fn hit_before(
        &self,
        scope: Scope,
        keys: &[[u8; 32]],
        within: (Moment, Moment),
        younger: u32,
    ) -> Stored<Option<Moment>> {
        // With a single key, which is nearly always the case, the index gives the order.
        let marks: Vec<String> = (1..=keys.len())
            .map(|key| format!("?{}", key + 4))
            .collect();
        let sql = format!(
            "SELECT at FROM hits WHERE scope = ?1 AND at > ?2 AND at <= ?3 AND key IN ({})
             ORDER BY at DESC LIMIT 1 OFFSET ?4",
            marks.join(", ")
        );
        let mut values = values![scope, within.0, within.1, younger].to_vec();
        values.extend(keys.iter().map(ToValue::to_value));
        self.first(&sql, &values, |row| row.get("at"))
    }

    fn count_hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<u32> {
        self.one(
            "SELECT count(*) AS hits FROM hits WHERE scope = ?1 AND key = ?2 AND at > ?3",
            values![scope, key, since],
            |row| row.get("hits"),
        )
    }

    fn insert_hit(
        &mut self,
        scope: Scope,
        key: &[u8; 32],
        network: &[u8; 32],
        at: Moment,
    ) -> Stored<i64> {
        self.one(
            "INSERT INTO hits (scope, key, network, at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            values![scope, key, network, at],
            |row| row.get("id"),
        )
    }

    fn insert_hit_beside(
        &mut self,
        first: i64,
        scope: Scope,
        key: &[u8; 32],
        at: Moment,
    ) -> Stored<()> {
        // The free ids after the hit are for its linked rows.
        self.run(
            "INSERT INTO hits (id, scope, key, network, at)
             SELECT coalesce(max(id), ?1) + 1, ?3, ?4, ?5, ?6 FROM hits WHERE id >= ?1 AND id < ?1 + ?2",
            values![first, LINKED, scope, key, linked_to(first), at],
        )
    }

    fn delete_hit(&mut self, id: i64) -> Stored<()> {
        self.run(
            "DELETE FROM hits WHERE id = ?1 OR (id > ?1 AND id <= ?1 + ?2 AND network = ?3)",
            values![id, LINKED, linked_to(id)],
        )
    }

    fn forget_hits(&mut self) -> Stored<()> {
        self.run("DELETE FROM hits", values![])
    }
}

impl ServiceRows for SqlRows<'_> {
    fn departures_after(&self, id: i64) -> Stored<Vec<Departure>> {
        self.all(
            "SELECT id, what, key, address, at FROM departures WHERE id > ?1 ORDER BY id",
            values![id],
            departure,
        )
    }

    fn departures_of(&self, account: i64) -> Stored<Vec<Departure>> {
        self.all(
            "SELECT id, what, key, address, at FROM departures WHERE account = ?1 ORDER BY id",
            values![account],
            departure,
        )
    }

    fn rows_without_key(&self, keys: &[String]) -> Stored<u64> {
        // The list must not be empty; no key has an empty name.
        let known: Vec<String> = (0..=keys.len())
            .map(|key| format!("?{}", key + 1))
            .collect();
        let known = known.join(", ");
        let sql = format!(
            "SELECT (SELECT count(*) FROM outbox WHERE key NOT IN ({known}))
                  + (SELECT count(*) FROM flows WHERE step = 1 AND code_key NOT IN ({known})) AS lost"
        );
        let mut values = values![""].to_vec();
        values.extend(keys.iter().map(ToValue::to_value));
        let count: i64 = self.one(&sql, &values, |row| row.get("lost"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn insert_departure(&mut self, departure: &Departure, account: Option<i64>) -> Stored<()> {
        self.serialise_writers("departures")?;
        let earlier = self.all(
            "SELECT id, what, key, address, at FROM departures
             WHERE address = ?1 AND at <= ?2 AND (what <> 'address-left' OR account IS NOT DISTINCT FROM ?3)",
            values![departure.address, departure.at, account],
            self::departure,
        )?;
        for replaced in earlier.iter().filter(|one| departure.replaces(one)) {
            self.run("DELETE FROM departures WHERE id = ?1", values![replaced.id])?;
        }
        self.run(
            "INSERT INTO departures (what, key, address, at, account) VALUES (?1, ?2, ?3, ?4, ?5)",
            values![
                departure.kind_name(),
                departure.key,
                departure.address,
                departure.at,
                account,
            ],
        )
    }

    fn take_turn_to_sweep(&mut self) -> Stored<()> {
        self.serialise_writers("turns")
    }

    fn sweep(&mut self, now: Moment, alive: Alive, hits_before: Moment, most: u32) -> Stored<bool> {
        let mut is_full = false;
        // The outer condition is for rows that changed after they were found. With a plus, it chooses no index.
        for (sql, before) in [
            (
                "DELETE FROM flows WHERE +expires_at <= ?1
                   AND id IN (SELECT id FROM flows WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM devices WHERE +expires_at <= ?1
                   AND hash IN (SELECT hash FROM devices WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM address_changes WHERE id IN (SELECT id FROM address_changes WHERE until <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM sessions WHERE +last_seen_at <= ?1
                   AND hash IN (SELECT hash FROM sessions WHERE last_seen_at <= ?1 LIMIT ?2)",
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
            is_full |= self.change(sql, values![before, most])? >= u64::from(most);
        }
        // Of nodes that were killed.
        self.run(
            "UPDATE downloads SET running_until = 0 WHERE running_until > 0 AND running_until <= ?1",
            values![now],
        )?;
        Ok(is_full)
    }
}
