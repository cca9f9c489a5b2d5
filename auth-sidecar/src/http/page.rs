//! Theme pages filled for one reader: the account page, and the page that shows a wait.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::error::Problem;
use super::layers::SITE_CSP;
use super::origin;
use super::representation::set;
use super::words::Words;
use crate::domain::catalogue::Catalogue;
use crate::domain::moments::awaited_time;
use crate::domain::time::Moment;
use dateline_contract::template::{self, Escape, Values};
use dateline_contract::texts::WAIT_PAGE;

/// Fills the page of this name.
pub(super) async fn filled(
    state: &AppState,
    catalogue: &Catalogue,
    headers: &HeaderMap,
    (language, name): (&str, &str),
    values: &Values,
) -> Result<Response, Problem> {
    let path = format!("pages/{language}/{name}.html");
    let text = state.template(&path).await.ok_or(Problem::NotFound)?;
    let html = template::fill(&text, values, Escape::Html).map_err(|error| {
        tracing::error!(path, %error, "a page's template cannot be filled");
        Problem::Unavailable
    })?;
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    let mut response = ([kind], html).into_response();
    let policy = policy(&state.base_url(catalogue), headers);
    let own = response.headers_mut();
    set(own, header::CONTENT_SECURITY_POLICY, &policy);
    Ok(response)
}

/// The page comes from the theme, so the theme's scripts may run; files beside stories may not.
fn policy(base_url: &str, headers: &HeaderMap) -> String {
    let here = origin::host(headers).map(|host| format!(" {host}/assets/"));
    let here = here.unwrap_or_default();
    format!("{SITE_CSP}; script-src {base_url}/assets/{here}")
}

/// The page that shows when to retry. `None` for other problems, if a static page suffices, or if the theme lacks
/// this page. `again` is where to retry.
pub(super) async fn wait(
    state: &AppState,
    headers: &HeaderMap,
    language: &str,
    problem: &Problem,
    again: &str,
) -> Option<Response> {
    let wait = problem.wait()?;
    let catalogue = state.catalogue.current()?;
    let now = Moment::from(state.clock.now());
    let time = awaited_time(now.plus(wait), now, &catalogue.facts().time_zone);
    let words = Words::new(catalogue.clone(), language.to_owned());
    let (title, _) = words.of(problem.kind());
    let values = Values::new()
        .text("title", title)
        .text("time", time)
        .text("again", again);
    let page = (language, WAIT_PAGE);
    let filled = filled(state, &catalogue, headers, page, &values).await;
    let mut response = filled.ok()?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let own = response.headers_mut();
    own.insert(header::RETRY_AFTER, wait.as_secs().into());
    Some(response)
}
