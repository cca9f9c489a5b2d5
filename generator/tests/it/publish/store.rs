//! Buckets of a store that checks signatures.

use std::{
    fs,
    process::{Command, Output, Stdio},
    time::Duration,
};

use super::{built, complete, good, kills, moment, room, said, site};
use crate::harness::{
    Folder, Newsroom, Snapshot,
    bucket::{Store, credentials},
};

pub(super) fn command(folder: &Folder, target: &str, arguments: &[&str]) -> Command {
    let out = folder.dist();
    let all = [
        &["publish", target, "--out", out.to_str().unwrap()],
        arguments,
    ]
    .concat();
    let mut command = folder.command(&all);
    credentials(&mut command);
    command
}

pub(super) fn run(folder: &Folder, target: &str, arguments: &[&str]) -> Output {
    command(folder, target, arguments).output().unwrap()
}

#[test]
fn a_bucket_gets_changed_files_and_loses_removed_ones() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(20, "One."));
    let target = store.target("news");
    for (stories, text) in [(20, "One."), (20, "Two."), (5, "Three.")] {
        // Names that must be encoded in URLs, and a file for a multipart upload.
        let room = room(stories, text)
            .file("content/static/ünïcode & more+%.txt", text)
            .file("content/static/large.bin", vec![7; (9 << 20) + stories]);
        built(&folder, &room);
        good(&run(&folder, &target, &["--yes-remove", "1000"]));
        // Fingerprinted files stay for the grace period.
        let (objects, site) = (store.objects("site"), site(&folder));
        for (path, content) in &site {
            assert!(objects.get(path) == Some(content), "{path}");
        }
        let fingerprinted = |path: &str| path.starts_with("assets/") || path.starts_with("files/");
        let others = objects.keys().filter(|path| !site.contains_key(*path));
        let others: Vec<&String> = others.filter(|path| !fingerprinted(path)).collect();
        assert!(others.is_empty(), "{others:?}");
    }
    assert!(said(&run(&folder, &target, &[])).contains("has this build already"));
    // Another machine finds what is there.
    fs::remove_dir_all(folder.dist().join(".changes")).unwrap();
    fs::remove_dir_all(folder.dist()).unwrap();
    built(&folder, &room(5, "Three."));
    let output = run(&folder, &target, &["--dry-run", "--all"]);
    good(&output);
    assert!(!said(&output).contains("+ en/"), "{}", said(&output));
    assert!(said(&output).contains("- large.bin"), "{}", said(&output));
}

#[test]
fn compressed_objects_are_read_back_as_they_were_sent() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(3, "One."));
    let table = format!(
        "[publish.web]\ntarget = \"{}\"\ncompress = \"gzip\"",
        store.target("news")
    );
    built(
        &folder,
        &room(3, &"Many words. ".repeat(200)).tables(&table),
    );
    good(&run(&folder, "web", &[]));
    let page = store.objects("site")["en/news/2025/01/03/s02/index.html"]
        .clone()
        .unwrap();
    assert_eq!(page[..2], [0x1f, 0x8b]);
}

#[test]
fn a_refusal_is_reported_in_one_line() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(3, "One."));
    built(&folder, &room(3, "One."));
    let target = store.target("news");
    let with = |name: &str, value: &str| {
        let output = command(&folder, &target, &[])
            .env(name, value)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        said(&output)
    };
    let text = with("AWS_SECRET_ACCESS_KEY", "another");
    assert!(
        text.contains("refuses the signature") && text.contains("AWS_SECRET_ACCESS_KEY"),
        "{text}"
    );
    assert!(!text.contains("Signature="), "{text}");
    let text = with("AWS_ACCESS_KEY_ID", "UNKNOWN");
    assert!(text.contains("help:"), "{text}");
    let output = run(&folder, &store.target("nowhere"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("has no bucket “nowhere”"),
        "{}",
        said(&output)
    );
    let output = command(&folder, &target, &[])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("HOME", folder.root())
        .output()
        .unwrap();
    assert!(
        said(&output).contains("no credentials for the store"),
        "{}",
        said(&output)
    );
    assert!(store.objects("site").is_empty());
    let unacknowledged = fs::read_dir(folder.dist().join(".changes")).unwrap();
    assert!(
        unacknowledged
            .flatten()
            .all(|e| e.file_name() != "acknowledged.json")
    );
}

#[test]
fn killed_uploads_leave_complete_pages_and_resume() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(30, "One."));
    let kills = kills(6);
    let newsroom = |n: u32| -> Newsroom { room(20 + n as usize % 10, &format!("Text {}.", n % 7)) };
    let target = store.target("news");
    let mut trees: Vec<Snapshot> = Vec::new();
    for n in 0..kills {
        built(&folder, &newsroom(n));
        trees.push(site(&folder));
        let mut child = command(&folder, &target, &["--yes-remove", "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment(n, kills, Duration::from_millis(500)));
        let _ = child.kill();
        child.wait().unwrap();
        complete(&store.objects("site"), &trees);
        // Now and then the next tree comes before this one is finished.
        if n % 3 == 1 {
            continue;
        }
        good(&run(&folder, &target, &["--yes-remove", "1000"]));
        let objects = store.objects("site");
        for (path, content) in site(&folder) {
            assert_eq!(objects.get(&path), Some(&content), "{path}");
        }
    }
}
