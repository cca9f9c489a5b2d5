//! A media storage that is a bucket. A file is read twice: its key is its checksum, which must be known before it is
//! sent. The store checks each part by its MD5, and the object appears only if all parts together have the SHA-256.

use std::{
    fs,
    io::{self, Read},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use sha2::{Digest as _, Sha256};

use super::{
    source::{Source, each_step, failed, hex},
    storage::{Held, LEDGER, Result, Storage, Stored, is_key},
    wrong,
};
use crate::{
    output::{Meter, Transfer},
    s3::{self, Content, PART, SHA256, Usage},
};
use dateline::{
    base::{diag::Diagnostic, files},
    parse::rendition::key,
    publish::{AT_ONCE, Fault, Progress as _, Retry},
};
use dateline_bucket::Context;
use dateline_contract::bucket::Bucket as Place;

/// How many parts are sent at once.
const PARTS_AT_ONCE: usize = 8;

/// What hints speak of.
const CONTEXT: Context = Context {
    setting: "storage",
    rights: "s3:ListBucket, s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and s3:DeleteObject",
};

/// The progress of what this process transfers.
static TRANSFER: Transfer = Transfer::new();

/// A bucket, or the part of it below a prefix.
pub(super) struct Bucket(s3::Bucket<'static>);

/// Reads and computes the checksum of what was read.
struct Hashing {
    file: fs::File,
    hash: Arc<Mutex<Sha256>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let mut hash = self.hash.lock().unwrap_or_else(PoisonError::into_inner);
        hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl Bucket {
    /// # Errors
    /// When the bucket cannot be reached with these credentials.
    pub(super) fn open(root: &Path, place: &Place) -> Result<Self> {
        let usage = Usage {
            connections: PARTS_AT_ONCE.max(16),
            parts_at_once: PARTS_AT_ONCE,
            unfinished: root.join(".dateline/uploads"),
            context: CONTEXT,
            retry: Retry {
                sleep: thread::sleep,
                progress: &TRANSFER,
            },
        };
        let refused = |fault| fault_of("cannot use the media storage", fault);
        let bucket = s3::Bucket::open(place, usage).map_err(refused)?;
        bucket.reach().map_err(refused)?;
        Ok(Self(bucket))
    }

    fn doing(&self, what: &str) -> impl FnOnce(Fault) -> Box<Diagnostic> {
        let doing = format!("cannot {what} in {}", self.0.name());
        move |fault| fault_of(&doing, fault)
    }

    /// Sends a file whose key and checksum are known.
    fn send(
        &self,
        path: &Path,
        from: &Source,
        key: &str,
        sum: &str,
        media_type: &str,
    ) -> Result<()> {
        let hash = Arc::new(Mutex::new(Sha256::new()));
        let open = || -> io::Result<Box<dyn Read + Send>> {
            *hash.lock().unwrap_or_else(PoisonError::into_inner) = Sha256::new();
            Ok(Box::new(Hashing {
                file: files::open(path)?,
                hash: Arc::clone(&hash),
            }))
        };
        let check = || {
            let hash = hash.lock().unwrap_or_else(PoisonError::into_inner);
            let read = hex(&hash.clone().finalize());
            let unchanged = from.is_unchanged(from.size).is_ok();
            match read == sum && unchanged {
                true => Ok(()),
                false => Err(Fault::permanent(
                    format!("{} changed while it was read", path.display()),
                    "wait until nothing writes to it, then add it again",
                )),
            }
        };
        let headers = [
            ("content-type", media_type.to_owned()),
            (SHA256, sum.to_owned()),
        ];
        TRANSFER.begin(from.size);
        let content = Content {
            size: from.size,
            open: &open,
            check: &check,
            sent: &|bytes| TRANSFER.done(bytes),
        };
        let sent = self.0.put_in_parts(key, &headers, &content);
        TRANSFER.end();
        sent.map_err(self.doing("store the file"))
    }
}

fn fault_of(doing: &str, fault: Fault) -> Box<Diagnostic> {
    // No bar may stand among findings.
    TRANSFER.end();
    wrong(format!("{doing}: {}", fault.message), fault.hint)
}

impl Storage for Bucket {
    fn put(&self, path: &Path, name: &str, media_type: &str) -> Result<Stored> {
        let mut from = Source::open(path)?;
        let meter = Meter::new(from.size);
        let unreadable = |e| failed("read", path, &e);
        let (sha256, size) = each_step(&mut from.file, unreadable, |read| {
            meter.add(read.len());
            Ok(())
        })?;
        drop(meter);
        from.is_unchanged(size)?;
        let key = key(&sha256, name);
        let fresh = match self.find(&key)? {
            None => {
                self.send(path, &from, &key, &sha256, media_type)?;
                true
            }
            Some(_) => false,
        };
        let held = self.find(&key)?;
        let known = |held: &Held| held.sha256.as_ref().is_none_or(|sum| *sum == sha256);
        if !held.is_some_and(|held| held.size == size && known(&held)) {
            let message = format!("{} is there, but it is not this file", self.place(&key));
            let hint = "it was damaged: remove it and add the file again";
            return Err(wrong(message, hint));
        }
        Ok(Stored {
            sha256,
            size,
            key,
            fresh,
        })
    }

    fn find(&self, key: &str) -> Result<Option<Held>> {
        let held = self.0.head(key).map_err(self.doing("look at a file"))?;
        Ok(held.map(|held| Held {
            size: held.size,
            sha256: held.sha256,
        }))
    }

    fn sum(&self, key: &str, size: u64, meter: &Meter) -> Result<(String, u64)> {
        let mut hash = Sha256::new();
        let mut read = 0;
        while read < size {
            let last = (read + PART as u64).min(size) - 1;
            let got = self.0.ask(|| {
                let gone = || Fault::permanent("it is gone", "another process removes files");
                let got = self.0.get(key, Some((read, last)))?.ok_or_else(gone)?;
                match got.body.len() as u64 == last + 1 - read {
                    true => Ok(got.body),
                    false => Err(Fault::temporary("the store sent another number of bytes")),
                }
            });
            let got = got.map_err(self.doing("read a file"))?;
            hash.update(&got);
            meter.add(got.len());
            read += got.len() as u64;
        }
        Ok((hex(&hash.finalize()), read))
    }

    fn list(&self) -> Result<Vec<(String, u64)>> {
        let all = self.0.ask(|| {
            let mut all = Vec::new();
            self.0
                .list(&mut |listed| all.push((listed.key, listed.size)))?;
            Ok(all)
        });
        let mut all = all.map_err(self.doing("list the files"))?;
        all.retain(|(key, _)| is_key(key));
        Ok(all)
    }

    fn remove(&self, keys: &[&str]) -> Result<()> {
        for keys in keys.chunks(AT_ONCE) {
            let removed = self.0.ask(|| self.0.remove(keys));
            removed.map_err(self.doing("remove files"))?;
        }
        Ok(())
    }

    fn ledger(&self) -> Result<String> {
        let got = self.0.ask(|| self.0.get(LEDGER, None));
        let got = got.map_err(self.doing("read .unreferenced"))?;
        Ok(got.map_or_else(String::new, |got| {
            String::from_utf8_lossy(&got.body).into_owned()
        }))
    }

    fn set_ledger(&self, text: &str) -> Result<()> {
        let headers = [("content-type", "text/plain".to_owned())];
        let written = match text {
            "" => self.0.ask(|| self.0.remove(&[LEDGER])),
            text => self.0.ask(|| self.0.put(LEDGER, &headers, text.as_bytes())),
        };
        written.map_err(self.doing("write .unreferenced"))
    }

    fn tidy(&self) {
        self.0.abort_unfinished();
    }

    fn place(&self, key: &str) -> String {
        format!("{key} in {}", self.0.name())
    }

    fn is_remote(&self) -> bool {
        true
    }
}
