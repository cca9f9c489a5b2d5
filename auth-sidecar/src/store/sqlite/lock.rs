//! `accounts.db.lock`: shared by services; exclusive while restoring or migrating.
//! `accounts.db.backup-lock`: one backup at a time.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::OpenError;
use super::files::{beside, private_file};

/// How long to wait for another process to release the lock.
const PATIENCE: Duration = Duration::from_millis(500);

/// Held until dropped, or until the process ends.
pub struct Lock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Takes the lock of a service, shared with other services.
    ///
    /// # Errors
    /// When a command holds it exclusively.
    pub fn shared(database: &Path) -> Result<Self, OpenError> {
        Self::take(database, "lock", FlockOperation::NonBlockingLockShared)
    }

    /// Takes the lock exclusively.
    ///
    /// # Errors
    /// When a service is running.
    pub fn exclusive(database: &Path) -> Result<Self, OpenError> {
        Self::take(database, "lock", FlockOperation::NonBlockingLockExclusive)
    }

    /// Takes the lock for making a backup.
    ///
    /// # Errors
    /// When another backup is in progress.
    pub fn backup(database: &Path) -> Result<Self, OpenError> {
        let operation = FlockOperation::NonBlockingLockExclusive;
        Self::take(database, "backup-lock", operation)
    }

    fn take(database: &Path, name: &str, operation: FlockOperation) -> Result<Self, OpenError> {
        let path = beside(database, name);
        let file = private_file(&path)?;
        // A child that another thread has just forked shares every lock until it calls exec.
        let end = Instant::now() + PATIENCE;
        loop {
            match flock(&file, operation) {
                Ok(()) => return Ok(Self(file)),
                Err(Errno::WOULDBLOCK) if Instant::now() < end => thread::sleep(PATIENCE / 20),
                Err(Errno::WOULDBLOCK) => return Err(OpenError::Held(path)),
                Err(error) => return Err(OpenError::Io(error.into())),
            }
        }
    }
}
