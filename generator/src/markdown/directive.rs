//! Directives: `::: figure src="…"` … `:::` at the start of a line.
//!
//! pulldown-cmark knows no containers. So the opening line becomes an HTML comment and the closing
//! one `<?>`, padded to the same length: one parse serves, footnotes and reference links cross the
//! block, and every offset stays true. Colons inside code and HTML are left alone.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Event, Parser, Tag};

/// A `key="value"` of an opening line.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The key.
    pub key: String,
    /// The value, with `\"` undone.
    pub value: String,
    /// The bytes of the body that it stands at.
    pub span: Range<usize>,
}

/// One directive that was opened and closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// `None` where no directive has the name that was written.
    pub kind: Option<Kind>,
    /// Its attributes, in the order written.
    pub attributes: Vec<Attribute>,
    /// The opening line.
    pub open: Range<usize>,
    /// The closing line.
    pub close: Range<usize>,
}

impl Directive {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.key == key)
            .map(|a| a.value.as_str())
    }
}

/// A mistake in how directives are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// A sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The bytes of the body it is about.
    pub span: Range<usize>,
}

/// A body whose directives are hidden from the Markdown parser.
#[derive(Debug)]
pub struct Masked<'a> {
    /// As long as the body, byte for byte.
    pub text: Cow<'a, str>,
    /// In the order of the body; they never overlap.
    pub directives: Vec<Directive>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $name:literal, $needed:expr, $allowed:expr;)*) => {
        /// The directives there are.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// As it is written, which is also the name of its component in the theme.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The keys that must be there, and those that may.
            fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
                match self {
                    $(Self::$kind => (&$needed, &$allowed),)*
                }
            }
        }
    };
}

/// What may be said of a picture, in a figure as in front matter.
pub const PICTURE_KEYS: [&str; 13] = [
    "alt",
    "headline",
    "creator",
    "credit",
    "copyright",
    "terms",
    "licence",
    "licensor",
    "city",
    "country",
    "source_type",
    "focus",
    "download",
];

kinds! {
    /// A picture; its body is the caption.
    Figure: "figure", ["src"], PICTURE_KEYS;
    /// A quotation.
    Quote: "quote", [], ["by", "role"];
    /// The video of a dossier.
    Video: "video", ["id"], [];
    /// Whom to ask.
    Contact: "contact", ["id"], [];
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Finds the directives of a body.
pub fn mask(body: &str) -> Masked<'_> {
    if !body.starts_with(":::") && !body.contains("\n:::") {
        return Masked {
            text: Cow::Borrowed(body),
            directives: Vec::new(),
            problems: Vec::new(),
        };
    }
    let shielded = shielded(body);
    let mut scan = Scan {
        body,
        open: None,
        directives: Vec::new(),
        problems: Vec::new(),
    };
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let span = at..at + line.trim_end_matches(['\n', '\r']).len();
        at += line.len();
        if line.starts_with(":::") && !holds(&shielded, span.start) {
            scan.line(span);
        }
    }
    scan.finish()
}

/// Whether one of the ranges, which are in order and apart from each other, holds a place.
fn holds(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.contains(&at))
}

/// Code and HTML: their colons mean nothing.
fn shielded(body: &str) -> Vec<Range<usize>> {
    Parser::new_ext(body, super::options())
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) | Event::Code(_) => Some(range),
            _ => None,
        })
        .collect()
}

struct Scan<'a> {
    body: &'a str,
    open: Option<Directive>,
    directives: Vec<Directive>,
    problems: Vec<Problem>,
}

impl<'a> Scan<'a> {
    fn problem(&mut self, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.problems.push(Problem {
            message: message.into(),
            hint: hint.to_owned(),
            span,
        });
    }

    fn line(&mut self, span: Range<usize>) {
        let text = &self.body[span.clone()];
        let content = text.trim_start_matches(':');
        if content.trim().is_empty() {
            match self.open.take() {
                Some(mut directive) => {
                    directive.close = span;
                    self.directives.push(directive);
                }
                None => self.problem(
                    span,
                    "this `:::` closes nothing",
                    "remove it, or open a block above it, such as ::: quote",
                ),
            }
            return;
        }
        if self.open.is_some() {
            self.problem(
                span,
                "a block cannot stand inside another",
                "close the one above with a line `:::` first",
            );
            return;
        }
        let start = span.start + (text.len() - content.len());
        if let Some(directive) = self.opening(content, start, span) {
            self.open = Some(directive);
        }
    }

    fn opening(&mut self, content: &str, start: usize, line: Range<usize>) -> Option<Directive> {
        let lead = content.len() - content.trim_start().len();
        let content_start = start + lead;
        let content = content.trim();
        let name_len = content
            .find(|c: char| c.is_whitespace() || c == '"' || c == '=')
            .unwrap_or(content.len());
        let name = &content[..name_len];
        let attributes = self.attributes(&content[name_len..], content_start + name_len);
        let kind = Kind::named(name);
        let name_span = content_start..content_start + name_len;
        match kind {
            None => {
                let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                let near = crate::base::path::closest(name, names.iter().copied());
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the blocks are {}", crate::base::fields::list(&names)),
                };
                self.problem(name_span, format!("there is no block `{name}`"), &hint);
            }
            Some(kind) => {
                let (required, optional) = kind.keys();
                let missing: Vec<&str> = required
                    .iter()
                    .copied()
                    .filter(|k| !attributes.iter().any(|a| a.key == *k))
                    .collect();
                for key in missing {
                    self.problem(
                        name_span.clone(),
                        format!("`{name}` needs `{key}`"),
                        &format!("add {key}=\"…\" to this line"),
                    );
                }
                for (i, a) in attributes.iter().enumerate() {
                    if !required.contains(&a.key.as_str()) && !optional.contains(&a.key.as_str()) {
                        let keys: Vec<&str> = required.iter().chain(optional).copied().collect();
                        let hint = format!("its keys are {}", crate::base::fields::list(&keys));
                        self.problem(
                            a.span.clone(),
                            format!("`{name}` has no key `{}`", a.key),
                            &hint,
                        );
                    } else if attributes[..i].iter().any(|b| b.key == a.key) {
                        self.problem(
                            a.span.clone(),
                            format!("`{}` stands here twice", a.key),
                            "keep one of them",
                        );
                    }
                }
            }
        }
        // An unknown or faulty block still opens, so that its `:::` is no second mistake.
        Some(Directive {
            kind,
            attributes,
            open: line,
            close: 0..0,
        })
    }

    fn attributes(&mut self, text: &str, offset: usize) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        let mut at = 0;
        loop {
            at += text[at..].len() - text[at..].trim_start().len();
            let rest = &text[at..];
            if rest.is_empty() {
                return attributes;
            }
            let parsed = rest.split_once("=\"").and_then(|(key, value)| {
                let well_formed = !key.is_empty()
                    && key
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b"-_".contains(&b));
                let (value, used) = if well_formed {
                    quoted(value)?
                } else {
                    return None;
                };
                Some((key, value, key.len() + 2 + used))
            });
            let Some((key, value, used)) = parsed else {
                let hint = "write key=\"value\", with straight quotation marks on both sides";
                self.problem(
                    offset + at..offset + text.len(),
                    "this is not a key with its value",
                    hint,
                );
                return attributes;
            };
            let span = offset + at..offset + at + used;
            attributes.push(Attribute {
                key: key.to_owned(),
                value,
                span,
            });
            at += used;
        }
    }

    fn finish(mut self) -> Masked<'a> {
        if let Some(open) = self.open.take() {
            let name = open.kind.map_or("block", Kind::name);
            let message = format!("this `{name}` is never closed");
            self.problem(
                open.open,
                message,
                "end it with a line that holds only `:::`",
            );
        }
        let mut bytes = self.body.as_bytes().to_vec();
        // A line too short for the comment is a faulty directive: the build stops anyway.
        self.directives.retain(|d| d.open.len() >= 7);
        for d in &self.directives {
            bytes[d.open.clone()].fill(b' ');
            bytes[d.open.start..d.open.start + 4].copy_from_slice(b"<!--");
            bytes[d.open.end - 3..d.open.end].copy_from_slice(b"-->");
            bytes[d.close.clone()].fill(b' ');
            bytes[d.close.start..d.close.start + 3].copy_from_slice(b"<?>");
        }
        let text = String::from_utf8(bytes).map_or(Cow::Borrowed(self.body), Cow::Owned);
        Masked {
            text,
            directives: self.directives,
            problems: self.problems,
        }
    }
}

/// The value up to the closing quotation mark, and the bytes it took with that mark.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((value, i + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => value.push(c),
                Some((_, c)) => value.extend(['\\', c]),
                None => return None,
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_a_block_without_moving_a_byte() {
        let body = "One.\n::: figure src=\"é.jpg\" alt=\"a \\\"b\\\"\"\nCaption\n:::\nTwo.\n";
        let masked = mask(body);
        assert_eq!(masked.problems, []);
        assert_eq!(masked.text.len(), body.len());
        assert_eq!(masked.directives[0].get("alt"), Some("a \"b\""));
        assert_eq!(&body[masked.directives[0].close.clone()], ":::");
    }

    #[test]
    fn colons_in_code_stay_code() {
        let body = "```\n::: quote\n```\n\n    ::: quote\n";
        assert!(mask(body).directives.is_empty());
        assert!(mask(body).problems.is_empty());
    }

    #[test]
    fn every_mistake_has_its_line() {
        for (body, message) in [
            ("::: quote\nx\n", "never closed"),
            (":::\n", "closes nothing"),
            ("::: figur src=\"a\" alt=\"b\"\n:::\n", "no block `figur`"),
            ("::: figure alt=\"a\"\n:::\n", "needs `src`"),
            ("::: quote who=\"x\"\n:::\n", "no key `who`"),
            ("::: quote by=x\n:::\n", "not a key with its value"),
            ("::: quote by=\"x\n:::\n", "not a key with its value"),
            ("::: quote\n::: quote\n:::\n", "inside another"),
            ("::: quote by=\"a\" by=\"b\"\n:::\n", "twice"),
        ] {
            let problems = mask(body).problems;
            assert!(
                problems.iter().any(|p| p.message.contains(message)),
                "{body}: {problems:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_keeps_length(body in "(\\PC|\n|:::|::: figure|=\"|\"|```| ){0,60}") {
            let masked = mask(&body);
            proptest::prop_assert_eq!(masked.text.len(), body.len());
        }
    }
}
