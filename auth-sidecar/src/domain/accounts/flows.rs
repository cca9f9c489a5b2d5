//! The flow cookie: which flow is in progress, and the return path.
//!
//! `s.TOKEN` names a row. Without a flow, the return path needs no row: `w.KEYID.SEALED` contains it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Accounts, Core, Transaction};
use crate::domain::keys::{LENGTH, Purpose};
use crate::domain::random::{Token, TokenHash, bytes};
use crate::domain::refusal::Stop;
use crate::domain::store::{Flow, FlowKind, FlowStep, Stored, WayBack};
use crate::domain::time::Moment;

/// The content of a flow cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FlowCookie {
    /// Nothing, or nothing that this service issued.
    #[default]
    None,
    /// A flow in progress.
    Flow(TokenHash),
    /// Only a return path.
    Back(WayBack),
}

/// A flow cookie to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFlowCookie {
    /// Its value.
    pub value: String,
    /// How long the browser keeps it.
    pub max_age: Duration,
}

/// How a call changes the return path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BackChange {
    /// Nothing.
    #[default]
    Keep,
    /// It leads there from now on.
    To(WayBack),
}

/// A return path as a cookie contains it.
#[derive(Serialize, Deserialize)]
struct Sealed {
    path: Option<String>,
    rendition: Option<String>,
    until: i64,
}

/// Binds sealed data to its use.
const BOUND: &[u8] = b"way back";

impl Core {
    fn seal_back(&self, back: &WayBack, now: Moment) -> NewFlowCookie {
        let sealed = Sealed {
            path: back.path.clone(),
            rendition: back.rendition.clone(),
            until: now.plus(self.lifetimes.way_back).0,
        };
        let text = serde_json::to_vec(&sealed).unwrap_or_default();
        let sealed = self
            .keys
            .seal(Purpose::Flow, self.random.as_ref(), BOUND, &text);
        NewFlowCookie {
            value: format!(
                "w.{}.{}",
                self.keys.current(),
                URL_SAFE_NO_PAD.encode(sealed)
            ),
            max_age: self.lifetimes.way_back,
        }
    }

    fn open_back(&self, text: &str) -> Option<WayBack> {
        let (key, sealed) = text.split_once('.')?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = self.keys.open(key, Purpose::Flow, BOUND, &sealed)?;
        let Sealed {
            path,
            rendition,
            until,
        } = serde_json::from_slice(&text).ok()?;
        (Moment(until) > self.time.now()).then_some(WayBack { path, rendition })
    }

    pub(super) fn new_flow_cookie(&self, token: &Token) -> NewFlowCookie {
        NewFlowCookie {
            value: format!("s.{}", token.as_str()),
            max_age: self.lifetimes.flow_most,
        }
    }
}

impl Accounts {
    /// Parses the cookie; an invalid one counts as absent.
    #[must_use]
    pub fn flow_cookie(&self, value: &str) -> FlowCookie {
        let read = match value.split_once('.') {
            Some(("s", token)) => TokenHash::of_cookie(token).map(FlowCookie::Flow),
            Some(("w", sealed)) => self.core.open_back(sealed).map(FlowCookie::Back),
            _ => None,
        };
        read.unwrap_or_default()
    }

    /// Changes the return path and leaves the flow as it is. Returns a cookie if there is no flow to store it.
    ///
    /// # Errors
    /// The store's.
    pub async fn change_back(
        &self,
        cookie: &FlowCookie,
        change: BackChange,
    ) -> Result<Option<NewFlowCookie>, Stop> {
        let BackChange::To(back) = change else {
            return Ok(None);
        };
        if let FlowCookie::Flow(id) = *cookie {
            // An invalid flow, or one with this return path already, writes nothing.
            match self.flow(id).await? {
                Some(flow) if flow.back == back => return Ok(None),
                Some(_) => {
                    let there = back.clone();
                    let kept = self
                        .write(move |tx| {
                            let alive = tx.rows.flow(&id, tx.now)?.is_some();
                            tx.rows.set_way_back(&id, &there)?;
                            Ok(alive)
                        })
                        .await?;
                    if kept {
                        return Ok(None);
                    }
                }
                None => {}
            }
        }
        Ok(Some(self.core.seal_back(&back, self.core.time.now())))
    }

    /// The return path, and whether a reset was completed in this flow.
    ///
    /// # Errors
    /// The store's.
    pub async fn way_back(&self, cookie: &FlowCookie) -> Result<(WayBack, bool), Stop> {
        match cookie {
            FlowCookie::None => Ok((WayBack::default(), false)),
            FlowCookie::Back(back) => Ok((back.clone(), false)),
            FlowCookie::Flow(id) => {
                let id = *id;
                let flow = self.flow(id).await?;
                let reset =
                    |flow: &Flow| flow.kind == FlowKind::Reset && flow.step == FlowStep::Done;
                Ok(flow.map_or_else(Default::default, |flow| {
                    let after_reset = reset(&flow);
                    (flow.back, after_reset)
                }))
            }
        }
    }

    /// The flow in progress: its kind and step.
    ///
    /// # Errors
    /// The store's.
    pub async fn flow_step(
        &self,
        cookie: &FlowCookie,
    ) -> Result<Option<(FlowKind, FlowStep)>, Stop> {
        let FlowCookie::Flow(id) = *cookie else {
            return Ok(None);
        };
        let flow = self.flow(id).await?;
        Ok(flow.map(|flow| (flow.kind, flow.step)))
    }

    /// The language of the flow, else of the session's account.
    ///
    /// # Errors
    /// The store's.
    pub async fn language(
        &self,
        cookie: &FlowCookie,
        session: Option<TokenHash>,
    ) -> Result<Option<String>, Stop> {
        let flow = match cookie {
            FlowCookie::Flow(id) => Some(*id),
            _ => None,
        };
        if flow.is_none() && session.is_none() {
            return Ok(None);
        }
        self.read(move |rows, now, core| {
            if let Some(id) = flow
                && let Some(flow) = rows.flow(&id, now)?
            {
                return Ok(Some(flow.language));
            }
            match session {
                Some(session) => Ok(rows
                    .session(&session, core.alive(now))?
                    .map(|signed_in| signed_in.language)),
                None => Ok(None),
            }
        })
        .await
    }

    /// The flow of a cookie, if it has not expired.
    pub(super) async fn flow(&self, id: TokenHash) -> Result<Option<Flow>, Stop> {
        self.read(move |rows, now, _| Ok(rows.flow(&id, now)?))
            .await
    }
}

impl Transaction<'_> {
    /// Voids an address's flows, except one. They may be strangers', who must not notice that the owner did
    /// something.
    pub(super) fn void_flows(
        &mut self,
        email_key: &str,
        kind: Option<FlowKind>,
        except: Option<&TokenHash>,
    ) -> Stored<()> {
        let nobodys = bytes::<LENGTH>(self.core.random.as_ref());
        self.rows
            .void_flows(email_key, kind, except, &nobodys, None)
    }

    /// The same for an address that must be erased: the keys of its counters replace it.
    pub(super) fn erase_flows(&mut self, email_key: &str) -> Stored<()> {
        let nobodys = bytes::<LENGTH>(self.core.random.as_ref());
        let pseudonym = self.core.pseudonym(email_key);
        self.rows
            .void_flows(email_key, None, None, &nobodys, Some(&pseudonym))
    }

    /// Ends the flow that a new one replaces, and returns what carries over.
    pub(super) fn replace_flow(&mut self, cookie: &FlowCookie) -> Stored<WayBack> {
        match cookie {
            FlowCookie::None => Ok(WayBack::default()),
            FlowCookie::Back(back) => Ok(back.clone()),
            FlowCookie::Flow(id) => {
                let old = self.rows.flow(id, self.now)?;
                self.rows.delete_flow(id)?;
                Ok(old.map(|flow| flow.back).unwrap_or_default())
            }
        }
    }
}
