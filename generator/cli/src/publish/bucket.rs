//! A bucket of an S3-compatible store as a target.

use dateline::publish::{Entry, Fault, Fetched, Headers, Opening, Storage};
use md5::{Digest as _, Md5};

use crate::s3::{Bucket, Content, PART, hex};

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

impl Storage for Bucket<'_> {
    fn name(&self) -> String {
        Bucket::name(self)
    }

    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault> {
        let headers = request_headers(headers);
        if size > PART as u64 {
            let content = Content {
                size,
                open,
                check: &|| Ok(()),
                sent: &|_| {},
            };
            return self.put_in_parts(key, &headers, &content);
        }
        let unreadable = |e| Fault::permanent(format!("the file cannot be read: {e}"), "");
        let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let mut source = open().map_err(unreadable)?;
        source.read_to_end(&mut body).map_err(unreadable)?;
        Bucket::put(self, key, &headers, &body)
    }

    fn get(&self, key: &str) -> Result<Option<Fetched>, Fault> {
        let answer = Bucket::get(self, key, None)?;
        Ok(answer.map(|answer| {
            let header = |name| answer.header(name).map(str::to_owned);
            let headers = Headers {
                content_type: header("content-type").unwrap_or_default(),
                cache_control: header("cache-control"),
                encoding: header("content-encoding"),
            };
            Fetched {
                headers: Some(headers),
                body: answer.body,
            }
        }))
    }

    fn list(&self, take: &mut dyn FnMut(Entry)) -> Result<(), Fault> {
        Bucket::list(self, &mut |listed| {
            take(Entry {
                key: listed.key,
                tag: listed.tag,
            });
        })
    }

    /// The entity tag of an object that was not stored in parts.
    fn tag(&self, body: &[u8]) -> String {
        hex(&Md5::digest(body))
    }

    fn remove(&self, keys: &[&str]) -> Result<(), Fault> {
        Bucket::remove(self, keys)
    }

    fn tidy(&self) {
        self.abort_unfinished();
    }
}
