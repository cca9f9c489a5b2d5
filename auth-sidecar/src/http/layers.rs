//! Middleware around every request: an ID, a log line, and security headers.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::reply::ReplyContext;
use super::{AppState, audit};
use crate::domain::random;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
static OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Responses of the API are data, never pages. A browser plays a video opened on its own in a document of its own,
/// to which `media-src` and `img-src` apply.
const API_CSP: &str = "default-src 'none'; media-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// For pages without edge rules; the generator's rules replace it.
pub(super) const SITE_CSP: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; \
     frame-ancestors 'none'";

pub(super) async fn around(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = u64::from_le_bytes(random::bytes(&*state.random));
    let started = Instant::now();
    let method = request.method().clone();
    // Never the query: it may contain a download link.
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let asked = [header::ACCEPT_LANGUAGE, header::HOST].into_iter();
    let asked = asked.filter_map(|name| Some((request.headers().get(&name)?.clone(), name)));
    let asked: HeaderMap = asked.map(|(value, name)| (name, value)).collect();
    let reply = ReplyContext::default();
    request.extensions_mut().insert(reply.clone());
    let (request, audited) = audit::begin(&state, request, id).await;
    let response = next.run(request).await;
    let mut response = reply.finish(&state, response, &asked).await;

    audit::end(audited, &response);
    let is_api = path == "/api" || path.starts_with("/api/");
    let headers = response.headers_mut();
    protect(headers, is_api, state.hsts);
    if is_api {
        set_unless_present(headers, &header::CACHE_CONTROL, "no-store");
    }
    if let Ok(id) = HeaderValue::try_from(format!("{id:016x}")) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    let status = response.status();
    let elapsed = started.elapsed();
    let route = route.as_ref().map_or("pages", MatchedPath::as_str);
    state
        .metrics
        .request(route, known(&method), status.as_u16(), elapsed);
    let elapsed_us = elapsed.as_micros();
    // Debug formatting escapes the path.
    if status.is_server_error() {
        tracing::warn!(id = format_args!("{id:016x}"), %method, ?path, status = status.as_u16(), elapsed_us, "request failed");
    } else {
        tracing::debug!(id = format_args!("{id:016x}"), %method, ?path, status = status.as_u16(), elapsed_us, "request");
    }
    response
}

/// Callers invent methods; each new one would be a new counter.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// Sets headers that neither the handler nor the edge rules set.
fn protect(headers: &mut HeaderMap, is_api: bool, hsts: Option<&'static str>) {
    let csp = if is_api { API_CSP } else { SITE_CSP };
    set_unless_present(headers, &header::CONTENT_SECURITY_POLICY, csp);
    set_unless_present(headers, &header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_unless_present(
        headers,
        &header::REFERRER_POLICY,
        "strict-origin-when-cross-origin",
    );
    set_unless_present(
        headers,
        &PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=()",
    );
    // Other sites may embed public media, and nothing else.
    set_unless_present(headers, &RESOURCE_POLICY, "same-origin");
    set_unless_present(headers, &OPENER_POLICY, "same-origin");
    if let Some(hsts) = hsts {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(hsts),
        );
    }
}

fn set_unless_present(headers: &mut HeaderMap, name: &HeaderName, value: &'static str) {
    if !headers.contains_key(name) {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
}
