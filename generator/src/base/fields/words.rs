//! Words by language.

use serde::{Deserialize, Serialize};

use super::{At, Fields};
use crate::base::{
    lang::Lang,
    tree::{Node, Value},
};

/// Words that may differ from language to language: one text for all, or one for each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Words {
    all: Option<At<String>>,
    by_lang: Vec<(Lang, At<String>)>,
}

impl Words {
    /// The same words in every language.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            all: Some(At {
                value: text.into(),
                span: 0..0,
            }),
            by_lang: Vec::new(),
        }
    }

    /// The words in `lang`, else in `fallback`, else the first there are.
    pub fn get(&self, lang: &Lang, fallback: &Lang) -> Option<&str> {
        let exact = |wanted: &Lang| {
            let found = self.by_lang.iter().find(|(l, _)| l == wanted);
            found.map(|(_, t)| t)
        };
        let text = exact(lang)
            .or_else(|| exact(fallback))
            .or(self.all.as_ref())
            .or_else(|| self.by_lang.first().map(|(_, t)| t));
        text.map(|t| t.value.as_str())
    }

    /// Every wording that there is.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.places().map(|(_, text)| text.value.as_str())
    }

    /// Every wording with its language, if it is for one alone, and its place.
    pub fn places(&self) -> impl Iterator<Item = (Option<&Lang>, &At<String>)> {
        let all = self.all.iter().map(|text| (None, text));
        all.chain(self.by_lang.iter().map(|(lang, text)| (Some(lang), text)))
    }
}

impl Fields<'_> {
    /// Words: a text, or a table with one text for each language.
    pub fn words(&mut self, key: &'static str) -> Option<Words> {
        let node = self.take(key)?;
        let hint = format!("write {key} = \"…\" or {key} = {{ en = \"…\", fr = \"…\" }}");
        match node.value {
            Value::Text(value) => Some(Words {
                all: Some(At {
                    value,
                    span: node.span,
                }),
                by_lang: Vec::new(),
            }),
            Value::Table(entries) => {
                let mut words = Words::default();
                for entry in entries {
                    match (Lang::parse(&entry.key), entry.node.value) {
                        (Some(lang), Value::Text(value)) => {
                            let span = entry.node.span;
                            words.by_lang.push((lang, At { value, span }));
                        }
                        (None, _) => {
                            self.error(
                                entry.key_span,
                                format!("`{}` is not a language code", entry.key),
                                &hint,
                            );
                        }
                        (_, other) => {
                            let node = Node {
                                value: other,
                                span: entry.node.span,
                            };
                            self.wrong(key, "text in each language", &node, &hint);
                        }
                    }
                }
                Some(words)
            }
            _ => {
                self.wrong(key, "text, or a table of texts by language", &node, &hint);
                None
            }
        }
    }
}
