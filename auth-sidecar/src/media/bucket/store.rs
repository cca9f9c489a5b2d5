//! Signed requests to a bucket, and what their refusals mean.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use dateline_bucket::{Access, Context, Fault, Refusal, code};
use dateline_contract::bucket::Bucket;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::DATE;
use rusty_s3::S3Action as _;
use rusty_s3::actions::ListObjectsV2;

use super::client::{Client, read};
use crate::domain::clock::{Clock, SystemClock};
use crate::tls;

/// How long the service's own requests may take to arrive.
const SIGNATURE: Duration = Duration::from_secs(300);

/// Why an object was not answered.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The bucket has no such object.
    Missing,
    /// It is empty, or shorter than what was asked for.
    Short,
    /// This object is refused; without the right to list the bucket, so are missing ones.
    Denied(Fault),
    /// No object can be had now.
    Away(Fault),
}

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing | Trouble::Short => {
                Self::new(io::ErrorKind::NotFound, "the bucket has no such object")
            }
            Trouble::Denied(fault) | Trouble::Away(fault) => Self::other(fault.to_string()),
        }
    }
}

/// A bucket's store: how to reach it, and how requests are signed.
pub(crate) struct Store {
    place: Bucket,
    access: RwLock<Arc<Access>>,
    client: Client,
    context: Context,
}

impl Store {
    /// `setting` is the one that names the bucket.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub(crate) fn new(
        place: Bucket,
        access: Access,
        setting: &'static str,
    ) -> Result<Self, tls::Error> {
        let rights = match setting {
            "media" => {
                "s3:GetObject (and s3:ListBucket, without which a missing file is denied too)"
            }
            _ => "s3:ListBucket and s3:GetObject",
        };
        Ok(Self {
            place,
            client: Client::new(&access.endpoint)?,
            access: RwLock::new(Arc::new(access)),
            context: Context { setting, rights },
        })
    }

    pub(super) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the credentials again: those in a file are exchanged while the service runs.
    pub(crate) fn renew(&self) {
        let Ok(found) = Access::open(&self.place, &dateline_bucket::variable) else {
            return;
        };
        // Another store or bucket would need another client.
        let former = self.access();
        if found.credentials != former.credentials && found.signer == former.signer {
            tracing::info!(store = %found, "new credentials for the store were read");
            *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        }
    }

    /// The head of an object, or of this part of it (as in `Range`), with its body to be read.
    pub(crate) async fn get(
        &self,
        key: &str,
        range: Option<&str>,
    ) -> Result<Response<Incoming>, Trouble> {
        let access = self.access();
        let key = access.key(key);
        let action = access.signer.get_object(Some(&access.credentials), &key);
        let url = action.sign(SIGNATURE);
        let headers: Vec<_> = range.map(|range| ("range", range)).into_iter().collect();
        let answer = self.client.get(url.as_str(), &headers).await;
        let answer = answer.map_err(|error| unreachable(&access, &error))?;
        self.judge(&access, answer).await
    }

    /// A small object.
    pub(crate) async fn read(&self, key: &str) -> Result<Bytes, Trouble> {
        let answer = self.get(key, None).await?;
        let read = read(answer.into_body()).await;
        read.map_err(|error| unreachable(&self.access(), &error))
    }

    /// The keys below the store's prefix that begin so, each with what changes with its object's content.
    pub(crate) async fn list(&self, start: &str) -> Result<Vec<(String, String)>, Trouble> {
        let access = self.access();
        let (mut all, mut from) = (Vec::new(), None::<String>);
        loop {
            let mut action = access.signer.list_objects_v2(Some(&access.credentials));
            action.with_prefix(access.key(start));
            if let Some(from) = &from {
                action.with_continuation_token(from.as_str());
            }
            let answer = self.client.get(action.sign(SIGNATURE).as_str(), &[]).await;
            let answer = answer.map_err(|error| unreachable(&access, &error))?;
            let answer = self.judge(&access, answer).await?;
            let read = read(answer.into_body()).await;
            let read = read.map_err(|error| unreachable(&access, &error))?;
            let page = ListObjectsV2::parse_response(&String::from_utf8_lossy(&read));
            let page = page.map_err(|error| unreachable(&access, &io::Error::other(error)))?;
            all.extend(page.contents.into_iter().filter_map(|object| {
                let key = object.key.strip_prefix(&access.prefix)?.to_owned();
                // Not every store lists entity tags.
                let tag = object.etag.unwrap_or_default();
                let changed = format!("{tag} {:?} {:?}", object.last_modified, object.size);
                Some((key, changed))
            }));
            from = page.next_continuation_token;
            if from.is_none() {
                return Ok(all);
            }
        }
    }

    async fn judge(
        &self,
        access: &Access,
        answer: Response<Incoming>,
    ) -> Result<Response<Incoming>, Trouble> {
        let (head, body) = answer.into_parts();
        if matches!(head.status.as_u16(), 200 | 206) {
            return Ok(Response::from_parts(head, body));
        }
        // An answer without a readable body is explained by its status.
        let body = read(body).await.unwrap_or_default();
        let status = head.status.as_u16();
        let date = head.headers.get(DATE);
        let refusal = Refusal {
            status,
            body: &body,
            date: date.and_then(|date| date.to_str().ok()),
        };
        let fault = || access.explain(refusal, SystemClock.now(), self.context);
        Err(match (status, code(&body)) {
            (404, code) if code != "NoSuchBucket" => Trouble::Missing,
            (416, _) => Trouble::Short,
            // A wrong clock is told by the date, whatever the code is.
            (403, "AccessDenied") if !refusal.is_of_another_time(SystemClock.now()) => {
                Trouble::Denied(fault())
            }
            _ => Trouble::Away(fault()),
        })
    }
}

fn unreachable(access: &Access, error: &io::Error) -> Trouble {
    Trouble::Away(Fault {
        message: format!("{} cannot be reached: {error}", access.endpoint),
        hint: "check the endpoint, the network and the store".to_owned(),
    })
}
