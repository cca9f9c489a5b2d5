//! Multipart uploads: objects that are too large for one request.

use std::{io::Read, time::Duration};

use dateline::publish::{Fault, Headers};
use rusty_s3::{S3Action, actions::CreateMultipartUpload};
use ureq::http::Request;

use super::{super::web::ask, Bucket, PART, SIGNATURE_LIFETIME, request_headers, unclear};

/// How often a part is tried.
const PART_TRIES: usize = 4;

impl Bucket {
    pub(super) fn put_in_parts(
        &self,
        key: &str,
        headers: &Headers,
        source: &mut dyn Read,
    ) -> Result<(), Fault> {
        let credentials = Some(&self.access.credentials);
        let action = self.access.signer.create_multipart_upload(credentials, key);
        let begun = self.send_ok(action, &request_headers(headers), Vec::new())?;
        let begun = String::from_utf8_lossy(&begun.body);
        let begun = CreateMultipartUpload::parse_response(&begun).map_err(unclear)?;
        let id = begun.upload_id();
        let tags = self.parts(key, id, source);
        let done = tags.and_then(|tags| {
            let tags = tags.iter().map(String::as_str);
            let action = self
                .access
                .signer
                .complete_multipart_upload(credentials, key, id, tags);
            let url = action.sign(SIGNATURE_LIFETIME);
            let request = Request::builder().method("POST").uri(url.as_str());
            let request = request.body(action.body().into_bytes());
            let request = request.map_err(|e| Fault::permanent(e.to_string(), ""))?;
            let answer = ask(&self.agent, request)?;
            // A store may answer 200 before it knows the result, and report an error in the body.
            match answer.is_good() && !String::from_utf8_lossy(&answer.body).contains("<Error") {
                true => Ok(()),
                false => Err(self.refused(&answer)),
            }
        });
        if done.is_err() {
            let action = self
                .access
                .signer
                .abort_multipart_upload(credentials, key, id);
            let _ = self.send_ok(action, &[], Vec::new());
        }
        done
    }

    fn parts(&self, key: &str, id: &str, source: &mut dyn Read) -> Result<Vec<String>, Fault> {
        let mut tags = Vec::new();
        loop {
            let mut part = Vec::new();
            let read = source.take(PART as u64).read_to_end(&mut part);
            read.map_err(|e| Fault::permanent(format!("the file cannot be read: {e}"), ""))?;
            if part.is_empty() {
                return Ok(tags);
            }
            let number = u16::try_from(tags.len() + 1);
            let number = number.map_err(|_| Fault::permanent("the file is too large", ""))?;
            let mut tries = 0;
            let answer = loop {
                tries += 1;
                let credentials = Some(&self.access.credentials);
                let action = self.access.signer.upload_part(credentials, key, number, id);
                match self.send_ok(action, &[], part.clone()) {
                    Err(fault) if fault.retry_after.is_some() && tries < PART_TRIES => {
                        let asked = fault.retry_after.unwrap_or_default();
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
