//! Diagnostics: what is wrong, where, the line itself, and what to do about it.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use serde::{Deserialize, Serialize};

use super::{files::Files, text};

/// Whether a finding stops the build.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Severity {
    /// The output would be wrong: nothing is written.
    Error,
    /// Probably not what was meant.
    Warning,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// The file, from the newsroom's root.
    pub file: Option<Arc<str>>,
    /// The bytes of the file it is about.
    pub span: Option<Range<usize>>,
    /// What to do.
    pub hint: Option<String>,
    /// Circumstances: which article was being rendered, which other file is concerned.
    pub notes: Vec<String>,
}

impl Diagnostic {
    fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            file: None,
            span: None,
            hint: None,
            notes: Vec::new(),
        }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// In a file, at some bytes.
    pub fn at(mut self, file: &Arc<str>, span: Range<usize>) -> Self {
        self.file = Some(file.clone());
        self.span = Some(span);
        self
    }

    /// In a file as a whole.
    pub fn in_file(mut self, file: &str) -> Self {
        self.file = Some(file.into());
        self
    }

    /// A file that is no text, at its first byte that shows it.
    pub fn not_utf8(file: &str, bytes: &[u8]) -> Self {
        let at = invalid_utf8(bytes).first().copied().unwrap_or_default();
        Self::error("this file is not UTF-8 text")
            .at(&file.into(), at..at + 1)
            .hint("save it again with the encoding UTF-8")
    }

    /// What to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A circumstance.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// All findings of a run.
pub type Diagnostics = Vec<Diagnostic>;

/// Whether any finding is an error.
pub fn any_error(diags: &[Diagnostic]) -> bool {
    diags.iter().any(|d| d.severity == Severity::Error)
}

/// Puts findings in order of file and place and drops repetitions.
pub fn tidy(diags: &mut Diagnostics) {
    diags.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            (
                d.file.clone(),
                d.span.as_ref().map(|s| (s.start, s.end)),
                d.severity,
                d.message.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    diags.dedup();
}

/// Shows findings to people and to programs. Reads each file concerned once.
pub struct Report<'a> {
    files: &'a dyn Files,
    sources: BTreeMap<Arc<str>, Source>,
}

/// A file as findings show it.
struct Source {
    text: String,
    /// Where each line begins: a flood of findings in a large file asks for as many places.
    lines: Vec<usize>,
}

impl Source {
    fn of(text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self { text, lines }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        let before = &self.text[self.lines[line - 1]..at];
        (line, before.chars().count() + 1)
    }

    /// The line at a byte; of a very long one the part around it.
    fn line(&self, at: usize) -> &str {
        let (part, _, _) = window(&self.text, at..at);
        part.lines().next().unwrap_or_default()
    }
}

impl<'a> Report<'a> {
    /// A report over files that can be read again.
    pub fn new(files: &'a dyn Files) -> Self {
        Self {
            files,
            sources: BTreeMap::new(),
        }
    }

    fn source(&mut self, file: &Arc<str>) -> &Source {
        self.sources.entry(file.clone()).or_insert_with(|| {
            let read = self.files.read(file);
            let bytes = text::unmarked(read.map_or_else(|_| Vec::new(), |c| c.bytes));
            let text = String::from_utf8(bytes).unwrap_or_else(|e| {
                // Replacement keeps offsets true: one `?` for each byte that is not UTF-8.
                let mut bytes = e.into_bytes();
                for i in invalid_utf8(&bytes) {
                    bytes[i] = b'?';
                }
                String::from_utf8(bytes).unwrap_or_default()
            });
            Source::of(text::nfc(text))
        })
    }

    /// A finding as a person reads it: message, place, the line with the place marked, hint.
    pub fn text(&mut self, diag: &Diagnostic, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let level = match diag.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group: Group<'_> = Group::with_title(level.primary_title(diag.message.as_str()));
        if let Some(file) = &diag.file {
            let source = &self.source(file).text;
            match diag.span.clone().map(|s| clamp(source, s)) {
                Some(span) if !source.is_empty() => {
                    let (window, line, span) = window(source, span);
                    group = group.element(
                        Snippet::source(window)
                            .path(file.as_ref())
                            .line_start(line)
                            .annotation(AnnotationKind::Primary.span(span)),
                    );
                }
                _ => group = group.element(annotate_snippets::Origin::path(file.as_ref())),
            }
        }
        for note in &diag.notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        if let Some(hint) = &diag.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        renderer.render(&[group])
    }

    /// The same finding as one JSON object (for `--json`: one a line). Lines and columns count from
    /// 1, columns in characters.
    pub fn json(&mut self, diag: &Diagnostic) -> serde_json::Value {
        let mut place = serde_json::Map::new();
        if let (Some(file), Some(span)) = (&diag.file, &diag.span) {
            let source = self.source(file);
            let span = clamp(&source.text, span.clone());
            let (line, column) = source.place(span.start);
            let (end_line, end_column) = source.place(span.end);
            place.insert("line".into(), line.into());
            place.insert("column".into(), column.into());
            place.insert("end_line".into(), end_line.into());
            place.insert("end_column".into(), end_column.into());
            place.insert("text".into(), source.line(span.start).into());
        }
        let mut object = serde_json::json!({
            "severity": match diag.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": diag.message,
            "file": diag.file.as_deref(),
            "hint": diag.hint,
            "notes": diag.notes,
        });
        if let Some(object) = object.as_object_mut() {
            object.extend(place);
        }
        object
    }
}

/// The lines around `span` alone, so that a diagnostic in a huge file stays cheap, with the number of the first.
fn window(source: &str, span: Range<usize>) -> (&str, usize, Range<usize>) {
    const LONGEST: usize = 2_000;
    let from = source[..span.start].rfind('\n').map_or(0, |i| i + 1);
    let end_line = span.end.min(span.start + LONGEST);
    let end_line = floor_boundary(source, end_line);
    let to = source[end_line..]
        .find('\n')
        .map_or(source.len(), |i| end_line + i);
    let from = floor_boundary(source, from.max(span.start.saturating_sub(LONGEST)));
    let to = floor_boundary(source, to.min(span.start + 2 * LONGEST));
    let line = source[..from].bytes().filter(|b| *b == b'\n').count() + 1;
    let (start, end) = (span.start - from, span.end.min(to).max(span.start) - from);
    (&source[from..to], line, start..end)
}

fn clamp(source: &str, span: Range<usize>) -> Range<usize> {
    let start = floor_boundary(source, span.start);
    start..floor_boundary(source, span.end.max(start))
}

fn floor_boundary(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The places of all bytes that are not part of valid UTF-8.
pub fn invalid_utf8(bytes: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        at += chunk.valid().len();
        places.extend(at..at + chunk.invalid().len());
        at += chunk.invalid().len();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::Mem;

    #[test]
    fn a_person_sees_place_line_and_advice() {
        let files = Mem::default().with("content/a.md", "one\ntwo wrong\nthree\n");
        let diag = Diagnostic::error("this word is wrong")
            .at(&"content/a.md".into(), 8..13)
            .hint("write `right`");
        let text = Report::new(&files).text(&diag, false);
        for part in [
            "error: this word is wrong",
            "content/a.md:2:5",
            "two wrong",
            "^^^^^",
            "write `right`",
        ] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
        let json = Report::new(&files).json(&diag);
        assert_eq!((&json["line"], &json["column"]), (&2.into(), &5.into()));
    }

    #[test]
    fn bytes_that_are_not_text_do_not_move_the_place() {
        let files = Mem::default().with("a", b"ab\xff\xfe\ncd".to_vec());
        let json = Report::new(&files).json(&Diagnostic::error("x").at(&"a".into(), 5..7));
        assert_eq!((&json["line"], &json["column"]), (&2.into(), &1.into()));
    }

    #[test]
    fn a_long_line_is_cut_and_a_place_past_the_end_is_no_panic() {
        let files = Mem::default().with("a", "é".repeat(50_000));
        for span in [
            0..100_000,
            49_999..50_001,
            99_999..100_000,
            200_000..300_000,
        ] {
            let text =
                Report::new(&files).text(&Diagnostic::error("x").at(&"a".into(), span), false);
            assert!(text.len() < 60_000);
        }
    }
}
