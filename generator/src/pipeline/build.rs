//! A build into a folder: what former builds remember is used where it is sure, and nowhere else.

use std::{path::Path, sync::Arc};

use super::{
    Built, Inputs, Plan, Progress, Rendered, Rest, Stage, Stopped, prepare_with, progress::timed,
};
use crate::{
    base::{
        clock::worked,
        diag::{Diagnostic, Diagnostics},
        hash::{Digest, Sum},
    },
    cache::{Documents, Output, Record, Settled, Watched},
    emit::{Emitted, Emitter, Staging},
    parse::Memory,
    plan::Job,
    render::Failure,
};

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
struct Attempt<'a> {
    inputs: Inputs,
    out: &'a Path,
    /// The files of `inputs`, where their answers are noted.
    watched: Option<Arc<Watched>>,
    /// Of everything in `inputs` but files and moment.
    options: Digest,
    settled: Option<Settled>,
    /// Of the answers to the questions of the former build.
    basis: Option<Digest>,
}

impl<'a> Attempt<'a> {
    fn begin(inputs: &Inputs, out: &'a Path) -> Self {
        let mut inputs = inputs.clone();
        let mut options = Sum::default();
        options.number(u64::from(inputs.drafts));
        options.text(inputs.base_url.as_deref().unwrap_or_default());
        let watched = Watched::begin(&inputs.files).map(Arc::new);
        let (settled, basis) = match &watched {
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
            basis,
        }
    }

    fn run(&self, progress: &dyn Progress, diags: &mut Diagnostics) -> Result<Built, Stopped> {
        if let Some(built) = timed(progress, Stage::Look, || self.unchanged(diags))? {
            return Ok(built);
        }
        let files = self.inputs.files.as_ref();
        let (documents, former) = match &self.watched {
            Some(_) => {
                let record = || Record::load(files, &place(self.out));
                let (documents, record) = timed(progress, Stage::Recall, || {
                    rayon::join(|| Documents::load(files), record)
                });
                (Some(documents), record)
            }
            None => (None, None),
        };
        let memory = documents.as_ref().map(|d| d as &dyn Memory);
        let plan = prepare_with(&self.inputs, memory, progress, diags);
        let keys = match &plan {
            Some(plan) => timed(progress, Stage::Keys, || self.keys(plan)),
            None => Vec::new(),
        };
        timed(progress, Stage::Settle, || {
            if self.watched.as_ref().is_some_and(|w| !w.settle()) {
                return Err(Stopped::Stale);
            }
            // A build that finds mistakes has read all the same.
            if let Some(documents) = &documents {
                documents.save(files);
            }
            Ok(())
        })?;
        let plan = plan.ok_or(Stopped::Wrong(Vec::new()))?;
        let mut built = self.emit(&plan, &keys, former.as_ref(), progress, diags)?;
        built.rest.add((documents, former, plan));
        Ok(built)
    }

    /// The build is over before it has begun if nothing it would ask has another answer than last time.
    fn unchanged(&self, diags: &mut Diagnostics) -> Result<Option<Built>, Stopped> {
        let (Some(watched), Some(settled), Some(basis)) =
            (&self.watched, &self.settled, self.basis)
        else {
            return Ok(None);
        };
        if !settled.holds(basis, self.options, self.inputs.now.0) {
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
            next_change: settled.next_change(),
            rest: Rest::default(),
        }))
    }

    fn keys(&self, plan: &Plan) -> Vec<Option<Digest>> {
        use rayon::prelude::*;
        let Some(watched) = &self.watched else {
            return vec![None; plan.jobs.len()];
        };
        let keys = plan.renderer.keys(watched.clone());
        plan.jobs.par_iter().map(|job| keys.of(job)).collect()
    }

    fn emit(
        &self,
        plan: &Plan,
        keys: &[Option<Digest>],
        former: Option<&Record>,
        progress: &dyn Progress,
        diags: &Diagnostics,
    ) -> Result<Built, Stopped> {
        let emitter = timed(progress, Stage::Ready, || Emitter::begin(self.out))?;
        let sealed = emitter.seal_found();
        let former = former.filter(|f| f.id() == sealed);
        let pairs = pairs(&plan.jobs, former);
        let same = |at: usize| pairs[at].filter(|o| o.key.is_some() && o.key == keys[at]);
        let known = (0..keys.len()).filter(|at| same(*at).is_some()).count();
        progress.begin(plan.jobs.len() - known);
        let staging = timed(progress, Stage::Ready, || emitter.stage(&plan.folders))?;
        let work = |at: usize, job: &Job, failed: bool| {
            if let Some(output) = same(at) {
                staging.keep();
                return Ok(output.clone());
            }
            let bytes = rendered(plan, job, progress);
            progress.one();
            let bytes = bytes?;
            let output = Output {
                path: job.path.clone(),
                key: keys[at],
                digest: Digest::of(&bytes),
                size: bytes.len() as u64,
            };
            if !failed {
                put(&staging, &output, &bytes, former.map(|_| pairs[at]))?;
            }
            Ok(output)
        };
        let outputs = timed(progress, Stage::Render, || plan.all(&work, &|| false))?;
        let paths = plan.jobs.iter().map(|j| j.path.as_str());
        let before: Option<Vec<&str>> =
            former.map(|f| f.outputs.iter().map(|o| o.path.as_str()).collect());
        let emitted = timed(progress, Stage::Commit, || {
            staging.commit(paths, before.as_deref())
        })?;
        let record = Record { outputs };
        timed(progress, Stage::Conclude, || {
            self.conclude(plan, &record, &emitter, diags)
        })?;
        let mut rest = Rest::default();
        rest.add(record);
        Ok(Built {
            emitted,
            articles: articles(plan),
            next_change: plan.renderer.site().next_change,
            rest,
        })
    }

    /// Remembers what was made. The tree gets its name last: until then the next build looks for itself.
    fn conclude(
        &self,
        plan: &Plan,
        record: &Record,
        emitter: &Emitter,
        diags: &Diagnostics,
    ) -> Result<(), Stopped> {
        let id = record.id();
        let tree = record.outputs.iter();
        let list = || emitter.list(&id, tree.map(|o| (o.path.as_str(), o.digest, o.size)));
        let Some(watched) = &self.watched else {
            return Ok(list()?);
        };
        let (files, place) = (self.inputs.files.as_ref(), place(self.out));
        let next_change = plan.renderer.site().next_change;
        let remember = || {
            let settled = Settled {
                id: id.clone(),
                outputs: record.outputs.len(),
                basis: watched.save(),
                options: self.options,
                from: self.inputs.now.0.as_nanosecond(),
                until: next_change.map(|t| t.as_nanosecond()),
                articles: articles(plan),
                diags: diags.clone(),
            };
            settled.save(files, &place)
        };
        let (listed, (settled, recorded)) = rayon::join(list, || {
            rayon::join(remember, || record.save(files, &place))
        });
        listed?;
        if settled && recorded && emitter.seal_found() != id {
            emitter.seal(&id)?;
        }
        Ok(())
    }
}

/// Renders one output, with a look at the time where that is wanted.
fn rendered(plan: &Plan, job: &Job, progress: &dyn Progress) -> Result<Vec<u8>, Failure> {
    if !progress.wants_pages() {
        return plan.render(job);
    }
    let started = worked();
    let bytes = plan.render(job)?;
    progress.rendered(Rendered {
        job,
        template: plan.renderer.template_of(job),
        took: worked().saturating_sub(started),
        size: bytes.len(),
    });
    Ok(bytes)
}

fn articles(plan: &Plan) -> usize {
    let langs = plan.renderer.site().langs.iter();
    langs.map(|l| l.articles.len()).sum()
}

/// For each job the output that lies at its path, as far as that is known. Both are in order of paths.
fn pairs<'a>(jobs: &[Job], former: Option<&'a Record>) -> Vec<Option<&'a Output>> {
    let mut outputs = former.map_or(&[][..], |f| &f.outputs).iter().peekable();
    let pair = |job: &Job| {
        while outputs.next_if(|o| o.path < job.path).is_some() {}
        outputs.next_if(|o| o.path == job.path)
    };
    jobs.iter().map(pair).collect()
}

/// Hands over one output. `lies` says what lies at its path, where that is known.
fn put(
    staging: &Staging<'_>,
    output: &Output,
    bytes: &[u8],
    lies: Option<Option<&Output>>,
) -> Result<(), Failure> {
    let put = match lies {
        Some(Some(lies)) if lies.digest == output.digest => {
            staging.keep();
            Ok(())
        }
        Some(_) => staging.write(&output.path, bytes),
        None => staging.put(&output.path, bytes),
    };
    put.map_err(Failure::Wrong)
}
