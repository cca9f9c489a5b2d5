//! What is held about a person, as JSON. Times are RFC 3339 in UTC.

use serde_json::{Value, json};

use crate::domain::accounts::Export;
use crate::domain::store::{Consent, Download, Link, Session};
use crate::domain::time::Moment;

/// Everything that is held about an account.
pub(crate) fn export(all: &Export) -> Value {
    let account = &all.account;
    let times = |times: &[Moment]| -> Vec<String> { times.iter().map(|at| at.rfc3339()).collect() };
    json!({
        "email": account.email,
        "language": account.language,
        "created_at": account.created_at.rfc3339(),
        "password_changed_at": account.password_at.rfc3339(),
        "disabled_at": account.disabled_at.map(Moment::rfc3339),
        "newsletter": {
            "subscribed": account.subscribed,
            "history": all.consents.iter().map(consent).collect::<Vec<_>>(),
        },
        "sessions": all.sessions.iter().map(session).collect::<Vec<_>>(),
        "links": all.links.iter().map(link).collect::<Vec<_>>(),
        "downloads": all.downloads.iter().map(download).collect::<Vec<_>>(),
        "browsers_marked_at": times(&all.browsers),
        "mails_waiting": all.mails.iter().map(|mail| json!({
            "kind": mail.kind_name(),
            "asked_for_at": mail.created_at.rfc3339(),
        })).collect::<Vec<_>>(),
        "last_day": {
            "failed_logins": times(&all.failed_logins),
            "registrations_tried": times(&all.registrations),
            "resets_tried": times(&all.resets),
        },
    })
}

fn consent(consent: &Consent) -> Value {
    json!({
        "subscribed": consent.subscribed,
        "at": consent.at.rfc3339(),
        "wording": consent.wording,
        "text": consent.text,
        "language": consent.language,
    })
}

/// A session as lists have it.
pub(super) fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "device": session.device,
        "first_seen": session.created_at.rfc3339(),
        "last_seen": session.last_seen_at.rfc3339(),
    })
}

/// A link as lists have it, without what makes it work.
pub(super) fn link(link: &Link) -> Value {
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
pub(crate) fn download(download: &Download) -> Value {
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
