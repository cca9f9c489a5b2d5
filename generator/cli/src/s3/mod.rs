//! The client of S3-compatible stores: a bucket, for `publish` and `media`.

mod parts;
mod unfinished;
mod web;

use std::{path::PathBuf, sync::atomic::AtomicBool, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dateline::{
    base::clock::Now,
    publish::{AT_ONCE, Fault, Retry},
};
use dateline_bucket::{Access, Context, Refusal, code, variable};
use dateline_contract::bucket::Bucket as Place;
use rusty_s3::{
    S3Action,
    actions::{DeleteObjectsResponse, ListObjectsV2, ObjectIdentifier},
};
use ureq::{Agent, http::Request};

use self::unfinished::Unfinished;
pub(crate) use self::{
    parts::{Content, PART},
    web::{Answer, ask, client},
};

/// How long a signature is valid: longer than a request takes, but short enough to notice a wrong clock.
const SIGNATURE_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// The header with the SHA-256 that the client of an object gave it.
pub(crate) const SHA256: &str = "x-amz-meta-sha256";

/// Codes of failures that a retry may overcome, whatever the status.
const TEMPORARY: [&str; 6] = [
    "BadDigest",
    "IncompleteBody",
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
];

/// How a bucket is used.
pub(crate) struct Usage<'a> {
    /// How many connections stay open.
    pub connections: usize,
    /// How many parts of an object are sent at once, each with memory of its own.
    pub parts_at_once: usize,
    /// The folder with the records of unfinished uploads.
    pub unfinished: PathBuf,
    /// What hints speak of.
    pub context: Context,
    /// Repeats calls.
    pub retry: Retry<'a>,
}

/// A bucket, or the part of it below a prefix.
pub(crate) struct Bucket<'a> {
    agent: Agent,
    access: Access,
    unfinished: Unfinished,
    parts_at_once: usize,
    context: Context,
    retry: Retry<'a>,
}

/// An object, as the store describes it.
pub(crate) struct Held {
    /// Bytes.
    pub size: u64,
    /// The entity tag, without quotation marks.
    pub tag: String,
    /// The SHA-256 of its content, in hexadecimal, if the store keeps one.
    pub sha256: Option<String>,
}

/// An object of a listing.
pub(crate) struct Listed {
    /// The key below the prefix.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The entity tag, without quotation marks, if it is listed.
    pub tag: Option<String>,
}

impl<'a> Bucket<'a> {
    /// # Errors
    /// When credentials are missing, or the endpoint is not a valid address.
    pub(crate) fn open(place: &Place, usage: Usage<'a>) -> Result<Self, Fault> {
        let access = Access::open(place, &variable)
            .map_err(|fault| Fault::permanent(fault.message, fault.hint))?;
        Ok(Self {
            agent: client(usage.connections, variable("AWS_CA_BUNDLE"))?,
            unfinished: Unfinished::new(usage.unfinished, access.to_string()),
            parts_at_once: usage.parts_at_once,
            context: usage.context,
            retry: usage.retry,
            access,
        })
    }

    /// For messages; the same place always has the same name.
    pub(crate) fn name(&self) -> String {
        self.access.to_string()
    }

    /// Repeats a call while that may help.
    pub(crate) fn ask<T>(&self, call: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        self.retry.run(&AtomicBool::new(false), call)
    }

    /// The fault that an error response means.
    fn refused(&self, answer: &Answer) -> Fault {
        let (endpoint, status) = (&self.access.endpoint, answer.status());
        let code = code(&answer.body);
        let temporary = TEMPORARY.contains(&code).then_some(Duration::ZERO);
        if let Some(after) = answer.retry_after().or(temporary) {
            return Fault {
                retry_after: Some(after),
                ..Fault::temporary(format!("{endpoint} answers {status} {code}").trim_end())
            };
        }
        let refusal = Refusal {
            status,
            body: &answer.body,
            date: answer.header("date"),
        };
        let fault = self.access.explain(refusal, Now::system().0, self.context);
        Fault::permanent(fault.message, fault.hint)
    }

    /// Sends a signed request; returns the response, whatever its status.
    fn send_signed(
        &self,
        method: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Answer, Fault> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(body)
            .map_err(|e| Fault::permanent(format!("a request cannot be made: {e}"), ""))?;
        ask(&self.agent, request)
    }

    /// Signs and sends a request; returns the response, whatever its status.
    fn send<'b, A: S3Action<'b>>(
        &self,
        mut action: A,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Answer, Fault> {
        for (name, value) in headers {
            action.headers_mut().insert(*name, value.clone());
        }
        let url = action.sign(SIGNATURE_LIFETIME);
        self.send_signed(A::METHOD.to_str(), url.as_str(), headers, body)
    }

    /// Signs and sends a request; anything but success is an error.
    fn send_ok<'b, A: S3Action<'b>>(
        &self,
        action: A,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Answer, Fault> {
        let answer = self.send(action, headers, body)?;
        match answer.is_good() {
            true => Ok(answer),
            false => Err(self.refused(&answer)),
        }
    }

    /// Stores an object by one request.
    ///
    /// # Errors
    /// When it was not stored, or when that is uncertain.
    pub(crate) fn put(
        &self,
        key: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<(), Fault> {
        let key = self.access.key(key);
        let action = self
            .access
            .signer
            .put_object(Some(&self.access.credentials), &key);
        self.send_ok(action, headers, body).map(|_| ())
    }

    /// Fetches an object, or `range` of it; `None` if there is none.
    ///
    /// # Errors
    /// When it is uncertain whether there is one.
    pub(crate) fn get(
        &self,
        key: &str,
        range: Option<(u64, u64)>,
    ) -> Result<Option<Answer>, Fault> {
        let key = self.access.key(key);
        let action = self
            .access
            .signer
            .get_object(Some(&self.access.credentials), &key);
        let range = range.map(|(from, to)| ("range", format!("bytes={from}-{to}")));
        let answer = self.send(action, range.as_slice(), &[])?;
        match answer.status() {
            404 if code(&answer.body) != "NoSuchBucket" => Ok(None),
            200 | 206 => Ok(Some(answer)),
            _ => Err(self.refused(&answer)),
        }
    }

    /// What the store says of an object; `None` if there is none.
    ///
    /// # Errors
    /// When it is uncertain whether there is one.
    pub(crate) fn head(&self, key: &str) -> Result<Option<Held>, Fault> {
        let key = self.access.key(key);
        self.ask(|| self.head_at(&key))
    }

    /// As `head`, by the key in the bucket, once.
    fn head_at(&self, key: &str) -> Result<Option<Held>, Fault> {
        let action = self
            .access
            .signer
            .head_object(Some(&self.access.credentials), key);
        // Some stores tell a checksum only if they are asked.
        let asks = [("x-amz-checksum-mode", "ENABLED".to_owned())];
        let answer = self.send(action, &asks, &[])?;
        match answer.status() {
            404 => return Ok(None),
            200 => {}
            _ => return Err(self.refused(&answer)),
        }
        let size = answer.header("content-length").and_then(|n| n.parse().ok());
        let size = size.ok_or_else(|| unclear("it names no size"))?;
        let own = answer.header(SHA256).map(str::to_owned);
        let of_store = answer.header("x-amz-checksum-sha256");
        let of_store = of_store.and_then(|text| STANDARD.decode(text).ok());
        Ok(Some(Held {
            size,
            tag: tag(answer.header("etag").unwrap_or_default()),
            sha256: of_store.map(|sum| hex(&sum)).or(own),
        }))
    }

    /// Lists all objects below the prefix.
    ///
    /// # Errors
    /// When the listing is incomplete.
    pub(crate) fn list(&self, take: &mut dyn FnMut(Listed)) -> Result<(), Fault> {
        let mut from: Option<String> = None;
        loop {
            let page = self.page(from.as_deref(), None)?;
            for object in page.contents {
                let Some(key) = object.key.strip_prefix(&self.access.prefix) else {
                    continue;
                };
                take(Listed {
                    key: key.to_owned(),
                    size: object.size.unwrap_or_default(),
                    tag: object.etag.as_deref().map(tag),
                });
            }
            from = page.next_continuation_token;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// Whether the bucket can be listed, which tells of wrong names and credentials.
    ///
    /// # Errors
    /// When it cannot.
    pub(crate) fn reach(&self) -> Result<(), Fault> {
        self.ask(|| self.page(None, Some(1)).map(|_| ()))
    }

    fn page(
        &self,
        from: Option<&str>,
        most: Option<usize>,
    ) -> Result<rusty_s3::actions::ListObjectsV2Response, Fault> {
        let credentials = Some(&self.access.credentials);
        let mut action = self.access.signer.list_objects_v2(credentials);
        action.with_prefix(self.access.prefix.as_str());
        if let Some(from) = from {
            action.with_continuation_token(from);
        }
        if let Some(most) = most {
            action.with_max_keys(most);
        }
        let answer = self.send_ok(action, &[], &[])?;
        let text = String::from_utf8_lossy(&answer.body);
        ListObjectsV2::parse_response(&text).map_err(unclear)
    }

    /// Removes up to [`AT_ONCE`] objects; missing ones count as removed.
    ///
    /// # Errors
    /// When one of them may still exist.
    pub(crate) fn remove(&self, keys: &[&str]) -> Result<(), Fault> {
        debug_assert!(keys.len() <= AT_ONCE);
        let keys: Vec<ObjectIdentifier> = keys
            .iter()
            .map(|key| ObjectIdentifier::new(self.access.key(key)))
            .collect();
        let mut action = self
            .access
            .signer
            .delete_objects(Some(&self.access.credentials), keys.iter());
        action.set_quiet(true);
        let (body, sum) = action.clone().body_with_md5();
        let answer = self.send_ok(action, &[("content-md5", sum)], body.as_bytes())?;
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

fn tag(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn unclear(why: impl std::fmt::Display) -> Fault {
    Fault::permanent(
        format!("the store's answer cannot be read: {why}"),
        "check the endpoint: another service may be answering there",
    )
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
