//! One's own account: newsletter and deletion.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::super::asked::{Asked, Done, answer};
use super::super::error::Problem;
use super::super::{AppState, calls};
use crate::domain::refusal::Refusal;

pub(in crate::http) async fn newsletter(
    State(state): State<AppState>,
    request: Request,
) -> Response {
    answer(state, &calls::NEWSLETTER, request, |asked| async move {
        let subscribed = asked.fields.flag("subscribed")?.unwrap_or_default();
        let words = wording(&asked, subscribed)?;
        let accounts = &asked.state.accounts;
        accounts.newsletter(&asked.asker, subscribed, words).await?;
        let fragment = match subscribed {
            true => "newsletter-on",
            false => "newsletter-off",
        };
        let to = asked.here(fragment);
        Ok(Done::new(Some(json!({ "newsletter": subscribed })), to))
    })
    .await
}

/// Id, text and language of what stood beside the button. Ending a subscription agrees to nothing.
fn wording(asked: &Asked, subscribed: bool) -> Result<[String; 3], Problem> {
    if !subscribed {
        return Ok([String::new(), String::new(), asked.language.clone()]);
    }
    let wordings = &asked.catalogue.facts().newsletter;
    let given = asked.text("wording")?;
    let found = match given {
        "" => wordings.get_key_value(&asked.language),
        id => wordings.iter().find(|(_, wording)| wording.id == id),
    };
    let Some((language, wording)) = found else {
        // Without words on the site there is nothing to agree to; with an id, a page is out of date.
        return Err(Refusal::WordingOld.into());
    };
    Ok([wording.id.clone(), wording.text.clone(), language.clone()])
}

pub(in crate::http) async fn delete(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::DELETE, request, |asked| async move {
        let signed_in = asked.signed_in().await?;
        let password = asked.given_password("password")?;
        asked.state.accounts.delete(&asked.asker, password).await?;
        tracing::info!(
            account = signed_in.session.account,
            "an account was deleted by its owner"
        );
        let mut done = Done::new(None, asked.page("deleted/"));
        done.cookies.end_session();
        Ok(done)
    })
    .await
}
