//! Findings by kind, so that one habit of an archive does not bury what else is wrong with it.

use dateline::base::{diag::Diagnostic, hash::Map};

/// How many findings of a kind are shown in full. One more than these is shown too: a line that says so
/// would be as long.
const SHOWN: usize = 3;

/// A line of a report.
pub(super) enum Line<'a> {
    /// One finding, in full.
    Finding(&'a Diagnostic),
    /// So many further findings of the kind of the one before.
    More(usize),
}

/// Whether a word is an anchor, an address, a path or the name of a file, none of which messages quote.
fn is_place(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ':', ';']);
    word.contains(['#', '/', '.'])
}

/// What findings of one kind have in common: severity and message without whatever is quoted in it, without
/// places and without numbers.
fn kind(diag: &Diagnostic) -> (bool, String) {
    let mut kind = String::with_capacity(diag.message.len());
    let mut closing = None;
    for c in diag.message.chars() {
        match (closing, c) {
            (Some(end), c) if c == end => closing = None,
            (Some(_), _) => continue,
            (None, '“') => closing = Some('”'),
            (None, '`') => closing = Some('`'),
            (None, c) if c.is_ascii_digit() => continue,
            _ => {}
        }
        kind.push(c);
    }
    let words: Vec<&str> = kind.split(' ').filter(|word| !is_place(word)).collect();
    let is_error = diag.severity == dateline::base::diag::Severity::Error;
    (is_error, words.join(" "))
}

/// The findings in the order of the first of each kind: all of them, or the first few of each kind and how
/// many more there are.
pub(super) fn by_kind<'a>(diags: impl Iterator<Item = &'a Diagnostic>, all: bool) -> Vec<Line<'a>> {
    if all {
        return diags.map(Line::Finding).collect();
    }
    let mut places = Map::default();
    let mut kinds: Vec<Vec<&Diagnostic>> = Vec::new();
    for diag in diags {
        let place = *places.entry(kind(diag)).or_insert(kinds.len());
        if place == kinds.len() {
            kinds.push(Vec::new());
        }
        kinds[place].push(diag);
    }
    let lines = kinds.into_iter().flat_map(|of_kind| {
        let shown = match of_kind.len() {
            n if n <= SHOWN + 1 => n,
            _ => SHOWN,
        };
        let more = of_kind.len() - shown;
        let findings = of_kind.into_iter().take(shown).map(Line::Finding);
        findings.chain((more > 0).then_some(Line::More(more)))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(messages: &[&str], all: bool) -> Vec<String> {
        let diags: Vec<_> = messages.iter().map(|m| Diagnostic::warning(*m)).collect();
        let line = |line: &Line<'_>| match line {
            Line::Finding(diag) => diag.message.clone(),
            Line::More(n) => format!("+{n}"),
        };
        by_kind(diags.iter(), all).iter().map(line).collect()
    }

    #[test]
    fn a_flood_of_one_kind_is_shown_by_its_first_few() {
        let flood: Vec<String> = (0..100)
            .map(|n| format!("“{n}.md” leads nowhere"))
            .collect();
        let mut messages: Vec<&str> = flood.iter().map(String::as_str).collect();
        messages.insert(50, "something else");
        assert_eq!(
            lines(&messages, false),
            [
                "“0.md” leads nowhere",
                "“1.md” leads nowhere",
                "“2.md” leads nowhere",
                "+97",
                "something else"
            ]
        );
        assert_eq!(lines(&messages, true).len(), 101);
    }

    #[test]
    fn places_and_names_of_files_make_no_kinds_of_their_own() {
        let words = ["alpha", "beta", "gamma", "delta", "epsilon"];
        for (before, after) in [
            ("there is no heading #", " on this page"),
            ("there is no heading #what-next on news/", ".md"),
            ("the former address /en/", " is taken"),
            (
                "",
                ".mp4 is not in the media storage: it cannot be downloaded",
            ),
        ] {
            let flood = words.map(|word| format!("{before}{word}{after}"));
            let shown = lines(&flood.each_ref().map(String::as_str), false);
            assert_eq!(shown.last().map(String::as_str), Some("+2"), "{shown:?}");
        }
        assert_eq!(lines(&words, false).len(), 5);
    }

    #[test]
    fn a_few_of_a_kind_are_all_shown() {
        assert_eq!(lines(&["`a` x", "`b` x", "`c` x", "`d` x"], false).len(), 4);
        assert_eq!(
            lines(&["`a` x", "`b` y", "`c` z 1", "`d` z 2"], false).len(),
            4
        );
    }
}
