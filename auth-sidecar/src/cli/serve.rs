//! `dateline-auth serve`.

use std::path::PathBuf;

use super::{Failure, load};
use crate::app::Installation;
use crate::{logging, server};

/// Arguments of `serve`.
#[derive(clap::Args)]
pub(super) struct ServeArguments {
    /// Serve the pages of this folder too, for an installation on one machine.
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Read settings from this TOML file; the environment wins.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    logging::start(config.env);
    server::runtime()?.block_on(async {
        // First, so that a process that is told to end while it starts ends in order too.
        let told_to_end = server::told_to_end()?;
        let installation = Installation::start(config, arguments.site).await?;
        tracing::info!(address = %installation.address()?, "listening");
        Ok(installation.serve(told_to_end).await?)
    })
}
