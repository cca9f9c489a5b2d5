//! What a build made in an output folder: each output with its key, and a summary of the build.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{disk::Disk, envelope};
use crate::{
    base::{
        diag::Diagnostics,
        hash::{Digest, Sum},
    },
    gate::Passed,
    link::EditionId,
};

/// One output.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Output {
    /// Below the output folder.
    pub path: Arc<str>,
    /// Of all that made it; see `render::Keys`.
    pub key: Option<Digest>,
    /// Of its bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// Under which conditions the last build is still valid, and what it reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// The ID of the output tree; see [`Record::id`].
    pub id: String,
    /// Its files.
    pub outputs: usize,
    /// Of all questions asked of files; see [`super::recorder::Recorder::save`].
    pub basis: Digest,
    /// Of the build's other inputs but its moment.
    pub options: Digest,
    /// The build's moment, in nanoseconds since 1970.
    pub from: i128,
    /// When outputs or findings change by themselves, the same.
    pub until: Option<i128>,
    /// When the outputs change by themselves, the same.
    pub next_change: Option<i128>,
    /// Articles published.
    pub articles: usize,
    /// Whether the address ledger has those of this site.
    pub recorded: bool,
    /// Its findings: warnings are reported again.
    pub diags: Diagnostics,
    /// Names the [`super::snapshot::Snapshot`] of the site, if there is one.
    pub snapshot: Option<Digest>,
    /// The digest of each template in keys: if it changes, its pages are rendered again.
    pub templates: BTreeMap<String, Digest>,
    /// What the gate found in none of the outputs, or excused.
    pub passed: Passed,
    /// What quiet edits changed since the snapshot: editions, and the digests of their files.
    pub edited: BTreeMap<EditionId, Digest>,
}

/// All outputs of a build, by path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    id: String,
    /// The outputs.
    pub outputs: Vec<Output>,
}

/// The name of a cache file about an output folder.
pub(super) fn name(what: &str, out: &str) -> String {
    format!("{what}-{}", Digest::of(out.as_bytes()).short())
}

impl Record {
    /// The record of the output folder `out`, by its absolute path.
    pub fn load(disk: &dyn Disk, out: &str) -> Option<Self> {
        envelope::load_value(disk, &name("outputs", out))
    }

    /// Saves it.
    pub fn save(&self, disk: &dyn Disk, out: &str) -> bool {
        envelope::save_value(disk, &name("outputs", out), self).is_some()
    }

    /// The output at a path.
    pub fn get(&self, path: &str) -> Option<&Output> {
        let at = self
            .outputs
            .binary_search_by(|o| (*o.path).cmp(path))
            .ok()?;
        self.outputs.get(at)
    }

    /// The ID of this tree: the digest of all paths and contents.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl From<Vec<Output>> for Record {
    fn from(outputs: Vec<Output>) -> Self {
        /// As many at a time as keep every core busy.
        const PART: usize = 4096;
        let parts = outputs.par_chunks(PART).map(|part| {
            let mut sum = Sum::default();
            for output in part {
                sum.text(&output.path).digest(&output.digest);
            }
            sum.finish()
        });
        let mut sum = Sum::default();
        for part in parts.collect::<Vec<Digest>>() {
            sum.digest(&part);
        }
        let id = sum.finish().first(16);
        Self { id, outputs }
    }
}

impl Summary {
    /// The summary of the output folder `out`, by its absolute path.
    pub fn load(disk: &dyn Disk, out: &str) -> Option<Self> {
        envelope::load_value(disk, &name("summary", out))
    }

    /// Saves it.
    pub fn save(&self, disk: &dyn Disk, out: &str) -> bool {
        envelope::save_value(disk, &name("summary", out), self).is_some()
    }

    /// When the site changes by itself.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.next_change
            .and_then(|t| Timestamp::from_nanosecond(t).ok())
    }

    /// Whether a build at `now` with these options would give the same, if `basis` is that of the answers.
    pub fn holds(&self, basis: Digest, options: Digest, now: Timestamp) -> bool {
        let now = now.as_nanosecond();
        self.basis == basis
            && self.options == options
            && self.from <= now
            && self.until.is_none_or(|until| now < until)
    }
}
