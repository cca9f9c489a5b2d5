//! The audit stream: one line for each account call, accepted or rejected, for later investigation. It never
//! contains an e-mail address, an IP address, a code or a cookie.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;

use super::AppState;
use super::call::requester;
use super::reply::CallOutcome;

/// The tracing target of the stream's lines.
pub(crate) const AUDIT: &str = "dateline_audit";

/// A call that changes something.
pub(super) struct Audited {
    request: String,
    what: String,
    account: Option<i64>,
    network: String,
}

/// What is known of a call before it is answered; none for calls that change nothing.
pub(super) async fn begin(
    state: &AppState,
    request: Request,
    id: u64,
) -> (Request, Option<Audited>) {
    let route = request.extensions().get::<MatchedPath>();
    let what = route.and_then(|route| route.as_str().strip_prefix("/api/"));
    // Only known calls: strangers could flood the stream with other paths.
    let what = what.filter(|what| !what.contains('*')).map(str::to_owned);
    let (true, Some(what)) = (request.method() == Method::POST, what) else {
        return (request, None);
    };
    let (parts, body) = request.into_parts();
    let requester = requester(state, &parts);
    // Before the answer, which may end the session.
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
