//! Blocks in places where Dateline reads none: readers would see `::: video` as text.

use std::ops::Range;

use super::Collect;
use crate::markdown::directive::Kind;

/// What to do about one.
const AT_THE_START: &str = "a block begins at the start of its line, with three colons, outside lists and quotations, with an empty line between it and HTML";

impl Collect<'_> {
    /// Reports a block that does not begin its line.
    pub(super) fn misplaced_block(&mut self, text: &str, range: &Range<usize>) {
        if self.in_fence || !text.contains([':', '：']) {
            return;
        }
        let line = self.body[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.body[line..range.start];
        let marks = |c: char| " \t>-+*.)".contains(c) || c.is_ascii_digit();
        let begins = before.chars().all(marks) && !before.is_empty();
        if let (Some(rest), true, false) = (text.strip_prefix(":::"), begins, self.in_code) {
            let name = rest.trim_start_matches(':').split_whitespace().next();
            if let Some(name) = name {
                return self.no_block(name, range.start);
            }
        }
        // A text ends at quotation marks, a block at the end of its line.
        let rest = self.body[range.start..].lines().next().unwrap_or_default();
        if let Some((at, name)) = known(rest).filter(|(at, _)| *at < range.len()) {
            self.no_block(name, range.start + at);
        }
    }

    /// Reports blocks between lines of HTML.
    pub(super) fn blocks_in_html(&mut self, html: &str, start: usize) {
        // Comments are invisible, and colons in code are code.
        let tag = html.trim_start().get(..4).unwrap_or_default();
        let shielded = tag == "<!--" || tag.eq_ignore_ascii_case("<pre");
        for (at, _) in html.match_indices(":::").filter(|_| !shielded) {
            let line = html[at..].lines().next().unwrap_or_default();
            let rest = line.trim_start_matches(':');
            let name = rest.split_whitespace().next();
            if let (true, Some(name)) = (html[..at].ends_with('\n'), name) {
                self.no_block(name, start + at);
            }
        }
    }

    fn no_block(&mut self, name: &str, at: usize) {
        let line = self.body[at..].lines().next().unwrap_or_default();
        let message = format!("readers see this `::: {name}` as text");
        self.error(at..at + line.trim_end().len(), message, AT_THE_START);
    }
}

/// Where a block with a known name begins in a text: at least two colons, ASCII or full width.
fn known(text: &str) -> Option<(usize, &'static str)> {
    let colon = |c: char| matches!(c, ':' | '：');
    let mut at = 0;
    while let Some(found) = text[at..].find(colon) {
        let start = at + found;
        let rest = text[start..].trim_start_matches(colon);
        at = text.len() - rest.len();
        let count = text[start..at].chars().count();
        let begins = text[..start].ends_with(char::is_whitespace) || start == 0;
        if count < 2 || !begins {
            continue;
        }
        let content = rest.trim_start_matches([' ', '\t']);
        let names = Kind::ALL.iter().map(|kind| kind.name());
        let named = |name: &&str| {
            let behind = content.strip_prefix(name);
            // "The rule:: quote it" is prose.
            behind.is_some_and(|b| {
                b.trim().is_empty() || b.trim_start().contains("=\"") && b.starts_with(' ')
            })
        };
        if let Some(name) = names.into_iter().find(named) {
            return Some((start, name));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn a_block_is_known_wherever_it_stands() {
        for text in [
            "::: quote by=\"A\"",
            ":::video id=\"a\"",
            ":: figure src=\"a\" alt=\"b\"",
            "Text ::: contact id=\"press\"",
            "：：：quote",
            "::: quote",
        ] {
            assert!(known(text).is_some(), "{text}");
        }
        for text in [
            "The rule:: quote it",
            "a::b",
            "std::quote",
            "::: quotes",
            "Note: quote by=\"A\"",
            "::::",
        ] {
            assert_eq!(known(text), None, "{text}");
        }
    }
}
