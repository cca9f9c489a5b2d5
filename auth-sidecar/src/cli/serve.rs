//! `dateline-auth serve`.

use std::path::PathBuf;

use super::{Failure, load};
use crate::app::{self, Installation};
use crate::confine;
use crate::logging::{self, AuditFile};
use crate::server;

/// Arguments of `serve`.
#[derive(clap::Args)]
pub(super) struct ServeArguments {
    /// Serve the pages in this folder too, for an installation on one machine.
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Create the database, and its folder, even if production expects one to exist.
    #[arg(long)]
    create: bool,
    /// Read settings from this TOML file; environment variables take precedence.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    let audit = logging::start(config.env, &config.audit)?;
    let new_database = app::makes_database(&config, arguments.create)?;
    app::make_folders(&config)?;
    // Before there is another thread.
    if config.landlock {
        confine::apply(&config, arguments.site.as_deref());
    }
    server::runtime()?.block_on(async {
        server::on_hangup(move || hung_up(audit.as_ref()))?;
        // First, so that a signal during start also shuts down in order.
        let shutdown_signal = server::shutdown_signal()?;
        let installation = Installation::start(config, arguments.site).await?;
        if let Some(database) = new_database {
            tracing::warn!(?database, "there was no database; a new one was created");
        }
        tracing::info!(address = %installation.address()?, "listening");
        Ok(installation.serve(shutdown_signal).await?)
    })
}

/// Handles SIGHUP.
fn hung_up(audit: Option<&AuditFile>) {
    match audit.map(AuditFile::reopen) {
        Some(Ok(())) => tracing::info!("SIGHUP: the audit stream's file was reopened"),
        Some(Err(error)) => {
            tracing::error!(%error, "SIGHUP: the audit stream's file cannot be reopened; the former one stays in use");
        }
        None => tracing::info!(
            "SIGHUP: nothing to do; the manifest and the edge rules are reloaded without a signal, settings need a restart"
        ),
    }
}
