//! What a plan does with its jobs: it makes one, or works on all of them in parallel.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use super::{Plan, Stopped};
use crate::{
    base::{
        diag::{self, Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Map},
        read,
    },
    link::{Edition, EditionId, Moment},
    plan::{Job, JobId},
    render::{self, Failure},
};

impl Plan {
    /// The job for a path below the output folder.
    pub fn job(&self, path: &str) -> Option<&Job> {
        let at = self.jobs.binary_search_by(|j| (*j.path).cmp(path)).ok()?;
        self.jobs.get(at)
    }

    /// The plan after quiet edits.
    pub fn with(&self, edited: Vec<(EditionId, Edition)>) -> Self {
        let ahead = self
            .ahead
            .as_ref()
            .map(|ahead| ahead.edited(&edited).into());
        let prepared = self.prepared.edited(edited);
        Self {
            gate: Arc::new(self.gate.edited(&prepared.site)),
            prepared,
            jobs: self.jobs.clone(),
            unrecorded: self.unrecorded.clone(),
            moments: self.moments.clone(),
            ahead,
        }
    }

    /// What changes the site by itself, in order.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The bytes of one output.
    ///
    /// # Errors
    /// A [`Failure`] names the output that cannot be made.
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        self.prepared.render(job)
    }

    /// Searches an output for what is held back.
    pub fn search(&self, job: &Job, bytes: &[u8]) {
        self.gate.search(job, bytes);
        if let Some(source) = job.task.source() {
            self.gate.search_copy(None, job, source);
        }
    }

    /// What leaks, or will; call it after every output was searched.
    pub fn judge(&self) -> Diagnostics {
        self.gate.judge()
    }

    /// Renders and searches everything and discards it, until `stop` says so: for `check` and `dev`.
    pub fn check(&self, stop: &(dyn Fn() -> bool + Sync)) -> Diagnostics {
        let search = |_: JobId, job: &Job, _: bool| {
            match job.task.copied() {
                Some(source) => {
                    digest(self.prepared.files.as_ref(), source)?;
                    self.gate.search_copy(None, job, source);
                }
                None => self.search(job, &self.render(job)?),
            }
            Ok(())
        };
        match self.all(&search, stop) {
            Err(Stopped::Wrong(diags)) => diags,
            Err(Stopped::Stale) => Vec::new(),
            Ok(_) => {
                let mut found = self.judge();
                found.append(&mut self.ahead());
                found
            }
        }
    }

    /// Works on every job in parallel. After the first failure `work` is still called, so that one run
    /// reports all mistakes, but with `true`: nothing more need be kept.
    ///
    /// # Errors
    /// All that is wrong, or that a source changed.
    pub fn all<T: Send>(
        &self,
        work: &(dyn Fn(JobId, &Job, bool) -> Result<T, Failure> + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<T>, Stopped> {
        let failed = AtomicBool::new(false);
        // One place for each from the beginning: what is done is not moved again.
        let done: Vec<Option<Result<T, Failure>>> = self
            .jobs
            .par_iter()
            .enumerate()
            .map(|(at, job)| {
                let work = || work(at.into(), job, failed.load(Ordering::Relaxed));
                let result = (!stop()).then(|| render::guarded(job, work))?;
                if result.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                Some(result)
            })
            .collect();
        let (mut wrong, mut stale) = (Vec::new(), false);
        let good = |result: Option<Result<T, Failure>>| match result? {
            Ok(value) => Some(value),
            Err(Failure::Wrong(diag)) => {
                wrong.push(*diag);
                None
            }
            Err(Failure::Stale(_)) => {
                stale = true;
                None
            }
        };
        let good: Vec<T> = done.into_iter().filter_map(good).collect();
        match (stale, wrong.is_empty()) {
            (true, _) => Err(Stopped::Stale),
            (false, true) => Ok(good),
            (false, false) => Err(Stopped::Wrong(grouped(wrong))),
        }
    }
}

/// The digest of a file that is copied.
///
/// # Errors
/// That it cannot be read.
pub fn digest(files: &dyn Files, source: &str) -> Result<Digest, Failure> {
    let digest = files.digest(source);
    digest.map_err(|e| read::unreadable(source, &e).into())
}

/// One template mistake fails on every page it makes: it is reported once, with the first page and a count.
pub(super) fn grouped(mut diags: Diagnostics) -> Diagnostics {
    // Rendering is parallel; the order of its failures is made that of the pages.
    diags.sort_by(|a, b| a.notes.cmp(&b.notes));
    let mut places = Map::default();
    let mut out: Vec<(Diagnostic, usize)> = Vec::new();
    for diag in diags {
        let key = (
            diag.file.clone(),
            diag.span.as_ref().map(|s| s.start),
            diag.message.clone(),
        );
        match places.get(&key) {
            Some(&at) => {
                let (_, more): &mut (Diagnostic, usize) = &mut out[at];
                *more += 1
            }
            None => {
                places.insert(key, out.len());
                out.push((diag, 0));
            }
        }
    }
    let counted = out.into_iter().map(|(diag, more)| match more {
        0 => diag,
        1 => diag.note("and one more page"),
        n => diag.note(format!("and {n} more pages")),
    });
    let mut diags: Diagnostics = counted.collect();
    diag::tidy(&mut diags);
    diags
}
