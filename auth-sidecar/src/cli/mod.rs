//! The command line: one file for each group of commands. Exit status: 0 success, 1 an error in the input, 2 wrong
//! usage.

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
mod health;
mod mail;
#[cfg(feature = "postgres")]
mod migrate;
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
    /// Ask the running service whether it responds, or whether it is ready.
    Health(health::HealthArguments),
    /// List, show, disable, enable, delete or export accounts.
    User(user::UserArguments),
    /// Test mail delivery.
    Mail(mail::MailArguments),
    /// List queued mail, and retry it.
    Outbox(outbox::OutboxArguments),
    /// Read the audit stream: logins, changes and rejected calls.
    Audit(audit::AuditArguments),
    /// Report downloads.
    Stats(stats::StatsArguments),
    /// Back up the database to a file, without sessions, codes and other credentials.
    Backup(backup::BackupArguments),
    /// Replace the database with a backup; stop the service first.
    Restore(restore::RestoreArguments),
    /// Copy all accounts from a SQLite file to an empty PostgreSQL database; stop the service first.
    #[cfg(feature = "postgres")]
    Migrate(migrate::MigrateArguments),
}

/// Options of all commands except `serve`.
#[derive(clap::Args)]
struct Common {
    /// Read settings from this TOML file; environment variables take precedence.
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

    /// For commands that may change something, which [`audit::note`] records.
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
        Command::Health(arguments) => health::run(&arguments),
        Command::User(arguments) => user::run(arguments),
        Command::Mail(arguments) => mail::run(arguments),
        Command::Outbox(arguments) => outbox::run(arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        #[cfg(feature = "postgres")]
        Command::Migrate(arguments) => migrate::run(&arguments),
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

/// Why a command failed, in a sentence.
enum Failure {
    /// A fault in what the command works on.
    Input(String),
    /// A fault in how it was called.
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
