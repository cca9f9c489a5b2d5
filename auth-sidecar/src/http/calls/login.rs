//! Logging in and out.

use super::prelude::*;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// An e-mail address, at most 254 bytes.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The account's password.
    #[schema(value_type = String, format = Password, max_length = 128)]
    password: Secret,
    /// A path of this site to return to; if empty, the one before stays.
    return_to: Option<String>,
}

impl Body for Login {
    const PAGE: &'static str = "login/";
    const PROBLEMS: &'static [&'static [Kind]] =
        &[&[Kind::CredentialsWrong, Kind::TooMany, Kind::AccountDisabled]];

    fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct LoggedIn {
    return_to: String,
}

impl Answer for LoggedIn {}

/// Log in.
#[utoipa::path(post, path = "/api/login", request_body = Login)]
pub(super) async fn log_in(call: Call<Login>) -> Result<Done<LoggedIn>, Refused<Login>> {
    // An invalid address has no account.
    let address = address(&call.body.email).map_err(|_| Refusal::CredentialsWrong)?;
    let password = given_password(&call.body.password)?;
    let accounts = call.state.accounts.clone();
    let requester = call.requester.clone();
    let mut logged_in = accounts.log_in(requester, address, password).await?;
    if let Some(upgrade) = logged_in.upgrade.take() {
        // After the answer, so that its time reveals nothing about the hash.
        tokio::spawn(async move {
            if let Err(error) = accounts.upgrade(upgrade).await {
                tracing::warn!(%error, "a password hash could not be upgraded; the next login tries again");
            }
        });
    }
    let return_to = call.path_of(&logged_in.back);
    let mut done = Done::new(return_to.clone(), LoggedIn { return_to });
    let lifetimes = call.state.cookie_lives();
    done.cookies.session(&logged_in.session, lifetimes);
    Ok(done)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Logout {
    /// A path of this site to return to.
    return_to: Option<String>,
}

impl Body for Logout {
    const PAGE: &'static str = "login/";
    const PROBLEMS: &'static [&'static [Kind]] = &[];

    fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

/// Log out. The same answer without a session.
#[utoipa::path(post, path = "/api/logout", request_body = Logout)]
pub(super) async fn log_out(call: Call<Logout>) -> Result<Done<NoContent>, Refused<Logout>> {
    call.state.accounts.log_out(call.requester.session).await?;
    let back = call.way_back(call.body.return_to().unwrap_or_default());
    let mut done = Done::new(call.path_of(&back), NoContent);
    done.cookies.leave();
    Ok(done)
}
