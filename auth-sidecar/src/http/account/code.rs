//! Registering, resetting, and the codes of both.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::super::asked::{Done, answer};
use super::super::{AppState, calls};
use super::code_sent;
use crate::domain::accounts::Registration;

pub(in crate::http) async fn register(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::REGISTER, request, |asked| async move {
        let address = asked.address()?;
        let registration = Registration {
            password: asked.new_password(address.spelling())?,
            address,
            language: asked.language.clone(),
        };
        let to = asked.page("verify/");
        let sent = asked
            .state
            .accounts
            .register(asked.asker, registration)
            .await?;
        Ok(code_sent(&sent, Some("verify"), to))
    })
    .await
}

pub(in crate::http) async fn verify(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::VERIFY, request, |asked| async move {
        let code = asked.text("code")?.to_owned();
        let logged_in = asked
            .state
            .accounts
            .verify(asked.asker.clone(), code)
            .await?;
        let body = json!({ "next": "welcome", "return_to": asked.path_of(&logged_in.back) });
        let mut done = Done::new(Some(body), asked.page("welcome/"));
        done.cookies
            .session(&logged_in.session, asked.state.cookie_lives());
        Ok(done)
    })
    .await
}

pub(in crate::http) async fn again(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::CODE_AGAIN, request, |asked| async move {
        let to = asked.here("code-sent");
        let sent = asked.state.accounts.resend(asked.asker).await?;
        Ok(code_sent(&sent, None, to))
    })
    .await
}

pub(in crate::http) async fn reset(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::RESET, request, |asked| async move {
        let address = asked.address()?;
        let to = asked.page("reset/verify/");
        let accounts = &asked.state.accounts;
        let sent = accounts.reset(asked.asker, address, asked.language).await?;
        Ok(code_sent(&sent, Some("reset-verify"), to))
    })
    .await
}

pub(in crate::http) async fn reset_verify(
    State(state): State<AppState>,
    request: Request,
) -> Response {
    answer(state, &calls::RESET_VERIFY, request, |asked| async move {
        let code = asked.text("code")?.to_owned();
        let to = asked.page("reset/new-password/");
        asked.state.accounts.reset_verify(asked.asker, code).await?;
        Ok(Done::new(Some(json!({ "next": "new-password" })), to))
    })
    .await
}
