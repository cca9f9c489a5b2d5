//! Watches sources and theme, and the clock where something is released or expires.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache, new_debouncer,
    notify::{EventKind, RecommendedWatcher, RecursiveMode},
};

use super::state::{Changed, State};
use crate::base::{clock::Now, files::is_visible};

/// Editors write a file in several steps; this long after the last one it counts as changed.
const QUIET: Duration = Duration::from_millis(50);

/// Keeps watching until it is dropped.
pub(super) type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Starts watching `root`.
pub(super) fn start(root: &Path, state: Arc<State>) -> Result<Watcher, String> {
    let (sender, changes) = mpsc::channel::<Changed>();
    // Events carry whole paths.
    let root =
        std::path::absolute(root).map_err(|e| format!("cannot find {}: {e}", root.display()))?;
    let inside = root.clone();
    let heard = move |result: DebounceEventResult| {
        if let Some(changed) = changed(&inside, result) {
            let _ = sender.send(changed);
        }
    };
    let mut watcher =
        new_debouncer(QUIET, None, heard).map_err(|e| format!("cannot watch for changes: {e}"))?;
    for folder in ["content", "themes"] {
        let folder = root.join(folder);
        if folder.is_dir() {
            watcher
                .watch(&folder, RecursiveMode::Recursive)
                .map_err(|e| format!("cannot watch {}: {e}", folder.display()))?;
        }
    }
    std::thread::spawn(move || follow(&state, &changes));
    Ok(watcher)
}

/// What events tell of; `None` if of nothing that matters.
fn changed(root: &Path, result: DebounceEventResult) -> Option<Changed> {
    let Ok(events) = result else {
        return Some(Changed::Anything);
    };
    // Reading is an event too, and building reads.
    let matter = |e: &&DebouncedEvent| !matches!(e.kind, EventKind::Access(_));
    let events: Vec<&DebouncedEvent> = events.iter().filter(matter).collect();
    if events.iter().any(|e| e.need_rescan()) {
        return Some(Changed::Anything);
    }
    let mut paths: Vec<String> = Vec::new();
    for path in events.iter().flat_map(|e| &e.paths) {
        match path.strip_prefix(root).ok().and_then(Path::to_str) {
            Some(path) => paths.push(path.replace(std::path::MAIN_SEPARATOR, "/")),
            None => return Some(Changed::Anything),
        }
    }
    paths.retain(|path| is_visible(path));
    paths.sort();
    paths.dedup();
    (!paths.is_empty()).then_some(Changed::Paths(paths))
}

fn follow(state: &Arc<State>, changes: &mpsc::Receiver<Changed>) {
    /// An hour at most, since the system's clock may be set meanwhile.
    const LONGEST: Duration = Duration::from_secs(3600);
    loop {
        let wait = state.next_change().map_or(LONGEST, |at| {
            let seconds = at.as_second() - Now::system().0.as_second() + 1;
            Duration::from_secs(seconds.max(1) as u64).min(LONGEST)
        });
        match changes.recv_timeout(wait) {
            // What came while the last change was followed is followed at once.
            Ok(first) => state.rebuild(&changes.try_iter().fold(first, both)),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if state.next_change().is_some_and(|at| at <= Now::system().0) {
                    state.rebuild(&Changed::Anything);
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn both(one: Changed, other: Changed) -> Changed {
    match (one, other) {
        (Changed::Paths(mut one), Changed::Paths(mut other)) => {
            one.append(&mut other);
            one.sort();
            one.dedup();
            Changed::Paths(one)
        }
        _ => Changed::Anything,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_come_together_are_one() {
        let paths =
            |paths: &[&str]| Changed::Paths(paths.iter().map(|p| (*p).to_owned()).collect());
        let Changed::Paths(together) = both(paths(&["b", "a"]), paths(&["a"])) else {
            panic!("paths are known")
        };
        assert_eq!(together, ["a", "b"]);
        assert!(matches!(
            both(paths(&["a"]), Changed::Anything),
            Changed::Anything
        ));
    }
}
