//! Download links: created in a session, valid without one for a day, and revocable by the owner.

use super::register::IMPATIENCE;
use super::sessions::signed_in;
use super::{Accounts, Requester, Transaction};
use crate::domain::keys::Keyring;
use crate::domain::link_token::{self, LinkToken};
use crate::domain::random::public_id;
use crate::domain::rate_limits::{self, DAY};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Link, Stored};
use crate::domain::time::Moment;

/// Who may download a gated file, and the terms they accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account.
    pub account: i64,
    /// The version of the terms; empty where there are none.
    pub terms: String,
    /// Through a link instead of a session.
    pub by_link: bool,
}

/// A link with its token.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnLink {
    /// Its row.
    pub link: Link,
    /// The value of `link=` in the URL.
    pub token: String,
}

impl Accounts {
    /// `POST /api/media/…/link`: a new link to this content of a rendition, with the accepted `terms`.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`], [`Refusal::LinkLimit`].
    pub async fn make_link(
        &self,
        requester: &Requester,
        dossier: &str,
        rendition: &str,
        sha256: &str,
        terms: &str,
    ) -> Result<OwnLink, Stop> {
        let session = requester.session;
        let [dossier, rendition, sha256, terms] =
            [dossier, rendition, sha256, terms].map(str::to_owned);
        self.write(move |tx| {
            let account = tx.signed_in(session)?.session.account;
            let limits = &tx.core.limits;
            if tx.rows.links_of(account, tx.now)?.len() >= limits.links as usize {
                return Err(Refusal::LinkLimit.into());
            }
            let today = tx.rows.links_made(account, tx.now.minus(DAY))?;
            if let Some(seconds) = rate_limits::wait_of_day(&today, limits.links_day, tx.now) {
                return Err(Refusal::TooMany(seconds).into());
            }
            let link = Link {
                id: public_id(tx.core.random.as_ref()),
                account,
                dossier: dossier.clone(),
                rendition: rendition.clone(),
                sha256: sha256.clone(),
                terms: terms.clone(),
                created_at: tx.now,
                expires_at: whole_second(tx.now.plus(tx.core.lifetimes.link)),
                revoked_at: None,
            };
            tx.rows.insert_link(&link)?;
            let token = link_token::write(&tx.core.keys, &link);
            Ok(OwnLink { link, token })
        })
        .await
    }

    /// The active link to the same content under the same terms that was created moments ago, if any.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn link_just_made(
        &self,
        requester: &Requester,
        dossier: &str,
        rendition: &str,
        sha256: &str,
        terms: &str,
    ) -> Result<Option<OwnLink>, Stop> {
        let session = requester.session;
        let wanted = [dossier, rendition, sha256, terms].map(str::to_owned);
        self.read(move |rows, now, core| {
            let account = signed_in(rows, core, now, session)?.session.account;
            let mut links = rows.links_of(account, now)?;
            links.retain(|link| {
                let of = [&link.dossier, &link.rendition, &link.sha256, &link.terms];
                of == wanted.each_ref() && now < link.created_at.plus(IMPATIENCE)
            });
            Ok(own(&core.keys, links).into_iter().next())
        })
        .await
    }

    /// The account of this link to exactly this rendition, whose content is now `sha256`.
    ///
    /// # Errors
    /// [`Refusal::LinkInvalid`] for anything that is not a link to it, without saying why; [`Refusal::LinkGone`] for
    /// an ended link, or one to a former content.
    pub async fn link_holder(
        &self,
        shown: &str,
        dossier: &str,
        rendition: &str,
        sha256: &str,
    ) -> Result<Grant, Stop> {
        let token = LinkToken::parse(shown).ok_or(Refusal::LinkInvalid)?;
        let [dossier, rendition, sha256] = [dossier, rendition, sha256].map(str::to_owned);
        self.read(move |rows, now, core| {
            let link = rows.link(&token.id)?;
            let link = link
                .filter(|link| token.is_of(&core.keys, link, &dossier, &rendition))
                .ok_or(Refusal::LinkInvalid)?;
            let account = rows.account(link.account)?;
            let is_open = account.is_some_and(|account| account.disabled_at.is_none());
            match is_open && link.is_live(now) && link.sha256 == sha256 {
                true => Ok(Grant {
                    account: link.account,
                    terms: link.terms,
                    by_link: true,
                }),
                false => Err(Refusal::LinkGone.into()),
            }
        })
        .await
    }

    /// The account's active links, newest first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn links(&self, requester: &Requester) -> Result<Vec<OwnLink>, Stop> {
        let session = requester.session;
        self.read(move |rows, now, core| {
            let account = signed_in(rows, core, now, session)?.session.account;
            Ok(own(&core.keys, rows.links_of(account, now)?))
        })
        .await
    }

    /// Revokes one of the account's links, or all. `false` if there is none with that ID.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn revoke_link(
        &self,
        requester: &Requester,
        id: Option<String>,
    ) -> Result<bool, Stop> {
        let (session, sought) = (requester.session, id.clone());
        let is_there = self
            .read(move |rows, now, core| {
                let account = signed_in(rows, core, now, session)?.session.account;
                let live = rows.links_of(account, now)?;
                Ok(live
                    .iter()
                    .any(|link| sought.as_ref().is_none_or(|id| *id == link.id)))
            })
            .await?;
        if !is_there {
            return Ok(id.is_none());
        }
        self.write(move |tx| {
            let account = tx.signed_in(session)?.session.account;
            match &id {
                Some(id) => Ok(tx.rows.revoke_link(account, id, tx.now)?),
                None => {
                    tx.rows.revoke_links_of(account, tx.now)?;
                    Ok(true)
                }
            }
        })
        .await
    }
}

/// Links with their tokens.
pub(super) fn own(keys: &Keyring, links: Vec<Link>) -> Vec<OwnLink> {
    let own = links.into_iter().map(|link| OwnLink {
        token: link_token::write(keys, &link),
        link,
    });
    own.collect()
}

impl Transaction<'_> {
    /// Revokes everything that grants access without the password.
    pub(super) fn revoke_access(&mut self, account: i64) -> Stored<()> {
        self.rows.revoke_sessions_of(account, None)?;
        self.rows.revoke_links_of(account, self.now)
    }
}

/// The URL contains the expiry in whole seconds.
fn whole_second(at: Moment) -> Moment {
    Moment(at.0.div_euclid(1000) * 1000)
}
