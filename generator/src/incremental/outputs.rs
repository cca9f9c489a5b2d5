//! Makes each output of a build, or keeps the one in the folder that has the same key.

use std::path::Path;

use super::record::Output;
use crate::{
    base::{
        files::{Files, Taking},
        hash::Digest,
    },
    emit::{self, Staging},
    gate::Searches,
    link::EditionId,
    pipeline::{Derived, Plan, Progress, Rendered, Worker, digest, length, measured},
    plan::{Job, JobId},
    render::{Failure, Key, Keys},
};

/// The keys made so far, and what makes the others.
pub(super) struct Making<'a> {
    pub keys: Option<Keys<'a>>,
    pub made: Vec<Option<Key>>,
}

/// An output that was made, and the editions it read if its key was made with it.
pub(super) type Made = (Output, Option<Box<[EditionId]>>);

/// What is needed to make outputs, and to keep existing ones.
pub(super) struct Work<'a> {
    pub out: &'a Path,
    pub plan: &'a Plan,
    pub making: &'a Making<'a>,
    /// Whether the record says what the folder holds.
    pub known: bool,
    /// By job, the existing output at its path.
    pub pairs: Vec<Option<&'a Output>>,
    /// Searches that the gate has not yet done on outputs that stay.
    pub fresh: Option<Searches>,
    pub staging: &'a Staging<'a>,
    pub progress: &'a dyn Progress,
}

impl Worker for Work<'_> {
    type Done = Made;

    fn job(&self, at: JobId, job: &Job, failed: bool) -> Result<Made, Failure> {
        if let Some(output) = self.same(at) {
            return self.kept(job, output);
        }
        match job.task.copied() {
            Some(source) => self.copied(at, (job, source), failed),
            None if job.task.in_pieces() => self.in_pieces(at, job, failed),
            None => self.rendered(at, job, failed),
        }
    }

    fn makes(&self, at: JobId) -> bool {
        self.same(at).is_none()
    }

    fn made(&self, at: JobId, made: Derived<'_>) -> Result<Made, Failure> {
        let Derived { job, bytes, took } = made;
        if self.progress.wants_pages() {
            let (template, size) = (None, bytes.len());
            self.progress.rendered(Rendered {
                job,
                template,
                took,
                size,
            });
        }
        self.progress.picture();
        let output = self.written((job, &bytes), self.key(at), self.pairs[at], false)?;
        Ok((output, None))
    }
}

impl Work<'_> {
    fn key(&self, at: JobId) -> Option<Digest> {
        self.making.made[at].as_ref().map(|key| key.digest)
    }

    /// The existing output that stays.
    pub fn same(&self, at: JobId) -> Option<&Output> {
        self.pairs[at].filter(|o| o.key.is_some() && o.key == self.key(at))
    }

    fn kept(&self, job: &Job, output: &Output) -> Result<Made, Failure> {
        let (gate, fresh) = (&self.plan.gate, self.fresh.as_ref());
        if let Some(source) = job.task.source() {
            gate.search_copy(fresh, job, source);
        }
        if job.task.in_pieces() {
            if gate.needs_texts(fresh) {
                self.plan.search_texts(fresh, job)?;
            }
        } else if job.task.copied().is_none() {
            let read = || emit::read(self.out, &job.path);
            gate.search_again(fresh, job, (output.size, output.digest), read);
        }
        self.staging.keep();
        Ok((output.clone(), None))
    }

    fn in_pieces(&self, at: JobId, job: &Job, failed: bool) -> Result<Made, Failure> {
        let size = |output: &Output| output.size as usize;
        let output = measured(self.progress, (&self.plan.prepared, job), size, || {
            let give = |take: Taking<'_>| self.plan.give(job, take);
            let (size, digest) = match failed {
                true => {
                    self.plan.search_texts(None, job)?;
                    Default::default()
                }
                false => self.staging.stream(job, give)?,
            };
            Ok(Output {
                path: job.path.clone(),
                key: self.key(at),
                digest,
                size,
            })
        });
        self.progress.one();
        output.map(|output| (output, None))
    }

    fn copied(
        &self,
        at: JobId,
        (job, source): (&Job, &str),
        failed: bool,
    ) -> Result<Made, Failure> {
        let lies = self.pairs[at].filter(|_| self.known);
        let staging = (!failed).then_some(self.staging);
        let files = self.plan.prepared.files.as_ref();
        let size = |output: &Output| output.size as usize;
        let output = measured(self.progress, (&self.plan.prepared, job), size, || {
            copy(files, (job, source), self.key(at), lies, staging)
        });
        self.progress.one();
        self.plan.gate.search_copy(None, job, source);
        output.map(|output| (output, None))
    }

    fn rendered(&self, at: JobId, job: &Job, failed: bool) -> Result<Made, Failure> {
        let keys = self.making.keys.as_ref();
        let keys = keys.filter(|keys| self.making.made[at].is_none() && keys.can_render(job));
        let rendered = measured(
            self.progress,
            (&self.plan.prepared, job),
            length,
            || match keys {
                Some(keys) => keys.render(job).map(|(bytes, key)| (bytes, Some(key))),
                None => self.plan.render(job).map(|bytes| (bytes, None)),
            },
        );
        self.progress.one();
        let (bytes, key) = rendered?;
        let digest = key
            .as_ref()
            .map_or_else(|| self.key(at), |k| Some(k.digest));
        let output = self.written((job, &bytes), digest, self.pairs[at], failed)?;
        Ok((output, key.map(|key| key.reads)))
    }

    /// Searches an output and stages it, unless one has `failed`. `lies` is the existing output at its path.
    fn written(
        &self,
        (job, bytes): (&Job, &[u8]),
        key: Option<Digest>,
        lies: Option<&Output>,
        failed: bool,
    ) -> Result<Output, Failure> {
        self.plan.search(job, bytes);
        let output = Output {
            path: job.path.clone(),
            key,
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
        };
        if !failed {
            put(
                self.staging,
                (job, &output),
                bytes,
                self.known.then_some(lies),
            )?;
        }
        Ok(output)
    }
}

/// Stages a copy of `source`, piece by piece, unless the existing output equals it.
fn copy(
    files: &dyn Files,
    (job, source): (&Job, &str),
    key: Option<Digest>,
    lies: Option<&Output>,
    staging: Option<&Staging<'_>>,
) -> Result<Output, Failure> {
    let digest = digest(files, source)?;
    let output = |size| Output {
        path: job.path.clone(),
        key,
        digest,
        size,
    };
    let Some(staging) = staging else {
        return Ok(output(0));
    };
    if let Some(lies) = lies.filter(|lies| lies.digest == digest) {
        staging.keep();
        return Ok(output(lies.size));
    }
    let give = |take: Taking<'_>| files.pieces(source, take).map(drop);
    match staging.copy(job, digest, &give).map_err(Failure::Wrong)? {
        Ok((size, copied)) if copied == digest => Ok(output(size)),
        // It changed or vanished between two reads.
        _ => Err(Failure::Stale(source.to_owned())),
    }
}

/// Stages one output. `lies` is the existing output at its path, where that is known.
fn put(
    staging: &Staging<'_>,
    (job, output): (&Job, &Output),
    bytes: &[u8],
    lies: Option<Option<&Output>>,
) -> Result<(), Failure> {
    let put = match lies {
        Some(Some(lies)) if lies.digest == output.digest => {
            staging.keep();
            Ok(())
        }
        Some(_) => staging.write(job, bytes),
        None => staging.put(job, bytes),
    };
    put.map_err(Failure::Wrong)
}
