//! Limits on the length of functions and files, without unit tests, so that none grows beyond what one can
//! keep in mind. Aim for 60 and 300 lines.

use std::collections::BTreeMap;

use crate::architecture::{Line, lines, no_breach};

/// Lines of a function at most, from `fn` to its closing brace.
const FUNCTION: usize = 80;

/// Lines of a file at most.
const FILE: usize = 500;

/// Functions that are too long, each by its first line. `cargo fmt` aligns a closing brace with its `fn`.
fn too_long(lines: &[Line]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(&Line, usize)> = None;
    for line in lines {
        let indent = line.text.len() - line.text.trim_start().len();
        let code = line.text.trim();
        let words = code.split_once("fn ").map(|(before, _)| before);
        let is_fn = words.is_some_and(|before| {
            before.split_whitespace().all(|word| {
                word.starts_with("pub") || ["const", "async", "unsafe", "in"].contains(&word)
            })
        });
        match open {
            Some((first, depth)) if code == "}" && indent == depth && first.file == line.file => {
                let length = line.number + 1 - first.number;
                if length > FUNCTION {
                    let rule = format!("{length} lines; a function has {FUNCTION} at most");
                    found.push(first.breaks(&rule));
                }
                open = None;
            }
            Some((first, depth)) if first.file == line.file && indent > depth => {}
            _ if is_fn && !code.ends_with([';', '}']) => open = Some((line, indent)),
            _ => {}
        }
    }
    found
}

#[test]
fn no_function_is_too_long() {
    no_breach(too_long(&lines()));
}

#[test]
fn no_file_is_too_long() {
    let mut lengths: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines() {
        lengths.insert(line.file, line.number);
    }
    let long = lengths.iter().filter(|(_, length)| **length > FILE);
    let breach = |(file, length): (&String, &usize)| {
        format!("{file}: {length} lines; a file has {FILE} at most: split it by what it is about")
    };
    no_breach(long.map(breach).collect());
}

#[test]
fn a_long_function_is_found() {
    let of = |body: usize| -> Vec<Line> {
        let text = format!(
            "impl X {{\n    pub(crate) fn long(\n        &self,\n    ) {{\n{}    }}\n}}",
            "        work();\n".repeat(body)
        );
        let line = |(i, text): (usize, &str)| Line {
            file: "x.rs".to_owned(),
            number: i + 1,
            text: text.to_owned(),
        };
        text.lines().enumerate().map(line).collect()
    };
    assert!(too_long(&of(FUNCTION - 4)).is_empty());
    assert_eq!(too_long(&of(FUNCTION - 3)).len(), 1);
}
