//! Builds into a folder, using what earlier builds cached where that is certain.

use std::{path::Path, sync::Arc};

use super::{
    derivatives::Derivatives,
    disk::Disk,
    documents::Documents,
    facts::Facts,
    questions::Difference,
    record::{Record, Summary},
    recorder::Recorder,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::{Digest, Sum},
    },
    emit::{Emitted, Emitter},
    pipeline::{
        Addresses, Inputs, Memory, NoProgress, Plan, Progress, Stage, Stopped, prepare_with, timed,
    },
};

/// What a build did.
#[derive(Debug)]
pub struct Built {
    /// Files written, kept and removed.
    pub emitted: Emitted,
    /// Articles published, in all languages.
    pub articles: usize,
    /// Addresses added to the address ledger.
    pub added: usize,
    /// When the output will differ without any edit.
    pub next_change: Option<jiff::Timestamp>,
    /// Memory that is not freed yet.
    pub unfreed: Unfreed,
}

/// Memory that a build has not freed. Freeing a million small values takes longer than making a page, so a
/// program that is about to exit skips it.
#[derive(Default)]
pub struct Unfreed(Vec<Box<dyn Send>>);

impl Unfreed {
    pub(super) fn add(&mut self, left: impl Send + 'static) {
        self.0.push(Box::new(left));
    }
}

impl std::fmt::Debug for Unfreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unfreed")
    }
}

/// Builds into `out`, from files that lie on `disk`. `None` when something is wrong: then `out/site` is as it was.
pub fn build(
    inputs: &Inputs,
    disk: &Arc<dyn Disk>,
    out: &Path,
    progress: &dyn Progress,
    diags: &mut Diagnostics,
) -> Option<Built> {
    /// How often a build starts again because sources change under it.
    const PATIENCE: usize = 5;
    for _ in 0..PATIENCE {
        diags.clear();
        let attempt = timed(progress, Stage::Look, || Attempt::begin(inputs, disk, out));
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

/// Reads, checks and links everything, with what earlier builds parsed. The record of
/// files stays as it is.
pub fn prepare_again(
    inputs: &Inputs,
    disk: &Arc<dyn Disk>,
    diags: &mut Diagnostics,
) -> Option<Plan> {
    let mut inputs = inputs.clone();
    let recorder = Recorder::begin(&inputs.files, disk).map(Arc::new);
    let memory = recorder.as_ref().map(|recorder| memory(recorder, disk));
    if let Some(recorder) = &recorder {
        inputs.files = recorder.clone();
    }
    let plan = prepare_with(&inputs, memory, &NoProgress, diags);
    if let Some(recorder) = recorder {
        // If a file changed meanwhile, `dev` is notified of it.
        let _ = recorder.finish();
    }
    plan
}

fn memory(recorder: &Arc<Recorder>, disk: &Arc<dyn Disk>) -> Memory {
    let documents = || Box::new(Documents::load(recorder));
    let (documents, files) = rayon::join(documents, || Box::new(Facts::load(recorder)));
    Memory {
        documents,
        files,
        kept: Arc::new(Derivatives::new(disk)),
    }
}

/// Marks the change list with this id as deployed: later lists give the differences from its tree.
/// Whether it could; if not, `diags` say why.
pub fn acknowledge(out: &Path, id: &str, diags: &mut Diagnostics) -> bool {
    let done = Emitter::begin(out).and_then(|emitter| emitter.acknowledge(id));
    done.map_err(|d| diags.push(*d)).is_ok()
}

/// The name of an output folder in the cache.
pub(super) fn place(out: &Path) -> String {
    let absolute = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    absolute.to_string_lossy().into_owned()
}

/// One attempt at a build.
pub(super) struct Attempt<'a> {
    pub inputs: Inputs,
    pub disk: &'a Arc<dyn Disk>,
    pub out: &'a Path,
    /// The files of `inputs`, if their answers are recorded.
    pub recorder: Option<Arc<Recorder>>,
    /// Of everything in `inputs` but files and moment.
    pub options: Digest,
    pub summary: Option<Summary>,
    /// What changed since the last build.
    difference: Option<Difference>,
}

impl<'a> Attempt<'a> {
    fn begin(inputs: &Inputs, disk: &'a Arc<dyn Disk>, out: &'a Path) -> Self {
        let mut inputs = inputs.clone();
        let mut options = Sum::default();
        options.number(u64::from(inputs.drafts));
        options.text(inputs.base_url.as_deref().unwrap_or_default());
        let recorder = Recorder::begin(&inputs.files, disk).map(Arc::new);
        let (summary, difference) = match &recorder {
            Some(recorder) => rayon::join(
                || Summary::load(disk.as_ref(), &place(out)),
                || recorder.ask_again(),
            ),
            None => (None, None),
        };
        if let Some(recorder) = &recorder {
            inputs.files = recorder.clone();
        }
        Self {
            inputs,
            disk,
            out,
            recorder,
            options: options.finish(),
            summary,
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
        let (memory, former) = match &self.recorder {
            Some(recorder) => {
                let record = || Record::load(recorder.disk(), &place(self.out));
                let (memory, record) = timed(progress, Stage::Recall, || {
                    rayon::join(|| memory(recorder, self.disk), record)
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
        let moved = || self.recorder.as_ref().is_some_and(|w| !w.finish());
        if timed(progress, Stage::Remember, moved) {
            return Err(Stopped::Stale);
        }
        let (Some(ready), Some(making)) = (&plan, making) else {
            return Err(Stopped::Wrong(Vec::new()));
        };
        self.locked(ready)?;
        let mut built = self.emit(ready, making, former.as_ref(), progress, diags)?;
        built.unfreed.add((former, plan));
        Ok(built)
    }

    /// Whether the last build is still valid, if `basis` is that of the answers.
    pub fn holds(&self, summary: &Summary, basis: Digest) -> bool {
        let recorded = summary.recorded || self.inputs.addresses == Addresses::Leave;
        recorded && summary.holds(basis, self.options, self.inputs.now.0)
    }

    /// Nothing is left to do if every question has the same answer as last time.
    fn unchanged(
        &self,
        difference: &Difference,
        diags: &mut Diagnostics,
    ) -> Result<Option<Built>, Stopped> {
        let (Some(recorder), Some(summary)) = (&self.recorder, &self.summary) else {
            return Ok(None);
        };
        if !self.holds(summary, difference.basis) {
            return Ok(None);
        }
        let emitter = Emitter::begin(self.out)?;
        if emitter.seal_found() != summary.id || !emitter.is_listed(&summary.id) {
            return Ok(None);
        }
        if recorder.read_any() {
            recorder.save_again();
        }
        diags.extend(summary.diags.iter().cloned());
        Ok(Some(Built {
            emitted: Emitted {
                kept: summary.outputs,
                ..Emitted::default()
            },
            articles: summary.articles,
            added: 0,
            next_change: summary.next_change(),
            unfreed: Unfreed::default(),
        }))
    }
}
