//! One connection to an SMTP server (RFC 5321), from the greeting to QUIT.
//!
//! lettre provides TLS, but not the protocol: its own connection reads lines of any length into memory, accepts what
//! was injected before the TLS handshake as the server's reply after it, panics on a blank line in the reply to
//! EHLO, and does not report which command failed.

#![expect(
    deprecated,
    reason = "lettre hands out no other stream that TLS can be added to; it stays within this file"
)]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use lettre::Address;
use lettre::transport::smtp::client::{AsyncNetworkStream, TlsParameters};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

use super::Server;
use super::verdict::{Failure, Fault, Reply, Step};
use crate::mail::message::Prepared;
use crate::mail::target::{Login, SmtpTarget, TlsMode};

/// The longest answer, all its lines together. EHLO's is the longest there is, about 1 KiB.
const LONGEST_REPLY: usize = 16 * 1024;

/// How long a goodbye may take.
const LEAVE: Duration = Duration::from_secs(2);

pub(super) struct Session {
    wire: AsyncNetworkStream,
    /// What was read and belongs to no line yet; never much longer than the longest answer.
    ahead: Vec<u8>,
    offers: Offers,
    step: Duration,
    answer: Duration,
}

/// What the server can do, of what we can use.
#[derive(Default)]
struct Offers {
    starttls: bool,
    smtputf8: bool,
    plain: bool,
    login: bool,
}

impl Session {
    /// Connects, turns to TLS and logs in, as the target asks.
    pub(super) async fn open(server: &Server, deadline: Instant) -> Result<Self, Failure> {
        let target = &server.target;
        let limits = server.limits;
        let until = deadline.min(Instant::now() + limits.connect);
        let tcp = within(until, Step::Connect, connect(target, limits.connect)).await?;
        let mut session = Self {
            wire: AsyncNetworkStream::use_existing_tokio1(Box::new(tcp)),
            ahead: Vec::new(),
            offers: Offers::default(),
            step: limits.step,
            answer: limits.answer,
        };
        let tls = server.tls.as_ref();
        if let (TlsMode::Implicit, Some(tls)) = (target.tls, tls) {
            session.turn_to_tls(tls, deadline).await?;
        }
        let until = session.until(deadline);
        within(until, Step::Greeting, session.reply(2)).await?;
        session.hello(&server.name, deadline).await?;
        match (target.tls, tls) {
            (TlsMode::Required | TlsMode::Opportunistic, Some(tls)) if session.offers.starttls => {
                session.command(Step::Tls, "STARTTLS", 2, deadline).await?;
                session.turn_to_tls(tls, deadline).await?;
                // What was said before TLS counts for nothing (RFC 3207 §4.2).
                session.hello(&server.name, deadline).await?;
            }
            (TlsMode::Required, _) => {
                let reason =
                    "the server does not offer it, and `tls=required` (the default) needs it";
                return Err(Failure::new(Step::Tls, Fault::Ours(reason)));
            }
            _ => {}
        }
        if let Some(login) = &target.login {
            if !session.wire.is_encrypted() && !target.is_loopback() {
                let reason = "there is no TLS, and the password does not go in the open";
                return Err(Failure::new(Step::Auth, Fault::Ours(reason)));
            }
            session.log_in(login, deadline).await?;
        }
        Ok(session)
    }

    /// Sends MAIL and RCPT. Nothing is accepted yet.
    pub(super) async fn begin(
        &mut self,
        from: &Address,
        mail: &Prepared,
        deadline: Instant,
        limit: Duration,
    ) -> Result<(), Failure> {
        let to: &str = mail.to.as_ref();
        let extensions = if to.is_ascii() {
            ""
        } else if self.offers.smtputf8 {
            // Who offers the one offers the other (RFC 6531 §3.1).
            " BODY=8BITMIME SMTPUTF8"
        } else {
            return Err(Failure::new(Step::Rcpt, Fault::NoSmtpUtf8));
        };
        let sender = format!("MAIL FROM:<{from}>{extensions}");
        let deadline = deadline.min(Instant::now() + limit);
        self.command(Step::Mail, &sender, 2, deadline)
            .await
            .map(drop)
    }

    /// Hands over the mail that was begun.
    pub(super) async fn deliver(
        &mut self,
        mail: &Prepared,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let to: &str = mail.to.as_ref();
        let rcpt = format!("RCPT TO:<{to}>");
        self.command(Step::Rcpt, &rcpt, 2, deadline).await?;
        self.command(Step::Data, "DATA", 3, deadline).await?;

        let until = Instant::now() + self.answer;
        let content = stuffed(&mail.bytes);
        within(until, Step::Content, self.write(&content)).await?;
        let answered = async {
            self.write(b".\r\n").await?;
            self.reply(2).await
        };
        within(until, Step::Answer, answered).await.map(drop)
    }

    /// Whether the server has sent nothing unrequested. Otherwise it would be taken for the reply to the next
    /// command.
    pub(super) fn is_in_step(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Makes the server discard a mail that it rejected.
    pub(super) async fn reset(&mut self, deadline: Instant) -> Result<(), Failure> {
        self.command(Step::Mail, "RSET", 2, deadline)
            .await
            .map(drop)
    }

    /// Closes the connection with QUIT, within two seconds.
    pub(super) async fn quit(mut self) {
        let _ = timeout(LEAVE, async {
            self.write(b"QUIT\r\n").await?;
            self.reply(2).await
        })
        .await;
    }

    async fn hello(&mut self, name: &str, deadline: Instant) -> Result<(), Failure> {
        let hello = format!("EHLO {name}");
        let reply = self.command(Step::Hello, &hello, 2, deadline).await?;
        self.offers = Offers::default();
        // The first line is the server's name for itself.
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace().map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("STARTTLS") => self.offers.starttls = true,
                Some("SMTPUTF8") => self.offers.smtputf8 = true,
                Some("AUTH") => {
                    for mechanism in words {
                        self.offers.plain |= mechanism == "PLAIN";
                        self.offers.login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn turn_to_tls(&mut self, tls: &TlsParameters, deadline: Instant) -> Result<(), Failure> {
        // Anything read here was unencrypted, from anyone, and would be taken for a reply under TLS.
        if !self.ahead.is_empty() {
            let reason = "the server spoke on before TLS began";
            return Err(Failure::new(Step::Tls, Fault::Ours(reason)));
        }
        let until = self.until(deadline);
        let upgraded = async {
            let upgraded = self.wire.upgrade_tls(tls.clone()).await;
            upgraded.map_err(|error| Fault::Broken(innermost(&error)))
        };
        within(until, Step::Tls, upgraded).await
    }

    /// PLAIN (RFC 4616), or LOGIN where there is nothing else.
    async fn log_in(&mut self, login: &Login, deadline: Instant) -> Result<(), Failure> {
        let Login { user, password } = login;
        if self.offers.plain {
            let both = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            let plain = format!("AUTH PLAIN {both}");
            self.command(Step::Auth, &plain, 2, deadline).await?;
        } else if self.offers.login {
            // It asks for the user, then for the password, in words that are not standardised.
            self.command(Step::Auth, "AUTH LOGIN", 3, deadline).await?;
            let user = BASE64_STANDARD.encode(user);
            self.command(Step::Auth, &user, 3, deadline).await?;
            let password = BASE64_STANDARD.encode(password);
            self.command(Step::Auth, &password, 2, deadline).await?;
        } else {
            let reason = "the server offers neither PLAIN nor LOGIN";
            return Err(Failure::new(Step::Auth, Fault::Ours(reason)));
        }
        Ok(())
    }

    /// One command and its answer, whose code must begin with the digit `class`.
    async fn command(
        &mut self,
        step: Step,
        command: &str,
        class: u16,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        debug_assert!(!command.contains(['\r', '\n']), "one command only");
        let until = self.until(deadline);
        let exchange = async {
            self.write(format!("{command}\r\n").as_bytes()).await?;
            self.reply(class).await
        };
        within(until, step, exchange).await
    }

    fn until(&self, deadline: Instant) -> Instant {
        deadline.min(Instant::now() + self.step)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.wire.write_all(bytes).await.map_err(broken)?;
        self.wire.flush().await.map_err(broken)
    }

    /// Reads one answer, of one line or several (RFC 5321 §4.2.1).
    async fn reply(&mut self, class: u16) -> Result<Reply, Fault> {
        let mut room = LONGEST_REPLY;
        let mut lines = Vec::new();
        let mut first = None;
        loop {
            let line = self.line(&mut room).await?;
            let (code, is_last, text) = parse_line(&line).ok_or(NOT_SMTP)?;
            if *first.get_or_insert(code) != code {
                return Err(NOT_SMTP);
            }
            lines.push(text);
            if is_last {
                let reply = Reply { code, lines };
                // A closing announcement is not a reply, though it begins with 2: it may precede our command.
                return if code / 100 == class && code != 221 {
                    Ok(reply)
                } else {
                    Err(Fault::Reply(reply))
                };
            }
        }
    }

    /// Reads one line, and takes its length off `room`.
    async fn line(&mut self, room: &mut usize) -> Result<String, Fault> {
        let mut chunk = [0; 1024];
        loop {
            let end = self.ahead.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(self.ahead.len(), |end| end + 1);
            if length > *room {
                return Err(Fault::NotSmtp("an answer without end"));
            }
            if end.is_some() {
                *room -= length;
                let line: Vec<u8> = self.ahead.drain(..length).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            match self.wire.read(&mut chunk).await.map_err(broken)? {
                0 => return Err(Fault::Closed),
                count => self.ahead.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

const NOT_SMTP: Fault = Fault::NotSmtp("an answer that is not SMTP");

/// Code, whether it is the last line, and the words.
fn parse_line(line: &str) -> Option<(u16, bool, String)> {
    let digits = line.get(..3)?;
    let code: u16 = digits.parse().ok()?;
    let is_last = match line.as_bytes().get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        _ => return None,
    };
    let text = line.get(4..).unwrap_or_default().to_owned();
    (200..600).contains(&code).then_some((code, is_last, text))
}

/// Doubles the dot that begins a line (RFC 5321 §4.5.2). All lines of `message` end with CRLF.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    stuffed
}

/// Tries each address of the server, each for its share of the time, so that one that swallows
/// packets does not keep the others from being tried.
async fn connect(target: &SmtpTarget, limit: Duration) -> Result<TcpStream, Fault> {
    let host = target.host();
    let found = lookup_host((host.as_str(), target.port)).await;
    let addresses: Vec<SocketAddr> = found.map_err(broken)?.collect();
    let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut last = Fault::Ours("the server's name has no address");
    for address in addresses {
        match timeout(limit / count, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Each write waits for an answer, so a delayed packet gains nothing and costs 40 ms.
                tcp.set_nodelay(true).map_err(broken)?;
                return Ok(tcp);
            }
            Ok(Err(error)) => last = broken(error),
            Err(_) => last = Fault::TimedOut,
        }
    }
    Err(last)
}

async fn within<T>(
    until: Instant,
    step: Step,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Failure> {
    let done = timeout_at(until, work)
        .await
        .unwrap_or(Err(Fault::TimedOut));
    done.map_err(|fault| Failure::new(step, fault))
}

/// The cause without the layers around it, which say "connection error" each.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn broken(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Fault::Closed,
        _ => Fault::Broken(error.to_string()),
    }
}
