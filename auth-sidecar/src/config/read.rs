//! From the file and the environment to settings, each read by the form of its value.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::forms::{Folder, Form, Origin, SqliteFile};
use super::{ConfigError, Environment, MediaRedirect, Secret, bad};
use crate::mail::{MailTarget, Sender};

/// Declares every setting once: its name, and the form of its value.
macro_rules! settings {
    ($($name:ident: $form:ty,)*) => {
        /// Settings as they are given.
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct Settings {
            $(#[serde(deserialize_with = "given")]
            pub(super) $name: Option<$form>,)*
        }

        impl Settings {
            /// The environment's where it has a setting. Other variables than ours are no mistake.
            fn under(
                self,
                variable: impl Fn(&str) -> Option<OsString>,
            ) -> Result<Self, ConfigError> {
                Ok(Self { $($name: of_variable(&variable, stringify!($name))?.or(self.$name),)* })
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
    manifest: PathBuf,
    media: Folder,
    media_redirect: MediaRedirect,
    database: SqliteFile,
    state_dir: PathBuf,
    mail: MailTarget,
    mail_from: Sender,
    secret: Secret,
    secret_file: PathBuf,
    trusted_proxies: Vec<IpNet>,
    session_idle: Duration,
    session_most: Duration,
    hashes: NonZeroUsize,
    hash_memory_kib: u32,
    hash_passes: u32,
    limit_login_account: u32,
    limit_login_network_minute: u32,
    limit_login_network_hour: u32,
    limit_hashes_network: NonZeroUsize,
    limit_codes_address_short: u32,
    limit_codes_address_day: u32,
    limit_codes_address_network_day: u32,
    limit_codes_device_day: u32,
    limit_codes_network_hour: u32,
    limit_mails_hour: u32,
    max_mail_delay: Duration,
    link_life: Duration,
    limit_links: u32,
    limit_links_day: u32,
    limit_downloads_day: u32,
    limit_downloads_account: NonZeroUsize,
    download_rate_account: u64,
    download_rate: u64,
    download_log_days: u32,
    env: Environment,
}

/// The variable of the environment that has a setting.
pub(super) fn variable_name(setting: &str) -> String {
    format!("DATELINE_AUTH_{}", setting.to_ascii_uppercase())
}

impl Settings {
    pub(super) fn load(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        file.map_or_else(|| Ok(Self::default()), Self::from_file)?
            .under(variable)
    }

    /// A fault's line may hold a secret, so it is named and not shown.
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
fn of_variable<T: Form>(
    variable: impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = variable(&variable_name(name)).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value
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
