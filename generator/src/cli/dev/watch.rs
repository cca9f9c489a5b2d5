//! Watches sources and theme, and the clock where something is released or expires.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use notify_debouncer_full::{
    DebounceEventResult, Debouncer, RecommendedCache, new_debouncer,
    notify::{EventKind, RecommendedWatcher, RecursiveMode},
};

use super::state::State;
use crate::base::clock::Now;

/// Editors write a file in several steps; this long after the last one it counts as changed.
const QUIET: Duration = Duration::from_millis(50);

/// Keeps watching until it is dropped.
pub(super) type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Starts watching `root`; every change reads everything again.
pub(super) fn start(root: &Path, state: Arc<State>) -> Result<Watcher, String> {
    let (sender, changes) = mpsc::channel::<()>();
    let heard = move |result: DebounceEventResult| {
        let matters = match &result {
            // Reading is an event too, and building reads.
            Ok(events) => events
                .iter()
                .any(|e| !matches!(e.kind, EventKind::Access(_))),
            Err(_) => true,
        };
        if matters {
            let _ = sender.send(());
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

fn follow(state: &Arc<State>, changes: &mpsc::Receiver<()>) {
    /// An hour at most, since the system's clock may be set meanwhile.
    const LONGEST: Duration = Duration::from_secs(3600);
    loop {
        let wait = state.next_change().map_or(LONGEST, |at| {
            let seconds = at.as_second() - Now::system().0.as_second() + 1;
            Duration::from_secs(seconds.max(1) as u64).min(LONGEST)
        });
        match changes.recv_timeout(wait) {
            Ok(()) => {
                while changes.try_recv().is_ok() {}
                state.rebuild();
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if state.next_change().is_some_and(|at| at <= Now::system().0) {
                    state.rebuild();
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}
