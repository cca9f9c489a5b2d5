//! `accounts.db.lock`: services share it; restoring, migrating and resetting the clock hold it alone.

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
        Self::take(database, FlockOperation::NonBlockingLockShared)
    }

    /// Alone.
    ///
    /// # Errors
    /// When a service runs.
    pub fn exclusive(database: &Path) -> Result<Self, OpenError> {
        Self::take(database, FlockOperation::NonBlockingLockExclusive)
    }

    fn take(database: &Path, operation: FlockOperation) -> Result<Self, OpenError> {
        let path = beside(database, "lock");
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
