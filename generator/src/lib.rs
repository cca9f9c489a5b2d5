//! Dateline's generator as a library: everything but the program's commands (`generator/cli/`).
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assets;
pub mod base;
pub mod config;
pub mod discover;
pub mod emit;
pub mod gate;
pub mod incremental;
pub mod link;
pub mod markdown;
pub mod parse;
pub mod pipeline;
pub mod plan;
pub mod publish;
pub mod render;
pub mod theme;
