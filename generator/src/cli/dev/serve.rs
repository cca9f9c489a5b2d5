//! The pages of `dev`: rendered when asked for, with a small script that reloads them.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State as Shared,
    http::{HeaderName, HeaderValue, Response, StatusCode, Uri, header},
    response::{
        IntoResponse, Redirect,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use dateline_auth::content_type;
use futures_util::{Stream, stream};

use super::state::{Page, State};
use crate::{base::path, pipeline::Plan};

const SCRIPT: &str = include_str!("client.js");
const STYLE: &str = include_str!("client.css");
/// What every page gets before its end. Both files are the site's own, so its policy allows them.
const INJECTED: &str = "<link rel=\"stylesheet\" href=\"/_dev/client.css\"><script src=\"/_dev/client.js\" defer></script>\n";

/// Pages, and `/_dev/` for the script in them.
pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/_dev/events", get(events))
        .route("/_dev/status", get(status))
        .route("/_dev/client.js", get(|| file("client.js", SCRIPT)))
        .route("/_dev/client.css", get(|| file("client.css", STYLE)))
        .fallback(get(page))
        .with_state(state)
}

async fn file(name: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type::of(name))], text)
}

async fn status(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    axum::Json(state.status())
}

/// One event for each change, beginning with the present count.
async fn events(
    Shared(state): Shared<Arc<State>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = state.changes();
    let stream = stream::unfold((changes, true), |(mut changes, first)| async move {
        if !first {
            changes.changed().await.ok()?;
        }
        let count = *changes.borrow_and_update();
        Some((
            Ok(Event::default().data(count.to_string())),
            (changes, false),
        ))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

async fn page(Shared(state): Shared<Arc<State>>, uri: Uri) -> Response<Body> {
    let answer = tokio::task::spawn_blocking(move || answer(&state, uri.path())).await;
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn answer(state: &Arc<State>, encoded: &str) -> Response<Body> {
    let Some(address) = path::decode(encoded) else {
        return notice(state, encoded, "404.html", StatusCode::NOT_FOUND);
    };
    let Some(plan) = state.plan() else {
        return broken();
    };
    let rules = plan.renderer().edge_rules();
    let folder = format!("{}/", address.trim_end_matches('/'));
    let redirect = rules.redirect(&address).or_else(|| rules.redirect(&folder));
    let response = match redirect {
        Some(redirect) => moved(&redirect.to),
        None if rules.is_gone(&address) || rules.is_gone(&folder) => {
            notice(state, encoded, "410.html", StatusCode::GONE)
        }
        None => found(state, &plan, encoded, &address),
    };
    with_headers(response, rules, &address)
}

fn found(state: &Arc<State>, plan: &Plan, encoded: &str, address: &str) -> Response<Body> {
    let output = match address.ends_with('/') {
        true => format!("site{address}index.html"),
        false => format!("site{address}"),
    };
    match state.page(&output) {
        Page::Bytes(bytes) => respond(StatusCode::OK, &output, &bytes),
        Page::Broken => broken(),
        Page::Missing if plan.job(&format!("site{address}/index.html")).is_some() => {
            moved(&format!("{encoded}/"))
        }
        Page::Missing => notice(state, encoded, "404.html", StatusCode::NOT_FOUND),
    }
}

/// Not for good, as a browser would remember it: in `dev` everything may change.
fn moved(to: &str) -> Response<Body> {
    Redirect::temporary(to).into_response()
}

/// The notice in the language of the address, else in the default one.
fn notice(state: &Arc<State>, encoded: &str, file: &str, status: StatusCode) -> Response<Body> {
    let lang = encoded.split('/').nth(1).unwrap_or_default();
    for output in [format!("site/{lang}/{file}"), format!("site/{file}")] {
        if let Page::Bytes(bytes) = state.page(&output) {
            return respond(status, &output, &bytes);
        }
    }
    respond(
        status,
        "notice.html",
        b"<!doctype html><title>Not found</title><p>There is no such page.",
    )
}

/// Nothing to show yet: the script fills the page with what is wrong.
fn broken() -> Response<Body> {
    let html = b"<!doctype html><html lang=\"en\"><title>This page has a mistake</title><body></body></html>";
    respond(StatusCode::INTERNAL_SERVER_ERROR, "broken.html", html)
}

fn respond(status: StatusCode, output: &str, bytes: &[u8]) -> Response<Body> {
    let kind = content_type::of(output);
    let body = match kind.starts_with("text/html") {
        true => with_script(bytes),
        false => bytes.to_vec(),
    };
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn with_script(html: &[u8]) -> Vec<u8> {
    let end = html
        .windows(7)
        .rposition(|w| w.eq_ignore_ascii_case(b"</body>"))
        .unwrap_or(html.len());
    [&html[..end], INJECTED.as_bytes(), &html[end..]].concat()
}

/// The site's own headers, so that what they forbid is noticed here; but for caching and HSTS.
fn with_headers(
    mut response: Response<Body>,
    rules: &dateline_auth::edge::EdgeRules,
    address: &str,
) -> Response<Body> {
    for (name, value) in rules.headers_for(address) {
        let name = HeaderName::try_from(name);
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) else {
            continue;
        };
        if name != header::CACHE_CONTROL && name != header::STRICT_TRANSPORT_SECURITY {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::with_script;

    #[test]
    fn the_script_stands_before_the_end_of_the_body() {
        let html = String::from_utf8(with_script(b"<body>x</body></html>")).unwrap();
        assert!(
            html.starts_with("<body>x<link") && html.ends_with("</body></html>"),
            "{html}"
        );
        assert!(
            String::from_utf8(with_script(b"bare"))
                .unwrap()
                .starts_with("bare<link")
        );
    }
}
