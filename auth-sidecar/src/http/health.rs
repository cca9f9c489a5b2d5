//! `/healthz` and `/readyz`, for supervisors and load balancers; `/metrics` on its own listener.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::AppState;
use super::answer::{Responses, described, in_json};
use crate::domain::catalogue::Readiness;

/// Liveness only: a supervisor must never restart the process for a cause that a restart cannot cure.
#[utoipa::path(get, path = "/healthz")]
pub(super) async fn alive() -> Health {
    Health::new("ok")
}

/// Whether requests should be sent here. 503 only when none could be answered well. The reasons for `degraded` are
/// on the metrics listener only, since this one is public.
#[utoipa::path(get, path = "/readyz")]
pub(super) async fn ready(State(state): State<AppState>) -> Result<Health, NotReady> {
    match state.catalogue.readiness() {
        Readiness::ShuttingDown => Err(NotReady("shutting down")),
        Readiness::NoManifest => Err(NotReady("no manifest was read yet")),
        _ if !state.accounts.is_writable() => Err(NotReady("the database cannot be written")),
        _ => {
            let age = state.accounts.mail_age().await.unwrap_or_default();
            match degradations(&state, age).iter().any(|(_, is)| *is) {
                false => Ok(Health::new("ok")),
                true => Ok(Health::new("degraded")),
            }
        }
    }
}

/// The same for operators, with every reason.
pub(super) async fn ready_and_why(State(state): State<AppState>) -> Response {
    let reasons = note_degradations(&state).await;
    let (status, mut body) = match ready(State(state)).await {
        Err(NotReady(reason)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "unavailable", "reason": reason }),
        ),
        Ok(_) if reasons.is_empty() => (StatusCode::OK, json!({ "status": "ok" })),
        Ok(_) => (StatusCode::OK, json!({ "status": "degraded" })),
    };
    body["reasons"] = reasons.into();
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The state of the process.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
}

impl Health {
    const fn new(status: &'static str) -> Self {
        let reason = None;
        Self { status, reason }
    }
}

impl IntoResponse for Health {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

impl IntoResponses for Health {
    fn responses() -> Responses {
        described([(StatusCode::OK, in_json("Now.", json!(Self::schema())))])
    }
}

/// Why no request should be sent here.
pub(super) struct NotReady(&'static str);

impl IntoResponse for NotReady {
    fn into_response(self) -> Response {
        let reason = Some(self.0);
        let status = "unavailable";
        (StatusCode::SERVICE_UNAVAILABLE, Health { status, reason }).into_response()
    }
}

impl IntoResponses for NotReady {
    fn responses() -> Responses {
        let not_now = in_json("Not now.", json!(Health::schema()));
        described([(StatusCode::SERVICE_UNAVAILABLE, not_now)])
    }
}

/// The reasons for degraded readiness, and whether each applies. Cheap, however much mail is queued: anyone may ask.
fn degradations(state: &AppState, age_of_mail: Duration) -> [(&'static str, bool); 4] {
    let core = state.accounts.core();
    [
        (
            "manifest-refused",
            state.catalogue.readiness() == Readiness::ManifestRefused,
        ),
        ("mail-behind", age_of_mail > core.limits.mail_delay),
        ("clock-behind", core.time.set_back().is_some()),
        (
            "media-unavailable",
            !(state.media.is_available() && state.build.is_available()),
        ),
    ]
}

/// Sets the gauges and returns all reasons, also those for operators only. Rejected mail must not show in public:
/// whether someone's mail was accepted between two probes would reveal who has an account.
async fn note_degradations(state: &AppState) -> Vec<&'static str> {
    let backlog = state.accounts.mail_backlog().await.unwrap_or_default();
    state.metrics.mail_backlog(backlog);
    let refused = state.accounts.core().mail.rejects_everyone();
    let mut reasons = Vec::from(degradations(state, backlog.age));
    reasons.push(("mail-refused", refused));
    reasons.push(("mail-set-aside", backlog.counts.set_aside > 0));
    for (reason, is) in &reasons {
        state.metrics.degraded(reason, *is);
    }
    let those = reasons.iter().filter(|(_, is)| *is);
    those.map(|(reason, _)| *reason).collect()
}

/// All metrics in OpenMetrics format.
pub(crate) async fn metrics_text(state: &AppState) -> String {
    note_degradations(state).await;
    let running = state.accounts.core().transfers.count();
    state.metrics.transfers(running);
    state.metrics.text()
}

pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], metrics_text(&state).await).into_response()
}
