//! Tables inside a table.

use super::{At, Fields};
use crate::base::tree::{Entry, Format, Node, Value};

impl Fields<'_> {
    /// The entries of a table, for a further [`Fields`].
    pub fn table(&mut self, key: &'static str) -> Option<At<Vec<Entry>>> {
        let node = self.take(key)?;
        match node.value {
            Value::Table(entries) => Some(At {
                value: entries,
                span: node.span,
            }),
            _ => {
                let hint = match self.format {
                    Format::Toml => format!("write [{key}] and its keys on the lines below"),
                    Format::Yaml => {
                        format!("write {key}: and its keys on the lines below, after two spaces")
                    }
                };
                self.wrong(key, "a table", &node, &hint);
                None
            }
        }
    }

    /// A table, or a text in its place, which is the value of its key `short`.
    pub fn table_or_text(
        &mut self,
        key: &'static str,
        short: &'static str,
    ) -> Option<At<Vec<Entry>>> {
        let entry = self.entries.iter_mut().find(|e| e.key == key)?;
        if matches!(entry.node.value, Value::Text(_)) {
            let span = entry.node.span.clone();
            let inner = Entry {
                key: short.to_owned(),
                key_span: entry.key_span.clone(),
                node: entry.node.clone(),
            };
            let value = Value::Table(vec![inner]);
            entry.node = Node { value, span };
        }
        self.table(key)
    }

    /// A list of tables (`[[key]]`); a single table reads as a list of one.
    pub fn tables(&mut self, key: &'static str) -> Vec<At<Vec<Entry>>> {
        let Some(node) = self.take(key) else {
            return Vec::new();
        };
        let hint = match self.format {
            Format::Toml => {
                format!("write [[{key}]] and its keys on the lines below, once for each")
            }
            Format::Yaml => format!(
                "write {key}: and its keys on the lines below, with “- ” before the first of each"
            ),
        };
        let items = match node.value {
            Value::Table(entries) => {
                return vec![At {
                    value: entries,
                    span: node.span,
                }];
            }
            Value::List(items) => items,
            _ => {
                self.wrong(key, "a list of tables", &node, &hint);
                return Vec::new();
            }
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in items {
            match item.value {
                Value::Table(value) => tables.push(At {
                    value,
                    span: item.span,
                }),
                _ => self.wrong(key, "a list of tables", &item, &hint),
            }
        }
        tables
    }
}
