//! Whether a text is well-formed XML, as far as feeds and sitemaps go.

/// Characters, references and tags that match.
pub fn check(xml: &str) -> Result<(), String> {
    if let Some(c) = xml.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "the character {:04X} cannot stand in XML",
            u32::from(c)
        ));
    }
    references(xml)?;
    tags(xml)
}

/// XML 1.0 §2.2.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn references(xml: &str) -> Result<(), String> {
    for (at, _) in xml.match_indices('&') {
        let known = [
            "amp;", "lt;", "gt;", "quot;", "apos;", "#39;", "#x27;", "#x2F;",
        ];
        let rest = &xml[at + 1..];
        if !known.iter().any(|k| rest.starts_with(k)) {
            return Err(format!(
                "a lone & before {:?}",
                rest.chars().take(12).collect::<String>()
            ));
        }
    }
    Ok(())
}

fn tags(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').ok_or("a tag is never closed")? + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes something else"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or_default());
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("never closed: {open:?}"))
    }
}
