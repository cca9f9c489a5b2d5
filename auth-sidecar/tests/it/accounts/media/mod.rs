//! Gated files: access by session or by link, and the download log.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Browser, Service};
use crate::harness::{Answer, Ask};

mod access;
mod delivery;
mod ends;
mod expiry;
mod links;
mod log;
mod nodes;
mod pictures;

pub(super) const LINK: &str = "media/lisbon/broadcast/link";

impl Browser {
    /// A new link to the broadcast file, as its address says it: path and query.
    pub(crate) async fn link(&mut self) -> String {
        let made = self.post(LINK, json!({})).await;
        path_of(&made.status(201).json())
    }

    pub(super) async fn downloads(&mut self) -> Vec<Value> {
        let listed = self.get("/api/account/downloads").await.json();
        listed["downloads"].as_array().unwrap().clone()
    }
}

/// The address without the site.
pub(super) fn path_of(made: &Value) -> String {
    let url = made["url"].as_str().unwrap();
    url.strip_prefix(super::BASE).unwrap().to_owned()
}

impl Service {
    /// As a program without cookies asks.
    pub(crate) fn program(&self, method: Method, path: &str) -> Ask {
        Ask::new(self.sidecar.router(), method, path)
    }

    pub(crate) async fn fetch(&self, path: &str) -> Answer {
        self.program(Method::GET, path).send().await
    }

    pub(super) async fn sweep(&self) {
        let accounts = self.sidecar.accounts();
        accounts.sweep().await.unwrap();
    }
}
