//! What a target holds: by the record, if nobody else wrote there since; else by a listing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    object::objects,
    order::Plan,
    record::{Held, Record},
    run::{Desk, Options, Publishing},
    storage::{Fault, Storage},
    work::{Failed, Patience, told},
};
use crate::base::hash::{Digest, Map};

/// Where a target says who wrote to it last.
pub(super) const MARKER: &str = ".dateline.json";

/// What a target says of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) version: u32,
    /// Who wrote last.
    pub(super) writer: String,
    /// The digest of the rules that headers were made from.
    pub(super) rules: String,
}

impl Desk {
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

impl Publishing<'_> {
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
}
