//! Slots: what a template leaves for the sidecar to fill, as `{{name}}` in the output.
//!
//! Templates write them by the values made here, which stand for themselves until all text is written.
//! So a `{{` that comes from anywhere else (a name, a catalogue) is found, and never becomes a slot.

use dateline_contract::template;
use tera::{Map, Value};

/// Two characters that no text may hold (Unicode: for the use of programs alone).
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

fn tag(sign: &str, name: &str) -> Value {
    Value::from(format!("{OPEN}{sign}{name}{CLOSE}"))
}

/// `slot` with a value for each name.
pub(super) fn plain(names: &[&str]) -> Map {
    let slots = names.iter();
    slots
        .map(|name| (name.to_string().into(), tag("", name)))
        .collect()
}

/// A section: `start` and `end` around what is there only if there is something, `none` and `end`
/// around what is there otherwise, and the slots inside.
pub(super) fn section(name: &str, inside: Map) -> Value {
    let mut slots = inside;
    for (key, sign) in [("start", "#"), ("none", "^"), ("end", "/")] {
        slots.insert(key.into(), tag(sign, name));
    }
    slots.into()
}

/// Whether a text holds a slot.
pub(super) fn any(text: &str) -> bool {
    text.contains(OPEN)
}

/// The finished text.
///
/// # Errors
/// A sentence when something else in it would be taken for a slot, or when sections do not nest.
pub(super) fn finish(rendered: &str, allowed: &[&str]) -> Result<String, String> {
    let foreign = rendered.lines().find(|line| line.contains("{{"));
    if let Some(line) = foreign {
        return Err(format!(
            "“{{{{” in a text would be taken for a slot: {}",
            line.trim()
        ));
    }
    let text = rendered.replace(OPEN, "{{").replace(CLOSE, "}}");
    template::check(&text, allowed).map_err(|error| error.to_string())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slots_become_slots() {
        let written = format!("{OPEN}#list{CLOSE}a {OPEN}name{CLOSE} }}}}{OPEN}/list{CLOSE}");
        let text = finish(&written, &["list", "name"]).unwrap();
        assert_eq!(text, "{{#list}}a {{name}} }}{{/list}}");
        assert!(finish("a {{name}} b", &["name"]).is_err());
        assert!(finish(&format!("{OPEN}name{CLOSE}"), &["other"]).is_err());
        assert!(finish(&format!("{OPEN}#name{CLOSE}"), &["name"]).is_err());
    }
}
