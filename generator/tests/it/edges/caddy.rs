//! Caddy: `map` takes the first line whose input is the source, or whose pattern it meets.

use super::Said;

/// The words of a line: in quotation marks, where a backslash is one but before another mark, or without.
fn words(line: &str) -> Vec<String> {
    assert!(
        !line.contains("{$"),
        "a variable of the environment in {line}"
    );
    let (mut words, mut rest) = (Vec::new(), line.trim());
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(inner) => {
                let mut end = inner.find('"').unwrap();
                while inner[..end].ends_with('\\') {
                    end += 1 + inner[end + 1..].find('"').unwrap();
                }
                (inner[..end].replace("\\\"", "\""), &inner[end + 1..])
            }
            None => {
                let end = rest.find(' ').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// A pattern of letters, digits and `\xNN`, from the beginning and perhaps to the end.
fn meets(pattern: &str, text: &str) -> bool {
    let pattern = pattern.strip_prefix('^').unwrap();
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x") {
            literal.push(char::from(u8::from_str_radix(&hex[..2], 16).unwrap()));
            rest = &hex[2..];
        } else {
            assert!(!".*+?()[]{}|^$\\".contains(c), "{c} in {pattern}");
            literal.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    match whole {
        true => text == literal,
        false => text.starts_with(&literal),
    }
}

/// What the map of this name gives for a source.
fn mapped(text: &str, name: &str, source: &str) -> String {
    let mut inside = false;
    for line in text.lines() {
        let words = words(line);
        match words.first().map(String::as_str) {
            Some("map") => inside = words[2] == format!("{{dateline_{name}}}"),
            Some("}") => inside = false,
            Some("default") if inside => return words[1].clone(),
            Some(input) if inside => {
                assert!(!words[1].contains(['{', '$']), "{line}");
                let met = match input.strip_prefix('~') {
                    Some(pattern) => meets(pattern, source),
                    None => {
                        assert!(!input.contains(['{', '}']), "a placeholder in {line}");
                        input == source
                    }
                };
                if met {
                    return words[1].clone();
                }
            }
            _ => {}
        }
    }
    "none".to_owned()
}

pub fn answer(text: &str, path: &str, query: Option<&str>) -> Said {
    let asked = format!("{path} {}", query.unwrap_or_default());
    for (name, source) in [("asked", &asked[..]), ("plain", path)] {
        match mapped(text, name, source).as_str() {
            "none" => {}
            "gone" => {
                let language = mapped(text, "language", path);
                return Said::Gone(format!("{language}/410.html"));
            }
            to => return Said::Moved(to.to_owned()),
        }
    }
    Said::Nothing
}
