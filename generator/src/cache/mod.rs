//! What builds remember in `.dateline/`, so that the next one does only what an edit asks for.
//!
//! Everything in here is a fact that stays true: a file with this stamp has this content; this source
//! parses to this document; this picture has these sides; a page with this key has these bytes. So the files may be deleted, mixed or
//! shared between branches and between builds that run at once. What cannot be trusted to the last bit
//! counts as not there.

mod documents;
mod envelope;
mod pictures;
mod record;
mod snapshot;
mod watched;

pub use self::{
    documents::Documents,
    pictures::Pictures,
    record::{Output, Record, Settled},
    snapshot::{Looks, Snapshot},
    watched::{Difference, Watched},
};
