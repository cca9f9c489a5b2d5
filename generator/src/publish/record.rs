//! The record of what a target holds, as far as this machine knows: an append-only log, one line per operation.
//!
//! A line `?` (unknown) is written before an object is touched and another line after it. A command that is killed in
//! between leaves the object unknown, and the next run uploads or removes it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::object::Mark;

/// The first line.
const HEAD: &str = "dateline published 1";

/// An object at the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// What is stored there; `None` if unknown.
    pub mark: Option<Mark>,
    /// When the last page stopped using it, in seconds since 1970.
    pub unused_since: Option<i64>,
}

/// Everything known about a target.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Record {
    /// The IDs of this machine's runs that may have written last. If the target's marker has another ID, another
    /// machine has written there and the record is out of date.
    pub writers: BTreeSet<String>,
    /// Objects by key.
    pub held: BTreeMap<String, Held>,
    /// Keys whose change has not been announced yet.
    pub unannounced: BTreeSet<String>,
    /// How many lines the record was read from.
    pub lines: usize,
}

impl Record {
    /// Parses a log. `None` if it has another format; a last line that was cut off by a kill is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut lines = whole.lines();
        if lines.next() != Some(HEAD) {
            return None;
        }
        let mut record = Self::default();
        for line in lines {
            record.lines += 1;
            record.apply(line)?;
        }
        Some(record)
    }

    fn apply(&mut self, line: &str) -> Option<()> {
        let (sign, rest) = line.split_at_checked(1)?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match sign {
            "w" => drop(self.writers.insert(rest.to_owned())),
            "." => self.unannounced.clear(),
            "?" => self.unknown(key(rest)),
            "-" => self.removed(key(rest)),
            "+" | "=" => {
                let (mark, name) = rest.split_once(' ')?;
                let mark = Mark(u128::from_str_radix(mark, 16).ok()?);
                self.stored(key(name), mark, sign == "+");
            }
            "u" => {
                let (since, name) = rest.split_once(' ')?;
                let since = since.parse().ok()?;
                self.held.get_mut(&key(name))?.unused_since = Some(since);
            }
            "!" => drop(self.unannounced.insert(key(rest))),
            _ => return None,
        }
        Some(())
    }

    fn unknown(&mut self, key: String) {
        let held = Held {
            mark: None,
            unused_since: None,
        };
        self.held.insert(key, held);
    }

    fn removed(&mut self, key: String) {
        self.held.remove(&key);
        self.unannounced.insert(key);
    }

    fn stored(&mut self, key: String, mark: Mark, announce: bool) {
        let held = Held {
            mark: Some(mark),
            unused_since: None,
        };
        if announce {
            self.unannounced.insert(key.clone());
        }
        self.held.insert(key, held);
    }

    /// The shortest text that means the same.
    pub fn text(&self) -> String {
        let mut out = format!("{HEAD}\n");
        for writer in &self.writers {
            let _ = writeln!(out, "w {writer}");
        }
        for (key, held) in &self.held {
            match held.mark {
                Some(mark) => out.push_str(&known(key, mark)),
                None => out.push_str(&unknown(key)),
            }
            if let Some(since) = held.unused_since {
                out.push_str(&unused(key, since));
            }
        }
        for key in &self.unannounced {
            let _ = writeln!(out, "! {}", escaped(key));
        }
        out
    }
}

/// The line for a new run of this machine.
pub fn writer(name: &str) -> String {
    format!("w {name}\n")
}

/// The line before an object is touched.
pub fn unknown(key: &str) -> String {
    format!("? {}\n", escaped(key))
}

/// The line after an object was stored.
pub fn stored(key: &str, mark: Mark) -> String {
    format!("+ {:032x} {}\n", mark.0, escaped(key))
}

/// The line for an object that is up to date and needs no announcement.
pub fn known(key: &str, mark: Mark) -> String {
    format!("= {:032x} {}\n", mark.0, escaped(key))
}

/// The line for an object that no page uses.
pub fn unused(key: &str, since: i64) -> String {
    format!("u {since} {}\n", escaped(key))
}

/// The line after an object was removed.
pub fn removed(key: &str) -> String {
    format!("- {}\n", escaped(key))
}

/// The line after all changes were announced.
pub const ANNOUNCED: &str = ".\n";

/// Escapes a key so that it fits on one line.
fn escaped(key: &str) -> String {
    match key.contains(['%', '\n', '\r']) {
        true => key
            .replace('%', "%25")
            .replace('\n', "%0A")
            .replace('\r', "%0D"),
        false => key.to_owned(),
    }
}

fn key(line: &str) -> String {
    match line.contains('%') {
        true => line
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%"),
        false => line.to_owned(),
    }
}
