//! How a run reports on itself while it goes on.

use std::time::Duration;

use super::storage::Fault;

/// Receives the progress of uploads.
pub trait Progress: Sync {
    /// The total number of bytes to upload.
    fn begin(&self, bytes: u64);
    /// This many more bytes are uploaded.
    fn done(&self, bytes: u64);
    /// A call failed, and is repeated after this time.
    fn waits(&self, fault: &Fault, time: Duration);
}
