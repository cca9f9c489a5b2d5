//! `build --verify`: compares the output folder with a build from nothing.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::{
    build::place,
    disk::Disk,
    record::{Output, Record},
    recorder::Recorder,
    templates,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::Digest,
    },
    emit,
    pipeline::{Derived, Inputs, Plan, Stopped, Worker, digest, prepare},
    plan::{Job, JobId},
    render::{Failure, Keys},
};

/// Builds everything from nothing in memory, without any cache, and compares each output with what
/// lies in `out`. The number of outputs that were compared; `None` when something is wrong, which
/// `diags` report.
pub fn verify(
    inputs: &Inputs,
    disk: &Arc<dyn Disk>,
    out: &Path,
    diags: &mut Diagnostics,
) -> Option<usize> {
    diags.clear();
    let plan = prepare(inputs, diags)?;
    let keys = plan.prepared.keys(templates::digests(&plan.prepared));
    let comparing = Comparing {
        plan: &plan,
        keys,
        record: Record::load(disk.as_ref(), &place(out)),
        out,
    };
    let found = match plan.all(&comparing, &|| false) {
        Ok(found) => found,
        Err(Stopped::Wrong(mut wrong)) => {
            diags.append(&mut wrong);
            return None;
        }
        Err(Stopped::Stale) => {
            let message = "a source changed while the site was compared";
            diags.push(
                Diagnostic::error(message).hint("run it again when nothing writes to the sources"),
            );
            return None;
        }
    };
    // What a clean build would refuse is wrong here too, even if every output is as expected.
    let mut wrong = plan.judge();
    wrong.extend(found.into_iter().flatten());
    wrong.extend(strangers(&plan, out));
    if wrong.is_empty() {
        return Some(plan.jobs.len());
    }
    wrong.extend(missed(inputs, disk));
    diags.extend(wrong);
    None
}

/// Compares outputs with a folder.
struct Comparing<'a> {
    plan: &'a Plan,
    keys: Keys<'a>,
    /// Of the build that made the folder.
    record: Option<Record>,
    out: &'a Path,
}

impl Comparing<'_> {
    fn compared(&self, job: &Job, wanted: Digest) -> Option<Diagnostic> {
        let found = emit::digest_of(&self.out.join(&*job.path)).map(|(_, digest)| digest);
        let output = self.record.as_ref().and_then(|r| r.get(&job.path));
        let key = || self.keys.of(job).map(|key| key.digest);
        (found != Some(wanted)).then(|| difference(job, found, output, key(), wanted))
    }
}

impl Worker for Comparing<'_> {
    type Done = Option<Diagnostic>;

    fn job(&self, _: JobId, job: &Job, _: bool) -> Result<Option<Diagnostic>, Failure> {
        let plan = self.plan;
        let wanted = match job.task.copied() {
            Some(source) => {
                plan.gate.search_copy(None, job, source);
                digest(plan.prepared.files.as_ref(), source)?
            }
            None if job.task.in_pieces() => plan.give(job, &mut |_| Ok(()))?.1,
            None => {
                let bytes = plan.render(job)?;
                plan.search(job, &bytes);
                Digest::of(&bytes)
            }
        };
        Ok(self.compared(job, wanted))
    }

    fn makes(&self, _: JobId) -> bool {
        true
    }

    fn made(&self, _: JobId, made: Derived<'_>) -> Result<Option<Diagnostic>, Failure> {
        self.plan.search(made.job, &made.bytes);
        Ok(self.compared(made.job, Digest::of(&made.bytes)))
    }
}

/// Why an output differs, as far as the record of the last build shows.
fn difference(
    job: &Job,
    found: Option<Digest>,
    output: Option<&Output>,
    key: Option<Digest>,
    wanted: Digest,
) -> Diagnostic {
    let path = &job.path;
    let Some(found) = found else {
        return Diagnostic::error(format!("{path} is missing")).hint(AGAIN);
    };
    let diag = Diagnostic::error(format!("{path} differs from a clean build"));
    match output {
        Some(output) if output.digest != found => diag
            .note("it was changed after the build that wrote it")
            .hint(AGAIN),
        Some(output) if output.key != key => diag
            .note("one of its inputs changed, and the build did not see it")
            .hint(AGAIN),
        Some(output) if output.digest != wanted => diag
            .note("its key is the same, so a key misses an input: this is a bug in Dateline")
            .hint("please report it, with this page; delete .dateline/ and build again"),
        _ => diag.hint(AGAIN),
    }
}

const AGAIN: &str = "remove the output folder, and .dateline/ beside content/, then build again";

/// Files that are no output.
fn strangers(plan: &Plan, out: &Path) -> Diagnostics {
    let wanted: BTreeSet<&str> = plan.jobs.iter().map(|j| &*j.path).collect();
    let mut all = emit::all(out);
    all.retain(|path| !wanted.contains(path.as_str()));
    let report = |path: &String| Diagnostic::error(format!("{path} is no output")).hint(AGAIN);
    all.iter().map(report).collect()
}

/// Sources whose content differs from the record though their stamps do not.
fn missed(inputs: &Inputs, disk: &Arc<dyn Disk>) -> Diagnostics {
    let missed = Recorder::unlike(&inputs.files, disk).into_iter();
    let report = |path: String| {
        Diagnostic::error("this file changed without any sign of it")
            .in_file(&path)
            .hint("its size, times and place on the disk are as they were; save it again")
    };
    missed.map(report).collect()
}
