//! One spanned data tree for everything editors write as data: TOML here, YAML in [`super::yaml`].

use std::{ops::Range, sync::Arc};

pub use super::mistakes::Format;
use super::{diag::Diagnostic, mistakes};
use toml::de::{DeTable, DeValue};

/// A value and the bytes of the file that it stands at.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// The kinds of value that both formats share.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A TOML date, as it was written.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order of the file.
    Table(Vec<Entry>),
    /// YAML's null: the key is there and says nothing.
    Null,
}

/// One key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Range<usize>,
    /// Its value.
    pub node: Node,
}

impl Value {
    /// What a person would call this value: for "expected …, found …".
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Null => "nothing",
        }
    }

    /// A number, date, or true or false, as an editor may have written it.
    pub fn literal(&self) -> Option<String> {
        match self {
            Self::Int(n) => Some(n.to_string()),
            Self::Float(n) => Some(n.to_string()),
            Self::Bool(b) => Some(b.to_string()),
            Self::Date(text) => Some(text.clone()),
            Self::Text(_) | Self::List(_) | Self::Table(_) | Self::Null => None,
        }
    }

    /// The same as JSON, for `extra` in templates.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Text(text) | Self::Date(text) => Json::String(text.clone()),
            Self::Int(n) => Json::from(*n),
            Self::Float(n) => Json::from(*n),
            Self::Bool(b) => Json::Bool(*b),
            Self::List(items) => items.iter().map(|n| n.value.to_json()).collect(),
            Self::Table(entries) => entries
                .iter()
                .map(|e| (e.key.clone(), e.node.value.to_json()))
                .collect(),
            Self::Null => Json::Null,
        }
    }
}

/// What is wrong with a piece of TOML or YAML, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxProblem {
    /// A sentence.
    pub message: String,
    /// What to write.
    pub hint: String,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
}

impl SyntaxProblem {
    /// The same as a finding in a file: `what` is not as `format` has it.
    pub fn at(self, file: &Arc<str>, what: &str, format: Format) -> Diagnostic {
        Diagnostic::error(format!("{what} is not {}: {}", format.name(), self.message))
            .at(file, self.span)
            .hint(self.hint)
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Reads TOML that stands at `offset` in its file. Whatever could be read is returned with the problems.
pub fn from_toml(text: &str, offset: usize) -> (Vec<Entry>, Vec<SyntaxProblem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<SyntaxProblem> = errors
        .iter()
        .map(|e| {
            let span = e.span().unwrap_or(0..0);
            let advice = mistakes::toml(text, span.start, e.message());
            SyntaxProblem {
                message: advice.message,
                hint: advice.hint,
                span: span.start + offset..span.end + offset,
            }
        })
        .collect();
    // One slip often stops the reader several times on its line.
    problems.sort_by_key(|p| p.span.start);
    let line = |p: &SyntaxProblem| {
        text[..floor(text, p.span.start - offset)]
            .matches('\n')
            .count()
    };
    problems.dedup_by_key(|p| line(p));
    (toml_table(table.get_ref(), offset), problems)
}

fn toml_table(table: &DeTable<'_>, offset: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, node)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span().start + offset..key.span().end + offset,
            node: Node {
                value: toml_value(node.get_ref(), offset),
                span: node.span().start + offset..node.span().end + offset,
            },
        })
        .collect();
    entries.sort_by_key(|e| e.key_span.start);
    entries
}

fn toml_value(value: &DeValue<'_>, offset: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix())
            .map_or_else(|_| Value::Text(n.as_str().to_owned()), Value::Int),
        DeValue::Float(n) => n
            .as_str()
            .parse()
            .map_or_else(|_| Value::Text(n.as_str().to_owned()), Value::Float),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    value: toml_value(item.get_ref(), offset),
                    span: item.span().start + offset..item.span().end + offset,
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(toml_table(table, offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_point_into_the_file() {
        let file = "+++\ntitle = \"A\"\ndate = 2025-01-27\n+++\n";
        let (entries, problems) = from_toml(&file[4..file.len() - 4], 4);
        assert!(problems.is_empty());
        assert_eq!(&file[entries[0].node.span.clone()], "\"A\"");
        assert_eq!(&file[entries[1].key_span.clone()], "date");
        assert_eq!(entries[1].node.value, Value::Date("2025-01-27".into()));
    }

    #[test]
    fn every_mistake_is_reported() {
        let (_, problems) = from_toml("a = \nb = 1\nc = [\n", 10);
        assert!(problems.len() >= 2, "{problems:?}");
        assert!(problems.iter().all(|p| p.span.start >= 10));
    }
}
