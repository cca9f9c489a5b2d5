//! Structured logs on standard error, as JSON in production. Beside them the audit stream, always JSON, to standard
//! error or a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::config::{AuditTarget, Environment};
use crate::http::audit::AUDIT;

/// Sends this process's log to standard error, and the audit stream to its target. `RUST_LOG` filters the log; the
/// default level is `info`. Only the first call has an effect.
///
/// # Errors
/// When the audit stream's file cannot be opened.
pub fn start(env: Environment, audit: &AuditTarget) -> io::Result<Option<AuditFile>> {
    let file = match audit {
        AuditTarget::File(path) => Some(AuditFile::open(path)?),
        AuditTarget::Stderr | AuditTarget::Off => None,
    };
    start_at(env, "info", audit, file.clone());
    Ok(file)
}

/// The same for commands, which print their own results: by default only errors, as text.
///
/// # Errors
/// When the audit stream's file cannot be opened.
pub fn start_for_command(audit: &AuditTarget) -> io::Result<()> {
    let file = match audit {
        AuditTarget::File(path) => {
            let is_new = !path.exists();
            let file = AuditFile::open(path)?;
            if is_new {
                // A file made by root would lock the service out.
                give_to_owner_of_folder(path);
            }
            Some(file)
        }
        AuditTarget::Stderr | AuditTarget::Off => None,
    };
    start_at(Environment::Development, "warn", audit, file);
    Ok(())
}

/// Without permission to change it, the file already has the right owner.
fn give_to_owner_of_folder(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(owner) = fs::metadata(folder.unwrap_or(Path::new("."))) {
        let _ = chown(path, Some(owner.uid()), Some(owner.gid()));
    }
}

fn start_at(env: Environment, level: &str, audit: &AuditTarget, file: Option<AuditFile>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let is_audit = || filter_fn(|about| about.target() == AUDIT);
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let log = match env {
        Environment::Development => log.boxed(),
        Environment::Production => log.json().flatten_event(true).boxed(),
    };
    let lines = || fmt::layer().json().flatten_event(true).with_ansi(false);
    let audit = match (audit, file) {
        (_, Some(file)) => Some(lines().with_writer(move || file.clone()).boxed()),
        (AuditTarget::Stderr, None) => Some(lines().with_writer(io::stderr).boxed()),
        _ => None,
    };
    let started = tracing_subscriber::registry()
        .with(log.with_filter(filter.and(is_audit().not())))
        .with(audit.with_filter(is_audit().and(LevelFilter::INFO)))
        .try_init();
    if started.is_err() {
        tracing::debug!("a logger is already installed");
    }
}

/// The audit stream's file; clones write to the same.
#[derive(Clone)]
pub struct AuditFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl AuditFile {
    fn open(path: &Path) -> io::Result<Self> {
        let named = |error| {
            io::Error::other(format!(
                "the audit stream's file {}: {error}",
                path.display()
            ))
        };
        let file = append(path).map_err(named)?;
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Reopens the file, after it was moved away (logrotate).
    ///
    /// # Errors
    /// If it cannot be opened; the former one then stays in use.
    pub fn reopen(&self) -> io::Result<()> {
        let new = append(&self.path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(path)
}

impl Write for AuditFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one write, so that lines of several processes do not mix.
        file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
