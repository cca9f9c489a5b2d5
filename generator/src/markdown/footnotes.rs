//! Footnotes: numbered as they are referred to, written at the end of the page, each with its ways back.

use std::fmt::Write as _;

use super::text::escaped;
use crate::base::hash::Map;

/// The footnotes of one page.
#[derive(Default)]
pub(super) struct Footnotes {
    /// What their ids begin with.
    prefix: &'static str,
    numbers: Map<String, usize>,
    /// How often each is referred to, by number from 1.
    uses: Vec<usize>,
    bodies: Map<usize, String>,
}

impl Footnotes {
    pub(super) fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            ..Self::default()
        }
    }

    fn number(&mut self, name: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(name.to_owned()).or_insert(next)
    }

    /// The mark in the text.
    pub(super) fn reference(&mut self, name: &str) -> String {
        let number = self.number(name);
        self.uses.resize(self.uses.len().max(number), 0);
        self.uses[number - 1] += 1;
        let (id, prefix) = (
            self.reference_id(number, self.uses[number - 1]),
            self.prefix,
        );
        format!(
            "<sup class=\"footnote-ref\"><a id=\"{id}\" href=\"#{prefix}fn-{number}\" role=\"doc-noteref\">{number}</a></sup>"
        )
    }

    /// What a footnote says, as HTML.
    pub(super) fn define(&mut self, name: &str, body: String) {
        let number = self.number(name);
        self.bodies.insert(number, body);
    }

    /// All notes that are referred to; `back` is the accessible name of a way back.
    pub(super) fn html(&self, back: &str) -> Option<String> {
        let back = escaped(back);
        let mut items = String::new();
        for number in 1..=self.numbers.len() {
            let uses = self.uses.get(number - 1).copied().unwrap_or_default();
            let (Some(body), true) = (self.bodies.get(&number), uses > 0) else {
                continue;
            };
            let mut ways = String::new();
            for n in 1..=uses {
                let id = self.reference_id(number, n);
                let label = if n == 1 {
                    back.clone()
                } else {
                    format!("{back} ({n})")
                };
                let _ = write!(
                    ways,
                    " <a href=\"#{id}\" role=\"doc-backlink\" aria-label=\"{label}\">↩</a>"
                );
            }
            let body = body.trim_end();
            let body = match body.strip_suffix("</p>") {
                Some(open) => format!("{open}{ways}</p>"),
                None => format!("{body}{ways}"),
            };
            let _ = writeln!(
                items,
                "<li id=\"{}fn-{number}\" value=\"{number}\">{body}</li>",
                self.prefix
            );
        }
        let html = format!(
            "<div class=\"footnotes\" role=\"doc-endnotes\">\n<hr>\n<ol>\n{items}</ol>\n</div>\n"
        );
        (!items.is_empty()).then_some(html)
    }

    fn reference_id(&self, number: usize, nth: usize) -> String {
        let prefix = self.prefix;
        if nth == 1 {
            format!("{prefix}fnref-{number}")
        } else {
            format!("{prefix}fnref-{number}-{nth}")
        }
    }
}
