//! Settings: a TOML file and the environment, which takes precedence.
//!
//! A setting is `listen` in the file and `DATELINE_AUTH_LISTEN` in the environment. Unknown keys, invalid values and
//! values that are unsafe in production are refused at start, each by name.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::settings::{Lifetimes, Limits};
use crate::hashing::Cost;
use crate::mail::{MailTarget, Sender, SmtpLimits};
use crate::net::Connections;

mod forms;
mod places;
mod read;
mod safe;
#[cfg(test)]
mod tests;

use self::forms::Form as _;
pub use self::places::{Location, Media, MediaRedirect};
use self::read::{Settings, variable_name};
pub(crate) use self::safe::is_open;

/// The default sender in development.
pub const DEVELOPMENT_SENDER: &str = "Newsroom <newsroom@localhost>";

/// All settings, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address of the metrics listener; none by default.
    pub metrics_listen: Option<SocketAddr>,
    /// How long a connection may be idle.
    pub keep_alive: Duration,
    /// Connections that a network keeps while others wait.
    pub connections_network: usize,
    /// The site's public origin; without it, the manifest's.
    pub base_url: Option<String>,
    /// The manifest that the generator writes.
    pub manifest: Location,
    /// The edge rules of the site that it serves; by default those beside the site.
    pub edge: Option<Location>,
    /// Where the media files are.
    pub media: Media,
    /// What sends those files.
    pub media_redirect: MediaRedirect,
    /// How long a signed address of one lives.
    pub media_life: Duration,
    /// Where accounts are kept.
    pub database: Database,
    /// The folder of files that outlive the database; by default the database's.
    pub state_dir: Option<PathBuf>,
    /// The mail target.
    pub mail: MailTarget,
    /// The sender of mails.
    pub mail_from: Sender,
    /// Time-outs and connections of the mail server.
    pub smtp: SmtpLimits,
    /// The secret, or none to make one in the state folder.
    pub secret: Option<Secret>,
    /// Proxies whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Lifetimes.
    pub lifetimes: Lifetimes,
    /// Rate limits.
    pub limits: Limits,
    /// The cost of a password hash.
    pub cost: Cost,
    /// Hashes at once.
    pub hashes: usize,
    /// The value of `Strict-Transport-Security`.
    pub hsts: Hsts,
    /// The target of the audit stream.
    pub audit: AuditTarget,
    /// Whether to apply the Landlock sandbox.
    pub landlock: bool,
    /// Development or production.
    pub env: Environment,
}

/// Where accounts are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// With a PostgreSQL server, at an address that may hold a password.
    Postgres(Secret),
}

impl Database {
    /// Reads `sqlite:FILE` or `postgres://…`.
    ///
    /// # Errors
    /// What is wrong, in words that follow the name of what has the text. Never quotes a password.
    pub fn read(text: &str) -> Result<Self, String> {
        forms::Form::read(text)
    }
}

/// Whether browsers return over HTTPS only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hsts {
    /// Not at all.
    Off,
    /// To this host.
    Host,
    /// To every host below it too.
    Subdomains,
}

impl Hsts {
    /// The value of `Strict-Transport-Security`.
    pub(crate) fn header(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Host => Some("max-age=31536000"),
            Self::Subdomains => Some("max-age=31536000; includeSubDomains"),
        }
    }
}

/// A secret that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The target of the audit stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AuditTarget {
    /// Nowhere.
    Off,
    /// With the log.
    #[default]
    Stderr,
    /// At the end of a file.
    File(PathBuf),
}

/// Development or production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine.
    Development,
    /// A public server: unsafe settings are refused.
    Production,
}

impl Config {
    /// Reads the settings from a file and from variables of the environment. An empty variable counts as
    /// unset. Relative paths start from the working directory.
    ///
    /// # Errors
    /// [`ConfigError`] for an unreadable file, an unknown key or variable, the first invalid value, and all settings
    /// that conflict or are unsafe. None quotes a secret.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let (settings, holds) = Settings::load(file, environment)?;
        check(settings, file.zip(holds))
    }

    /// The folder of files that outlive the database.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        let beside = || match &self.database {
            Database::Sqlite(file) => file.parent().unwrap_or(Path::new("")),
            Database::Postgres(_) => Path::new(".dateline"),
        };
        self.state_dir.as_deref().unwrap_or_else(beside)
    }
}

/// `file` is the settings file, with the setting that makes it confidential, if one does.
fn check(mut settings: Settings, file: Option<(&Path, &str)>) -> Result<Config, ConfigError> {
    let env = settings.env.unwrap_or(Environment::Development);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let hashes = settings.hashes.map_or_else(cores, usize::from);
    let (lifetimes, limits) = (lifetimes(&settings), limits(&settings));
    let smtp = smtp(&settings);
    let sending = places::sending(&mut settings);
    let manifest = settings
        .manifest
        .unwrap_or(Location::File("dist/sidecar/manifest.json".into()));
    let base_url = settings.base_url.map(|origin| origin.0);
    let trusted_proxies = settings.trusted_proxies.unwrap_or_default();

    let mut faults = Faults::default();
    if env == Environment::Production {
        faults.note(safe::base_url(base_url.as_deref(), manifest.file()));
        faults.note(safe::proxies(&trusted_proxies));
        faults.note(safe::mail(settings.mail.as_ref()));
        faults.note(safe::sender(settings.mail_from.as_ref()));
        faults.note(safe::secret(
            settings.secret.as_ref(),
            settings.secret_file.as_deref(),
        ));
        faults.note(file.map_or(Ok(()), |(path, holds)| safe::private(holds, path)));
    }
    let cost = Cost {
        memory: settings.hash_memory_kib.unwrap_or(Cost::default().memory),
        passes: settings.hash_passes.unwrap_or(Cost::default().passes),
    };
    faults.note(safe::cost(cost, hashes));
    let (smtp, sending) = (faults.take(smtp), faults.take(sending));
    let secret = faults.take(secret(settings.secret, settings.secret_file));
    let usual = Sender::read(DEVELOPMENT_SENDER).map_err(|reason| bad("mail_from", reason));
    let mail_from = faults.take(settings.mail_from.map_or(usual, Ok));
    let (Some(secret), Some(mail_from), Some(smtp), Some(sending)) =
        (secret, mail_from, smtp, sending)
    else {
        return Err(faults.all());
    };
    if !faults.0.is_empty() {
        return Err(faults.all());
    }
    let usual = Connections::default();
    Ok(Config {
        listen: settings.listen.unwrap_or(([127, 0, 0, 1], 8001).into()),
        metrics_listen: settings.metrics_listen,
        keep_alive: settings.keep_alive.unwrap_or(usual.keep_alive),
        connections_network: settings
            .limit_connections_network
            .map_or(usual.per_network, usize::from),
        base_url,
        manifest,
        edge: settings.edge,
        media: sending.media,
        media_redirect: sending.redirect,
        media_life: sending.life,
        database: settings
            .database
            .unwrap_or(Database::Sqlite(".dateline/accounts.db".into())),
        state_dir: settings.state_dir,
        mail: settings
            .mail
            .unwrap_or_else(|| MailTarget::File(".dateline/mail".into())),
        mail_from,
        smtp,
        secret,
        trusted_proxies,
        lifetimes,
        limits,
        cost,
        hashes,
        hsts: settings.hsts.unwrap_or(match env {
            Environment::Production => Hsts::Host,
            Environment::Development => Hsts::Off,
        }),
        audit: settings.audit.unwrap_or_default(),
        landlock: settings.landlock.is_none_or(|switch| switch.0),
        env,
    })
}

/// All faults found so far: they are reported together.
#[derive(Default)]
struct Faults(Vec<ConfigError>);

impl Faults {
    fn note(&mut self, checked: Result<(), ConfigError>) {
        self.0.extend(checked.err());
    }

    fn take<T>(&mut self, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|fault| self.0.push(fault)).ok()
    }

    fn all(self) -> ConfigError {
        let mut faults = self.0;
        faults.dedup();
        match faults.len() {
            1 => faults.remove(0),
            _ => ConfigError::Several(faults),
        }
    }
}

/// A time-out is from one second to what RFC 5321 allows a server.
fn smtp(settings: &Settings) -> Result<SmtpLimits, ConfigError> {
    let mut limits = SmtpLimits::default();
    for (setting, given, most, limit) in [
        (
            "mail_timeout",
            settings.mail_timeout,
            SmtpLimits::MOST_STEP,
            &mut limits.step,
        ),
        (
            "mail_timeout_answer",
            settings.mail_timeout_answer,
            SmtpLimits::MOST_ANSWER,
            &mut limits.answer,
        ),
    ] {
        set(given, limit);
        if !(Duration::from_secs(1)..=most).contains(limit) {
            let (given, most) = (limit.as_secs(), most.as_secs());
            return Err(bad(setting, format!("is {given}, not 1 to {most} seconds")));
        }
    }
    limits.connect = limits.connect.min(limits.step);
    limits.whole = limits.step * 3;
    limits.connections = settings
        .mail_connections
        .map_or(limits.connections, usize::from);
    Ok(limits)
}

fn secret(given: Option<Secret>, file: Option<PathBuf>) -> Result<Option<Secret>, ConfigError> {
    match (given, file) {
        (Some(_), Some(_)) => {
            let reason = "conflicts with `secret`: set only one of them";
            Err(bad("secret_file", reason))
        }
        (None, Some(file)) => {
            let text = std::fs::read_to_string(&file).map_err(|error| {
                let reason = format!("is {}, which cannot be read: {error}", file.display());
                bad("secret_file", reason)
            })?;
            let secret = Secret::read(text.trim());
            secret
                .map(Some)
                .map_err(|reason| bad("secret_file", reason))
        }
        (given, None) => Ok(given),
    }
}

/// Overrides the default if the setting is given.
fn set<T>(given: Option<T>, usual: &mut T) {
    if let Some(value) = given {
        *usual = value;
    }
}

fn lifetimes(settings: &Settings) -> Lifetimes {
    let mut lifetimes = Lifetimes::default();
    set(settings.session_idle, &mut lifetimes.session_idle);
    set(settings.session_most, &mut lifetimes.session_most);
    set(settings.link_life, &mut lifetimes.link);
    if let Some(days) = settings.download_log_days {
        lifetimes.download_log = Duration::from_secs(u64::from(days.get()) * 24 * 3600);
    }
    lifetimes
}

fn limits(settings: &Settings) -> Limits {
    let mut limits = Limits::default();
    set(
        settings.limit_login_account.map(u32::from),
        &mut limits.login_account,
    );
    set(
        settings.limit_login_network_minute.map(u32::from),
        &mut limits.login_network_minute,
    );
    set(
        settings.limit_login_network_hour.map(u32::from),
        &mut limits.login_network_hour,
    );
    set(
        settings.limit_passwords_network_hour.map(u32::from),
        &mut limits.passwords_network_hour,
    );
    set(
        settings.limit_codes_address_short.map(u32::from),
        &mut limits.codes_address_short,
    );
    set(
        settings.limit_codes_address_day.map(u32::from),
        &mut limits.codes_address_day,
    );
    set(
        settings.limit_codes_address_network_day.map(u32::from),
        &mut limits.codes_address_network_day,
    );
    set(
        settings.limit_codes_device_day.map(u32::from),
        &mut limits.codes_device_day,
    );
    set(
        settings.limit_codes_network_hour.map(u32::from),
        &mut limits.codes_network_hour,
    );
    set(
        settings.limit_network_56.map(u32::from),
        &mut limits.network_56,
    );
    set(
        settings.limit_network_48.map(u32::from),
        &mut limits.network_48,
    );
    set(
        settings.limit_mails_hour.map(u32::from),
        &mut limits.mails_hour,
    );
    if let Some(connections) = settings.mail_connections {
        limits.mails_at_once = connections.get();
    }
    set(settings.max_mail_delay, &mut limits.mail_delay);
    set(settings.limit_links.map(u32::from), &mut limits.links);
    set(
        settings.limit_links_day.map(u32::from),
        &mut limits.links_day,
    );
    set(
        settings.limit_downloads_day.map(u32::from),
        &mut limits.downloads_day,
    );
    set(
        settings.download_rate_account,
        &mut limits.transfers.account_rate,
    );
    set(settings.download_rate, &mut limits.transfers.rate);
    if let Some(hashes) = settings.limit_hashes_network {
        limits.hashes_network = hashes.get();
    }
    if let Some(downloads) = settings.limit_downloads_account {
        limits.transfers.account = downloads.get();
    }
    limits
}

fn bad(setting: &str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Setting {
        setting: setting.to_owned(),
        reason: reason.into(),
    }
}

/// Why the settings were refused.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, is not TOML, or holds an unknown key or a bad value.
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        reason: String,
    },
    /// The environment or all together give a setting a value that it cannot have.
    Setting {
        /// The key in the file.
        setting: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Variables with our prefix that are no setting.
    UnknownVariables(Vec<String>),
    /// Several faults.
    Several(Vec<ConfigError>),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Setting { setting, reason } => {
                let variable = variable_name(setting);
                write!(f, "the setting `{setting}` ({variable}) {reason}")
            }
            Self::UnknownVariables(names) => write!(
                f,
                "no setting is called {}; docs/operators.md lists all of them",
                names.join(", ")
            ),
            Self::Several(faults) => {
                write!(f, "{} settings are wrong:", faults.len())?;
                faults
                    .iter()
                    .try_for_each(|fault| write!(f, "\n  - {fault}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
