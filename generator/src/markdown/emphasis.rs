//! Emphasis in texts without spaces between words: `中文**强调。**继续`.
//!
//! CommonMark decides by the characters beside `*` whether it opens or closes, and takes for granted that words
//! stand apart from each other. The amendment known as "CJK-friendly emphasis" counts Chinese, Japanese and
//! Korean characters as what they are: letters that need no space, and punctuation that a sentence goes on
//! behind. The parser has no such rule, so it is shown other characters of the same length where the two
//! differ, and what it hands out is taken from the source again: offsets stay true, and a text without such
//! characters is untouched.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Event, LinkType, Parser, Tag};

/// Whether a character is written without spaces around it (East Asian Width wide, full or half, and Hangul).
pub(super) fn is_cjk(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x11ff | 0x2e80..=0x303e | 0x3041..=0x4dbf | 0x4e00..=0xa4cf | 0xa960..=0xa97c
        | 0xac00..=0xd7fb | 0xf900..=0xfaff | 0xfe10..=0xfe19 | 0xfe30..=0xfe6f | 0xff01..=0xffee
        | 0x1_6fe0..=0x1_8d08 | 0x1_aff0..=0x1_b2fb | 0x1_f200..=0x1_f251 | 0x2_0000..=0x3_fffd)
}

/// What stands beside a run of asterisks or tildes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Space,
    Cjk,
    Punctuation,
    Letter,
}

fn beside(c: Option<char>) -> Beside {
    match c {
        None => Beside::Space,
        Some(c) if c.is_whitespace() => Beside::Space,
        Some(c) if is_cjk(c) => Beside::Cjk,
        Some(c) if c.is_alphanumeric() => Beside::Letter,
        Some(c) if unicode_normalization::char::is_combining_mark(c) => Beside::Letter,
        Some(_) => Beside::Punctuation,
    }
}

/// Characters that are shown to the parser as something else.
struct Change {
    at: Range<usize>,
    as_punctuation: bool,
}

/// The text as the parser is to see it: as long as `text`, byte for byte.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    let changes = changes(text);
    if changes.is_empty() {
        return Cow::Borrowed(text);
    }
    let ordinary = Ordinary::of(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes.iter().filter(|c| ordinary.holds(&c.at)) {
        out.push_str(&text[at..change.at.start]);
        out.push_str(match (change.as_punctuation, change.at.len()) {
            (true, 3) => "、",
            (true, _) => "\u{10100}",
            (false, 3) => "一",
            (false, _) => "\u{20000}",
        });
        at = change.at.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// Where the rules differ. A character beside two runs counts as a letter if one of them wants it so.
fn changes(text: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = text[at..].find(['*', '~']) {
        let start = at + found;
        let mark = bytes[start];
        let end = start + bytes[start..].iter().take_while(|b| **b == mark).count();
        at = end;
        let (before, after) = (
            text[..start].chars().next_back(),
            text[end..].chars().next(),
        );
        let (left, right) = (beside(before), beside(after));
        let mut change =
            |c: Option<char>, other: Beside, place: fn(usize, usize, usize) -> Range<usize>| {
                let Some(c) = c.filter(|c| is_cjk(*c) && (3..=4).contains(&c.len_utf8())) else {
                    return;
                };
                let as_punctuation = other == Beside::Punctuation;
                // A letter is one for the parser as well.
                if !as_punctuation && c.is_alphanumeric() {
                    return;
                }
                let at = place(start, end, c.len_utf8());
                match changes.last_mut().filter(|last| last.at == at) {
                    Some(last) => last.as_punctuation &= as_punctuation,
                    None => changes.push(Change { at, as_punctuation }),
                }
            };
        change(before, right, |start, _, length| start - length..start);
        change(after, left, |_, end, length| end..end + length);
    }
    changes
}

/// Where ordinary text stands: no code, no addresses, no names of references.
struct Ordinary(Vec<Range<usize>>);

impl Ordinary {
    fn of(text: &str) -> Self {
        let mut places: Vec<Range<usize>> = Vec::new();
        let mut label_until = 0;
        for (event, range) in Parser::new_ext(text, super::options()).into_offset_iter() {
            match event {
                // Its text is its name too, by which its address is found.
                Event::Start(Tag::Link { link_type, .. } | Tag::Image { link_type, .. })
                    if matches!(link_type, LinkType::Collapsed | LinkType::Shortcut) =>
                {
                    label_until = label_until.max(range.end);
                }
                Event::Text(_) if range.start >= label_until => places.push(range),
                _ => {}
            }
        }
        Self(places)
    }

    fn holds(&self, range: &Range<usize>) -> bool {
        let at = self.0.partition_point(|place| place.end <= range.start);
        self.0
            .get(at)
            .is_some_and(|place| place.start <= range.start && range.end <= place.end)
    }
}

#[cfg(test)]
#[path = "emphasis_tests.rs"]
mod tests;
