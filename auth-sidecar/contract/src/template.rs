//! Fills the theme's templates for the sidecar: mails, and the account page.
//!
//! A subset of Mustache: `{{name}}` is a text; `{{#name}}…{{/name}}` is included if a flag is set, or once for each
//! entry of a list; `{{^name}}…{{/name}}` if the flag is not set or the list is empty. Names are `[a-z][a-z0-9_-]*`,
//! with optional spaces around them. Inside a list's section the entry's values take precedence over outer ones. All
//! other text, including line breaks, stays as it is; filled-in values are not interpreted.
//!
//! The generator validates templates with [`check`], so that the designer finds mistakes; the sidecar fills them with
//! [`fill`].

use std::collections::BTreeMap;
use std::fmt;

/// The deepest nesting of sections. A list's section inside itself multiplies the output, so this also limits its size.
const MAX_DEPTH: usize = 8;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// For `{{name}}`.
    Text(String),
    /// For `{{#name}}` and `{{^name}}`.
    Flag(bool),
    /// For `{{#name}}`, once for each entry, and `{{^name}}` when there is none.
    List(Vec<Values>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Flag(_) => "a flag",
            Self::List(_) => "a list",
        }
    }
}

/// Values by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// Adds a flag.
    #[must_use]
    pub fn flag(self, name: &'static str, flag: bool) -> Self {
        self.with(name, Value::Flag(flag))
    }

    /// Adds a list.
    #[must_use]
    pub fn list(self, name: &'static str, entries: Vec<Self>) -> Self {
        self.with(name, Value::List(entries))
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.insert(name, value);
        self
    }
}

/// How `&`, `<`, `>`, `"` and `'` in values are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Character references: safe as text and in quoted attributes.
    Html,
    /// Not at all.
    None,
}

/// Fills a template.
///
/// # Errors
/// When the template is not well-formed, or uses a name without a value or with a value of another kind. In sections
/// that are left out only the syntax is checked.
pub fn fill(text: &str, values: &Values, escape: Escape) -> Result<String, TemplateError> {
    let nodes = parse(text)?;
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let filling = Filling { text, escape };
    filling.nodes(&nodes, &mut vec![values], &mut out)?;
    Ok(out)
}

/// Checks that a template is well-formed and uses only these names.
///
/// # Errors
/// For the first mistake.
pub fn check(text: &str, allowed: &[&str]) -> Result<(), TemplateError> {
    fn names(nodes: &[Node<'_>], text: &str, allowed: &[&str]) -> Result<(), TemplateError> {
        for node in nodes {
            let (at, name, inner) = match node {
                Node::Literal(_) => continue,
                Node::Text { at, name } => (*at, *name, &[][..]),
                Node::Section {
                    at, name, inner, ..
                } => (*at, *name, &inner[..]),
            };
            if !allowed.contains(&name) {
                return Err(unknown(text, at, name));
            }
            names(inner, text, allowed)?;
        }
        Ok(())
    }
    names(&parse(text)?, text, allowed)
}

/// A parsed template. `at` is the byte offset of a tag.
enum Node<'a> {
    Literal(&'a str),
    Text {
        at: usize,
        name: &'a str,
    },
    Section {
        at: usize,
        name: &'a str,
        /// `{{^name}}`.
        inverted: bool,
        inner: Vec<Node<'a>>,
    },
}

fn parse(text: &str) -> Result<Vec<Node<'_>>, TemplateError> {
    let mut nodes = Vec::new();
    // Open sections, each with the nodes before it.
    let mut open: Vec<(usize, &str, bool, Vec<Node<'_>>)> = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find("{{") {
        let start = at + offset;
        if offset > 0 {
            nodes.push(Node::Literal(&text[at..start]));
        }
        let Some(length) = text[start..].find("}}") else {
            return Err(mistake(text, start, "`{{` without its `}}`"));
        };
        let inside = &text[start + 2..start + length];
        let (sigil, name) = match inside.trim_start_matches(' ').chars().next() {
            Some(c @ ('#' | '^' | '/')) => (c, &inside.trim_start_matches(' ')[1..]),
            _ => (' ', inside),
        };
        let name = name.trim_matches(' ');
        if !is_name(name) {
            // A text without `}}` nearby would fill the screen.
            return Err(match name.chars().count() {
                ..=40 => mistake(
                    text,
                    start,
                    format!("{name:?} is no name: a-z, then a-z, 0-9, `_`, `-`"),
                ),
                _ => mistake(text, start, "no name between `{{` and `}}`"),
            });
        }
        match sigil {
            '/' => match open.pop() {
                Some((begun, opened, inverted, before)) if opened == name => {
                    let inner = std::mem::replace(&mut nodes, before);
                    nodes.push(Node::Section {
                        at: begun,
                        name,
                        inverted,
                        inner,
                    });
                }
                _ => {
                    let what = format!("`{{{{/{name}}}}}` closes nothing open here");
                    return Err(mistake(text, start, what));
                }
            },
            ' ' => nodes.push(Node::Text { at: start, name }),
            _ if open.len() == MAX_DEPTH => {
                let what = format!("more than {MAX_DEPTH} sections within each other");
                return Err(mistake(text, start, what));
            }
            _ => open.push((start, name, sigil == '^', std::mem::take(&mut nodes))),
        }
        at = start + length + 2;
    }
    if let Some((begun, name, ..)) = open.pop() {
        let what = format!("the section `{name}` is not closed");
        return Err(mistake(text, begun, what));
    }
    if at < text.len() {
        nodes.push(Node::Literal(&text[at..]));
    }
    Ok(nodes)
}

/// `[a-z][a-z0-9_-]*`
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

struct Filling<'a> {
    text: &'a str,
    escape: Escape,
}

impl Filling<'_> {
    fn nodes(
        &self,
        nodes: &[Node<'_>],
        scopes: &mut Vec<&Values>,
        out: &mut String,
    ) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Literal(literal) => out.push_str(literal),
                Node::Text { at, name } => match self.value(*at, name, scopes)? {
                    Value::Text(value) => push(out, value, self.escape),
                    other => return Err(self.wrong(*at, name, other, "a text")),
                },
                Node::Section {
                    at,
                    name,
                    inverted,
                    inner,
                } => match (self.value(*at, name, scopes)?, inverted) {
                    (Value::Flag(flag), _) if flag != inverted => self.nodes(inner, scopes, out)?,
                    (Value::Flag(_), _) => {}
                    (Value::List(entries), true) if entries.is_empty() => {
                        self.nodes(inner, scopes, out)?;
                    }
                    (Value::List(_), true) => {}
                    (Value::List(entries), false) => {
                        for entry in entries {
                            scopes.push(entry);
                            self.nodes(inner, scopes, out)?;
                            scopes.pop();
                        }
                    }
                    (other @ Value::Text(_), _) => {
                        return Err(self.wrong(*at, name, other, "a flag or a list"));
                    }
                },
            }
        }
        Ok(())
    }

    fn value<'v>(
        &self,
        at: usize,
        name: &str,
        scopes: &[&'v Values],
    ) -> Result<&'v Value, TemplateError> {
        scopes
            .iter()
            .rev()
            .find_map(|values| values.0.get(name))
            .ok_or_else(|| unknown(self.text, at, name))
    }

    fn wrong(&self, at: usize, name: &str, found: &Value, used: &str) -> TemplateError {
        let what = format!("`{name}` is {}, and is used as {used}", found.kind());
        mistake(self.text, at, what)
    }
}

fn push(out: &mut String, value: &str, escape: Escape) {
    if escape == Escape::None {
        out.push_str(value);
        return;
    }
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

/// Why a template cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line where the tag begins, from 1.
    pub column: usize,
    mistake: String,
}

fn mistake(text: &str, at: usize, mistake: impl Into<String>) -> TemplateError {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    TemplateError {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        mistake: mistake.into(),
    }
}

fn unknown(text: &str, at: usize, name: &str) -> TemplateError {
    mistake(text, at, format!("nothing is called `{name}` here"))
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            mistake,
        } = self;
        write!(f, "line {line}, column {column}: {mistake}")
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests;
