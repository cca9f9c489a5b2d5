//! Mistakes in TOML and YAML in words for editors: what is wrong with the line, and how to write it.
//!
//! The parsers of both formats write messages for programmers. Most mistakes show in the line itself, so it is
//! examined first.

mod toml;
mod yaml;

pub(super) use self::{
    toml::toml,
    yaml::{no_keys, yaml},
};

/// The format of data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// `key = value`, tables below `[headers]`.
    Toml,
    /// `key: value`, tables by the spaces before their keys.
    Yaml,
}

impl Format {
    /// Advice with lines of TOML in it, as it is given where this format is written.
    pub fn line(self, advice: &str) -> String {
        match self {
            Self::Toml => advice.to_owned(),
            Self::Yaml => advice.replace(" = ", ": "),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// A mistake, in words for editors.
#[derive(Debug, PartialEq)]
pub(super) struct Advice {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub hint: String,
}

fn advice(message: impl Into<String>, hint: impl Into<String>) -> Advice {
    Advice {
        message: message.into(),
        hint: hint.into(),
    }
}

/// The line at a byte, and where it begins.
fn line_at(text: &str, at: usize) -> (&str, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    (text[start..end].trim_end_matches('\r'), start)
}

fn line_above(text: &str, at: usize) -> Option<&str> {
    let (_, start) = line_at(text, at);
    Some(line_at(text, start.checked_sub(1)?).0)
}

/// A line's key and the rest after its mark, without spaces around.
fn parted(line: &str, mark: char) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(mark)?;
    let key = key.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' ');
    (!key.is_empty() && key.chars().all(plain)).then(|| (key, value.trim()))
}

/// A value between quotation marks that both formats read.
fn quoted(value: &str) -> String {
    let inner = value
        .trim_matches(['"', '\'', '“', '”', '„', '«', '»', '‘', '’', '`'])
        .trim();
    match inner.contains(['"', '\\']) {
        true if !inner.contains('\'') => format!("'{inner}'"),
        true => format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\"")),
        false => format!("\"{inner}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{tree, yaml};

    #[test]
    fn the_line_above_is_asked_where_it_is_never_closed() {
        let (_, problems) = tree::from_toml("image = { src = \"é.jpg\"\nalt = \"b\" }\n", 0);
        assert!(
            problems
                .iter()
                .any(|p| p.message == "the table above is never closed")
        );
        let problem = yaml::from_yaml("topics: [é, b\ndate: 2025-01-01\n", 0).unwrap_err();
        assert!(problem.message.contains("list"), "{problem:?}");
    }

    #[test]
    fn one_line_is_told_once() {
        for line in ["title: A b", "lead = x y z", "x = \"a\" b \"c\""] {
            let (_, problems) = tree::from_toml(&format!("{line}\n"), 0);
            assert_eq!(problems.len(), 1, "{problems:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_at_any_byte(text in "(é|中|: |= |\"|\\[|\\{|\n|\t|a|\\||9){0,30}", at in 0usize..80) {
            let _ = toml(&text, at, "x");
            let error = serde_saphyr::from_str::<u8>("a: b").unwrap_err();
            let _ = yaml(&text, at, &error);
            let _ = tree::from_toml(&text, 0);
            let _ = yaml::from_yaml(&text, 0);
        }
    }
}
