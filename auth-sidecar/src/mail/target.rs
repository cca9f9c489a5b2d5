//! The setting `mail`: where mails go.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::MailSettingError;

/// Where mails go.
///
/// `smtp://[USER:PASSWORD@]HOST[:PORT][?tls=required|opportunistic|none]` begins in the open and
/// turns to TLS by STARTTLS (RFC 3207; port 587), `smtps://…` speaks TLS from the first byte
/// (RFC 8314; port 465), `file:DIR` writes into a folder. User and password are percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTarget {
    /// An SMTP server.
    Smtp(SmtpTarget),
    /// A folder; one file a mail.
    File(PathBuf),
}

/// An SMTP server, and how to speak to it. `Debug` hides user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpTarget {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) tls: TlsMode,
    pub(super) login: Option<Login>,
}

/// Who we are to the server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// How a connection to an SMTP server is protected. A password crosses a network under TLS only,
/// whatever the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or no mail.
    Required,
    /// STARTTLS where the server offers it; if it then fails, no mail. Someone who can change traffic can take the offer away.
    Opportunistic,
    /// In the open.
    None,
}

impl MailTarget {
    /// Whether mails would cross a network in the open: `tls=none` to another machine. Good for a
    /// developer, to be refused in production.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match self {
            Self::Smtp(target) => target.tls == TlsMode::None && !target.is_loopback(),
            Self::File(_) => false,
        }
    }
}

impl MailTarget {
    /// Whether whoever reads it may send as us.
    pub(crate) fn has_password(&self) -> bool {
        matches!(self, Self::Smtp(target) if target.login.is_some())
    }
}

impl SmtpTarget {
    /// The name or address, an IPv6 address without brackets.
    pub(super) fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// Whether the server is on this machine (RFC 6761 for `localhost`).
    pub(super) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => Ipv4Addr::is_loopback(address),
            Host::Ipv6(address) => Ipv6Addr::is_loopback(address),
        }
    }
}

impl fmt::Display for SmtpTarget {
    /// Host and port alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for MailTarget {
    type Err = MailSettingError;

    fn from_str(written: &str) -> Result<Self, MailSettingError> {
        if let Some(folder) = written.strip_prefix("file:") {
            return match folder {
                "" => Err(MailSettingError("names no folder after `file:`")),
                folder => Ok(Self::File(folder.into())),
            };
        }
        // Its errors say nothing of the value.
        let url = Url::parse(written).map_err(|_| NOT_A_TARGET)?;
        let (default_port, tls) = match (url.scheme(), tls(&url)?) {
            ("smtp", tls) => (587, tls.unwrap_or(TlsMode::Required)),
            ("smtps", None | Some(TlsMode::Required)) => (465, TlsMode::Implicit),
            ("smtps", Some(_)) => {
                return Err(MailSettingError(
                    "asks for less TLS than `smtps:` means; write `smtp:`",
                ));
            }
            _ => return Err(NOT_A_TARGET),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(MailSettingError(
                "has something after the host that does not belong there; in user and password \
                 write %2F for /, %3F for ?, %23 for #, %40 for @, %3A for : and %25 for %",
            ));
        }
        Ok(Self::Smtp(SmtpTarget {
            host: host(&url)?,
            port: match url.port() {
                Some(0) => return Err(NOT_A_TARGET),
                port => port.unwrap_or(default_port),
            },
            tls,
            login: login(&url)?,
        }))
    }
}

const NOT_A_TARGET: MailSettingError = MailSettingError(
    "is none of `smtps://USER:PASSWORD@HOST`, `smtp://USER:PASSWORD@HOST:PORT` and `file:DIR` \
     (user and password are percent-encoded)",
);

fn host(url: &Url) -> Result<Host, MailSettingError> {
    // The scheme is not one that `url` knows, so it has left the name as it was written.
    let written = url.host_str().ok_or(NOT_A_TARGET)?;
    let name = percent_decode_str(written)
        .decode_utf8()
        .map_err(|_| NOT_A_TARGET)?;
    Host::parse(&name).map_err(|_| MailSettingError("has a host that cannot be one"))
}

fn tls(url: &Url) -> Result<Option<TlsMode>, MailSettingError> {
    let mut found = None;
    for (name, value) in url.query_pairs() {
        let mode = match (&*name, &*value) {
            ("tls", "required") => TlsMode::Required,
            ("tls", "opportunistic") => TlsMode::Opportunistic,
            ("tls", "none") => TlsMode::None,
            _ => {
                return Err(MailSettingError(
                    "has a parameter other than `tls=required`, `tls=opportunistic` and `tls=none`",
                ));
            }
        };
        if found.replace(mode).is_some() {
            return Err(MailSettingError("says `tls` twice"));
        }
    }
    Ok(found)
}

fn login(url: &Url) -> Result<Option<Login>, MailSettingError> {
    let decoded = |written: &str| -> Result<String, MailSettingError> {
        let text = percent_decode_str(written)
            .decode_utf8()
            .map_err(|_| MailSettingError("has a user or password that is not UTF-8"))?;
        // NUL divides the fields of PLAIN (RFC 4616); the others are in nobody's password.
        if text.is_empty() || text.contains(char::is_control) {
            return Err(MailSettingError(
                "needs a user and a password without control characters, or neither",
            ));
        }
        Ok(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, password) => Ok(Some(Login {
            user: decoded(user)?,
            password: decoded(password.unwrap_or_default())?,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(written: &str) -> SmtpTarget {
        match written.parse() {
            Ok(MailTarget::Smtp(target)) => target,
            other => panic!("{written}: {other:?}"),
        }
    }

    #[test]
    fn each_form_is_read() {
        for (written, host, port, tls) in [
            (
                "smtp://mail.example.org",
                "mail.example.org",
                587,
                TlsMode::Required,
            ),
            (
                "smtp://mail.example.org/",
                "mail.example.org",
                587,
                TlsMode::Required,
            ),
            (
                "SMTP://Mail.Example.Org:25",
                "mail.example.org",
                25,
                TlsMode::Required,
            ),
            (
                "smtps://mail.example.org",
                "mail.example.org",
                465,
                TlsMode::Implicit,
            ),
            (
                "smtps://mail.example.org?tls=required",
                "mail.example.org",
                465,
                TlsMode::Implicit,
            ),
            (
                "smtp://10.0.0.1?tls=opportunistic",
                "10.0.0.1",
                587,
                TlsMode::Opportunistic,
            ),
            ("smtp://[::1]:2525?tls=none", "::1", 2525, TlsMode::None),
            (
                "smtp://bücher.example",
                "xn--bcher-kva.example",
                587,
                TlsMode::Required,
            ),
        ] {
            let target = smtp(written);
            assert_eq!(target.host(), host, "{written}");
            assert_eq!((target.port, target.tls), (port, tls), "{written}");
            assert_eq!(target.login, None, "{written}");
        }
        let folder: MailTarget = "file:.dateline/mail".parse().unwrap();
        assert_eq!(folder, MailTarget::File(".dateline/mail".into()));
    }

    #[test]
    fn user_and_password_are_decoded() {
        let target = smtp("smtps://news%40example.org:p%3A%2F%40%25%C3%A9@mail.example.org");
        let login = target.login.unwrap();
        assert_eq!(
            (&*login.user, &*login.password),
            ("news@example.org", "p:/@%é")
        );
    }

    #[test]
    fn errors_never_contain_the_password() {
        for written in [
            "",
            "mail.example.org",
            "file:",
            "smtp:",
            "smtp://",
            "smtp:///x",
            "http://hunter2@mail.example.org",
            "smtp://news:hunter2@mail.example.org:0",
            "smtp://news:hunter2@mail.example.org:99999",
            "smtp://news:hun/ter2@mail.example.org",
            "smtp://news:12/hunter2@mail.example.org",
            "smtp://news:12#hunter2@mail.example.org",
            "smtp://news:12?hunter2@mail.example.org",
            "smtp://news:hunter2@mail example.org",
            "smtp://news:hunter2@mail.example.org/path",
            "smtp://news:hunter2@mail.example.org?tls=yes",
            "smtp://news:hunter2@mail.example.org?tls=none&tls=none",
            "smtp://news:hunter2@mail.example.org?password=hunter2",
            "smtps://news:hunter2@mail.example.org?tls=none",
            "smtps://news:hunter2@mail.example.org?tls=opportunistic",
            "smtp://hunter2@mail.example.org",
            "smtp://:hunter2@mail.example.org",
            "smtp://news:@mail.example.org",
            "smtp://news:hunter2%00@mail.example.org",
            "smtp://news:hunter2%FF@mail.example.org",
            "smtp://news:hunter2@mail..example%00.org",
        ] {
            let error = written.parse::<MailTarget>().expect_err(written);
            for shown in [format!("{error}"), format!("{error:?}")] {
                assert!(!shown.contains("hunter2"), "{written}: {shown}");
            }
        }
    }

    #[test]
    fn a_target_shows_no_password() {
        let target = smtp("smtp://news:hunter2@mail.example.org");
        assert_eq!(target.to_string(), "mail.example.org:587");
        let shown = format!("{:?}", MailTarget::Smtp(target));
        assert!(shown.contains("mail.example.org"), "{shown}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("news"),
            "{shown}"
        );
    }

    #[test]
    fn only_another_machine_without_tls_is_plain() {
        for (written, plain) in [
            ("smtp://mail.example.org?tls=none", true),
            ("smtp://10.0.0.1?tls=none", true),
            ("smtp://localhost.example.org?tls=none", true),
            ("smtp://localhost?tls=none", false),
            ("smtp://mail.localhost?tls=none", false),
            ("smtp://127.0.0.9:2525?tls=none", false),
            ("smtp://[::1]?tls=none", false),
            ("smtp://mail.example.org", false),
            ("smtps://mail.example.org", false),
            ("file:mail", false),
        ] {
            assert_eq!(
                written.parse::<MailTarget>().unwrap().is_plain(),
                plain,
                "{written}"
            );
        }
    }
}
