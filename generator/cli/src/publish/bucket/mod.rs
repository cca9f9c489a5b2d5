//! A bucket of an S3-compatible store as a target.

mod parts;

use std::time::Duration;

use dateline::{
    base::clock::Now,
    publish::{Entry, Fault, Fetched, Headers, Opening, Storage},
};
use dateline_bucket::{Access, Context, Refusal, code, variable};
use dateline_contract::bucket::Bucket as Place;
use md5::{Digest as _, Md5};
use rusty_s3::{
    S3Action,
    actions::{DeleteObjectsResponse, ListObjectsV2, ObjectIdentifier},
};
use ureq::{Agent, http::Request};

use super::web::{Answer, ask, client};

/// How long a signature is valid: longer than a request takes, but short enough to notice a wrong clock.
const SIGNATURE_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Larger objects are sent in parts of this size.
const PART: usize = 8 << 20;

/// What hints speak of.
const CONTEXT: Context = Context {
    setting: "target",
    rights: "s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject",
};

/// A bucket, or the part of it below a prefix.
pub(super) struct Bucket {
    agent: Agent,
    access: Access,
}

impl Bucket {
    /// # Errors
    /// When credentials are missing, or the endpoint is not a valid address.
    pub(super) fn new(place: &Place, threads: usize) -> Result<Self, Fault> {
        let access = Access::open(place, &variable)
            .map_err(|fault| Fault::permanent(fault.message, fault.hint))?;
        Ok(Self {
            agent: client(threads),
            access,
        })
    }

    /// The fault that an error response means.
    fn refused(&self, answer: &Answer) -> Fault {
        if let Some(after) = answer.retry_after() {
            let (endpoint, status) = (&self.access.endpoint, answer.status());
            let code = code(&answer.body);
            return Fault {
                retry_after: Some(after),
                ..Fault::temporary(format!("{endpoint} answers {status} {code}"))
            };
        }
        let refusal = Refusal {
            status: answer.status(),
            body: &answer.body,
            date: answer.header("date"),
        };
        let fault = self.access.explain(refusal, Now::system().0, CONTEXT);
        Fault::permanent(fault.message, fault.hint)
    }

    /// Signs and sends a request; returns the response, whatever its status.
    fn send<'a, A: S3Action<'a>>(
        &self,
        mut action: A,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        for (name, value) in headers {
            action.headers_mut().insert(*name, value.clone());
        }
        let url = action.sign(SIGNATURE_LIFETIME);
        let mut request = Request::builder()
            .method(A::METHOD.to_str())
            .uri(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(body)
            .map_err(|e| Fault::permanent(format!("a request cannot be made: {e}"), ""))?;
        ask(&self.agent, request)
    }

    /// Signs and sends a request; anything but success is an error.
    fn send_ok<'a, A: S3Action<'a>>(
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

    fn put_whole(&self, key: &str, headers: &Headers, body: Vec<u8>) -> Result<(), Fault> {
        let action = self
            .access
            .signer
            .put_object(Some(&self.access.credentials), key);
        self.send_ok(action, &request_headers(headers), body)
            .map(|_| ())
    }
}

fn request_headers(headers: &Headers) -> Vec<(&'static str, String)> {
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

/// Whether a 404 means that the bucket, not an object, is missing.
fn is_bucket_missing(answer: &Answer) -> bool {
    code(&answer.body) == "NoSuchBucket"
}

fn unclear(why: impl std::fmt::Display) -> Fault {
    Fault::permanent(
        format!("the store's answer cannot be read: {why}"),
        "check the endpoint: another service may be answering there",
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Storage for Bucket {
    fn name(&self) -> String {
        self.access.to_string()
    }

    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault> {
        let key = self.access.key(key);
        let unreadable = |e| Fault::permanent(format!("the file cannot be read: {e}"), "");
        let mut source = open().map_err(unreadable)?;
        if size > PART as u64 {
            return self.put_in_parts(&key, headers, &mut source);
        }
        let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        source.read_to_end(&mut body).map_err(unreadable)?;
        self.put_whole(&key, headers, body)
    }

    fn get(&self, key: &str) -> Result<Option<Fetched>, Fault> {
        let key = self.access.key(key);
        let action = self
            .access
            .signer
            .get_object(Some(&self.access.credentials), &key);
        let answer = self.send(action, &[], Vec::new())?;
        match answer.status() {
            404 if !is_bucket_missing(&answer) => return Ok(None),
            200 => {}
            _ => return Err(self.refused(&answer)),
        }
        let header = |name| answer.header(name).map(str::to_owned);
        let headers = Headers {
            content_type: header("content-type").unwrap_or_default(),
            cache_control: header("cache-control"),
            encoding: header("content-encoding"),
        };
        Ok(Some(Fetched {
            headers: Some(headers),
            body: answer.body,
        }))
    }

    fn list(&self, take: &mut dyn FnMut(Entry)) -> Result<(), Fault> {
        let mut from: Option<String> = None;
        loop {
            let mut action = self
                .access
                .signer
                .list_objects_v2(Some(&self.access.credentials));
            action.with_prefix(self.access.prefix.as_str());
            if let Some(from) = &from {
                action.with_continuation_token(from.as_str());
            }
            let answer = self.send_ok(action, &[], Vec::new())?;
            let text = String::from_utf8_lossy(&answer.body);
            let page = ListObjectsV2::parse_response(&text).map_err(unclear)?;
            for object in page.contents {
                let Some(key) = object.key.strip_prefix(&self.access.prefix) else {
                    continue;
                };
                take(Entry {
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
            .map(|key| ObjectIdentifier::new(self.access.key(key)))
            .collect();
        let mut action = self
            .access
            .signer
            .delete_objects(Some(&self.access.credentials), keys.iter());
        action.set_quiet(true);
        let (_, sum) = action.clone().body_with_md5();
        action.headers_mut().insert("content-md5", sum.clone());
        let url = action.sign(SIGNATURE_LIFETIME);
        let (body, _) = action.body_with_md5();
        let request = Request::builder()
            .method("POST")
            .uri(url.as_str())
            .header("content-md5", sum)
            .body(body.into_bytes());
        let request = request.map_err(|e| Fault::permanent(e.to_string(), ""))?;
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
            Some(error) => Err(Fault::permanent(
                format!(
                    "{} was not removed: {} {}",
                    error.key, error.code, error.message
                ),
                "grant these credentials s3:DeleteObject on the bucket",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_stores() {
        assert_eq!(hex(&Md5::digest(b"")), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
