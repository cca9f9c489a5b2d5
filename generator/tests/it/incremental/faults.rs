//! What disks, other programs and other builds do: right output or a clear error, never a stale page.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dateline::{
    base::files::{FileProblem, Files, Stamp},
    pipeline::{self, Inputs},
};

use super::{
    desk::{Desk, Disk, scratch},
    sites,
    world::{Rng, World},
};
use crate::harness::{Folder, NOW, Silent, Snapshot, printed, snapshot};

fn rich() -> World {
    sites::all().swap_remove(0).1
}

/// A newsroom that was built twice, so that its memory is full and trusted.
fn built(world: &World) -> Desk {
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
    let read = |path: String| (path.clone(), desk.files.read(&path).unwrap());
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
                    pipeline::build(&inputs, out, &Silent, &mut diags).is_some(),
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

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.disk.read(path)?;
        if path == self.path {
            let reads = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
            if reads.is_multiple_of(self.every) && reads <= self.until {
                let mut next = bytes.clone();
                next.extend(format!("\n\nNOTE change {reads}").bytes());
                self.disk.put(path, next);
            }
        }
        Ok(bytes)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.disk.size(path)
    }

    fn has_folder(&self, path: &str) -> bool {
        self.disk.has_folder(path)
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        self.disk.stamp(path)
    }

    fn remember(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.disk.remember(name, bytes)
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
            let done = pipeline::build(&inputs, desk.out(), &Silent, &mut diags);
            assert!(done.is_some(), "{path}: {diags:#?}");
            // What was read last may be older than what lies there; the next build sees that.
            let last = desk.files.read(path).unwrap();
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
    if pipeline::build(&inputs, desk.out(), &Silent, &mut diags).is_none() {
        assert!(!diags.is_empty());
        assert!(before == snapshot(desk.out()));
    }
}

fn verified(desk: &Desk, world: &World) -> Result<usize, String> {
    let mut diags = Vec::new();
    let inputs = desk.inputs(world, desk.files.clone());
    let compared = pipeline::verify(&inputs, desk.out(), &mut diags);
    let told = diags
        .iter()
        .map(|d| format!("{} {:?} {:?}", d.message, d.file, d.notes));
    compared.ok_or_else(|| told.collect::<Vec<_>>().join("\n"))
}

#[test]
fn verify_finds_what_lies_otherwise_and_says_why() {
    let world = rich();
    let desk = built(&world);
    assert!(verified(&desk, &world).unwrap() > 100);
    let page = desk.out().join("site/en/index.html");
    let text = fs::read(&page).unwrap();
    fs::write(&page, "mine").unwrap();
    fs::write(desk.out().join("site/stray.txt"), "x").unwrap();
    let why = verified(&desk, &world).unwrap_err();
    for part in [
        "site/en/index.html differs",
        "changed after the build",
        "site/stray.txt is no output",
    ] {
        assert!(why.contains(part), "{part} not in {why}");
    }
    fs::write(&page, text).unwrap();
    fs::remove_file(desk.out().join("site/stray.txt")).unwrap();
    assert!(verified(&desk, &world).is_ok());
    // A change without a trace: size, times and place are the same.
    let mut sly = world.clone();
    sly.replace("content/news/s2.md", "Text.", "Tex7.");
    desk.files.put_unseen(
        "content/news/s2.md",
        sly.text("content/news/s2.md").into_bytes(),
    );
    assert!(desk.build(&sly).is_some());
    let why = verified(&desk, &sly).unwrap_err();
    for part in [
        "s2/index.html differs",
        "the build did not see it",
        "changed without any sign",
        "content/news/s2.md",
    ] {
        assert!(why.contains(part), "{part} not in {why}");
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

#[test]
fn warnings_of_documents_that_did_not_change_are_told_again() {
    let mut world = rich();
    world.key("content/news/2024/s9.md", "");
    world.put(
        "content/news/2024/01/01/dated.md",
        "+++\ntitle = \"Dated\"\ndate = 2025-01-05\n+++\n<b onclick=\"x\">b</b>\n",
    );
    let mut desk = built(&world);
    for round in 0..3 {
        world.append("content/news/s1.md", &format!("Round {round}."));
        desk.take(&world);
        assert_eq!(desk.compare(&world), Ok(true));
        assert!(
            desk.build(&world)
                .is_some_and(|(_, diags)| diags.len() >= 2)
        );
    }
}

fn changes(desk: &Desk) -> serde_json::Value {
    serde_json::from_slice(&fs::read(desk.out().join("changes.json")).unwrap()).unwrap()
}

/// The tree that follows from an uploaded tree and a list.
fn applied(tree: &Snapshot, list: &serde_json::Value, out: &Snapshot) -> Snapshot {
    let mut tree = tree.clone();
    let paths = |kind: &str| {
        let all = list[kind].as_array().unwrap().iter();
        all.map(|f| f["path"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for path in paths("removed") {
        assert!(tree.remove(&path).is_some(), "{path} was not there");
    }
    for (kind, was) in [("added", false), ("changed", true)] {
        for path in paths(kind) {
            assert_eq!(
                tree.insert(path.clone(), out[&path].clone()).is_some(),
                was,
                "{path}"
            );
        }
    }
    tree
}

#[test]
fn a_list_of_changes_leads_from_the_acknowledged_tree_to_this_one() {
    let files = |desk: &Desk| {
        let mut tree = snapshot(desk.out());
        tree.retain(|_, content| content.is_some());
        tree
    };
    let (mut world, mut rng) = (rich(), Rng::new(3));
    let mut desk = built(&world);
    let mut remote = applied(&Snapshot::new(), &changes(&desk), &files(&desk));
    assert!(remote == files(&desk));
    let first = changes(&desk);
    assert!(first["since"].is_null());
    let edits = super::edits();
    for round in 0..12 {
        if round % 3 != 1 {
            // Uploaded: from here on lists start from this tree.
            let list = changes(&desk);
            let mut diags = Vec::new();
            let id = list["id"].as_str().unwrap().to_owned();
            assert!(
                pipeline::acknowledge(desk.out(), &id, &mut diags),
                "{diags:?}"
            );
            remote = files(&desk);
            assert!(desk.build(&world).is_some());
            let list = changes(&desk);
            assert_eq!(
                (
                    list["since"].as_str(),
                    list["added"].as_array().unwrap().len()
                ),
                (Some(id.as_str()), 0)
            );
        }
        let before = fs::read(desk.out().join("changes.json")).unwrap();
        desk.build(&world);
        assert!(before == fs::read(desk.out().join("changes.json")).unwrap());
        let former = world.clone();
        edits[rng.below(edits.len())].1(&mut world, &mut rng);
        desk.take(&world);
        if desk.compare(&world) != Ok(true) {
            world = former;
            desk.take(&world);
            assert_eq!(desk.compare(&world), Ok(true));
        }
        assert!(applied(&remote, &changes(&desk), &files(&desk)) == files(&desk));
    }
    let mut diags = Vec::new();
    assert!(!pipeline::acknowledge(desk.out(), "never", &mut diags));
    assert!(diags[0].message.contains("never"), "{diags:?}");
}

#[test]
fn an_older_list_may_be_acknowledged_while_newer_ones_were_written() {
    let mut world = rich();
    let mut desk = built(&world);
    let mut diags = Vec::new();
    let mut ids = vec![changes(&desk)["id"].as_str().unwrap().to_owned()];
    assert!(pipeline::acknowledge(desk.out(), &ids[0], &mut diags));
    for n in 0..4 {
        world.append("content/news/s1.md", &format!("More {n}."));
        desk.take(&world);
        assert_eq!(desk.compare(&world), Ok(true));
        ids.push(changes(&desk)["id"].as_str().unwrap().to_owned());
    }
    assert!(
        pipeline::acknowledge(desk.out(), &ids[2], &mut diags),
        "{diags:?}"
    );
    desk.build(&world);
    let list = changes(&desk);
    assert_eq!(list["since"], ids[2].as_str());
    assert!(!list["changed"].as_array().unwrap().is_empty());
}

#[test]
fn the_program_verifies_and_acknowledges() {
    let folder = Folder::new(&sites::room());
    let run = |arguments: &[&str]| {
        let all = [&["build", "--json", "--at", NOW], arguments].concat();
        let output = folder.command(&all).output().unwrap();
        (output.status.code(), printed(&output))
    };
    let (code, said) = run(&["--verify"]);
    assert_eq!(code, Some(0), "{said:#?}");
    assert!(said.last().unwrap()["built"]["verified"].as_u64() > Some(100));
    let list = fs::read_to_string(folder.dist().join("changes.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(run(&["--acknowledge", "never"]).0, Some(1));
    assert_eq!(
        run(&["--acknowledge", list["id"].as_str().unwrap()]).0,
        Some(0)
    );
    let list = fs::read_to_string(folder.dist().join("changes.json")).unwrap();
    assert!(
        list.contains("\"added\":[],\"changed\":[],\"removed\":[]"),
        "{list}"
    );
    fs::write(folder.dist().join("site/en/index.html"), "mine").unwrap();
    let (code, said) = run(&["--verify"]);
    assert_eq!(code, Some(1));
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .contains("site/en/index.html")
    );
}
