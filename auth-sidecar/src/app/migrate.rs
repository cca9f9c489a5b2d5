//! `dateline-auth migrate`: copies a SQLite database into a PostgreSQL one.

use std::path::Path;

use super::admin::AdminError;
use crate::config::Secret;
use crate::store::to_postgres::{self, Task};
pub use crate::store::to_postgres::{Outcome, Progress, Report};

/// Copies the file into the database at this address; `dry_run` only checks. See [`crate::store::to_postgres`].
///
/// # Errors
/// When one of them cannot be used or is in use, or the target is not empty.
pub fn run(
    from: &Path,
    to: &Secret,
    dry_run: bool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, AdminError> {
    let task = Task {
        from,
        to: to.expose(),
        dry_run,
    };
    to_postgres::run(task, progress).map_err(|error| AdminError::Migrate {
        path: from.to_owned(),
        error,
    })
}
