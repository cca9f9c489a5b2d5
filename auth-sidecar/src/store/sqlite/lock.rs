//! `accounts.db.lock`: services share it; restoring and migrating hold it alone.
//! `accounts.db.backup-lock`: one backup at a time.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::OpenError;
use super::files::{beside, private_file};

/// How long another process may be about to let go.
const PATIENCE: Duration = Duration::from_millis(500);

/// Held until dropped, or until the process ends.
pub struct Lock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Beside other services.
    ///
    /// # Errors
    /// When a command holds it alone.
    pub fn shared(database: &Path) -> Result<Self, OpenError> {
        Self::take(database, "lock", FlockOperation::NonBlockingLockShared)
    }

    /// Alone.
    ///
    /// # Errors
    /// When a service runs.
    pub fn exclusive(database: &Path) -> Result<Self, OpenError> {
        Self::take(database, "lock", FlockOperation::NonBlockingLockExclusive)
    }

    /// The one who makes a backup.
    ///
    /// # Errors
    /// When another one is being made.
    pub fn backup(database: &Path) -> Result<Self, OpenError> {
        let operation = FlockOperation::NonBlockingLockExclusive;
        Self::take(database, "backup-lock", operation)
    }

    fn take(database: &Path, name: &str, operation: FlockOperation) -> Result<Self, OpenError> {
        let path = beside(database, name);
        let file = private_file(&path)?;
        // A process that another thread is just starting holds every lock until it is another program.
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
