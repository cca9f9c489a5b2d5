//! Everything that is held about a person, as JSON.

use serde_json::{Value, json};

use super::sessions::signed_in;
use super::{Accounts, Asker, Core};
use crate::domain::limits::{self, DAY};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Account, Download, Link, Scope, Stored, Tx};
use crate::domain::time::Moment;

impl Accounts {
    /// `GET /api/account`.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn everything(&self, asker: &Asker) -> Result<Value, Stop> {
        let session = asker.session;
        self.read(move |rows, now, core| {
            let account = signed_in(rows, core, now, session)?.session.account;
            let account = rows.account(account)?.ok_or(Refusal::SignedOut)?;
            Ok(export(rows, now, core, &account)?)
        })
        .await
    }
}

/// Everything that is held about an account. Times are RFC 3339 in UTC.
///
/// # Errors
/// The store's.
pub fn export(rows: &dyn Tx, now: Moment, core: &Core, account: &Account) -> Stored<Value> {
    let sessions = rows.sessions_of(account.id, core.alive(now))?;
    let consents = rows.consents_of(account.id)?;
    let browsers = rows.devices_of(account.id)?;
    let links = rows.links_of(account.id, now)?;
    let downloads = rows.downloads_of(account.id, u32::MAX)?;
    let address = core.hit_keys("address", account.email_key.as_bytes());
    let times = |scope| -> Stored<Vec<String>> {
        let hits = limits::hits(rows, scope, &address, DAY, now)?;
        Ok(hits.iter().map(|hit| hit.at.rfc3339()).collect())
    };
    let mails = rows.mails()?;
    let mails = mails.iter().filter(|mail| mail.account == Some(account.id));
    Ok(json!({
        "email": account.email,
        "language": account.language,
        "created_at": account.created_at.rfc3339(),
        "password_changed_at": account.password_at.rfc3339(),
        "disabled_at": account.disabled_at.map(Moment::rfc3339),
        "newsletter": {
            "subscribed": account.subscribed,
            "history": consents.iter().map(|consent| json!({
                "subscribed": consent.subscribed,
                "at": consent.at.rfc3339(),
                "wording": consent.wording,
                "text": consent.text,
                "language": consent.language,
            })).collect::<Vec<_>>(),
        },
        "sessions": sessions.iter().map(|session| json!({
            "id": session.id,
            "device": session.device,
            "first_seen": session.created_at.rfc3339(),
            "last_seen": session.last_seen_at.rfc3339(),
        })).collect::<Vec<_>>(),
        "links": links.iter().map(link).collect::<Vec<_>>(),
        "downloads": downloads.iter().map(download).collect::<Vec<_>>(),
        "browsers_marked_at": browsers.iter().map(|at| at.rfc3339()).collect::<Vec<_>>(),
        "mails_waiting": mails.map(|mail| json!({
            "kind": mail.kind,
            "asked_for_at": mail.created_at.rfc3339(),
        })).collect::<Vec<_>>(),
        "last_day": {
            "failed_logins": times(Scope::LoginAccount)?,
            "registrations_tried": times(Scope::RegisterAddress)?,
            "resets_tried": times(Scope::ResetAddress)?,
        },
    }))
}

/// A link as lists have it, without what makes it work.
#[must_use]
pub fn link(link: &Link) -> Value {
    json!({
        "id": link.id,
        "dossier": link.dossier,
        "rendition": link.rendition,
        "terms": link.terms,
        "created_at": link.created_at.rfc3339(),
        "expires_at": link.expires_at.rfc3339(),
    })
}

/// A download as lists have it.
#[must_use]
pub fn download(download: &Download) -> Value {
    let wanted = &download.wanted;
    json!({
        "dossier": wanted.dossier,
        "rendition": wanted.rendition,
        "sha256": wanted.sha256,
        "size": wanted.size,
        "terms": wanted.terms,
        "by_link": wanted.by_link,
        "started_at": download.started_at.rfc3339(),
        "last_at": download.last_at.rfc3339(),
        "bytes": download.progress.bytes,
        "whole": download.whole,
    })
}
