//! Where a database lies, and what is kept of it elsewhere.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What the names of copies hold that are made before a database is changed.
pub(super) const COPIES: [&str; 2] = [".before-step-", ".before-restore"];

/// A database's file, and the folder of what outlives it: `deleted.log`, and copies of what was there before.
/// What guards or belongs to the very file (`-wal`, `-shm`, `.lock`) lies beside it, whatever that folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The database.
    pub database: PathBuf,
    /// The folder.
    pub state: PathBuf,
}

impl Files {
    /// With everything in the database's folder.
    #[must_use]
    pub fn together(database: PathBuf) -> Self {
        let state = database.parent().unwrap_or(Path::new("")).to_owned();
        Self { database, state }
    }

    /// `deleted.log`.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.state.join("deleted.log")
    }

    /// `accounts.db.NAME` among what outlives the database.
    pub(super) fn copy(&self, name: &str) -> PathBuf {
        let mut file: OsString = self.database.file_name().unwrap_or_default().to_owned();
        file.push(".");
        file.push(name);
        self.state.join(file)
    }

    /// Makes both folders, for their owner alone.
    pub(crate) fn make_folders(&self) -> io::Result<()> {
        let folders = [self.database.parent(), Some(&self.state)];
        let named = |folder: &&Path| !folder.as_os_str().is_empty();
        for folder in folders.into_iter().flatten().filter(named) {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        Ok(())
    }
}

/// `accounts.db` → `accounts.db.NAME`, in the same folder.
pub(super) fn beside(database: &Path, name: &str) -> PathBuf {
    with_end(database, &format!(".{name}"))
}

/// `accounts.db` → `accounts.dbEND`.
pub(super) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// Opens a file to read and write, makes it if it is not there, and shuts it to others.
pub(super) fn private_file(path: &Path) -> io::Result<fs::File> {
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    // A file that was copied here by hand may be open to others.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
