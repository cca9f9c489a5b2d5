//! Settings: a TOML file and the environment, which wins.
//!
//! A setting is `listen` in the file and `DATELINE_AUTH_LISTEN` in the environment. Unknown keys, bad
//! values and values that are unsafe in production are refused at start, each by its name.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::settings::{Limits, Lives};
use crate::hashing::Cost;
use crate::mail::{MailTarget, Sender};

mod read;
#[cfg(test)]
mod tests;

/// What every variable of the environment begins with.
const PREFIX: &str = "DATELINE_AUTH_";
/// Who mails come from on somebody's own machine.
pub const DEVELOPMENT_SENDER: &str = "Newsroom <newsroom@localhost>";

/// All settings, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where requests are answered.
    pub listen: SocketAddr,
    /// Where metrics are; nowhere by default.
    pub metrics_listen: Option<SocketAddr>,
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
    /// setting with a bad value.
    pub fn load(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let settings = read::Settings::read(file, variable)?;
        check(&settings)
    }

    /// The folder of what outlives the database.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        let beside = || self.database.parent().unwrap_or(Path::new(""));
        self.state_dir.as_deref().unwrap_or_else(beside)
    }
}

fn variable_name(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_ascii_uppercase())
}

fn check(settings: &read::Settings) -> Result<Config, ConfigError> {
    let env = match settings.get("env") {
        None | Some("development") => Environment::Development,
        Some("production") => Environment::Production,
        Some(other) => {
            let reason = format!("is {other:?}, neither `development` nor `production`");
            return Err(bad("env", reason));
        }
    };
    let production = env == Environment::Production;
    if let Some(url) = settings.get("base_url") {
        base_url(url, production)?;
    }
    let config = Config {
        listen: settings
            .address("listen")?
            .unwrap_or(([127, 0, 0, 1], 8001).into()),
        metrics_listen: settings.address("metrics_listen")?,
        base_url: settings.get("base_url").map(str::to_owned),
        manifest: settings
            .get("manifest")
            .unwrap_or("dist/sidecar/manifest.json")
            .into(),
        media: settings.folder("media", "file:", "file:media", "`file:DIR`")?,
        media_redirect: media_redirect(settings)?,
        database: settings.folder(
            "database",
            "sqlite:",
            "sqlite:.dateline/accounts.db",
            "`sqlite:FILE`",
        )?,
        state_dir: settings.get("state_dir").map(PathBuf::from),
        mail: mail(settings, production)?,
        mail_from: mail_from(settings, production)?,
        secret: secret(settings, production)?,
        trusted_proxies: proxies(settings)?,
        lives: lives(settings)?,
        limits: limits(settings)?,
        cost: cost(settings)?,
        hashes: match settings.number("hashes")? {
            Some(0) => return Err(bad("hashes", "is 0, and then nobody could log in")),
            Some(hashes) => hashes,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        },
        env,
    };
    Ok(config)
}

fn base_url(url: &str, production: bool) -> Result<(), ConfigError> {
    if !crate::manifest::is_origin(url) {
        return Err(bad(
            "base_url",
            format!("is {url:?}, not an origin such as https://news.example.org"),
        ));
    }
    if production && !url.starts_with("https://") {
        return Err(bad(
            "base_url",
            format!("is {url:?}, and production needs https"),
        ));
    }
    Ok(())
}

fn media_redirect(settings: &read::Settings) -> Result<MediaRedirect, ConfigError> {
    let text = settings.get("media_redirect").unwrap_or("off");
    let is_location = |prefix: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        prefix.starts_with('/') && prefix.ends_with('/') && prefix.chars().all(plain)
    };
    match (text, text.strip_prefix("x-accel:").filter(is_location)) {
        ("off", _) => Ok(MediaRedirect::Off),
        ("x-sendfile", _) => Ok(MediaRedirect::XSendfile),
        (_, Some(prefix)) => Ok(MediaRedirect::XAccel(prefix.to_owned())),
        _ => Err(bad(
            "media_redirect",
            format!("is {text:?}, not `off`, `x-accel:/LOCATION/` or `x-sendfile`"),
        )),
    }
}

fn mail(settings: &read::Settings, production: bool) -> Result<MailTarget, ConfigError> {
    let given = settings.get("mail");
    let target = given.unwrap_or("file:.dateline/mail").parse::<MailTarget>();
    let target = target.map_err(|reason| bad("mail", reason.to_string()))?;
    if production && (given.is_none() || target.is_plain()) {
        return Err(bad(
            "mail",
            "sends nothing, or sends it unprotected: production needs `smtp://…` with STARTTLS, or `smtps://…`",
        ));
    }
    Ok(target)
}

fn mail_from(settings: &read::Settings, production: bool) -> Result<Sender, ConfigError> {
    let from = match settings.get("mail_from") {
        Some(from) => from,
        None if production => {
            let reason = "is not set: say who mails come from, `Name <name@example.org>`";
            return Err(bad("mail_from", reason));
        }
        None => DEVELOPMENT_SENDER,
    };
    Sender::parse(from).map_err(|reason| bad("mail_from", reason.to_string()))
}

fn secret(settings: &read::Settings, production: bool) -> Result<Option<Secret>, ConfigError> {
    let text = match (settings.get("secret"), settings.get("secret_file")) {
        (Some(_), Some(_)) => {
            return Err(bad(
                "secret_file",
                "is set beside `secret`: one of them says it",
            ));
        }
        (Some(secret), None) => secret.to_owned(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|error| {
                bad(
                    "secret_file",
                    format!("is {file:?}, which cannot be read: {error}"),
                )
            })?
            .trim()
            .to_owned(),
        (None, None) if production => {
            return Err(bad(
                "secret",
                "is not set: production needs `ID:BASE64` of 32 random bytes or more; `openssl rand -base64 32` makes them",
            ));
        }
        (None, None) => return Ok(None),
    };
    let name = if settings.get("secret").is_some() {
        "secret"
    } else {
        "secret_file"
    };
    crate::domain::keys::Keyring::parse(&text).map_err(|reason| bad(name, reason))?;
    Ok(Some(Secret(text)))
}

fn proxies(settings: &read::Settings) -> Result<Vec<IpNet>, ConfigError> {
    let text = settings.get("trusted_proxies").unwrap_or_default();
    let nets = text.split([',', ' ']).filter(|net| !net.is_empty());
    nets.map(|text| proxy(text).map_err(|reason| bad("trusted_proxies", reason)))
        .collect()
}

/// A network, or an address alone. A slip here decides whom to believe, so what is likely one is refused.
fn proxy(text: &str) -> Result<IpNet, String> {
    let net = match text.split_once('/') {
        None => text.parse::<IpAddr>().map(IpNet::from).ok(),
        // The address as strictly as anywhere: to ipnet `010.0.0.0` is 10.0.0.0, to others 8.0.0.0.
        Some((address, bits)) => {
            let parts = address.parse().ok().zip(bits.parse().ok());
            parts.and_then(|(address, bits)| IpNet::new(address, bits).ok())
        }
    };
    let Some(net) = net else {
        return Err(format!(
            "holds {text:?}, not an address or a network such as `10.0.0.0/8`"
        ));
    };
    if let IpAddr::V4(address) = net.addr().to_canonical()
        && net.addr().is_ipv6()
    {
        return Err(format!("holds {text:?}: write IPv4 as such, `{address}`"));
    }
    if net != net.trunc() {
        return Err(format!(
            "holds {text:?}, which does not begin its network: write `{}`",
            net.trunc()
        ));
    }
    Ok(net)
}

fn lives(settings: &read::Settings) -> Result<Lives, ConfigError> {
    let mut lives = Lives::default();
    for (name, life) in [
        ("session_idle", &mut lives.session_idle),
        ("session_most", &mut lives.session_most),
        ("link_life", &mut lives.link),
    ] {
        if let Some(seconds) = settings.number(name)? {
            *life = Duration::from_secs(seconds);
        }
    }
    if let Some(days) = settings.number::<u32>("download_log_days")? {
        lives.download_log = Duration::from_secs(u64::from(days) * 24 * 3600);
    }
    Ok(lives)
}

fn limits(settings: &read::Settings) -> Result<Limits, ConfigError> {
    let mut limits = Limits::default();
    for (name, limit) in [
        ("limit_login_account", &mut limits.login_account),
        (
            "limit_login_network_minute",
            &mut limits.login_network_minute,
        ),
        ("limit_login_network_hour", &mut limits.login_network_hour),
        ("limit_codes_address_short", &mut limits.codes_address_short),
        ("limit_codes_address_day", &mut limits.codes_address_day),
        (
            "limit_codes_address_network_day",
            &mut limits.codes_address_network_day,
        ),
        ("limit_codes_device_day", &mut limits.codes_device_day),
        ("limit_codes_network_hour", &mut limits.codes_network_hour),
        ("limit_mails_hour", &mut limits.mails_hour),
        ("limit_links", &mut limits.links),
        ("limit_links_day", &mut limits.links_day),
        ("limit_downloads_day", &mut limits.downloads_day),
    ] {
        if let Some(number) = settings.number(name)? {
            *limit = number;
        }
    }
    if let Some(seconds) = settings.number("max_mail_delay")? {
        limits.mail_delay = Duration::from_secs(seconds);
    }
    let transfers = &mut limits.transfers;
    match settings.number("limit_downloads_account")? {
        Some(0) => {
            let reason = "is 0, and then nobody could download";
            return Err(bad("limit_downloads_account", reason));
        }
        Some(number) => transfers.account = number,
        None => {}
    }
    for (name, rate) in [
        ("download_rate_account", &mut transfers.account_rate),
        ("download_rate", &mut transfers.rate),
    ] {
        if let Some(number) = settings.number(name)? {
            *rate = number;
        }
    }
    Ok(limits)
}

fn cost(settings: &read::Settings) -> Result<Cost, ConfigError> {
    let least = Cost::default();
    let memory = settings.number("hash_memory_kib")?.unwrap_or(least.memory);
    let passes = settings.number("hash_passes")?.unwrap_or(least.passes);
    if memory < least.memory {
        let reason = format!(
            "is {memory}, and less than {} KiB is not safe",
            least.memory
        );
        return Err(bad("hash_memory_kib", reason));
    }
    if passes < least.passes {
        let reason = format!("is {passes}, and fewer than {} are not safe", least.passes);
        return Err(bad("hash_passes", reason));
    }
    Ok(Cost { memory, passes })
}

fn bad(setting: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Setting {
        setting,
        reason: reason.into(),
    }
}

/// Why the settings were refused.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, is not TOML, or holds an unknown key.
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        reason: String,
    },
    /// A setting has a value that it cannot have.
    Setting {
        /// The key in the file.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, reason } => write!(f, "{}: {}", path.display(), reason.trim_end()),
            Self::Setting { setting, reason } => {
                write!(
                    f,
                    "the setting `{setting}` ({}) {reason}",
                    variable_name(setting)
                )
            }
        }
    }
}

impl std::error::Error for ConfigError {}
