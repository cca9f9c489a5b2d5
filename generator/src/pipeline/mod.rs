//! The one file that knows the order of the stages.
//!
//! `prepare` reads and links everything and lists the outputs; `Plan::render` makes one of them. A
//! build renders all, `dev` the one requested: there is no second way to make a page.

mod ahead;
mod outputs;
mod pictures;
mod progress;

pub use self::{
    outputs::{Worker, digest},
    pictures::Derived,
    progress::{NoProgress, Progress, Rendered, Stage, length, measured, timed},
};

use std::sync::Arc;

use self::ahead::Ahead;
use crate::{
    assets::{self, UsedFiles},
    base::{
        clock::Now,
        diag::{self, Diagnostics},
        files::Files,
        guard,
    },
    config::Config,
    discover,
    gate::{self, Gate},
    link::{self, Findings, Moment, Rules, Site},
    parse,
    plan::{self, Job, Jobs, Planned, Unrecorded},
    render::{Parts, Prepared},
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
    /// Derivatives.
    pub kept: Arc<dyn assets::Kept>,
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
    let kept = memory.as_ref().map(|m| m.kept.clone());
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
        used_files(files, judged, (&findings, &config), diags)
    });
    let theme = theme?;
    let (used, used_ahead) = withheld(used, used_ahead, &findings, (&config, &theme), diags);
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
        kept,
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
    (findings, config): (&Findings, &Config),
    diags: &mut Diagnostics,
) -> (UsedFiles, Option<UsedFiles>) {
    let settings = &config.pictures;
    let used = assets::collect(files, memory.as_deref(), findings, settings, diags);
    if let Some(memory) = memory {
        memory.conclude();
    }
    used
}

/// The same, with what is not for everyone to download.
fn withheld(
    mut used: UsedFiles,
    ahead: Option<UsedFiles>,
    findings: &Findings,
    (config, theme): (&Config, &Theme),
    diags: &mut Diagnostics,
) -> (Arc<UsedFiles>, Arc<UsedFiles>) {
    let otherwise = config.pictures.download;
    used.withhold(&theme.slots, findings, otherwise, diags);
    let used = Arc::new(used);
    let ahead = ahead.map(|mut ahead| {
        // What is wrong with pictures of today was said.
        ahead.withhold(&theme.slots, findings, otherwise, &mut Vec::new());
        Arc::new(ahead)
    });
    let ahead = ahead.unwrap_or_else(|| used.clone());
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
