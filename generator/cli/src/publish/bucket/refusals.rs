//! What a store refuses, in words for whoever runs the command.

use dateline::{base::clock::Now, publish::Fault};

use super::{super::web::Answer, Bucket};

/// How far clocks may differ: what stores allow.
const SKEW: i64 = 15 * 60;

impl Bucket {
    /// What a refusal means, for whoever runs the command.
    pub(super) fn refused(&self, answer: &Answer) -> Fault {
        let text = String::from_utf8_lossy(&answer.body);
        let (code, said) = (between(&text, "Code"), between(&text, "Message"));
        let endpoint = &self.endpoint;
        let status = answer.status();
        if let Some(after) = answer.again() {
            return Fault {
                again: Some(after),
                ..Fault::passing(format!("{endpoint} answers {status} {code}"))
            };
        }
        if let Some(minutes) = skew(answer.header("date"), Now::system()) {
            let message = format!(
                "this machine's clock differs from that of {endpoint} by {minutes} minutes"
            );
            return Fault::lasting(
                message,
                "set the clock right (NTP), then run the command again",
            );
        }
        match self.meaning(code) {
            Some((message, hint)) => Fault::lasting(message, hint),
            None => Fault::lasting(
                format!("{endpoint} answers {status} {code} {said}").trim_end(),
                "look at the bucket, its policy and the address of the store",
            ),
        }
    }

    /// What a code of S3 says is wrong, and the cure.
    fn meaning(&self, code: &str) -> Option<(String, &'static str)> {
        let (name, endpoint) = (self.signer.name(), &self.endpoint);
        Some(match code {
            "NoSuchBucket" => (
                format!("{endpoint} has no bucket “{name}”"),
                "make the bucket, or mend its name in `target`",
            ),
            "InvalidAccessKeyId" => (
                format!("{endpoint} does not know the access key"),
                "look at AWS_ACCESS_KEY_ID, or at the profile of the credentials",
            ),
            "SignatureDoesNotMatch" => (
                format!("{endpoint} refuses the signature"),
                "look at AWS_SECRET_ACCESS_KEY: it is not the one of this access key",
            ),
            "ExpiredToken" | "InvalidToken" => (
                format!("{endpoint} says that the session token has expired or is wrong"),
                "get new credentials",
            ),
            "RequestTimeTooSkewed" => (
                format!("{endpoint} says that this machine's clock is wrong"),
                "set the clock right (NTP), then run the command again",
            ),
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => (
                format!(
                    "the bucket “{name}” is not in the region “{}”",
                    self.signer.region()
                ),
                "write region=… behind the bucket in `target`",
            ),
            "AccessDenied" => (
                format!("{endpoint} denies access to the bucket “{name}”"),
                "allow these credentials s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it",
            ),
            _ => return None,
        })
    }
}

/// Whether it is the bucket, and not an object, that is not there.
pub(super) fn is_bucket_missing(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    between(&text, "Code") == "NoSuchBucket"
}

/// The text of the first element of this name.
fn between<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inside = xml
        .split_once(&open)
        .and_then(|(_, rest)| rest.split_once(&close));
    inside.map_or("", |(text, _)| text)
}

/// By how many minutes the clocks differ, if that is too much.
fn skew(theirs: Option<&str>, ours: Now) -> Option<i64> {
    let theirs = jiff::fmt::rfc2822::parse(theirs?).ok()?;
    let apart = (ours.0.as_second() - theirs.timestamp().as_second()).abs();
    (apart > SKEW).then_some(apart / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_seen() {
        let now = Now("2026-11-28T12:00:00Z".parse().unwrap());
        let at = |time: &str| skew(Some(&format!("Sat, 28 Nov 2026 {time} GMT")), now);
        assert_eq!(at("12:10:00"), None);
        assert_eq!(at("13:00:00"), Some(60));
        assert_eq!(at("11:00:00"), Some(60));
        assert_eq!(skew(Some("never"), now), None);
    }
}
