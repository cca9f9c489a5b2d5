//! The short path of a build: after an edit of words alone, only the pages that show them are made.
//!
//! It starts from the site of the last build. In doubt it gives up, and the long path decides; it never
//! reports a mistake.

use std::sync::Arc;

use super::{
    build::{Attempt, Built, Unfreed, place},
    documents::Documents,
    questions::Difference,
    record::{Output, Record, Summary},
    recorder::Recorder,
    remembered,
    snapshot::{JobReads, Snapshot},
    templates, words,
};
use crate::{
    base::{
        clock::Now,
        diag::Diagnostics,
        files::{Files, Taking},
        guard,
        hash::Digest,
    },
    emit::{Emitter, Staging},
    link::{Edition, EditionId},
    parse::{self, Memory},
    pipeline::{Inputs, Plan, Progress, Stage, Stopped, length, measured, timed},
    plan::{Job, Task},
    render::{Parts, Prepared},
    theme::Theme,
};

/// With more edited files than these, the long path is as fast.
const MOST_EDITS: usize = 64;

/// The editions that the edited files make, if all are quiet edits of published documents without
/// findings, before and now.
fn editions(
    prepared: &Prepared,
    (files, now): (&dyn Files, Now),
    changed: &[String],
    memory: Option<&dyn Memory>,
    diags: &Diagnostics,
) -> Option<Vec<(EditionId, Edition)>> {
    let has_findings = |path: &String| {
        diags
            .iter()
            .any(|d| d.file.as_deref() == Some(path.as_str()))
    };
    if changed.is_empty() || changed.len() > MOST_EDITS || changed.iter().any(has_findings) {
        return None;
    }
    let (site, config) = (&prepared.site, &prepared.config);
    let edition = |path: &String| {
        let id = site.resolver.published(path)?;
        let source = &site.editions[id].source;
        let parsed = parse::one(files, config, source, memory);
        let document = parsed.document.filter(|_| parsed.diags.is_empty())?;
        // What will be out of the site may not stand in what stays; that takes more than this document.
        let quiet = words::edited(site, config, document, now.0);
        quiet.filter(|(_, edition)| edition.meta.expires.is_none())
    };
    changed.iter().map(edition).collect()
}

/// The plan after something happened to the files `changed`, if nothing but the words of published
/// documents differs. `diags` are those of this plan: findings of a document are only known once all
/// are read.
pub fn edited(
    plan: &Plan,
    inputs: &Inputs,
    changed: &[String],
    diags: &Diagnostics,
) -> Option<Plan> {
    let site = &plan.prepared.site;
    let mut moments = site.next_change.into_iter().chain(site.next_finding);
    if moments.any(|moment| moment <= inputs.now.0) {
        return None;
    }
    let files = (inputs.files.as_ref(), inputs.now);
    unless_it_panics(|| {
        let edited = editions(&plan.prepared, files, changed, None, diags)?;
        Some(plan.with(edited))
    })
}

/// What `work` gives, or nothing where it panics: the long path leads to the same.
fn unless_it_panics<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    guard::caught(work).flatten()
}

/// A site as the last build left it.
struct Former {
    prepared: Prepared,
    record: Record,
    job_reads: JobReads,
    documents: Arc<Documents>,
}

/// What the short path made, before it is moved in.
struct Made<'e> {
    former: Former,
    prepared: Prepared,
    /// Editions, and the digests of their files.
    edited: Vec<(EditionId, Digest)>,
    staging: Staging<'e>,
}

impl Attempt<'_> {
    /// Builds by the short path. `None`: the long path must be taken.
    pub(super) fn quiet(
        &self,
        difference: &Difference,
        progress: &dyn Progress,
        diags: &mut Diagnostics,
    ) -> Result<Option<Built>, Stopped> {
        let (Some(recorder), Some(summary)) = (&self.recorder, &self.summary) else {
            return Ok(None);
        };
        let few = !difference.more && difference.contents.len() <= MOST_EDITS;
        let documents = difference.contents.iter().all(|path| path.ends_with(".md"));
        if !few || !documents || !self.holds(summary, difference.basis) {
            return Ok(None);
        }
        let emitter = Emitter::begin(self.out)?;
        if emitter.seal_found() != summary.id {
            return Ok(None);
        }
        // A panic of what is tried here must not end the build: the long path names the page.
        let made = guard::caught(|| {
            self.made(recorder, summary, &difference.contents, &emitter, progress)
        });
        let Some(made) = made.unwrap_or(Ok(None))? else {
            return Ok(None);
        };
        if !recorder.finish() {
            return Ok(None);
        }
        let Made {
            former,
            prepared,
            edited: digests,
            staging,
        } = made;
        timed(progress, Stage::Remember, || former.documents.save(false));
        let emitted = timed(progress, Stage::Commit, || staging.commit(Vec::new()))?;
        let record = Record::from(former.record.outputs);
        let edited = summary.edited.iter().map(|(id, digest)| (*id, *digest));
        let edited = edited.chain(digests).collect();
        timed(progress, Stage::Conclude, || {
            self.conclude(&record, &emitter, |recorder, _| Summary {
                id: record.id().to_owned(),
                basis: recorder.save_again(),
                edited,
                ..summary.clone()
            })
        })?;
        diags.extend(summary.diags.iter().cloned());
        let mut unfreed = Unfreed::default();
        unfreed.add((former.prepared, prepared, record, former.documents));
        Ok(Some(Built {
            emitted,
            articles: summary.articles,
            added: 0,
            next_change: summary.next_change(),
            unfreed,
        }))
    }

    /// Reads what was edited and makes the pages that show it, if that is certainly all there is to do.
    fn made<'e>(
        &self,
        recorder: &Arc<Recorder>,
        summary: &Summary,
        changed: &[String],
        emitter: &'e Emitter,
        progress: &dyn Progress,
    ) -> Result<Option<Made<'e>>, Stopped> {
        if changed.iter().any(|path| summary.passed.rests_on(path)) {
            return Ok(None);
        }
        let Some(mut former) = timed(progress, Stage::Recall, || self.former(recorder, summary))
        else {
            return Ok(None);
        };
        let memory = Some(&*former.documents as &dyn Memory);
        let files = (self.inputs.files.as_ref(), self.inputs.now);
        let edited = timed(progress, Stage::Parse, || {
            editions(&former.prepared, files, changed, memory, &summary.diags)
        });
        let Some(editions) = edited else {
            return Ok(None);
        };
        let edited: Vec<_> = editions.iter().map(|(id, e)| (*id, e.digest)).collect();
        let prepared = timed(progress, Stage::Engines, || {
            former.prepared.edited(editions)
        });
        let staging = emitter.stage(&[])?;
        let whole = timed(progress, Stage::Render, || {
            self.emit_few(&prepared, &mut former, &edited, &staging, progress)
        })?;
        Ok(whole.then_some(Made {
            former,
            prepared,
            edited,
            staging,
        }))
    }

    fn former(&self, recorder: &Arc<Recorder>, summary: &Summary) -> Option<Former> {
        let (disk, place) = (recorder.disk(), place(self.out));
        let record = || Record::load(disk, &place);
        let ((documents, record), snapshot) = rayon::join(
            || rayon::join(|| Documents::load(recorder), record),
            || Snapshot::load(disk, &place),
        );
        let record = record.filter(|r| r.id() == summary.id)?;
        let (snapshot, _) = snapshot.filter(|(_, id)| summary.snapshot == Some(*id))?;
        // Their findings are in `summary` already.
        let mut diags = Vec::new();
        let config = Arc::new(self.inputs.config(&mut diags)?);
        let theme = Arc::new(Theme::load(
            self.inputs.files.as_ref(),
            &config,
            &mut diags,
        )?);
        let documents = Arc::new(documents);
        let edited: Vec<_> = summary.edited.iter().map(|(id, d)| (*id, *d)).collect();
        let recalled = documents.clone();
        let recall = move |source: &_, digest| recalled.recall(source, digest)?.document;
        let structure = snapshot.structure;
        let recall = Box::new(recall);
        let site = remembered::site(
            config.clone(),
            structure,
            snapshot.editions,
            &edited,
            recall,
        )?;
        let parts = Parts {
            files: self.inputs.files.clone(),
            config,
            site,
            theme,
            used: snapshot.used,
            kept: None,
            moved: snapshot.moved,
            dead: snapshot.dead,
        };
        Some(Former {
            prepared: Prepared::new(parts, &mut diags)?,
            record,
            job_reads: snapshot.job_reads,
            documents,
        })
    }

    /// Makes the outputs that read an edited edition, and records them. Whether that is certainly all there
    /// is to do.
    fn emit_few(
        &self,
        prepared: &Prepared,
        former: &mut Former,
        edited: &[(EditionId, Digest)],
        staging: &Staging<'_>,
        progress: &dyn Progress,
    ) -> Result<bool, Stopped> {
        let keys = prepared.keys(templates::digests(prepared));
        let mut edited: Vec<EditionId> = edited.iter().map(|(id, _)| *id).collect();
        edited.sort_unstable();
        let mut unchanged = former.record.outputs.len();
        for (job, task, reads) in former.job_reads.at(&edited) {
            let Some(output) = former.record.outputs.get_mut(usize::from(job)) else {
                return Ok(false);
            };
            let job = Job {
                path: output.path.clone(),
                task: Task::clone(task),
            };
            let Some(key) = keys.of(&job).filter(|key| *key.reads == *reads) else {
                return Ok(false);
            };
            if output.key == Some(key.digest) {
                continue;
            }
            let made = match job.task.in_pieces() {
                true => {
                    unchanged -= 1;
                    let give = |take: Taking<'_>| prepared.give(&job, take);
                    let stream = || staging.stream(&job, give);
                    measured(progress, (prepared, &job), |made| made.0 as usize, stream)
                }
                false => {
                    let render = || prepared.render(&job).map(|bytes| (bytes, ()));
                    let made = measured(progress, (prepared, &job), length, render);
                    made.and_then(|(bytes, ())| {
                        let digest = Digest::of(&bytes);
                        if digest != output.digest {
                            staging.write(&job, &bytes)?;
                            unchanged -= 1;
                        }
                        Ok((bytes.len() as u64, digest))
                    })
                }
            };
            let Ok((size, digest)) = made else {
                return Ok(false);
            };
            *output = Output {
                path: job.path,
                key: Some(key.digest),
                digest,
                size,
            };
        }
        (0..unchanged).for_each(|_| staging.keep());
        Ok(prepared.site.editions.whole())
    }
}
