//! Reads a tree key by key with types, collecting every mistake instead of stopping at the first.

mod dates;
mod tables;
mod texts;
mod words;

use std::{borrow::Cow, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::words::Words;
use super::{
    diag::{Diagnostic, Diagnostics},
    path,
    tree::{Entry, Format, Node, Value},
};

/// A value and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// The keys of one table, taken one after the other.
pub struct Fields<'a> {
    entries: Vec<Entry>,
    /// Known keys that the file has.
    present: Vec<String>,
    known: Vec<Cow<'static, str>>,
    file: &'a Arc<str>,
    format: Format,
    span: Range<usize>,
    diags: &'a mut Diagnostics,
}

impl<'a> Fields<'a> {
    /// Fields of the TOML table at `span` (where a missing key is reported).
    pub fn new(
        entries: Vec<Entry>,
        span: Range<usize>,
        file: &'a Arc<str>,
        diags: &'a mut Diagnostics,
    ) -> Self {
        Self {
            entries,
            present: Vec::new(),
            known: Vec::new(),
            file,
            format: Format::Toml,
            span,
            diags,
        }
    }

    /// The same, written in another way, in which advice is then given.
    pub fn written_in(self, format: Format) -> Self {
        Self { format, ..self }
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(Cow::Borrowed(key));
        self.remove(key)
    }

    fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|e| e.key == key)?;
        let Entry { key, node, .. } = self.entries.remove(at);
        (node.value != Value::Null).then(|| {
            self.present.push(key);
            node
        })
    }

    /// Where the value of a key that was not yet taken stands.
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        let entry = self.entries.iter().find(|e| e.key == key)?;
        Some(entry.node.span.clone())
    }

    /// Whether the file has this key, valid or not: then it is not reported as missing.
    pub fn tried(&self, key: &str) -> bool {
        self.present.iter().any(|k| k == key)
    }

    fn error(&mut self, span: Range<usize>, message: String, hint: &str) {
        let hint = self.format.line(hint);
        self.diags
            .push(Diagnostic::error(message).at(self.file, span).hint(hint));
    }

    fn wrong(&mut self, key: &str, wanted: &str, node: &Node, hint: &str) {
        let message = format!("`{key}` must be {wanted}, not {}", node.value.describe());
        self.error(node.span.clone(), message, hint);
    }

    /// Reports a missing required key.
    pub fn missing(&mut self, key: &str, hint: &str) {
        let span = self.span.clone();
        self.error(span, format!("`{key}` is missing"), hint);
    }

    /// Text. An empty one counts as absent.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let node = self.take(key)?;
        match node.value {
            Value::Text(text) => {
                let text = text.trim();
                (!text.is_empty()).then(|| At {
                    value: text.to_owned(),
                    span: node.span,
                })
            }
            _ => {
                let literal = node.value.literal();
                let literal = literal.as_deref().unwrap_or("…");
                self.wrong(key, "text", &node, &format!("write {key} = \"{literal}\""));
                None
            }
        }
    }

    /// Text that must be there and not be empty.
    pub fn required_text(&mut self, key: &'static str) -> Option<At<String>> {
        let present = self
            .entries
            .iter()
            .find(|e| e.key == key)
            .map(|e| e.node.clone());
        let text = self.text(key);
        if text.is_none() {
            match present {
                None => self.missing(key, &format!("add a line such as {key} = \"…\"")),
                Some(Node {
                    value: Value::Text(_) | Value::Null,
                    span,
                }) => {
                    self.error(
                        span,
                        format!("`{key}` is empty"),
                        &format!("write the {key} between the quotation marks"),
                    );
                }
                Some(_) => {}
            }
        }
        text
    }

    /// True or false.
    pub fn bool(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match node.value {
            Value::Bool(b) => Some(b),
            _ => {
                self.wrong(
                    key,
                    "true or false",
                    &node,
                    &format!("write {key} = true, without quotation marks"),
                );
                None
            }
        }
    }

    /// A whole number from zero up.
    pub fn count(&mut self, key: &'static str) -> Option<u64> {
        let node = self.take(key)?;
        match node.value {
            Value::Int(n) if n >= 0 => Some(n as u64),
            _ => {
                self.wrong(
                    key,
                    "a whole number",
                    &node,
                    &format!("write {key} = 12, without quotation marks"),
                );
                None
            }
        }
    }

    /// A list of whole numbers from zero up.
    pub fn counts(&mut self, key: &'static str) -> Option<At<Vec<u64>>> {
        let node = self.take(key)?;
        let number = |item: &Node| match item.value {
            Value::Int(n) if n >= 0 => Some(n as u64),
            _ => None,
        };
        let numbers = match &node.value {
            Value::List(items) => items.iter().map(number).collect(),
            _ => None,
        };
        let Some(value) = numbers else {
            let hint = format!("write {key} = [1, 2], without quotation marks");
            self.wrong(key, "a list of whole numbers", &node, &hint);
            return None;
        };
        Some(At {
            value,
            span: node.span,
        })
    }

    /// A reader for a table inside this one.
    pub fn inside(&mut self, table: At<Vec<Entry>>) -> Fields<'_> {
        Fields::new(table.value, table.span, self.file, self.diags).written_in(self.format)
    }

    /// Where to report what concerns this table as a whole.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Adds a mistake that the caller found.
    pub fn push(&mut self, span: Range<usize>, message: String, hint: &str) {
        self.error(span, message, hint);
    }

    /// Adds findings of the caller.
    pub fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        self.diags.extend(found);
    }

    /// The unknown keys; one close to a known key gets a warning, unless something was reported at it.
    pub fn rest(self) -> Vec<Entry> {
        for entry in &self.entries {
            let place = (Some(self.file), Some(&entry.key_span));
            if self
                .diags
                .iter()
                .any(|d| (d.file.as_ref(), d.span.as_ref()) == place)
            {
                continue;
            }
            if let Some(near) = path::closest(&entry.key, self.known.iter().map(Cow::as_ref)) {
                let message = format!("`{}` is not a key that Dateline knows", entry.key);
                self.diags.push(
                    Diagnostic::warning(message)
                        .at(self.file, entry.key_span.clone())
                        .hint(format!("did you mean `{near}`?")),
                );
            }
        }
        self.entries
    }

    /// Reports unknown keys as errors: for tables without keys of the editors' own.
    pub fn done(self) {
        for entry in &self.entries {
            let hint = match path::closest(&entry.key, self.known.iter().map(Cow::as_ref)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let known: Vec<&str> = self.known.iter().map(Cow::as_ref).collect();
                    match known.as_slice() {
                        [] => "take it out".to_owned(),
                        known => format!("the keys here are {}", list(known)),
                    }
                }
            };
            let message = format!("`{}` is not a key that Dateline knows here", entry.key);
            self.diags.push(
                Diagnostic::error(message)
                    .at(self.file, entry.key_span.clone())
                    .hint(hint),
            );
        }
    }
}

/// `a`, `b` and `c`.
pub fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
