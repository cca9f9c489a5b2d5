//! Explains a store's errors to the operator.

use jiff::Timestamp;

use crate::{Access, Fault};

/// How far clocks may differ: the limit of S3.
const SKEW: i64 = 15 * 60;

/// What a hint speaks of.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The setting that names the bucket.
    pub setting: &'static str,
    /// The rights that the credentials need.
    pub rights: &'static str,
}

/// A response that is an error.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
    /// Its header `Date`.
    pub date: Option<&'a str>,
}

impl Refusal<'_> {
    /// Whether the store's clock differs from this one's by more than stores accept.
    #[must_use]
    pub fn is_of_another_time(&self, now: Timestamp) -> bool {
        skew(self.date, now).is_some()
    }
}

impl Access {
    /// What an error response means, and what to do about it.
    #[must_use]
    pub fn explain(&self, refusal: Refusal<'_>, now: Timestamp, context: Context) -> Fault {
        let text = String::from_utf8_lossy(refusal.body);
        let (code, said) = (between(&text, "Code"), between(&text, "Message"));
        let endpoint = &self.endpoint;
        if let Some(minutes) = skew(refusal.date, now) {
            return Fault {
                message: format!(
                    "this machine's clock differs from that of {endpoint} by {minutes} minutes"
                ),
                hint: "set the clock (NTP)".to_owned(),
            };
        }
        self.meaning(code, context).unwrap_or_else(|| {
            let message = format!("{endpoint} answers {} {code} {said}", refusal.status);
            Fault {
                message: message.trim_end().to_owned(),
                hint: "check the bucket, its policy and the endpoint".to_owned(),
            }
        })
    }

    /// What an S3 error code means, and what to do about it.
    fn meaning(&self, code: &str, context: Context) -> Option<Fault> {
        let (name, endpoint) = (self.signer.name(), &self.endpoint);
        let Context { setting, rights } = context;
        let (message, hint) = match code {
            "NoSuchBucket" => (
                format!("{endpoint} has no bucket “{name}”"),
                format!("create the bucket, or correct its name in `{setting}`"),
            ),
            "InvalidAccessKeyId" => (
                format!("{endpoint} does not know the access key"),
                "check AWS_ACCESS_KEY_ID, or the profile of the credentials".to_owned(),
            ),
            "SignatureDoesNotMatch" => (
                format!("{endpoint} refuses the signature"),
                "check AWS_SECRET_ACCESS_KEY: it does not belong to this access key".to_owned(),
            ),
            "ExpiredToken" | "InvalidToken" => (
                format!("{endpoint} says that the session token has expired or is wrong"),
                "get new credentials".to_owned(),
            ),
            "RequestTimeTooSkewed" => (
                format!("{endpoint} says that this machine's clock is wrong"),
                "set the clock (NTP)".to_owned(),
            ),
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => (
                format!(
                    "the bucket “{name}” is not in the region “{}”",
                    self.signer.region()
                ),
                format!("write ?region=… after the bucket in `{setting}`"),
            ),
            "AccessDenied" => (
                format!("{endpoint} denies access to the bucket “{name}”"),
                format!("grant these credentials {rights} on it"),
            ),
            "SlowDown" | "ServiceUnavailable" | "InternalError" => (
                format!("{endpoint} is overloaded or in trouble ({code})"),
                "wait; if it lasts, ask its operator".to_owned(),
            ),
            _ => return None,
        };
        Some(Fault { message, hint })
    }
}

/// The error code in a response's body; empty if there is none.
#[must_use]
pub fn code(body: &[u8]) -> &str {
    between(std::str::from_utf8(body).unwrap_or_default(), "Code")
}

/// The text of the first element of this name.
fn between<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inside = xml
        .split_once(&open)
        .and_then(|(_, rest)| rest.split_once(&close));
    inside.map_or("", |(text, _)| text)
}

/// By how many minutes the clocks differ, if that is more than stores accept.
fn skew(theirs: Option<&str>, ours: Timestamp) -> Option<i64> {
    let theirs = jiff::fmt::rfc2822::parse(theirs?).ok()?;
    let apart = (ours.as_second() - theirs.timestamp().as_second()).abs();
    (apart > SKEW).then_some(apart / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_seen() {
        let now = "2026-11-28T12:00:00Z".parse().unwrap();
        let at = |time: &str| skew(Some(&format!("Sat, 28 Nov 2026 {time} GMT")), now);
        assert_eq!(at("12:10:00"), None);
        assert_eq!(at("13:00:00"), Some(60));
        assert_eq!(at("11:00:00"), Some(60));
        assert_eq!(skew(Some("never"), now), None);
    }

    #[test]
    fn a_code_is_read_wherever_it_stands() {
        let body =
            b"<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>x</Message></Error>";
        assert_eq!(code(body), "SlowDown");
        assert_eq!(code(b"<html>no store</html>"), "");
        assert_eq!(code(b"<Code>\xff"), "");
    }
}
