//! What a target holds, as far as this machine knows: one line for each thing that was done.
//!
//! A line `?` stands before an object is touched and another after, so that a command that is killed leaves
//! "unknown" and never a wrong certainty. What is unknown is uploaded or removed again.

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
    /// What it is; `None` when that is not known.
    pub mark: Option<Mark>,
    /// Since when no page uses it, in seconds since 1970.
    pub unused_since: Option<i64>,
}

/// Everything that is known of a target.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Record {
    /// Who may have written last: this record's own names. Whoever else wrote to the target left another.
    pub writers: BTreeSet<String>,
    /// By key.
    pub held: BTreeMap<String, Held>,
    /// Keys whose change nobody was told of yet.
    pub untold: BTreeSet<String>,
    /// How many lines it was read from.
    pub lines: usize,
}

impl Record {
    /// Reads lines. `None` where it is another form; what was cut off by a kill is passed over.
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
            "." => self.untold.clear(),
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
            "!" => drop(self.untold.insert(key(rest))),
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
        self.untold.insert(key);
    }

    fn stored(&mut self, key: String, mark: Mark, tell: bool) {
        let held = Held {
            mark: Some(mark),
            unused_since: None,
        };
        if tell {
            self.untold.insert(key.clone());
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
        for key in &self.untold {
            let _ = writeln!(out, "! {}", escaped(key));
        }
        out
    }
}

/// The line for a new name of this record's own.
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

/// The line for an object that is there and is no news.
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

/// The line after everybody was told.
pub const TOLD: &str = ".\n";

/// A key on one line.
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
