//! Settings: a TOML file and the environment, which wins.
//!
//! A setting is `listen` in the file and `DATELINE_AUTH_LISTEN` in the environment. Unknown keys, bad
//! values and values that are unsafe in production are refused at start, each by its name.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What every variable of the environment begins with.
const PREFIX: &str = "DATELINE_AUTH_";

/// All settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where requests are answered.
    pub listen: SocketAddr,
    /// The site's public origin; without it, the manifest's.
    pub base_url: Option<String>,
    /// The manifest that the generator writes.
    pub manifest: PathBuf,
    /// The folder of the media files.
    pub media: PathBuf,
    /// How strict to be.
    pub env: Environment,
}

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On somebody's own machine.
    Development,
    /// In public: unsafe settings are refused.
    Production,
}

/// The settings as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: Option<String>,
    base_url: Option<String>,
    manifest: Option<String>,
    media: Option<String>,
    env: Option<String>,
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
        let mut written = match file {
            Some(path) => read(path)?,
            None => Written::default(),
        };
        for (name, setting) in [
            ("listen", &mut written.listen),
            ("base_url", &mut written.base_url),
            ("manifest", &mut written.manifest),
            ("media", &mut written.media),
            ("env", &mut written.env),
        ] {
            let value = variable(&variable_name(name)).filter(|value| !value.is_empty());
            if let Some(value) = value {
                let text = value.into_string();
                *setting = Some(text.map_err(|_| bad(name, "is not valid UTF-8"))?);
            }
        }
        check(written)
    }
}

fn variable_name(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_ascii_uppercase())
}

fn read(path: &Path) -> Result<Written, ConfigError> {
    let fault = |reason: String| ConfigError::File {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    toml::from_str(&text).map_err(|error| fault(error.to_string()))
}

fn check(written: Written) -> Result<Config, ConfigError> {
    let listen = written.listen.as_deref().unwrap_or("127.0.0.1:8001");
    let listen = listen.parse().map_err(|_| {
        bad(
            "listen",
            format!("is {listen:?}, not an address with a port, such as 127.0.0.1:8001"),
        )
    })?;
    let env = match written.env.as_deref() {
        None | Some("development") => Environment::Development,
        Some("production") => Environment::Production,
        Some(other) => {
            return Err(bad(
                "env",
                format!("is {other:?}, neither `development` nor `production`"),
            ));
        }
    };
    if let Some(url) = &written.base_url {
        base_url(url, env)?;
    }
    let media = written.media.as_deref().unwrap_or("file:media");
    let media = match media.strip_prefix("file:") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => return Err(bad("media", format!("is {media:?}, not `file:DIR`"))),
    };
    let manifest = written.manifest.as_deref();
    Ok(Config {
        listen,
        base_url: written.base_url,
        manifest: manifest.unwrap_or("dist/sidecar/manifest.json").into(),
        media,
        env,
    })
}

fn base_url(url: &str, env: Environment) -> Result<(), ConfigError> {
    if !crate::manifest::is_origin(url) {
        return Err(bad(
            "base_url",
            format!("is {url:?}, not an origin such as https://news.example.org"),
        ));
    }
    if env == Environment::Production && !url.starts_with("https://") {
        return Err(bad(
            "base_url",
            format!("is {url:?}, and production needs https"),
        ));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("auth.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        Config::load(file.map(|_| path.as_path()), |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_for_development() {
        let config = load(None, &[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8001");
        assert_eq!(config.base_url, None);
        assert_eq!(config.manifest, Path::new("dist/sidecar/manifest.json"));
        assert_eq!(config.media, Path::new("media"));
        assert_eq!(config.env, Environment::Development);
    }

    #[test]
    fn the_environment_wins() {
        let file = "listen = '[::1]:9000'\nmedia = 'file:/srv/media'\nmanifest = 'm.json'\n";
        let config = load(
            Some(file),
            &[
                ("DATELINE_AUTH_LISTEN", "0.0.0.0:80"),
                ("DATELINE_AUTH_MANIFEST", ""),
            ],
        )
        .unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:80");
        assert_eq!(config.media, Path::new("/srv/media"));
        assert_eq!(config.manifest, Path::new("m.json"), "empty is unset");
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let error = load(Some("media = 'file:m'\nlistn = 'x'\n"), &[]).unwrap_err();
        assert!(error.contains("auth.toml"), "{error}");
        assert!(
            error.contains("listn") && error.contains("line 2"),
            "{error}"
        );
        let missing = Config::load(Some(Path::new("/nowhere/a.toml")), |_| None).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/a.toml"));
    }

    #[test]
    fn bad_values_are_named_with_their_setting() {
        for (name, value) in [
            ("LISTEN", "8001"),
            ("LISTEN", "localhost:8001"),
            ("BASE_URL", "news.example.org"),
            ("BASE_URL", "https://news.example.org/en/"),
            ("MEDIA", "media"),
            ("MEDIA", "file:"),
            ("MEDIA", "s3://bucket"),
            ("ENV", "prod"),
        ] {
            let name = format!("{PREFIX}{name}");
            let error = load(None, &[(&name, value)]).unwrap_err();
            assert!(error.contains(&name) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn production_needs_https() {
        let production = ("DATELINE_AUTH_ENV", "production");
        let http = ("DATELINE_AUTH_BASE_URL", "http://news.example.org");
        let error = load(None, &[production, http]).unwrap_err();
        assert!(error.contains("DATELINE_AUTH_BASE_URL"), "{error}");
        assert!(load(None, &[http]).is_ok());
    }
}
