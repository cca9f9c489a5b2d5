//! The account's sessions: listing and ending them.

use super::prelude::*;
use super::revoke::Revoke;
use crate::domain::store::Ended;
use crate::http::export::Session;

#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    #[schema(inline)]
    sessions: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
struct Listed {
    #[serde(flatten)]
    #[schema(inline)]
    session: Session,
    /// Whether it is the current session.
    current: bool,
}

/// List the account's sessions, newest first.
#[utoipa::path(get, path = "/api/account/sessions")]
pub(super) async fn sessions(visit: Visit) -> Result<Shown<Sessions>, Refused<Owner>> {
    let (sessions, own) = visit.state.accounts.sessions(&visit.requester).await?;
    let sessions = sessions.into_iter().map(|session| Listed {
        current: session.hash == own,
        session: session.into(),
    });
    Ok(Shown::new(Sessions {
        sessions: sessions.collect(),
    }))
}

/// End one session by its `id`, or all others with `all`.
#[utoipa::path(post, path = "/api/account/sessions/revoke", request_body = Revoke)]
pub(super) async fn revoke_sessions(
    call: Call<Revoke>,
) -> Result<Done<NoContent>, Refused<Revoke>> {
    let accounts = &call.state.accounts;
    let ended = match call.is_form() {
        true => accounts.just_ended(call.requester.session).await?,
        false => None,
    };
    let is_over = ended.is_some() && call.signed_in().await == Err(Refusal::SignedOut.into());
    let Some(id) = call.body.which()? else {
        if is_over && ended == Some(Ended::Replaced) {
            // A form sent twice leads to the first answer.
            return Ok(Done::new("/api/account".to_owned(), NoContent));
        }
        let new = accounts.revoke_other_sessions(&call.requester).await?;
        let mut done = Done::new("/api/account".to_owned(), NoContent);
        let lifetimes = call.state.cookie_lives();
        done.cookies.session(&new, lifetimes);
        return Ok(done);
    };
    // A session that has ended already is what was requested.
    let is_twice = is_over && ended == Some(Ended::LoggedOut);
    if is_twice || accounts.revoke_session(&call.requester, id).await? {
        let mut done = Done::new(call.page("login/"), NoContent);
        done.cookies.leave();
        return Ok(done);
    }
    Ok(Done::new("/api/account".to_owned(), NoContent))
}
