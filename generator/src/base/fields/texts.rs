//! Lists of texts.

use std::{borrow::Cow, ops::Range};

use super::{At, Fields};
use crate::base::{diag::Diagnostic, tree::Value};

impl Fields<'_> {
    /// A list of texts; a single text reads as a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<At<String>> {
        self.texts_named(key)
    }

    /// The same for a key that the office named itself.
    pub fn texts_named(&mut self, key: &str) -> Vec<At<String>> {
        self.known.push(Cow::Owned(key.to_owned()));
        let Some(node) = self.remove(key) else {
            return Vec::new();
        };
        let hint = match node.value.literal() {
            Some(literal) => format!("write {key} = [\"{literal}\"]"),
            None => format!("write {key} = [\"…\", \"…\"]"),
        };
        let items = match node.value {
            Value::Text(ref text) => {
                self.perhaps_several(key, text, node.span.clone());
                vec![node]
            }
            Value::List(items) => items,
            _ => {
                self.wrong(key, "a list of texts", &node, &hint);
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.value {
                Value::Text(text) if !text.trim().is_empty() => {
                    texts.push(At {
                        value: text.trim().to_owned(),
                        span: item.span,
                    });
                }
                Value::Text(_) => self.error(
                    item.span,
                    format!("`{key}` holds an empty text"),
                    "remove it",
                ),
                _ => {
                    let literal = item.value.literal();
                    let quoted = literal.map(|l| format!("write it in quotation marks: \"{l}\""));
                    self.wrong(
                        key,
                        "a list of texts",
                        &item,
                        &quoted.unwrap_or(hint.clone()),
                    );
                }
            }
        }
        texts
    }

    /// `one, two` without brackets is one text with a comma.
    fn perhaps_several(&mut self, key: &str, text: &str, span: Range<usize>) {
        let parts: Vec<String> = text
            .split([',', ';', '،', '、'])
            .map(|part| part.trim().trim_matches(['[', ']', '"']))
            .filter(|part| !part.is_empty())
            .map(|part| format!("\"{part}\""))
            .collect();
        if parts.len() > 1 {
            let message = format!("`{key}` is one text with a comma here, not a list");
            let hint = format!(
                "write {key} = [{}], or {key} = [\"{}\"] if it is one",
                parts.join(", "),
                text.trim()
            );
            let hint = self.format.line(&hint);
            self.diags
                .push(Diagnostic::warning(message).at(self.file, span).hint(hint));
        }
    }
}
