//! Serves the site's pages from its folder, for an installation on one machine.
//!
//! Applies the edge rules: headers, redirects and removed pages are the same as from a CDN. The rest is that of any
//! file server.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

use self::compress::{Compressor, NotCompressed, is_text, takes_gzip};
use self::path::SitePath;
use super::error::Problem;
use super::file_answer;
use super::origin;
use super::representation::{Representation, set};
use crate::media::{MediaStorage, OpenError, StoredFile};
use dateline_contract::content_type;
use dateline_contract::edge::{Answer, EdgeRules, allow_media};

mod compress;
mod path;

/// The site's folder and its rules.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) tree: Arc<dyn MediaStorage>,
    /// The current rules.
    pub(crate) edge: watch::Receiver<Arc<EdgeRules>>,
    /// The site's origin, if it differs from the one it was built for.
    pub(crate) base_url: Option<Arc<str>>,
    /// The origin from which pages play media, if that is another.
    media_origin: Option<String>,
    compressor: Arc<Compressor>,
}

/// The result of looking up a path.
enum Found {
    File(StoredFile),
    /// A folder, requested without its slash.
    Folder,
    Nothing,
}

impl Site {
    pub(crate) fn new(
        tree: Arc<dyn MediaStorage>,
        edge: watch::Receiver<Arc<EdgeRules>>,
        base_url: Option<Arc<str>>,
        media_origin: Option<String>,
    ) -> Self {
        Self {
            tree,
            edge,
            base_url,
            media_origin,
            compressor: Arc::default(),
        }
    }

    /// Answers all requests that no route handles.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let rules = Arc::clone(&self.edge.borrow());
        let host = origin::host(request.headers()).map(str::to_owned);
        let mut response = self.by_rules(request, &rules).await;
        // The site may be viewed at another address than its published one, or behind a server with that name.
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
        if let Some(policy) = policy.and_then(|value| value.to_str().ok()) {
            let origins: Vec<&str> = self
                .base_url
                .as_deref()
                .into_iter()
                .chain(host.as_deref())
                .collect();
            let mut here = rules.policy_at(policy, &origins);
            if let Some(origin) = &self.media_origin {
                here = allow_media(&here, origin);
            }
            set(
                response.headers_mut(),
                header::CONTENT_SECURITY_POLICY,
                &here,
            );
        }
        response
    }

    async fn by_rules(&self, request: Request, rules: &EdgeRules) -> Response {
        let method = request.method();
        if *method != Method::GET && *method != Method::HEAD {
            let allow = [(header::ALLOW, HeaderValue::from_static("GET,HEAD"))];
            return (allow, Problem::MethodNotAllowed).into_response();
        }
        let uri = request.uri();
        let Some(path) = SitePath::parse(uri.path()) else {
            return self
                .missing(None, method, rules, StatusCode::NOT_FOUND)
                .await;
        };
        match rules.answer(path.as_str(), uri.query()) {
            Some(Answer::Moved(redirect)) => {
                let status = StatusCode::from_u16(redirect.status);
                let status = status.unwrap_or(StatusCode::MOVED_PERMANENTLY);
                return moved(status, &path::encode_address(&redirect.to));
            }
            Some(Answer::Gone) => {
                let gone = StatusCode::GONE;
                return self.missing(Some(&path), method, rules, gone).await;
            }
            None => {}
        }
        match self.find(&path).await {
            Ok(Found::File(file)) => {
                self.page(&path, file, method, request.headers(), rules)
                    .await
            }
            Ok(Found::Folder) => {
                let query = uri
                    .query()
                    .map(|query| format!("?{query}"))
                    .unwrap_or_default();
                let to = format!("{}/{query}", path::encode(path.as_str()));
                moved(StatusCode::MOVED_PERMANENTLY, &to)
            }
            Ok(Found::Nothing) => {
                self.missing(Some(&path), method, rules, StatusCode::NOT_FOUND)
                    .await
            }
            Err(problem) => problem.into_response(),
        }
    }

    async fn find(&self, path: &SitePath) -> Result<Found, Problem> {
        match self.tree.open(&path.key(), None).await {
            Ok(file) => Ok(Found::File(file)),
            Err(OpenError::NotFound) => Ok(Found::Nothing),
            Err(OpenError::Folder) if path.is_folder() => Ok(Found::Nothing),
            Err(OpenError::Folder) => {
                let index = format!("{}/index.html", path.key());
                let has_index = self.tree.open(&index, None).await.is_ok();
                Ok(if has_index {
                    Found::Folder
                } else {
                    Found::Nothing
                })
            }
            Err(OpenError::Away) => Err(Problem::Unavailable),
            Err(OpenError::Failed(error)) => {
                tracing::error!(path = ?path.as_str(), %error, "a file of the site cannot be served");
                Err(Problem::Unavailable)
            }
        }
    }

    /// The error page, in the reader's language if it exists.
    async fn missing(
        &self,
        path: Option<&SitePath>,
        method: &Method,
        rules: &EdgeRules,
        status: StatusCode,
    ) -> Response {
        let language = path.and_then(SitePath::language);
        let gone = (status == StatusCode::GONE).then_some("410.html");
        // A theme without a 410 page uses its 404 page.
        let keys = gone.into_iter().chain(["404.html"]).flat_map(|page| {
            let in_language = language.map(|language| format!("{language}/{page}"));
            in_language.into_iter().chain([page.to_owned()])
        });
        let mut response = Response::new(Body::empty());
        for key in keys {
            let Ok(file) = self.tree.open(&key, None).await else {
                continue;
            };
            let headers = response.headers_mut();
            apply(rules, &format!("/{key}"), headers);
            set(headers, header::CONTENT_TYPE, content_type::of(&key));
            headers.insert(header::CONTENT_LENGTH, file.size.into());
            if *method != Method::HEAD {
                let size = file.size;
                *response.body_mut() = Body::from_stream(file.read(0..size));
            }
            break;
        }
        if !response.headers().contains_key(header::CONTENT_TYPE) {
            let problem = match status {
                StatusCode::GONE => Problem::Gone,
                _ => Problem::NotFound,
            };
            return problem.into_response();
        }
        // Rules for long caching are not meant for error pages.
        set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
        *response.status_mut() = status;
        response
    }
}

impl Site {
    async fn page(
        &self,
        path: &SitePath,
        file: StoredFile,
        method: &Method,
        request: &HeaderMap,
        rules: &EdgeRules,
    ) -> Response {
        let key = path.key();
        let media_type = content_type::of(&key);
        let mut headers = HeaderMap::new();
        set(&mut headers, header::CONTENT_TYPE, media_type);
        set(&mut headers, header::CACHE_CONTROL, "no-cache");
        if is_text(media_type) {
            set(&mut headers, header::VARY, "Accept-Encoding");
        }
        apply(rules, path.as_str(), &mut headers);
        // Ranges refer to the uncompressed file.
        let is_packed = is_text(media_type)
            && Compressor::is_for(file.size)
            && takes_gzip(request)
            && !request.contains_key(header::RANGE);
        match is_packed {
            true => self.packed(&key, file, headers, method, request).await,
            false => file_answer::stored(file, headers, method, request),
        }
    }

    /// The gzip representation, with its own entity tag.
    async fn packed(
        &self,
        key: &str,
        file: StoredFile,
        headers: HeaderMap,
        method: &Method,
        request: &HeaderMap,
    ) -> Response {
        let mut packed = Representation {
            etag: format!("\"{}-gzip\"", file_answer::version(&file)),
            modified: Some(file.modified),
            size: file.size,
            headers: headers.clone(),
        };
        let outcome = packed.evaluate(method, request);
        if let Some(response) = packed.without_content(&outcome) {
            return response;
        }
        let body = match self.compressor.gzip(key, &packed.etag, file).await {
            Ok(body) => body,
            Err(NotCompressed::Busy(file)) => {
                return file_answer::stored(file, headers, method, request);
            }
            Err(NotCompressed::Failed(error)) => {
                tracing::error!(key, %error, "a file of the site cannot be read");
                return Problem::Unavailable.into_response();
            }
        };
        packed.size = body.len() as u64;
        set(&mut packed.headers, header::CONTENT_ENCODING, "gzip");
        let mut response = packed.head(&outcome);
        set(response.headers_mut(), header::ACCEPT_RANGES, "none");
        if *method != Method::HEAD {
            *response.body_mut() = body.into();
        }
        response
    }
}

fn apply(rules: &EdgeRules, path: &str, headers: &mut HeaderMap) {
    for (name, value) in rules.headers_for(path) {
        match HeaderName::try_from(name) {
            Ok(name) => set(headers, name, value),
            Err(_) => tracing::error!(
                ?name,
                "an edge rule was left out: its header has no valid name"
            ),
        }
    }
}

fn moved(status: StatusCode, to: &str) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    set(headers, header::LOCATION, to);
    set(headers, header::CACHE_CONTROL, "no-cache");
    response
}
