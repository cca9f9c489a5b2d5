//! Accounts and consents.

use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::store::{Account, AccountRows, Consent, Stored};
use crate::domain::time::Moment;

from_row!(Account {
    id,
    email_key,
    email,
    password_hash,
    language,
    subscribed,
    created_at,
    password_at,
    address_at,
    disabled_at
});
from_row!(Consent {
    subscribed,
    wording,
    text,
    language,
    at
});

impl AccountRows for SqlRows<'_> {
    fn account_by_key(&self, email_key: &str) -> Stored<Option<Account>> {
        let sql = "SELECT * FROM accounts WHERE email_key = ?1";
        self.first(sql, values![email_key], FromRow::from_row)
    }

    fn account(&self, id: i64) -> Stored<Option<Account>> {
        let sql = "SELECT * FROM accounts WHERE id = ?1";
        self.first(sql, values![id], FromRow::from_row)
    }

    fn accounts_after(&self, id: i64, limit: u32) -> Stored<Vec<Account>> {
        let sql = "SELECT * FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2";
        self.all(sql, values![id, limit], FromRow::from_row)
    }

    fn hash_of_any(&self, number: u32) -> Stored<Option<String>> {
        let sql = "SELECT password_hash FROM accounts WHERE id > ?1 % (SELECT max(id) FROM accounts) ORDER BY id LIMIT 1";
        self.first(sql, values![number], |row| row.get("password_hash"))
    }

    fn consents_of(&self, account: i64) -> Stored<Vec<Consent>> {
        let sql = "SELECT * FROM consents WHERE account = ?1 ORDER BY id";
        self.all(sql, values![account], FromRow::from_row)
    }

    fn insert_account(&mut self, account: &Account) -> Stored<Option<i64>> {
        self.first(
            "INSERT INTO accounts (email_key, email, password_hash, language, subscribed, created_at, password_at,
               address_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (email_key) DO NOTHING RETURNING id",
            values![
                account.email_key,
                account.email,
                account.password_hash,
                account.language,
                account.subscribed,
                account.created_at,
                account.password_at,
                account.address_at,
            ],
            |row| row.get("id"),
        )
    }

    fn replace_password(&mut self, account: i64, from: &str, to: &str, at: Moment) -> Stored<bool> {
        self.changed(
            "UPDATE accounts SET password_hash = ?3, password_at = ?4 WHERE id = ?1 AND password_hash = ?2",
            values![account, from, to, at],
        )
    }

    fn set_disabled(&mut self, account: i64, at: Option<Moment>) -> Stored<bool> {
        self.changed(
            "UPDATE accounts SET disabled_at = ?2 WHERE id = ?1 AND (disabled_at IS NULL) <> (?2 IS NULL)",
            values![account, at],
        )
    }

    fn set_subscribed(&mut self, account: i64, subscribed: bool) -> Stored<()> {
        self.run(
            "UPDATE accounts SET subscribed = ?2 WHERE id = ?1",
            values![account, subscribed],
        )
    }

    fn insert_consent(&mut self, account: i64, consent: &Consent, most: u32) -> Stored<()> {
        self.run(
            "INSERT INTO consents (account, subscribed, wording, text, language, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            values![
                account,
                consent.subscribed,
                consent.wording,
                consent.text,
                consent.language,
                consent.at,
            ],
        )?;
        self.run(
            "DELETE FROM consents WHERE id IN
               (SELECT id FROM consents WHERE account = ?1 ORDER BY id DESC LIMIT 9223372036854775807 OFFSET ?2)",
            values![account, most],
        )
    }

    fn erase_account(&mut self, account: i64) -> Stored<bool> {
        self.mark_erasure();
        self.changed("DELETE FROM accounts WHERE id = ?1", values![account])
    }
}
