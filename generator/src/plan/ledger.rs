//! `content/addresses.lock`: every address that was ever published, with the day it first was.
//!
//! A line is an address and a day; lines are sorted, so that a merge of two branches is their union. What it
//! holds must answer for ever: with a page, a redirect or a 410.

use std::ops::Range;

use jiff::civil;

use crate::base::{
    diag::{Diagnostic, Diagnostics},
    files::Files,
    read,
};

/// The file, from the root.
pub const FILE: &str = "content/addresses.lock";

const HEAD: &str = "# Every address that was ever published, with the day it first was.\n\
    # `dateline build` adds to this file; commit it, and take no line away.\n";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Decoded, as the files of the site are named.
    pub address: &'a str,
    /// Years have four digits, so that texts compare as days do.
    pub day: &'a str,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// The lines of the file.
#[derive(Debug, Default)]
pub(super) struct Ledger<'a> {
    comments: Vec<&'a str>,
    /// By address, each once.
    pub lines: Vec<Line<'a>>,
    /// Whether they stood in the file in this order.
    pub tidy: bool,
}

/// The text of the file; empty where there is none yet.
pub(super) fn read(files: &dyn Files, diags: &mut Diagnostics) -> Option<String> {
    read::text_if_there(files, FILE, diags)
}

impl<'a> Ledger<'a> {
    /// Reads the lines. What a union of two branches leaves (doubled lines, another order) is put right: the
    /// earlier day counts.
    pub fn parse(text: &'a str, diags: &mut Diagnostics) -> Self {
        let mut out = Self {
            tidy: true,
            ..Self::default()
        };
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let mark = if start == 0 && whole.starts_with('\u{feff}') {
                3
            } else {
                0
            };
            let line = whole[mark..].trim_end();
            let span = start + mark..start + mark + line.len();
            start += whole.len();
            match address_and_day(line) {
                _ if line.is_empty() => {}
                _ if line.starts_with('#') => {
                    if !out.comments.contains(&line) {
                        out.comments.push(line);
                    }
                }
                Some((address, day)) => out.lines.push(Line { address, day, span }),
                None => diags.push(mangled(line, span)),
            }
        }
        if !out.lines.is_sorted_by(|a, b| a.address < b.address) {
            out.tidy = false;
            out.lines.sort_by_key(|line| (line.address, line.day));
            out.lines
                .dedup_by(|later, first| later.address == first.address);
        }
        out
    }

    /// The line of an address.
    pub fn get(&self, address: &str) -> Option<&Line<'a>> {
        let at = self
            .lines
            .binary_search_by(|l| l.address.cmp(address))
            .ok()?;
        self.lines.get(at)
    }

    /// The text with more addresses, published on a day.
    fn with(mut self, addresses: &[String], day: &str) -> String {
        let added = addresses.iter().filter(|a| self.get(a).is_none());
        let added = added.map(|address| (address.as_str(), day));
        let mut all: Vec<(&str, &str)> = added.collect();
        all.extend(self.lines.drain(..).map(|l| (l.address, l.day)));
        all.sort_unstable();
        all.dedup();
        let mut out = match self.comments.is_empty() {
            true => HEAD.to_owned(),
            false => self.comments.iter().map(|c| format!("{c}\n")).collect(),
        };
        out.reserve(all.iter().map(|(address, _)| address.len() + 12).sum());
        for (address, day) in all {
            out.extend([address, " ", day, "\n"]);
        }
        out
    }
}

/// `/en/news/2025/01/27/visit/ 2025-01-27`. An address may hold spaces, a day none.
fn address_and_day(line: &str) -> Option<(&str, &str)> {
    let (address, day) = line.rsplit_once(' ')?;
    let shaped = day.len() == 10 && day.parse::<civil::Date>().is_ok();
    (address.starts_with('/') && shaped).then_some((address, day))
}

/// A day as lines have it.
pub(super) fn day_of(day: civil::Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

fn mangled(line: &str, span: Range<usize>) -> Diagnostic {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let (message, hint) = match marks.iter().any(|mark| line.starts_with(mark)) {
        true => (
            "a merge was left unfinished here",
            "keep the lines of both sides and take this mark away; with the line \
             content/addresses.lock merge=union in .gitattributes git does so by itself",
        ),
        false => (
            "this is not an address and the day on which it was first published",
            "bring the line back as it was committed, such as /en/news/2025/01/27/visit/ 2025-01-27",
        ),
    };
    Diagnostic::error(message).at(&FILE.into(), span).hint(hint)
}

/// What the file lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unrecorded {
    /// Published now and not in it, sorted.
    pub addresses: Vec<String>,
    /// Its lines are not in order.
    pub untidy: bool,
}

impl Unrecorded {
    /// Whether it is complete and in order.
    pub fn is_none(&self) -> bool {
        self.addresses.is_empty() && !self.untidy
    }

    /// The text of the file with what it lacks. `None` when `text` cannot be read.
    pub fn added_to(&self, text: &str, day: civil::Date) -> Option<String> {
        let mut diags = Vec::new();
        let ledger = Ledger::parse(text, &mut diags);
        diags
            .is_empty()
            .then(|| ledger.with(&self.addresses, &day_of(day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, addresses: &[&str]) -> Option<String> {
        let addresses = addresses.iter().map(|a| (*a).to_owned()).collect();
        let unrecorded = Unrecorded {
            addresses,
            untidy: false,
        };
        unrecorded.added_to(text, civil::date(2025, 2, 1))
    }

    #[test]
    fn addresses_are_added_in_order() {
        let first = added("", &["/en/b/", "/en/a b/"]).unwrap();
        assert_eq!(
            first,
            format!("{HEAD}/en/a b/ 2025-02-01\n/en/b/ 2025-02-01\n")
        );
        let more = added(&first, &["/en/aa/", "/en/b/"]).unwrap();
        let lines: Vec<&str> = more.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "/en/a b/ 2025-02-01",
                "/en/aa/ 2025-02-01",
                "/en/b/ 2025-02-01"
            ]
        );
    }

    #[test]
    fn a_union_of_two_branches_is_put_right() {
        let text = "# mine\r\n/b/ 2025-01-03\r\n/a/ 2025-01-02\n# mine\n\n/b/ 2025-01-01";
        let mut diags = Vec::new();
        let ledger = Ledger::parse(text, &mut diags);
        assert_eq!((diags, ledger.tidy), (vec![], false));
        assert_eq!(ledger.get("/b/").map(|l| l.day), Some("2025-01-01"));
        assert_eq!(
            added(text, &[]).unwrap(),
            "# mine\n/a/ 2025-01-02\n/b/ 2025-01-01\n"
        );
    }

    #[test]
    fn what_is_no_line_is_told() {
        for text in [
            "<<<<<<< HEAD\n",
            "=======\n",
            "/a/\n",
            "a 2025-01-01\n",
            "/a/ 2025-13-01\n",
            "/a/ 1 Jan\n",
        ] {
            let mut diags = Vec::new();
            Ledger::parse(text, &mut diags);
            assert_eq!(diags.len(), 1, "{text}");
            assert_eq!(added(text, &["/b/"]), None);
        }
    }

    #[test]
    fn a_hundred_thousand_lines_are_read_and_written_whole() {
        let addresses: Vec<String> = (0..100_000)
            .map(|n| format!("/en/news/2025/01/27/story-{n:06}/"))
            .collect();
        let borrowed: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let text = added("", &borrowed).unwrap();
        let mut diags = Vec::new();
        let ledger = Ledger::parse(&text, &mut diags);
        assert_eq!(
            (ledger.lines.len(), ledger.tidy, diags),
            (100_000, true, vec![])
        );
        assert_eq!(added(&text, &borrowed), Some(text.clone()));
    }
}
