//! `POST /api/newsletter`: subscribe, or end the subscription.

use axum::http::HeaderMap;

use super::prelude::*;
use crate::domain::accounts::Requester;
use crate::domain::store::{FlowKind, FlowStep};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Newsletter {
    /// Which of the two.
    subscribed: bool,
    /// The id of the words beside the button; absent: the current ones.
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

/// Subscribe to the newsletter, or end the subscription.
#[utoipa::path(post, path = "/api/newsletter", request_body = Newsletter)]
pub(super) async fn newsletter(
    call: Call<Newsletter>,
) -> Result<Done<Subscription>, Refused<Newsletter>> {
    let subscribed = call.body.subscribed;
    let words = match subscribed {
        true => wording(&call)?,
        // Ending a subscription agrees to nothing.
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

/// Id, text and language of what stood beside the button.
fn wording(call: &Call<Newsletter>) -> Result<[String; 3], Problem> {
    let wordings = &call.catalogue.facts().newsletter;
    let found = match call.body.wording.as_deref().unwrap_or_default() {
        "" => wordings.get_key_value(&call.language),
        id => wordings.iter().find(|(_, wording)| wording.id == id),
    };
    let Some((language, wording)) = found else {
        // Without words on the site there is nothing to agree to; with an id, a page is out of date.
        return Err(Refusal::WordingOld.into());
    };
    Ok([wording.id.clone(), wording.text.clone(), language.clone()])
}
