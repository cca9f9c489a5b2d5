//! HTTP: the calls (`calls/`), and what surrounds every handler.
//!
//! Handlers are thin: they read a request, ask `domain`, and put the answer into HTTP. They know
//! stores and storages only by their interfaces.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use ipnet::IpNet;

use self::error::Problem;
use crate::composer::Templates;
use crate::domain::accounts::{Accounts, Ended};
use crate::domain::catalogue::{Catalogue, CatalogueHandle};
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
    pub(crate) delivery: Delivery,
    pub(crate) templates: Arc<dyn Templates>,
    pub(crate) metrics: Metrics,
    /// Whose forwarding headers count.
    pub(crate) trusted: Arc<[IpNet]>,
    /// The site's origin, if it is not the manifest's.
    pub(crate) base_url: Option<Arc<str>>,
    /// How browsers are told to come back by HTTPS only.
    pub(crate) hsts: Option<&'static str>,
    /// Where each request's id comes from: one that counted would tell everybody how many ask.
    pub(crate) random: Arc<dyn Random>,
}

impl AppState {
    fn base_url(&self, catalogue: &Catalogue) -> String {
        match &self.base_url {
            Some(own) => own.to_string(),
            None => catalogue.facts().base_url.clone(),
        }
    }

    /// Of a session's cookies, and of the browser's mark.
    fn cookie_lives(&self) -> (Duration, Duration) {
        let lifetimes = &self.accounts.core().lifetimes;
        (lifetimes.session_most, lifetimes.device)
    }

    /// Whether a session that is none may be taken out of its browser, which may have a new one already.
    fn may_end(&self, session: Option<TokenHash>) -> bool {
        self.accounts.just_ended(session) != Some(Ended::Replaced)
    }

    /// What the theme made, at this path.
    async fn template(&self, path: &str) -> Option<String> {
        let (templates, path) = (Arc::clone(&self.templates), path.to_owned());
        let read = tokio::task::spawn_blocking(move || templates.read(&path));
        read.await.ok().flatten()
    }
}

/// The calls, and what is told of all other paths below `/api`.
fn routes() -> Router<AppState> {
    calls::routes()
        .route("/api/openapi.json", get(describe::description))
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

/// `/metrics` and what operators may know of readiness, for a listener of its own.
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
