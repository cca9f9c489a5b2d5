//! A build that is killed at any moment leaves a site that is whole, and the next build finishes it.

use std::{fs, path::Path, process::Stdio, time::Duration};

use crate::{
    harness::{Folder, NOW, Newsroom, Snapshot, png, snapshot},
    incremental::difference,
};

/// `KILLS` in the environment sets another number.
const KILLS: u64 = 20;

const AT: [&str; 3] = ["build", "--at", NOW];

/// Two states of a newsroom that differ in most outputs.
fn state(which: bool) -> Newsroom {
    let mut room = Newsroom::new()
        .file("content/news/p.png", png(if which { 4 } else { 5 }, 4))
        .file("themes/plain/theme.toml", "[slots.lead]\nwidths = [2, 3]");
    let (n, text) = if which { (40, "One.") } else { (25, "Two.") };
    for i in 0..n {
        let keys = "topics = [\"Trade\"]\nimage = { src = \"p.png\", alt = \"x\" }";
        room = room.story(
            &format!("news/s{i:02}.md"),
            &format!("2025-01-{:02}", 1 + i / 2),
            keys,
            text,
        );
    }
    room
}

/// What a clean build of a state makes below `site/`, `edge/` and `sidecar/`.
fn clean(which: bool) -> Snapshot {
    let folder = Folder::new(&state(which));
    assert_eq!(folder.build().status.code(), Some(0));
    snapshot(&folder.dist())
}

fn killed_after(folder: &Folder, arguments: &[&str], wait: Duration) {
    let mut command = folder.command(arguments);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    while begun.elapsed() < wait {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::hint::spin_loop();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// Every page that is there is one of either state, whole.
fn whole(dist: &Path, before: &Snapshot, after: &Snapshot) {
    for (path, content) in snapshot(dist) {
        let known = path.starts_with(".staging")
            || [before, after]
                .iter()
                .any(|s| s.get(&path) == Some(&content));
        assert!(known, "{path} is of neither build");
    }
}

#[test]
fn killed_builds_are_finished_by_the_next() {
    let states = [clean(true), clean(false)];
    let folder = Folder::new(&state(true));
    let begun = std::time::Instant::now();
    assert_eq!(folder.build().status.code(), Some(0));
    let full = begun.elapsed();
    let kills = std::env::var("KILLS").map_or(KILLS, |n| n.parse().unwrap());
    for n in 1..=kills {
        let now = usize::from(n % 2 == 1);
        folder.write(&state(now == 0));
        // Spread over a whole build and a little beyond.
        killed_after(&folder, &AT, full.mul_f64(n as f64 * 7.0 % 21.0 / 18.0));
        if folder.dist().exists() {
            whole(&folder.dist(), &states[0], &states[1]);
        }
        if n % 3 == 0 {
            let _ = fs::remove_dir_all(folder.dist());
            killed_after(&folder, &AT, full.mul_f64(n as f64 / kills as f64));
        }
        assert_eq!(folder.build().status.code(), Some(0), "kill {n}");
        let differs = difference(&states[now], &snapshot(&folder.dist()));
        assert_eq!(differs, None, "kill {n}");
    }
}

#[test]
fn a_killed_build_leaves_the_addresses_to_the_next() {
    let folder = Folder::new(&state(true));
    let ledger = folder.root().join("content/addresses.lock");
    let build = || folder.command(&["build"]).output().unwrap().status.code();
    let begun = std::time::Instant::now();
    assert_eq!(build(), Some(0));
    let full = begun.elapsed();
    let whole = fs::read_to_string(&ledger).unwrap();
    assert_eq!(whole.lines().filter(|l| l.starts_with('/')).count(), 40);
    for n in 1..=KILLS {
        // A first build, or one that only has to add the addresses.
        if n % 2 == 0 {
            fs::remove_dir_all(folder.dist()).unwrap();
        }
        fs::remove_file(&ledger).unwrap();
        killed_after(
            &folder,
            &["build"],
            full.mul_f64(n as f64 / KILLS as f64 * 1.1),
        );
        if let Ok(text) = fs::read_to_string(&ledger) {
            assert_eq!(text, whole, "kill {n}");
        }
        assert_eq!(build(), Some(0), "kill {n}");
        assert_eq!(fs::read_to_string(&ledger).unwrap(), whole, "kill {n}");
    }
}
