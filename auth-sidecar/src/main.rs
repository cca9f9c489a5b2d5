//! The sidecar's command line. Exit status: 0 done, 1 the input is at fault, 2 wrong usage.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use dateline_auth::app::Installation;
use dateline_auth::config::Config;
use dateline_auth::{logging, server};

/// What a static newsroom cannot do: accounts and gated media.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until the process is told to end.
    Serve {
        /// Serve the pages of this folder too, for an installation on one machine.
        #[arg(long, value_name = "DIR")]
        site: Option<PathBuf>,
        /// Read settings from this TOML file; the environment wins.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Command::Serve { site, config } = Arguments::parse().command;
    match serve(site, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(site: Option<PathBuf>, config: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let config = Config::load(config.as_deref(), |name| std::env::var_os(name))?;
    logging::start(config.env);
    server::runtime()?.block_on(async {
        // First, so that a process that is told to end while it starts ends in order too.
        let told_to_end = server::told_to_end()?;
        let installation = Installation::start(config, site).await?;
        tracing::info!(address = %installation.address()?, "listening");
        Ok(installation.serve(told_to_end).await?)
    })
}
