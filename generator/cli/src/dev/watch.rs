//! Watches sources and theme, and the clock where something is released or expires.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{ModifyKind, RenameMode},
};

use super::state::{Changed, State};
use dateline::base::{clock::Now, files::is_visible, text};

/// Editors write a file in several steps, and a checkout writes many: this long after the last step it is
/// over…
const QUIET: Duration = Duration::from_millis(50);
/// …and this long after the first one, what came so far is handed over.
const BURST: Duration = Duration::from_secs(1);
/// An hour at most, since the system's clock may be set meanwhile.
const LONGEST: Duration = Duration::from_secs(3600);
/// What is watched.
const FOLDERS: [&str; 2] = ["content", "themes"];

/// Hears of changes from its making on.
pub(crate) struct Watch {
    root: PathBuf,
    events: mpsc::Receiver<notify::Result<Event>>,
    watcher: RecommendedWatcher,
    /// A symbolic link lies among the sources: a file then has several paths, of which an event names one.
    linked: bool,
}

/// Starts watching `root`.
pub(crate) fn start(root: &Path) -> Result<Watch, String> {
    // Events carry whole paths.
    let root = std::path::absolute(root).map_err(|e| format!("cannot watch for changes: {e}"))?;
    let (sender, events) = mpsc::channel();
    let heard = move |event: notify::Result<Event>| {
        // Reading is an event too, and building reads.
        if !event.as_ref().is_ok_and(|e| e.kind.is_access()) {
            let _ = sender.send(event);
        }
    };
    let watcher = notify::recommended_watcher(heard);
    let mut watch = Watch {
        root: root.clone(),
        events,
        watcher: watcher.map_err(|e| format!("cannot watch for changes: {e}"))?,
        linked: FOLDERS.iter().any(|folder| holds_link(&root.join(folder))),
    };
    // A checkout may take a whole folder away and bring another.
    watch.add(&root, RecursiveMode::NonRecursive)?;
    for folder in FOLDERS.map(|folder| root.join(folder)) {
        if folder.is_dir() {
            watch.add(&folder, RecursiveMode::Recursive)?;
        }
    }
    Ok(watch)
}

impl Watch {
    fn add(&mut self, folder: &Path, mode: RecursiveMode) -> Result<(), String> {
        self.watcher
            .watch(folder, mode)
            .map_err(|e| format!("cannot watch {}: {e}", folder.display()))
    }

    /// Rebuilds after every change, from now on.
    pub(super) fn follow(mut self, state: Arc<State>) {
        std::thread::spawn(move || {
            loop {
                let wait = state.next_change().map_or(LONGEST, |at| {
                    let seconds = at.as_second() - Now::system().0.as_second() + 1;
                    Duration::from_secs(seconds.max(1) as u64).min(LONGEST)
                });
                let mut changed = self.next(wait);
                if state.next_change().is_some_and(|at| at <= Now::system().0) {
                    changed = Changed::Anything;
                }
                if !matches!(&changed, Changed::Paths(paths) if paths.is_empty()) {
                    state.rebuild(&changed);
                }
            }
        });
    }

    /// Whether something changes within so long; it is quiet again then.
    pub(crate) fn changes(&mut self, patience: Duration) -> bool {
        let changed = self.next(patience);
        !matches!(&changed, Changed::Paths(paths) if paths.is_empty())
    }

    /// What changes next, once it is quiet again; nothing if nothing does for so long.
    fn next(&mut self, patience: Duration) -> Changed {
        let mut batch = Batch::default();
        let mut until = Instant::now() + patience;
        let mut latest = None;
        while let Ok(event) = self
            .events
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            if !batch.add(&self.root, &event) {
                continue;
            }
            if let Ok(event) = &event {
                self.watch_again(event);
            }
            let now = Instant::now();
            until = (now + QUIET).min(*latest.get_or_insert(now + BURST));
        }
        let changed = batch.changed(&self.root);
        if let Changed::Paths(paths) = &changed {
            self.linked |= paths.iter().any(|path| holds_link(&self.root.join(path)));
        }
        match changed {
            Changed::Paths(paths) if self.linked && !paths.is_empty() => Changed::Anything,
            changed => changed,
        }
    }

    /// Where one of the folders is there anew.
    fn watch_again(&mut self, event: &Event) {
        if !appears(event.kind) {
            return;
        }
        for folder in FOLDERS.map(|folder| self.root.join(folder)) {
            if event.paths.contains(&folder) && folder.is_dir() {
                // It may be gone again, and is heard of when it comes back.
                let _ = self.watcher.watch(&folder, RecursiveMode::Recursive);
            }
        }
    }
}

/// Whether a path is a symbolic link or holds one.
fn holds_link(path: &Path) -> bool {
    let mut entries = walkdir::WalkDir::new(path).into_iter().flatten();
    entries.any(|entry| entry.path_is_symlink())
}

fn appears(kind: EventKind) -> bool {
    let moved = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    kind.is_create() || kind == moved
}

/// Events that belong together.
#[derive(Default)]
struct Batch {
    /// By path, whether it appeared first of all.
    paths: BTreeMap<String, bool>,
    /// Something happened, but not where.
    lost: bool,
}

impl Batch {
    /// False if the event is about nothing that is read.
    fn add(&mut self, root: &Path, event: &notify::Result<Event>) -> bool {
        let Some(event) = event.as_ref().ok().filter(|e| !e.need_rescan()) else {
            self.lost = true;
            return true;
        };
        let mut matters = false;
        for path in &event.paths {
            let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
                self.lost = true;
                matters = true;
                continue;
            };
            let path = text::nfc(path.replace(std::path::MAIN_SEPARATOR, "/"));
            let first = path.split('/').next().unwrap_or_default();
            if FOLDERS.contains(&first) && is_visible(&path) {
                let new = appears(event.kind);
                self.paths.entry(path).or_insert(new);
                matters = true;
            }
        }
        matters
    }

    /// All paths but those of files that came and went: editors write beside a file and move that there.
    fn changed(self, root: &Path) -> Changed {
        if self.lost {
            return Changed::Anything;
        }
        let there = |path: &str| root.join(path).symlink_metadata().is_ok();
        let paths = self.paths.into_iter();
        let paths = paths.filter(|(path, new)| !new || there(path));
        Changed::Paths(paths.map(|(path, _)| path).collect())
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange};

    use super::*;

    fn event(kind: EventKind, path: &str) -> notify::Result<Event> {
        Ok(Event::new(kind).add_path(Path::new("/n").join(path)))
    }

    #[test]
    fn files_that_pass_and_leftovers_are_no_change() {
        let created = EventKind::Create(CreateKind::File);
        let edited = EventKind::Modify(ModifyKind::Data(DataChange::Content));
        let mut batch = Batch::default();
        for (kind, path, matters) in [
            (created, "content/news/a.md.tmp1", true),
            (edited, "content/news/a.md", true),
            (edited, "content/news/a.md", true),
            (created, "content/news/.a.md.swp", false),
            (created, "content/news/a.md~", false),
            (edited, ".dateline/files", false),
            (edited, "dist/site/en/index.html", false),
        ] {
            assert_eq!(
                batch.add(Path::new("/n"), &event(kind, path)),
                matters,
                "{path}"
            );
        }
        // Nothing of it is there, but only the first is known to have come meanwhile.
        let Changed::Paths(paths) = batch.changed(Path::new("/n")) else {
            panic!("paths are known")
        };
        assert_eq!(paths, ["content/news/a.md"]);
    }

    #[test]
    fn what_is_lost_may_be_anything() {
        let mut batch = Batch::default();
        assert!(batch.add(Path::new("/n"), &Err(notify::Error::generic("overflow"))));
        assert!(matches!(batch.changed(Path::new("/n")), Changed::Anything));
    }
}
