//! HTTP: the route table and what surrounds every handler.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use self::error::Problem;
use crate::domain::catalogue::CatalogueHandle;
use crate::domain::clock::Clock;

mod error;
mod health;

/// What handlers may use.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) catalogue: CatalogueHandle,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The route table.
pub(crate) fn routes(state: AppState) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .with_state(state)
}

async fn unknown() -> Problem {
    Problem::NotFound
}

async fn wrong_method() -> Problem {
    Problem::MethodNotAllowed
}
