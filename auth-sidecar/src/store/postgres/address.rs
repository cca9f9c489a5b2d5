//! The address of the database, with its TLS settings.

use std::fs;
use std::str::FromStr as _;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::error::OpenError;
use super::tls::Tls;

/// The timeout for connecting to each host.
const CONNECT: Duration = Duration::from_secs(3);

/// A parsed address.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

impl Address {
    /// Parses `postgres://USER:PASSWORD@HOST:PORT,…/DATABASE?…`. Connections over a network are encrypted and the
    /// server's name is verified, unless the address has `sslmode=disable`.
    pub(super) fn read(text: &str) -> Result<Self, OpenError> {
        let (place, parameters) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut roots) = (None, None);
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|part| !part.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => {
                    let path = percent_encoding::percent_decode_str(value).decode_utf8();
                    roots =
                        Some(path.map_err(|_| refused("has a `sslrootcert` that is not UTF-8"))?);
                }
                _ => others.push(parameter),
            }
        }
        // The error quotes a part of the address at most, and never a password.
        let mut config = Config::from_str(&format!("{place}?{}", others.join("&")))
            .map_err(|error| refused(&format!("cannot be read: {error}")))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("names no host"));
        }
        let is_local = config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || is_loopback(name),
            Host::Unix(_) => true,
        });
        let encrypts = match mode {
            Some("verify-full") => true,
            Some("disable") => false,
            None => !is_local,
            Some(_) => {
                return Err(refused(
                    "has a `sslmode` that is neither `verify-full` nor `disable`",
                ));
            }
        };
        config
            .ssl_mode(if encrypts {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .connect_timeout(CONNECT)
            .keepalives_idle(Duration::from_secs(30))
            .application_name("dateline-auth");
        let roots = roots.map(|path| fs::read(&*path)).transpose();
        let roots = roots.map_err(|error| OpenError::Tls(format!("`sslrootcert`: {error}")))?;
        let tls = Tls::new(encrypts, roots.as_deref())?;
        Ok(Self { config, tls })
    }
}

fn is_loopback(host: &str) -> bool {
    host.parse()
        .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn refused(reason: &str) -> OpenError {
    OpenError::Address(format!("it {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> Result<SslMode, String> {
        Address::read(text)
            .map(|address| address.config.get_ssl_mode())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn connections_over_a_network_are_encrypted() {
        for (text, expected) in [
            ("postgres://u:p@db.example.org/d", SslMode::Require),
            (
                "postgres://u:p@a,b:5433/d?target_session_attrs=read-write",
                SslMode::Require,
            ),
            (
                "postgres://u@db.example.org/d?sslmode=verify-full",
                SslMode::Require,
            ),
            (
                "postgres://u@db.example.org/d?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgresql://u@127.0.0.1/d", SslMode::Disable),
            (
                "postgresql://u@localhost,db.example.org/d",
                SslMode::Require,
            ),
            ("postgres://u@%2Frun%2Fpostgresql/d", SslMode::Disable),
        ] {
            assert_eq!(mode(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused_without_the_password() {
        for text in [
            "postgres://u:hunter2@h/d?sslmode=prefer",
            "postgres://u:hunter2@h/d?sslmode=require",
            "postgres://u:hunter2@h:port/d",
            "postgres://u:hunter2@h/d?no_such=1",
            "postgres://u:hunter2@/d",
            "postgres://u:hunter2@h/d?sslrootcert=/no/such",
        ] {
            let error = mode(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
