//! Files that a browser opens as pages: problems are then sentences, not data.

use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};

use super::super::error::Problem;
use super::super::reply::in_text;
use super::super::{AppState, language, page};

/// Whether a person navigates there, rather than a page's script, a program or a prefetch.
pub(super) fn is_navigation(parts: &Parts) -> bool {
    let value = |name: &str| -> Option<&str> { parts.headers.get(name)?.to_str().ok() };
    let is_prefetch = |name| value(name).is_some_and(|purpose| purpose.contains("prefetch"));
    parts.method != Method::HEAD
        && value("accept").is_some_and(|accept| accept.contains("text/html"))
        && !parts.headers.contains_key(header::RANGE)
        && value("sec-fetch-dest").is_none_or(|destination| destination == "document")
        && !is_prefetch("sec-purpose")
        && !is_prefetch("purpose")
}

/// The response to a failed request.
pub(super) async fn error_response(state: &AppState, parts: &Parts, problem: Problem) -> Response {
    if !is_navigation(parts) {
        return problem.into_response();
    }
    let words = language::words(state, &parts.headers);
    if let (Some(catalogue), Some(again)) = (state.catalogue.current(), parts.uri.path_and_query())
    {
        let language = language::of(&parts.headers, catalogue.facts());
        let wait = page::wait(state, &parts.headers, language, &problem, again.as_str());
        if let Some(wait) = wait.await {
            return wait;
        }
    }
    in_text(&problem, &words)
}
