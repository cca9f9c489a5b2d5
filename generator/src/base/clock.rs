//! The build's "now": read once, at the edge of the program, and handed inwards.
//!
//! No stage asks the system for the time, so that a build is a function of its inputs.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// The moment a build speaks for: what is embargoed, future or expired is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now(pub Timestamp);

impl Now {
    /// The system's time. Called by `cli` alone.
    pub fn system() -> Self {
        Self(Timestamp::now())
    }
}

/// How long the thread that asks has worked so far. While it waits, or others have its processor, this
/// stands still.
pub fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
}
