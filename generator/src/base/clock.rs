//! The build's "now": read once, at the edge of the program, and handed inwards.
//!
//! No stage asks the system for the time, so that a build is a function of its inputs.

use jiff::Timestamp;

/// The moment a build speaks for: what is embargoed, future or expired is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now(pub Timestamp);

impl Now {
    /// The system's time. Called by `cli` alone.
    pub fn system() -> Self {
        Self(Timestamp::now())
    }
}
