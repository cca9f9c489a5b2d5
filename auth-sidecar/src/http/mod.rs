//! HTTP: the calls (`calls/`) and what surrounds them.
//!
//! Handlers are thin: they parse a request, call `domain`, and translate the result into HTTP. They know stores and
//! storages only by their interfaces.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use ipnet::IpNet;

use self::error::Problem;
use crate::composer::Templates;
use crate::domain::accounts::Accounts;
use crate::domain::catalogue::{Catalogue, CatalogueHandle, Place};
use crate::domain::clock::Clock;
use crate::domain::random::{Random, TokenHash};
use crate::media::MediaStorage;
use crate::metrics::Metrics;

mod answer;
pub(crate) mod audit;
mod body;
mod call;
mod calls;
mod client;
mod cookies;
mod describe;
mod disposition;
mod error;
pub(crate) mod export;
pub mod file_answer;
mod health;
mod language;
mod layers;
mod media;
mod origin;
mod page;
mod reply;
mod representation;
mod site;
mod words;

pub(crate) use self::health::metrics_text;
pub(crate) use self::media::Delivery;
pub(crate) use self::site::Site;

/// What handlers may use.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) accounts: Accounts,
    pub(crate) catalogue: CatalogueHandle,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) media: Arc<dyn MediaStorage>,
    /// What the build put beside the manifest.
    pub(crate) build: Arc<dyn MediaStorage>,
    pub(crate) delivery: Delivery,
    pub(crate) templates: Arc<dyn Templates>,
    pub(crate) metrics: Metrics,
    /// Proxies whose forwarding headers count.
    pub(crate) trusted: Arc<[IpNet]>,
    /// The site's origin, if it overrides the manifest's.
    pub(crate) base_url: Option<Arc<str>>,
    /// The value of `Strict-Transport-Security`.
    pub(crate) hsts: Option<&'static str>,
    /// Makes request IDs; a counter would reveal how many requests there are.
    pub(crate) random: Arc<dyn Random>,
}

impl AppState {
    fn base_url(&self, catalogue: &Catalogue) -> String {
        match &self.base_url {
            Some(own) => own.to_string(),
            None => catalogue.facts().base_url.clone(),
        }
    }

    /// Where files of this place are.
    pub(crate) fn storage(&self, place: Place) -> &Arc<dyn MediaStorage> {
        match place {
            Place::Media => &self.media,
            Place::Build => &self.build,
        }
    }

    /// The origin from which players get media, if that is not the site's.
    pub(crate) fn media_origin(&self) -> Option<String> {
        match self.delivery {
            Delivery::Presigned(_) => self.media.origin(),
            _ => None,
        }
    }

    /// The lifetimes of the session cookies and of the device mark.
    fn cookie_lives(&self) -> (Duration, Duration) {
        let lifetimes = &self.accounts.core().lifetimes;
        (lifetimes.session_most, lifetimes.device)
    }

    /// Whether to clear a dead session's cookie; the browser may already have a new one.
    async fn may_end(&self, session: Option<TokenHash>) -> bool {
        let ended = self.accounts.just_ended(session).await;
        ended.is_ok_and(|ended| ended != Some(crate::domain::store::Ended::Replaced))
    }

    /// The theme's template at this path.
    async fn template(&self, path: &str) -> Option<String> {
        let (templates, path) = (Arc::clone(&self.templates), path.to_owned());
        let read = tokio::task::spawn_blocking(move || templates.read(&path));
        read.await.ok().flatten()
    }
}

/// The calls, and the answer to all other paths below `/api`.
fn routes() -> Router<AppState> {
    calls::routes()
        .route("/api/openapi.json", get(describe::description))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*path}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
}

/// Only the routes; a caller that adds a fallback must set its headers.
pub(crate) fn api(state: &AppState) -> Router {
    layered(routes(), state)
}

/// The routes, and the site's pages for all other paths.
pub(crate) fn api_and_site(state: &AppState, site: Site) -> Router {
    let pages = move |request| async move { site.answer(request).await };
    layered(routes().fallback(pages), state)
}

/// `/metrics` and the full readiness, for their own listener.
pub(crate) fn metrics(state: &AppState) -> Router {
    Router::new()
        .route("/metrics", get(health::metrics))
        .route("/readyz", get(health::ready_and_why))
        .with_state(state.clone())
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
