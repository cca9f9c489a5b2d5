//! What raw HTML in a body says that matters to us: ids (anchors) and what the site's
//! Content-Security-Policy will block.

use std::ops::Range;

/// An attribute found in raw HTML.
#[derive(Debug, PartialEq)]
pub struct Attribute<'a> {
    /// The name as written.
    pub name: &'a str,
    /// The value without quotation marks.
    pub value: &'a str,
    /// The bytes of `name`.
    pub span: Range<usize>,
    /// The bytes of name and value.
    pub whole: Range<usize>,
}

/// The attributes of all tags in a piece of HTML. Comments and text are passed over.
pub fn attributes(html: &str) -> Vec<Attribute<'_>> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<') {
        at += open + 1;
        if html[at..].starts_with("!--") {
            at = html[at..].find("-->").map_or(html.len(), |i| at + i + 3);
            continue;
        }
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        at += name_length(&html[at..]);
        while let Some(attribute) = next(html, &mut at) {
            found.push(attribute);
        }
    }
    found
}

/// True where a `<script>` begins that is not a data block.
pub fn has_inline_script(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    lower.match_indices("<script").any(|(i, _)| {
        let tag = &lower[i..lower[i..].find('>').map_or(lower.len(), |e| i + e)];
        !tag.contains("json")
    })
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\''))
        .unwrap_or(text.len())
}

fn next<'a>(html: &'a str, at: &mut usize) -> Option<Attribute<'a>> {
    let skip = |at: &mut usize, also: &[char]| {
        let rest = &html[*at..];
        *at += rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_whitespace() || also.contains(&c))
                .len();
    };
    skip(at, &['/', '"', '\'']);
    let length = name_length(&html[*at..]);
    if length == 0 {
        return None;
    }
    let span = *at..*at + length;
    *at += length;
    let mut value = "";
    let before = *at;
    skip(at, &[]);
    if html[*at..].starts_with('=') {
        *at += 1;
        skip(at, &[]);
        let rest = &html[*at..];
        let (text, used) = match rest.chars().next() {
            Some(q @ ('"' | '\'')) => {
                let end = rest[1..].find(q).map_or(rest.len(), |i| i + 1);
                (&rest[1..end], (end + 1).min(rest.len()))
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == '>')
                    .unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        value = text;
        *at += used;
    } else {
        *at = before;
    }
    Some(Attribute {
        name: &html[span.clone()],
        value,
        whole: span.start..*at,
        span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_with_their_places() {
        let html = "<p id=one STYLE='a'>x<br/><!-- <b on=1> --><a href=\"#\" onclick=\"y\">";
        let names: Vec<(&str, &str)> = attributes(html).iter().map(|a| (a.name, a.value)).collect();
        assert_eq!(
            names,
            [
                ("id", "one"),
                ("STYLE", "a"),
                ("href", "#"),
                ("onclick", "y")
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "(<a |\"|'|=|>|é|<!--|id|/|\n){0,40}") {
            let _ = attributes(&html);
            let _ = has_inline_script(&html);
        }
    }
}
