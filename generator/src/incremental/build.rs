//! A build into a folder: what former builds remember is used where it is sure, and nowhere else.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rayon::prelude::*;

use super::{
    documents::Documents,
    pictures::Pictures,
    record::{Output, Record, Settled},
    remembered::Stubs,
    snapshot::{Looks, Snapshot},
    templates,
    watched::{Difference, Watched},
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::{Files, Taking},
        hash::{Digest, Sum},
    },
    emit::{self, Emitted, Emitter, Staging},
    pipeline::{
        Addresses, Inputs, Memory, Plan, Progress, Stage, Stopped, Unheard, digest, heard, length,
        prepare_with, timed,
    },
    plan::{self, Job},
    render::{Failure, Key, Keys},
};

/// What a build did.
#[derive(Debug)]
pub struct Built {
    /// Files written, kept and removed.
    pub emitted: Emitted,
    /// Articles published, in all languages.
    pub articles: usize,
    /// Addresses that are new in the file of all addresses.
    pub added: usize,
    /// When the output will differ without any edit.
    pub next_change: Option<jiff::Timestamp>,
    /// What the build leaves in memory.
    pub rest: Rest,
}

/// What a build leaves in memory. To free a million small things takes longer than to make a page, so a
/// program that ends anyway forgets it.
#[derive(Default)]
pub struct Rest(Vec<Box<dyn Send>>);

impl Rest {
    pub(super) fn add(&mut self, left: impl Send + 'static) {
        self.0.push(Box::new(left));
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest")
    }
}

/// Builds into `out`. `None` when something is wrong: then `out/site` is as it was.
pub fn build(
    inputs: &Inputs,
    out: &Path,
    progress: &dyn Progress,
    diags: &mut Diagnostics,
) -> Option<Built> {
    /// How often a build begins again because sources change under it.
    const PATIENCE: usize = 5;
    for _ in 0..PATIENCE {
        diags.clear();
        let attempt = timed(progress, Stage::Look, || Attempt::begin(inputs, out));
        match attempt.run(progress, diags) {
            Ok(built) => return Some(built),
            Err(Stopped::Wrong(mut found)) => {
                diags.append(&mut found);
                return None;
            }
            Err(Stopped::Stale) => {}
        }
    }
    diags.push(
        Diagnostic::error("the sources keep changing while they are read")
            .hint("wait until whatever writes them has finished, then build again"),
    );
    None
}

impl From<Box<Diagnostic>> for Stopped {
    fn from(diag: Box<Diagnostic>) -> Self {
        Self::Wrong(vec![*diag])
    }
}

/// Reads, checks and links everything, with what former builds parsed where that is sure. What a build
/// remembers of files stays as it is.
pub fn prepare_again(inputs: &Inputs, diags: &mut Diagnostics) -> Option<Plan> {
    let mut inputs = inputs.clone();
    let watched = Watched::begin(&inputs.files).map(Arc::new);
    let memory = watched.as_ref().map(|_| memory(&inputs.files));
    if let Some(watched) = &watched {
        inputs.files = watched.clone();
    }
    let plan = prepare_with(&inputs, memory, &Unheard, diags);
    if let Some(watched) = watched {
        // Should a file have changed meanwhile, whoever watches them hears of it.
        let _ = watched.settle();
    }
    plan
}

fn memory(files: &Arc<dyn Files>) -> Memory {
    let documents = || Box::new(Documents::load(files));
    let (documents, files) = rayon::join(documents, || Box::new(Pictures::load(files)));
    Memory { documents, files }
}

/// Takes the tree of the list with this id as the one that later lists of changes are compared with.
/// Whether it could; if not, `diags` say why.
pub fn acknowledge(out: &Path, id: &str, diags: &mut Diagnostics) -> bool {
    let done = Emitter::begin(out).and_then(|emitter| emitter.acknowledge(id));
    done.map_err(|d| diags.push(*d)).is_ok()
}

/// The name of an output folder in the memory of builds.
pub(super) fn place(out: &Path) -> String {
    let absolute = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    absolute.to_string_lossy().into_owned()
}

/// One try.
pub(super) struct Attempt<'a> {
    pub inputs: Inputs,
    pub out: &'a Path,
    /// The files of `inputs`, where their answers are noted.
    pub watched: Option<Arc<Watched>>,
    /// Of everything in `inputs` but files and moment.
    options: Digest,
    pub settled: Option<Settled>,
    /// From the answers that the former build got.
    difference: Option<Difference>,
}

impl<'a> Attempt<'a> {
    fn begin(inputs: &Inputs, out: &'a Path) -> Self {
        let mut inputs = inputs.clone();
        let mut options = Sum::default();
        options.number(u64::from(inputs.drafts));
        options.text(inputs.base_url.as_deref().unwrap_or_default());
        let watched = Watched::begin(&inputs.files).map(Arc::new);
        let (settled, difference) = match &watched {
            Some(watched) => {
                let files = inputs.files.as_ref();
                rayon::join(|| Settled::load(files, &place(out)), || watched.ask_again())
            }
            None => (None, None),
        };
        if let Some(watched) = &watched {
            inputs.files = watched.clone();
        }
        Self {
            inputs,
            out,
            watched,
            options: options.finish(),
            settled,
            difference,
        }
    }

    fn run(&self, progress: &dyn Progress, diags: &mut Diagnostics) -> Result<Built, Stopped> {
        let short = match &self.difference {
            Some(difference) if difference.is_none() => {
                timed(progress, Stage::Look, || self.unchanged(difference, diags))?
            }
            Some(difference) => self.quiet(difference, progress, diags)?,
            None => None,
        };
        match short {
            Some(built) => Ok(built),
            None => self.everything(progress, diags),
        }
    }

    fn everything(
        &self,
        progress: &dyn Progress,
        diags: &mut Diagnostics,
    ) -> Result<Built, Stopped> {
        let files = self.inputs.files.as_ref();
        let (memory, former) = match &self.watched {
            Some(_) => {
                let record = || Record::load(files, &place(self.out));
                let (memory, record) = timed(progress, Stage::Recall, || {
                    rayon::join(|| memory(&self.inputs.files), record)
                });
                (Some(memory), record)
            }
            None => (None, None),
        };
        let plan = prepare_with(&self.inputs, memory, progress, diags);
        let making = plan.as_ref().map(|plan| {
            let keys = || self.keys(plan, former.is_some());
            timed(progress, Stage::Keys, keys)
        });
        let moved = || self.watched.as_ref().is_some_and(|w| !w.settle());
        if timed(progress, Stage::Settle, moved) {
            return Err(Stopped::Stale);
        }
        let (Some(ready), Some(making)) = (&plan, making) else {
            return Err(Stopped::Wrong(Vec::new()));
        };
        self.locked(ready)?;
        let mut built = self.emit(ready, making, former.as_ref(), progress, diags)?;
        built.rest.add((former, plan));
        Ok(built)
    }

    /// Whether a settled build stands, if `basis` is that of the answers.
    pub fn holds(&self, settled: &Settled, basis: Digest) -> bool {
        let recorded = settled.recorded || self.inputs.addresses == Addresses::Leave;
        recorded && settled.holds(basis, self.options, self.inputs.now.0)
    }

    /// The build is over before it has begun if nothing it would ask has another answer than last time.
    fn unchanged(
        &self,
        difference: &Difference,
        diags: &mut Diagnostics,
    ) -> Result<Option<Built>, Stopped> {
        let (Some(watched), Some(settled)) = (&self.watched, &self.settled) else {
            return Ok(None);
        };
        if !self.holds(settled, difference.basis) {
            return Ok(None);
        }
        let emitter = Emitter::begin(self.out)?;
        if emitter.seal_found() != settled.id || !emitter.is_listed(&settled.id) {
            return Ok(None);
        }
        if watched.read_any() {
            watched.save_again();
        }
        diags.extend(settled.diags.iter().cloned());
        Ok(Some(Built {
            emitted: Emitted {
                kept: settled.outputs,
                ..Emitted::default()
            },
            articles: settled.articles,
            added: 0,
            next_change: settled.next_change(),
            rest: Rest::default(),
        }))
    }

    /// Keys of all jobs but those that are rendered whatever their key: where nothing `lies` yet, and where
    /// the template changed. They get it then, if both can be had at once.
    fn keys<'p>(&self, plan: &'p Plan, lies: bool) -> Making<'p> {
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

    fn emit(
        &self,
        plan: &Plan,
        making: Making,
        former: Option<&Record>,
        progress: &dyn Progress,
        diags: &mut Diagnostics,
    ) -> Result<Built, Stopped> {
        let Making { keys, made } = making;
        let emitter = timed(progress, Stage::Ready, || Emitter::begin(self.out))?;
        let sealed = emitter.seal_found();
        let former = former.filter(|f| f.id() == sealed);
        let key = |at: usize| made[at].as_ref().map(|key| key.digest);
        let (pairs, gone) = pairs(&plan.jobs, former);
        let same = |at: usize| pairs[at].filter(|o| o.key.is_some() && o.key == key(at));
        let known = (0..made.len()).filter(|at| same(*at).is_some()).count();
        progress.begin(plan.jobs.len() - known);
        let staging = timed(progress, Stage::Ready, || {
            emitter.stage(&plan::folders(&plan.jobs))
        })?;
        let passed = self
            .settled
            .as_ref()
            .filter(|s| s.id == sealed)
            .map(|s| &s.passed);
        let fresh = timed(progress, Stage::Gate, || {
            passed.map(|passed| plan.gate.fresh(passed))
        });
        let fresh = fresh.as_ref();
        let work = |at: usize, job: &Job, failed: bool| {
            if let Some(output) = same(at) {
                let read = || emit::read(self.out, &job.path);
                match job.task.copied() {
                    Some(source) => plan.gate.search_copy(fresh, job, source),
                    None => {
                        let lies = (output.size, output.digest);
                        plan.gate.search_again(fresh, job, lies, read);
                    }
                }
                staging.keep();
                return Ok((output.clone(), None));
            }
            let of = (&plan.prepared, job);
            if let Some(source) = job.task.copied() {
                let lies = former.and_then(|_| pairs[at]);
                let put = (!failed).then_some(&staging);
                let size = |output: &Output| output.size as usize;
                let output = heard(progress, of, size, || {
                    copy(
                        plan.prepared.files.as_ref(),
                        (job, source),
                        key(at),
                        lies,
                        put,
                    )
                });
                progress.one();
                plan.gate.search_copy(None, job, source);
                return output.map(|output| (output, None));
            }
            let rendered = heard(progress, of, length, || match &keys {
                Some(keys) if made[at].is_none() && keys.can_render(job) => {
                    keys.render(job).map(|(bytes, key)| (bytes, Some(key)))
                }
                _ => plan.render(job).map(|bytes| (bytes, None)),
            });
            progress.one();
            let (bytes, new_key) = rendered?;
            plan.look(job, &bytes);
            let output = Output {
                path: job.path.clone(),
                key: new_key.as_ref().map_or_else(|| key(at), |k| Some(k.digest)),
                digest: Digest::of(&bytes),
                size: bytes.len() as u64,
            };
            if !failed {
                put(&staging, (job, &output), &bytes, former.map(|_| pairs[at]))?;
            }
            Ok((output, new_key.map(|key| key.looked_at)))
        };
        let done = timed(progress, Stage::Render, || plan.all(&work, &|| false))?;
        timed(progress, Stage::Ahead, || plan.look_ahead())?;
        let leaks = timed(progress, Stage::Gate, || plan.judge());
        if !leaks.is_empty() {
            return Err(Stopped::Wrong(leaks));
        }
        let (outputs, looks) = parted(&plan.jobs, done, made);
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
        let site = &plan.prepared.site;
        let next_change = site.next_change;
        let until = next_change.into_iter().chain(site.next_finding).min();
        let articles = articles(plan);
        let settle = |basis, snapshot| Settled {
            id: record.id().to_owned(),
            outputs: record.outputs.len(),
            basis,
            options: self.options,
            from: self.inputs.now.0.as_nanosecond(),
            until: until.map(|t| t.as_nanosecond()),
            next_change: next_change.map(|t| t.as_nanosecond()),
            articles,
            recorded,
            diags: diags.clone(),
            snapshot,
            templates: keys
                .map(|keys| keys.templates().clone())
                .unwrap_or_default(),
            edited: BTreeMap::new(),
            passed: plan.gate.passed(),
        };
        timed(progress, Stage::Conclude, || {
            self.conclude(&record, &emitter, |watched, files, place| {
                let snapshot = || snapshot(plan, looks).save(files, place);
                let (basis, snapshot) = rayon::join(|| watched.save(), snapshot);
                settle(basis, snapshot)
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
struct Making<'a> {
    keys: Option<Keys<'a>>,
    made: Vec<Option<Key>>,
}

/// An output that was made, and the editions that were looked at for a key made with it.
type Made = (Output, Option<Box<[u32]>>);

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

fn articles(plan: &Plan) -> usize {
    let langs = plan.prepared.site.langs.iter();
    langs.map(|l| l.articles.len()).sum()
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
