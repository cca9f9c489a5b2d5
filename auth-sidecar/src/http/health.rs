//! `/healthz` and `/readyz`, for supervisors and balancers.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::AppState;
use crate::domain::catalogue::Readiness;

/// The process runs and answers: nothing more, so that a supervisor never restarts it for a cause
/// that restarting cannot cure.
pub(super) async fn alive() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether requests should be sent here. 503 only when none could be answered well.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let (status, body) = match state.catalogue.readiness() {
        Readiness::Ready => (StatusCode::OK, json!({ "status": "ok" })),
        Readiness::ManifestRefused => (
            StatusCode::OK,
            json!({ "status": "degraded", "reason": "the newest manifest was refused" }),
        ),
        Readiness::NoManifest => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "unavailable", "reason": "no manifest was read yet" }),
        ),
        Readiness::ShuttingDown => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "unavailable", "reason": "shutting down" }),
        ),
    };
    answer(status, &body)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    let no_store = HeaderValue::from_static("no-store");
    let headers = [
        (header::CONTENT_TYPE, json),
        (header::CACHE_CONTROL, no_store),
    ];
    (status, headers, body.to_string()).into_response()
}
