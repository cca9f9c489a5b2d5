//! Flows: registrations, resets and changes of address in progress.

use super::rows::{FromRow, SqlRows, from_row, values};
use crate::domain::random::TokenHash;
use crate::domain::store::{Flow, FlowKind, FlowRows, FlowStep, Stored, StoredCode, WayBack};
use crate::domain::time::Moment;

from_row!(WayBack { path = "back_path", rendition = "back_rendition" });
from_row!(StoredCode {
    key = "code_key", mac = "code_mac", sent_at = "code_sent_at", expires_at = "code_expires_at"
});
from_row!(Flow {
    id, kind, step, email_key, email, account, password_hash, language, code_tries, code_used_at, network_hit,
    created_at, expires_at
} with back, code);

impl FlowRows for SqlRows<'_> {
    fn flow(&self, id: &TokenHash, now: Moment) -> Stored<Option<Flow>> {
        self.first(
            "SELECT * FROM flows WHERE id = ?1 AND expires_at > ?2",
            values![id, now],
            FromRow::from_row,
        )
    }

    fn insert_flow(&mut self, flow: &Flow) -> Stored<()> {
        self.run(
            "INSERT INTO flows (id, kind, step, email_key, email, account, password_hash, language, back_path,
               back_rendition, code_key, code_mac, code_tries, code_sent_at, code_expires_at, network_hit,
               created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            values![
                flow.id,
                flow.kind,
                flow.step,
                flow.email_key,
                flow.email,
                flow.account,
                flow.password_hash,
                flow.language,
                flow.back.path,
                flow.back.rendition,
                flow.code.key,
                flow.code.mac,
                flow.code_tries,
                flow.code.sent_at,
                flow.code.expires_at,
                flow.network_hit,
                flow.created_at,
                flow.expires_at,
            ],
        )
    }

    fn delete_flow(&mut self, id: &TokenHash) -> Stored<()> {
        self.run("DELETE FROM flows WHERE id = ?1", values![id])
    }

    fn set_way_back(&mut self, id: &TokenHash, back: &WayBack) -> Stored<()> {
        self.run(
            "UPDATE flows SET back_path = ?2, back_rendition = ?3 WHERE id = ?1",
            values![id, back.path, back.rendition],
        )
    }

    fn replace_code(
        &mut self,
        id: &TokenHash,
        code: &StoredCode,
        expires_at: Moment,
    ) -> Stored<bool> {
        self.changed(
            "UPDATE flows SET code_key = ?2, code_mac = ?3, code_tries = 0, code_sent_at = ?4, code_expires_at = ?5,
               expires_at = ?6
             WHERE id = ?1 AND step = 1",
            values![id, code.key, code.mac, code.sent_at, code.expires_at, expires_at],
        )
    }

    fn count_try(&mut self, id: &TokenHash, most: u32) -> Stored<bool> {
        self.changed(
            "UPDATE flows SET code_tries = code_tries + 1 WHERE id = ?1 AND code_tries < ?2",
            values![id, most],
        )
    }

    fn advance(
        &mut self,
        id: &TokenHash,
        from: FlowStep,
        to: FlowStep,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<bool> {
        self.changed(
            "UPDATE flows SET step = ?3, password_hash = NULL, code_used_at = coalesce(code_used_at, ?4),
               expires_at = ?5
             WHERE id = ?1 AND step = ?2",
            values![id, from, to, now, expires_at],
        )
    }

    fn void_flows(
        &mut self,
        email_key: &str,
        kind: Option<FlowKind>,
        except: Option<&TokenHash>,
        void_mac: &[u8; 32],
        pseudonym: Option<&str>,
    ) -> Stored<()> {
        self.change(
            "UPDATE flows SET code_mac = ?4, password_hash = NULL, account = CASE WHEN kind = 3 THEN account END,
               email_key = coalesce(?5, email_key), email = coalesce(?5, email)
             WHERE email_key = ?1 AND (?2 IS NULL OR kind = ?2) AND id IS DISTINCT FROM ?3 AND step = 1",
            values![email_key, kind, except, void_mac, pseudonym],
        )?;
        self.run(
            "DELETE FROM flows
             WHERE email_key = ?1 AND (?2 IS NULL AND step = 3 OR (?2 IS NULL OR kind = ?2) AND step = 2)
               AND id IS DISTINCT FROM ?3",
            values![email_key, kind, except],
        )
    }

    fn end_address_flows(&mut self, account: i64, except: Option<&TokenHash>) -> Stored<()> {
        self.run(
            "DELETE FROM flows WHERE account = ?1 AND kind = 3 AND id IS DISTINCT FROM ?2",
            values![account, except],
        )
    }

    fn end_all_flows(&mut self) -> Stored<u64> {
        self.change("DELETE FROM flows", values![])
    }
}
