//! Newsrooms on the disk, and folders as they stand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::{NOW, Newsroom};

/// Every file below a folder: path and content. Folders count too.
pub type Snapshot = BTreeMap<String, Option<Vec<u8>>>;

/// What is no output: the memory of builds, the name of a tree, and the list of changes, which tells of
/// the way and not of the place.
const BESIDE: [&str; 3] = [".dateline", "changes.json", ".changes"];

/// Reads everything below a folder but what tells of earlier builds.
pub fn snapshot(folder: &Path) -> Snapshot {
    let mut all = Snapshot::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(here) = pending.pop() {
        let Ok(entries) = fs::read_dir(&here) else {
            continue;
        };
        for entry in entries {
            let entry = entry.unwrap();
            if BESIDE.iter().any(|b| entry.file_name() == *b) {
                continue;
            }
            let path = entry.path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                all.insert(name, None);
                pending.push(path);
            } else {
                all.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    all
}

/// A newsroom in a temporary folder, for the program itself.
pub struct Folder {
    held: tempfile::TempDir,
}

impl Folder {
    pub fn new(room: &Newsroom) -> Self {
        let folder = Self {
            held: tempfile::tempdir().unwrap(),
        };
        folder.write(room);
        folder
    }

    /// The newsroom's root.
    pub fn root(&self) -> PathBuf {
        self.held.path().join("room")
    }

    /// Where builds go. Those at a fixed moment may not go into the newsroom's own `dist/`.
    pub fn dist(&self) -> PathBuf {
        self.root().join("out")
    }

    /// Makes the sources those of `room`, and nothing else.
    pub fn write(&self, room: &Newsroom) {
        for part in ["content", "themes"] {
            let _ = fs::remove_dir_all(self.root().join(part));
        }
        for (path, content) in &room.files {
            let path = self.root().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    /// The program in this folder. A build at a fixed moment must name the folder that it builds into.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
        // Servers of tests are on this machine.
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env_remove(name);
        }
        command.arg("--root").arg(self.root()).args(arguments);
        if arguments.first() == Some(&"build") && !arguments.contains(&"--out") {
            command.arg("--out").arg(self.dist());
        }
        command
    }

    /// Runs `dateline build`.
    pub fn build(&self) -> Output {
        self.command(&["build", "--json", "--at", NOW])
            .output()
            .unwrap()
    }
}

/// The findings that `--json` printed.
pub fn printed(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|l| serde_json::from_str(l).unwrap());
    lines.collect()
}
