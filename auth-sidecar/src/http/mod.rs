//! HTTP: the route table, and what surrounds every handler.
//!
//! Handlers are thin: they read a request, ask `domain`, and put the answer into HTTP. They know
//! stores and storages only by their interfaces.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use ipnet::IpNet;

use self::error::Problem;
use crate::domain::accounts::Accounts;
use crate::domain::catalogue::{Catalogue, CatalogueHandle};
use crate::domain::clock::Clock;
use crate::letters::Templates;
use crate::media::MediaStorage;
use crate::metrics::Metrics;

mod account;
mod asked;
mod calls;
mod client;
pub mod content_type;
mod cookies;
mod disposition;
mod error;
pub(crate) mod export;
mod fields;
pub mod file_answer;
mod forms;
mod health;
mod language;
mod layers;
mod media;
mod openapi;
mod origin;
mod representation;
mod site;
mod words;

pub(crate) use self::media::Delivery;
pub(crate) use self::site::{EdgeHandle, Site};

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
    /// Whether browsers are told to come back by HTTPS only.
    pub(crate) https_only: bool,
    /// Requests so far, from which each gets its id.
    pub(crate) requests: Arc<AtomicU64>,
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
        let lives = &self.accounts.core().lives;
        (lives.session_most, lives.device)
    }

    /// What the theme made, at this path.
    async fn template(&self, path: &str) -> Option<String> {
        let (templates, path) = (Arc::clone(&self.templates), path.to_owned());
        let read = tokio::task::spawn_blocking(move || templates.read(&path));
        read.await.ok().flatten()
    }
}

/// The route table. GET routes answer HEAD too.
fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/openapi.json", get(openapi::description))
        .route("/api/register", post(account::code::register))
        .route("/api/verify", post(account::code::verify))
        .route("/api/code", post(account::code::again))
        .route("/api/login", post(account::session::log_in))
        .route("/api/logout", post(account::session::log_out))
        .route("/api/session", get(account::session::check))
        .route("/api/return", get(account::session::back))
        .route("/api/reset", post(account::code::reset))
        .route("/api/reset/verify", post(account::code::reset_verify))
        .route("/api/reset/password", post(account::password::after_reset))
        .route("/api/newsletter", post(account::own::newsletter))
        .route("/api/account", get(account::page::account))
        .route("/api/account/password", post(account::password::change))
        .route("/api/account/delete", post(account::own::delete))
        .route("/api/account/sessions", get(account::sessions::list))
        .route(
            "/api/account/sessions/revoke",
            post(account::sessions::revoke),
        )
        .route("/api/account/links", get(account::links::list))
        .route("/api/account/links/revoke", post(account::links::revoke))
        .route("/api/account/downloads", get(account::links::downloads))
        .route("/api/media/{id}/{rendition}", get(media::rendition))
        .route("/api/media/{id}/{rendition}/link", post(media::link::make))
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

/// `/metrics`, for a listener of its own.
pub(crate) fn metrics(state: &AppState) -> Router {
    Router::new()
        .route("/metrics", get(health::metrics))
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
