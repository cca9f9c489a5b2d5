//! How a build reports its progress.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use crate::{
    base::clock::worked,
    plan::Job,
    render::{Failure, Prepared},
};

/// Receives the progress of a build: the number of outputs, a call for each, and where time went.
pub trait Progress: Sync {
    /// Rendering begins.
    fn begin(&self, _outputs: usize) {}
    /// One output is done.
    fn one(&self) {}
    /// Pictures are made from here on, so many.
    fn begin_pictures(&self, _derivatives: usize) {}
    /// One of them is done.
    fn picture(&self) {}
    /// A stage is over. A build that begins again goes through it again.
    fn stage(&self, _stage: Stage, _took: Duration) {}
    /// Whether to call [`Progress::rendered`]; otherwise nothing is measured.
    fn wants_pages(&self) -> bool {
        false
    }
    /// An output was rendered, and is not written yet.
    fn rendered(&self, _page: Rendered<'_>) {}
}

/// An output that was rendered.
pub struct Rendered<'a> {
    /// Which.
    pub job: &'a Job,
    /// The template, where it has one.
    pub template: Option<Cow<'static, str>>,
    /// How long a thread worked on it.
    pub took: Duration,
    /// Its bytes.
    pub size: usize,
}

/// Discards all progress.
pub struct NoProgress;

impl Progress for NoProgress {}

/// A part of a build whose time is reported by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Checking whether files changed since the last build.
    Look,
    /// Loading what earlier builds cached.
    Recall,
    /// Settings.
    Settings,
    /// The theme, its catalogues and assets.
    Theme,
    /// Finding sources.
    Discover,
    /// Front matter and references.
    Parse,
    /// Caching documents, and checking that no source changed meanwhile.
    Remember,
    /// Editions, terms, lists, links.
    Link,
    /// Files beside documents.
    Assets,
    /// Every output and its path.
    Plan,
    /// What is scheduled: its site, its clashes, its pages.
    Ahead,
    /// Template engines, and what every page sees.
    Engines,
    /// What is held back, and whether it would leak.
    Gate,
    /// Keys of outputs.
    Keys,
    /// The output folder, its journal and record.
    Ready,
    /// Rendering and writing beside the site.
    Render,
    /// Moving what was written into the site.
    Commit,
    /// The list of changes, and recording what was made.
    Conclude,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 18] = [
        Self::Look,
        Self::Recall,
        Self::Settings,
        Self::Theme,
        Self::Discover,
        Self::Parse,
        Self::Remember,
        Self::Link,
        Self::Assets,
        Self::Plan,
        Self::Ahead,
        Self::Engines,
        Self::Gate,
        Self::Keys,
        Self::Ready,
        Self::Render,
        Self::Commit,
        Self::Conclude,
    ];

    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Look => "look for changes",
            Self::Recall => "recall former builds",
            Self::Settings => "settings",
            Self::Theme => "theme",
            Self::Discover => "discover",
            Self::Parse => "parse",
            Self::Remember => "remember documents",
            Self::Link => "link",
            Self::Assets => "files beside documents",
            Self::Plan => "plan",
            Self::Ahead => "look ahead",
            Self::Engines => "templates",
            Self::Gate => "gate",
            Self::Keys => "keys",
            Self::Ready => "make ready",
            Self::Render => "render and write",
            Self::Commit => "move in",
            Self::Conclude => "remember outputs",
        }
    }
}

/// Does `work` and reports how long it took.
pub fn timed<T>(progress: &dyn Progress, stage: Stage, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    progress.stage(stage, started.elapsed());
    done
}

/// Makes one output by `make`, and measures it if wanted.
///
/// # Errors
/// Those of `make`.
pub fn measured<T>(
    progress: &dyn Progress,
    (prepared, job): (&Prepared, &Job),
    size: impl FnOnce(&T) -> usize,
    make: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !progress.wants_pages() {
        return make();
    }
    let started = worked();
    let made = make()?;
    progress.rendered(Rendered {
        job,
        template: prepared.template_of(job),
        took: worked().saturating_sub(started),
        size: size(&made),
    });
    Ok(made)
}

/// The size of what was rendered.
pub fn length<T>((bytes, _): &(Vec<u8>, T)) -> usize {
    bytes.len()
}
