//! Mistakes in TOML and YAML in words for editors: what is wrong with the line, and how to write it.
//!
//! The readers of both formats speak to programmers. Most mistakes show in the line itself, so that it is
//! asked first.

/// How data is written.
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
}

/// A mistake in words.
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

/// What is wrong with the TOML at a byte, where the reader said `message`.
pub(super) fn toml(text: &str, at: usize, message: &str) -> Advice {
    let (line, _) = line_at(text, at);
    if message.contains("duplicate key") {
        let name = parted(line, '=').map_or(line.trim(), |(key, _)| key);
        return advice(format!("`{name}` stands here twice"), "keep one of the two");
    }
    if message.contains("recursion limit") {
        return advice("this is nested too deeply", "write it with fewer brackets");
    }
    if let Some((key, value)) = parted(line, ':').filter(|(key, _)| !key.contains(['"', ' '])) {
        return advice(
            "this line is written as YAML",
            format!("write {key} = {}", assigned(value)),
        );
    }
    let above = line_above(text, at).and_then(|line| parted(line, '='));
    if above.is_some_and(|(_, value)| value.starts_with('{') && !value.contains('}')) {
        return advice(
            "the table above is never closed",
            "write it on one line, with } at its end and a comma between its keys",
        );
    }
    let Some((key, value)) = parted(line, '=') else {
        return unassigned(line);
    };
    of_value(key, value, message)
}

/// A value as TOML: as it stands if it can stand so, else in quotation marks.
fn assigned(value: &str) -> String {
    let plain = |value: &str| {
        let (entries, errors) = toml::de::DeTable::parse_recoverable(value);
        errors.is_empty() && entries.get_ref().len() == 1
    };
    match plain(&format!("x = {value}")) {
        true => value.to_owned(),
        false => quoted(value),
    }
}

/// A line of TOML without a key and its `=`.
fn unassigned(line: &str) -> Advice {
    let line = line.trim();
    if line.starts_with('[') {
        return advice(
            "the name of a table stands alone on its line, between brackets",
            "write [image], or [[corrections]] for one of several, and its keys on the lines below",
        );
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [] => advice(
            "something above is never closed",
            "close the list, table or text with ], } or a quotation mark",
        ),
        [word] => advice(
            format!("`{word}` has no value"),
            format!("write {word} = …, or take the line out"),
        ),
        _ => advice(
            "this line is no key with a value",
            "write key = value; a text that goes over several lines stands between \"\"\" and \"\"\"",
        ),
    }
}

fn of_value(key: &str, value: &str, message: &str) -> Advice {
    let line = |value: &str| format!("write {key} = {value}");
    if key.contains(' ') && !key.contains('"') {
        let joined = key.replace(' ', "_");
        return advice(
            "a key is one word",
            format!("write {joined} = …, or \"{key}\" = …"),
        );
    }
    if !key.is_ascii() && !key.contains('"') {
        return advice(
            "a key with other letters than a to z stands in quotation marks",
            format!("write \"{key}\" = {value}"),
        );
    }
    let open = |mark: char| value.chars().filter(|c| *c == mark).count();
    let first = value.chars().next();
    match first {
        None => advice(
            format!("`{key}` has no value"),
            format!("write {key} = \"…\", or take the line out"),
        ),
        Some('“' | '”' | '„' | '«' | '‘' | '’') => advice(
            "quotation marks must be straight here",
            line(&quoted(value)),
        ),
        Some('"' | '\'') if message.contains("escape") => advice(
            "a backslash begins a code such as \\n here",
            line(&format!("'{}'", value.trim_matches(['"', '\'']))),
        ),
        Some(mark @ ('"' | '\'')) if open(mark) == 1 => advice(
            "this text is never closed",
            format!(
                "end it with {mark} on the same line; a text that goes over several lines stands between \"\"\" and \"\"\""
            ),
        ),
        Some(mark @ ('"' | '\'')) => advice(
            "after the text something else stands on this line",
            match value
                .rsplit_once(mark)
                .is_some_and(|(_, rest)| rest.contains('='))
            {
                true => "write each key on a line of its own".to_owned(),
                false => line(&quoted(value.trim_end_matches([';', ',']))),
            },
        ),
        Some('{') if open('{') > open('}') => advice(
            "this table is never closed",
            "write it on one line, with } at its end and a comma between its keys",
        ),
        Some('[') if open('[') > open(']') => {
            advice("this list is never closed", "write ] after its last item")
        }
        Some('[') => advice(
            "an item of this list cannot be read",
            format!("write texts in quotation marks with commas between: {key} = [\"…\", \"…\"]"),
        ),
        Some(first) if first.is_ascii_digit() => of_number(key, value),
        Some(_) => match value.to_ascii_lowercase().as_str() {
            word @ ("true" | "false") => advice("true and false are written small", line(word)),
            "yes" | "on" => advice(format!("“{value}” is not true or false"), line("true")),
            "no" | "off" => advice(format!("“{value}” is not true or false"), line("false")),
            _ => advice("a text stands in quotation marks", line(&quoted(value))),
        },
    }
}

/// A bare value that begins with a digit: a date mostly.
fn of_number(key: &str, value: &str) -> Advice {
    let zone = jiff::tz::TimeZone::UTC;
    let bare = value.split('#').next().unwrap_or(value).trim();
    let date = super::date::Date::parse(bare, &zone);
    let dated = bare.len() > 5 && bare.as_bytes().get(4).is_some_and(|b| !b.is_ascii_digit());
    match date {
        Ok(_) => advice(
            "this date is written in another way here",
            format!(
                "write {key} = \"{bare}\", in quotation marks, or as in 2025-01-27T09:00:00+01:00"
            ),
        ),
        Err(why) if dated => {
            let (why, hint) = why.split_once("; ").unwrap_or((&why, ""));
            advice(why, hint)
        }
        Err(_) => advice(
            "this is no number",
            format!("write {key} = {}", quoted(bare)),
        ),
    }
}

/// What is wrong with the YAML at a byte, where the reader said `error`.
pub(super) fn yaml(text: &str, at: usize, error: &serde_saphyr::Error) -> Advice {
    use serde_saphyr::Error;
    match error.without_snippet() {
        Error::DuplicateMappingKey { key, .. } => {
            let name = key.as_deref().unwrap_or("this key");
            return advice(format!("`{name}` stands here twice"), "keep one of the two");
        }
        Error::Budget { .. } => {
            return advice(
                "this is nested too deeply",
                "write it with fewer brackets or spaces",
            );
        }
        Error::NonFiniteFloat { value, .. } => {
            let hint = format!("write a number, or the text \"{value}\" in quotation marks");
            return advice(format!("“{value}” is no number"), hint);
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } | Error::MergeKeyNotAllowed { .. } => {
            return advice("`<<` adds the keys of another table", "take this line out");
        }
        _ => {}
    }
    let (line, start) = line_at(text, at);
    if error.to_string().contains("recursion limit") {
        return advice(
            "this is nested too deeply",
            "write it with fewer brackets or spaces",
        );
    }
    let folded = |line: &str| {
        let line = line.trim_end().trim_end_matches(['-', '+']);
        line.ends_with(": |") || line.ends_with(": >")
    };
    if line_above(text, at).is_some_and(folded) {
        return advice(
            "this text stands below no key",
            "write two spaces before each of its lines",
        );
    }
    of_yaml_line(line)
        .or_else(|| of_yaml_line(line_above(text, at)?))
        .or_else(|| unclosed(&text[..start]))
        .unwrap_or_else(|| {
            let hint = "write key: value, one on a line; a nested key has two spaces before it";
            advice("this line cannot be read", hint)
        })
}

fn line_above(text: &str, at: usize) -> Option<&str> {
    let (_, start) = line_at(text, at);
    Some(line_at(text, start.checked_sub(1)?).0)
}

/// What is wrong with YAML that is one text, and no keys.
pub(super) fn no_keys(text: &str) -> Advice {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let advice_of = first.and_then(of_yaml_line).map(|advice| advice.hint);
    advice(
        "front matter is a list of `key: value` lines",
        advice_of.unwrap_or_else(|| "write key: value on each line".to_owned()),
    )
}

/// What a line of YAML shows by itself.
fn of_yaml_line(line: &str) -> Option<Advice> {
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') {
        let hint = "write spaces instead: two before each nested key";
        return Some(advice("a tab stands before this key", hint));
    }
    let content = line.trim();
    let Some((key, value)) = content.split_once(':') else {
        let (key, value) = parted(content, '=')?;
        let hint = format!("write {key}: {value}");
        return Some(advice("this line is written as TOML", hint));
    };
    let key = key.trim_start_matches("- ").trim();
    if key.is_empty() {
        return Some(advice(
            "a key is missing before the colon",
            "write key: value",
        ));
    }
    if key.starts_with(['[', '{']) {
        let hint = "write key: value, with one word as the key";
        return Some(advice("a list or a table cannot be a key", hint));
    }
    if !value.is_empty() && !value.starts_with([' ', '\t']) {
        let hint = format!("write {key}: {value}");
        return Some(advice("a space is missing after the colon", hint));
    }
    let value = value.trim();
    let write = || format!("write {key}: {}", quoted(value));
    let first = value.chars().next()?;
    let last = value.chars().next_back()?;
    match first {
        '"' | '\'' if value.chars().filter(|c| *c == first).count() == 1 => {
            Some(advice("this text is never closed", write()))
        }
        '"' if value.contains('\\') => Some(advice(
            "a backslash begins a code such as \\n here",
            format!("write {key}: '{}'", value.trim_matches('"')),
        )),
        '"' | '\'' if last != first || value.matches(first).count() > 2 => Some(advice(
            "after the text something else stands on this line",
            write(),
        )),
        '[' if last != ']' => Some(advice(
            "this list is never closed",
            "write ] after its last item",
        )),
        '{' if last != '}' => Some(advice("this table is never closed", "write } at its end")),
        '%' | '@' | '`' | '*' | '&' | '!' | '|' | '>' | ',' | ']' | '}' => Some(advice(
            format!("a text cannot begin with {first} without quotation marks"),
            write(),
        )),
        '"' | '\'' | '[' | '{' => None,
        _ if value.contains(": ") || value.ends_with(':') => Some(advice(
            "a text with a colon stands in quotation marks",
            write(),
        )),
        _ if value.chars().any(char::is_control) => Some(advice(
            "this text holds a character that cannot be seen",
            "write it anew",
        )),
        _ => None,
    }
}

/// A list or table that was opened above and is not closed.
fn unclosed(above: &str) -> Option<Advice> {
    let line = above.lines().rev().find(|line| !line.trim().is_empty())?;
    let (_, value) = line.split_once(':')?;
    match value.trim().chars().next()? {
        '[' => Some(advice(
            "the list above is never closed",
            "write ] after its last item",
        )),
        '{' => Some(advice(
            "the table above is never closed",
            "write } at its end",
        )),
        '"' | '\'' => Some(advice(
            "the text above is never closed",
            "end it with a quotation mark",
        )),
        _ if !line.starts_with(' ') => Some(advice(
            "this line stands below no key that could hold it",
            "begin it where the line above begins; a nested key stands below a key without a value",
        )),
        _ => None,
    }
}

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
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
