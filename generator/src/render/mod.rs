//! Stage 5: one [`Job`](crate::plan::Job) and the site → bytes. Each job is a pure function of what was prepared.
//!
//! [`Prepared`] holds all that jobs read, and its owner keeps it. A `Renderer` borrows it for one job and writes to
//! a `Backend`: as HTML, as a key, or as both. Each file of this room adds to the renderer what it takes for its
//! kind of output.

mod accounts;
mod archive;
mod backend;
mod body;
mod cards;
mod digests;
mod downloads;
mod edge;
mod encode;
mod engine;
mod failure;
mod feeds;
mod functions;
mod globals;
mod keys;
mod kit;
mod links;
mod lists;
mod mails;
mod manifest;
mod media;
mod page;
mod pages;
mod pictures;
mod prepared;
mod renderer;
mod sitemaps;
mod slots;
mod structured;
mod templates;
mod value;

pub use self::{
    digests::Templates,
    engine::Place,
    failure::{Failure, guarded},
    keys::{Key, Keys},
    prepared::{Parts, Prepared},
};
