//! `build --timings`: where the time of a build went.

mod text;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use super::output::Bar;
use dateline::{
    pipeline::{self, Inputs, Plan, Progress, Rendered, Stage},
    plan,
};

/// How many of the slowest pages are listed.
const SLOWEST: usize = 10;

/// Collects the times that a build reports.
#[derive(Default)]
pub(super) struct Timings {
    bar: Bar,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    stages: Vec<(Stage, Duration)>,
    pages: Vec<Page>,
}

/// A page that was rendered.
#[derive(Clone)]
struct Page {
    path: Arc<str>,
    template: Option<String>,
    took: Duration,
    size: usize,
}

impl Progress for Timings {
    fn begin(&self, outputs: usize) {
        // A build that starts again reports its pages again.
        self.heard().pages.clear();
        self.bar.begin(outputs);
    }

    fn one(&self) {
        self.bar.one();
    }

    fn begin_pictures(&self, derivatives: usize) {
        self.bar.begin_pictures(derivatives);
    }

    fn picture(&self) {
        self.bar.picture();
    }

    fn stage(&self, stage: Stage, took: Duration) {
        self.heard().stages.push((stage, took));
    }

    fn wants_pages(&self) -> bool {
        true
    }

    fn rendered(&self, page: Rendered<'_>) {
        let page = Page {
            path: page.job.path.clone(),
            template: page.template.map(Into::into),
            took: page.took,
            size: page.size,
        };
        self.heard().pages.push(page);
    }
}

impl Timings {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to tell. The sources are read again for the names of the slowest pages.
    pub(super) fn report(self, inputs: &Inputs, wall: Duration) -> Report {
        let Self { bar, heard } = self;
        drop(bar);
        let Heard { stages, mut pages } =
            heard.into_inner().unwrap_or_else(PoisonError::into_inner);
        pages.sort_by(|a, b| b.took.cmp(&a.took).then_with(|| a.path.cmp(&b.path)));
        let templates = by_template(&pages);
        let plan = match pages.is_empty() {
            true => None,
            false => pipeline::prepare(inputs, &mut Vec::new()),
        };
        let slowest = pages.iter().take(SLOWEST);
        let slowest = slowest.map(|page| (subject(page, plan.as_ref()), page.clone()));
        let of = |stage: &Stage| {
            let took = stages.iter().filter(|(s, _)| s == stage);
            let took: Vec<Duration> = took.map(|(_, took)| *took).collect();
            (!took.is_empty()).then(|| (*stage, took.iter().sum()))
        };
        Report {
            wall,
            stages: Stage::ALL.iter().filter_map(of).collect(),
            rendered: pages.len(),
            slowest: slowest.collect(),
            templates,
            threads: rayon::current_num_threads(),
        }
    }
}

/// The source of a document, else the address.
fn subject(page: &Page, plan: Option<&Plan>) -> String {
    let job = plan.and_then(|plan| Some((plan, plan.job(&page.path)?)));
    job.map_or_else(
        || plan::address_of(&page.path),
        |(plan, job)| plan.prepared.subject(job),
    )
}

/// All pages of one template.
struct ByTemplate {
    /// `None` for what has none.
    template: Option<String>,
    pages: usize,
    took: Duration,
}

fn by_template(pages: &[Page]) -> Vec<ByTemplate> {
    let mut sums: BTreeMap<Option<&str>, (usize, Duration)> = BTreeMap::new();
    for page in pages {
        let (count, took) = sums.entry(page.template.as_deref()).or_default();
        *count += 1;
        *took += page.took;
    }
    let sums = sums.into_iter();
    let mut all: Vec<ByTemplate> = sums
        .map(|(template, (pages, took))| ByTemplate {
            template: template.map(str::to_owned),
            pages,
            took,
        })
        .collect();
    all.sort_by_key(|t| std::cmp::Reverse(t.took));
    all
}

fn share(part: Duration, whole: Duration) -> f64 {
    match whole.is_zero() {
        true => 0.0,
        false => part.as_secs_f64() / whole.as_secs_f64(),
    }
}

/// Where the time of a build went. It is written as people read it, and as [`Report::json`].
pub(super) struct Report {
    wall: Duration,
    stages: Vec<(Stage, Duration)>,
    rendered: usize,
    templates: Vec<ByTemplate>,
    /// With what a person calls each.
    slowest: Vec<(String, Page)>,
    threads: usize,
}

impl Report {
    /// Time that belongs to no stage.
    fn between(&self) -> Duration {
        self.wall
            .saturating_sub(self.stages.iter().map(|(_, took)| *took).sum())
    }

    /// What all pages took, added up over threads.
    fn processor(&self) -> Duration {
        self.templates.iter().map(|t| t.took).sum()
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let stage = |(stage, took): &(Stage, Duration)| json!({ "stage": stage.name(), "milliseconds": ms(*took) });
        let template = |t: &ByTemplate| {
            json!({
                "template": t.template,
                "pages": t.pages,
                "milliseconds": ms(t.took),
            })
        };
        let page = |(subject, page): &(String, Page)| {
            json!({
                "page": subject,
                "path": &*page.path,
                "template": page.template,
                "milliseconds": ms(page.took),
                "bytes": page.size,
            })
        };
        json!({
            "milliseconds": ms(self.wall),
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "between": ms(self.between()),
            "threads": self.threads,
            "rendered": self.rendered,
            "processor": ms(self.processor()),
            "templates": self.templates.iter().map(template).collect::<Vec<_>>(),
            "slowest": self.slowest.iter().map(page).collect::<Vec<_>>(),
        })
    }
}

fn ms(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3)
}

fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}
