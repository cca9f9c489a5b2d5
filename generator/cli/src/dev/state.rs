//! What `dev` knows: the newest good plan, what is wrong now, and pages already rendered.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use dateline_auth::app::CatalogueHandle;
use dateline_contract::content_type;
use jiff::Timestamp;
use tokio::sync::watch;

use super::pictures;
use crate::output::{Voice, complain, seconds};
use dateline::{
    base::{
        clock::Now,
        diag::{self, Diagnostic, Diagnostics, Report},
        files::Os,
        hash::Map,
    },
    incremental::{self, Disk},
    pipeline::{Inputs, Plan},
    render::Failure,
};

/// How many rendered outputs are kept, and as many last good ones.
const KEPT: usize = 256;

/// An output, or why there is none.
pub(super) enum Page {
    /// Its bytes.
    Bytes(Arc<[u8]>),
    /// What lies at this path among the sources, whatever its size.
    Copy(String),
    /// It is made piece by piece, as it is sent.
    Pieces,
    /// It could not be rendered and never was.
    Broken,
    /// There is no such output.
    Missing,
}

/// What changed in the sources.
pub(super) enum Changed {
    /// These files, by their paths from the root.
    Paths(Vec<String>),
    /// Anything, or the time.
    Anything,
}

/// Shared by the server and the watcher.
pub(super) struct State {
    root: PathBuf,
    inputs: Inputs,
    disk: Arc<dyn Disk>,
    /// `--at` was given: the clock stands still.
    frozen: bool,
    catalogue: CatalogueHandle,
    current: RwLock<Current>,
    /// Counts rebuilds, so that an overtaken check stops.
    generation: AtomicU64,
    /// Held while everything is followed up: what was read last must stand.
    building: Mutex<()>,
    /// Held while pictures are made that nobody has asked for.
    making: Mutex<()>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Current {
    plan: Option<Arc<Plan>>,
    diags: Diagnostics,
    rendered: Bounded,
    /// Of former plans too: shown while a mistake is being mended.
    last_good: Bounded,
}

/// A map that forgets its oldest entry.
#[derive(Default)]
struct Bounded {
    entries: Map<String, Arc<[u8]>>,
    order: VecDeque<String>,
}

impl Bounded {
    fn insert(&mut self, path: &str, bytes: Arc<[u8]>) {
        if self.entries.insert(path.to_owned(), bytes).is_none() {
            self.order.push_back(path.to_owned());
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
    }
}

impl State {
    pub(super) fn new(
        root: &Path,
        inputs: Inputs,
        frozen: bool,
        catalogue: CatalogueHandle,
    ) -> Self {
        let (changes, _) = watch::channel(0);
        let (current, generation) = (RwLock::default(), AtomicU64::new(0));
        Self {
            root: root.to_owned(),
            inputs,
            disk: Arc::new(Os::new(root)),
            frozen,
            catalogue,
            current,
            generation,
            building: Mutex::default(),
            making: Mutex::default(),
            changes,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Current> {
        self.current.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what browsers may want to know of: a new plan, new findings.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The newest good plan.
    pub(super) fn plan(&self) -> Option<Arc<Plan>> {
        self.read().plan.clone()
    }

    /// When the site changes by itself.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        if self.frozen {
            return None;
        }
        self.read().plan.as_ref()?.prepared.site.next_change
    }

    /// Follows a change of the sources. With a mistake in it, the last good plan stays.
    pub(super) fn rebuild(self: &Arc<Self>, changed: &Changed) {
        let _one_at_a_time = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        let generation = self.generation.fetch_add(1, Ordering::SeqCst) + 1;
        let mut inputs = self.inputs.clone();
        if !self.frozen {
            inputs.now = Now::system();
        }
        let plan = match self.edited(&inputs, changed) {
            Some(plan) => Some(Arc::new(plan)),
            None => self.read_again(&inputs, started),
        };
        let former = plan.as_ref().and_then(|plan| {
            let mut current = self.write();
            current.rendered = Bounded::default();
            current.plan.replace(plan.clone())
        });
        self.changes.send_modify(|n| *n += 1);
        if let Some(plan) = plan {
            let state = self.clone();
            std::thread::spawn(move || {
                // To free a large one takes time, so no request waits for it.
                drop(former);
                state.check(&plan, generation);
                pictures::make(&plan, &state.making, &|| state.is_overtaken(generation));
            });
        }
    }

    /// The short way, after an edit of words alone: nothing else is read, and nothing is wrong with it.
    fn edited(&self, inputs: &Inputs, changed: &Changed) -> Option<Plan> {
        let Changed::Paths(paths) = changed else {
            return None;
        };
        let (plan, diags) = {
            let current = self.read();
            (current.plan.clone()?, current.diags.clone())
        };
        // A mistake may be mended by this edit, which only reading everything can tell.
        let known = !diag::any_error(&diags);
        known.then(|| incremental::edited(&plan, inputs, paths, &diags))?
    }

    /// The long way.
    fn read_again(&self, inputs: &Inputs, started: Instant) -> Option<Arc<Plan>> {
        let mut diags = Vec::new();
        let plan = incremental::prepare_again(inputs, &self.disk, &mut diags).map(Arc::new);
        Voice::new(false).findings(self.inputs.files.as_ref(), &diags);
        self.write().diags = diags;
        if let Some(plan) = &plan {
            self.catalogue.replace(plan.prepared.manifest());
            let took = seconds(started.elapsed());
            complain(&format!("Read everything in {took}"));
        }
        plan
    }

    /// Whether there was a rebuild since that with this number.
    fn is_overtaken(&self, generation: u64) -> bool {
        self.generation.load(Ordering::SeqCst) != generation
    }

    /// Renders all pages in the background, since a template may fail on a page that nobody has open. One
    /// core is left for requests.
    fn check(&self, plan: &Plan, generation: u64) {
        let overtaken = || self.is_overtaken(generation);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.saturating_sub(1).max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let Ok(pool) = pool else { return };
        let found = pool.install(|| plan.check(&overtaken));
        if found.is_empty() || overtaken() {
            return;
        }
        Voice::new(false).findings(self.inputs.files.as_ref(), &found);
        {
            let mut current = self.write();
            // The same mistake on a requested page is reported with the count of all pages.
            current
                .diags
                .retain(|known| !found.iter().any(|new| same(known, new)));
            current.diags.extend(found);
        }
        self.changes.send_modify(|n| *n += 1);
    }

    /// An output by its path below the output folder.
    pub(super) fn page(self: &Arc<Self>, path: &str) -> Page {
        for _ in 0..2 {
            let (plan, rendered) = {
                let current = self.read();
                (
                    current.plan.clone(),
                    current.rendered.entries.get(path).cloned(),
                )
            };
            if let Some(bytes) = rendered {
                return Page::Bytes(bytes);
            }
            let Some(plan) = plan else {
                return Page::Broken;
            };
            let Some(job) = plan.job(path) else {
                return Page::Missing;
            };
            // A page gets the script, for which it must be in memory.
            if let Some(source) = job.task.copied()
                && !content_type::of(source).starts_with("text/html")
            {
                return Page::Copy(source.to_owned());
            }
            if job.task.in_pieces() {
                return Page::Pieces;
            }
            match plan.render(job) {
                Ok(bytes) => {
                    let bytes: Arc<[u8]> = bytes.into();
                    let mut current = self.write();
                    current.rendered.insert(path, bytes.clone());
                    current.last_good.insert(path, bytes.clone());
                    return Page::Bytes(bytes);
                }
                // Known to be wrong as it stands now: only its last good page can be shown.
                Err(Failure::Stale(_)) if diag::any_error(&self.read().diags) => break,
                Err(Failure::Stale(path)) => self.rebuild_after(&plan, path),
                Err(Failure::Wrong(diag)) => {
                    self.remember(*diag);
                    break;
                }
            }
        }
        let last_good = self.read().last_good.entries.get(path).cloned();
        last_good.map_or(Page::Broken, Page::Bytes)
    }

    /// A source is no longer what it was for `plan`. Whoever notices it first follows it.
    fn rebuild_after(self: &Arc<Self>, plan: &Arc<Plan>, path: String) {
        let current = self.plan();
        if current.is_some_and(|current| Arc::ptr_eq(&current, plan)) {
            self.rebuild(&Changed::Paths(vec![path]));
        }
    }

    fn remember(&self, diag: Diagnostic) {
        let mut current = self.write();
        if !current.diags.iter().any(|known| same(known, &diag)) {
            current.diags.push(diag);
        }
    }

    /// The place of a source on this machine.
    pub(super) fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// When a file was touched last, as far as that is known.
    pub(super) fn touched(&self, path: &str) -> Option<i64> {
        self.disk.stamp(path).map(|stamp| stamp.latest())
    }

    /// What is wrong now, as a JSON list of severities and texts.
    pub(super) fn findings(&self) -> String {
        let diags = self.read().diags.clone();
        let mut report = Report::new(self.inputs.files.as_ref());
        let findings: Vec<serde_json::Value> = diags
            .iter()
            .map(|d| {
                let severity = match d.severity {
                    diag::Severity::Error => "error",
                    diag::Severity::Warning => "warning",
                };
                serde_json::json!({ "severity": severity, "text": report.text(d, false) })
            })
            .collect();
        serde_json::Value::from(findings).to_string()
    }
}

fn same(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.message == other.message && one.file == other.file && one.span == other.span
}
