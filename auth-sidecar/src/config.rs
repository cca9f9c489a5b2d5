//! Settings: a TOML file and the environment, which wins.
//!
//! A setting is `listen` in the file and `DATELINE_AUTH_LISTEN` in the environment. Unknown keys, bad
//! values and values that are unsafe in production are refused at start, each by its name.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::settings::{Limits, Lives};
use crate::hashing::Cost;
use crate::mail::{MailTarget, Sender};
use crate::server::Connections;

mod forms;
mod read;
#[cfg(test)]
mod tests;

use forms::{Folder, Form as _, SqliteFile};
use read::{Settings, variable_name};

/// Who mails come from on somebody's own machine.
pub const DEVELOPMENT_SENDER: &str = "Newsroom <newsroom@localhost>";

/// All settings, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where requests are answered.
    pub listen: SocketAddr,
    /// Where metrics are; nowhere by default.
    pub metrics_listen: Option<SocketAddr>,
    /// How long a connection may wait for its next request.
    pub keep_alive: Duration,
    /// Connections that a network keeps while others wait.
    pub connections_network: usize,
    /// The site's public origin; without it, the manifest's.
    pub base_url: Option<String>,
    /// The manifest that the generator writes.
    pub manifest: PathBuf,
    /// The folder of the media files.
    pub media: PathBuf,
    /// Who sends those files.
    pub media_redirect: MediaRedirect,
    /// The file of the database.
    pub database: PathBuf,
    /// The folder of what outlives it; without it, the database's.
    pub state_dir: Option<PathBuf>,
    /// Where mail goes.
    pub mail: MailTarget,
    /// Who it comes from.
    pub mail_from: Sender,
    /// The secret, or none to make one in the state folder.
    pub secret: Option<Secret>,
    /// Whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// How long things live.
    pub lives: Lives,
    /// How often things may happen.
    pub limits: Limits,
    /// How much work a password hash is.
    pub cost: Cost,
    /// Hashes at once.
    pub hashes: usize,
    /// How strict to be.
    pub env: Environment,
}

/// Who sends the media files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MediaRedirect {
    /// This program.
    #[default]
    Off,
    /// nginx, told by `X-Accel-Redirect`: the internal location of the media folder, with a slash at its
    /// beginning and end.
    XAccel(String),
    /// Another web server, told by `X-Sendfile`.
    XSendfile,
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

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On somebody's own machine.
    Development,
    /// In public: unsafe settings are refused.
    Production,
}

impl Config {
    /// Reads the settings; `variable` gives the value of a variable of the environment. An empty
    /// variable counts as unset. Relative paths start from the working directory.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read or holds an unknown key, and for the first
    /// setting with a bad value. None repeats a secret.
    pub fn load(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        check(Settings::load(file, variable)?)
    }

    /// The folder of what outlives the database.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        let beside = || self.database.parent().unwrap_or(Path::new(""));
        self.state_dir.as_deref().unwrap_or_else(beside)
    }
}

fn check(settings: Settings) -> Result<Config, ConfigError> {
    let env = settings.env.unwrap_or(Environment::Development);
    let production = env == Environment::Production;
    let (lives, limits, cost) = (lives(&settings), limits(&settings), cost(&settings)?);
    let base_url = settings.base_url.map(|origin| origin.0);
    if let Some(url) = &base_url
        && production
        && !url.starts_with("https://")
    {
        return Err(bad(
            "base_url",
            format!("is {url:?}, and production needs https"),
        ));
    }
    let usual = Connections::default();
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Config {
        listen: settings.listen.unwrap_or(([127, 0, 0, 1], 8001).into()),
        metrics_listen: settings.metrics_listen,
        keep_alive: settings.keep_alive.unwrap_or(usual.keep_alive),
        connections_network: settings
            .limit_connections_network
            .map_or(usual.per_network, usize::from),
        base_url,
        manifest: settings
            .manifest
            .unwrap_or("dist/sidecar/manifest.json".into()),
        media: settings.media.unwrap_or(Folder("media".into())).0,
        media_redirect: settings.media_redirect.unwrap_or_default(),
        database: settings
            .database
            .unwrap_or(SqliteFile(".dateline/accounts.db".into()))
            .0,
        state_dir: settings.state_dir,
        mail: mail(settings.mail, production)?,
        mail_from: mail_from(settings.mail_from, production)?,
        secret: secret(settings.secret, settings.secret_file, production)?,
        trusted_proxies: settings.trusted_proxies.unwrap_or_default(),
        lives,
        limits,
        cost,
        hashes: settings.hashes.map_or_else(cores, usize::from),
        env,
    })
}

fn mail(given: Option<MailTarget>, production: bool) -> Result<MailTarget, ConfigError> {
    if production && given.as_ref().is_none_or(MailTarget::is_plain) {
        return Err(bad(
            "mail",
            "sends nothing, or sends it unprotected: production needs `smtp://…` with STARTTLS, or `smtps://…`",
        ));
    }
    Ok(given.unwrap_or_else(|| MailTarget::File(".dateline/mail".into())))
}

fn mail_from(given: Option<Sender>, production: bool) -> Result<Sender, ConfigError> {
    match given {
        Some(from) => Ok(from),
        None if production => {
            let reason = "is not set: say who mails come from, `Name <name@example.org>`";
            Err(bad("mail_from", reason))
        }
        None => Sender::read(DEVELOPMENT_SENDER).map_err(|reason| bad("mail_from", reason)),
    }
}

fn secret(
    given: Option<Secret>,
    file: Option<PathBuf>,
    production: bool,
) -> Result<Option<Secret>, ConfigError> {
    match (given, file) {
        (Some(_), Some(_)) => {
            let reason = "is set beside `secret`: one of them says it";
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
        (None, None) if production => Err(bad(
            "secret",
            "is not set: production needs `ID:BASE64` of 32 random bytes or more; `openssl rand -base64 32` makes them",
        )),
        (given, None) => Ok(given),
    }
}

/// Puts a setting where the usual value stands.
fn set<T>(given: Option<T>, usual: &mut T) {
    if let Some(value) = given {
        *usual = value;
    }
}

fn lives(settings: &Settings) -> Lives {
    let mut lives = Lives::default();
    set(settings.session_idle, &mut lives.session_idle);
    set(settings.session_most, &mut lives.session_most);
    set(settings.link_life, &mut lives.link);
    if let Some(days) = settings.download_log_days {
        lives.download_log = Duration::from_secs(u64::from(days) * 24 * 3600);
    }
    lives
}

fn limits(settings: &Settings) -> Limits {
    let mut limits = Limits::default();
    set(settings.limit_login_account, &mut limits.login_account);
    set(
        settings.limit_login_network_minute,
        &mut limits.login_network_minute,
    );
    set(
        settings.limit_login_network_hour,
        &mut limits.login_network_hour,
    );
    set(
        settings.limit_codes_address_short,
        &mut limits.codes_address_short,
    );
    set(
        settings.limit_codes_address_day,
        &mut limits.codes_address_day,
    );
    set(
        settings.limit_codes_address_network_day,
        &mut limits.codes_address_network_day,
    );
    set(
        settings.limit_codes_device_day,
        &mut limits.codes_device_day,
    );
    set(
        settings.limit_codes_network_hour,
        &mut limits.codes_network_hour,
    );
    set(settings.limit_mails_hour, &mut limits.mails_hour);
    set(settings.max_mail_delay, &mut limits.mail_delay);
    set(settings.limit_links, &mut limits.links);
    set(settings.limit_links_day, &mut limits.links_day);
    set(settings.limit_downloads_day, &mut limits.downloads_day);
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

fn cost(settings: &Settings) -> Result<Cost, ConfigError> {
    let least = Cost::default();
    let mut cost = least;
    set(settings.hash_memory_kib, &mut cost.memory);
    set(settings.hash_passes, &mut cost.passes);
    for (setting, given, least) in [
        ("hash_memory_kib", cost.memory, least.memory),
        ("hash_passes", cost.passes, least.passes),
    ] {
        if given < least {
            return Err(bad(
                setting,
                format!("is {given}, and less than {least} is not safe"),
            ));
        }
    }
    Ok(cost)
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
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Setting { setting, reason } => {
                let variable = variable_name(setting);
                write!(f, "the setting `{setting}` ({variable}) {reason}")
            }
        }
    }
}

impl std::error::Error for ConfigError {}
