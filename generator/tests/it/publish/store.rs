//! Buckets of a store that checks signatures. `scripts/s3-peer` makes it; where it was not made, these tests say so
//! and pass, unless `DATELINE_S3_PEER` names it.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use super::{built, good, kills, room, said, site};
use crate::harness::{Folder, Newsroom, Snapshot, snapshot};

const KEY: &str = "DATELINEKEY";
const SECRET: &str = "a secret of tests";

/// A store of this machine, with one bucket.
struct Store {
    child: Child,
    port: u16,
    data: tempfile::TempDir,
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Ok(named) = std::env::var("DATELINE_S3_PEER") {
        return Some(named.into());
    }
    let target = Path::new(env!("CARGO_BIN_EXE_dateline"))
        .ancestors()
        .nth(2)?;
    Some(target.join("peers/bin/s3s-fs")).filter(|path| path.exists())
}

impl Store {
    /// `None` where there is no such program.
    fn start() -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("skipped: no S3 server to test against; scripts/s3-peer makes it");
            return None;
        };
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("news")).unwrap();
        // Another process may take the port before the server starts.
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let mut child = Command::new(&program)
                .args(["--host", "127.0.0.1", "--port", &port.to_string()])
                .args(["--access-key", KEY, "--secret-key", SECRET])
                .arg(data.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while child.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self { child, port, data });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("{} does not start", program.display());
    }

    fn target(&self, bucket: &str) -> String {
        format!("s3://{bucket}/site?endpoint=http://127.0.0.1:{}", self.port)
    }

    /// The objects below the prefix, as the peer keeps them.
    fn objects(&self) -> Snapshot {
        let mut all = snapshot(&self.data.path().join("news/site"));
        all.retain(|path, content| content.is_some() && path != ".dateline.json");
        all
    }
}

fn command(folder: &Folder, target: &str, arguments: &[&str]) -> Command {
    let out = folder.dist();
    let all = [
        &["publish", target, "--out", out.to_str().unwrap()],
        arguments,
    ]
    .concat();
    let mut command = folder.command(&all);
    command
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    for name in [
        "AWS_REGION",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Folder, target: &str, arguments: &[&str]) -> Output {
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
        let (objects, site) = (store.objects(), site(&folder));
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
    let page = store.objects()["en/news/2025/01/03/s02/index.html"]
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
    assert!(store.objects().is_empty());
    let unacknowledged = fs::read_dir(folder.dist().join(".changes")).unwrap();
    assert!(
        unacknowledged
            .flatten()
            .all(|e| e.file_name() != "acknowledged.json")
    );
}

#[test]
fn killed_uploads_resume() {
    let Some(store) = Store::start() else { return };
    let folder = Folder::new(&room(30, "One."));
    let newsroom = |n: u32| -> Newsroom { room(20 + n as usize % 10, &format!("Text {n}.")) };
    let target = store.target("news");
    for n in 0..kills(6) {
        built(&folder, &newsroom(n));
        let mut child = command(&folder, &target, &["--yes-remove", "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(u64::from(n % 12) * 40));
        let _ = child.kill();
        child.wait().unwrap();
        good(&run(&folder, &target, &["--yes-remove", "1000"]));
        let objects = store.objects();
        for (path, content) in site(&folder) {
            assert_eq!(objects.get(&path), Some(&content), "{path}");
        }
    }
}
