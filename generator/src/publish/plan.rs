//! The plan: what to upload and remove, in an order that keeps every served page complete at every moment.

use super::{
    object::{Forms, Mark, Object, Phase, Rules, key_of, phase},
    record::Record,
    storage::AT_ONCE,
};
use crate::{
    base::{diag::Diagnostic, hash::Set},
    emit::changes::Listed,
};

/// One upload.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its phase.
    pub phase: Phase,
    /// The key.
    pub key: String,
    /// What will be stored under the key.
    pub object: Object,
    /// Whether the target has nothing under the key yet.
    pub is_new: bool,
}

/// All changes that phase what a target holds into the tree.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Uploads, in order.
    pub uploads: Vec<Upload>,
    /// Removals, in order: lists of pages, pages, files. They follow the uploads.
    pub removals: Vec<(Phase, String)>,
    /// Fingerprinted files that the last tree used and this one does not: they stay for the grace period.
    pub unused: Vec<String>,
    /// Unused fingerprinted files that a page uses again.
    pub used_again: Vec<(String, Mark)>,
    /// How many objects are already up to date.
    pub same: usize,
    /// How many objects the target holds.
    pub held: usize,
}

const DAY: i64 = 24 * 60 * 60;

/// Removing more than one in this many objects needs the operator's confirmation.
const SHARE: usize = 10;

impl Plan {
    /// Compares a tree with the record of a target.
    pub fn new(
        files: &[Listed<'_>],
        objects: &[Object],
        record: &Record,
        (rules, forms): (&Rules, &Forms),
        (now, grace_days): (i64, u64),
    ) -> Self {
        let mut plan = Self {
            held: record.held.len(),
            ..Self::default()
        };
        let mut wanted: Set<&str> = Set::default();
        for object in objects {
            let file = name(files, object);
            let key = key_of(file, object.coding, forms);
            let known = record.held.get_key_value(&*key);
            wanted.extend(known.map(|(key, _)| key.as_str()));
            let held = known.map(|(_, held)| held);
            match held {
                Some(held) if held.mark == Some(object.mark) => {
                    plan.same += 1;
                    if held.unused_since.is_some() {
                        plan.used_again.push((key.to_string(), object.mark));
                    }
                }
                _ => plan.uploads.push(Upload {
                    phase: phase(file, held.is_none()),
                    key: key.to_string(),
                    object: object.clone(),
                    is_new: held.is_none(),
                }),
            }
        }
        plan.uploads
            .sort_by(|a, b| (a.phase, &a.key).cmp(&(b.phase, &b.key)));
        let grace = i64::try_from(grace_days)
            .unwrap_or(i64::MAX)
            .saturating_mul(DAY);
        for (key, held) in &record.held {
            if wanted.contains(key.as_str()) {
                continue;
            }
            let stays = rules.is_fingerprinted(key) && held.mark.is_some() && grace > 0;
            match held.unused_since {
                None if stays => plan.unused.push(key.clone()),
                Some(since) if stays && now.saturating_sub(since) < grace => {}
                _ => plan.removals.push((phase(key, false), key.clone())),
            }
        }
        plan.removals.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
        plan
    }

    /// Whether the target is already up to date.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty() && self.removals.is_empty()
    }

    /// Removals in batches, one call each: no batch removes pages together with files that they may need.
    pub fn removals_at_once(&self) -> Vec<Vec<&str>> {
        let mut calls = Vec::new();
        for of_phase in self.removals.chunk_by(|a, b| a.0 == b.0) {
            for call in of_phase.chunks(AT_ONCE) {
                calls.push(call.iter().map(|(_, key)| key.as_str()).collect());
            }
        }
        calls
    }

    /// Checks that the plan may remove as much as it does. `allowed` is the number that the operator confirmed;
    /// `ours` says whether this machine is known to have uploaded what it would remove.
    ///
    /// # Errors
    /// When the operator has to confirm the removals.
    pub fn check(&self, allowed: Option<usize>, ours: bool) -> Result<(), Box<Diagnostic>> {
        let count = self.removals.len();
        let few = ours && count * SHARE <= self.held;
        if count == 0 || few || allowed.is_some_and(|n| n >= count) {
            return Ok(());
        }
        let message = match ours {
            true => format!(
                "{count} of {} files at the target would be removed",
                self.held
            ),
            false => format!(
                "{count} of {} files at the target are not of this site, and would be removed",
                self.held
            ),
        };
        let hint = format!(
            "list them with --dry-run; if this is intended, confirm with --yes-remove {count}; nothing was changed"
        );
        Err(Box::new(Diagnostic::error(message).hint(hint)))
    }
}

/// The path of an object's file, relative to the site.
pub fn name<'a>(files: &'a [Listed<'_>], object: &Object) -> &'a str {
    let path = &files[object.file].path;
    path.strip_prefix("site/").unwrap_or(path)
}
