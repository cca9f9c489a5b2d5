//! The one file that knows the order of the stages.
//!
//! `prepare` reads and links everything and lists the outputs; `Plan::render` makes one of them. A
//! build renders all, `dev` the one that was asked for: there is no second way to make a page.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rayon::prelude::*;

use crate::{
    assets,
    base::{
        clock::Now,
        diag::{self, Diagnostic, Diagnostics},
        files::Files,
        hash::Map,
    },
    config::Config,
    discover,
    emit::{Emitted, Emitter},
    link::{self, Rules},
    parse,
    plan::{self, Job},
    render::{Failure, Parts, Renderer},
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
}

/// Everything prepared: outputs can be rendered, each by itself.
pub struct Plan {
    renderer: Renderer,
    /// Every output, by path.
    pub jobs: Vec<Job>,
    /// Folders that hold outputs, parents first.
    pub folders: Vec<String>,
}

/// Takes finished outputs.
type Sink<'a> = dyn Fn(&Job, Vec<u8>) -> Result<(), Diagnostic> + Sync + 'a;

/// Why rendering everything gave no output.
enum Stopped {
    /// Diagnostics hold the reasons.
    Wrong(Diagnostics),
    /// A source changed under the build.
    Stale,
}

/// Reads, checks and links everything. `None` when something is wrong; `diags` say what, all of it.
pub fn prepare(inputs: &Inputs, diags: &mut Diagnostics) -> Option<Plan> {
    let plan = stages(inputs, diags);
    diag::tidy(diags);
    plan.filter(|_| !diag::any_error(diags))
}

fn stages(inputs: &Inputs, diags: &mut Diagnostics) -> Option<Plan> {
    let files = inputs.files.as_ref();
    let mut config = Config::load(files, diags)?;
    if let Some(base_url) = &inputs.base_url {
        config.base_url.clone_from(base_url);
    }
    let config = Arc::new(config);
    let theme = Theme::load(files, &config, diags).map(Arc::new);
    let sources = discover::discover(files, &config, diags);
    let documents = parse::parse(files, &config, &sources, diags);
    let rules = Rules {
        now: inputs.now,
        drafts: inputs.drafts,
    };
    let site = link::link(files, &config, &sources, documents, rules, diags);
    let used = assets::collect(files, &site, diags);
    let theme = theme?;
    let mut jobs = plan::plan(&config, &site, &theme, &sources, diags);
    let of_files = used
        .paths
        .iter()
        .filter_map(|p| Some((p.to_string(), used.files.get(&**p)?.address.clone())));
    plan::add_files(&mut jobs, of_files);
    plan::collisions(&config, &site, &jobs, diags);
    let redirects = std::mem::take(&mut jobs.redirects);
    let parts = Parts {
        files: inputs.files.clone(),
        config,
        site,
        theme,
        used,
        redirects,
    };
    Some(Plan {
        renderer: Renderer::new(parts, diags)?,
        jobs: jobs.jobs,
        folders: jobs.folders,
    })
}

impl Plan {
    /// The job for a path below the output folder.
    pub fn job(&self, path: &str) -> Option<&Job> {
        let at = self
            .jobs
            .binary_search_by(|j| j.path.as_str().cmp(path))
            .ok()?;
        self.jobs.get(at)
    }

    /// What the plan is about.
    pub fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    /// The bytes of one output. A panic becomes a diagnostic that names the document.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        catch_unwind(AssertUnwindSafe(|| self.renderer.render(job))).unwrap_or_else(|_| {
            let message = "Dateline itself failed here; this is a mistake of ours, not of yours";
            Err(Diagnostic::error(message)
                .note(format!("while rendering {}", plan::address_of(&job.path)))
                .hint("please report it, with this document")
                .into())
        })
    }

    /// Renders everything and throws it away, until `stop` says so: for `check` and `dev`.
    pub fn check(&self, stop: &(dyn Fn() -> bool + Sync)) -> Diagnostics {
        match self.all(&|_, _| Ok(()), &|| {}, stop) {
            Err(Stopped::Wrong(diags)) => diags,
            _ => Vec::new(),
        }
    }

    /// Renders every job and hands each to `sink`. After the first failure the rest is still
    /// rendered, so that one run tells all mistakes, but nothing more is handed over.
    fn all(
        &self,
        sink: &Sink<'_>,
        progress: &(dyn Fn() + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Stopped> {
        let failed = AtomicBool::new(false);
        let failures: Vec<Failure> = self
            .jobs
            .par_iter()
            .filter_map(|job| {
                if stop() {
                    return None;
                }
                let result = self.render(job);
                progress();
                match result {
                    Ok(_) if failed.load(Ordering::Relaxed) => None,
                    Ok(bytes) => sink(job, bytes).map_err(Failure::from).err(),
                    Err(failure) => Some(failure),
                }
                .inspect(|_| failed.store(true, Ordering::Relaxed))
            })
            .collect();
        let mut wrong = Vec::new();
        for failure in failures {
            match failure {
                Failure::Wrong(diag) => wrong.push(*diag),
                Failure::Stale(_) => return Err(Stopped::Stale),
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Stopped::Wrong(grouped(wrong)))
        }
    }
}

/// One template mistake fails on every page it makes: it is told once, with the first page and a count.
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

/// What a build did.
#[derive(Debug)]
pub struct Built {
    /// Files written, kept and removed.
    pub emitted: Emitted,
    /// Articles published, in all languages.
    pub articles: usize,
    /// When the output will differ without any edit.
    pub next_change: Option<jiff::Timestamp>,
}

/// Hears how far a build is: the number of outputs, then a call for each.
pub trait Progress: Sync {
    /// Rendering begins.
    fn begin(&self, _outputs: usize) {}
    /// One output is done.
    fn one(&self) {}
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
        let plan = prepare(inputs, diags)?;
        let emitter = Emitter::begin(out).map_err(|d| diags.push(*d)).ok()?;
        progress.begin(plan.jobs.len());
        let staging = emitter
            .stage(&plan.folders)
            .map_err(|d| diags.push(*d))
            .ok()?;
        match plan.all(
            &|job, bytes| staging.put(&job.path, &bytes).map_err(|d| *d),
            &|| progress.one(),
            &|| false,
        ) {
            Ok(()) => {
                let paths = plan.jobs.iter().map(|j| j.path.as_str());
                let emitted = staging.commit(paths).map_err(|d| diags.push(*d)).ok()?;
                let site = plan.renderer.site();
                let articles = site.langs.iter().map(|l| l.articles.len()).sum();
                return Some(Built {
                    emitted,
                    articles,
                    next_change: site.next_change,
                });
            }
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
