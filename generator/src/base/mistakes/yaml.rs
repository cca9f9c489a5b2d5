//! Mistakes in YAML.

use super::{Advice, advice, line_above, line_at, parted, quoted};

/// What is wrong with the YAML at a byte, where the reader said `error`.
pub(in crate::base) fn yaml(text: &str, at: usize, error: &serde_saphyr::Error) -> Advice {
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

/// What is wrong with YAML that is one text, and no keys.
pub(in crate::base) fn no_keys(text: &str) -> Advice {
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
