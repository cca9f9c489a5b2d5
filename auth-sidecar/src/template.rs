//! The small templates that the generator leaves for the sidecar: `{{name}}`, and the sections
//! `{{#name}}…{{/name}}` and `{{^name}}…{{/name}}`.

/// Checks that a text holds only slots of the names allowed, and that its sections nest.
///
/// # Errors
/// A sentence that names the first slot that is wrong.
pub fn check(text: &str, allowed: &[&str]) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let (tag, tail) = after
            .split_once("}}")
            .ok_or_else(|| "a slot is never closed".to_owned())?;
        rest = tail;
        let name = tag.trim_start_matches(['#', '^', '/']);
        if !allowed.contains(&name) {
            return Err(format!("there is no slot `{name}`"));
        }
        match tag.as_bytes().first() {
            Some(b'#' | b'^') => open.push(name),
            Some(b'/') if open.pop() != Some(name) => {
                return Err(format!("the section `{name}` ends where it is not open"));
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(name) => Err(format!("the section `{name}` never ends")),
        None => Ok(()),
    }
}
