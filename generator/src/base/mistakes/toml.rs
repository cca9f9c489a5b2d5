//! Mistakes in TOML.

use super::{Advice, advice, line_above, line_at, parted, quoted};

/// What is wrong with the TOML at a byte, where the reader said `message`.
pub(in crate::base) fn toml(text: &str, at: usize, message: &str) -> Advice {
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
        let (entries, errors) = ::toml::de::DeTable::parse_recoverable(value);
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
    let date = crate::base::date::Date::parse(bare, &zone);
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
