//! Why the program could not start, in words for whoever started it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::sqlite::OpenError;

/// Why the program could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folder of the site is none.
    #[error("--site {}: the folder does not exist; run `dateline build`", .0.display())]
    Site(PathBuf),
    /// A port could not be opened.
    #[error(
        "the setting `{setting}` (DATELINE_AUTH_{}) is {address}, which cannot be used: {error}",
        setting.to_ascii_uppercase()
    )]
    Listen {
        /// The setting that names it.
        setting: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The database could not be opened.
    #[error("the database {} cannot be opened: {error}", path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<OpenError>,
    },
    /// The PostgreSQL database cannot be used.
    #[error("the setting `database` (DATELINE_AUTH_DATABASE): the database cannot be used: {0}")]
    Postgres(String),
    /// A bucket cannot be used.
    #[error(
        "the setting `{setting}` (DATELINE_AUTH_{}): {reason}",
        setting.to_ascii_uppercase()
    )]
    Bucket {
        /// The setting that names it.
        setting: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// There is none, and production makes none by itself.
    #[error(
        "there is no database {}, and its folder is missing or holds the `deleted.log` of another: if the setting \
         `database` (DATELINE_AUTH_DATABASE) is right, `serve --create` makes it",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// The secret cannot be read.
    #[error("the secret {0}")]
    Secret(&'static str),
    /// A secret was made and cannot be kept.
    #[error("a secret could not be kept in {}: {error}", path.display())]
    KeepSecret {
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Mail cannot be sent.
    #[error("mail cannot be sent: {0}")]
    Mail(io::Error),
    /// The system gives no threads.
    #[error("the system cannot start threads: {0}")]
    Threads(io::Error),
}
