//! One run of the command: look, upload, read back, remove, acknowledge.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
    path::Path,
    sync::atomic::AtomicBool,
};

use dateline_contract::edge::EdgeRules;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::{
    object::{Forms, Headers, Object, Rules, key_of, objects, path_of},
    order::{Plan, Upload, name},
    record::{self, Held, Record},
    storage::{Fault, Storage},
    work::{Failed, Patience, Room, all, told},
};
use crate::{
    base::{
        diag::Diagnostic,
        hash::{Digest, Map},
    },
    config::publish::Coding,
    emit::{self, Journal, changes::Tree},
};

/// Where a target says who wrote to it last.
const MARKER: &str = ".dateline.json";
/// Larger files are not held in memory.
const SMALL: u64 = 8 << 20;
/// What all threads together hold of files.
const MEMORY: u64 = 64 << 20;
/// How many uploads are read back.
const SAMPLE: usize = 3;

/// How it is done.
#[derive(Clone)]
pub struct Options {
    /// What the target holds of one file.
    pub forms: Forms,
    /// How long fingerprinted files outlive their last page, in days.
    pub grace_days: u64,
    /// Seconds since 1970.
    pub now: i64,
    /// A name that no other run has.
    pub writer: String,
    /// Uploads at once.
    pub threads: usize,
    /// Compresses text.
    pub compress: fn(Coding, &[u8]) -> Vec<u8>,
    /// Waits between tries.
    pub patience: fn(std::time::Duration),
}

/// Hears how far it is.
pub trait Watch: Sync {
    /// So many bytes will be uploaded.
    fn begin(&self, bytes: u64);
    /// So many more are.
    fn done(&self, bytes: u64);
}

/// A build that is ready to go out.
pub struct Desk {
    held: emit::Held,
    tree: Tree,
    rules: Rules,
}

impl Desk {
    /// Takes what lies in `out`; builds wait until it is dropped.
    ///
    /// # Errors
    /// When there is nothing that may be published.
    pub fn open(out: &Path) -> Result<Self, Failed> {
        let held = emit::Held::take(out)?;
        let tree = held.tree()?;
        const RULES: &str = "edge/headers.json";
        let rules = held.read(RULES).map_err(|e| e.to_string());
        let rules = rules.and_then(|json| EdgeRules::from_json(&json).map_err(|e| e.to_string()));
        let rules = rules.map_err(|why| {
            let diag = Diagnostic::error(format!("{}/{RULES}: {why}", out.display()));
            Box::new(diag.hint("run `dateline build`, which writes it anew"))
        })?;
        Ok(Self {
            held,
            tree,
            rules: Rules::new(rules),
        })
    }

    /// Looks at a target. Nothing changes.
    ///
    /// # Errors
    /// When the target cannot be asked.
    pub fn look<'a>(
        &'a self,
        storage: &'a dyn Storage,
        options: Options,
    ) -> Result<Publishing<'a>, Failed> {
        let place = Digest::of(storage.name().as_bytes()).first(8);
        let journal = self.held.record(&place)?;
        let objects = objects(&self.tree.files, &self.rules, &options.forms);
        let mut all = Publishing {
            desk: self,
            storage,
            journal,
            record: Record::default(),
            objects,
            plan: Plan::default(),
            ours: true,
            written: false,
            patience: Patience {
                wait: options.patience,
            },
            options,
        };
        all.remember()?;
        all.plan = Plan::new(
            &self.tree.files,
            &all.objects,
            &all.record,
            (&self.rules, &all.options.forms),
            (all.options.now, all.options.grace_days),
        );
        Ok(all)
    }
}

/// What a target says of itself.
#[derive(Serialize, Deserialize)]
struct Marker {
    version: u32,
    /// Who wrote last.
    writer: String,
    /// The digest of the rules that headers were made from.
    rules: String,
}

/// An address that changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Address {
    /// Whole, with scheme and host.
    pub url: String,
    /// The file below the site.
    pub file: String,
}

/// One run against one target.
pub struct Publishing<'a> {
    desk: &'a Desk,
    storage: &'a dyn Storage,
    journal: Journal,
    record: Record,
    objects: Vec<Object>,
    plan: Plan,
    /// Whether all that lies at the target is known to be Dateline's.
    ours: bool,
    /// Whether the record on the disk is that in memory.
    written: bool,
    patience: Patience,
    options: Options,
}

impl Publishing<'_> {
    /// What is to be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The name of the tree.
    pub fn id(&self) -> &str {
        &self.desk.tree.id
    }

    /// Bytes of the files of an upload.
    pub fn size(&self, upload: &Upload) -> u64 {
        self.desk.tree.files[upload.object.file].size
    }

    /// Whether so much may be removed.
    ///
    /// # Errors
    /// See [`Plan::check`].
    pub fn check(&self, allowed: Option<usize>) -> Result<(), Failed> {
        self.plan.check(allowed, self.ours)
    }

    fn ask<T>(&self, call: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        self.patience.with(&AtomicBool::new(false), call)
    }

    /// What the target holds: by the record, if nobody else wrote there since; else by asking.
    fn remember(&mut self) -> Result<(), Failed> {
        let name = self.storage.name();
        let marker = self.ask(|| self.storage.get(MARKER));
        let marker = marker.map_err(|fault| told(&format!("cannot read from {name}"), fault))?;
        let marker: Option<Marker> = marker.and_then(|got| serde_json::from_slice(&got.body).ok());
        let text = std::mem::take(&mut self.journal.text);
        let mut record = Record::parse(&text).unwrap_or_default();
        if let Some(marker) = &marker
            && record.writers.contains(&marker.writer)
        {
            record.writers.retain(|writer| *writer == marker.writer);
            // A line that a kill cut off must not swallow the next one.
            let torn = !text.ends_with('\n');
            self.written = !torn && record.lines <= 2 * record.held.len() + 1000;
            self.record = record;
            return Ok(());
        }
        self.record.untold = record.untold;
        self.ours = marker.is_some();
        let comparable = marker
            .as_ref()
            .is_some_and(|marker| marker.rules == self.desk.rules.digest());
        // What is listed now is what this writer left: who writes next leaves another name first.
        self.record
            .writers
            .extend(marker.map(|marker| marker.writer));
        self.take_stock(comparable)
            .map_err(|fault| told(&format!("cannot list {name}"), fault))
    }

    /// Makes a record from a listing. What has the right content counts as known, if headers are.
    fn take_stock(&mut self, comparable: bool) -> Result<(), Fault> {
        let found = self.ask(|| {
            let mut found = Vec::new();
            self.storage.list(&mut |one| found.push(one))?;
            Ok(found)
        })?;
        let by_key: Map<_, _> = self
            .objects
            .iter()
            .map(|object| (self.key(object), object))
            .collect();
        let mut held = BTreeMap::new();
        for one in found.into_iter().filter(|one| one.key != MARKER) {
            let object = by_key.get(&one.key).filter(|_| comparable);
            let same = object.filter(|object| {
                let body = self.small(object).ok().flatten();
                one.tag.is_some() && body.map(|body| self.storage.tag(&body)) == one.tag
            });
            let mark = same.map(|object| object.mark);
            let unused_since = None;
            held.insert(one.key, Held { mark, unused_since });
        }
        self.record.held = held;
        Ok(())
    }

    fn file(&self, object: &Object) -> &str {
        name(&self.desk.tree.files, object)
    }

    fn key(&self, object: &Object) -> String {
        key_of(self.file(object), object.coding, &self.options.forms).into_owned()
    }

    fn headers(&self, object: &Object) -> Headers {
        let file = self.file(object);
        self.desk
            .rules
            .headers(file, object.coding, &self.options.forms)
    }

    /// The content of an object in its form; none if it is too large to be held.
    fn small(&self, object: &Object) -> Result<Option<Vec<u8>>, Failed> {
        let file = &self.desk.tree.files[object.file];
        if file.size > SMALL {
            let same = self.desk.held.is(file);
            return match same.map_err(|e| unreadable(&file.path, &e))? {
                true => Ok(None),
                false => Err(altered(&file.path)),
            };
        }
        let read = self.desk.held.read(&file.path);
        let body = read.map_err(|e| unreadable(&file.path, &e))?;
        if Digest::of(&body) != file.hash {
            return Err(altered(&file.path));
        }
        Ok(Some(match object.coding {
            Coding::Plain => body,
            coding => (self.options.compress)(coding, &body),
        }))
    }

    /// Uploads, reads some of it back, and removes. What was done stays done, whenever it fails.
    ///
    /// # Errors
    /// When something is not as it should be; the next run goes on from there.
    pub fn carry_out(&mut self, watch: &dyn Watch) -> Result<(), Failed> {
        self.begin()?;
        let sizes = self.plan.uploads.iter().map(|upload| self.size(upload));
        watch.begin(sizes.sum());
        let room = Room::new(MEMORY);
        for turn in self.plan.uploads.chunk_by(|a, b| a.turn == b.turn) {
            all(turn, self.options.threads, &|upload, stop| {
                let _place = room.take(2 * self.size(upload).min(SMALL));
                self.upload(upload, stop)?;
                watch.done(self.size(upload));
                Ok(())
            })?;
        }
        self.read_back()?;
        for keys in self.plan.removals_at_once() {
            let removed = self.ask(|| self.storage.remove(&keys));
            let doing = || format!("cannot remove from {}", self.storage.name());
            removed.map_err(|fault| told(&doing(), fault))?;
            let lines: Vec<String> = keys.iter().map(|key| record::removed(key)).collect();
            self.journal.add(&lines.concat())?;
        }
        Ok(())
    }

    /// Notes what will be touched, and that this run writes.
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
        // First the record, then the target: whichever of the two names the target has is known here.
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
            rules: self.desk.rules.digest(),
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
        put.map_err(|fault| told(&format!("cannot write to {}", self.storage.name()), fault))
    }

    fn upload(&self, upload: &Upload, stop: &AtomicBool) -> Result<(), Failed> {
        let object = &upload.object;
        let file = &self.desk.tree.files[object.file];
        let body = self.small(object)?;
        let size = body.as_ref().map_or(file.size, |body| body.len() as u64);
        let open = || -> std::io::Result<Box<dyn Read + Send>> {
            Ok(match &body {
                Some(body) => Box::new(Cursor::new(body.clone())),
                None => Box::new(self.desk.held.open(&file.path)?),
            })
        };
        let headers = self.headers(object);
        let put = || self.storage.put(&upload.key, &headers, size, &open);
        let put = self.patience.with(stop, put);
        put.map_err(|fault| told(&format!("cannot upload {}", upload.key), fault))?;
        let line = match self.is_form(upload) {
            true => record::known(&upload.key, object.mark),
            false => record::stored(&upload.key, object.mark),
        };
        self.journal.add(&line)
    }

    /// Compares some of what was uploaded with what it should be.
    fn read_back(&self) -> Result<(), Failed> {
        let small = |upload: &&Upload| self.size(upload) <= SMALL;
        let all: Vec<&Upload> = self.plan.uploads.iter().filter(small).collect();
        let step = all.len().div_ceil(SAMPLE).max(1);
        for upload in all.into_iter().rev().step_by(step) {
            let got = self.ask(|| self.storage.get(&upload.key));
            let doing = || format!("cannot read {} back", upload.key);
            let got = got.map_err(|fault| told(&doing(), fault))?;
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
                let hint = "somebody else writes to the target, or it alters what it is given; nothing was removed or \
                            acknowledged: find out why, then run the command again";
                return Err(Box::new(Diagnostic::error(message).hint(hint)));
            }
        }
        Ok(())
    }

    /// The addresses that changed by what was carried out, or before, and that nobody was told of since.
    pub fn untold(&self) -> Vec<Address> {
        let base = self.desk.rules.base_url().unwrap_or_default();
        let plain = |upload: &&Upload| !self.is_form(upload);
        let uploaded = self.plan.uploads.iter().filter(plain).map(|u| &u.key);
        let removed = self.plan.removals.iter().map(|(_, key)| key);
        let mut keys: BTreeSet<&str> = uploaded.chain(removed).map(String::as_str).collect();
        keys.extend(self.record.untold.iter().map(String::as_str));
        // A form that was removed is no address, as long as its file is known.
        let is_form = |key: &str| {
            let file = key.strip_suffix(".br").or(key.strip_suffix(".gz"));
            let known = |file| keys.contains(file) || self.record.held.contains_key(file);
            matches!(self.options.forms, Forms::Beside(_)) && file.is_some_and(known)
        };
        let all = keys.iter().filter(|key| !is_form(key));
        let all = all.map(|file| Address {
            url: format!("{base}{}", utf8_percent_encode(&path_of(file), &ENCODED)),
            file: (*file).to_owned(),
        });
        all.collect()
    }

    /// Whether it is a compressed form beside its file.
    fn is_form(&self, upload: &Upload) -> bool {
        let beside = matches!(self.options.forms, Forms::Beside(_));
        beside && upload.object.coding != Coding::Plain
    }

    /// All is done, and everybody was told: the tree is acknowledged.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn conclude(self) -> Result<(), Failed> {
        let Self { desk, journal, .. } = self;
        journal.add(record::TOLD)?;
        desk.held.acknowledge(&desk.tree.id)
    }
}

/// What a path of a URL may not hold as it is.
const ENCODED: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

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

fn unreadable(path: &str, error: &std::io::Error) -> Failed {
    let diag = Diagnostic::error(format!("cannot read {path} of the build: {error}"));
    Box::new(diag.hint("run `dateline build`, then publish again"))
}

fn altered(path: &str) -> Failed {
    let diag = Diagnostic::error(format!("{path} is not what the build wrote"));
    Box::new(
        diag.hint(
            "somebody changed it since; remove the output folder and build again, then publish",
        ),
    )
}
