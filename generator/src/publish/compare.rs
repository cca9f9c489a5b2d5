//! Compares a build with a target. What the target holds comes from the local record, or from a listing if another
//! machine has written to the target since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    object::objects,
    plan::Plan,
    record::{Held, Record},
    retry::{Failed, Retry, failed},
    run::{Build, Options, Publishing},
    storage::{Fault, Storage},
};
use crate::base::hash::{Digest, Map};

/// The object in which a target names its last writer.
pub(super) const MARKER: &str = ".dateline.json";

/// The content of the marker object.
#[derive(Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) version: u32,
    /// The ID of the run that wrote last.
    pub(super) writer: String,
    /// The digest of the rules that the headers were made from.
    pub(super) rules: String,
}

impl Build {
    /// Compares the build with a target and plans the run. Changes nothing.
    ///
    /// # Errors
    /// When the target cannot be read.
    pub fn compare<'a>(
        &'a self,
        storage: &'a dyn Storage,
        options: Options,
        retry: Retry<'a>,
    ) -> Result<Publishing<'a>, Failed> {
        let place = Digest::of(storage.name().as_bytes()).first(8);
        let journal = self.held.record(&place)?;
        let objects = objects(&self.tree.files, &self.rules, &options.forms);
        let mut all = Publishing {
            build: self,
            storage,
            journal,
            record: Record::default(),
            objects,
            plan: Plan::default(),
            ours: true,
            written: false,
            retry,
            options,
        };
        all.load_record()?;
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

impl Publishing<'_> {
    /// Loads the record of what the target holds, or makes one from a listing if another run wrote there since.
    fn load_record(&mut self) -> Result<(), Failed> {
        let name = self.storage.name();
        let marker = self.ask(|| self.storage.get(MARKER));
        let marker = marker.map_err(|fault| failed(&format!("cannot read from {name}"), fault))?;
        let marker: Option<Marker> = marker.and_then(|got| serde_json::from_slice(&got.body).ok());
        let text = std::mem::take(&mut self.journal.text);
        let mut record = Record::parse(&text).unwrap_or_default();
        if let Some(marker) = &marker
            && record.writers.contains(&marker.writer)
        {
            record.writers.retain(|writer| *writer == marker.writer);
            // A line that was cut off by a kill must not run into the next one.
            let torn = !text.ends_with('\n');
            self.written = !torn && record.lines <= 2 * record.held.len() + 1000;
            self.record = record;
            return Ok(());
        }
        self.record.unannounced = record.unannounced;
        self.ours = marker.is_some();
        let comparable = marker
            .as_ref()
            .is_some_and(|marker| marker.rules == self.build.rules.digest());
        // The listing shows what this writer left: the next writer will first put another ID in the marker.
        self.record
            .writers
            .extend(marker.map(|marker| marker.writer));
        self.record_from_listing(comparable)
            .map_err(|fault| failed(&format!("cannot list {name}"), fault))
    }

    /// Makes a record from a listing. Objects with the right content count as known, provided that the headers were
    /// made from the same rules (`comparable`).
    fn record_from_listing(&mut self, comparable: bool) -> Result<(), Fault> {
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
}
