//! A mail as the bytes that SMTP carries (RFC 5322, MIME).
//!
//! `multipart/alternative` of text and HTML, or text alone, in UTF-8. All bytes are ASCII but for a
//! recipient whose local part is not. Lines end with CRLF and stay within 998 bytes (RFC 5322 §2.1.1).
//! Nothing in a mail can begin a header: what cannot stand in one is refused or becomes a space.

use std::time::{Duration, SystemTime};

use idna::AsciiDenyList;
use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::MailSettingError;
use crate::domain::mail::Mail;

/// The longest subject, in characters: with it unbroken a line still fits.
const LONGEST_SUBJECT: usize = 200;

/// The sender of mails: the setting `mail_from`, `Name <address>` or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    mailbox: Mailbox,
}

impl Sender {
    /// Reads the setting. The domain is turned to ASCII (UTS #46).
    ///
    /// # Errors
    /// [`MailSettingError`] for anything but one address. The local part must be ASCII: otherwise each server on the
    /// way would need SMTPUTF8 (RFC 6531), and most readers' mails would be lost.
    pub fn parse(written: &str) -> Result<Self, MailSettingError> {
        const NOT_A_SENDER: MailSettingError =
            MailSettingError("is not a sender such as `The Newsroom <news@example.org>`");
        if written.contains(char::is_control) {
            return Err(NOT_A_SENDER);
        }
        // lettre reads names by RFC 5322, which wants quotes around anything but plain words.
        let (name, address) = match written.trim().strip_suffix('>') {
            Some(start) => start.rsplit_once('<').ok_or(NOT_A_SENDER)?,
            None => ("", written.trim()),
        };
        let name = name.trim();
        let name = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
            .unwrap_or(name);
        if name.contains(['"', '\\', '<', '>']) {
            return Err(NOT_A_SENDER);
        }
        let email = plain_address(address).ok_or(NOT_A_SENDER)?;
        if !email.user().is_ascii() {
            return Err(MailSettingError(
                "has other characters than ASCII before the @, which many servers do not take",
            ));
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Self {
            mailbox: Mailbox::new(name, email),
        })
    }

    /// The address alone, which bounces go to.
    pub(super) fn address(&self) -> &Address {
        &self.mailbox.email
    }

    /// The domain in ASCII, used in Message-IDs and EHLO.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.mailbox.email.domain()
    }
}

/// A mail that is ready to be sent.
pub(super) struct Prepared {
    /// The recipient, its domain in ASCII.
    pub(super) to: Address,
    /// The whole message; ends with CRLF.
    pub(super) bytes: Vec<u8>,
}

/// Writes a mail out.
///
/// # Errors
/// What is wrong with it: an address that no mail can go to, a language or message id with
/// characters that it cannot have.
pub(super) fn prepare(mail: &Mail, sender: &Sender) -> Result<Prepared, &'static str> {
    let to = plain_address(&mail.to).ok_or("the address is not one that mail can go to")?;
    if !is_language(&mail.language) {
        return Err("the language is not a language tag");
    }
    let id = message_id(&mail.message_id, sender.domain())
        .ok_or("the message id has characters that it cannot have")?;
    let builder = Message::builder()
        .from(sender.mailbox.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(subject(&mail.subject))
        .date(date(mail.date))
        .message_id(Some(format!("<{id}>")))
        .raw_header(header("Content-Language", &mail.language))
        // RFC 3834 §5; the other header is Exchange's equivalent. Both prevent automatic replies.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    let text = part(ContentType::TEXT_PLAIN, &mail.text);
    let message = match &mail.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .singlepart(text)
                .singlepart(part(ContentType::TEXT_HTML, html)),
        ),
    };
    let message = message.map_err(|_| "the message cannot be written")?;
    Ok(Prepared {
        to,
        bytes: message.formatted(),
    })
}

/// To the second; lettre writes no date before 1970.
fn date(date: Timestamp) -> SystemTime {
    let seconds = u64::try_from(date.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder()
        .content_type(content_type)
        .body(with_crlf(body))
}

/// Makes every line end with CRLF, and leaves other control characters out: a CR or LF that stands
/// alone is read as a line's end by some servers and not by others, which is how one message is made
/// to look like two. (lettre would add the CRs too, in quadratic time.)
fn with_crlf(body: &str) -> String {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body = body.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "");
    body.replace('\n', "\r\n")
}

fn subject(written: &str) -> String {
    let line: String = written
        .chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .take(LONGEST_SUBJECT)
        .collect();
    line.trim().to_owned()
}

/// Control characters and Unicode's own line ends.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// An address without quotes, comments and domain literals, its domain in ASCII (UTS #46 without
/// transitional mappings), in at most 254 bytes (RFC 5321 §4.5.3.1.3).
fn plain_address(written: &str) -> Option<Address> {
    let (user, domain) = written.rsplit_once('@')?;
    let strange = |c: char| c.is_control() || c.is_whitespace() || "\"(),:;<>[\\]@".contains(c);
    if user.contains(strange) {
        return None;
    }
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok()?;
    let address = Address::new(user, domain).ok()?;
    let text: &str = address.as_ref();
    (text.len() <= 254 && !address.domain().contains(strange)).then_some(address)
}

/// The language tag's characters and length; BCP 47 asks for more, which no mail server does.
fn is_language(tag: &str) -> bool {
    (1..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `id` with a domain (RFC 5322 §3.6.4, without the obsolete forms).
fn message_id(id: &str, domain: &str) -> Option<String> {
    let (left, right) = id.split_once('@').unwrap_or((id, domain));
    let is_dot_atom = |text: &str, longest: usize| {
        text.len() <= longest
            && text.split('.').all(|atom| {
                let mut bytes = atom.bytes();
                !atom.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b"-_+=".contains(&b))
            })
    };
    // Short enough to name a file too.
    (is_dot_atom(left, 64) && (id.len() == left.len() || is_dot_atom(right, 128)))
        .then(|| format!("{left}@{right}"))
}
