//! Emits a build: outputs in the folder that have the same key stay; the others are made and moved in.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    build::{Attempt, Built, Unfreed, place},
    outputs::{Made, Making, Work},
    record::{Output, Record, Summary},
    recorder::Recorder,
    remembered::Stubs,
    snapshot::{JobReads, Snapshot},
    templates,
};
use crate::{
    base::{diag::Diagnostics, hash::Digest, index::Indexed},
    emit::Emitter,
    pipeline::{Plan, Progress, Stage, Stopped, timed},
    plan::{self, Job, JobId, Task},
    render::Key,
};

impl Attempt<'_> {
    /// The keys of all jobs, except of those that must be rendered anyway: because no earlier output `lies` there, or
    /// because their template changed. These get their key while they are rendered, where that is possible.
    pub(super) fn keys<'p>(&self, plan: &'p Plan, lies: bool) -> Making<'p> {
        if self.recorder.is_none() {
            return Making {
                keys: None,
                made: vec![None; plan.jobs.len()],
            };
        }
        let keys = plan.prepared.keys(templates::digests(&plan.prepared));
        let (old, new) = (
            self.summary.as_ref().map(|s| &s.templates),
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
        let summary = self.summary.as_ref().filter(|s| s.id == sealed);
        let work = Work {
            out: self.out,
            plan,
            making: &making,
            known: former.is_some(),
            pairs,
            fresh: timed(progress, Stage::Gate, || {
                summary.map(|summary| plan.gate.fresh(&summary.passed))
            }),
            staging: &staging,
            progress,
        };
        let missing = plan.jobs.iter().indexed();
        let missing = missing.filter(|(at, _)| work.same(*at).is_none());
        let is_picture = |(_, job): &(JobId, &Job)| matches!(job.task, Task::Derivative { .. });
        let (pictures, others): (Vec<_>, Vec<_>) = missing.partition(is_picture);
        progress.begin(others.len());
        progress.begin_pictures(pictures.len());
        let done = timed(progress, Stage::Render, || plan.all(&work, &|| false))?;
        timed(progress, Stage::Ahead, || plan.look_ahead())?;
        let leaks = timed(progress, Stage::Gate, || plan.judge());
        if !leaks.is_empty() {
            return Err(Stopped::Wrong(leaks));
        }
        let (outputs, job_reads) = parted(&plan.jobs, done, making.made);
        let emitted = timed(progress, Stage::Commit, || {
            let gone = match former {
                Some(_) => gone,
                None => emitter.orphans(plan.jobs.iter().map(|job| &*job.path)),
            };
            staging.commit(gone)
        })?;
        // They are published only now. If a build is killed before this, the next one records them.
        let (recorded, added) = timed(progress, Stage::Conclude, || {
            self.record_addresses(plan, diags)
        });
        plan.conclude_pictures();
        let record = Record::from(outputs);
        let templates = making.keys.map(|keys| keys.templates().clone());
        let mut summary = Summary {
            recorded,
            diags: diags.clone(),
            templates: templates.unwrap_or_default(),
            ..self.summary(plan, &record)
        };
        let (articles, next_change) = (summary.articles, plan.prepared.site.next_change);
        timed(progress, Stage::Conclude, || {
            self.conclude(&record, &emitter, |recorder, place| {
                let snapshot = || snapshot(plan, job_reads).save(recorder.disk(), place);
                (summary.basis, summary.snapshot) = rayon::join(|| recorder.save(), snapshot);
                summary
            })
        })?;
        let mut unfreed = Unfreed::default();
        unfreed.add(record);
        Ok(Built {
            emitted,
            articles,
            added,
            next_change,
            unfreed,
        })
    }

    /// The summary of a build of this plan.
    fn summary(&self, plan: &Plan, record: &Record) -> Summary {
        let site = &plan.prepared.site;
        let next_change = site.next_change;
        let until = next_change.into_iter().chain(site.next_finding).min();
        Summary {
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

    /// Records what was made. The tree gets its ID last: until then the next build compares files.
    pub fn conclude(
        &self,
        record: &Record,
        emitter: &Emitter,
        summarise: impl FnOnce(&Recorder, &str) -> Summary + Send,
    ) -> Result<(), Stopped> {
        let id = record.id();
        let tree = record.outputs.iter();
        let list = || emitter.list(id, tree.map(|o| (&*o.path, o.digest, o.size)));
        let Some(recorder) = &self.recorder else {
            return Ok(list()?);
        };
        let (disk, place) = (recorder.disk(), place(self.out));
        let (listed, (summary, recorded)) = rayon::join(list, || {
            let summarise = || summarise(recorder, &place).save(disk, &place);
            rayon::join(summarise, || record.save(disk, &place))
        });
        listed?;
        if summary && recorded && emitter.seal_found() != id {
            emitter.seal(id)?;
        }
        Ok(())
    }
}

/// The outputs, and the editions that each read: known with the output, or from the key `made` before.
fn parted(jobs: &[Job], done: Vec<Made>, mut made: Vec<Option<Key>>) -> (Vec<Output>, JobReads) {
    let mut job_reads = JobReads::default();
    let output = |(job, (output, reads)): (JobId, Made)| {
        let before = || Some(made[job].take()?.reads);
        if let Some(reads) = reads.or_else(before) {
            job_reads.add(job, &jobs[job].task, &reads);
        }
        output
    };
    let outputs = done.into_iter().indexed().map(output).collect();
    (outputs, job_reads)
}

/// What the next build starts from after a quiet edit.
fn snapshot(plan: &Plan, job_reads: JobReads) -> Snapshot {
    let prepared = &plan.prepared;
    Snapshot {
        structure: prepared.site.structure.clone(),
        editions: Stubs::of(&prepared.site),
        used: prepared.used.clone(),
        moved: prepared.moved.clone(),
        dead: prepared.dead.clone(),
        job_reads,
    }
}

/// For each job the existing output at its path, if known, and the paths of outputs that no job makes any more. Jobs
/// and outputs are sorted by path.
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
