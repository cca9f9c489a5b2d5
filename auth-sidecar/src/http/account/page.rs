//! `GET /api/account`: everything held about one, as JSON, or as the one page that cannot be static.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::super::asked::{account_page, asker, lead_to};
use super::super::error::Problem;
use super::super::{AppState, language};
use super::refused;
use crate::domain::accounts::Asker;
use crate::domain::catalogue::Facts;
use crate::domain::moments::reading_time;
use crate::domain::refusal::Refusal;
use crate::domain::store::{Account, Session, SignedIn};
use crate::template::{self, Escape, Values};
use crate::texts;

pub(in crate::http) async fn account(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(catalogue) = state.catalogue.current() else {
        return Problem::Unavailable.into_response();
    };
    let facts = catalogue.facts();
    let accepted = language::negotiate(&parts.headers, &facts.languages, &facts.default_language);
    let asker = asker(&state, &parts);
    let as_page = wants_page(&parts.headers) && parts.uri.query() != Some(AS_JSON);
    let result = match as_page {
        true => page(&state, facts, &asker).await,
        false => state
            .accounts
            .everything(&asker)
            .await
            .map_err(Problem::from)
            .map(|all| ([(header::VARY, "Accept")], axum::Json(all)).into_response()),
    };
    let problem = match result {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    let response = match as_page && problem == Problem::Refused(Refusal::SignedOut) {
        true => lead_to(&account_page(accepted, "login/#signed-out")),
        false => problem.clone().into_response(),
    };
    refused(&problem, response)
}

/// The query of the link that saves everything: some browsers ask for `text/html` then too.
const AS_JSON: &str = "as=json";

/// Browsers name `text/html`; programs that do not care get JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

async fn page(state: &AppState, facts: &Facts, asker: &Asker) -> Result<Response, Problem> {
    let session = asker.session.ok_or(Refusal::SignedOut)?;
    let signed_in = state
        .accounts
        .session(session)
        .await?
        .ok_or(Refusal::SignedOut)?;
    let id = signed_in.session.account;
    let account = state
        .accounts
        .read(move |rows, _, _| rows.account(id))
        .await;
    let account = account.map_err(Refusal::from)?.ok_or(Refusal::SignedOut)?;
    let (sessions, _) = state.accounts.sessions(asker).await?;

    let known = facts.languages.contains(&account.language);
    let language = if known {
        &account.language
    } else {
        &facts.default_language
    };
    let path = format!("pages/{language}/{}.html", texts::ACCOUNT_PAGE);
    let text = state.template(&path).await.ok_or(Problem::NotFound)?;
    let values = values(facts, &account, &signed_in, &sessions);
    let html = template::fill(&text, &values, Escape::Html).map_err(|error| {
        tracing::error!(path, %error, "the account page's template cannot be filled");
        Problem::Unavailable
    })?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::VARY, "Accept"),
        // A page, with the site's own styles, script and forms; see the edge rules.
        (
            header::CONTENT_SECURITY_POLICY,
            super::super::layers::SITE_CSP,
        ),
    ];
    Ok((headers, html).into_response())
}

fn values(facts: &Facts, account: &Account, own: &SignedIn, sessions: &[Session]) -> Values {
    let time = |at| reading_time(at, &facts.time_zone);
    let sessions = sessions.iter().map(|session| {
        let current = session.hash == own.session.hash;
        Values::new()
            .text("id", &session.id)
            .text("device", &session.device)
            .text("first_seen", time(session.created_at))
            .text("last_seen", time(session.last_seen_at))
            .flag("current", current)
            .flag("other", !current)
    });
    Values::new()
        .text("email", &account.email)
        .text("since", time(account.created_at))
        .flag("subscribed", account.subscribed)
        .flag("unsubscribed", !account.subscribed)
        .list("sessions", sessions.collect())
}
