//! Explains a store's errors to the operator.

use dateline::{base::clock::Now, publish::Fault};

use super::{super::web::Answer, Bucket};

/// How far clocks may differ: the limit of S3.
const SKEW: i64 = 15 * 60;

impl Bucket {
    /// The fault that an error response means.
    pub(super) fn refused(&self, answer: &Answer) -> Fault {
        let text = String::from_utf8_lossy(&answer.body);
        let (code, said) = (between(&text, "Code"), between(&text, "Message"));
        let endpoint = &self.endpoint;
        let status = answer.status();
        if let Some(after) = answer.retry_after() {
            return Fault {
                retry_after: Some(after),
                ..Fault::temporary(format!("{endpoint} answers {status} {code}"))
            };
        }
        if let Some(minutes) = skew(answer.header("date"), Now::system()) {
            let message = format!(
                "this machine's clock differs from that of {endpoint} by {minutes} minutes"
            );
            return Fault::permanent(message, "set the clock (NTP), then run the command again");
        }
        match self.meaning(code) {
            Some((message, hint)) => Fault::permanent(message, hint),
            None => Fault::permanent(
                format!("{endpoint} answers {status} {code} {said}").trim_end(),
                "check the bucket, its policy and the endpoint",
            ),
        }
    }

    /// What an S3 error code means, and what to do about it.
    fn meaning(&self, code: &str) -> Option<(String, &'static str)> {
        let (name, endpoint) = (self.signer.name(), &self.endpoint);
        Some(match code {
            "NoSuchBucket" => (
                format!("{endpoint} has no bucket “{name}”"),
                "create the bucket, or correct its name in `target`",
            ),
            "InvalidAccessKeyId" => (
                format!("{endpoint} does not know the access key"),
                "check AWS_ACCESS_KEY_ID, or the profile of the credentials",
            ),
            "SignatureDoesNotMatch" => (
                format!("{endpoint} refuses the signature"),
                "check AWS_SECRET_ACCESS_KEY: it does not belong to this access key",
            ),
            "ExpiredToken" | "InvalidToken" => (
                format!("{endpoint} says that the session token has expired or is wrong"),
                "get new credentials",
            ),
            "RequestTimeTooSkewed" => (
                format!("{endpoint} says that this machine's clock is wrong"),
                "set the clock (NTP), then run the command again",
            ),
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => (
                format!(
                    "the bucket “{name}” is not in the region “{}”",
                    self.signer.region()
                ),
                "write ?region=… after the bucket in `target`",
            ),
            "AccessDenied" => (
                format!("{endpoint} denies access to the bucket “{name}”"),
                "grant these credentials s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it",
            ),
            _ => return None,
        })
    }
}

/// Whether a 404 means that the bucket, not an object, is missing.
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

/// By how many minutes the clocks differ, if that is more than stores accept.
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
