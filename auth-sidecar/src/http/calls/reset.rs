//! Resetting a forgotten password: the address, the code, the new password.

use super::code::{CODE, CodeSent};
use super::prelude::*;
use crate::domain::refusal::Stop;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    /// An e-mail address, at most 254 bytes.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// A path of this site to return to; if empty, the one before stays.
    return_to: Option<String>,
}

impl Body for Reset {
    const PAGE: &'static str = "reset/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::EmailInvalid, Kind::TooMany]];

    fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

/// Request a code to reset the password. The same answer whether or not the address has an account.
#[utoipa::path(post, path = "/api/reset", request_body = Reset)]
pub(super) async fn reset(call: Call<Reset>) -> Result<Done<CodeSent>, Refused<Reset>> {
    let address = address(&call.body.email)?;
    let to = call.page("reset/verify/");
    let accounts = &call.state.accounts;
    let sent = accounts
        .reset(call.requester, address, call.language)
        .await?;
    Ok(CodeSent::done(&sent, Some(Next::ResetVerify), to))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetVerify {
    /// 8 digits of any script; white space, punctuation and marks are ignored.
    code: String,
}

impl Body for ResetVerify {
    const PAGE: &'static str = "reset/verify/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&CODE];
}

#[derive(Serialize, ToSchema)]
pub(super) struct ResetVerified {
    #[schema(inline)]
    pub(super) next: Next,
}

impl Answer for ResetVerified {}

/// Enter the code of a reset.
#[utoipa::path(post, path = "/api/reset/verify", request_body = ResetVerify)]
pub(super) async fn reset_verify(
    call: Call<ResetVerify>,
) -> Result<Done<ResetVerified>, Refused<ResetVerify>> {
    let to = call.page("reset/new-password/");
    let accounts = &call.state.accounts;
    accounts
        .reset_verify(call.requester, call.body.code)
        .await?;
    let next = Next::NewPassword;
    Ok(Done::new(to, ResetVerified { next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetPassword {
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    password: Secret,
}

impl Body for ResetPassword {
    const PAGE: &'static str = "reset/new-password/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::NoFlow, Kind::TooMany], &Kind::PASSWORD];
}

#[derive(Serialize, ToSchema)]
pub(super) struct PasswordReset {
    #[schema(inline)]
    next: Next,
    return_to: String,
}

impl Answer for PasswordReset {}

/// Choose the new password, within 15 minutes of the code. Ends all sessions.
#[utoipa::path(post, path = "/api/reset/password", request_body = ResetPassword)]
pub(super) async fn reset_password(
    call: Call<ResetPassword>,
) -> Result<Done<PasswordReset>, Refused<ResetPassword>> {
    let accounts = &call.state.accounts;
    let email = match accounts.resetting(&call.requester.flow).await {
        // A form sent twice leads to the first answer.
        Err(Stop::Refused(Refusal::NoFlow)) if call.is_form() => {
            let back = accounts.has_reset(&call.requester.flow).await?;
            let reset = PasswordReset {
                next: Next::LogIn,
                return_to: call.path_of(&back.ok_or(Refusal::NoFlow)?),
            };
            return Ok(Done::new(call.page("reset/done/"), reset));
        }
        email => email?,
    };
    let password = call.new_password(&call.body.password, &email).await?;
    let requester = call.requester.clone();
    let (back, mark) = accounts.reset_password(requester, password).await?;
    let reset = PasswordReset {
        next: Next::LogIn,
        return_to: call.path_of(&back),
    };
    let mut done = Done::new(call.page("reset/done/"), reset);
    // All sessions have ended, the current one included.
    done.cookies.end_session();
    if let Some(mark) = mark {
        let (_, life) = call.state.cookie_lives();
        done.cookies.device(&mark, life);
    }
    Ok(done)
}
