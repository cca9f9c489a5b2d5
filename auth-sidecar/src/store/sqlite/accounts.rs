//! Accounts and consents.

use rusqlite::{Row, params};

use super::rows::SqliteRows;
use crate::domain::store::{Account, AccountRows, Consent, Stored};
use crate::domain::time::Moment;

const COLUMNS: &str = "id, email_key, email, password_hash, language, subscribed, created_at, password_at, disabled_at";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        email_key: row.get(1)?,
        email: row.get(2)?,
        password_hash: row.get(3)?,
        language: row.get(4)?,
        subscribed: row.get(5)?,
        created_at: row.get(6)?,
        password_at: row.get(7)?,
        disabled_at: row.get(8)?,
    })
}

impl AccountRows for SqliteRows<'_> {
    fn account_by_key(&self, email_key: &str) -> Stored<Option<Account>> {
        let sql = select(COLUMNS, "WHERE email_key = ?1");
        self.first(&sql, [email_key], account)
    }

    fn account(&self, id: i64) -> Stored<Option<Account>> {
        self.first(&select(COLUMNS, "WHERE id = ?1"), [id], account)
    }

    fn accounts_after(&self, id: i64, limit: u32) -> Stored<Vec<Account>> {
        let sql = select(COLUMNS, "WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.all(&sql, (id, limit), account)
    }

    fn consents_of(&self, account: i64) -> Stored<Vec<Consent>> {
        self.all(
            "SELECT subscribed, wording, text, language, at FROM consents WHERE account = ?1 ORDER BY id",
            [account],
            |row| {
                Ok(Consent {
                    subscribed: row.get(0)?,
                    wording: row.get(1)?,
                    text: row.get(2)?,
                    language: row.get(3)?,
                    at: row.get(4)?,
                })
            },
        )
    }

    fn insert_account(&mut self, account: &Account) -> Stored<Option<i64>> {
        self.first(
            "INSERT INTO accounts (email_key, email, password_hash, language, subscribed, created_at, password_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email_key) DO NOTHING RETURNING id",
            params![
                account.email_key,
                account.email,
                account.password_hash,
                account.language,
                account.subscribed,
                account.created_at,
                account.password_at,
            ],
            |row| row.get(0),
        )
    }

    fn replace_password(&mut self, account: i64, from: &str, to: &str, at: Moment) -> Stored<bool> {
        self.changed(
            "UPDATE accounts SET password_hash = ?3, password_at = ?4 WHERE id = ?1 AND password_hash = ?2",
            params![account, from, to, at],
        )
    }

    fn set_disabled(&mut self, account: i64, at: Option<Moment>) -> Stored<bool> {
        self.changed(
            "UPDATE accounts SET disabled_at = ?2 WHERE id = ?1 AND (disabled_at IS NULL) <> (?2 IS NULL)",
            params![account, at],
        )
    }

    fn set_subscribed(&mut self, account: i64, subscribed: bool) -> Stored<()> {
        self.run(
            "UPDATE accounts SET subscribed = ?2 WHERE id = ?1",
            params![account, subscribed],
        )
    }

    fn insert_consent(&mut self, account: i64, consent: &Consent) -> Stored<()> {
        self.run(
            "INSERT INTO consents (account, subscribed, wording, text, language, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                account,
                consent.subscribed,
                consent.wording,
                consent.text,
                consent.language,
                consent.at,
            ],
        )
    }

    fn erase_account(&mut self, account: i64) -> Stored<bool> {
        self.leave_no_trace();
        self.changed("DELETE FROM accounts WHERE id = ?1", [account])
    }
}

fn select(columns: &str, rest: &str) -> String {
    format!("SELECT {columns} FROM accounts {rest}")
}
