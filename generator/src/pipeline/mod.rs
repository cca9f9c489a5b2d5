//! The one file that knows the order of the stages.
//!
//! `prepare` reads and links everything and lists the outputs; `Plan::render` makes one of them. A
//! build renders all, `dev` the one requested: there is no second way to make a page.

mod ahead;
mod progress;

pub use self::progress::{NoProgress, Progress, Rendered, Stage, length, measured, timed};

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use self::ahead::Ahead;
use crate::{
    assets::{self, UsedFiles},
    base::{
        clock::Now,
        diag::{self, Diagnostic, Diagnostics},
        files::Files,
        guard,
        hash::{Digest, Map},
        read,
    },
    config::Config,
    discover,
    gate::{self, Gate},
    link::{self, Edition, EditionId, Findings, Moment, Rules, Site},
    parse,
    plan::{self, Job, JobId, Jobs, Planned, Unrecorded},
    render::{self, Failure, Parts, Prepared},
    theme::Theme,
};

/// All that a build depends on.
#[derive(Clone)]
pub struct Inputs {
    /// Sources.
    pub files: Arc<dyn Files>,
    /// The moment the build speaks for.
    pub now: Now,
    /// Whether drafts count as published.
    pub drafts: bool,
    /// Instead of `base_url` in `site.toml`.
    pub base_url: Option<String>,
    /// What a build does with addresses that are new.
    pub addresses: Addresses,
}

impl Inputs {
    /// The configuration with what these inputs say instead.
    pub fn config(&self, diags: &mut Diagnostics) -> Option<Config> {
        let mut config = Config::load(self.files.as_ref(), diags)?;
        if let Some(base_url) = &self.base_url {
            config.base_url.clone_from(base_url);
        }
        Some(config)
    }
}

/// What a build does with addresses that are new.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Addresses {
    /// Nothing: what is built is not what is published.
    #[default]
    Leave,
    /// It adds them to the file.
    Add,
    /// It fails: the file must have them already.
    Locked,
}

/// Everything prepared: outputs can be rendered, each by itself.
pub struct Plan {
    /// Makes outputs.
    pub prepared: Prepared,
    /// Every output, by path.
    pub jobs: Arc<Vec<Job>>,
    /// Addresses missing from the address ledger.
    pub unrecorded: Arc<Unrecorded>,
    /// Searches every output for what is held back.
    pub gate: Arc<Gate>,
    moments: Arc<Vec<Moment>>,
    /// What is scheduled, if anything is.
    ahead: Option<Arc<Ahead>>,
}

/// Why rendering everything gave no output.
pub enum Stopped {
    /// Diagnostics hold the reasons.
    Wrong(Diagnostics),
    /// A source changed under the build.
    Stale,
}

/// Reads, checks and links everything. `None` when something is wrong; `diags` say what, all of it.
pub fn prepare(inputs: &Inputs, diags: &mut Diagnostics) -> Option<Plan> {
    prepare_with(inputs, None, &NoProgress, diags)
}

/// What earlier builds cached about sources and files.
pub struct Memory {
    /// What sources parse to.
    pub documents: Box<dyn parse::Memory>,
    /// Facts of files beside documents.
    pub files: Box<dyn assets::Memory>,
}

/// The same, with what earlier builds cached.
pub fn prepare_with(
    inputs: &Inputs,
    memory: Option<Memory>,
    progress: &dyn Progress,
    diags: &mut Diagnostics,
) -> Option<Plan> {
    let plan = guard::caught(|| stages(inputs, memory, progress, diags)).unwrap_or_else(|| {
        diags.push(guard::failed("while preparing the site".to_owned()));
        None
    });
    diag::tidy(diags);
    plan.filter(|_| !diag::any_error(diags))
}

fn stages(
    inputs: &Inputs,
    memory: Option<Memory>,
    progress: &dyn Progress,
    diags: &mut Diagnostics,
) -> Option<Plan> {
    let files = inputs.files.as_ref();
    let config = Arc::new(timed(progress, Stage::Settings, || inputs.config(diags))?);
    let theme = timed(progress, Stage::Theme, || {
        Theme::load(files, &config, diags).map(Arc::new)
    });
    let sources = timed(progress, Stage::Discover, || {
        discover::discover(files, &config, diags)
    });
    let (parsed, judged) = memory.map(|m| (m.documents, m.files)).unzip();
    let documents = timed(progress, Stage::Parse, || {
        parse::parse(files, &config, &sources, parsed.as_deref(), diags)
    });
    // Saved at once, which frees memory. A build that finds mistakes has read everything too.
    if let Some(parsed) = parsed {
        timed(progress, Stage::Remember, || parsed.conclude());
    }
    let (now, drafts) = (inputs.now, inputs.drafts);
    let (site, findings) = timed(progress, Stage::Link, || {
        let rules = Rules { now, drafts };
        link::link(files, &config, &sources, documents, rules, diags)
    });
    let (used, used_ahead) = timed(progress, Stage::Assets, || {
        used_files(files, judged, &findings, diags)
    });
    let theme = theme?;
    let planned = Planned {
        files,
        config: &config,
        sources: &sources,
        theme: &theme,
        site: &site,
        findings: &findings,
        used: &used,
        now: inputs.now.0,
    };
    let jobs = timed(progress, Stage::Plan, || plan::plan(planned, diags));
    let together = timed(progress, Stage::Ahead, || {
        together(planned, &used_ahead, diags)
    });
    let gate = timed(progress, Stage::Gate, || {
        gate(inputs, (&config, &theme), &planned, &jobs)
    });
    let parts = Parts {
        files: inputs.files.clone(),
        config: config.clone(),
        site: site.clone(),
        theme: theme.clone(),
        used: used.clone(),
        moved: Arc::new(jobs.moved),
        dead: Arc::new(jobs.dead),
    };
    let ahead = timed(progress, Stage::Ahead, || {
        let today = (&site, &jobs.jobs);
        let (site, all) = together.as_ref().map_or(today, |(site, all)| (site, all));
        let mut parts = parts.clone();
        (parts.site, parts.used) = (site.clone(), used_ahead);
        Ahead::new(&Planned { site, ..planned }, all, parts)
    });
    Some(Plan {
        prepared: timed(progress, Stage::Engines, || Prepared::new(parts, diags))?,
        jobs: Arc::new(jobs.jobs),
        unrecorded: Arc::new(jobs.unrecorded),
        gate: Arc::new(gate),
        moments: Arc::new(findings.moments),
        ahead: ahead.map(Arc::new),
    })
}

/// The site with everything scheduled published, and its outputs, if anything is scheduled.
fn together(
    planned: Planned<'_>,
    used: &UsedFiles,
    diags: &mut Diagnostics,
) -> Option<(Site, Vec<Job>)> {
    let coming = &planned.findings.coming;
    let site = coming.together(planned.config, planned.sources, planned.site)?;
    let ahead = Planned {
        site: &site,
        used,
        ..planned
    };
    let jobs = ahead.ahead(diags);
    Some((site, jobs))
}

/// Files beside documents that are in use today, and once everything scheduled is published.
fn used_files(
    files: &dyn Files,
    memory: Option<Box<dyn assets::Memory>>,
    findings: &Findings,
    diags: &mut Diagnostics,
) -> (Arc<UsedFiles>, Arc<UsedFiles>) {
    let (used, ahead) = assets::collect(files, memory.as_deref(), findings, diags);
    if let Some(memory) = memory {
        memory.conclude();
    }
    let used = Arc::new(used);
    let ahead = ahead.map_or_else(|| used.clone(), Arc::new);
    (used, ahead)
}

/// The gate of a plan.
fn gate(
    inputs: &Inputs,
    (config, theme): (&Arc<Config>, &Arc<Theme>),
    planned: &Planned<'_>,
    jobs: &Jobs,
) -> Gate {
    let rules = jobs.moved.gone.iter().chain(jobs.moved.redirects.keys());
    let rules = rules.map(|rule| rule.path.trim_end_matches('/').to_owned());
    Gate::new(gate::Parts {
        files: &inputs.files,
        config,
        site: planned.site,
        theme,
        held: &planned.findings.held,
        now: inputs.now,
        drafts: inputs.drafts,
        rules: rules.collect(),
        jobs: &jobs.jobs,
    })
}

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
    /// As [`Prepared::render`].
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        self.prepared.render(job)
    }

    /// Searches an output for what is held back.
    pub fn search(&self, job: &Job, bytes: &[u8]) {
        self.gate.search(job, bytes);
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
fn grouped(mut diags: Diagnostics) -> Diagnostics {
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
