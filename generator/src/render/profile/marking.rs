//! The text of a template → the same text with marks in it: calls of a function that notes the time and
//! writes nothing. Lines stay where they are, and white space is cut where it was cut before.

use std::ops::Range;

/// The name of the function.
pub(super) const FUNCTION: &str = "_mark";

/// What a mark says of its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Enter,
    Pass,
    Exit,
}

impl Mark {
    /// The call in a template, with signs that cut the white space before and after it.
    pub fn call(self, place: usize, before: &str, after: &str) -> String {
        let code = self.code(place);
        format!("{{{{{before} {FUNCTION}(at={code}) {after}}}}}")
    }

    /// Place and mark as one number, which is what the function is given.
    fn code(self, place: usize) -> usize {
        place * 3 + self as usize
    }

    /// The other way round.
    pub fn of(code: usize) -> (usize, Self) {
        let mark = match code % 3 {
            0 => Self::Enter,
            1 => Self::Pass,
            _ => Self::Exit,
        };
        (code / 3, mark)
    }
}

/// Something between marks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// From 1; 0 stands for the file as a whole.
    pub line: usize,
    /// Whether it is a loop.
    pub repeats: bool,
}

/// A text with marks, and its places. They count from `first`, and the first is the file as a whole.
/// `None` for a text that no template can be.
pub(super) fn marked(text: &str, first: usize) -> Option<(String, Vec<Place>)> {
    let tags = tags(text)?;
    let mut marking = Marking {
        text,
        first,
        places: vec![Place {
            line: 0,
            repeats: false,
        }],
        out: String::with_capacity(text.len() * 2),
        copied: 0,
        line: 1,
        open: Vec::new(),
    };
    // What stands beside the blocks of a template that extends another is never run, and refused.
    // And a brace at the end would become part of the mark after it.
    let whole = !tags.iter().any(|t| t.word() == "extends") && !text.ends_with('{');
    if whole {
        marking.write(Mark::Enter, first, "", "");
    }
    for tag in &tags {
        marking.tag(tag)?;
    }
    marking.copy(text.len());
    if whole {
        marking.write(Mark::Exit, first, "", "");
    }
    Some((marking.out, marking.places))
}

struct Marking<'a> {
    text: &'a str,
    first: usize,
    places: Vec<Place>,
    out: String,
    /// How much of the text is in `out`, and the line there.
    copied: usize,
    line: usize,
    /// The places of what is not closed yet.
    open: Vec<usize>,
}

impl Marking<'_> {
    fn tag(&mut self, tag: &Tag<'_>) -> Option<()> {
        self.copy(tag.range.start);
        match tag.word() {
            "for" => {
                let place = self.place(true);
                self.before(Mark::Enter, place, tag);
                self.after(Mark::Pass, place, tag);
                self.open.push(place);
            }
            // Inside, since in a template that extends another nothing may stand outside.
            "block" | "component" => {
                let place = self.place(false);
                self.after(Mark::Enter, place, tag);
                self.open.push(place);
            }
            "endblock" | "endcomponent" => {
                let place = self.open.pop()?;
                self.before(Mark::Exit, place, tag);
            }
            "endfor" | "endset" | "endfilter" | "</" => {
                let place = self.open.pop()?;
                self.after(Mark::Exit, place, tag);
            }
            "set" | "set_global" if tag.assigns() => self.alone(tag),
            "set" | "set_global" | "filter" | "<" => {
                let place = self.place(false);
                self.before(Mark::Enter, place, tag);
                self.open.push(place);
            }
            "include" | "" => self.alone(tag),
            _ => {}
        }
        self.copy(tag.range.end);
        Some(())
    }

    /// Marks around a tag that does something by itself. Printing a value is not worth two marks.
    fn alone(&mut self, tag: &Tag<'_>) {
        if tag.word() == "include" || tag.inner.contains(['(', '|', '[', '<']) {
            let place = self.place(false);
            self.before(Mark::Enter, place, tag);
            self.after(Mark::Exit, place, tag);
        }
    }

    fn place(&mut self, repeats: bool) -> usize {
        self.places.push(Place {
            line: self.line,
            repeats,
        });
        self.first + self.places.len() - 1
    }

    /// A mark takes over the sign that cuts white space: what was beside the tag is beside it now.
    fn before(&mut self, mark: Mark, place: usize, tag: &Tag<'_>) {
        self.write(mark, place, if tag.cuts_before { "-" } else { "" }, "");
    }

    fn after(&mut self, mark: Mark, place: usize, tag: &Tag<'_>) {
        self.copy(tag.range.end);
        self.write(mark, place, "", if tag.cuts_after { "-" } else { "" });
    }

    fn write(&mut self, mark: Mark, place: usize, before: &str, after: &str) {
        self.out.push_str(&mark.call(place, before, after));
    }

    fn copy(&mut self, to: usize) {
        let piece = &self.text[self.copied..to];
        self.line += piece.matches('\n').count();
        self.out.push_str(piece);
        self.copied = to;
    }
}

/// `{{ … }}` or `{% … %}`.
struct Tag<'a> {
    range: Range<usize>,
    inner: &'a str,
    variable: bool,
    cuts_before: bool,
    cuts_after: bool,
}

impl<'a> Tag<'a> {
    /// What it begins with; nothing for a value that is printed.
    fn word(&self) -> &'a str {
        let inner = self.inner.trim_start();
        if self.variable {
            return "";
        }
        for sign in ["</", "<"] {
            if inner.starts_with(sign) {
                return &inner[..sign.len()];
            }
        }
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &inner[..end.unwrap_or(inner.len())]
    }

    /// Of `set`: whether it gives a value, and does not take in what follows.
    fn assigns(&self) -> bool {
        let rest = self.inner.trim_start()[self.word().len()..].trim_start();
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        rest.trim_start_matches(name).trim_start().starts_with('=')
    }
}

/// All tags of a text but comments and what is raw.
fn tags(text: &str) -> Option<Vec<Tag<'_>>> {
    let bytes = text.as_bytes();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = opening(bytes, at) {
        let variable = bytes[start + 1] == b'{';
        let cuts_before = bytes.get(start + 2) == Some(&b'-');
        let inside = start + 2 + usize::from(cuts_before);
        if bytes[start + 1] == b'#' {
            at = inside + text[inside..].find("#}")? + 2;
            continue;
        }
        if let Some(end) = Some(inside)
            .filter(|_| !variable)
            .and_then(|inside| only(text, inside, "raw"))
        {
            at = raw_end(text, end)?;
            continue;
        }
        let close: &[u8] = if variable { b"}}" } else { b"%}" };
        let end = closing(bytes, inside, close)?;
        let whole = &text[inside..end];
        let inner = whole.strip_suffix('-').unwrap_or(whole);
        at = end + 2;
        tags.push(Tag {
            range: start..at,
            inner,
            variable,
            cuts_before,
            cuts_after: inner.len() < whole.len(),
        });
    }
    Some(tags)
}

fn opening(bytes: &[u8], from: usize) -> Option<usize> {
    let pairs = bytes.get(from..)?.windows(2);
    let found = pairs
        .into_iter()
        .position(|w| w[0] == b'{' && matches!(w[1], b'{' | b'%' | b'#'));
    found.map(|at| from + at)
}

/// Where a tag that is open at `at` closes. What stands in quotes does not close it.
fn closing(bytes: &[u8], mut at: usize, close: &[u8]) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at..].starts_with(close) {
            return Some(at);
        }
        if let quote @ (b'"' | b'\'' | b'`') = bytes[at] {
            at += 1;
            while *bytes.get(at)? != quote {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
        }
        at += 1;
    }
    None
}

/// The end of a tag that holds this word alone and is open at `at`.
fn only(text: &str, at: usize, word: &str) -> Option<usize> {
    let rest = text.get(at..)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let rest = rest.trim_ascii_start().strip_prefix(word)?;
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    Some(text.len() - rest.strip_prefix("%}")?.len())
}

/// The end of `{% endraw %}` after `from`.
fn raw_end(text: &str, mut from: usize) -> Option<usize> {
    loop {
        from += text[from..].find("{%")? + 2;
        if let Some(end) = only(text, from, "endraw") {
            return Some(end);
        }
    }
}

#[cfg(test)]
#[path = "marking_tests.rs"]
mod tests;
