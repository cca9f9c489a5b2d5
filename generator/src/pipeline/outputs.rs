//! What a plan does with its jobs: it makes one, or works on all of them in parallel.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use super::{
    Plan, Stopped,
    pictures::{self, Derived},
};
use crate::{
    base::{
        diag::{self, Diagnostic, Diagnostics},
        files::{Files, Taking},
        hash::{Digest, Map},
        read,
    },
    gate::Searches,
    link::{Edition, EditionId, Moment},
    plan::{Job, JobId, Task},
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

    /// Hands over an output that is made in pieces, and searches each for what is held back. Its size and digest.
    ///
    /// # Errors
    /// As [`Plan::render`]; that a piece was not taken.
    pub fn give(&self, job: &Job, take: Taking<'_>) -> Result<(u64, Digest), Failure> {
        self.prepared.give(job, &mut |piece| {
            self.gate.search(job, piece);
            take(piece)
        })
    }

    /// Searches what such an output says. Its pictures are outputs too, and searched as such.
    ///
    /// # Errors
    /// As [`Plan::render`].
    pub fn search_texts(&self, fresh: Option<&Searches>, job: &Job) -> Result<(), Failure> {
        let search = |text: &[u8]| self.gate.search_text(fresh, job, text);
        self.prepared.texts(job, search)
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

    /// Renders and searches everything but derivatives and discards it, until `stop` says so: for `check` and `dev`.
    pub fn check(&self, stop: &(dyn Fn() -> bool + Sync)) -> Diagnostics {
        match self.all(&Check(self), stop) {
            Err(Stopped::Wrong(diags)) => diags,
            Err(Stopped::Stale) => Vec::new(),
            Ok(_) => {
                let mut found = self.judge();
                found.append(&mut self.ahead());
                found
            }
        }
    }

    /// Works on every job in parallel, so that one run reports all mistakes; but where a page has one, pictures are
    /// not made, which would take long.
    ///
    /// # Errors
    /// All that is wrong, or that a source changed.
    pub fn all<W: Worker>(
        &self,
        worker: &W,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<W::Done>, Stopped> {
        let (failed, broken) = (AtomicBool::new(false), AtomicBool::new(false));
        let jobs = || {
            let one = |(at, job): (usize, &Job)| {
                let at = at.into();
                if is_derivative(job) && worker.makes(at) {
                    return None;
                }
                let done = || {
                    let failed = failed.load(Ordering::Relaxed) || broken.load(Ordering::Relaxed);
                    worker.job(at, job, failed)
                };
                let result = (!stop()).then(|| render::guarded(job, done))?;
                if result.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                Some(result)
            };
            // One place for each from the beginning: what is done is not moved again.
            self.jobs.par_iter().enumerate().map(one).collect()
        };
        let made = Mutex::new(Vec::new());
        let group = |group: &pictures::Group| {
            if stop() || failed.load(Ordering::Relaxed) {
                return;
            }
            let done = self.group(group, |at, made| worker.made(at, made));
            if done.iter().any(|(_, result)| result.is_err()) {
                broken.store(true, Ordering::Relaxed);
            }
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(done);
        };
        let groups = self.groups(|at| worker.makes(at));
        let pictures = || pictures::each(groups, &group);
        let (mut done, ()): (Vec<Outcome<W::Done>>, ()) = rayon::join(jobs, pictures);
        // Which pictures were begun before a page failed is chance.
        if !failed.load(Ordering::Relaxed) {
            let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
            made.into_iter()
                .for_each(|(at, result)| done[usize::from(at)] = Some(result));
        }
        good(done)
    }
}

/// What came of a job; nothing if it was stopped before.
type Outcome<T> = Option<Result<T, Failure>>;

/// What was done, if nothing failed.
fn good<T>(done: Vec<Outcome<T>>) -> Result<Vec<T>, Stopped> {
    let (mut wrong, mut stale) = (Vec::new(), false);
    let good = |result: Outcome<T>| match result? {
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

/// What is done with each output.
pub trait Worker: Sync {
    /// What comes of it.
    type Done: Send;

    /// Does one job. If `failed`, another one has: nothing more need be kept.
    ///
    /// # Errors
    /// A [`Failure`] names the output that cannot be made.
    fn job(&self, at: JobId, job: &Job, failed: bool) -> Result<Self::Done, Failure>;

    /// Whether a derivative is made together with the others of its picture, and given to [`Worker::made`]. Otherwise
    /// it is a job as all others.
    fn makes(&self, at: JobId) -> bool;

    /// Takes a derivative.
    ///
    /// # Errors
    /// As [`Worker::job`].
    fn made(&self, at: JobId, made: Derived<'_>) -> Result<Self::Done, Failure>;
}

/// Searches what can be searched without making a picture.
struct Check<'a>(&'a Plan);

impl Worker for Check<'_> {
    type Done = ();

    fn job(&self, _: JobId, job: &Job, _: bool) -> Result<(), Failure> {
        let Self(plan) = self;
        match job.task.copied() {
            Some(source) => {
                digest(plan.prepared.files.as_ref(), source)?;
                plan.gate.search_copy(None, job, source);
            }
            // Its texts are those of its picture, which is an output too.
            None if is_derivative(job) => {}
            None if job.task.in_pieces() => plan.search_texts(None, job)?,
            None => plan.search(job, &plan.render(job)?),
        }
        Ok(())
    }

    fn makes(&self, _: JobId) -> bool {
        false
    }

    fn made(&self, _: JobId, _: Derived<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

fn is_derivative(job: &Job) -> bool {
    matches!(job.task, Task::Derivative { .. })
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
