//! `dateline media add`, `verify` and `prune` on a bucket.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::harness::{
    Folder, Newsroom,
    bucket::{MARK, Proxy, Store, credentials, parts_recorded},
    printed,
};

const PART: usize = 8 << 20;

/// A newsroom whose media are in the bucket `news`, below `clips/`, reached through this port.
fn room(port: u16) -> Newsroom {
    let storage = format!("s3://news/clips?endpoint=http://127.0.0.1:{port}");
    Newsroom::new()
        .tables(&format!("[media]\nstorage = \"{storage}\""))
        .story("news/good.md", "2025-01-01", "", "")
}

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = folder.command(arguments);
    credentials(&mut command);
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(folder, arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// A file to add, of so many bytes; no video, which does not matter to a storage.
fn clip(folder: &Folder, name: &str, size: usize) -> PathBuf {
    let mut bytes: Vec<u8> = (0..size).map(|n| (n / 1000) as u8).collect();
    for at in (0..size.saturating_sub(1000)).step_by(100_000) {
        bytes[at..at + MARK.0.len()].copy_from_slice(MARK.0);
    }
    let path = folder.root().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

const ABOUT: [&str; 8] = [
    "--to",
    "clip",
    "--public",
    "--type",
    "video/mp4",
    "--duration",
    "00:00:10",
    "--json",
];

fn add(folder: &Folder, path: &std::path::Path) -> Command {
    let arguments = [&["media", "add", path.to_str().unwrap()], &ABOUT[..]].concat();
    command(folder, &arguments)
}

fn added(folder: &Folder, path: &std::path::Path) -> serde_json::Value {
    let output = add(folder, path).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    printed(&output).pop().unwrap()["added"].clone()
}

#[test]
fn a_file_goes_into_the_bucket_under_the_same_key_as_into_a_folder() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(store.port));
    for size in [5, 2 * PART + 3] {
        let path = clip(&folder, &format!("clip-{size}.mp4"), size);
        let first = added(&folder, &path);
        assert_eq!(
            (&first["stored"], &first["size"]),
            (&true.into(), &size.into())
        );
        let key = first["key"].as_str().unwrap();
        let sum = first["sha256"].as_str().unwrap();
        assert_eq!(key, format!("{}/{sum}/clip-{size}.mp4", &sum[..2]));
        assert!(store.objects("clips")[key] == Some(fs::read(&path).unwrap()));
        let again = added(&folder, &path);
        assert_eq!(
            (&again["stored"], &again["changed"]),
            (&false.into(), &false.into())
        );
    }
    assert_eq!(store.unfinished(), Vec::<String>::new());
    assert!(!folder.root().join("media").exists());
    // Neither a build nor a check asks the bucket.
    let (code, said) = (folder.command(&["check", "--drafts"]).output())
        .map_or((None, String::new()), |o| {
            (o.status.code(), format!("{o:?}"))
        });
    assert_eq!(code, Some(0), "{said}");
    // --media names another storage.
    let path = clip(&folder, "other.mp4", 9);
    let local = folder.root().join("local");
    let output = add(&folder, &path)
        .args(["--media", local.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(local.is_dir());
}

#[test]
fn an_upload_that_was_killed_is_continued_or_pruned() {
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.port, 0);
    let folder = Folder::new(&room(proxy.port));
    let path = clip(&folder, "clip-a.mp4", 3 * PART);
    let killed = || {
        let mut child = add(&folder, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let uploads = folder.root().join(".dateline/uploads");
        while parts_recorded(&uploads) == 0 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
    };
    killed();
    let before = proxy.parts();
    let stored = added(&folder, &path);
    let key = stored["key"].as_str().unwrap();
    assert!(store.objects("clips")[key] == Some(fs::read(&path).unwrap()));
    assert_eq!(store.unfinished(), Vec::<String>::new());
    let sent = proxy.parts() - before;
    assert!(sent < 3, "{sent} of 3 parts were sent again");
    // Nobody adds it again: pruning clears it away.
    fs::remove_file(store.folder("news").join("clips").join(key)).unwrap();
    killed();
    assert!(!store.unfinished().is_empty());
    let (code, said) = run(&folder, &["media", "prune"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(store.unfinished(), Vec::<String>::new());
}

#[test]
fn a_part_that_was_altered_on_its_way_is_sent_again() {
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.port, 1);
    let folder = Folder::new(&room(proxy.port));
    let path = clip(&folder, "clip-a.mp4", PART + 5);
    let stored = added(&folder, &path);
    let key = stored["key"].as_str().unwrap();
    assert!(store.objects("clips")[key] == Some(fs::read(&path).unwrap()));
    assert_eq!(proxy.parts(), 3);
}

#[test]
fn verify_finds_what_is_missing_short_or_damaged() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(store.port));
    let size = PART + 1000;
    let stored = added(&folder, &clip(&folder, "clip-a.mp4", size));
    let object = store
        .folder("news/clips")
        .join(stored["key"].as_str().unwrap());
    let whole = fs::read(&object).unwrap();
    let (code, said) = run(&folder, &["media", "verify"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("1 file stored, each with size and SHA-256"),
        "{said}"
    );
    let (code, said) = run(&folder, &["media", "verify", "--read", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("\"bytes\":{size}")), "{said}");
    let found = |arguments: &[&str]| {
        let (code, said) = run(&folder, &[&["media", "verify"], arguments].concat());
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("content/media/clip.md"), "{said}");
        said
    };
    // The disk of the store rots: only reading finds that.
    let mut damaged = whole.clone();
    damaged[PART + 500] ^= 1;
    fs::write(&object, &damaged).unwrap();
    let said = found(&["--read"]);
    assert!(
        said.contains("clip-a.mp4 is damaged: its SHA-256 is"),
        "{said}"
    );
    let (code, said) = run(&folder, &["check", "--drafts", "--media"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is damaged"), "{said}");
    fs::write(&object, &whole[1..]).unwrap();
    let said = found(&[]);
    assert!(
        said.contains(&format!("has {} bytes and not {size}", size - 1)),
        "{said}"
    );
    fs::remove_file(&object).unwrap();
    let said = found(&[]);
    assert!(said.contains("is not in the media storage"), "{said}");
}

#[test]
fn prune_removes_what_no_dossier_names_and_nothing_else() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(store.port));
    let kept = added(&folder, &clip(&folder, "clip-a.mp4", 100));
    let kept = kept["key"].as_str().unwrap();
    let clips = store.folder("news/clips");
    let old = format!("ab/{}/old.mp4", "ab".repeat(32));
    for name in [old.as_str(), "README.txt", "ab/notes"] {
        let path = clips.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "old").unwrap();
    }
    let now = ["media", "prune", "--older-than", "0d"];
    let (code, said) = run(&folder, &[&now[..], &["--dry-run"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Would remove 1 file with 3 bytes"), "{said}");
    // Found for the first time, it stays; the bucket remembers since when.
    let (code, said) = run(&folder, &["media", "prune"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(clips.join(&old).exists());
    let ledger = fs::read_to_string(clips.join(".unreferenced")).unwrap();
    assert!(ledger.ends_with(&format!(" {old}\n")), "{ledger}");
    let line = format!("2024-01-01T00:00:00Z {old}\n");
    fs::write(clips.join(".unreferenced"), line).unwrap();
    let (code, said) = run(&folder, &["media", "prune"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!clips.join(&old).exists());
    for name in [kept, "README.txt", "ab/notes"] {
        assert!(clips.join(name).exists(), "{name}");
    }
    // The same refusals as in a folder.
    let dossier = folder.root().join("content/media/clip.md");
    let good = fs::read_to_string(&dossier).unwrap();
    fs::write(&dossier, good.replace("gated", "gatet")).unwrap();
    let (code, said) = run(&folder, &now);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Nothing was removed"), "{said}");
    fs::remove_file(&dossier).unwrap();
    let (code, said) = run(&folder, &now);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("so all would be removed"), "{said}");
    assert!(clips.join(kept).exists());
}

#[test]
fn a_bucket_that_cannot_be_used_is_named() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(store.port));
    let path = clip(&folder, "clip-a.mp4", 100);
    let refused = |arguments: &[&str], wanted: &str| {
        for first in [
            &["media", "add", path.to_str().unwrap()][..],
            &["media", "verify"],
        ] {
            let about = if first[1] == "add" { &ABOUT[..] } else { &[] };
            let (code, said) = run(&folder, &[first, about, arguments].concat());
            assert_eq!(code, Some(1), "{first:?}: {said}");
            assert!(said.contains(wanted), "{first:?}: {said}");
        }
    };
    let nowhere = format!("s3://nowhere/x?endpoint=http://127.0.0.1:{}", store.port);
    refused(&["--media", &nowhere], "has no bucket");
    refused(&["--media", "s3:nowhere"], "is not a media storage");
    refused(
        &["--media", "s3://news?regoin=x"],
        "did you mean `region=`?",
    );
    let output = add(&folder, &path)
        .env("AWS_SECRET_ACCESS_KEY", "another")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("refuses the signature"), "{said}");
    assert!(!folder.root().join("content/media/clip.md").exists());
}
