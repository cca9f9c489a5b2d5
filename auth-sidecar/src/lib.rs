//! The sidecar of a static newsroom: gated media, and (by and by) accounts.
//!
//! Without the feature `server` this crate is only the files that the generator hands over:
//! [`manifest`] and [`edge`]. With it, [`app::Sidecar`] is the service and [`server::serve`] runs it;
//! `dateline dev` uses these two in its own process, `dateline-auth serve` adds configuration and
//! watches the files.
//!
//! Who may import whom (a test holds it): `domain` nothing of ours but the manifest, `media` only
//! `domain`, `http` those two and never a concrete storage, `app` all, `cli` `app`.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![deny(missing_docs)]

pub mod edge;
pub mod manifest;
pub mod origin;
pub mod password_rules;
pub mod template;
pub mod texts;

#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
#[cfg(feature = "server")]
pub mod composer;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod domain;
#[cfg(feature = "server")]
pub mod hashing;
#[cfg(feature = "server")]
mod http;
#[cfg(feature = "server")]
pub mod logging;
#[cfg(feature = "server")]
pub mod mail;
#[cfg(feature = "server")]
mod media;
#[cfg(feature = "server")]
mod metrics;
#[cfg(feature = "server")]
pub mod net;
#[cfg(feature = "server")]
mod outbox;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
mod upkeep;
#[cfg(feature = "server")]
mod watch;

#[cfg(feature = "server")]
pub use http::{content_type, file_answer};
