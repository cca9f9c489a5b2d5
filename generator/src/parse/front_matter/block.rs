//! Where the front matter of a file begins and ends.

use std::{ops::Range, sync::Arc};

use crate::base::{diag::Diagnostic, tree::Format};

/// Where the front matter of a file stands.
#[derive(Debug)]
pub struct Block {
    /// TOML between `+++` lines, YAML between `---` lines.
    pub format: Format,
    /// The opening line.
    pub fence: Range<usize>,
    /// What stands between the two lines, in bytes of the file.
    pub inner: Range<usize>,
    /// Where the body begins.
    pub body: usize,
}

/// Why a file has no front matter.
#[derive(Debug)]
pub struct Missing {
    message: &'static str,
    hint: &'static str,
    span: Range<usize>,
}

impl Missing {
    /// The same as a finding in a file.
    pub fn in_source(self, path: &Arc<str>) -> Diagnostic {
        Diagnostic::error(self.message)
            .at(path, self.span)
            .hint(self.hint)
    }
}

/// Finds the front matter of a file.
///
/// # Errors
/// When there is none, or its end is missing.
pub fn split(text: &str) -> Result<Block, Missing> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |i| from + i + 1);
    let first_end = end_of_line(start);
    let (format, mark) = match text[start..first_end].trim_end() {
        "+++" => (Format::Toml, "+++"),
        "---" => (Format::Yaml, "---"),
        _ => {
            return Err(Missing {
                message: "this document has no front matter on its first line",
                hint: instead(text[start..].trim_start()),
                span: start..first_end.max(start),
            });
        }
    };
    let mut at = first_end;
    while at < text.len() {
        let end = end_of_line(at);
        if text[at..end].trim_end() == mark {
            return Ok(Block {
                format,
                fence: start..start + 3,
                inner: first_end..at,
                body: end,
            });
        }
        at = end;
    }
    Err(Missing {
        message: "the front matter is never closed",
        hint: "put a line with the same three characters after the last key",
        span: start..start + 3,
    })
}

/// What to do about a document that begins in another way.
fn instead(text: &str) -> &'static str {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let dashes = |c: char| matches!(c, '-' | '–' | '—');
    match first {
        "+++" => "take out what stands before +++: empty lines, or spaces",
        "---" => "take out what stands before ---: empty lines, or spaces",
        _ if first.chars().count() > 1 && first.chars().all(dashes) => {
            "write three hyphens on the first line, ---, and on the line after the last key"
        }
        _ if first.len() > 1 && first.bytes().all(|b| b == b'+') => {
            "write +++ on the first line, and on the line after the last key"
        }
        _ if first.starts_with('{') => {
            "write front matter as TOML, with key = value on each line between two lines +++"
        }
        _ => "begin it with a line +++, then title = \"…\" and date = …, then another line +++",
    }
}
