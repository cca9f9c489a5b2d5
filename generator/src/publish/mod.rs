//! Publishes a finished build to a target: uploads what differs, in an order that keeps every served page complete,
//! then removes what is gone, then acknowledges the tree.
//!
//! Nothing here uses the network: a target is a [`Storage`]. A record of what each target holds is kept beside the
//! change lists (`record.rs`), so that a command that was killed can resume.

mod addresses;
mod apply;
mod compare;
mod object;
mod plan;
mod progress;
mod record;
mod retry;
mod run;
mod storage;

pub use self::{
    addresses::Address,
    object::{Forms, Headers, Phase},
    plan::Plan,
    progress::Progress,
    retry::{PATIENCE, Retry, in_parallel},
    run::{Build, Options, Publishing},
    storage::{AT_ONCE, Entry, Fault, Fetched, Opening, Storage},
};
pub use crate::emit::mark_preview;

#[cfg(test)]
mod tests;
