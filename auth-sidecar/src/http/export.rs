//! The export of an account's data. Times are RFC 3339 in UTC.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::accounts::{self, Accounts};
use crate::domain::store;
use crate::domain::time::Moment;

/// All data about an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Export {
    email: String,
    language: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    password_changed_at: String,
    /// Since when it has this address.
    #[schema(format = DateTime)]
    address_since: String,
    /// Former addresses, while the change can be undone.
    #[schema(inline)]
    former_addresses: Vec<FormerAddress>,
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
    #[schema(inline)]
    newsletter: Newsletter,
    #[schema(inline)]
    sessions: Vec<Session>,
    #[schema(inline)]
    links: Vec<Link>,
    browsers_marked_at: Vec<String>,
    #[schema(inline)]
    mails_waiting: Vec<QueuedMail>,
    #[schema(inline)]
    last_day: LastDay,
    /// Last, so that they can be sent as they are read.
    #[schema(inline)]
    downloads: Vec<Download>,
}

#[derive(Serialize, ToSchema)]
struct FormerAddress {
    email: String,
    #[schema(format = DateTime)]
    left_at: String,
    #[schema(format = DateTime)]
    can_be_undone_until: String,
}

#[derive(Serialize, ToSchema)]
struct Newsletter {
    subscribed: bool,
    #[schema(inline)]
    history: Vec<Consent>,
}

#[derive(Serialize, ToSchema)]
struct Consent {
    subscribed: bool,
    #[schema(format = DateTime)]
    at: String,
    /// The ID of the accepted wording.
    wording: String,
    text: String,
    language: String,
}

#[derive(Serialize, ToSchema)]
struct QueuedMail {
    kind: String,
    #[schema(format = DateTime)]
    asked_for_at: String,
}

#[derive(Serialize, ToSchema)]
struct LastDay {
    failed_logins: Vec<String>,
    registrations_tried: Vec<String>,
    resets_tried: Vec<String>,
    /// When someone tried to change an account's address to this one.
    address_changes_tried: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    id: String,
    /// Browser family and system.
    device: String,
    #[schema(format = DateTime)]
    first_seen: String,
    #[schema(format = DateTime)]
    last_seen: String,
}

/// A download link, without its token.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
    id: String,
    dossier: String,
    rendition: String,
    /// The accepted version.
    terms: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it was revoked before it expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Download {
    dossier: String,
    rendition: String,
    sha256: String,
    /// The file's size in bytes.
    size: u64,
    /// The accepted version.
    terms: String,
    by_link: bool,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    last_at: String,
    /// Bytes sent so far, repetitions included.
    bytes: u64,
    /// Whether the complete file was sent.
    whole: bool,
}

/// The progress of an export.
enum Progress {
    Start(Box<Export>),
    /// Everything but the downloads older than this row; whether there was one yet.
    Downloads {
        before: i64,
        any: bool,
    },
    End,
}

/// An export as JSON, part by part, so that memory does not grow with the number of downloads.
pub(crate) fn parts(
    accounts: Accounts,
    all: accounts::Export,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let account = all.account.id;
    let nothing = Progress::Start(Box::new(all.into()));
    stream::try_unfold(nothing, move |progress| {
        let accounts = accounts.clone();
        async move {
            let (before, any) = match progress {
                Progress::Start(export) => {
                    let mut text = serde_json::to_string(&export)?;
                    // Continues the list of downloads.
                    text.truncate(text.len() - "]}".len());
                    let (before, any) = (i64::MAX, false);
                    return Ok(Some((text.into(), Progress::Downloads { before, any })));
                }
                Progress::Downloads { before, any } => (before, any),
                Progress::End => return Ok(None),
            };
            let page = accounts.downloads_before(account, before).await;
            let page = page.map_err(io::Error::other)?;
            let Some(last) = page.last().map(|last| last.id) else {
                return Ok(Some(("]}".into(), Progress::End)));
            };
            let mut text = String::new();
            for (place, download) in page.into_iter().enumerate() {
                text.push_str(if any || place > 0 { ",\n" } else { "\n" });
                text.push_str(&serde_json::to_string(&Download::from(download))?);
            }
            let progress = Progress::Downloads {
                before: last,
                any: true,
            };
            Ok(Some((text.into(), progress)))
        }
    })
}

impl From<accounts::Export> for Export {
    fn from(all: accounts::Export) -> Self {
        let account = all.account;
        let times = |times: Vec<Moment>| times.into_iter().map(Moment::rfc3339).collect();
        let history = all.consents.into_iter().map(|consent| Consent {
            subscribed: consent.subscribed,
            at: consent.at.rfc3339(),
            wording: consent.wording,
            text: consent.text,
            language: consent.language,
        });
        let former = all.address_changes.into_iter().map(|change| FormerAddress {
            email: change.email,
            left_at: change.at.rfc3339(),
            can_be_undone_until: change.until.rfc3339(),
        });
        let mails = all.mails.into_iter().map(|mail| QueuedMail {
            kind: mail.kind_name().to_owned(),
            asked_for_at: mail.created_at.rfc3339(),
        });
        Self {
            email: account.email,
            language: account.language,
            created_at: account.created_at.rfc3339(),
            password_changed_at: account.password_at.rfc3339(),
            address_since: account.address_at.rfc3339(),
            former_addresses: former.collect(),
            disabled_at: account.disabled_at.map(Moment::rfc3339),
            newsletter: Newsletter {
                subscribed: account.subscribed,
                history: history.collect(),
            },
            sessions: all.sessions.into_iter().map(Session::from).collect(),
            links: all.links.into_iter().map(Link::from).collect(),
            browsers_marked_at: times(all.browsers),
            mails_waiting: mails.collect(),
            last_day: LastDay {
                failed_logins: times(all.failed_logins),
                registrations_tried: times(all.registrations),
                resets_tried: times(all.resets),
                address_changes_tried: times(all.moves),
            },
            downloads: Vec::new(),
        }
    }
}

impl From<store::Session> for Session {
    fn from(session: store::Session) -> Self {
        Self {
            id: session.id,
            device: session.device,
            first_seen: session.created_at.rfc3339(),
            last_seen: session.last_seen_at.rfc3339(),
        }
    }
}

impl From<store::Link> for Link {
    fn from(link: store::Link) -> Self {
        Self {
            id: link.id,
            dossier: link.dossier,
            rendition: link.rendition,
            terms: link.terms,
            created_at: link.created_at.rfc3339(),
            expires_at: link.expires_at.rfc3339(),
            ended_at: link.revoked_at.map(Moment::rfc3339),
        }
    }
}

impl From<store::Download> for Download {
    fn from(download: store::Download) -> Self {
        let wanted = download.wanted;
        Self {
            dossier: wanted.dossier,
            rendition: wanted.rendition,
            sha256: wanted.sha256,
            size: wanted.size,
            terms: wanted.terms,
            by_link: wanted.by_link,
            started_at: download.started_at.rfc3339(),
            last_at: download.last_at.rfc3339(),
            bytes: download.progress.bytes,
            whole: download.whole,
        }
    }
}
