//! The address of the database, with its TLS settings.

use std::fs;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{sleep, timeout};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config};

use super::error::OpenError;
use super::tls::Tls;

/// The timeout for connecting to a host, until it accepts a session: one that hangs accepts connections.
const CONNECT: Duration = Duration::from_secs(2);
/// How long after one host the next is tried, so that one which hangs delays no other.
const STAGGER: Duration = Duration::from_millis(250);

/// A parsed address.
pub(super) struct Address {
    /// One for each host.
    pub(super) hosts: Vec<Config>,
    tls: Tls,
    /// The host that last accepted a session, which is tried first.
    last: AtomicUsize,
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
        config.ssl_mode(if encrypts {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        let roots = roots.map(|path| fs::read(&*path)).transpose();
        let roots = roots.map_err(|error| OpenError::Tls(format!("`sslrootcert`: {error}")))?;
        let tls = Tls::new(encrypts, roots.as_deref())?;
        Ok(Self {
            hosts: each_host(&config),
            tls,
            last: AtomicUsize::new(0),
        })
    }

    /// Connects to the first host that accepts a session of the wanted kind.
    pub(super) async fn connect(&self) -> Result<Client, OpenError> {
        let (count, first) = (self.hosts.len(), self.last.load(Ordering::Relaxed));
        let order = (0..count).map(|turn| (first + turn) % count);
        let mut trying: FuturesUnordered<_> = (0..)
            .zip(order)
            .map(|(turn, host)| async move {
                sleep(STAGGER * turn).await;
                (host, self.connect_to(&self.hosts[host]).await)
            })
            .collect();
        let mut failure = OpenError::Late;
        while let Some((host, connected)) = trying.next().await {
            match connected {
                Ok(client) => {
                    self.last.store(host, Ordering::Relaxed);
                    return Ok(client);
                }
                // That a host is late says less than what another one answered.
                Err(OpenError::Late) => {}
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, host: &Config) -> Result<Client, OpenError> {
        let connecting = timeout(CONNECT, host.connect(self.tls.clone()));
        let (client, connection) = connecting.await.map_err(|_| OpenError::Late)??;
        tokio::spawn(async move {
            // Callers that wait for a response get the error.
            let _ = connection.await;
        });
        Ok(client)
    }
}

/// The settings for each host alone.
fn each_host(config: &Config) -> Vec<Config> {
    let (names, addresses, ports) = (
        config.get_hosts(),
        config.get_hostaddrs(),
        config.get_ports(),
    );
    let one = |number: usize| {
        let mut one = Config::new();
        one.ssl_mode(config.get_ssl_mode())
            .target_session_attrs(config.get_target_session_attrs())
            .channel_binding(config.get_channel_binding())
            .keepalives(config.get_keepalives())
            .keepalives_idle(Duration::from_secs(30))
            .application_name("dateline-auth");
        if let Some(user) = config.get_user() {
            one.user(user);
        }
        if let Some(password) = config.get_password() {
            one.password(password);
        }
        if let Some(database) = config.get_dbname() {
            one.dbname(database);
        }
        if let Some(options) = config.get_options() {
            one.options(options);
        }
        match names.get(number) {
            Some(Host::Tcp(name)) => drop(one.host(name)),
            Some(Host::Unix(path)) => drop(one.host_path(path)),
            None => {}
        }
        if let Some(address) = addresses.get(number) {
            one.hostaddr(*address);
        }
        // One port stands for all hosts.
        if let Some(port) = ports.get(number).or(ports.first()) {
            one.port(*port);
        }
        one
    };
    (0..names.len().max(addresses.len())).map(one).collect()
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
            .map(|address| address.hosts[0].get_ssl_mode())
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
