//! The sidecar of a static newsroom: accounts, and the media files that need one.
//!
//! [`app::Sidecar`] is the service and [`server::serve`] runs it; `dateline dev` uses these two in its own
//! process, `dateline-auth serve` adds configuration and watches the files. What the generator writes for
//! it is described by the crate `dateline-contract`.
//!
//! Who may import whom (a test holds it): `domain` nothing of ours but the contract, `media` only
//! `domain`, `http` those two and never a concrete storage, `app` all, `cli` `app`.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![deny(missing_docs)]

pub mod app;
pub mod cli;
pub mod composer;
pub mod config;
mod confine;
pub mod domain;
mod failures;
pub mod hashing;
mod http;
pub mod logging;
pub mod mail;
mod media;
mod metrics;
pub mod net;
mod outbox;
pub mod server;
pub mod store;
#[cfg(any(feature = "postgres", feature = "s3"))]
mod tls;
mod upkeep;
mod watch;

pub use http::file_answer;
