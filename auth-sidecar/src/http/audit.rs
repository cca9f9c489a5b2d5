//! The audit stream: a line for each account call that was done or refused, for whoever has to find out later
//! what happened. Never an address of a person or a machine, a code or a cookie.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;

use super::AppState;
use super::call::requester;
use super::reply::CallOutcome;

/// The target of the stream's lines.
pub(crate) const AUDIT: &str = "dateline_audit";

/// A call that changes something.
pub(super) struct Audited {
    request: String,
    what: String,
    account: Option<i64>,
    network: String,
}

/// What is known of a call before it is answered; none for what changes nothing.
pub(super) async fn begin(
    state: &AppState,
    request: Request,
    id: u64,
) -> (Request, Option<Audited>) {
    let route = request.extensions().get::<MatchedPath>();
    let what = route.and_then(|route| route.as_str().strip_prefix("/api/"));
    // What matches anything is no call: strangers could fill the stream with it.
    let what = what.filter(|what| !what.contains('*')).map(str::to_owned);
    let (true, Some(what)) = (request.method() == Method::POST, what) else {
        return (request, None);
    };
    let (parts, body) = request.into_parts();
    let requester = requester(state, &parts);
    // Before the answer, which may end it.
    let signed_in = match requester.session {
        Some(session) => state.accounts.session(session).await.ok().flatten(),
        None => None,
    };
    let audited = Audited {
        request: format!("{id:016x}"),
        what,
        account: signed_in.map(|signed_in| signed_in.session.account),
        network: state.accounts.keyed_network(&requester),
    };
    (Request::from_parts(parts, body), Some(audited))
}

/// Writes the line.
pub(super) fn end(audited: Option<Audited>, response: &Response) {
    let Some(audited) = audited else { return };
    let Some(told) = response.extensions().get::<CallOutcome>() else {
        return;
    };
    tracing::info!(
        target: AUDIT,
        what = audited.what,
        outcome = told.outcome,
        account = told.account.or(audited.account),
        network = audited.network,
        request = audited.request,
        "audit"
    );
}
