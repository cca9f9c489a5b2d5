//! Which published documents excuse a needle, and what the next build may reuse of that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    Form, Gate, NeedleId, Passed, Searches, lock,
    needles::{Passage, file_path},
};
use crate::{
    base::{hash::Map, index::Indexed},
    link::{Edition, EditionId, Life},
};

impl Gate {
    /// The needles that the text and files of a document contain.
    pub(super) fn needles_in(&self, searches: &Searches, edition: &Edition) -> BTreeSet<NeedleId> {
        let texts = self.texts();
        let search = |passages: &[Passage]| -> BTreeSet<NeedleId> {
            let found = passages
                .iter()
                .flat_map(|s| searches.anywhere(s.text.as_bytes()));
            found.collect()
        };
        let mut found = search(&texts.front(edition));
        let source = self.files.read(&edition.source.path);
        let meets = source.is_ok_and(|source| searches.meets(&source.bytes));
        if meets || edition.meta.dossier.is_some() {
            found.extend(search(&texts.body(edition).unwrap_or_default()));
        }
        if searches.files.is_empty() {
            return found;
        }
        for path in texts.used(edition).iter().map(file_path) {
            let size = self.files.size(&path).unwrap_or_default();
            let Some(candidates) = searches.files.get(&size) else {
                continue;
            };
            let own = self.files.digest(&path).ok();
            let same = |number: &NeedleId| match self.known.needles[*number].form {
                Form::File { digest, .. } => own == Some(digest),
                _ => false,
            };
            found.extend(candidates.iter().copied().filter(same));
        }
        found
    }

    /// The documents that contain these needles, published or scheduled, with their lifetimes.
    pub(super) fn documents_with(
        &self,
        wanted: &BTreeSet<NeedleId>,
    ) -> Map<NeedleId, Vec<(Life, Arc<str>)>> {
        let searches = self.known.searches(wanted.iter().copied());
        let published = self.site.editions.len();
        let waiting = self
            .known
            .items
            .iter()
            .filter(|i| !i.published && i.life.is_some());
        let waiting: Vec<&Edition> = waiting.map(|i| &i.edition).collect();
        let of = |at: usize| {
            let edition = match at.checked_sub(published) {
                Some(at) => waiting[at],
                None => &self.site.editions[EditionId::from(at)],
            };
            let needles = self.needles_in(&searches, edition);
            let source = edition.source.path.clone();
            (!needles.is_empty()).then(|| (edition.life(), source, needles))
        };
        let all = (0..published + waiting.len()).into_par_iter();
        let mut out: Map<NeedleId, Vec<(Life, Arc<str>)>> = Map::default();
        for (life, source, needles) in all.filter_map(of).collect::<Vec<_>>() {
            for number in wanted.iter().filter(|n| needles.contains(n)) {
                out.entry(*number).or_default().push((life, source.clone()));
            }
        }
        out
    }

    /// The searches that outputs of an earlier build still need, given what `passed` recorded about them.
    pub fn fresh(&self, passed: &Passed) -> Searches {
        let mut by_source: BTreeMap<&Arc<str>, BTreeSet<NeedleId>> = BTreeMap::new();
        let mut left = Vec::new();
        for (number, needle) in self.known.needles.iter().indexed() {
            let mark = needle.mark();
            if self.known.common[number] || passed.nowhere.binary_search(&mark).is_ok() {
                continue;
            }
            left.push(number);
            if let Ok(at) = passed
                .excused
                .binary_search_by_key(&mark, |(mark, _)| *mark)
            {
                by_source
                    .entry(&passed.excused[at].1)
                    .or_default()
                    .insert(number);
            }
        }
        let mut excused = BTreeSet::new();
        for (source, numbers) in by_source {
            let Some(id) = self.site.resolver.published(source) else {
                continue;
            };
            let searches = self.known.searches(numbers);
            for number in self.needles_in(&searches, &self.site.editions[id]) {
                let _ = self.excused[number].set(source.clone());
                excused.insert(number);
            }
        }
        let everywhere = left.iter().copied();
        let everywhere =
            everywhere.filter(|n| !excused.contains(n) && !self.known.is_published(*n));
        self.known
            .searches_in(&everywhere.collect::<Vec<_>>(), &left)
    }

    /// What the next build may rely on, if nothing leaks.
    pub fn passed(&self) -> Passed {
        let found = lock(&self.found);
        let mut passed = Passed::default();
        for (number, needle) in self.known.needles.iter().indexed::<NeedleId>() {
            if let Some(source) = self.excused[number].get() {
                passed.excused.push((needle.mark(), source.clone()));
            } else if !self.known.common[number] && !found.standing.contains_key(&number) {
                passed.nowhere.push(needle.mark());
            }
        }
        passed.nowhere.sort_unstable();
        passed.nowhere.dedup();
        passed.excused.sort_unstable();
        // Equal needles of several documents share a mark; all of them must be settled.
        passed.nowhere.retain(|mark| {
            passed
                .excused
                .binary_search_by_key(mark, |(mark, _)| *mark)
                .is_err()
        });
        let of_outputs = passed.excused.iter().map(|(_, source)| source.clone());
        let excuses: BTreeSet<Arc<str>> = found.excuses.iter().cloned().chain(of_outputs).collect();
        passed.excuses = excuses.into_iter().collect();
        passed
    }
}
