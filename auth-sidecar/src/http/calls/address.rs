//! Changing the account's address: the new address, its code, and undoing the change from the old mailbox.

use super::code::{CODE, CodeSent};
use super::prelude::*;
use super::reset::ResetVerified;
use crate::domain::refusal::Stop;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeAddress {
    /// The new address, at most 254 bytes.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The account's password.
    #[schema(value_type = String, format = Password, max_length = 128)]
    password: Secret,
}

impl Body for ChangeAddress {
    const PAGE: &'static str = "address/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[
        Kind::SignedOut,
        Kind::EmailInvalid,
        Kind::AddressSame,
        Kind::CredentialsWrong,
        Kind::TooMany,
    ]];
}

/// Request a code to change the account's address. The same answer whether or not the new one has an account.
#[utoipa::path(post, path = "/api/account/address", request_body = ChangeAddress)]
pub(super) async fn change_address(
    call: Call<ChangeAddress>,
) -> Result<Done<CodeSent>, Refused<ChangeAddress>> {
    call.signed_in().await?;
    let address = address(&call.body.email)?;
    let accounts = &call.state.accounts;
    accounts
        .may_change_address(&call.requester, &address)
        .await?;
    let password = given_password(&call.body.password)?;
    let language = call.language.clone();
    let sent = accounts
        .ask_to_change_address(&call.requester, password, address, language)
        .await?;
    let to = call.page("address/verify/");
    Ok(CodeSent::done(&sent, Some(Next::AddressVerify), to))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyAddress {
    /// 8 digits of any script; white space, punctuation and marks are ignored.
    code: String,
}

impl Body for VerifyAddress {
    const PAGE: &'static str = "address/verify/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::SignedOut], &CODE];
}

/// Enter the code of a change of address. Ends all sessions and starts a new one; the old address gets a notice.
#[utoipa::path(post, path = "/api/account/address/verify", request_body = VerifyAddress)]
pub(super) async fn verify_address(
    call: Call<VerifyAddress>,
) -> Result<Done<NoContent>, Refused<VerifyAddress>> {
    let accounts = &call.state.accounts;
    let mut done = Done::new("/api/account#address-changed".to_owned(), NoContent);
    let code = call.body.code.clone();
    match accounts.change_address(&call.requester, code).await {
        // A form sent twice leads to the first answer, with the session that it brought.
        Err(Stop::Refused(Refusal::SignedOut | Refusal::CodeUsed))
            if call.is_form() && accounts.has_changed_address(&call.requester).await? => {}
        new => {
            let new = new?;
            tracing::info!(account = new.account, "an account's address was changed");
            done.cookies.session(&new, call.state.cookie_lives());
        }
    }
    Ok(done)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoAddress {
    /// 24 letters and digits from the notice to the former address; white space, punctuation and marks are ignored.
    code: String,
}

impl Body for UndoAddress {
    const PAGE: &'static str = "address/undo/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[Kind::UndoInvalid]];
}

/// Undo a change of address within three days, with or without a session. The account gets its former address back;
/// all sessions, links and the password end, and a new password must be chosen.
#[utoipa::path(post, path = "/api/account/address/undo", request_body = UndoAddress)]
pub(super) async fn undo_address(
    call: Call<UndoAddress>,
) -> Result<Done<ResetVerified>, Refused<UndoAddress>> {
    let accounts = &call.state.accounts;
    let undone = accounts
        .undo_address(&call.requester, &call.body.code, call.language.clone())
        .await?;
    let account = undone.account;
    tracing::info!(account, "a change of an account's address was undone");
    let next = Next::NewPassword;
    let mut done = Done::new(call.page("reset/new-password/"), ResetVerified { next });
    done.account = Some(account);
    done.cookies.flow(&undone.flow);
    if let Some(mark) = &undone.mark {
        let (_, life) = call.state.cookie_lives();
        done.cookies.device(mark, life);
    }
    Ok(done)
}
