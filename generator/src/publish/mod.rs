//! A finished build → a target: what differs is uploaded in an order in which every page that is served is whole,
//! what is gone is removed last, and the tree is acknowledged.
//!
//! It knows no network: a target is a [`Storage`]. What a target holds is remembered beside the lists of changes
//! (`record.rs`), so that a command that was killed goes on where it stopped.

mod addresses;
mod carry;
mod object;
mod order;
mod record;
mod run;
mod stock;
mod storage;
mod work;

pub use self::{
    addresses::Address,
    object::{Forms, Headers, Turn},
    order::Plan,
    run::{Desk, Options, Publishing, Watch},
    storage::{AT_ONCE, Fault, Found, Got, Opening, Storage},
};
pub use crate::emit::mark_preview;

#[cfg(test)]
mod tests;
