//! Reads settings from the file and the environment, each in its own format.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::forms::{Form, Origin, Switch};
use super::places::{Location, Media, MediaRedirect};
use super::{AuditTarget, ConfigError, Database, Environment, Hsts, Secret, bad};
use crate::mail::{MailTarget, Sender};

/// Declares every setting once: its name, and the format of its value.
macro_rules! settings {
    ($($name:ident: $form:ty,)*) => {
        /// Settings as they are given.
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct Settings {
            $(#[serde(deserialize_with = "given")]
            pub(super) $name: Option<$form>,)*
        }

        /// The names of all settings.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Settings {
            /// Overrides values by those from the environment.
            fn under(self, given: &Variables) -> Result<Self, ConfigError> {
                Ok(Self { $($name: of_variable(given, stringify!($name))?.or(self.$name),)* })
            }
        }
    };
}

settings! {
    listen: SocketAddr,
    metrics_listen: SocketAddr,
    keep_alive: Duration,
    limit_connections_network: NonZeroUsize,
    base_url: Origin,
    manifest: Location,
    edge: Location,
    media: Media,
    media_redirect: MediaRedirect,
    media_life: Duration,
    database: Database,
    state_dir: PathBuf,
    mail: MailTarget,
    mail_from: Sender,
    mail_connections: NonZeroUsize,
    mail_timeout: Duration,
    mail_timeout_answer: Duration,
    secret: Secret,
    secret_file: PathBuf,
    trusted_proxies: Vec<IpNet>,
    session_idle: Duration,
    session_most: Duration,
    hashes: NonZeroUsize,
    hash_memory_kib: u32,
    hash_passes: u32,
    limit_login_account: NonZeroU32,
    limit_login_network_minute: NonZeroU32,
    limit_login_network_hour: NonZeroU32,
    limit_passwords_network_hour: NonZeroU32,
    limit_network_56: NonZeroU32,
    limit_network_48: NonZeroU32,
    limit_hashes_network: NonZeroUsize,
    limit_codes_address_short: NonZeroU32,
    limit_codes_address_day: NonZeroU32,
    limit_codes_address_network_day: NonZeroU32,
    limit_codes_device_day: NonZeroU32,
    limit_codes_network_hour: NonZeroU32,
    limit_mails_hour: NonZeroU32,
    max_mail_delay: Duration,
    link_life: Duration,
    limit_links: NonZeroU32,
    limit_links_day: NonZeroU32,
    limit_downloads_day: NonZeroU32,
    limit_downloads_account: NonZeroUsize,
    download_rate_account: u64,
    download_rate: u64,
    download_log_days: NonZeroU32,
    hsts: Hsts,
    audit: AuditTarget,
    landlock: Switch,
    env: Environment,
}

/// The prefix of our variables.
const PREFIX: &str = "DATELINE_AUTH_";

/// The variable of the environment that has a setting.
pub(super) fn variable_name(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_ascii_uppercase())
}

/// Our environment variables, by full name.
type Variables = BTreeMap<String, OsString>;

/// Our variables among `all`. One that names no setting is a typing error that would go unnoticed.
fn ours(all: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Variables, ConfigError> {
    let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
    let ours: Variables = all
        .into_iter()
        .filter_map(named)
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    let known = |name: &String| NAMES.iter().any(|known| variable_name(known) == **name);
    let unknown: Vec<String> = ours.keys().filter(|name| !known(name)).cloned().collect();
    match unknown.is_empty() {
        true => Ok(ours),
        false => Err(ConfigError::UnknownVariables(unknown)),
    }
}

impl Settings {
    /// The settings of file and environment, and which of the file's settings is a secret, if any.
    pub(super) fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Option<&'static str>), ConfigError> {
        let ours = ours(environment)?;
        let given = file.map_or_else(|| Ok(Self::default()), Self::from_file)?;
        let holds = match &given {
            Self {
                secret: Some(_), ..
            } => Some("secret"),
            Self {
                mail: Some(mail), ..
            } if mail.has_password() => Some("mail"),
            Self {
                database: Some(Database::Postgres(_)),
                ..
            } => Some("database"),
            _ => None,
        };
        Ok((given.under(&ours)?, holds))
    }

    /// The faulty line may contain a secret, so it is identified but not quoted.
    fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let fault = |reason: String| ConfigError::File {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        let placed = |error: &toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            format!(
                "line {}",
                before.unwrap_or_default().matches('\n').count() + 1
            )
        };
        let document = toml::Deserializer::parse(&text)
            .map_err(|error| fault(format!("{}: {}", placed(&error), error.message())))?;
        serde_path_to_error::deserialize(document).map_err(|error| {
            let (key, error) = (error.path().to_string(), error.into_inner());
            let (line, reason) = (placed(&error), error.message());
            fault(match key.as_str() {
                "." => format!("{line}: {reason}"),
                key => format!("{line}: the setting `{key}` {reason}"),
            })
        })
    }
}

/// A setting from its variable; an empty one is unset.
fn of_variable<T: Form>(given: &Variables, name: &str) -> Result<Option<T>, ConfigError> {
    let value = given.get(&variable_name(name));
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value
        .clone()
        .into_string()
        .map_err(|_| bad(name, "is not valid UTF-8"))?;
    T::read(&text).map(Some).map_err(|reason| bad(name, reason))
}

/// Text, a whole number, or a list of them, which is text with commas.
#[derive(Deserialize)]
#[serde(untagged, expecting = "is neither text nor a whole number")]
enum Given {
    Text(String),
    Number(i64),
    List(Vec<Given>),
}

impl Given {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::List(parts) => parts
                .into_iter()
                .map(Self::text)
                .collect::<Vec<_>>()
                .join(","),
        }
    }
}

fn given<'de, D: Deserializer<'de>, T: Form>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Given::deserialize(deserializer)?.text();
    T::read(&text).map(Some).map_err(de::Error::custom)
}
