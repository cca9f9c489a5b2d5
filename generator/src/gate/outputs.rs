//! Searching outputs, one at a time.

use std::collections::BTreeSet;

use super::{Form, Gate, NeedleId, Searches, Standing, copies, is_public, is_verbatim, lock};
use crate::{
    base::hash::Digest,
    plan::{Job, Task},
};

impl Gate {
    /// Whether there is nothing to search for.
    fn is_open(&self) -> bool {
        self.known.needles.is_empty()
    }

    /// Searches a new output.
    pub fn search(&self, job: &Job, bytes: &[u8]) {
        if !self.is_open() && is_public(&job.path) {
            let look = |text: &[u8]| self.texts_in(&self.known.searches, job, text);
            match is_verbatim(&job.task) {
                true => copies::whole(bytes, look),
                false => look(bytes),
            }
            self.file_in(job, bytes.len() as u64, &mut || Digest::of(bytes));
        }
    }

    /// Searches an output of an earlier build for every needle, or for the `fresh` ones.
    pub fn search_again(
        &self,
        fresh: Option<&Searches>,
        job: &Job,
        (size, digest): (u64, Digest),
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        if self.is_open() || !is_public(&job.path) {
            return;
        }
        let searches = fresh.unwrap_or(&self.known.searches);
        if !searches.are_done(job) {
            self.texts_in(searches, job, &read().unwrap_or_default());
        }
        self.file_in(job, size, &mut || digest);
    }

    /// Searches a copy of a source for every needle, or for the `fresh` ones. It may be large.
    pub fn search_copy(&self, fresh: Option<&Searches>, job: &Job, source: &str) {
        let searches = fresh.unwrap_or(&self.known.searches);
        if self.is_open() {
            return;
        }
        if !searches.are_done(job) {
            let files = self.files.as_ref();
            copies::in_pieces(files, source, |bytes| self.texts_in(searches, job, bytes));
        }
        let size = self.files.size(source).unwrap_or_default();
        self.file_in(job, size, &mut || {
            self.files.digest(source).unwrap_or_default()
        });
    }

    fn texts_in(&self, searches: &Searches, job: &Job, bytes: &[u8]) {
        let verbatim = is_verbatim(&job.task);
        let no_matter = |number: NeedleId| {
            self.known.named[number] || (!verbatim && self.excused[number].get().is_some())
        };
        let mut found: BTreeSet<NeedleId> = BTreeSet::new();
        for text in [job.path.as_bytes(), bytes] {
            found.extend(searches.everywhere.find(text, &no_matter));
            if verbatim {
                found.extend(searches.verbatim.find(text, &no_matter));
            }
        }
        self.note(job, found);
    }

    fn file_in(&self, job: &Job, size: u64, digest: &mut dyn FnMut() -> Digest) {
        let Some(candidates) = self.known.searches.files.get(&size) else {
            return;
        };
        let (own, verbatim) = (digest(), is_verbatim(&job.task));
        let same = |number: &NeedleId| match self.known.needles[*number].form {
            Form::File { digest, .. } => digest == own && (verbatim || !self.known.is_out(*number)),
            _ => false,
        };
        self.note(job, candidates.iter().copied().filter(same).collect());
    }

    fn note(&self, job: &Job, found: BTreeSet<NeedleId>) {
        self.excuse(&found, job);
        for number in found {
            if self.known.ruled.contains(&number) && job.path.starts_with("edge/") {
                continue;
            }
            if is_verbatim(&job.task) {
                let beside = match &job.task {
                    Task::File(path) => Some(path.clone()),
                    _ => None,
                };
                let place = job.path.clone();
                let standing = Standing { place, beside };
                lock(&self.found)
                    .standing
                    .entry(number)
                    .or_default()
                    .insert(standing);
            }
            if !self.known.is_out(number) && self.excused[number].get().is_none() {
                let mut found = lock(&self.found);
                found
                    .outputs
                    .entry(number)
                    .or_default()
                    .insert(job.path.clone());
            }
        }
    }

    /// Most of what is found and is no leak is said by the very document whose page it is.
    fn excuse(&self, found: &BTreeSet<NeedleId>, job: &Job) {
        let excused = |number: NeedleId| self.excused[number].get().is_some();
        let asks = |number: NeedleId| !self.known.is_out(number) && !excused(number);
        let Task::Document(id) = &job.task else {
            return;
        };
        let asked: Vec<NeedleId> = found.iter().copied().filter(|n| asks(*n)).collect();
        if asked.is_empty() {
            return;
        }
        let edition = &self.site.editions[*id];
        let searches = self.known.searches(asked);
        for number in self.said_by(&searches, edition) {
            let _ = self.excused[number].set(edition.source.path.clone());
        }
    }
}
