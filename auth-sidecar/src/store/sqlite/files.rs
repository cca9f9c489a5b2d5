//! The paths of a database and of the files that belong to it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Parts of the names of copies that are made before a database is changed.
pub(super) const COPIES: [&str; 2] = [".before-step-", ".before-restore"];

/// A database's file, and the folder of files that outlive it: `deleted.log`, and copies of earlier states. Locks and
/// SQLite's own files (`-wal`, `-shm`, `.lock`) are always beside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The database file.
    pub database: PathBuf,
    /// The folder of files that outlive the database.
    pub state: PathBuf,
}

impl Files {
    /// Keeps everything in the database's folder.
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

    /// The path of `accounts.db.NAME` in the state folder.
    pub(super) fn copy(&self, name: &str) -> PathBuf {
        let mut file: OsString = self.database.file_name().unwrap_or_default().to_owned();
        file.push(".");
        file.push(name);
        self.state.join(file)
    }

    /// Creates both folders, accessible only to their owner.
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

/// Opens a file to read and write, creates it if it is missing, and makes it private to its owner.
pub(super) fn private_file(path: &Path) -> io::Result<fs::File> {
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    // A file that was copied here by hand may be readable by others.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
