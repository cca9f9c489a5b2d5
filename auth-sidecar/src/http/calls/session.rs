//! Whether the browser is signed in, and where a flow returns to.

use axum::extract::State;
use axum::http::HeaderMap;

use super::prelude::*;
use crate::domain::random::TokenHash;
use crate::http::answer::Led;
use crate::http::call::path_of;
use crate::http::cookies;
use crate::http::reply::account_page;

#[derive(Default, Serialize, ToSchema)]
pub(super) struct Session {
    signed_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    newsletter: Option<bool>,
}

/// Whether the browser is signed in: a page's script asks before it shows so.
#[utoipa::path(get, path = "/api/session")]
pub(super) async fn session(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Shown<Session>, Refused<Anybody>> {
    let session = cookies::get(&headers, cookies::SESSION, TokenHash::of_cookie);
    let signed_in = match session {
        Some(session) => state.accounts.session(session).await?,
        None => None,
    };
    if let Some(signed_in) = signed_in {
        return Ok(Shown::new(Session {
            signed_in: true,
            email: Some(signed_in.email),
            newsletter: Some(signed_in.subscribed),
        }));
    }
    let mut answer = Shown::new(Session::default());
    let is_there = |name| cookies::is_there(&headers, name);
    if (is_there(cookies::SESSION) || is_there(cookies::SIGNED_IN)) && state.may_end(session).await
    {
        answer.cookies.end_session();
    }
    Ok(answer)
}

/// Redirect to the page that the flow began on; after a reset, to the login page first.
#[utoipa::path(get, path = "/api/return")]
pub(super) async fn go_back(visit: Visit) -> Result<Led, Refused<Anybody>> {
    let Visit {
        state, requester, ..
    } = &visit;
    let kept = state
        .accounts
        .language(&requester.flow, requester.session)
        .await?;
    let known = &visit.catalogue.facts().languages;
    let kept = kept.filter(|kept| known.contains(kept));
    let language = kept.as_deref().unwrap_or(&visit.language);
    let (back, after_reset) = state.accounts.way_back(&requester.flow).await?;
    Ok(Led(match after_reset {
        true => account_page(language, "login/"),
        false => path_of(&back, language),
    }))
}
