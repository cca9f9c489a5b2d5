//! `POST /api/newsletter`: subscribe or unsubscribe.

use axum::http::HeaderMap;

use super::prelude::*;
use crate::domain::accounts::Requester;
use crate::domain::store::{FlowKind, FlowStep};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Newsletter {
    /// Subscribe or unsubscribe.
    subscribed: bool,
    /// The ID of the wording beside the button; absent: the current one.
    wording: Option<String>,
}

impl Body for Newsletter {
    const PAGE: &'static str = "";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::SignedOut, Kind::WordingOld]];

    async fn page(state: &AppState, requester: &Requester, _: &HeaderMap) -> &'static str {
        match state
            .accounts
            .flow_step(&requester.flow)
            .await
            .unwrap_or_default()
        {
            Some((FlowKind::Register, FlowStep::Done)) => "welcome/",
            _ => Self::PAGE,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    newsletter: bool,
}

impl Answer for Subscription {}

/// Subscribe to the newsletter or unsubscribe.
#[utoipa::path(post, path = "/api/newsletter", request_body = Newsletter)]
pub(super) async fn newsletter(
    call: Call<Newsletter>,
) -> Result<Done<Subscription>, Refused<Newsletter>> {
    let subscribed = call.body.subscribed;
    let words = match subscribed {
        true => wording(&call)?,
        // Unsubscribing agrees to nothing.
        false => [String::new(), String::new(), call.language.clone()],
    };
    let accounts = &call.state.accounts;
    accounts
        .newsletter(&call.requester, subscribed, words)
        .await?;
    let to = call.here(match subscribed {
        true => "newsletter-on",
        false => "newsletter-off",
    });
    Ok(Done::new(
        to,
        Subscription {
            newsletter: subscribed,
        },
    ))
}

/// ID, text and language of the wording beside the button.
fn wording(call: &Call<Newsletter>) -> Result<[String; 3], Problem> {
    let wordings = &call.catalogue.facts().newsletter;
    let found = match call.body.wording.as_deref().unwrap_or_default() {
        "" => wordings.get_key_value(&call.language),
        id => wordings.iter().find(|(_, wording)| wording.id == id),
    };
    let Some((language, wording)) = found else {
        // A site without a wording has nothing to agree to; an ID then comes from an outdated page.
        return Err(Refusal::WordingOld.into());
    };
    Ok([wording.id.clone(), wording.text.clone(), language.clone()])
}
