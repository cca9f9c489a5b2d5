//! `POST /api/register`: create an account.

use super::code::CodeSent;
use super::prelude::*;
use crate::domain::accounts::Registration;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    /// An e-mail address, at most 254 bytes.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    password: Secret,
    /// A path of this site to return to; if empty, the one before stays.
    return_to: Option<String>,
}

impl Body for Register {
    const PAGE: &'static str = "register/";
    const PROBLEMS: &'static [&'static [Kind]] =
        &[&[Kind::EmailInvalid, Kind::TooMany], &Kind::PASSWORD];

    fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

/// Create an account. The same answer whether or not the address has one.
#[utoipa::path(post, path = "/api/register", request_body = Register)]
pub(super) async fn register(call: Call<Register>) -> Result<Done<CodeSent>, Refused<Register>> {
    let address = address(&call.body.email)?;
    call.state
        .accounts
        .may_register(&call.requester, &address)
        .await?;
    let registration = Registration {
        password: call
            .new_password(&call.body.password, address.spelling())
            .await?,
        address,
        language: call.language.clone(),
    };
    let to = call.page("verify/");
    let sent = call
        .state
        .accounts
        .register(call.requester, registration)
        .await?;
    Ok(CodeSent::done(&sent, Some(Next::Verify), to))
}
