//! Searching outputs, one at a time.

use std::collections::BTreeSet;

use super::{Form, Gate, NeedleId, Searches, Standing, copies, is_public, is_verbatim, lock};
use crate::{
    base::hash::Digest,
    plan::{Job, Task},
};

/// An output, and whether what is searched stands in the newsroom as it does there. Of a picture, its source does.
type Of<'a> = (&'a Job, bool);

impl Gate {
    /// Whether there is nothing to search for.
    fn has_no_needles(&self) -> bool {
        self.known.needles.is_empty()
    }

    /// Searches a new output.
    pub fn search(&self, job: &Job, bytes: &[u8]) {
        if !self.has_no_needles() && is_public(&job.path) {
            let of = (job, is_verbatim(&job.task));
            let look = |text: &[u8]| self.search_texts(&self.known.searches, of, text);
            match of.1 {
                true => copies::whole(bytes, look),
                false => look(bytes),
            }
            self.search_file(of, bytes.len() as u64, &mut || Digest::of(bytes));
        }
    }

    /// Searches a part of an output, for every needle or only for the `fresh` ones.
    pub fn search_text(&self, fresh: Option<&Searches>, job: &Job, text: &[u8]) {
        if self.needs_texts(fresh) {
            let searches = fresh.unwrap_or(&self.known.searches);
            self.search_texts(searches, (job, false), text);
        }
    }

    /// Whether there is anything to search for in texts that are no copies.
    pub fn needs_texts(&self, fresh: Option<&Searches>) -> bool {
        let searches = fresh.unwrap_or(&self.known.searches);
        !self.has_no_needles() && !searches.are_done(false)
    }

    /// Searches an output of an earlier build, for every needle or only for the `fresh` ones.
    pub fn search_again(
        &self,
        fresh: Option<&Searches>,
        job: &Job,
        (size, digest): (u64, Digest),
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        if self.has_no_needles() || !is_public(&job.path) {
            return;
        }
        let searches = fresh.unwrap_or(&self.known.searches);
        let of = (job, is_verbatim(&job.task));
        if !searches.are_done(of.1) {
            self.search_texts(searches, of, &read().unwrap_or_default());
        }
        self.search_file(of, size, &mut || digest);
    }

    /// Searches the source of an output, for every needle or only for the `fresh` ones. It may be large.
    pub fn search_copy(&self, fresh: Option<&Searches>, job: &Job, source: &str) {
        let searches = fresh.unwrap_or(&self.known.searches);
        if self.has_no_needles() {
            return;
        }
        if !searches.are_done(true) {
            let files = self.files.as_ref();
            copies::in_pieces(files, source, |bytes| {
                self.search_texts(searches, (job, true), bytes)
            });
        }
        let size = self.files.size(source).unwrap_or_default();
        self.search_file((job, true), size, &mut || {
            self.files.digest(source).unwrap_or_default()
        });
    }

    fn search_texts(&self, searches: &Searches, (job, verbatim): Of<'_>, bytes: &[u8]) {
        let irrelevant = |number: NeedleId| {
            self.known.common[number] || (!verbatim && self.excused[number].get().is_some())
        };
        let mut found: BTreeSet<NeedleId> = BTreeSet::new();
        for text in [job.path.as_bytes(), bytes] {
            found.extend(searches.everywhere.find(text, &irrelevant));
            if verbatim {
                found.extend(searches.verbatim.find(text, &irrelevant));
            }
        }
        self.note((job, verbatim), found);
    }

    fn search_file(&self, (job, verbatim): Of<'_>, size: u64, digest: &mut dyn FnMut() -> Digest) {
        let Some(candidates) = self.known.searches.files.get(&size) else {
            return;
        };
        let own = digest();
        let same = |number: &NeedleId| match self.known.needles[*number].form {
            Form::File { digest, .. } => {
                digest == own && (verbatim || !self.known.is_published(*number))
            }
            _ => false,
        };
        self.note(
            (job, verbatim),
            candidates.iter().copied().filter(same).collect(),
        );
    }

    fn note(&self, (job, verbatim): Of<'_>, found: BTreeSet<NeedleId>) {
        self.excuse(&found, job);
        for number in found {
            if self.known.ruled.contains(&number) && job.path.starts_with("edge/") {
                continue;
            }
            if verbatim {
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
            if !self.known.is_published(number) && self.excused[number].get().is_none() {
                let mut found = lock(&self.found);
                found
                    .outputs
                    .entry(number)
                    .or_default()
                    .insert(job.path.clone());
            }
        }
    }

    /// Excuses what the document of this page says itself: most harmless matches are of that kind.
    fn excuse(&self, found: &BTreeSet<NeedleId>, job: &Job) {
        let excused = |number: NeedleId| self.excused[number].get().is_some();
        let asks = |number: NeedleId| !self.known.is_published(number) && !excused(number);
        let Task::Document(id) = &job.task else {
            return;
        };
        let asked: Vec<NeedleId> = found.iter().copied().filter(|n| asks(*n)).collect();
        if asked.is_empty() {
            return;
        }
        let edition = &self.site.editions[*id];
        let searches = self.known.searches(asked);
        for number in self.needles_in(&searches, edition) {
            let _ = self.excused[number].set(edition.source.path.clone());
        }
    }
}
