//! The pages of `dev`: rendered on request, with a small script that reloads them.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::State as Shared,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use dateline_contract::content_type;
use dateline_contract::edge::{Answer, EdgeRules, host_source};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{
    state::{Page, State},
    tabs,
};
use dateline::{
    base::{
        files,
        hash::{Digest, Sum},
        path,
    },
    pipeline::Plan,
    plan::Task,
};

const SCRIPT: &str = include_str!("client.js");
/// In `dev` everything may change.
const NOT_KEPT: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
const STYLE: &str = include_str!("client.css");

/// Pages, and `/_dev/` for the script in them.
pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/_dev/events", get(tabs::events))
        .route("/_dev/client.js", get(|| file("client.js", SCRIPT)))
        .route("/_dev/client.css", get(|| file("client.css", STYLE)))
        .fallback(get(page))
        .with_state(state)
}

async fn file(name: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type::of(name))], text)
}

async fn page(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = move || answer(&state, &uri, &method, &headers);
    let answer = tokio::task::spawn_blocking(answer).await;
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn answer(state: &Arc<State>, uri: &Uri, method: &Method, headers: &HeaderMap) -> Response<Body> {
    let served = served(state, uri.path(), uri.query());
    let response = served.response(state, method, headers);
    match (state.plan(), path::decode(uri.path())) {
        (Some(plan), Some(address)) => {
            let host = headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok());
            with_headers(response, plan.prepared.edge_rules(), &address, host)
        }
        _ => response,
    }
}

/// What is answered for an address.
pub(super) enum Served {
    /// An output, or a notice instead of one.
    Output {
        status: StatusCode,
        /// Its path, whose extension gives the type.
        output: String,
        bytes: Arc<[u8]>,
        /// Of what it loads at addresses that stay when the content there changes.
        beside: Digest,
    },
    /// An output that is a copy of a source, read as it is sent.
    File {
        /// Its path, whose extension gives the type.
        output: String,
        source: String,
    },
    /// An output that is made piece by piece, as it is sent.
    Pieces {
        /// Its path, whose extension gives the type.
        output: String,
    },
    /// It is somewhere else.
    Moved(String),
    /// There is nothing to show yet: the script fills the page with what is wrong.
    Broken,
}

impl Served {
    /// What stands for all that a browser sees of it.
    pub fn version(&self) -> String {
        match self {
            Self::Output {
                status,
                bytes,
                beside,
                ..
            } => {
                let mut sum = Sum::default();
                sum.bytes(bytes).digest(beside);
                format!("{}-{}", status.as_u16(), sum.finish().short())
            }
            Self::File { source, .. } => format!("file-{}", Digest::of(source.as_bytes()).short()),
            Self::Pieces { output } => format!("file-{}", Digest::of(output.as_bytes()).short()),
            Self::Moved(to) => format!("moved-{}", Digest::of(to.as_bytes()).short()),
            Self::Broken => "broken".to_owned(),
        }
    }

    /// What stands for the files that it loads at lasting addresses.
    pub fn beside(&self) -> Option<Digest> {
        match self {
            Self::Output { beside, .. } => Some(*beside),
            Self::File { .. } | Self::Pieces { .. } | Self::Moved(_) | Self::Broken => None,
        }
    }

    /// The output, without the script.
    pub fn bytes(&self) -> Option<&Arc<[u8]>> {
        match self {
            Self::Output { bytes, .. } => Some(bytes),
            Self::File { .. } | Self::Pieces { .. } | Self::Moved(_) | Self::Broken => None,
        }
    }

    /// Whether a mistake is in the way of the page.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }

    fn response(&self, state: &State, method: &Method, headers: &HeaderMap) -> Response<Body> {
        const BROKEN: &[u8] = b"<!doctype html><html lang=\"en\"><title>This page has a mistake</title><body></body></html>";
        let version = self.version();
        let (status, output, bytes) = match self {
            Self::Output {
                status,
                output,
                bytes,
                ..
            } => (*status, output.as_str(), &bytes[..]),
            Self::File { output, source } => {
                let kind = HeaderValue::from_static(content_type::of(output));
                let content = HeaderMap::from_iter([(header::CONTENT_TYPE, kind), NOT_KEPT]);
                let sent = files::open(&state.locate(source)).and_then(|file| {
                    dateline_auth::file_answer::of(file, content, method, headers)
                });
                return sent.unwrap_or_else(|_| StatusCode::NOT_FOUND.into_response());
            }
            Self::Pieces { output } => return in_pieces(state, output.clone()),
            // Not for good, as a browser would remember it: in `dev` everything may change.
            Self::Moved(to) => return Redirect::temporary(to).into_response(),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken.html", BROKEN),
        };
        let kind = content_type::of(output);
        let body = match kind.starts_with("text/html") {
            true => with_script(bytes, &version),
            false => bytes.to_vec(),
        };
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        response.headers_mut().extend([NOT_KEPT]);
        response
    }
}

/// An output that is made as it is sent; a mistake ends it early.
fn in_pieces(state: &State, output: String) -> Response<Body> {
    let Some(plan) = state.plan() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = content_type::of(&output);
    let (send, receive) = mpsc::channel::<io::Result<Vec<u8>>>(1);
    tokio::task::spawn_blocking(move || {
        let hand = |piece: io::Result<Vec<u8>>| {
            let sent = send.blocking_send(piece);
            sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
        };
        let job = plan.job(&output);
        let given = job.map(|job| {
            plan.prepared
                .give(job, &mut |piece| hand(Ok(piece.to_vec())))
        });
        if !matches!(given, Some(Ok(_))) {
            let _ = hand(Err(io::ErrorKind::InvalidData.into()));
        }
    });
    let pieces = stream::unfold(receive, |mut receive| async {
        let piece = receive.recv().await?;
        Some((piece, receive))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        NOT_KEPT,
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// What the newest good plan has for a path, as a browser sends it.
pub(super) fn served(state: &Arc<State>, encoded: &str, query: Option<&str>) -> Served {
    let Some(address) = path::decode(encoded) else {
        return notice(state, encoded, "404.html", StatusCode::NOT_FOUND);
    };
    let Some(plan) = state.plan() else {
        return Served::Broken;
    };
    let rules = plan.prepared.edge_rules();
    match rules.answer(&address, query) {
        Some(Answer::Moved(redirect)) => Served::Moved(redirect.to.clone()),
        Some(Answer::Gone) => notice(state, encoded, "410.html", StatusCode::GONE),
        None => found(state, &plan, encoded, &address),
    }
}

fn found(state: &Arc<State>, plan: &Plan, encoded: &str, address: &str) -> Served {
    let output = match address.ends_with('/') {
        true => format!("site{address}index.html"),
        false => format!("site{address}"),
    };
    match state.page(&output) {
        Page::Bytes(bytes) => Served::Output {
            status: StatusCode::OK,
            beside: beside(state, plan, &output, &bytes),
            output,
            bytes,
        },
        Page::Copy(source) => Served::File { output, source },
        Page::Pieces => Served::Pieces { output },
        Page::Broken => Served::Broken,
        Page::Missing if plan.job(&format!("site{address}/index.html")).is_some() => {
            Served::Moved(format!("{encoded}/"))
        }
        Page::Missing => notice(state, encoded, "404.html", StatusCode::NOT_FOUND),
    }
}

/// The notice in the language of the address, else in the default one.
fn notice(state: &Arc<State>, encoded: &str, file: &str, status: StatusCode) -> Served {
    const NONE: &[u8] = b"<!doctype html><title>Not found</title><p>There is no such page.";
    let lang = encoded.split('/').nth(1).unwrap_or_default();
    let outputs = [format!("site/{lang}/{file}"), format!("site/{file}")];
    let found = outputs
        .into_iter()
        .find_map(|output| match state.page(&output) {
            Page::Bytes(bytes) => Some((output, bytes)),
            Page::Copy(_) | Page::Pieces | Page::Broken | Page::Missing => None,
        });
    let (output, bytes) = found.unwrap_or_else(|| ("notice.html".to_owned(), NONE.into()));
    Served::Output {
        status,
        output,
        bytes,
        beside: Digest::default(),
    }
}

/// Files of `content/static/` keep their address when they change.
fn beside(state: &State, plan: &Plan, output: &str, bytes: &[u8]) -> Digest {
    let mut sum = Sum::default();
    if content_type::of(output).starts_with("text/html") {
        let html = String::from_utf8_lossy(bytes);
        let ends = |c: char| c.is_whitespace() || "\"'<>=,?#".contains(c);
        for address in html.split(ends).filter(|a| a.starts_with('/')) {
            let job = path::decode(address).and_then(|a| plan.job(&format!("site{a}")));
            if let Some(Task::Static(source)) = job.map(|job| &job.task) {
                let touched = state.touched(source).unwrap_or_default();
                sum.text(source).number(touched as u64);
            }
        }
    }
    sum.finish()
}

/// The script and its style before the end of a page. Both files are the site's own, so its policy allows them.
fn with_script(html: &[u8], version: &str) -> Vec<u8> {
    let end = html
        .windows(7)
        .rposition(|w| w.eq_ignore_ascii_case(b"</body>"))
        .unwrap_or(html.len());
    let injected = format!(
        "<link rel=\"stylesheet\" href=\"/_dev/client.css\"><script src=\"/_dev/client.js\" data-page=\"{version}\" defer></script>\n"
    );
    [&html[..end], injected.as_bytes(), &html[end..]].concat()
}

/// The site's own headers, so that what they forbid is noticed here; but for caching and HSTS. The host may
/// be another name of this machine than pages are made with.
fn with_headers(
    mut response: Response<Body>,
    rules: &EdgeRules,
    address: &str,
    host: Option<&str>,
) -> Response<Body> {
    let host = host.and_then(host_source).unwrap_or_default();
    for (name, value) in rules.headers_for(address) {
        let policy = match name {
            "Content-Security-Policy" => with_client(&rules.policy_at(value, &[host]), host),
            _ => value.to_owned(),
        };
        let value = policy.as_str();
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

/// A policy of pages under which the script of `dev` runs too.
fn with_client(policy: &str, host: &str) -> String {
    let policy = policy.replace("script-src 'none'", "script-src");
    policy.replace("script-src", &format!("script-src {host}/_dev/client.js"))
}

#[cfg(test)]
mod tests {
    use super::{with_client, with_script};

    #[test]
    fn the_script_of_dev_may_run_beside_the_themes() {
        let client = "script-src localhost:8000/_dev/client.js";
        let with = |policy| with_client(policy, "localhost:8000");
        assert_eq!(with("a; script-src 'none'"), format!("a; {client}"));
        assert_eq!(
            with("script-src http://x/a.js; b"),
            format!("{client} http://x/a.js; b")
        );
        assert_eq!(
            with("sandbox; default-src 'none'"),
            "sandbox; default-src 'none'"
        );
    }

    #[test]
    fn the_script_stands_before_the_end_of_the_body() {
        let html = String::from_utf8(with_script(b"<body>x</body></html>", "1")).unwrap();
        assert!(
            html.starts_with("<body>x<link") && html.ends_with("</body></html>"),
            "{html}"
        );
        assert!(
            String::from_utf8(with_script(b"bare", "1"))
                .unwrap()
                .starts_with("bare<link")
        );
    }
}
