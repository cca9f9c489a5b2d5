//! What is to be done, and in which order, so that the target serves whole pages at every moment.

use super::{
    object::{Forms, Mark, Object, Rules, Turn, key_of, turn},
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
    /// When.
    pub turn: Turn,
    /// Its key.
    pub key: String,
    /// What is stored there.
    pub object: Object,
    /// Whether nothing was there.
    pub is_new: bool,
}

/// Everything that leads from what a target holds to the tree.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In their order.
    pub uploads: Vec<Upload>,
    /// In their order: what lists pages, pages, files. They follow the uploads.
    pub removals: Vec<(Turn, String)>,
    /// Fingerprinted files that no page of this tree uses, and did of the one before: they stay for a while.
    pub unused: Vec<String>,
    /// Such files that a page uses again.
    pub used_again: Vec<(String, Mark)>,
    /// Objects that lie there as they should.
    pub same: usize,
    /// All that lies there.
    pub held: usize,
}

const DAY: i64 = 24 * 60 * 60;

/// A share of the target above which removing needs a word: one part of so many.
const SHARE: usize = 10;

impl Plan {
    /// Compares a tree with a record of the target.
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
                    turn: turn(file, held.is_none()),
                    key: key.to_string(),
                    object: object.clone(),
                    is_new: held.is_none(),
                }),
            }
        }
        plan.uploads
            .sort_by(|a, b| (a.turn, &a.key).cmp(&(b.turn, &b.key)));
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
                _ => plan.removals.push((turn(key, false), key.clone())),
            }
        }
        plan.removals.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
        plan
    }

    /// Whether the target has to change.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty() && self.removals.is_empty()
    }

    /// Removals by calls: no call removes pages together with what they may need.
    pub fn removals_at_once(&self) -> Vec<Vec<&str>> {
        let mut calls = Vec::new();
        for of_turn in self.removals.chunk_by(|a, b| a.0 == b.0) {
            for call in of_turn.chunks(AT_ONCE) {
                calls.push(call.iter().map(|(_, key)| key.as_str()).collect());
            }
        }
        calls
    }

    /// Whether so much may be removed. `allowed` is what the operator named; `ours` whether this machine knows
    /// that it put there what it would remove.
    ///
    /// # Errors
    /// When it needs a word.
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
            "look at them with --dry-run; if that is meant, say so with --yes-remove {count}; nothing was changed"
        );
        Err(Box::new(Diagnostic::error(message).hint(hint)))
    }
}

/// An object's file, below the site.
pub fn name<'a>(files: &'a [Listed<'_>], object: &Object) -> &'a str {
    let path = &files[object.file].path;
    path.strip_prefix("site/").unwrap_or(path)
}
