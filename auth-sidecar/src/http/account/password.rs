//! New passwords: at the end of a reset, and of one's own account.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::super::asked::{Done, answer};
use super::super::{AppState, calls};

pub(in crate::http) async fn after_reset(
    State(state): State<AppState>,
    request: Request,
) -> Response {
    answer(state, &calls::RESET_PASSWORD, request, |asked| async move {
        let accounts = &asked.state.accounts;
        let email = accounts.resetting(&asked.asker.flow).await?;
        let password = asked.new_password(&email)?;
        let back = accounts
            .reset_password(asked.asker.clone(), password)
            .await?;
        let body = json!({ "next": "log-in", "return_to": asked.path_of(&back) });
        let mut done = Done::new(Some(body), asked.page("reset/done/"));
        // All sessions have ended; whoever was logged in here is no more.
        done.cookies.end_session();
        Ok(done)
    })
    .await
}

pub(in crate::http) async fn change(State(state): State<AppState>, request: Request) -> Response {
    answer(
        state,
        &calls::CHANGE_PASSWORD,
        request,
        |asked| async move {
            let signed_in = asked.signed_in().await?;
            let current = asked.given_password("current")?;
            let password = asked.new_password(&signed_in.email)?;
            asked
                .state
                .accounts
                .change_password(&asked.asker, current, password)
                .await?;
            Ok(Done::new(None, "/api/account#password-changed".to_owned()))
        },
    )
    .await
}
