//! `POST /api/media/{id}/{rendition}/link`: an address of a gated file for programs that know no session.

use axum::extract::{Request, State};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::super::asked::{Asked, Done, answer};
use super::super::error::Problem;
use super::super::{AppState, calls};
use super::{Item, Names, access, document, find};
use crate::domain::refusal::Refusal;
use crate::domain::store::Link;

/// What needs no escaping in an address (RFC 3986 §2.3).
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(in crate::http) async fn make(
    State(state): State<AppState>,
    names: Names,
    request: Request,
) -> Response {
    // Before anything else, as for the file itself: what does not exist has no problems of its own.
    let item = match find(&state, names) {
        Ok(item) if item.rendition.gated => item,
        refused => {
            let problem = refused.err().unwrap_or(Problem::NotFound);
            let (parts, _) = request.into_parts();
            return document::told(&state, &parts, problem);
        }
    };
    answer(state, &calls::MAKE_LINK, request, |asked| async move {
        run(&asked, &item).await
    })
    .await
}

async fn run(asked: &Asked, item: &Item) -> Result<Done, Problem> {
    if let Err(problem) = asked.signed_in().await {
        return led_to_log_in(asked, item, problem).await;
    }
    let named = asked.fields.text("terms")?;
    let terms = match access::accepted(item, named, &asked.language) {
        Ok(terms) => terms,
        Err(Problem::TermsRequired { page, .. }) if asked.is_form() => {
            return Ok(Done::new(None, format!("{page}#terms")));
        }
        Err(problem) => return Err(problem),
    };
    let own = asked
        .state
        .accounts
        .make_link(
            &asked.asker,
            &item.id,
            &item.name,
            &item.rendition.sha256,
            &terms,
        )
        .await?;
    tracing::info!(
        account = own.link.account,
        link = own.link.id,
        dossier = item.id,
        rendition = item.name,
        "a download link was made"
    );
    let base = asked.state.base_url(&asked.catalogue);
    let body = json!({
        "url": url(&base, &own.link, &own.text),
        "expires_at": own.link.expires_at.rfc3339(),
        "sha256": item.rendition.sha256,
        "size": item.rendition.size,
    });
    Ok(Done::new(
        Some(body),
        format!("/api/account#link-{}", own.link.id),
    ))
}

/// A form comes back to the rendition it stands beside.
async fn led_to_log_in(asked: &Asked, item: &Item, problem: Problem) -> Result<Done, Problem> {
    if !asked.is_form() || problem != Problem::Refused(Refusal::SignedOut) {
        return Err(problem);
    }
    let mut done = Done::new(None, asked.page("login/#signed-out"));
    let back = access::way_back(item, &asked.language);
    asked.change_back(back, &mut done.cookies).await?;
    Ok(done)
}

/// The whole address, with what makes it work.
pub(in crate::http) fn url(base: &str, link: &Link, text: &str) -> String {
    let part = |text| utf8_percent_encode(text, IN_ADDRESS);
    let (dossier, rendition) = (part(&link.dossier), part(&link.rendition));
    format!("{base}/api/media/{dossier}/{rendition}?link={text}")
}
