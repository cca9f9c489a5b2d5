//! YAML front matter into the same tree as TOML.
//!
//! Booleans are `true` and `false` alone and numbers with leading zeros stay text, so that
//! `no` in a list of countries and `007` in a title mean what they say.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::{
    mistakes,
    tree::{Entry, Node, SyntaxProblem, Value},
};

/// Reads YAML that stands at `offset` in its file: one mapping.
///
/// # Errors
/// The first mistake, as YAML readers stop there.
pub fn from_yaml(text: &str, offset: usize) -> Result<Vec<Entry>, SyntaxProblem> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    // Deeper than anyone nests front matter, and shallow enough for any thread's stack.
    const DEEPEST: usize = 24;
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        budget: serde_saphyr::budget! { max_depth: DEEPEST, flow_nesting_limit: DEEPEST },
    };
    let tree: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let at = error
                .location()
                .map_or(0..text.len().min(1), |l| bytes(text, &l));
            let advice = mistakes::yaml(text, at.start, &error);
            SyntaxProblem {
                message: advice.message,
                hint: advice.hint,
                span: at.start + offset..at.end + offset,
            }
        })?;
    match tree.value {
        Raw::Table(entries) => Ok(entries
            .into_iter()
            .map(|e| entry(e, text, offset))
            .collect()),
        Raw::Null => Ok(Vec::new()),
        _ => {
            let advice = mistakes::no_keys(text);
            Err(SyntaxProblem {
                message: advice.message,
                hint: advice.hint,
                span: offset..offset + text.len(),
            })
        }
    }
}

#[derive(Debug)]
enum Raw {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Spanned<Raw>>),
    Table(Vec<(Spanned<String>, Spanned<Raw>)>),
    Null,
}

fn bytes(text: &str, location: &Location) -> std::ops::Range<usize> {
    let span = location.span();
    let start = match span.byte_offset() {
        Some(offset) => offset as usize,
        // Mistakes of syntax come with line and column alone.
        None => {
            let line = text
                .split_inclusive('\n')
                .take((location.line() as usize).saturating_sub(1));
            let start: usize = line.map(str::len).sum();
            let rest = text[start..].chars();
            let before = rest.take((location.column() as usize).saturating_sub(1));
            start + before.map(char::len_utf8).sum::<usize>()
        }
    };
    let length = span.byte_len().unwrap_or(0) as usize;
    let start = start.min(text.len());
    start..(start + length).min(text.len())
}

fn node(raw: Spanned<Raw>, text: &str, offset: usize) -> Node {
    let span = bytes(text, &raw.referenced);
    let value = match raw.value {
        Raw::Text(t) => Value::Text(t),
        Raw::Int(n) => Value::Int(n),
        Raw::Float(n) => Value::Float(n),
        Raw::Bool(b) => Value::Bool(b),
        Raw::List(items) => Value::List(items.into_iter().map(|i| node(i, text, offset)).collect()),
        Raw::Table(entries) => Value::Table(
            entries
                .into_iter()
                .map(|e| entry(e, text, offset))
                .collect(),
        ),
        Raw::Null => Value::Null,
    };
    Node {
        value,
        span: span.start + offset..span.end + offset,
    }
}

fn entry((key, value): (Spanned<String>, Spanned<Raw>), text: &str, offset: usize) -> Entry {
    let span = bytes(text, &key.referenced);
    Entry {
        key: key.value,
        key_span: span.start + offset..span.end + offset,
        node: node(value, text, offset),
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::Int(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Raw, E> {
        Ok(i64::try_from(v).map_or_else(|_| Raw::Text(v.to_string()), Raw::Int))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Raw, E> {
        Ok(Raw::Float(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::Text(v.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Table(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_mapping_with_spans() {
        let file = "---\ntitle: L'été\ntopics: [no, 007]\nimage:\n  src: a.jpg\n---\n";
        let entries = from_yaml(&file[4..file.len() - 4], 4).unwrap();
        assert_eq!(entries[0].node.value, Value::Text("L'été".into()));
        assert_eq!(&file[entries[0].key_span.clone()], "title");
        assert_eq!(&file[entries[0].node.span.clone()], "L'été");
        let Value::List(topics) = &entries[1].node.value else {
            panic!()
        };
        assert_eq!(topics[0].value, Value::Text("no".into()));
        assert_eq!(topics[1].value, Value::Text("007".into()));
    }

    #[test]
    fn a_mistake_has_its_place() {
        let problem = from_yaml("title: a\n  b: : c\n", 100).unwrap_err();
        assert!(problem.span.start >= 100, "{problem:?}");
    }
}
