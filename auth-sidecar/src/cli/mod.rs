//! The command line: one file for each group of commands. Exit status: 0 done, 1 the input is at fault,
//! 2 wrong usage.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::StartError;
use crate::app::admin::AdminError;
use crate::config::{AuditTarget, Config, ConfigError};
use crate::domain::refusal::Stop;
use crate::logging;

mod audit;
mod backup;
mod mail;
mod outbox;
mod output;
mod restore;
mod serve;
mod stats;
mod user;

/// Accounts and gated downloads for a static newsroom.
#[derive(Parser)]
#[command(name = "dateline-auth", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(serve::ServeArguments),
    /// List, show, disable, enable, delete or export accounts.
    User(user::UserArguments),
    /// Try whether mail can be sent.
    Mail(mail::MailArguments),
    /// List mail that waits or was set aside, and retry it.
    Outbox(outbox::OutboxArguments),
    /// Read the audit stream: who logged in, changed something or was refused.
    Audit(audit::AuditArguments),
    /// Count downloads.
    Stats(stats::StatsArguments),
    /// Back up the database into a file, without sessions, codes and other live credentials.
    Backup(backup::BackupArguments),
    /// Replace the database by a backup; stop the service first.
    Restore(restore::RestoreArguments),
}

/// What all commands but `serve` take.
#[derive(clap::Args)]
struct Common {
    /// Read settings from this TOML file; the environment wins.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

impl Common {
    /// For a command that changes nothing.
    fn load(&self) -> Result<Config, Failure> {
        let config = load(self.config.as_deref())?;
        logging::start_for_command(&AuditTarget::Off)?;
        Ok(config)
    }

    /// For one that may change something, of which [`audit::note`] leaves a line.
    fn load_to_change(&self) -> Result<Config, Failure> {
        let config = load(self.config.as_deref())?;
        logging::start_for_command(&config.audit)?;
        Ok(config)
    }
}

fn load(file: Option<&Path>) -> Result<Config, Failure> {
    Ok(Config::load(file, std::env::vars_os())?)
}

/// Runs what the arguments of this process say.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::User(arguments) => user::run(arguments),
        Command::Mail(arguments) => mail::run(arguments),
        Command::Outbox(arguments) => outbox::run(arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::print_error(&format!("error: {failure}"));
            failure.status()
        }
    }
}

/// Runs what a command waits for.
fn wait<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::Input(error.to_string()))?;
    Ok(runtime.block_on(work))
}

/// Why a command did not do what it should, in a sentence.
enum Failure {
    /// Something that the command works on.
    Input(String),
    /// How it was called.
    Usage(String),
}

impl Failure {
    fn status(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::FAILURE,
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(sentence) | Self::Usage(sentence) => f.write_str(sentence),
        }
    }
}

macro_rules! input_at_fault {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Input(error.to_string())
            }
        })+
    };
}

input_at_fault!(ConfigError, StartError, AdminError, Stop, std::io::Error);
