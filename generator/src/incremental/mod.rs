//! Incremental builds: `README.md` beside this file is the design.
//!
//! Whatever is kept in `.dateline/` is a fact that stays true: a file with this stamp has this content; this
//! source parses to this document; this picture has these sides; a page with this key has these bytes. So its
//! files may be deleted, mixed or shared between branches and between builds that run at once. What cannot be
//! trusted to the last bit counts as not there.

mod addresses;
mod build;
mod derivatives;
mod disk;
mod documents;
mod emission;
mod envelope;
mod facts;
mod outputs;
mod questions;
mod quiet;
mod record;
mod recorder;
mod remembered;
mod snapshot;
mod templates;
mod uses;
mod verify;
mod words;

pub use self::{
    build::{Built, Unfreed, acknowledge, build, prepare_again},
    disk::{Disk, Writing},
    quiet::edited,
    verify::verify,
};
