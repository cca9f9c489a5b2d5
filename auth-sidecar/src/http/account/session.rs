//! Logging in and out, and whether one is.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::asked::{Asked, Done, account_page, answer, asker, lead_to, path_of};
use super::super::cookies::{self, SetCookies};
use super::super::error::Problem;
use super::super::{AppState, calls, language};
use crate::domain::random::TokenHash;
use crate::domain::refusal::Refusal;
use crate::domain::return_path::ReturnPath;
use crate::domain::store::{SignedIn, WayBack};

impl Asked {
    pub(in crate::http) async fn signed_in(&self) -> Result<SignedIn, Problem> {
        let session = self.asker.session.ok_or(Refusal::SignedOut)?;
        let signed_in = self.state.accounts.session(session).await?;
        Ok(signed_in.ok_or(Refusal::SignedOut)?)
    }
}

pub(in crate::http) async fn log_in(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::LOGIN, request, |asked| async move {
        // What is no address has no account.
        let address = asked.address().map_err(|_| Refusal::CredentialsWrong)?;
        let password = asked.given_password("password")?;
        let accounts = asked.state.accounts.clone();
        let mut logged_in = accounts
            .log_in(asked.asker.clone(), address, password)
            .await?;
        if let Some(upgrade) = logged_in.upgrade.take() {
            // After the answer, so that its time tells nothing of the hash.
            tokio::spawn(async move {
            if let Err(error) = accounts.upgrade(upgrade).await {
                tracing::warn!(%error, "a password's hash could not be renewed; the next login tries again");
            }
        });
        }
        let to = asked.path_of(&logged_in.back);
        let mut done = Done::new(Some(json!({ "return_to": to })), to);
        done.cookies
            .session(&logged_in.session, asked.state.cookie_lives());
        Ok(done)
    })
    .await
}

pub(in crate::http) async fn log_out(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::LOGOUT, request, |asked| async move {
        asked.state.accounts.log_out(asked.asker.session).await?;
        let base = asked.state.base_url(&asked.catalogue);
        let path = ReturnPath::parse(asked.text("return_to")?, &base);
        let back = WayBack {
            path: path.map(|path| path.as_str().to_owned()),
            rendition: None,
        };
        let mut done = Done::new(None, asked.path_of(&back));
        done.cookies.end_session();
        Ok(done)
    })
    .await
}

/// `GET /api/session`: what a page asks before it shows that one is signed in.
pub(in crate::http) async fn check(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shown = cookies::get(&headers, cookies::SESSION);
    let signed_in = match shown.and_then(TokenHash::of_cookie) {
        Some(session) => state.accounts.session(session).await?,
        None => None,
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let Some(signed_in) = signed_in else {
        let mut response = (kind, r#"{"signed_in":false}"#).into_response();
        if shown.is_some() || cookies::get(&headers, cookies::SIGNED_IN).is_some() {
            let mut cookies = SetCookies::default();
            cookies.end_session();
            cookies.write(response.headers_mut());
        }
        return Ok(response);
    };
    let body = json!({
        "signed_in": true,
        "email": signed_in.email,
        "newsletter": signed_in.subscribed,
    });
    Ok((StatusCode::OK, kind, body.to_string()).into_response())
}

/// `GET /api/return`: to the page the flow began on; after a reset by way of the login page.
pub(in crate::http) async fn back(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let catalogue = state.catalogue.current().ok_or(Problem::Unavailable)?;
    let facts = catalogue.facts();
    let asker = asker(&state, &parts);
    let kept = state.accounts.language(&asker.flow, asker.session).await?;
    let accepted = language::of(&parts.headers, facts);
    let language = kept.filter(|kept| facts.languages.contains(kept));
    let language = language.as_deref().unwrap_or(accepted);
    let (back, after_reset) = state.accounts.way_back(&asker.flow).await?;
    Ok(lead_to(&match after_reset {
        true => account_page(language, "login/"),
        false => path_of(&back, language),
    }))
}
