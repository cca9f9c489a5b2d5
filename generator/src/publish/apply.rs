//! Applies a plan: uploads, reads some of them back, and removes.

use std::{
    io::{Cursor, Read},
    sync::atomic::AtomicBool,
};

use super::{
    compare::{MARKER, Marker},
    object::Headers,
    plan::Upload,
    record,
    retry::{Budget, Failed, failed, in_parallel},
    run::{Publishing, SMALL},
};
use crate::base::diag::Diagnostic;

/// How many bytes of files all threads together hold in memory.
const MEMORY: u64 = 64 << 20;
/// How many uploads are read back.
const SAMPLE: usize = 3;

impl Publishing<'_> {
    /// Uploads, reads some of it back, and removes. If it fails, everything done so far stays.
    ///
    /// # Errors
    /// When a call fails or a check does not pass; the next run resumes from there.
    pub fn apply(&mut self) -> Result<(), Failed> {
        self.begin()?;
        let progress = self.retry.progress;
        let sizes = self.plan.uploads.iter().map(|upload| self.size(upload));
        progress.begin(sizes.sum());
        let budget = Budget::new(MEMORY);
        for phase in self.plan.uploads.chunk_by(|a, b| a.phase == b.phase) {
            in_parallel(
                phase,
                self.options.threads,
                &|upload, stop| -> Result<(), Failed> {
                    let _reserved = budget.reserve(2 * self.size(upload).min(SMALL));
                    self.upload(upload, stop)?;
                    progress.done(self.size(upload));
                    Ok(())
                },
            )?;
        }
        self.storage.tidy();
        self.read_back()?;
        for keys in self.plan.removals_at_once() {
            let removed = self.ask(|| self.storage.remove(&keys));
            let doing = || format!("cannot remove from {}", self.storage.name());
            removed.map_err(|fault| failed(&doing(), fault))?;
            let lines: Vec<String> = keys.iter().map(|key| record::removed(key)).collect();
            self.journal.add(&lines.concat())?;
        }
        Ok(())
    }

    /// Records what this run will touch, and writes its ID to the marker.
    fn begin(&mut self) -> Result<(), Failed> {
        if !self.written {
            self.journal.replace(&self.record.text())?;
            self.written = true;
        }
        let mut lines = String::new();
        for key in &self.plan.unused {
            lines.push_str(&record::unused(key, self.options.now));
        }
        for (key, mark) in &self.plan.used_again {
            lines.push_str(&record::known(key, *mark));
        }
        if self.plan.is_empty() {
            return self.journal.add(&lines);
        }
        // The record first, then the marker: whichever ID the marker has after a kill, the record knows it.
        lines.push_str(&record::writer(&self.options.writer));
        let touched = self.plan.uploads.iter().map(|upload| &upload.key);
        let gone = self.plan.removals.iter().map(|(_, key)| key);
        for key in touched.chain(gone) {
            lines.push_str(&record::unknown(key));
        }
        self.journal.add(&lines)?;
        let marker = Marker {
            version: 1,
            writer: self.options.writer.clone(),
            rules: self.build.rules.digest(),
        };
        let body = serde_json::to_vec(&marker).unwrap_or_default();
        let headers = Headers {
            content_type: "application/json".to_owned(),
            cache_control: Some("no-store".to_owned()),
            encoding: None,
        };
        let open = || Ok(Box::new(Cursor::new(body.clone())) as Box<dyn Read + Send>);
        let size = body.len() as u64;
        let put = self.ask(|| self.storage.put(MARKER, &headers, size, &open));
        put.map_err(|fault| failed(&format!("cannot write to {}", self.storage.name()), fault))
    }

    fn upload(&self, upload: &Upload, stop: &AtomicBool) -> Result<(), Failed> {
        let object = &upload.object;
        let file = &self.build.tree.files[object.file];
        let body = self.small(object)?;
        let size = body.as_ref().map_or(file.size, |body| body.len() as u64);
        let open = || -> std::io::Result<Box<dyn Read + Send>> {
            Ok(match &body {
                Some(body) => Box::new(Cursor::new(body.clone())),
                None => Box::new(self.build.held.open(&file.path)?),
            })
        };
        let headers = self.headers(object);
        let put = || self.storage.put(&upload.key, &headers, size, &open);
        let put = self.retry.run(stop, put);
        put.map_err(|fault| failed(&format!("cannot upload {}", upload.key), fault))?;
        let line = match self.is_form(upload) {
            true => record::known(&upload.key, object.mark),
            false => record::stored(&upload.key, object.mark),
        };
        self.journal.add(&line)
    }

    /// Reads a sample of the uploads back and compares it with what was sent.
    fn read_back(&self) -> Result<(), Failed> {
        let small = |upload: &&Upload| self.size(upload) <= SMALL;
        let all: Vec<&Upload> = self.plan.uploads.iter().filter(small).collect();
        let step = all.len().div_ceil(SAMPLE).max(1);
        for upload in all.into_iter().rev().step_by(step) {
            let got = self.ask(|| self.storage.get(&upload.key));
            let doing = || format!("cannot read {} back", upload.key);
            let got = got.map_err(|fault| failed(&doing(), fault))?;
            let differs = match &got {
                None => Some("it is not there".to_owned()),
                Some(got) if Some(&got.body) != self.small(&upload.object)?.as_ref() => {
                    Some("it has another content".to_owned())
                }
                Some(got) => {
                    let wanted = self.headers(&upload.object);
                    let other = got.headers.as_ref().filter(|headers| **headers != wanted);
                    other.map(|headers| other_headers(headers, &wanted))
                }
            };
            if let Some(differs) = differs {
                self.journal.add(&record::unknown(&upload.key))?;
                let message = format!("{} was uploaded, and read back {differs}", upload.key);
                let hint = "another process writes to the target, or the target alters what it is given; nothing was removed or \
                            acknowledged: find out why, then run the command again";
                return Err(Box::new(Diagnostic::error(message).hint(hint)));
            }
        }
        Ok(())
    }
}

fn other_headers(got: &Headers, wanted: &Headers) -> String {
    let cache = |headers: &Headers| headers.cache_control.clone().unwrap_or_default();
    let encoding = |headers: &Headers| headers.encoding.clone().unwrap_or_default();
    format!(
        "it has the headers “{}”, “{}”, “{}” in place of “{}”, “{}”, “{}”",
        got.content_type,
        cache(got),
        encoding(got),
        wanted.content_type,
        cache(wanted),
        encoding(wanted)
    )
}
