//! Deliberately broken newsrooms: each is refused at its file and line, and leaves the site as it was.
//!
//! The tables beside this file hold one case after the other:
//!
//! ```text
//! ### what is wrong
//! the content of the file that the table is about
//! @@ another/file.md
//! its content; `@@ -path` takes a file away
//! => 2: a part of the message, hint or note expected at that line
//! => other/file.md:3: a further one, in another file
//! ```
//!
//! A line 0 means the file as a whole. `\u{…}` and `\x…` in a content stand for that character or byte.

mod deep;
mod disk;
mod program;
mod tables;
mod theme_pages;

use std::cell::RefCell;

use crate::harness::{Finding, Newsroom, Snapshot, findings, snapshot};

/// A finding that must be there.
#[derive(Debug)]
pub struct Expected {
    pub file: String,
    pub line: usize,
    pub text: String,
}

/// A newsroom with a mistake.
pub struct Case {
    pub name: String,
    pub room: Newsroom,
    pub expected: Vec<Expected>,
}

/// Undoes `\u{…}` and `\x…`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend(rest[..at].bytes());
        rest = &rest[at..];
        if let Some((hex, tail)) = rest.strip_prefix("\\u{").and_then(|r| r.split_once('}')) {
            let c = char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap();
            out.extend(c.to_string().bytes());
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("\\x") {
            out.push(u8::from_str_radix(&tail[..2], 16).unwrap());
            rest = &tail[2..];
        } else {
            out.push(b'\\');
            rest = &rest[1..];
        }
    }
    out.extend(rest.bytes());
    out
}

/// Reads a table about `main`; each case is put into a newsroom of its own.
pub fn cases(table: &str, main: &str, room: &Newsroom) -> Vec<Case> {
    let mut all = Vec::new();
    for block in table.split("### ").skip(1) {
        let (name, block) = block.split_once('\n').unwrap();
        let mut case = Case {
            name: format!("{main}: {name}"),
            room: room.clone(),
            expected: Vec::new(),
        };
        let mut file = main.to_owned();
        let mut content = String::new();
        let put = |file: &str, content: &str, room: &mut Newsroom| {
            if !content.is_empty() {
                room.files.insert(file.to_owned(), unescaped(content));
            }
        };
        for line in block.lines() {
            if let Some(expected) = line.strip_prefix("=> ") {
                case.expected.push(expectation(expected, main));
            } else if let Some(gone) = line.strip_prefix("@@ -") {
                assert!(case.room.files.remove(gone).is_some(), "{name}: no {gone}");
            } else if let Some(next) = line.strip_prefix("@@ ") {
                put(&file, &content, &mut case.room);
                (file, content) = (next.to_owned(), String::new());
            } else if case.expected.is_empty() {
                content.push_str(line);
                content.push('\n');
            } else {
                assert_eq!(line, "", "{name}: after the findings");
            }
        }
        put(&file, &content, &mut case.room);
        assert!(!case.expected.is_empty(), "{name}");
        all.push(case);
    }
    all
}

/// `2: text` or `file:2: text`.
fn expectation(text: &str, main: &str) -> Expected {
    let (place, text) = text.split_once(": ").unwrap();
    let (file, line) = place.rsplit_once(':').unwrap_or((main, place));
    Expected {
        file: file.to_owned(),
        line: line.parse().unwrap(),
        text: text.to_owned(),
    }
}

/// Whether a finding is the one expected.
pub fn meets(found: &Finding, expected: &Expected) -> bool {
    found.error
        && found.file == expected.file
        && found.line == expected.line
        && found.text.contains(&expected.text)
}

/// A folder with a site that was built, and how it looks.
pub struct Standing {
    held: tempfile::TempDir,
    before: RefCell<Snapshot>,
}

impl Standing {
    pub fn new() -> Self {
        let held = tempfile::tempdir().unwrap();
        let room = Newsroom::new().story("news/good.md", "2025-01-01", "", "");
        assert_eq!(room.build_into(&held.path().join("dist")), []);
        let before = snapshot(held.path());
        assert!(before.contains_key("dist/site/en/news/2025/01/01/good/index.html"));
        Self {
            held,
            before: RefCell::new(before),
        }
    }

    /// Builds a broken newsroom over it; what is wrong with the way it was refused.
    pub fn refuse(&self, case: &Case) -> Vec<String> {
        let diags = case.room.build_into(&self.held.path().join("dist"));
        let found = findings(&case.room.mem(), &diags);
        let mut wrong = Vec::new();
        for expected in &case.expected {
            if !found.iter().any(|f| meets(f, expected)) {
                wrong.push(format!(
                    "{}\n  expected {expected:?}\n  found {found:#?}",
                    case.name
                ));
            }
        }
        let after = snapshot(self.held.path());
        if self.before.replace(after.clone()) != after {
            wrong.push(format!("{}: the site has changed", case.name));
        }
        wrong
    }
}

/// Asserts that every case is refused as it says.
pub fn refused(cases: &[Case], at_least: usize) {
    let standing = Standing::new();
    let wrong: Vec<String> = cases.iter().flat_map(|c| standing.refuse(c)).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(cases.len() >= at_least, "{} cases", cases.len());
}
