//! Changes of accounts' addresses.

use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::random::TokenHash;
use crate::domain::store::{AddressChange, AddressRows, Stored};
use crate::domain::time::Moment;

from_row!(AddressChange {
    id,
    account,
    email_key,
    email,
    language,
    code,
    at,
    until
});

impl AddressRows for SqlRows<'_> {
    fn address_change(&self, code: &TokenHash, now: Moment) -> Stored<Option<AddressChange>> {
        self.first(
            "SELECT * FROM address_changes WHERE code = ?1 AND until > ?2",
            values![code, now],
            FromRow::from_row,
        )
    }

    fn held_address(&self, email_key: &str, now: Moment) -> Stored<Option<AddressChange>> {
        self.first(
            "SELECT * FROM address_changes WHERE email_key = ?1 AND until > ?2 ORDER BY id DESC LIMIT 1",
            values![email_key, now],
            FromRow::from_row,
        )
    }

    fn address_changes_of(&self, account: i64, now: Moment) -> Stored<Vec<AddressChange>> {
        self.all(
            "SELECT * FROM address_changes WHERE account = ?1 AND until > ?2 ORDER BY id",
            values![account, now],
            FromRow::from_row,
        )
    }

    fn insert_address_change(&mut self, change: &AddressChange) -> Stored<()> {
        self.run(
            "INSERT INTO address_changes (account, email_key, email, language, code, at, until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            values![
                change.account,
                change.email_key,
                change.email,
                change.language,
                change.code,
                change.at,
                change.until,
            ],
        )
    }

    fn replace_address(
        &mut self,
        account: i64,
        from: &str,
        [key, spelling]: [&str; 2],
        at: Moment,
    ) -> Stored<bool> {
        self.changed(
            "UPDATE accounts SET email_key = ?3, email = ?4, address_at = ?5
             WHERE id = ?1 AND email_key = ?2
               AND NOT EXISTS (SELECT 1 FROM accounts other WHERE other.email_key = ?3 AND other.id <> ?1)",
            values![account, from, key, spelling, at],
        )
    }

    fn end_address_changes(&mut self, account: i64, first: i64) -> Stored<()> {
        self.run(
            "DELETE FROM address_changes WHERE account = ?1 AND id >= ?2",
            values![account, first],
        )
    }

    fn end_address_change_at(&mut self, id: i64, until: Moment) -> Stored<()> {
        self.run(
            "UPDATE address_changes SET until = ?2 WHERE id = ?1",
            values![id, until],
        )
    }
}
