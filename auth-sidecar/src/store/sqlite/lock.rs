//! `accounts.db.lock`: services share it; restoring, migrating and resetting the clock hold it alone.
//! `accounts.db.backup-lock`: one backup at a time.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::OpenError;

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
        let file = super::private_file(&path)?;
        flock(&file, operation).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => OpenError::Held(path),
            other => OpenError::Io(other.into()),
        })?;
        Ok(Self(file))
    }
}

/// `accounts.db` → `accounts.db.NAME`.
pub(crate) fn beside(database: &Path, name: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".");
    path.push(name);
    path.into()
}
