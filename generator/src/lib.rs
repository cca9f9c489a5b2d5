//! Dateline's generator as a library: what the binary and its tests share.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod base;
pub mod config;
pub mod discover;
pub mod markdown;
pub mod parse;
pub mod theme;
