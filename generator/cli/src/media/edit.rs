//! Writes a rendition into a dossier's front matter and leaves everything else as the editor wrote it:
//! values are replaced at their bytes and lines are added, nothing is written anew.

use std::{fs, io::Write, ops::Range, path::Path};

use toml::Value as Toml;

use super::source::failed;
use dateline::{
    base::{
        diag::Diagnostic,
        replace,
        tree::{self, Entry, Format, Value},
    },
    parse::front_matter,
};

/// When a key of a rendition that is there already gets a new value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// Whenever it differs: the file itself, and what was said on the command line.
    Differs,
    /// When another file takes the place of the old one, or the key is missing.
    Replaced,
    /// Never: it begins a new rendition only.
    New,
}

/// A key of a rendition.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub key: &'static str,
    pub value: Toml,
    pub when: When,
}

/// A rendition to write. The first field is its `name`; all are in the order of a new block.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub name: String,
    pub fields: Vec<Field>,
}

impl Wanted {
    /// As a block of TOML.
    pub fn block(&self, newline: &str) -> String {
        let mut out = format!("[[rendition]]{newline}");
        for field in &self.fields {
            out.push_str(&format!("{} = {}{newline}", field.key, field.value));
        }
        out
    }

    /// As an item of a YAML list.
    pub fn yaml(&self) -> String {
        let mut out = String::new();
        for (i, field) in self.fields.iter().enumerate() {
            let lead = if i == 0 { "  - " } else { "    " };
            // JSON's texts and numbers are YAML's too.
            let value = match &field.value {
                Toml::String(text) => serde_json::Value::from(text.as_str()).to_string(),
                other => other.to_string(),
            };
            out.push_str(&format!("{lead}{}: {value}\n", field.key));
        }
        out
    }
}

/// Why a dossier is not changed by a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its front matter is YAML.
    Yaml,
    /// Its renditions are written in a way that leaves no place for a line: `rendition = [{ … }]`.
    Inline,
    /// Its front matter has mistakes.
    Broken,
}

/// A rendition as a dossier holds it.
struct Found {
    entries: Vec<Entry>,
    span: Range<usize>,
}

impl Found {
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    fn text(&self, key: &str) -> Option<&str> {
        match &self.entry(key)?.node.value {
            Value::Text(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// Where its last value ends.
    fn end(&self) -> usize {
        fn last(entries: &[Entry], end: usize) -> usize {
            entries.iter().fold(end, |end, e| {
                let end = end.max(e.node.span.end).max(e.key_span.end);
                match &e.node.value {
                    Value::Table(inside) => last(inside, end),
                    _ => end,
                }
            })
        }
        last(&self.entries, self.span.end)
    }
}

/// Names and files of the renditions that a dossier holds.
pub(super) fn renditions(text: &str) -> Vec<(String, String)> {
    let Ok((found, _)) = look(text) else {
        return Vec::new();
    };
    let both = |f: &Found| Some((f.text("name")?.to_owned(), f.text("file")?.to_owned()));
    found.iter().filter_map(both).collect()
}

fn look(text: &str) -> Result<(Vec<Found>, Range<usize>), Refusal> {
    let block = front_matter::split(text).map_err(|_| Refusal::Broken)?;
    if block.format == Format::Yaml {
        return Err(Refusal::Yaml);
    }
    let (entries, problems) = tree::from_toml(&text[block.inner.clone()], block.inner.start);
    if !problems.is_empty() {
        return Err(Refusal::Broken);
    }
    let Some(entry) = entries.into_iter().find(|e| e.key == "rendition") else {
        return Ok((Vec::new(), block.inner));
    };
    let Value::List(items) = entry.node.value else {
        return Err(Refusal::Inline);
    };
    let tables = items.into_iter().map(|node| match node.value {
        Value::Table(entries) if text[node.span.start..].starts_with("[[") => Ok(Found {
            entries,
            span: node.span,
        }),
        _ => Err(Refusal::Inline),
    });
    Ok((tables.collect::<Result<_, _>>()?, block.inner))
}

/// The dossier with the rendition in it; the same text when there is nothing to change.
pub(super) fn apply(text: &str, wanted: &Wanted) -> Result<String, Refusal> {
    let (found, inner) = look(text)?;
    let newline = if text
        .lines()
        .next()
        .is_some_and(|l| text[l.len()..].starts_with("\r\n"))
    {
        "\r\n"
    } else {
        "\n"
    };
    let of_name = |f: &&Found| f.text("name") == Some(wanted.name.as_str());
    let out = match found.iter().find(of_name) {
        Some(there) => update(text, there, wanted, newline),
        None => {
            let at = found
                .last()
                .map_or(inner.end, |last| after_line(text, last.end()));
            append(text, at, &wanted.block(newline), newline)
        }
    };
    match verified(text, &out, wanted) {
        true => Ok(out),
        false => Err(Refusal::Inline),
    }
}

/// The place after the line that holds a byte.
fn after_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |i| at + i + 1)
}

/// Puts a block between empty lines.
fn append(text: &str, at: usize, block: &str, newline: &str) -> String {
    let (before, after) = text.split_at(at);
    let gap = if before.ends_with("\n\n") || before.ends_with("\n\r\n") {
        ""
    } else {
        newline
    };
    format!("{before}{gap}{block}{after}")
}

fn update(text: &str, there: &Found, wanted: &Wanted, newline: &str) -> String {
    let value = |key: &str| {
        wanted
            .fields
            .iter()
            .find(|f| f.key == key)
            .map(|f| &f.value)
    };
    let same = ["sha256", "file"]
        .iter()
        .all(|key| value(key).and_then(Toml::as_str) == there.text(key));
    // Bytes to replace, and by what; in the order of the file once sorted.
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut place = there
        .entry("name")
        .map_or(there.span.end, |e| e.node.span.end);
    let line = text[..place].rfind('\n').map_or(0, |i| i + 1);
    let indent: String = text[line..]
        .chars()
        .take_while(|c| [' ', '\t'].contains(c))
        .collect();
    for field in &wanted.fields {
        match there.entry(field.key) {
            Some(entry) => {
                if differs(&entry.node.value, field, same) {
                    changes.push((entry.node.span.clone(), field.value.to_string()));
                }
                // A table of its own (`[rendition.label]`) is no line among these.
                let header = matches!(entry.node.value, Value::Table(_))
                    && text[entry.node.span.clone()].starts_with('[');
                if !header {
                    place = place.max(entry.node.span.end);
                }
            }
            None if field.when != When::New => {
                let at = after_line(text, place);
                let line = format!("{indent}{} = {}{newline}", field.key, field.value);
                changes.push((at..at, line));
            }
            None => {}
        }
    }
    changes.sort_by_key(|(span, _)| span.start);
    let (mut out, mut at) = (String::with_capacity(text.len() + 512), 0);
    for (span, new) in changes {
        out.push_str(&text[at..span.start]);
        out.push_str(&new);
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

fn differs(there: &Value, field: &Field, same: bool) -> bool {
    let equal = match (there, &field.value) {
        (Value::Text(a), Toml::String(b)) => a == b,
        (Value::Int(a), Toml::Integer(b)) => a == b,
        (Value::Bool(a), Toml::Boolean(b)) => a == b,
        _ => false,
    };
    match field.when {
        When::Differs => !equal,
        // “Stereo, clean” says all that “Stereo” does, and more than a program can see.
        When::Replaced => {
            let more = matches!((there, &field.value), (Value::Text(a), Toml::String(b)) if a.starts_with(b.as_str()));
            !same && !equal && !more
        }
        When::New => false,
    }
}

/// What a text says as data, without places.
struct Data {
    renditions: Vec<serde_json::Value>,
    /// All other keys.
    rest: Vec<(String, serde_json::Value)>,
}

fn data(text: &str) -> Option<Data> {
    let block = front_matter::split(text).ok()?;
    let (entries, problems) = tree::from_toml(&text[block.inner.clone()], block.inner.start);
    let mut data = Data {
        renditions: Vec::new(),
        rest: Vec::new(),
    };
    for entry in entries {
        match (entry.key.as_str(), entry.node.value.to_json()) {
            ("rendition", serde_json::Value::Array(items)) => data.renditions = items,
            (key, value) => data.rest.push((key.to_owned(), value)),
        }
    }
    problems.is_empty().then_some(data)
}

/// Whether the new text says what was wanted, and nothing else changed: a splice is a splice.
fn verified(before: &str, after: &str, wanted: &Wanted) -> bool {
    let (Some(old), Some(new)) = (data(before), data(after)) else {
        return false;
    };
    let is_it = |r: &&serde_json::Value| r["name"] == wanted.name.as_str();
    let others = |data: &Data| {
        let others = data.renditions.iter().filter(|r| !is_it(r)).cloned();
        others.collect::<Vec<_>>()
    };
    let arrived = new.renditions.iter().find(is_it).is_some_and(|r| {
        let mut sure = wanted.fields.iter().filter(|f| f.when == When::Differs);
        sure.all(|f| match &f.value {
            Toml::String(text) => r[f.key] == text.as_str(),
            Toml::Integer(n) => r[f.key] == *n,
            Toml::Boolean(b) => r[f.key] == *b,
            _ => false,
        })
    });
    arrived && old.rest == new.rest && others(&old) == others(&new)
}

/// Replaces a file by one rename, with the permissions it had.
///
/// # Errors
/// Whatever the system says; the old file is there then.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    // A link stays a link, and what it leads to is changed.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = replace::replace(&beside, &path, |file| {
        file.write_all(text.as_bytes())?;
        if let Ok(about) = fs::metadata(&path) {
            file.set_permissions(about.permissions())?;
        }
        file.sync_all()
    });
    written.map_err(|e| failed("write", &path, &e))
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
