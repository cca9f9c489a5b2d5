//! One's own sessions: the list, and ending them.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::asked::{Done, answer, asker};
use super::super::error::Problem;
use super::super::export;
use super::super::{AppState, calls};
use super::refused;
use crate::domain::random::TokenHash;
use crate::domain::refusal::Refusal;
use crate::domain::store::Session;

/// `GET /api/account/sessions`.
pub(in crate::http) async fn list(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (sessions, own) = match state.accounts.sessions(&asker(&state, &parts)).await {
        Ok(found) => found,
        Err(refusal) => {
            let problem = Problem::from(refusal);
            return refused(&problem, problem.clone().into_response());
        }
    };
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|session| describe(session, &own))
        .collect();
    axum::Json(json!({ "sessions": sessions })).into_response()
}

fn describe(session: &Session, own: &TokenHash) -> Value {
    let mut described = export::session(session);
    described["current"] = (session.hash == *own).into();
    described
}

pub(in crate::http) async fn revoke(State(state): State<AppState>, request: Request) -> Response {
    answer(
        state,
        &calls::REVOKE_SESSIONS,
        request,
        |asked| async move {
            let id = asked.one_or_all()?;
            // One that has ended already is as ended as was asked.
            asked.state.accounts.revoke(&asked.asker, id).await?;
            let mut done = Done::new(None, "/api/account".to_owned());
            if asked.signed_in().await == Err(Refusal::SignedOut.into()) {
                done.to = asked.page("login/");
                done.cookies.end_session();
            }
            Ok(done)
        },
    )
    .await
}
