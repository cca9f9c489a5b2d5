//! From the file and the environment to texts by name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{ConfigError, bad, variable_name};

/// Every setting.
const NAMES: [&str; 37] = [
    "listen",
    "metrics_listen",
    "base_url",
    "manifest",
    "media",
    "media_redirect",
    "database",
    "state_dir",
    "mail",
    "mail_from",
    "secret",
    "secret_file",
    "trusted_proxies",
    "session_idle",
    "session_most",
    "hashes",
    "hash_memory_kib",
    "hash_passes",
    "limit_login_account",
    "limit_login_network_minute",
    "limit_login_network_hour",
    "limit_codes_address_short",
    "limit_codes_address_day",
    "limit_codes_address_network_day",
    "limit_codes_device_day",
    "limit_codes_network_hour",
    "limit_mails_hour",
    "max_mail_delay",
    "link_life",
    "limit_links",
    "limit_links_day",
    "limit_downloads_day",
    "limit_downloads_account",
    "download_rate_account",
    "download_rate",
    "download_log_days",
    "env",
];

/// Settings as they are written.
pub(super) struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    pub(super) fn read(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let mut settings = match file {
            Some(path) => from_file(path)?,
            None => BTreeMap::new(),
        };
        for name in NAMES {
            let value = variable(&variable_name(name)).filter(|value| !value.is_empty());
            if let Some(value) = value {
                let text = value.into_string();
                settings.insert(name, text.map_err(|_| bad(name, "is not valid UTF-8"))?);
            }
        }
        Ok(Self(settings))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(NAMES.contains(&name), "{name} is not listed");
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn address(&self, name: &'static str) -> Result<Option<SocketAddr>, ConfigError> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    let reason =
                        format!("is {text:?}, not an address with a port, such as 127.0.0.1:8001");
                    bad(name, reason)
                })
            })
            .transpose()
    }

    pub(super) fn number<N: FromStr>(&self, name: &'static str) -> Result<Option<N>, ConfigError> {
        self.get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| bad(name, format!("is {text:?}, not a whole number")))
            })
            .transpose()
    }

    /// A path behind the word that says what is there.
    pub(super) fn folder(
        &self,
        name: &'static str,
        prefix: &str,
        default: &str,
        form: &str,
    ) -> Result<PathBuf, ConfigError> {
        let text = self.get(name).unwrap_or(default);
        match text.strip_prefix(prefix) {
            Some(path) if !path.is_empty() => Ok(path.into()),
            _ => Err(bad(name, format!("is {text:?}, not {form}"))),
        }
    }
}

fn from_file(path: &Path) -> Result<BTreeMap<&'static str, String>, ConfigError> {
    let fault = |reason: String| ConfigError::File {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let Some(name) = NAMES.into_iter().find(|name| *name == key) else {
            let starts = |line: &str| line.trim_start().starts_with(&key);
            let line = text.lines().position(starts).map_or(1, |line| line + 1);
            let names = NAMES.join(", ");
            return Err(fault(format!(
                "line {line}: there is no setting `{key}`; there are: {names}"
            )));
        };
        settings.insert(
            name,
            written(&value).ok_or_else(|| bad(name, "is neither text nor a number"))?,
        );
    }
    Ok(settings)
}

/// As a variable of the environment would have it.
fn written(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(values) => {
            let parts: Option<Vec<String>> = values.iter().map(written).collect();
            Some(parts?.join(","))
        }
        _ => None,
    }
}
