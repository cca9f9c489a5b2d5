//! The outputs of a build: what lies in the folder and has the same key stays, the rest is made and moved in.

use std::{collections::BTreeMap, path::Path};

use rayon::prelude::*;

use super::{
    build::{Attempt, Built, Rest, place},
    record::{Output, Record, Settled},
    remembered::Stubs,
    snapshot::{Looks, Snapshot},
    templates,
    watched::Watched,
};
use crate::{
    base::{
        diag::Diagnostics,
        files::{Files, Taking},
        hash::Digest,
    },
    emit::{self, Emitter, Staging},
    gate::Searches,
    pipeline::{Plan, Progress, Stage, Stopped, digest, heard, length, timed},
    plan::{self, Job},
    render::{Failure, Key, Keys},
};

impl Attempt<'_> {
    /// Keys of all jobs but those that are rendered whatever their key: where nothing `lies` yet, and where
    /// the template changed. They get it then, if both can be had at once.
    pub(super) fn keys<'p>(&self, plan: &'p Plan, lies: bool) -> Making<'p> {
        if self.watched.is_none() {
            return Making {
                keys: None,
                made: vec![None; plan.jobs.len()],
            };
        }
        let keys = plan.prepared.keys(templates::digests(&plan.prepared));
        let (old, new) = (
            self.settled.as_ref().map(|s| &s.templates),
            keys.templates(),
        );
        let changed = |job: &Job| {
            let name = plan.prepared.template_of(job);
            let both = name.and_then(|name| Some((old?.get(&*name)?, new.get(&*name)?)));
            both.is_some_and(|(old, new)| old != new)
        };
        let key = |job: &Job| match (!lies || changed(job)) && keys.can_render(job) {
            true => None,
            false => keys.of(job),
        };
        Making {
            made: plan.jobs.par_iter().map(key).collect(),
            keys: Some(keys),
        }
    }

    /// Makes what is missing, moves it in, and records it.
    pub(super) fn emit(
        &self,
        plan: &Plan,
        making: Making<'_>,
        former: Option<&Record>,
        progress: &dyn Progress,
        diags: &mut Diagnostics,
    ) -> Result<Built, Stopped> {
        let emitter = timed(progress, Stage::Ready, || Emitter::begin(self.out))?;
        let sealed = emitter.seal_found();
        let former = former.filter(|f| f.id() == sealed);
        let (pairs, gone) = pairs(&plan.jobs, former);
        let staging = timed(progress, Stage::Ready, || {
            emitter.stage(&plan::folders(&plan.jobs))
        })?;
        let settled = self.settled.as_ref().filter(|s| s.id == sealed);
        let work = Work {
            out: self.out,
            plan,
            making: &making,
            known: former.is_some(),
            pairs,
            fresh: timed(progress, Stage::Gate, || {
                settled.map(|settled| plan.gate.fresh(&settled.passed))
            }),
            staging: &staging,
            progress,
        };
        let missing = (0..plan.jobs.len()).filter(|at| work.same(*at).is_none());
        progress.begin(missing.count());
        let made = |at: usize, job: &Job, failed: bool| work.output(at, job, failed);
        let done = timed(progress, Stage::Render, || plan.all(&made, &|| false))?;
        timed(progress, Stage::Ahead, || plan.look_ahead())?;
        let leaks = timed(progress, Stage::Gate, || plan.judge());
        if !leaks.is_empty() {
            return Err(Stopped::Wrong(leaks));
        }
        let (outputs, looks) = parted(&plan.jobs, done, making.made);
        let emitted = timed(progress, Stage::Commit, || {
            let gone = match former {
                Some(_) => gone,
                None => emitter.orphans(plan.jobs.iter().map(|job| &*job.path)),
            };
            staging.commit(gone)
        })?;
        // Only now are they published. A build that is killed before this leaves it to the next one.
        let (recorded, added) = timed(progress, Stage::Conclude, || {
            self.record_addresses(plan, diags)
        });
        let record = Record::from(outputs);
        let templates = making.keys.map(|keys| keys.templates().clone());
        let mut settled = Settled {
            recorded,
            diags: diags.clone(),
            templates: templates.unwrap_or_default(),
            ..self.settled(plan, &record)
        };
        let (articles, next_change) = (settled.articles, plan.prepared.site.next_change);
        timed(progress, Stage::Conclude, || {
            self.conclude(&record, &emitter, |watched, files, place| {
                let snapshot = || snapshot(plan, looks).save(files, place);
                (settled.basis, settled.snapshot) = rayon::join(|| watched.save(), snapshot);
                settled
            })
        })?;
        let mut rest = Rest::default();
        rest.add(record);
        Ok(Built {
            emitted,
            articles,
            added,
            next_change,
            rest,
        })
    }

    /// What is settled by the site of a plan, and by how this build was asked for.
    fn settled(&self, plan: &Plan, record: &Record) -> Settled {
        let site = &plan.prepared.site;
        let next_change = site.next_change;
        let until = next_change.into_iter().chain(site.next_finding).min();
        Settled {
            id: record.id().to_owned(),
            outputs: record.outputs.len(),
            basis: Digest::default(),
            options: self.options,
            from: self.inputs.now.0.as_nanosecond(),
            until: until.map(|t| t.as_nanosecond()),
            next_change: next_change.map(|t| t.as_nanosecond()),
            articles: site.langs.iter().map(|l| l.articles.len()).sum(),
            recorded: false,
            diags: Vec::new(),
            snapshot: None,
            templates: BTreeMap::new(),
            edited: BTreeMap::new(),
            passed: plan.gate.passed(),
        }
    }

    /// Remembers what was made. The tree gets its name last: until then the next build looks for itself.
    pub fn conclude(
        &self,
        record: &Record,
        emitter: &Emitter,
        settle: impl FnOnce(&Watched, &dyn Files, &str) -> Settled + Send,
    ) -> Result<(), Stopped> {
        let id = record.id();
        let tree = record.outputs.iter();
        let list = || emitter.list(id, tree.map(|o| (&*o.path, o.digest, o.size)));
        let Some(watched) = &self.watched else {
            return Ok(list()?);
        };
        let (files, place) = (self.inputs.files.as_ref(), place(self.out));
        let (listed, (settled, recorded)) = rayon::join(list, || {
            let settle = || settle(watched, files, &place).save(files, &place);
            rayon::join(settle, || record.save(files, &place))
        });
        listed?;
        if settled && recorded && emitter.seal_found() != id {
            emitter.seal(id)?;
        }
        Ok(())
    }
}

/// Keys that were made, and what makes those that are missing.
pub(super) struct Making<'a> {
    keys: Option<Keys<'a>>,
    made: Vec<Option<Key>>,
}

/// An output that was made, and the editions that were looked at for a key made with it.
type Made = (Output, Option<Box<[u32]>>);

/// What it takes to make outputs, and to keep those that lie there.
struct Work<'a> {
    out: &'a Path,
    plan: &'a Plan,
    making: &'a Making<'a>,
    /// Whether it is known what lies in the folder.
    known: bool,
    /// By job, the output that lies at its path.
    pairs: Vec<Option<&'a Output>>,
    /// What the gate has not searched outputs for that stay.
    fresh: Option<Searches>,
    staging: &'a Staging<'a>,
    progress: &'a dyn Progress,
}

impl Work<'_> {
    fn key(&self, at: usize) -> Option<Digest> {
        self.making.made[at].as_ref().map(|key| key.digest)
    }

    /// The output that lies there and stays.
    fn same(&self, at: usize) -> Option<&Output> {
        self.pairs[at].filter(|o| o.key.is_some() && o.key == self.key(at))
    }

    /// One output. If `failed`, some other one has: then nothing need be kept.
    fn output(&self, at: usize, job: &Job, failed: bool) -> Result<Made, Failure> {
        if let Some(output) = self.same(at) {
            return Ok(self.kept(job, output));
        }
        match job.task.copied() {
            Some(source) => self.copied(at, (job, source), failed),
            None => self.rendered(at, job, failed),
        }
    }

    fn kept(&self, job: &Job, output: &Output) -> Made {
        let (gate, fresh) = (&self.plan.gate, self.fresh.as_ref());
        match job.task.copied() {
            Some(source) => gate.search_copy(fresh, job, source),
            None => {
                let read = || emit::read(self.out, &job.path);
                gate.search_again(fresh, job, (output.size, output.digest), read);
            }
        }
        self.staging.keep();
        (output.clone(), None)
    }

    fn copied(
        &self,
        at: usize,
        (job, source): (&Job, &str),
        failed: bool,
    ) -> Result<Made, Failure> {
        let lies = self.pairs[at].filter(|_| self.known);
        let staging = (!failed).then_some(self.staging);
        let files = self.plan.prepared.files.as_ref();
        let size = |output: &Output| output.size as usize;
        let output = heard(self.progress, (&self.plan.prepared, job), size, || {
            copy(files, (job, source), self.key(at), lies, staging)
        });
        self.progress.one();
        self.plan.gate.search_copy(None, job, source);
        output.map(|output| (output, None))
    }

    fn rendered(&self, at: usize, job: &Job, failed: bool) -> Result<Made, Failure> {
        let keys = self.making.keys.as_ref();
        let keys = keys.filter(|keys| self.making.made[at].is_none() && keys.can_render(job));
        let rendered = heard(
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
        self.plan.look(job, &bytes);
        let output = Output {
            path: job.path.clone(),
            key: key
                .as_ref()
                .map_or_else(|| self.key(at), |k| Some(k.digest)),
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
        };
        if !failed {
            let lies = self.known.then(|| self.pairs[at]);
            put(self.staging, (job, &output), &bytes, lies)?;
        }
        Ok((output, key.map(|key| key.looked_at)))
    }
}

/// The outputs, and which editions were looked at for each: told with the output, or by the key `made` before.
fn parted(jobs: &[Job], done: Vec<Made>, mut made: Vec<Option<Key>>) -> (Vec<Output>, Looks) {
    let mut looks = Looks::default();
    let output = |(place, (output, looked_at)): (usize, Made)| {
        let before = || Some(made[place].take()?.looked_at);
        if let Some(looked_at) = looked_at.or_else(before) {
            looks.add(place, &jobs[place].task, &looked_at);
        }
        output
    };
    let outputs = done.into_iter().enumerate().map(output).collect();
    (outputs, looks)
}

/// What the next build may go on from after a quiet edit.
fn snapshot(plan: &Plan, looks: Looks) -> Snapshot {
    let prepared = &plan.prepared;
    Snapshot {
        structure: prepared.site.structure.clone(),
        editions: Stubs::of(&prepared.site),
        used: prepared.used.clone(),
        moved: prepared.moved.clone(),
        dead: prepared.dead.clone(),
        looks,
    }
}

/// For each job the output that lies at its path, as far as that is known, and the paths of outputs that
/// no job makes any more. Jobs and outputs are in order of paths.
fn pairs<'a>(jobs: &[Job], former: Option<&'a Record>) -> (Vec<Option<&'a Output>>, Vec<String>) {
    let mut outputs = former.map_or(&[][..], |f| &f.outputs).iter().peekable();
    let mut gone = Vec::new();
    let pair = |job: &Job| {
        while let Some(output) = outputs.next_if(|o| o.path < job.path) {
            gone.push(output.path.to_string());
        }
        outputs.next_if(|o| o.path == job.path)
    };
    let pairs = jobs.iter().map(pair).collect();
    gone.extend(outputs.map(|o| o.path.to_string()));
    (pairs, gone)
}

/// Hands over an output that is a copy of `source`, piece by piece, unless it lies there.
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
        // It changed, or went, between the two looks at it.
        _ => Err(Failure::Stale(source.to_owned())),
    }
}

/// Hands over one output. `lies` says what lies at its path, where that is known.
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
