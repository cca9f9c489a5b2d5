//! Between text and HTML.

/// Escapes text for content and for quoted attributes.
pub fn escape(text: &str, out: &mut String) {
    let mut from = 0;
    for (i, byte) in text.bytes().enumerate() {
        let (entity, length) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            // Forbidden in XML 1.0 §2.2 and an error in HTML: dropped, so that feeds stay readable.
            0..=8 | 11 | 12 | 14..=31 => ("", 1),
            0xef if text[i..].starts_with(['\u{fffe}', '\u{ffff}']) => ("", 3),
            _ => continue,
        };
        out.push_str(&text[from..i]);
        out.push_str(entity);
        from = i + length;
    }
    out.push_str(&text[from..]);
}

/// What [`escape`] drops must not come in as raw HTML either.
pub(super) fn forbidden(c: char) -> bool {
    (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{7f}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// [`escape`] into a new string.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// The text of a piece of HTML that this writer made.
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find('>')
            .map_or("", |close| &rest[open + close + 1..]);
    }
    out.push_str(rest);
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        if out.contains(entity) {
            out = out.replace(entity, character);
        }
    }
    out
}

/// A heading may hold a link or a footnote mark; in a table of contents, itself links, neither may stand.
pub(super) fn without_links(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find("<sup class=\"footnote-ref\">") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find("</sup>")
            .map_or("", |close| &rest[open + close + 6..]);
    }
    out.push_str(rest);
    if !out.contains("<a ") {
        return out;
    }
    let html = std::mem::take(&mut out);
    let mut rest = html.as_str();
    while let Some(open) = rest.find("<a ") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find('>')
            .map_or("", |close| &rest[open + close + 1..]);
    }
    out.push_str(rest);
    out.replace("</a>", "")
}
