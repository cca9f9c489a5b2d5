//! `dateline publish` as a program: into folders, and killed midway.

mod faults;
mod notify;
mod store;
mod tls;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use crate::harness::{Folder, NOW, Newsroom, Snapshot, png, printed, snapshot};

/// A newsroom with this many stories, the last with the body `text`.
fn room(stories: usize, text: &str) -> Newsroom {
    let mut room = Newsroom::new()
        .tables("[publish.live]\ntarget = \"dir:../www\"\ngrace_days = 0")
        .file("content/news/p.png", png(4, stories as u32));
    for n in 0..stories {
        let keys = "topics = [\"Trade\"]\nimage = { src = \"p.png\", alt = \"x\" }";
        let day = format!("2025-01-{:02}", 1 + n % 28);
        let text = if n + 1 == stories { text } else { "The same." };
        room = room.story(&format!("news/s{n:02}.md"), &day, keys, text);
    }
    room
}

fn built(folder: &Folder, room: &Newsroom) {
    folder.write(room);
    let output = folder.command(&["build"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn command(folder: &Folder, arguments: &[&str]) -> std::process::Command {
    let out = folder.dist();
    let out = out.to_str().unwrap();
    folder.command(&[&["publish", "live", "--out", out], arguments].concat())
}

fn publish(folder: &Folder, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

fn good(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

/// Files only, without the marker.
fn files(folder: &Path) -> Snapshot {
    let mut all = snapshot(folder);
    all.retain(|path, content| content.is_some() && path != ".dateline.json");
    all
}

fn www(folder: &Folder) -> std::path::PathBuf {
    folder.root().join("../www")
}

fn site(folder: &Folder) -> Snapshot {
    files(&folder.dist().join("site"))
}

/// The files that a page names, in whichever way: in attributes, lists of sources, styles or full addresses.
fn needed(page: &str) -> BTreeSet<String> {
    let ends = |c: char| c.is_whitespace() || "\"'<>()#?,;&\\".contains(c);
    let folders = ["assets/", "files/"];
    let named = folders.into_iter().flat_map(|folder| {
        let found = page.match_indices(folder);
        let found = found.filter(|(at, _)| page[..*at].ends_with('/'));
        found.filter_map(|(at, _)| page[at..].split(ends).next())
    });
    let named = named.filter(|path| !path.ends_with('/'));
    named.map(str::to_owned).collect()
}

/// Every page belongs to one of these trees, and its files exist.
fn complete(there: &Snapshot, trees: &[Snapshot]) {
    for (path, content) in there.iter().filter(|(path, _)| path.ends_with(".html")) {
        let known = trees.iter().any(|tree| tree.get(path) == Some(content));
        assert!(known, "{path} belongs to no build");
        let text = String::from_utf8_lossy(content.as_ref().unwrap());
        for file in needed(&text) {
            assert!(there.contains_key(&file), "{path} needs {file}");
        }
    }
}

/// When to kill the `n`th of so many runs: the moments cover `full` evenly, in no order.
fn moment(n: u32, kills: u32, full: Duration) -> Duration {
    full.mul_f64(f64::from(n * 37 % kills) / f64::from(kills))
}

#[test]
fn a_folder_gets_changed_files_and_loses_removed_ones() {
    let folder = Folder::new(&room(20, "One."));
    built(&folder, &room(20, "One."));
    let output = publish(&folder, &["--json"]);
    good(&output);
    assert_eq!(files(&www(&folder)), site(&folder));
    let list = || {
        let text = fs::read(folder.dist().join("changes.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&text).unwrap()
    };
    let first = list()["id"].clone();
    built(&folder, &room(20, "Two."));
    assert_eq!(list()["since"], first, "it was acknowledged");
    let before = files(&www(&folder));
    let output = publish(&folder, &["--dry-run", "--json"]);
    good(&output);
    let uploads = printed(&output)[0]["dry_run"]["uploads"].clone();
    let uploads: BTreeSet<&str> = uploads
        .as_array()
        .unwrap()
        .iter()
        .map(|upload| upload["key"].as_str().unwrap())
        .collect();
    let differs = site(&folder)
        .into_iter()
        .filter(|(path, content)| before.get(path) != Some(content));
    let differs: Vec<String> = differs.map(|(path, _)| path).collect();
    let differs: BTreeSet<&str> = differs.iter().map(String::as_str).collect();
    assert_eq!(uploads, differs);
    let output = publish(&folder, &["--json"]);
    good(&output);
    assert_eq!(printed(&output)[0]["published"]["uploaded"], differs.len());
    assert_eq!(files(&www(&folder)), site(&folder));
    // Nothing is left to do.
    assert!(said(&publish(&folder, &[])).contains("has this build already"));
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_would_change() {
    let folder = Folder::new(&room(20, "One."));
    built(&folder, &room(20, "One."));
    let output = publish(&folder, &["--dry-run"]);
    good(&output);
    let text = said(&output);
    assert!(
        text.contains("new pages") && text.contains("+ assets/"),
        "{text}"
    );
    assert!(!www(&folder).exists());
    good(&publish(&folder, &[]));
    built(&folder, &room(5, "Two."));
    let everything = || {
        let state = |path: &Path| -> Vec<_> {
            let all = walkdir::WalkDir::new(path).sort_by_file_name();
            let all = all.into_iter().map(Result::unwrap);
            all.map(|e| (e.path().to_owned(), fs::read(e.path()).ok()))
                .collect()
        };
        (state(&www(&folder)), state(&folder.dist()))
    };
    let before = everything();
    let output = publish(&folder, &["--dry-run", "--all"]);
    good(&output);
    let text = said(&output);
    assert!(
        text.contains("- en/news/2025/01/10/s09/index.html"),
        "{text}"
    );
    assert!(text.contains("--yes-remove"), "{text}");
    assert!(before == everything());
}

#[test]
fn many_removals_need_confirmation() {
    let folder = Folder::new(&room(20, "One."));
    built(&folder, &room(20, "One."));
    good(&publish(&folder, &[]));
    built(&folder, &room(5, "One."));
    let before = files(&www(&folder));
    let output = publish(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    let count = text.split("--yes-remove ").nth(1).unwrap();
    let count = count.split(';').next().unwrap();
    assert!(before == files(&www(&folder)));
    good(&publish(&folder, &["--yes-remove", count]));
    assert_eq!(files(&www(&folder)), site(&folder));
}

#[test]
fn previews_are_never_published() {
    let folder = Folder::new(&room(3, "One."));
    folder.write(&room(3, "One."));
    for preview in [&["build", "--drafts"][..], &["build", "--at", NOW]] {
        assert!(folder.command(preview).output().unwrap().status.success());
        let output = publish(&folder, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains("--drafts or --at"),
            "{}",
            said(&output)
        );
        assert!(!www(&folder).exists());
    }
    built(&folder, &room(3, "One."));
    good(&publish(&folder, &[]));
}

#[test]
fn errors_come_with_a_hint() {
    let folder = Folder::new(&room(3, "One."));
    folder.write(&room(3, "One."));
    let out = folder.dist();
    let out = out.to_str().unwrap();
    let run = |target: &str| {
        let output = folder
            .command(&["publish", target, "--out", out])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{target}");
        said(&output)
    };
    assert!(run("live").contains("holds no build"));
    built(&folder, &room(3, "One."));
    assert!(run("lvie").contains("did you mean `live`?"));
    assert!(run("web").contains("[publish.web]"));
    assert!(run("ftp://x").contains("not a place to publish to"));
    assert!(run("dir:out/www").contains("holds the build itself"));
    assert!(run("dir:.").contains("holds the build itself"));
    assert!(run("dir:not/there").contains("make its parent folder"));
    for (media, target) in [
        ("s3://b/site/media", "s3://b/site"),
        ("s3://b", "s3://b"),
        ("../www/media", "dir:../www"),
    ] {
        let with = room(3, "One.").tables(&format!("[media]\nstorage = \"{media}\""));
        built(&folder, &with);
        assert!(run(target).contains("the media storage lies in"));
    }
}

#[test]
fn compressed_forms_lie_beside_pages() {
    let folder = Folder::new(&room(3, "One."));
    let both = |text: &str| {
        let room = room(3, &format!("{text} {}", "Many words. ".repeat(200)));
        room.tables("[publish.both]\ntarget = \"dir:../www\"\ncompress = [\"br\", \"gzip\"]")
    };
    let publish = || {
        let out = folder.dist();
        let arguments = ["publish", "both", "--out", out.to_str().unwrap()];
        good(&folder.command(&arguments).output().unwrap());
    };
    for text in ["One.", "Two."] {
        built(&folder, &both(text));
        publish();
        let page = www(&folder).join("en/news/2025/01/03/s02/index.html");
        let plain = fs::read(&page).unwrap();
        let mut gzip = Vec::new();
        let file = fs::File::open(page.with_extension("html.gz")).unwrap();
        std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut gzip).unwrap();
        assert!(gzip == plain);
        let mut brotli = Vec::new();
        let mut file = fs::File::open(page.with_extension("html.br")).unwrap();
        brotli::BrotliDecompress(&mut file, &mut brotli).unwrap();
        assert!(brotli == plain);
        assert!(fs::metadata(page.with_extension("html.br")).unwrap().len() < plain.len() as u64);
    }
}

/// How often to kill; `KILLS` in the environment overrides it.
fn kills(usual: u32) -> u32 {
    std::env::var("KILLS").map_or(usual, |n| n.parse().unwrap())
}

#[test]
fn killed_anywhere_it_leaves_complete_pages_and_resumes() {
    let kills = kills(12);
    let folder = Folder::new(&room(30, "One."));
    let trees = [(30, "One."), (20, "Two.")].map(|(stories, text)| {
        built(&folder, &room(stories, text));
        site(&folder)
    });
    built(&folder, &room(30, "One."));
    let begun = Instant::now();
    good(&publish(&folder, &[]));
    let full = begun.elapsed();
    for n in 1..=kills {
        let (stories, text) = if n % 2 == 0 {
            (30, "One.")
        } else {
            (20, "Two.")
        };
        built(&folder, &room(stories, text));
        let mut child = command(&folder, &["--yes-remove", "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment(n, kills, full));
        let _ = child.kill();
        child.wait().unwrap();
        complete(&files(&www(&folder)), &trees);
        // Now and then the next tree comes before this one is finished.
        if n % 3 != 0 {
            good(&publish(&folder, &["--yes-remove", "1000"]));
            assert_eq!(files(&www(&folder)), site(&folder), "kill {n}");
        }
    }
}
