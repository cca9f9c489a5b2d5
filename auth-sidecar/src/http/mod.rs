//! HTTP: the route table, and what surrounds every handler.
//!
//! Handlers are thin: they read a request, ask `domain`, and put the answer into HTTP. They know
//! storages only by their interface.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

use self::error::Problem;
use crate::domain::catalogue::CatalogueHandle;
use crate::domain::clock::Clock;
use crate::media::MediaStorage;

#[allow(dead_code)] // until the account calls use it
mod client;
pub mod content_type;
mod disposition;
mod error;
#[allow(dead_code)] // until the account calls use it
mod fields;
mod health;
mod layers;
mod media;
mod representation;
mod site;

pub(crate) use self::site::{EdgeHandle, Site};

/// What handlers may use.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) catalogue: CatalogueHandle,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) media: Arc<dyn MediaStorage>,
    /// Whether browsers are told to come back by HTTPS only.
    pub(crate) https_only: bool,
    /// Requests so far, from which each gets its id.
    pub(crate) requests: Arc<AtomicU64>,
}

/// The route table. GET routes answer HEAD too.
fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/media/{id}/{rendition}", get(media::rendition))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*path}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
}

/// The routes alone; whoever adds a fallback answers for its headers.
pub(crate) fn api(state: &AppState) -> Router {
    layered(routes(), state)
}

/// The routes, and the site's pages for all other paths.
pub(crate) fn api_and_site(state: &AppState, site: Site) -> Router {
    let pages = move |request| async move { site.answer(request).await };
    layered(routes().fallback(pages), state)
}

fn layered(router: Router<AppState>, state: &AppState) -> Router {
    router
        .layer(from_fn_with_state(state.clone(), layers::around))
        .with_state(state.clone())
}

async fn unknown() -> Problem {
    Problem::NotFound
}

async fn wrong_method() -> Problem {
    Problem::MethodNotAllowed
}
