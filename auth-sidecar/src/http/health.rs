//! `/healthz` and `/readyz`, for supervisors and balancers; `/metrics` on a listener of its own.

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

/// Whether requests should be sent here. 503 only when none could be answered well; why it is degraded
/// stands on the metrics listener, since this one is open to everybody.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let unavailable = |reason| {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "unavailable", "reason": reason }),
        )
    };
    let (status, body) = match state.catalogue.readiness() {
        Readiness::ShuttingDown => unavailable("shutting down"),
        Readiness::NoManifest => unavailable("no manifest was read yet"),
        _ if !state.accounts.is_writable() => unavailable("the database cannot be written"),
        _ => match note_degradations(&state).await {
            false => (StatusCode::OK, json!({ "status": "ok" })),
            true => (StatusCode::OK, json!({ "status": "degraded" })),
        },
    };
    answer(status, &body)
}

/// Sets the gauges; whether there is any reason.
async fn note_degradations(state: &AppState) -> bool {
    let backlog = state.accounts.mail_backlog().await.unwrap_or_default();
    state.metrics.mail_backlog(backlog);
    let reasons = [
        (
            "manifest-refused",
            state.catalogue.readiness() == Readiness::ManifestRefused,
        ),
        ("mail-behind", backlog.is_behind),
        (
            "clock-behind",
            state.accounts.core().time.set_back().is_some(),
        ),
    ];
    for (reason, is) in reasons {
        state.metrics.degraded(reason, is);
    }
    reasons.iter().any(|(_, is)| *is)
}

pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    note_degradations(&state).await;
    let running = state.accounts.core().transfers.count();
    state.metrics.transfers(running);
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], state.metrics.text()).into_response()
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
