//! A store that is away, and uploads in parts that are cut.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use super::{
    built, good, room, said, site,
    store::{command, run},
};
use crate::harness::{
    Folder, Newsroom,
    bucket::{MARK, Proxy, Store, free_port, parts_recorded},
};

#[test]
fn a_store_that_is_away_is_named_at_once_and_waited_for() {
    let folder = Folder::new(&room(3, "One."));
    built(&folder, &room(3, "One."));
    let port = free_port();
    let target = format!("s3://news/site?endpoint=http://127.0.0.1:{port}");
    let mut child = command(&folder, &target, &[])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command waits meanwhile: the store is not there yet.
    let mut line = String::new();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    said.read_line(&mut line).unwrap();
    let address = format!("127.0.0.1:{port} cannot be reached");
    assert!(
        line.contains(&address) && line.contains("trying again for up to 60 s"),
        "{line}"
    );
    match Store::at(port) {
        Some(store) => {
            assert!(child.wait().unwrap().success());
            assert!(store.objects("site").contains_key("index.html"));
        }
        None => {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const PART: usize = 8 << 20;

/// A newsroom with a file of so many parts, and marks in it that a proxy may alter.
fn large(parts: usize) -> Newsroom {
    let mut bytes: Vec<u8> = (0..parts * PART - 7).map(|n| (n / PART) as u8).collect();
    for at in (0..bytes.len() - 1000).step_by(100_000) {
        bytes[at..at + MARK.0.len()].copy_from_slice(MARK.0);
    }
    room(3, "One.").file("content/static/large.bin", bytes)
}

/// Starts a publish and kills it once the store has parts of the large file.
fn killed_amid_parts(folder: &Folder, target: &str) {
    let mut child = command(folder, target, &[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let records = folder.dist().join(".changes");
    while parts_recorded(&records) == 0 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn an_upload_in_parts_that_was_killed_is_continued_or_removed() {
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.port, 0);
    let target = format!("s3://news/site?endpoint=http://127.0.0.1:{}", proxy.port);
    let folder = Folder::new(&large(4));
    built(&folder, &large(4));
    killed_amid_parts(&folder, &target);
    let before = proxy.parts();
    good(&run(&folder, &target, &[]));
    let objects = store.objects("site");
    assert!(objects["large.bin"] == site(&folder)["large.bin"]);
    assert_eq!(store.unfinished(), Vec::<String>::new());
    let sent = proxy.parts() - before;
    assert!(sent < 4, "{sent} of 4 parts were sent again");
    // The next build has no such file: nothing of it stays.
    built(&folder, &large(5));
    killed_amid_parts(&folder, &target);
    built(&folder, &room(3, "One."));
    good(&run(&folder, &target, &["--yes-remove", "1"]));
    assert_eq!(store.unfinished(), Vec::<String>::new());
    assert!(!store.objects("site").contains_key("large.bin"));
}

#[test]
fn a_part_that_was_altered_on_its_way_is_sent_again() {
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.port, 2);
    let target = format!("s3://news/site?endpoint=http://127.0.0.1:{}", proxy.port);
    let folder = Folder::new(&large(2));
    built(&folder, &large(2));
    let output = run(&folder, &target, &[]);
    good(&output);
    assert!(said(&output).contains("stored something else than part"));
    assert!(store.objects("site")["large.bin"] == site(&folder)["large.bin"]);
}
