//! Filling the texts that a theme wrote for the sidecar: mails, and the account page.
//!
//! A small part of Mustache: `{{name}}` is a text; `{{#name}}…{{/name}}` is there when a flag is set, or
//! once for each entry of a list; `{{^name}}…{{/name}}` when the flag is not set or the list is empty.
//! Names are `[a-z][a-z0-9_-]*`, with spaces around them if one likes. Inside a list's section an entry's
//! values come first, then those outside. Everything else in a text, line breaks included, stays as it
//! is; what was filled in is never read again.
//!
//! The generator checks with [`check`] what the theme made, so that a mistake is found by the designer;
//! the sidecar fills with [`fill`]. Only std is needed here.

use std::collections::BTreeMap;
use std::fmt;

/// Sections within sections, at most. A list's section inside itself multiplies, so that this also
/// bounds how much a template can make of little.
const MAX_DEPTH: usize = 8;

/// What a name stands for.
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

/// What becomes of `&`, `<`, `>`, `"` and `'` in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Character references: safe as text and in quoted attributes.
    Html,
    /// Nothing.
    None,
}

/// Fills a template.
///
/// # Errors
/// When the template is not well-formed, or asks for a name that there is no value for or that is of
/// another kind. Sections that are left out are not looked into beyond their form.
pub fn fill(text: &str, values: &Values, escape: Escape) -> Result<String, TemplateError> {
    let nodes = parse(text)?;
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let filling = Filling { text, escape };
    filling.nodes(&nodes, &mut vec![values], &mut out)?;
    Ok(out)
}

/// Checks that a template is well-formed and uses no names but these.
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
                return Err(mistake(text, at, Mistake::Unknown(name.to_owned())));
            }
            names(inner, text, allowed)?;
        }
        Ok(())
    }
    names(&parse(text)?, text, allowed)
}

/// A template taken apart. `at` is the byte where a tag begins.
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
    // Sections that are open, each with the nodes that stood before it.
    let mut open: Vec<(usize, &str, bool, Vec<Node<'_>>)> = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find("{{") {
        let start = at + offset;
        if offset > 0 {
            nodes.push(Node::Literal(&text[at..start]));
        }
        let Some(length) = text[start..].find("}}") else {
            return Err(mistake(text, start, Mistake::TagNotClosed));
        };
        let inside = &text[start + 2..start + length];
        let (sigil, name) = match inside.trim_start_matches(' ').chars().next() {
            Some(c @ ('#' | '^' | '/')) => (c, &inside.trim_start_matches(' ')[1..]),
            _ => (' ', inside),
        };
        let name = name.trim_matches(' ');
        if !is_name(name) {
            return Err(mistake(text, start, Mistake::NoName(name.to_owned())));
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
                _ => return Err(mistake(text, start, Mistake::NotOpen(name.to_owned()))),
            },
            ' ' => nodes.push(Node::Text { at: start, name }),
            _ if open.len() == MAX_DEPTH => {
                return Err(mistake(text, start, Mistake::TooDeep));
            }
            _ => open.push((start, name, sigil == '^', std::mem::take(&mut nodes))),
        }
        at = start + length + 2;
    }
    if let Some((begun, name, ..)) = open.pop() {
        let name = name.to_owned();
        return Err(mistake(text, begun, Mistake::SectionNotClosed(name)));
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
            .ok_or_else(|| mistake(self.text, at, Mistake::Unknown(name.to_owned())))
    }

    fn wrong(&self, at: usize, name: &str, found: &Value, used: &'static str) -> TemplateError {
        let found = found.kind();
        let name = name.to_owned();
        mistake(self.text, at, Mistake::WrongKind { name, found, used })
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
    /// From 1.
    pub line: usize,
    /// The character in that line where the tag begins, from 1.
    pub column: usize,
    mistake: Mistake,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Mistake {
    TagNotClosed,
    NoName(String),
    NotOpen(String),
    SectionNotClosed(String),
    TooDeep,
    Unknown(String),
    WrongKind {
        name: String,
        found: &'static str,
        used: &'static str,
    },
}

fn mistake(text: &str, at: usize, mistake: Mistake) -> TemplateError {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    TemplateError {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        mistake,
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match &self.mistake {
            Mistake::TagNotClosed => write!(f, "`{{{{` without its `}}}}`"),
            // A text without `}}` nearby would fill the screen.
            Mistake::NoName(name) if name.chars().count() <= 40 => {
                write!(f, "{name:?} is no name: a-z, then a-z, 0-9, `_`, `-`")
            }
            Mistake::NoName(_) => write!(f, "no name between `{{{{` and `}}}}`"),
            Mistake::NotOpen(name) => write!(f, "`{{{{/{name}}}}}` closes nothing open here"),
            Mistake::SectionNotClosed(name) => write!(f, "the section `{name}` is not closed"),
            Mistake::TooDeep => write!(f, "more than {MAX_DEPTH} sections within each other"),
            Mistake::Unknown(name) => write!(f, "nothing is called `{name}` here"),
            Mistake::WrongKind { name, found, used } => {
                write!(f, "`{name}` is {found}, and is used as {used}")
            }
        }
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> Values {
        let session = |device: &str, current: bool| {
            Values::new()
                .text("device", device)
                .flag("current", current)
                .flag("other", !current)
        };
        Values::new()
            .text("email", "o'neill&co@example.org")
            .text("code", "1234 5678")
            .flag("subscribed", true)
            .flag("unsubscribed", false)
            .list("none", Vec::new())
            .list(
                "sessions",
                vec![
                    session("Firefox on Linux", true),
                    session("<script>", false),
                ],
            )
    }

    #[test]
    fn texts_flags_and_lists_are_filled() {
        for (template, expected) in [
            ("", ""),
            ("plain\r\n", "plain\r\n"),
            ("{{email}}", "o&#39;neill&amp;co@example.org"),
            ("a {{ code }} b", "a 1234 5678 b"),
            ("{{#subscribed}}yes{{/subscribed}}", "yes"),
            ("{{^subscribed}}yes{{/subscribed}}", ""),
            ("{{# unsubscribed }}yes{{/ unsubscribed }}", ""),
            ("{{^unsubscribed}}no{{/unsubscribed}}", "no"),
            ("{{#none}}{{not-there}}{{/none}}", ""),
            ("{{^none}}empty{{/none}}", "empty"),
            ("{{^sessions}}empty{{/sessions}}", ""),
            (
                "{{#sessions}}{{device}}{{#current}}*{{/current}}{{^other}}+{{/other}};{{/sessions}}",
                "Firefox on Linux*+;&lt;script&gt;;",
            ),
            (
                "{{#sessions}}{{code}} {{/sessions}}",
                "1234 5678 1234 5678 ",
            ),
            (
                "{{#sessions}}{{#sessions}}.{{/sessions}}{{/sessions}}",
                "....",
            ),
            ("} }} { {a} é{{code}}é", "} }} { {a} é1234 5678é"),
        ] {
            assert_eq!(
                fill(template, &account(), Escape::Html).unwrap(),
                expected,
                "{template}"
            );
        }
        assert_eq!(
            fill("{{email}}", &account(), Escape::None).unwrap(),
            "o'neill&co@example.org"
        );
    }

    #[test]
    fn inner_values_come_before_outer_ones() {
        let values = Values::new().text("name", "outer").list(
            "list",
            vec![Values::new().text("name", "inner"), Values::new()],
        );
        assert_eq!(
            fill("{{#list}}{{name}} {{/list}}{{name}}", &values, Escape::None).unwrap(),
            "inner outer outer"
        );
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let values = Values::new()
            .text("a", "{{b}} {{#a}} {{/a}} {{")
            .text("b", "secret");
        assert_eq!(
            fill("{{a}}}}", &values, Escape::None).unwrap(),
            "{{b}} {{#a}} {{/a}} {{}}"
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let deep = "{{#subscribed}}".repeat(MAX_DEPTH + 1);
        for (template, line, column, words) in [
            ("a\nbé {{email", 2, 4, "without its"),
            ("{{}}", 1, 1, "is no name"),
            ("{{ }}", 1, 1, "is no name"),
            ("{{Email}}", 1, 1, "\"Email\" is no name"),
            ("{{{email}}}", 1, 1, "is no name"),
            ("{{&email}}", 1, 1, "is no name"),
            ("{{! note }}", 1, 1, "is no name"),
            ("{{e mail}}", 1, 1, "is no name"),
            ("{{1a}}", 1, 1, "is no name"),
            ("{{#a\u{301}}}", 1, 1, "is no name"),
            ("{{missing}}", 1, 1, "nothing is called `missing`"),
            ("{{#missing}}{{/missing}}", 1, 1, "nothing is called"),
            ("\r\n  {{#subscribed}}", 2, 3, "`subscribed` is not closed"),
            ("{{/subscribed}}", 1, 1, "closes nothing"),
            (
                "{{#subscribed}}\n{{#sessions}}{{/subscribed}}{{/sessions}}",
                2,
                14,
                "`{{/subscribed}}` closes nothing",
            ),
            ("{{subscribed}}", 1, 1, "is a flag, and is used as a text"),
            ("{{sessions}}", 1, 1, "is a list, and is used as a text"),
            (
                "{{#email}}{{/email}}",
                1,
                1,
                "is a text, and is used as a flag",
            ),
            (
                "{{^email}}{{/email}}",
                1,
                1,
                "is a text, and is used as a flag",
            ),
            (&deep, 1, 15 * MAX_DEPTH + 1, "more than 8 sections"),
        ] {
            let error = fill(template, &account(), Escape::Html).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{template}");
            assert!(error.to_string().contains(words), "{template}: {error}");
        }
    }

    #[test]
    fn checking_knows_form_and_names() {
        let allowed = ["email", "sessions", "device"];
        for good in ["", "{{email}}", "{{#sessions}}{{device}}{{/sessions}}"] {
            assert_eq!(check(good, &allowed), Ok(()), "{good}");
        }
        for (bad, column) in [
            ("{{code}}", 1),
            ("{{#sessions}}{{id}}{{/sessions}}", 14),
            ("{{^others}}{{/others}}", 1),
            ("{{email", 1),
            ("{{#sessions}}", 1),
        ] {
            assert_eq!(check(bad, &allowed).unwrap_err().column, column, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(template in ".*") {
            let _ = fill(&template, &account(), Escape::Html);
            let _ = check(&template, &["email"]);
        }

        #[test]
        fn no_arrangement_of_tags_panics(parts in proptest::collection::vec(
            prop_oneof![
                Just("{{"), Just("}}"), Just("#"), Just("^"), Just("/"), Just(" "), Just("é\n"),
                Just("email"), Just("{{#sessions}}"), Just("{{/sessions}}"), Just("{{^none}}"),
                Just("{{/none}}"), Just("{{device}}"),
            ],
            0..24,
        )) {
            let template = parts.concat();
            let filled = fill(&template, &account(), Escape::Html);
            if filled.is_ok() {
                let all = ["email", "sessions", "none", "device"];
                prop_assert_eq!(check(&template, &all), Ok(()));
            }
        }

        #[test]
        fn a_value_cannot_leave_its_place(value in ".*") {
            let values = Values::new().text("v", value.clone());
            let filled = fill("<a title=\"{{v}}\">{{v}}</a>", &values, Escape::Html).unwrap();
            prop_assert_eq!(filled.matches(['<', '>']).count(), 4);
            prop_assert_eq!(filled.matches('"').count(), 2);
            prop_assert!(!filled.contains('\''));
            let back = filled["<a title=\"".len()..].split('"').next().unwrap()
                .replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
                .replace("&#39;", "'").replace("&amp;", "&");
            prop_assert_eq!(back, value);
        }
    }
}
