//! `POST /api/account/password`: change the account's password.

use super::prelude::*;
use crate::domain::accounts::NewSession;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePassword {
    /// The current password.
    #[schema(value_type = String, format = Password, max_length = 128)]
    current: Secret,
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    password: Secret,
}

impl Body for ChangePassword {
    const PAGE: &'static str = "password/";
    const PROBLEMS: &'static [&'static [Kind]] = &[
        &[Kind::SignedOut, Kind::CredentialsWrong, Kind::TooMany],
        &Kind::PASSWORD,
    ];
}

async fn change(call: &Call<ChangePassword>) -> Result<NewSession, Problem> {
    let accounts = &call.state.accounts;
    let email = accounts.may_change_password(&call.requester).await?;
    let current = given_password(&call.body.current)?;
    let password = call.new_password(&call.body.password, &email).await?;
    let changed = accounts.change_password(&call.requester, current, password);
    Ok(changed.await?)
}

/// Change the password. Ends all sessions and starts a new one.
#[utoipa::path(post, path = "/api/account/password", request_body = ChangePassword)]
pub(super) async fn change_password(
    call: Call<ChangePassword>,
) -> Result<Done<NoContent>, Refused<ChangePassword>> {
    let new = match change(&call).await {
        // A form sent twice leads to the first answer.
        Err(Problem::Refused(Refusal::SignedOut)) if call.is_form() => {
            let password = given_password(&call.body.password)?;
            let accounts = &call.state.accounts;
            let new = accounts.changed_already(&call.requester, password).await?;
            new.ok_or(Refusal::SignedOut)?
        }
        new => new?,
    };
    let mut done = Done::new("/api/account#password-changed".to_owned(), NoContent);
    let lifetimes = call.state.cookie_lives();
    done.cookies.session(&new, lifetimes);
    Ok(done)
}
