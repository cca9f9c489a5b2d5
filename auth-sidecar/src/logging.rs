//! Structured logs on standard error: JSON in production, for reading elsewhere.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::Environment;

/// Sends this process's log to standard error. `RUST_LOG` chooses what; by default what an operator
/// should know, at level `info`. Only the first call counts.
pub fn start(env: Environment) {
    start_at(env, "info");
}

/// The same for commands that say themselves what they do: by default what went wrong, in lines to read.
pub fn start_for_command() {
    start_at(Environment::Development, "warn");
}

fn start_at(env: Environment, level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match env {
        Environment::Development => log.try_init(),
        Environment::Production => log.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("a log was already there");
    }
}
