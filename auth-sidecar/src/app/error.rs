//! Why the program could not start, in words for whoever started it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::sqlite::OpenError;

/// Why the program could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The folder of the site is none.
    Site(PathBuf),
    /// A port could not be opened.
    Listen {
        /// The setting that names it.
        setting: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The database could not be opened.
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<OpenError>,
    },
    /// The secret cannot be read.
    Secret(&'static str),
    /// A secret was made and cannot be kept.
    KeepSecret {
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Mail cannot be sent.
    Mail(io::Error),
    /// The system gives no threads.
    Threads(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(folder) => write!(
                f,
                "--site {}: there is no such folder; `dateline build` makes it",
                folder.display()
            ),
            Self::Listen {
                setting,
                address,
                error,
            } => write!(
                f,
                "the setting `{setting}` (DATELINE_AUTH_{}) is {address}, which cannot be used: {error}",
                setting.to_ascii_uppercase()
            ),
            Self::Database { path, error } => {
                write!(
                    f,
                    "the database {} cannot be opened: {error}",
                    path.display()
                )
            }
            Self::Secret(reason) => write!(f, "the secret {reason}"),
            Self::KeepSecret { path, error } => {
                write!(
                    f,
                    "a secret could not be kept in {}: {error}",
                    path.display()
                )
            }
            Self::Mail(error) => write!(f, "mail cannot be sent: {error}"),
            Self::Threads(error) => write!(f, "the system gives no threads: {error}"),
        }
    }
}

impl std::error::Error for StartError {}
