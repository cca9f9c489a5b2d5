//! A bucket of a store that speaks S3, as a target.

use std::{io::Read, time::Duration};

use dateline::{
    base::clock::Now,
    config::publish::Bucket as Place,
    publish::{Fault, Found, Got, Headers, Opening, Storage},
};
use md5::{Digest as _, Md5};
use rusty_s3::{
    Bucket as Signer, Credentials, S3Action, UrlStyle,
    actions::{CreateMultipartUpload, DeleteObjectsResponse, ListObjectsV2, ObjectIdentifier},
};
use ureq::{Agent, http::Request};

use super::{
    credentials::{find, variable},
    web::{Answer, ask, client},
};

/// How long a signed request is good: longer than one takes, shorter than a wrong clock would hide.
const GOOD: Duration = Duration::from_secs(15 * 60);
/// Larger objects are sent in parts of this size.
const PART: usize = 8 << 20;
/// How often a part is tried.
const PART_TRIES: usize = 4;
/// How far clocks may differ: what stores allow.
const SKEW: i64 = 15 * 60;

/// A part of a bucket.
pub(super) struct Bucket {
    agent: Agent,
    signer: Signer,
    credentials: Credentials,
    prefix: String,
    endpoint: String,
}

impl Bucket {
    /// # Errors
    /// When credentials are missing, or the address is none.
    pub(super) fn new(place: &Place, threads: usize) -> Result<Self, Fault> {
        const HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE";
        let credentials = find(&variable)
            .map_err(|why| Fault::lasting(format!("no credentials for the store: {why}"), HINT))?;
        let region = place.region.clone();
        let region = region
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| "us-east-1".to_owned());
        let own = place.endpoint.clone();
        let own = own
            .or_else(|| variable("AWS_ENDPOINT_URL_S3"))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        // Other stores seldom have a host for each bucket.
        let (endpoint, style) = match own {
            Some(endpoint) => (endpoint, UrlStyle::Path),
            None => (
                format!("https://s3.{region}.amazonaws.com"),
                UrlStyle::VirtualHost,
            ),
        };
        let wrong = |why: String| {
            let hint = "write endpoint=https://HOST[:PORT] behind the bucket";
            Fault::lasting(format!("{endpoint} is no address of a store: {why}"), hint)
        };
        let url = endpoint.parse().map_err(|e| wrong(format!("{e}")))?;
        let signer = Signer::new(url, style, place.name.clone(), region);
        let signer = signer.map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            agent: client(threads),
            signer,
            credentials,
            prefix: place.prefix.clone(),
            endpoint,
        })
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Signs and sends a request; whatever is answered.
    fn send<'a, A: S3Action<'a>>(
        &self,
        mut action: A,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        for (name, value) in headers {
            action.headers_mut().insert(*name, value.clone());
        }
        let url = action.sign(GOOD);
        let mut request = Request::builder()
            .method(A::METHOD.to_str())
            .uri(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(body)
            .map_err(|e| Fault::lasting(format!("a request cannot be made: {e}"), ""))?;
        ask(&self.agent, request)
    }

    /// The same, where only success will do.
    fn sent<'a, A: S3Action<'a>>(
        &self,
        action: A,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        let answer = self.send(action, headers, body)?;
        match answer.is_good() {
            true => Ok(answer),
            false => Err(self.refused(&answer)),
        }
    }

    /// What a refusal means, for whoever runs the command.
    fn refused(&self, answer: &Answer) -> Fault {
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

    fn whole(&self, key: &str, headers: &Headers, body: Vec<u8>) -> Result<(), Fault> {
        let action = self.signer.put_object(Some(&self.credentials), key);
        self.sent(action, &as_sent(headers), body).map(|_| ())
    }

    fn in_parts(&self, key: &str, headers: &Headers, source: &mut dyn Read) -> Result<(), Fault> {
        let credentials = Some(&self.credentials);
        let action = self.signer.create_multipart_upload(credentials, key);
        let begun = self.sent(action, &as_sent(headers), Vec::new())?;
        let begun = String::from_utf8_lossy(&begun.body);
        let begun = CreateMultipartUpload::parse_response(&begun).map_err(unclear)?;
        let id = begun.upload_id();
        let tags = self.parts(key, id, source);
        let done = tags.and_then(|tags| {
            let tags = tags.iter().map(String::as_str);
            let action = self
                .signer
                .complete_multipart_upload(credentials, key, id, tags);
            let url = action.sign(GOOD);
            let request = Request::builder().method("POST").uri(url.as_str());
            let request = request.body(action.body().into_bytes());
            let request = request.map_err(|e| Fault::lasting(e.to_string(), ""))?;
            let answer = ask(&self.agent, request)?;
            // The answer may begin before it is known whether it went well.
            match answer.is_good() && !String::from_utf8_lossy(&answer.body).contains("<Error") {
                true => Ok(()),
                false => Err(self.refused(&answer)),
            }
        });
        if done.is_err() {
            let action = self.signer.abort_multipart_upload(credentials, key, id);
            let _ = self.sent(action, &[], Vec::new());
        }
        done
    }

    fn parts(&self, key: &str, id: &str, source: &mut dyn Read) -> Result<Vec<String>, Fault> {
        let mut tags = Vec::new();
        loop {
            let mut part = Vec::new();
            let read = source.take(PART as u64).read_to_end(&mut part);
            read.map_err(|e| Fault::lasting(format!("the file cannot be read: {e}"), ""))?;
            if part.is_empty() {
                return Ok(tags);
            }
            let number = u16::try_from(tags.len() + 1);
            let number = number.map_err(|_| Fault::lasting("the file is too large", ""))?;
            let mut tries = 0;
            let answer = loop {
                tries += 1;
                let credentials = Some(&self.credentials);
                let action = self.signer.upload_part(credentials, key, number, id);
                match self.sent(action, &[], part.clone()) {
                    Err(fault) if fault.again.is_some() && tries < PART_TRIES => {
                        let asked = fault.again.unwrap_or_default();
                        std::thread::sleep(asked.max(Duration::from_millis(200 << tries)));
                    }
                    done => break done?,
                }
            };
            let tag = answer.header("etag").unwrap_or_default();
            tags.push(tag.to_owned());
        }
    }
}

fn as_sent(headers: &Headers) -> Vec<(&'static str, String)> {
    let mut all = vec![("content-type", headers.content_type.clone())];
    let more = [
        ("cache-control", &headers.cache_control),
        ("content-encoding", &headers.encoding),
    ];
    all.extend(
        more.into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?))),
    );
    all
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

fn unclear(why: impl std::fmt::Display) -> Fault {
    Fault::lasting(
        format!("the store's answer cannot be read: {why}"),
        "look at the address of the store: something else may answer there",
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Storage for Bucket {
    fn name(&self) -> String {
        let (name, prefix) = (self.signer.name(), &self.prefix);
        format!("s3://{name}/{prefix} at {}", self.endpoint)
    }

    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault> {
        let key = self.key(key);
        let unreadable = |e| Fault::lasting(format!("the file cannot be read: {e}"), "");
        let mut source = open().map_err(unreadable)?;
        if size > PART as u64 {
            return self.in_parts(&key, headers, &mut source);
        }
        let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        source.read_to_end(&mut body).map_err(unreadable)?;
        self.whole(&key, headers, body)
    }

    fn get(&self, key: &str) -> Result<Option<Got>, Fault> {
        let key = self.key(key);
        let action = self.signer.get_object(Some(&self.credentials), &key);
        let answer = self.send(action, &[], Vec::new())?;
        let code = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status() {
            404 if between(&code, "Code") != "NoSuchBucket" => return Ok(None),
            200 => {}
            _ => return Err(self.refused(&answer)),
        }
        let header = |name| answer.header(name).map(str::to_owned);
        let headers = Headers {
            content_type: header("content-type").unwrap_or_default(),
            cache_control: header("cache-control"),
            encoding: header("content-encoding"),
        };
        Ok(Some(Got {
            headers: Some(headers),
            body: answer.body,
        }))
    }

    fn list(&self, take: &mut dyn FnMut(Found)) -> Result<(), Fault> {
        let mut from: Option<String> = None;
        loop {
            let mut action = self.signer.list_objects_v2(Some(&self.credentials));
            action.with_prefix(self.prefix.as_str());
            if let Some(from) = &from {
                action.with_continuation_token(from.as_str());
            }
            let answer = self.sent(action, &[], Vec::new())?;
            let text = String::from_utf8_lossy(&answer.body);
            let page = ListObjectsV2::parse_response(&text).map_err(unclear)?;
            for object in page.contents {
                let Some(key) = object.key.strip_prefix(&self.prefix) else {
                    continue;
                };
                take(Found {
                    key: key.to_owned(),
                    tag: object.etag.map(|tag| tag.trim_matches('"').to_owned()),
                });
            }
            from = page.next_continuation_token;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// The entity tag of an object that was not stored in parts.
    fn tag(&self, body: &[u8]) -> String {
        hex(&Md5::digest(body))
    }

    fn remove(&self, keys: &[&str]) -> Result<(), Fault> {
        let keys: Vec<ObjectIdentifier> = keys
            .iter()
            .map(|key| ObjectIdentifier::new(self.key(key)))
            .collect();
        let mut action = self
            .signer
            .delete_objects(Some(&self.credentials), keys.iter());
        action.set_quiet(true);
        let (_, sum) = action.clone().body_with_md5();
        action.headers_mut().insert("content-md5", sum.clone());
        let url = action.sign(GOOD);
        let (body, _) = action.body_with_md5();
        let request = Request::builder()
            .method("POST")
            .uri(url.as_str())
            .header("content-md5", sum)
            .body(body.into_bytes());
        let request = request.map_err(|e| Fault::lasting(e.to_string(), ""))?;
        let answer = ask(&self.agent, request)?;
        if !answer.is_good() {
            return Err(self.refused(&answer));
        }
        let text = String::from_utf8_lossy(&answer.body);
        let done = DeleteObjectsResponse::parse(&text).map_err(unclear)?;
        match done
            .errors
            .into_iter()
            .find(|error| error.code != "NoSuchKey")
        {
            None => Ok(()),
            Some(error) => Err(Fault::lasting(
                format!("{} stays: {} {}", error.key, error.code, error.message),
                "allow these credentials s3:DeleteObject on the bucket",
            )),
        }
    }
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

    #[test]
    fn tags_are_those_of_stores() {
        assert_eq!(hex(&Md5::digest(b"")), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
