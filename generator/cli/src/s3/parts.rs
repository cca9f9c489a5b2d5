//! Multipart uploads: objects that are too large for one request, or must be resumable.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dateline::publish::{Fault, Opening, in_parallel};
use md5::{Digest as _, Md5};
use rusty_s3::{S3Action, actions::CreateMultipartUpload};

use super::{
    Bucket, SIGNATURE_LIFETIME, hex, unclear,
    unfinished::{Begun, Record},
    web::Answer,
};

/// The usual size of a part.
pub(crate) const PART: usize = 8 << 20;
/// The most parts of an object: the limit of S3.
const MOST_PARTS: u64 = 10_000;

/// What is uploaded.
pub(crate) struct Content<'a> {
    /// Bytes.
    pub size: u64,
    /// Opens it, from its beginning each time.
    pub open: Opening<'a>,
    /// Is asked after everything was read, before the object appears.
    pub check: &'a (dyn Fn() -> Result<(), Fault> + Sync),
    /// Is told of bytes that the store has.
    pub sent: &'a (dyn Fn(u64) + Sync),
}

/// The size of each part of an object of this size.
fn part_size(size: u64) -> usize {
    const UNIT: u64 = 1 << 20;
    let least = size.div_ceil(MOST_PARTS).div_ceil(UNIT) * UNIT;
    usize::try_from(least).unwrap_or(usize::MAX).max(PART)
}

fn unreadable(error: &io::Error) -> Fault {
    Fault::permanent(format!("the file cannot be read: {error}"), "")
}

fn changed() -> Fault {
    Fault::permanent(
        "the file changed while it was read",
        "wait until nothing writes to it, then run the command again",
    )
}

/// Where reading stands: parts are read one after the other, and sent in parallel.
struct Reading {
    source: Box<dyn Read + Send>,
    number: u16,
    left: u64,
}

impl Reading {
    fn next(&mut self, part: usize) -> Result<(u16, Vec<u8>), Fault> {
        let size = (part as u64).min(self.left);
        let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = (&mut self.source).take(size).read_to_end(&mut body);
        read.map_err(|e| unreadable(&e))?;
        if body.len() as u64 != size {
            return Err(changed());
        }
        self.left -= size;
        self.number += 1;
        Ok((self.number, body))
    }

    fn is_at_end(&mut self) -> Result<(), Fault> {
        let read = self.source.read(&mut [0]).map_err(|e| unreadable(&e))?;
        match (read, self.left) {
            (0, 0) => Ok(()),
            _ => Err(changed()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A part that the store has.
struct Part {
    sum: [u8; 16],
    tag: String,
}

impl Bucket<'_> {
    /// Stores an object in parts, several at once. A command that is killed, or whose network fails, leaves them for
    /// the next one, which sends what is missing; after a refusal nothing stays.
    ///
    /// # Errors
    /// When it was not stored. Retries are done already.
    pub(crate) fn put_in_parts(
        &self,
        key: &str,
        headers: &[(&'static str, String)],
        content: &Content<'_>,
    ) -> Result<(), Fault> {
        let key = self.access.key(key);
        let mut record = self.unfinished.take(&key)?;
        let part = part_size(content.size);
        loop {
            let found = record.begun.take().filter(|begun| begun.part == part);
            let is_resumed = found.is_some();
            let begun = match found {
                Some(begun) => begun,
                None => {
                    let id = self.begin(&key, headers)?;
                    let begun = self.unfinished.begun(&key, &id, part);
                    record.begin(begun.clone())?;
                    begun
                }
            };
            let done = self.send_parts(&begun, content, &record);
            let Err(fault) = done else {
                record.forget();
                return Ok(());
            };
            if fault.retry_after.is_some() {
                record.begun = Some(begun);
                return Err(Fault {
                    retry_after: None,
                    ..fault
                });
            }
            let _ = self.abort(&begun);
            record.forget();
            // The store may have dropped what an earlier run began.
            if !is_resumed {
                return Err(fault);
            }
        }
    }

    fn begin(&self, key: &str, headers: &[(&'static str, String)]) -> Result<String, Fault> {
        self.ask(|| {
            let signer = &self.access.signer;
            let action = signer.create_multipart_upload(Some(&self.access.credentials), key);
            let answer = self.send_ok(action, headers, &[])?;
            let text = String::from_utf8_lossy(&answer.body);
            let begun = CreateMultipartUpload::parse_response(&text).map_err(unclear)?;
            Ok(begun.upload_id().to_owned())
        })
    }

    fn abort(&self, begun: &Begun) -> Result<(), Fault> {
        let (signer, credentials) = (&self.access.signer, Some(&self.access.credentials));
        let action = signer.abort_multipart_upload(credentials, &begun.key, &begun.id);
        self.send_ok(action, &[], &[]).map(|_| ())
    }

    /// Removes from the store what killed commands of this machine began and no running one continues.
    pub(crate) fn abort_unfinished(&self) {
        for mut record in self.unfinished.all() {
            let kept = match &record.begun {
                Some(begun) => {
                    matches!(self.abort(begun), Err(fault) if fault.retry_after.is_some())
                }
                None => false,
            };
            if !kept {
                record.forget();
            }
        }
    }

    fn send_parts(
        &self,
        begun: &Begun,
        content: &Content<'_>,
        record: &Record,
    ) -> Result<(), Fault> {
        let reading = Mutex::new(Reading {
            source: (content.open)().map_err(|e| unreadable(&e))?,
            number: 0,
            left: content.size,
        });
        let count = content.size.div_ceil(begun.part as u64).max(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let parts = Mutex::new(BTreeMap::new());
        in_parallel(&vec![(); count], self.parts_at_once, &|(),
                                                            stop|
         -> Result<
            (),
            Fault,
        > {
            let (number, body) = lock(&reading).next(begun.part)?;
            let part = self.send_part(begun, (number, &body), record, stop)?;
            (content.sent)(body.len() as u64);
            lock(&parts).insert(number, part);
            Ok(())
        })?;
        lock(&reading).is_at_end()?;
        (content.check)()?;
        let parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.complete(begun, parts.into_values().collect(), content.size)
    }

    /// Sends a part unless the store has it. The store checks the MD5; so does this, by the tag of the answer, since
    /// some stores ignore what they are to check.
    fn send_part(
        &self,
        begun: &Begun,
        (number, body): (u16, &[u8]),
        record: &Record,
        stop: &AtomicBool,
    ) -> Result<Part, Fault> {
        let sum: [u8; 16] = Md5::digest(body).into();
        let shown = hex(&sum);
        if let Some(tag) = record.tag(number, &shown) {
            return Ok(Part { sum, tag });
        }
        let headers = [("content-md5", STANDARD.encode(sum))];
        let (signer, credentials) = (&self.access.signer, Some(&self.access.credentials));
        let tag = self.retry.run(stop, || {
            let action = signer.upload_part(credentials, &begun.key, number, &begun.id);
            let answer = self.send_ok(action, &headers, body)?;
            match is_altered(&answer, &shown) {
                false => Ok(answer.header("etag").unwrap_or_default().to_owned()),
                true => Err(Fault::temporary(format!(
                    "{} stored something else than part {number}",
                    self.access.endpoint
                ))),
            }
        })?;
        record.has(number, &shown, &tag)?;
        Ok(Part { sum, tag })
    }

    fn complete(&self, begun: &Begun, parts: Vec<Part>, size: u64) -> Result<(), Fault> {
        let (signer, credentials) = (&self.access.signer, Some(&self.access.credentials));
        let (key, id) = (begun.key.as_str(), begun.id.as_str());
        let done = self.ask(|| {
            let tags = parts.iter().map(|part| part.tag.as_str());
            let action = signer.complete_multipart_upload(credentials, key, id, tags);
            let url = action.sign(SIGNATURE_LIFETIME);
            let body = action.body();
            let answer = self.send_signed("POST", url.as_str(), &[], body.as_bytes())?;
            // A store may answer 200 before it knows the result, and report an error in the body.
            match answer.is_good() && !String::from_utf8_lossy(&answer.body).contains("<Error") {
                true => Ok(()),
                false => Err(self.refused(&answer)),
            }
        });
        let Err(fault) = done else { return Ok(()) };
        // The first try may have worked although its answer was lost.
        let mut all = Md5::new();
        parts.iter().for_each(|part| all.update(part.sum));
        let tag = format!("{}-{}", hex(&all.finalize()), parts.len());
        match self.head_at(key) {
            Ok(Some(held)) if held.size == size && held.tag == tag => Ok(()),
            _ => Err(fault),
        }
    }
}

/// Whether the answer's tag is the MD5 of another content. Tags of encrypted objects are no MD5.
fn is_altered(answer: &Answer, sum: &str) -> bool {
    let encrypted = answer
        .header("x-amz-server-side-encryption")
        .is_some_and(|how| how != "AES256")
        || answer
            .header("x-amz-server-side-encryption-customer-algorithm")
            .is_some();
    let tag = answer.header("etag").unwrap_or_default().trim_matches('"');
    let is_sum = tag.len() == 32 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    is_sum && !encrypted && !tag.eq_ignore_ascii_case(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_never_too_many_or_too_small() {
        assert_eq!(part_size(1), PART);
        assert_eq!(part_size(PART as u64 * MOST_PARTS), PART);
        for size in [PART as u64 * MOST_PARTS + 1, 5 << 40] {
            let part = part_size(size) as u64;
            assert!(size.div_ceil(part) <= MOST_PARTS && part.is_multiple_of(1 << 20));
        }
    }
}
