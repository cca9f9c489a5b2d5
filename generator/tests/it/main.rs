//! The generator as a whole: small newsrooms in, outputs or findings out.
#![allow(clippy::unwrap_used)]

mod architecture;
mod broken;
mod cases;
mod determinism;
mod edges;
mod harness;
mod incremental;
mod kills;
mod large_files;
mod law;
mod media;
mod media_bucket;
mod properties;
mod publish;
mod sizes;
mod timings;
