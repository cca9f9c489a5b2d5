//! `POST /api/account/delete`: erase the account.

use super::prelude::*;
use crate::domain::store::Ended;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteAccount {
    /// The account's password.
    #[schema(value_type = String, format = Password, max_length = 128)]
    password: Secret,
}

impl Body for DeleteAccount {
    const PAGE: &'static str = "delete/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[
        Kind::SignedOut,
        Kind::CredentialsWrong,
        Kind::AddressRecent,
        Kind::TooMany,
    ]];
}

async fn delete(call: &Call<DeleteAccount>) -> Result<(), Problem> {
    let account = call.signed_in().await?.session.account;
    let password = given_password(&call.body.password)?;
    call.state
        .accounts
        .delete(&call.requester, password)
        .await?;
    tracing::info!(account, "an account was deleted by its owner");
    Ok(())
}

/// Erase the account and everything that belongs to it.
#[utoipa::path(post, path = "/api/account/delete", request_body = DeleteAccount)]
pub(super) async fn delete_account(
    call: Call<DeleteAccount>,
) -> Result<Done<NoContent>, Refused<DeleteAccount>> {
    let accounts = &call.state.accounts;
    match delete(&call).await {
        Err(Problem::Refused(Refusal::SignedOut))
            // A form sent twice leads to the first answer.
            if call.is_form()
                && accounts.just_ended(call.requester.session).await? == Some(Ended::Deleted) => {}
        deleted => deleted?,
    }
    let mut done = Done::new(call.page("deleted/"), NoContent);
    done.cookies.leave();
    Ok(done)
}
