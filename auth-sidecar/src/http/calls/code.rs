//! Codes: entering that of a registration, and requesting another for any step.

use axum::http::{HeaderMap, header};

use super::prelude::*;
use crate::domain::accounts::{self, Requester};
use crate::domain::refusal::Stop;
use crate::domain::store::FlowKind;
use crate::domain::time::Moment;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    /// 8 digits of any script; white space, punctuation and marks are ignored.
    code: String,
}

impl Body for Verify {
    const PAGE: &'static str = "verify/";
    const PROBLEMS: &'static [&'static [Kind]] = &[&CODE];
}

/// The problems of entering a code.
pub(super) const CODE: [Kind; 5] = [
    Kind::CodeWrong,
    Kind::CodeSpent,
    Kind::CodeExpired,
    Kind::CodeUsed,
    Kind::NoFlow,
];

#[derive(Serialize, ToSchema)]
pub(super) struct Verified {
    #[schema(inline)]
    next: Next,
    return_to: String,
}

impl Answer for Verified {}

/// Enter the code of a registration: creates the account and logs in.
#[utoipa::path(post, path = "/api/verify", request_body = Verify)]
pub(super) async fn verify(call: Call<Verify>) -> Result<Done<Verified>, Refused<Verify>> {
    let (accounts, code) = (&call.state.accounts, call.body.code.clone());
    let logged_in = match accounts.verify(call.requester.clone(), code).await {
        // A form sent twice leads to the first answer.
        Err(Stop::Refused(Refusal::CodeUsed)) if call.is_form() => {
            let back = accounts.verified(&call.requester).await?;
            let verified = Verified {
                next: Next::Welcome,
                return_to: call.path_of(&back.ok_or(Refusal::CodeUsed)?),
            };
            return Ok(Done::new(call.page("welcome/"), verified));
        }
        logged_in => logged_in?,
    };
    let verified = Verified {
        next: Next::Welcome,
        return_to: call.path_of(&logged_in.back),
    };
    let mut done = Done::new(call.page("welcome/"), verified);
    let lifetimes = call.state.cookie_lives();
    done.cookies.session(&logged_in.session, lifetimes);
    Ok(done)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resend {}

impl Body for Resend {
    const PAGE: &'static str = "verify/";
    const PROBLEMS: &'static [&'static [Kind]] =
        &[&[Kind::CodeWait, Kind::CodeLimit, Kind::NoFlow]];

    /// The flow decides, and without one, the browser's referrer.
    async fn page(state: &AppState, requester: &Requester, headers: &HeaderMap) -> &'static str {
        let referer = || headers.get(header::REFERER)?.to_str().ok();
        let from = |step| referer().is_some_and(|page| page.contains(step));
        match state
            .accounts
            .flow_step(&requester.flow)
            .await
            .unwrap_or_default()
        {
            Some((FlowKind::Reset, _)) => RESET,
            Some((FlowKind::Address, _)) => ADDRESS,
            None if from("/account/reset/") => RESET,
            None if from("/account/address/") => ADDRESS,
            _ => Self::PAGE,
        }
    }
}

const RESET: &str = "reset/verify/";
const ADDRESS: &str = "address/verify/";

#[derive(Serialize, ToSchema)]
pub(super) struct CodeSent {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline, nullable = false)]
    next: Option<Next>,
    #[schema(format = DateTime)]
    code_expires_at: String,
    /// When the next one can be requested.
    #[schema(format = DateTime)]
    resend_at: String,
    /// The same in seconds from now, independent of the caller's clock.
    code_expires_in: u64,
    resend_in: u64,
}

impl Answer for CodeSent {
    const STATUS: StatusCode = StatusCode::ACCEPTED;
}

impl CodeSent {
    pub(super) fn done(sent: &accounts::CodeSent, next: Option<Next>, to: String) -> Done<Self> {
        let seconds = |until: Moment| until.seconds_from(sent.sent_at);
        let answer = Self {
            next,
            code_expires_at: sent.expires_at.rfc3339(),
            resend_at: sent.resend_at.rfc3339(),
            code_expires_in: seconds(sent.expires_at),
            resend_in: seconds(sent.resend_at),
        };
        let mut done = Done::new(to, answer);
        if let Some(cookie) = &sent.cookie {
            done.cookies.flow(cookie);
        }
        done
    }
}

/// Send a new code for the step in progress.
#[utoipa::path(post, path = "/api/code", request_body = Resend)]
pub(super) async fn resend(call: Call<Resend>) -> Result<Done<CodeSent>, Refused<Resend>> {
    let to = call.here("code-sent");
    let (accounts, is_form) = (&call.state.accounts, call.is_form());
    let flow = call.requester.flow.clone();
    let sent = match accounts.resend(call.requester).await {
        // A form sent twice leads to the first answer.
        Err(Stop::Refused(refusal @ Refusal::CodeWait(_))) if is_form => {
            accounts.just_resent(&flow).await?.ok_or(refusal)?
        }
        sent => sent?,
    };
    Ok(CodeSent::done(&sent, None, to))
}
