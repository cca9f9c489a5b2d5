//! What disks, other programs and other builds do: right output or a clear error, never a stale page.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dateline::{
    base::files::{FileProblem, Files, Taking, Version},
    incremental,
    pipeline::Inputs,
};

use super::{
    desk::{Desk, Disk, scratch},
    sites,
    world::World,
};
use crate::harness::{Silent, snapshot};

pub fn rich() -> World {
    sites::all().swap_remove(0).1
}

/// The same without press kits, which read their pictures and texts once more.
pub fn without_kits() -> World {
    let mut world = rich();
    world.remove("themes/plain/templates/press-kit/captions.txt");
    world
}

/// A newsroom that was built twice, so that its memory is full and trusted.
pub fn built(world: &World) -> Desk {
    let mut desk = Desk::new();
    for _ in 0..3 {
        desk.take(world);
        assert_eq!(desk.compare(world), Ok(true));
        desk.rest();
    }
    desk
}

/// Edits a title and a picture.
fn edited(world: &World) -> World {
    let mut world = world.clone();
    world.key("content/news/s1.md", "title = \"Edited\"");
    world.put("content/news/p.png", crate::harness::png(1, 2));
    world
}

fn memory(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let (names, _) = desk.files.walk(".dateline");
    let read = |path: String| (path.clone(), desk.files.read(&path).unwrap().bytes);
    names.into_iter().map(read).collect()
}

#[test]
fn flipped_bits_and_cut_files_in_the_memory_are_noticed() {
    const STEP: usize = 997;
    let world = rich();
    let mut desk = built(&world);
    let states = [edited(&world), world];
    let mut n = 0;
    for (path, content) in memory(&desk) {
        for at in (0..content.len()).step_by(STEP) {
            let mut damaged = content.clone();
            match n % 3 {
                0 => damaged.truncate(at),
                _ => damaged[at] ^= 1 << (n % 8),
            }
            desk.files.put(&path, damaged);
            let state = &states[n % 2];
            desk.take(state);
            assert_eq!(desk.compare(state), Ok(true), "{path} at {at}");
            n += 1;
        }
    }
    assert!(n > 20, "{n}");
}

#[test]
fn the_memory_of_another_program_or_of_another_file_is_no_use() {
    let world = rich();
    let mut desk = built(&world);
    let all = memory(&desk);
    for (path, content) in &all {
        let text = String::from_utf8_lossy(content).into_owned();
        if let Some(rest) = text.strip_prefix("dateline cache 1") {
            desk.files
                .put(path, format!("dateline cache 2{rest}").into_bytes());
        }
        let (_, other) = &all[0];
        desk.files.put(path, other.clone());
    }
    let world = edited(&world);
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
}

#[test]
fn a_disk_that_fills_up_while_builds_remember_leaves_nothing_stale() {
    let world = rich();
    let states = [edited(&world), world.clone()];
    for room in 0..8 {
        let mut desk = built(&world);
        for (n, state) in states.iter().enumerate() {
            desk.files.fill(Some(room + n));
            desk.take(state);
            assert_eq!(desk.compare(state), Ok(true), "room for {room}");
            desk.rest();
        }
        desk.files.fill(None);
        desk.take(&states[0]);
        assert_eq!(desk.compare(&states[0]), Ok(true), "room for {room}");
    }
}

#[test]
fn neither_memory_nor_threads_make_a_difference() {
    let world = rich();
    let tree = |threads: usize, rounds: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let mut desk = Desk::new();
            for _ in 0..rounds {
                for state in [&edited(&world), &world] {
                    desk.take(state);
                    assert_eq!(desk.compare(state), Ok(true));
                }
            }
            snapshot(desk.out())
        })
    };
    let first = tree(1, 1);
    assert!(first == tree(8, 1) && first == tree(1, 2) && first == tree(8, 2));
}

#[test]
fn two_builds_at_once_are_both_right() {
    let world = rich();
    let desk = built(&world);
    let (now, other) = (edited(&world), scratch());
    let wanted = {
        let mut clean = Desk::new();
        clean.take(&now);
        assert_eq!(clean.compare(&now), Ok(true));
        snapshot(clean.out())
    };
    let mut desk = desk;
    desk.take(&now);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (desk, now, other) = (&desk, &now, &other);
            scope.spawn(move || {
                let out = if n % 2 == 0 { desk.out() } else { other.path() };
                let inputs = desk.inputs(now, desk.files.clone());
                let mut diags = Vec::new();
                assert!(
                    incremental::build(&inputs, &desk.disk(), out, &Silent, &mut diags).is_some(),
                    "{diags:?}"
                );
            });
        }
    });
    assert!(snapshot(desk.out()) == wanted && snapshot(other.path()) == wanted);
    assert_eq!(desk.compare(&now), Ok(true));
}

#[test]
fn another_tree_in_the_folder_is_looked_at() {
    let world = rich();
    let mut desk = built(&world);
    // Gone altogether, a part gone with its name, and the tree of another build.
    fs::remove_dir_all(desk.out().join("site")).unwrap();
    assert_eq!(desk.compare(&world), Ok(true));
    fs::remove_dir_all(desk.out().join("site/en")).unwrap();
    fs::write(desk.out().join(".dateline"), "").unwrap();
    assert_eq!(desk.compare(&world), Ok(true));
    let foreign = built(&edited(&world));
    for part in ["site", "edge", "sidecar", ".dateline"] {
        let own = desk.out().join(part);
        let _ = fs::remove_dir_all(&own);
        let _ = fs::remove_file(&own);
        fs::rename(foreign.out().join(part), &own).unwrap();
    }
    assert_eq!(desk.compare(&world), Ok(true));
}

/// Files of which one changes whenever it was read a number of times.
struct Restless {
    disk: Arc<Disk>,
    path: &'static str,
    reads: AtomicUsize,
    every: usize,
    until: usize,
}

impl Files for Restless {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        self.disk.walk(folder)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.disk.size(path)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        let version = self.disk.pieces(path, take)?;
        if path == self.path {
            let reads = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
            if reads.is_multiple_of(self.every) && reads <= self.until {
                let mut next = self.disk.read(path)?.bytes;
                next.extend(format!("\n\nNOTE change {reads}").bytes());
                self.disk.put(path, next);
            }
        }
        Ok(version)
    }
}

#[test]
fn files_that_change_while_they_are_read_end_as_they_are_last() {
    let world = rich();
    let paths = [
        "content/news/s1.md",
        "content/media/clip.transcript.md",
        "content/static/a.txt",
        "content/news/p.png",
        "themes/plain/templates/article.html",
        "content/media/clip.vtt",
    ];
    for path in paths {
        for every in [1, 2, 3] {
            let mut desk = built(&world);
            let mut state = world.clone();
            state.files.get_mut(path).unwrap().push(b'\n');
            desk.take(&state);
            let files = Arc::new(Restless {
                disk: desk.files.clone(),
                path,
                reads: AtomicUsize::new(0),
                every,
                until: 3,
            });
            let inputs = desk.inputs(&state, files);
            let mut diags = Vec::new();
            let done = incremental::build(&inputs, &desk.disk(), desk.out(), &Silent, &mut diags);
            assert!(done.is_some(), "{path}: {diags:#?}");
            // What was read last may be older than what lies there; the next build sees that.
            let last = desk.files.read(path).unwrap().bytes;
            state.put(path, last);
            assert_eq!(desk.compare(&state), Ok(true), "{path}, every {every}");
        }
    }
}

#[test]
fn one_that_never_rests_is_told() {
    let world = rich();
    let desk = built(&world);
    let files = Arc::new(Restless {
        disk: desk.files.clone(),
        path: "content/site.toml",
        reads: AtomicUsize::new(0),
        every: 1,
        until: usize::MAX,
    });
    desk.files.put("content/site.toml", {
        let mut text = world.text("content/site.toml");
        text.push('#');
        text.into_bytes()
    });
    let inputs = Inputs {
        files,
        ..desk.inputs(&world, desk.files.clone())
    };
    let before = snapshot(desk.out());
    let mut diags = Vec::new();
    if incremental::build(&inputs, &desk.disk(), desk.out(), &Silent, &mut diags).is_none() {
        assert!(!diags.is_empty());
        assert!(before == snapshot(desk.out()));
    }
}

#[test]
fn a_second_edit_in_the_same_tick_of_the_clock_is_seen() {
    let mut world = rich();
    let mut desk = built(&world);
    world.replace("content/news/s2.md", "Text.", "Tex7.");
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
    // As on a file system whose clock had not moved on: the same size, times and place.
    world.replace("content/news/s2.md", "Tex7.", "Tex8.");
    let text = world.text("content/news/s2.md");
    desk.files
        .put_unseen("content/news/s2.md", text.into_bytes());
    assert_eq!(desk.compare(&world), Ok(true));
}
