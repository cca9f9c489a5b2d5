//! Reads a tree key by key with types, collecting every mistake instead of stopping at the first.

use std::{borrow::Cow, ops::Range, sync::Arc};

use jiff::tz::TimeZone;

use serde::{Deserialize, Serialize};

use super::{
    date::{Date, Reading},
    diag::{Diagnostic, Diagnostics},
    lang::Lang,
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

/// The keys of one table, taken one after the other.
pub struct Fields<'a> {
    entries: Vec<Entry>,
    /// Keys that were asked for and found.
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

    /// Whether the file held this key, rightly written or not: then its absence is no second mistake.
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

    /// Says that a key without which nothing goes is missing.
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

    /// A date, as [`Date::parse`] reads it.
    pub fn date(&mut self, key: &'static str, zone: &TimeZone) -> Option<At<Date>> {
        self.date_by(key, zone, Reading::Usual)
    }

    /// A date whose local time, where it is in doubt, is read as `reading` says.
    fn date_by(
        &mut self,
        key: &'static str,
        zone: &TimeZone,
        reading: Reading,
    ) -> Option<At<Date>> {
        let node = self.take(key)?;
        let text = match &node.value {
            Value::Text(text) | Value::Date(text) => text,
            _ => {
                self.wrong(
                    key,
                    "a date",
                    &node,
                    "write it as 2025-01-27T15:00:00+01:00",
                );
                return None;
            }
        };
        match Date::read(text, zone, reading) {
            Ok((value, doubt)) => {
                if let Some(doubt) = doubt {
                    let warning = Diagnostic::warning(doubt.message(&format!("`{key}`")));
                    let warning = warning.at(self.file, node.span.clone());
                    self.diags.push(warning.hint(doubt.hint(value)));
                }
                Some(At {
                    value,
                    span: node.span,
                })
            }
            Err(why) => {
                let (why, hint) = why
                    .split_once("; ")
                    .unwrap_or((&why, "write it as 2025-01-27T15:00:00+01:00"));
                self.error(node.span, format!("`{key}`: {why}"), hint);
                None
            }
        }
    }

    /// A date that must say the hour too (an embargo "on Monday" would lift at midnight). Where its local
    /// time is in doubt, `reading` says which moment counts.
    pub fn moment(
        &mut self,
        key: &'static str,
        zone: &TimeZone,
        reading: Reading,
    ) -> Option<At<Date>> {
        let date = self.date_by(key, zone, reading)?;
        if !date.value.has_time {
            let hint = "add the hour, as in 2025-01-27T15:00:00+01:00";
            self.error(date.span, format!("`{key}` needs a time of day"), hint);
            return None;
        }
        Some(date)
    }

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

    /// What is left; a key close to a known one gets a warning, unless something was reported at it.
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

    /// Refuses whatever is left: for tables that hold nothing of the editors' own.
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
