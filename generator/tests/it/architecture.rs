//! Who may use whom, read from the sources themselves (`ARCHITECTURE.md`, "Invariants").

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Rooms that every stage may use.
const SHARED: [&str; 4] = ["base", "config", "theme", "markdown"];

/// The stages in their order.
const STAGES: [&str; 6] = ["discover", "parse", "link", "assets", "plan", "render"];

/// Who may use the disk through `std::fs`. All else goes through the traits `Files` and `Disk`.
const ON_DISK: [&str; 7] = [
    "base/files/os.rs",
    "base/files/os/",
    "base/replace.rs",
    "incremental/disk.rs",
    "emit.rs",
    "emit/",
    "cli/",
];

/// A line of a source, without comment.
pub(super) struct Line {
    pub file: String,
    pub number: usize,
    pub text: String,
}

impl Line {
    /// The room or stage it stands in.
    fn room(&self) -> &str {
        self.file.split(['/', '.']).next().unwrap()
    }

    pub fn breaks(&self, rule: &str) -> String {
        format!(
            "{}:{}: {rule}\n    {}",
            self.file,
            self.number,
            self.text.trim()
        )
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Every line of the library and, as `cli/…`, of the program. Unit tests, which stand at a file's end or in
/// `*tests.rs`, may use what they like.
pub(super) fn lines() -> Vec<Line> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = Vec::new();
    for (root, room) in [(program.join("../src"), ""), (program.join("src"), "cli/")] {
        lines_in(&root, room, &mut lines);
    }
    assert!(lines.len() > 5_000, "{}", lines.len());
    lines
}

fn lines_in(root: &Path, room: &str, lines: &mut Vec<Line>) {
    let mut files = Vec::new();
    sources(root, &mut files);
    files.sort();
    for path in files {
        let below = path.strip_prefix(root).unwrap().to_str().unwrap();
        let file = format!("{room}{below}");
        if file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (i, line) in text.lines().enumerate() {
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            let code = line.split("//").next().unwrap_or_default();
            lines.push(Line {
                file: file.clone(),
                number: i + 1,
                text: code.to_owned(),
            });
        }
    }
}

/// The rooms that a file uses by `crate::…`, or by `dateline::…` in the program, with the line of each, groups in
/// braces included.
fn uses(lines: &[Line]) -> Vec<(&Line, String)> {
    let mut found = Vec::new();
    let mut group: Option<(String, usize)> = None;
    for line in lines {
        if group.as_ref().is_some_and(|(file, _)| *file != line.file) {
            group = None;
        }
        let own = if line.room() == "cli" {
            "dateline::"
        } else {
            "crate::"
        };
        let mut rest = line.text.as_str();
        if group.is_none() {
            while let Some((before, after)) = rest.split_once(own) {
                rest = after;
                if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                match after.strip_prefix('{') {
                    Some(inside) => {
                        group = Some((line.file.clone(), 1));
                        rest = inside;
                        break;
                    }
                    None => found.push((line, first_word(after))),
                }
            }
            if group.is_none() {
                continue;
            }
        }
        // Inside `use crate::{ … }`, names at the first level are rooms.
        let mut depth = group.as_ref().map_or(0, |(_, d)| *d);
        let mut at_start = true;
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => at_start = true,
                c if c.is_alphabetic() && at_start && depth == 1 => {
                    found.push((line, first_word(&rest[i..])));
                    at_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        group = (depth > 0).then(|| (line.file.clone(), depth));
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The rooms that `room` may use beside itself.
fn allowed(room: &str) -> Vec<&'static str> {
    let above = |stages: usize| [&SHARED[..], &STAGES[..stages]].concat();
    match room {
        "base" => vec![],
        "markdown" | "config" => vec!["base"],
        "theme" => vec!["base", "config"],
        // It knows the order of the stages, and neither an output folder nor an earlier build.
        "pipeline" => [&above(STAGES.len())[..], &["gate"]].concat(),
        // Only `cli` uses it: no stage knows that there was a build before.
        "incremental" => [&above(STAGES.len())[..], &["gate", "emit", "pipeline"]].concat(),
        // It knows what must not go out, and nothing of how outputs are made.
        "gate" => above(STAGES.len() - 1),
        // It knows of outputs when they are moved in, and nothing of what they hold.
        "emit" => vec!["base", "plan"],
        // It takes what a build left, and knows nothing of how outputs are made, nor of any network.
        "publish" => vec!["base", "config", "emit"],
        "cli" => [
            &above(STAGES.len())[..],
            &["pipeline", "incremental", "publish"],
        ]
        .concat(),
        "lib" => vec![],
        stage => match STAGES.iter().position(|s| *s == stage) {
            Some(at) => above(at),
            None => {
                panic!("{stage} is a room that this test does not know: say here what it may use")
            }
        },
    }
}

pub(super) fn no_breach(found: Vec<String>) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn rooms_use_only_what_lies_above_them() {
    let lines = lines();
    let all = uses(&lines);
    assert!(all.len() > 100, "{}", all.len());
    let breaches = all.iter().filter_map(|(line, used)| {
        let (room, used) = (line.room(), used.as_str());
        let good = used == room || allowed(room).contains(&used);
        let may = allowed(room).join(", ");
        (!good).then(|| line.breaks(&format!("`{room}` may not use `{used}`; it may use: {may}")))
    });
    no_breach(breaches.collect());
}

#[test]
fn a_parent_is_not_a_way_around() {
    let lines = lines();
    let breaches = lines.iter().filter_map(|line| {
        // `super::` in a room's own file, or as often as folders are deep, would lead to the crate's root.
        let deep = line.file.matches('/').count() + usize::from(!line.file.ends_with("mod.rs"));
        let climbs = "super::".repeat(deep.max(1));
        let out = line.text.contains(&climbs);
        out.then(|| line.breaks("write `crate::` to leave a room, so that it is seen"))
    });
    no_breach(breaches.collect());
}

/// A module by its path from the crate's root, and its file's text.
struct Module {
    path: Vec<String>,
    text: String,
}

/// The paths of a `use`, from the text between `use` and the semicolon.
fn flat(tree: &str, before: &[String], out: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (i, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts.into_iter().map(str::trim).filter(|p| !p.is_empty()) {
        let (own, group) = match part.split_once('{') {
            Some((own, group)) => (own, group.rsplit_once('}').map(|(group, _)| group)),
            None => (part, None),
        };
        let own = own.split(" as ").next().unwrap();
        let names = own.split("::").map(str::trim).filter(|n| !n.is_empty());
        let path: Vec<String> = before
            .iter()
            .cloned()
            .chain(names.map(str::to_owned))
            .collect();
        match group {
            Some(group) => flat(group, &path, out),
            None => out.push(path),
        }
    }
}

impl Module {
    /// A path that this module writes, from the crate's root.
    fn absolute(&self, written: &[String]) -> Option<Vec<String>> {
        let mut base = match written[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.path.clone(),
            _ => return None,
        };
        let climbs = written.iter().take_while(|name| *name == "super").count();
        base.truncate(base.len().checked_sub(climbs)?);
        base.extend(
            written[climbs.max(1)..]
                .iter()
                .filter(|n| *n != "self")
                .cloned(),
        );
        Some(base)
    }

    /// What it uses, and what it hands on by `pub use`.
    fn uses(&self) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let (mut own, mut handed_on) = (Vec::new(), Vec::new());
        let mut rest = String::new();
        for statement in self.text.split_inclusive(';') {
            let at = statement.find("use ").filter(|at| {
                let before = statement[..*at].trim_end();
                before.is_empty()
                    || before.ends_with([';', '}', ']', ')'])
                    || before.ends_with("pub")
            });
            let Some(at) = at else {
                rest.push_str(statement);
                continue;
            };
            let public = statement[..at].trim_end().ends_with("pub");
            let mut paths = Vec::new();
            flat(statement[at + 4..].trim_end_matches(';'), &[], &mut paths);
            if public { &mut handed_on } else { &mut own }.append(&mut paths);
        }
        // Paths that are written out where they are needed.
        for root in ["crate::", "super::", "self::"] {
            for (at, _) in rest.match_indices(root) {
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let inside = rest[..at].ends_with(word);
                let path: String = rest[at..].chars().take_while(|c| word(*c)).collect();
                if !inside {
                    flat(path.trim_end_matches(':'), &[], &mut own);
                }
            }
        }
        let absolute = |paths: Vec<Vec<String>>| {
            paths
                .iter()
                .filter_map(|path| self.absolute(path))
                .collect()
        };
        (absolute(own), absolute(handed_on))
    }
}

/// The modules of the library that are not the door of a folder, with those among them that each uses.
fn graph() -> Vec<(Vec<String>, BTreeSet<usize>)> {
    let mut modules: Vec<Module> = Vec::new();
    for line in lines().iter().filter(|l| l.room() != "cli") {
        let path = line
            .file
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned);
        let mut path: Vec<String> = path.collect();
        path.pop_if(|last| last == "mod" || last == "lib");
        if modules.last().is_none_or(|last| last.path != path) {
            let text = String::new();
            modules.push(Module { path, text });
        }
        let text = &mut modules.last_mut().unwrap().text;
        text.push_str(&line.text);
        text.push(' ');
    }
    let uses: Vec<_> = modules.iter().map(Module::uses).collect();
    let place = |path: &[String]| modules.iter().position(|m| m.path == path);
    // The module in which something is defined, also where others hand it on.
    let defines = |path: &[String]| {
        let mut path = path.to_vec();
        for _ in 0..4 {
            let at = (0..=path.len())
                .rev()
                .find_map(|n| Some((n, place(&path[..n])?)));
            let (length, at) = at?;
            let next = path.get(length)?;
            match uses[at].1.iter().find(|handed| handed.last() == Some(next)) {
                Some(handed) => path = [handed, &path[length + 1..]].concat(),
                None => return Some(at),
            }
        }
        None
    };
    let is_door = |at: usize| {
        let path = &modules[at].path;
        modules
            .iter()
            .any(|m| m.path.len() > path.len() && m.path.starts_with(path))
    };
    let used = |at: usize| {
        let own = uses[at].0.iter();
        let all = own.filter_map(|path| place(path).or_else(|| defines(path)));
        all.filter(|to| *to != at && !is_door(*to)).collect()
    };
    let all = (0..modules.len()).map(|at| match is_door(at) {
        true => BTreeSet::new(),
        false => used(at),
    });
    modules.iter().map(|m| m.path.clone()).zip(all).collect()
}

#[test]
fn no_files_use_each_other() {
    let graph = graph();
    let edges: usize = graph.iter().map(|(_, used)| used.len()).sum();
    assert!(edges > 200, "{edges}");
    let reached = |from: usize| {
        let (mut pending, mut all) = (vec![from], BTreeSet::new());
        while let Some(at) = pending.pop() {
            pending.extend(graph[at].1.iter().filter(|to| all.insert(**to)));
        }
        all
    };
    let all: Vec<BTreeSet<usize>> = (0..graph.len()).map(reached).collect();
    let breaches = graph.iter().enumerate().flat_map(|(at, (path, used))| {
        let (graph, all) = (&graph, &all);
        let back = used.iter().filter(move |to| all[**to].contains(&at));
        back.map(move |to| {
            let (from, to) = (path.join("/"), graph[*to].0.join("/"));
            format!("{from}.rs uses {to}.rs, which uses it again, directly or through others")
        })
    });
    no_breach(breaches.collect());
}

#[test]
fn only_few_files_touch_the_disk() {
    let lines = lines();
    let touches = [
        "std::fs",
        "fs::",
        "fs,",
        "File::",
        "OpenOptions",
        "walkdir",
        "read_dir",
        "canonicalize",
    ];
    let breaches = lines.iter().filter_map(|line| {
        let here = ON_DISK.iter().any(|f| line.file.starts_with(f));
        let word = |w: &&&str| {
            let before = line.text.split(**w).next().unwrap_or_default();
            line.text.contains(**w) && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        };
        let touched = touches.iter().find(word).filter(|_| !here);
        touched.map(|t| {
            line.breaks(&format!(
                "`{t}`: everything is read through the trait `Files`; only {} use the disk",
                ON_DISK.join(", ")
            ))
        })
    });
    no_breach(breaches.collect());
}

#[test]
fn only_the_clock_asks_for_the_time() {
    let lines = lines();
    let asks = [
        "Timestamp::now",
        "SystemTime",
        "Zoned::now",
        "TimeZone::system",
        "Utc::now",
        ".modified()",
    ];
    let breaches = lines.iter().filter_map(|line| {
        // `media add` compares a file's time before and after reading, to see that it was left alone.
        let here = line.file == "base/clock.rs"
            || line.file.starts_with("cli/dev")
            || line.file == "cli/media/source.rs";
        let asked = asks
            .iter()
            .find(|a| line.text.contains(**a))
            .filter(|_| !here);
        asked.map(|a| {
            line.breaks(&format!(
                "`{a}`: only base/clock.rs asks for the time; \"now\" is an input of a build"
            ))
        })
    });
    no_breach(breaches.collect());
    // `dev` may look at file times, but takes the time from the clock too.
    let breaches = lines
        .iter()
        .filter(|l| l.file.starts_with("cli/") && l.text.contains("Timestamp::now"));
    no_breach(breaches.map(|l| l.breaks("use `Now::system`")).collect());
}

#[test]
fn nothing_is_left_to_do() {
    let lines = lines();
    let marks = ["todo!", "dbg!", "unimplemented!", "println!", "eprintln!"];
    let breaches = lines.iter().filter_map(|line| {
        let mark = marks.iter().find(|m| line.text.contains(**m));
        mark.map(|m| {
            line.breaks(&format!(
                "`{m}` may not stay; `cli/output.rs` speaks for the program"
            ))
        })
    });
    no_breach(breaches.collect());
}

/// An edit of the sidecar neither rebuilds the library nor voids what builds remember.
#[test]
fn the_library_needs_no_server() {
    let cargo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let text = fs::read_to_string(cargo).unwrap();
    assert!(text.contains("dateline-contract.workspace"));
    for server in [
        "dateline-auth",
        "axum",
        "hyper",
        "tokio",
        "rusqlite",
        "lettre",
    ] {
        let needs = text.lines().any(|line| line.starts_with(server));
        assert!(
            !needs,
            "the library needs {server}; what `dev` needs belongs to cli/Cargo.toml"
        );
    }
}

#[test]
fn main_is_short() {
    let length = lines().iter().filter(|l| l.file == "cli/main.rs").count();
    assert!(
        (1..=70).contains(&length),
        "cli/main.rs has {length} lines; 70 at most: arguments belong to the command's file"
    );
}

#[test]
fn this_test_sees_what_it_should() {
    let text = "use crate::{\n    base::{diag::Diagnostic, files},\n    plan,\n};\nlet x = crate::config::FILE;\nmycrate::link();";
    let of_program = text.replace("crate::", "dateline::") + "\nuse crate::output;";
    for (file, text) in [("parse/x.rs", text), ("cli/x.rs", &of_program)] {
        let lines: Vec<Line> = text
            .lines()
            .enumerate()
            .map(|(i, text)| Line {
                file: file.to_owned(),
                number: i + 1,
                text: text.to_owned(),
            })
            .collect();
        let found = uses(&lines);
        let found: Vec<(usize, &str)> = found.iter().map(|(l, u)| (l.number, u.as_str())).collect();
        assert_eq!(found, [(2, "base"), (3, "plan"), (5, "config")], "{file}");
    }
}
