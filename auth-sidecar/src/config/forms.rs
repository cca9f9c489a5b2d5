//! How the values of settings are written.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::{AuditTarget, Database, Environment, Hsts, Secret};
use crate::domain::keys::Keyring;
use crate::mail::{MailTarget, Sender};
use dateline_contract::origin;

/// A value that is written as text.
pub(super) trait Form: Sized {
    /// # Errors
    /// What is wrong, in words that follow the setting's name, with an example of a correct value. Never quotes a
    /// secret.
    fn read(text: &str) -> Result<Self, String>;
}

/// Formats defined by the type's own parser.
macro_rules! parsed {
    ($($type:ty: $form:expr,)*) => {
        $(impl Form for $type {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("is {text:?}, not {}", $form))
            }
        })*
    };
}

parsed! {
    SocketAddr: "an address with a port, such as 127.0.0.1:8001",
    NonZeroU32: format_args!("a whole number from 1 to {}", u32::MAX),
    NonZeroUsize: "a whole number from 1 on",
    u32: format_args!("a whole number, {} at most", u32::MAX),
    u64: format_args!("a whole number, {} at most", u64::MAX),
}

/// Seconds, from one to ten years: zero would disable everything, and more is a typing error.
impl Form for Duration {
    fn read(text: &str) -> Result<Self, String> {
        const TEN_YEARS: u64 = 10 * 366 * 24 * 3600;
        let seconds = text.parse().ok().filter(|n| (1..=TEN_YEARS).contains(n));
        seconds
            .map(Self::from_secs)
            .ok_or_else(|| format!("is {text:?}, not a number of seconds from 1 to {TEN_YEARS}"))
    }
}

impl Form for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

/// `sqlite:FILE` or `postgres://…`.
impl Form for Database {
    fn read(text: &str) -> Result<Self, String> {
        let is_server = ["postgres://", "postgresql://"].map(|scheme| text.starts_with(scheme));
        if is_server.contains(&true) {
            return Ok(Self::Postgres(Secret(text.to_owned())));
        }
        // What may be an address is not repeated, since it may hold a password.
        let given = match text.contains(['@', '/']) && !text.starts_with("sqlite:") {
            true => "is something else".to_owned(),
            false => format!("is {text:?}"),
        };
        path_after("sqlite:", text)
            .map(Self::Sqlite)
            .ok_or_else(|| {
                format!(
                    "{given}, neither `sqlite:FILE` nor `postgres://USER:PASSWORD@HOST/DATABASE`"
                )
            })
    }
}

/// The path after a prefix that states its kind.
pub(super) fn path_after(word: &str, text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix(word).filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// Scheme, host and port.
pub(super) struct Origin(pub(super) String);

impl Form for Origin {
    fn read(text: &str) -> Result<Self, String> {
        origin::normal(text)
            .map(Self)
            .ok_or_else(|| format!("is {text:?}, not an origin such as https://news.example.org"))
    }
}

impl Form for Hsts {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "host" => Ok(Self::Host),
            "subdomains" => Ok(Self::Subdomains),
            _ => Err(format!("is {text:?}, not `off`, `host` or `subdomains`")),
        }
    }
}

/// `on` or `off`.
pub(super) struct Switch(pub(super) bool);

impl Form for Switch {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err(format!("is {text:?}, neither `on` nor `off`")),
        }
    }
}

impl Form for AuditTarget {
    fn read(text: &str) -> Result<Self, String> {
        match (text, path_after("file:", text)) {
            ("off", _) => Ok(Self::Off),
            ("stderr", _) => Ok(Self::Stderr),
            (_, Some(path)) => Ok(Self::File(path)),
            _ => Err(format!("is {text:?}, not `off`, `stderr` or `file:FILE`")),
        }
    }
}

impl Form for Environment {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err(format!(
                "is {text:?}, neither `development` nor `production`"
            )),
        }
    }
}

impl Form for MailTarget {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|reason: crate::mail::MailSettingError| reason.to_string())
    }
}

impl Form for Sender {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|reason| reason.to_string())
    }
}

impl Form for Secret {
    fn read(text: &str) -> Result<Self, String> {
        Keyring::parse(text)?;
        Ok(Self(text.to_owned()))
    }
}

/// Networks by comma.
impl Form for Vec<IpNet> {
    fn read(text: &str) -> Result<Self, String> {
        let nets = text.split([',', ' ']).filter(|net| !net.is_empty());
        nets.map(network).collect()
    }
}

/// A network or an address. A mistake here decides whom to trust, so likely mistakes are refused.
fn network(text: &str) -> Result<IpNet, String> {
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
