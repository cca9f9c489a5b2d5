//! Tags in raw HTML, read as browsers read them (HTML, "Tokenization"), with the places of what they say.

use std::{borrow::Cow, ops::Range};

/// A start tag.
#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    /// Its name in lower case.
    pub name: String,
    /// The bytes of `<` and the name.
    pub span: Range<usize>,
    /// In their order.
    pub attributes: Vec<Attribute<'a>>,
    /// Whether its `>` is there.
    pub closed: bool,
}

impl Tag<'_> {
    /// The value of an attribute: the first of its name counts.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut all = self.attributes.iter();
        let found = all.find(|a| a.name.eq_ignore_ascii_case(name));
        found.map(Attribute::decoded)
    }
}

/// An attribute of a start tag.
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
    /// Where the value begins, with its quotation mark; the end of the name where there is none.
    value_at: usize,
}

impl<'a> Attribute<'a> {
    /// The value, its character references decoded.
    pub fn decoded(&self) -> Cow<'a, str> {
        decoded(self.value)
    }
}

/// Elements whose content is text, whatever it looks like.
const RAW_TEXT: [&str; 9] = [
    "script",
    "style",
    "textarea",
    "title",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
];

/// The start tags in a piece of HTML.
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<') {
        let start = at + open;
        at = start + 1;
        let after = |from: usize, end: &str| {
            let rest = html.get(from..).unwrap_or_default();
            rest.find(end).map_or(html.len(), |i| from + i + end.len())
        };
        match bytes.get(at) {
            Some(b'!') if html[at..].starts_with("!-->") => at += 4,
            Some(b'!') if html[at..].starts_with("!--->") => at += 5,
            Some(b'!') if html[at..].starts_with("!--") => at = after(at + 3, "-->"),
            Some(b'!' | b'?') => at = after(at, ">"),
            Some(b'/') if bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic) => {
                at += 1;
                tag(html, start, &mut at);
            }
            Some(b'/') => at = after(at, ">"),
            Some(byte) if byte.is_ascii_alphabetic() => {
                let tag = tag(html, start, &mut at);
                if RAW_TEXT.contains(&tag.name.as_str()) {
                    at = raw_text_end(html, at, &tag.name);
                }
                found.push(tag);
            }
            _ => {}
        }
    }
    found
}

/// The attributes of all tags in a piece of HTML.
pub fn attributes(html: &str) -> Vec<Attribute<'_>> {
    tags(html)
        .into_iter()
        .flat_map(|tag| tag.attributes)
        .collect()
}

fn raw_text_end(html: &str, from: usize, name: &str) -> usize {
    let rest = &html.as_bytes()[from..];
    let ends = rest
        .windows(name.len() + 2)
        .position(|w| w.starts_with(b"</") && w[2..].eq_ignore_ascii_case(name.as_bytes()));
    ends.map_or(html.len(), |i| from + i)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Reads a tag whose name begins at `at`, up to what follows its `>`.
fn tag<'a>(html: &'a str, start: usize, at: &mut usize) -> Tag<'a> {
    let until = |from: usize, ends: &dyn Fn(char) -> bool| {
        html[from..].find(ends).map_or(html.len(), |i| from + i)
    };
    let end = until(*at, &|c| is_space(c) || c == '/' || c == '>');
    let mut tag = Tag {
        name: html[*at..end].to_ascii_lowercase(),
        span: start..end,
        attributes: Vec::new(),
        closed: false,
    };
    *at = end;
    loop {
        *at = until(*at, &|c| !is_space(c) && c != '/');
        let Some(first) = html[*at..].chars().next() else {
            return tag;
        };
        if first == '>' {
            *at += 1;
            tag.closed = true;
            return tag;
        }
        // A `=` that comes first belongs to the name.
        let after_first = *at + first.len_utf8();
        let name = *at..until(after_first, &|c| is_space(c) || "/>=".contains(c));
        *at = name.end;
        let sign = until(name.end, &|c| !is_space(c));
        let (mut value, mut value_at) = ("", name.end);
        if html[sign..].starts_with('=') {
            let from = until(sign + 1, &|c| !is_space(c));
            let quote = html[from..].chars().next().filter(|c| "\"'".contains(*c));
            let (inside, end) = match quote {
                Some(quote) => {
                    let close = until(from + 1, &|c| c == quote);
                    (from + 1..close, (close + 1).min(html.len()))
                }
                None => {
                    let close = until(from, &|c| is_space(c) || c == '>');
                    (from..close, close)
                }
            };
            value = &html[inside];
            value_at = from;
            *at = end;
        }
        tag.attributes.push(Attribute {
            name: &html[name.clone()],
            value,
            whole: name.start..*at,
            span: name,
            value_at,
        });
    }
}

/// Character references: numbers, and the names that stand for what matters in an address.
fn decoded(value: &str) -> Cow<'_, str> {
    const NAMES: [(&str, char); 16] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("colon", ':'),
        ("sol", '/'),
        ("bsol", '\\'),
        ("num", '#'),
        ("quest", '?'),
        ("period", '.'),
        ("equals", '='),
        ("commat", '@'),
        ("Tab", '\t'),
        ("NewLine", '\n'),
    ];
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
            .unwrap_or(rest.len());
        let name = &rest[..length];
        let number = name
            .strip_prefix('#')
            .and_then(|n| match n.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => n.parse().ok(),
            });
        let named = || NAMES.iter().find(|(n, _)| *n == name).map(|(_, c)| *c);
        match number.and_then(char::from_u32).or_else(named) {
            Some(c) => {
                out.push(c);
                rest = rest[length..].strip_prefix(';').unwrap_or(&rest[length..]);
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What an attribute points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Points {
    /// Where a reader goes.
    Page,
    /// A picture that is shown.
    Picture,
    /// Several pictures with their sizes, of which one is shown.
    Pictures,
    /// Sound, video or another file that is loaded.
    File,
}

/// What an attribute of a tag points at, if anything.
pub fn points(tag: &Tag<'_>, attribute: &Attribute<'_>) -> Option<Points> {
    let name = attribute.name.to_ascii_lowercase();
    match (tag.name.as_str(), name.as_str()) {
        ("a" | "area", "href" | "xlink:href") => Some(Points::Page),
        ("base" | "link", _) => None,
        (_, "href" | "xlink:href") => Some(Points::File),
        ("img" | "input" | "image", "src") | (_, "poster" | "background") => Some(Points::Picture),
        ("audio" | "video" | "track" | "source", "src") => Some(Points::File),
        (_, "srcset") => Some(Points::Pictures),
        _ => None,
    }
}

/// An address as browsers take it: without white space around it, line breaks and tabs in it, and with `/` for `\`.
pub fn address(value: &str) -> String {
    let trimmed = value.trim_matches(|c: char| c <= ' ');
    let plain = trimmed.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
    match trimmed.starts_with(['/', '\\']) {
        true => plain.map(|c| if c == '\\' { '/' } else { c }).collect(),
        false => plain.collect(),
    }
}

/// Whether an address leads to another site, or holds its content itself: it is whole (RFC 3986 §4.2).
pub fn is_elsewhere(address: &str) -> bool {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    address.starts_with("//")
        || scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(part)
}

/// The addresses in a `srcset` (HTML, "Parsing a srcset attribute").
pub fn candidates(srcset: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let skipped = srcset[at..].find(|c: char| !is_space(c) && c != ',');
        let Some(start) = skipped.map(|i| at + i) else {
            return found;
        };
        let end = srcset[start..]
            .find(is_space)
            .map_or(srcset.len(), |i| start + i);
        let url = srcset[start..end].trim_end_matches(',');
        found.push(start..start + url.len());
        // Without a comma at its end, a description follows, up to the next one.
        at = match url.len() < end - start {
            true => end,
            false => srcset[end..].find(',').map_or(srcset.len(), |i| end + i),
        };
    }
}

/// What becomes of an attribute.
pub enum Now {
    /// It stays as it is.
    Kept,
    /// It has this value.
    Is(String),
    /// It goes.
    Gone,
}

/// The same HTML with other values of attributes. `escape` writes a value for quotation marks.
pub fn rewritten(
    html: &str,
    escape: impl Fn(&str, &mut String),
    mut change: impl FnMut(&Tag<'_>, &Attribute<'_>) -> Now,
) -> String {
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for tag in tags(html) {
        for attribute in &tag.attributes {
            match change(&tag, attribute) {
                Now::Kept => {}
                Now::Is(value) => {
                    out.push_str(&html[done..attribute.value_at]);
                    out.push('"');
                    escape(&value, &mut out);
                    out.push('"');
                    done = attribute.whole.end;
                }
                Now::Gone => {
                    out.push_str(&html[done..attribute.span.start]);
                    done = attribute.whole.end;
                }
            }
        }
    }
    out.push_str(&html[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_with_their_places() {
        let html = "<p id=one STYLE='a'>x<br/><!-- <b on=1> --><a href=\"#\" onclick=\"y\">";
        let found = attributes(html);
        let names: Vec<(&str, &str)> = found.iter().map(|a| (a.name, a.value)).collect();
        assert_eq!(
            names,
            [
                ("id", "one"),
                ("STYLE", "a"),
                ("href", "#"),
                ("onclick", "y")
            ]
        );
        assert_eq!(&html[found[1].whole.clone()], "STYLE='a'");
    }

    #[test]
    fn tags_are_those_that_browsers_see() {
        let names =
            |html: &str| -> Vec<String> { tags(html).into_iter().map(|tag| tag.name).collect() };
        assert_eq!(
            names("<!--><img><!---><b><!-- <i> --><u>"),
            ["img", "b", "u"]
        );
        assert_eq!(names("<script>'<img>'</SCRIPT><p>"), ["script", "p"]);
        assert_eq!(names("</p href=x><?php <a>?><!doctype <b>"), [""; 0]);
        assert_eq!(names("1 < 2 <a"), ["a"]);
        assert_eq!(
            tags("<a\nhref = x.md>")[0].get("HREF").as_deref(),
            Some("x.md")
        );
        assert_eq!(
            tags("<a href=\"1\" href=\"2\">")[0].get("href").as_deref(),
            Some("1")
        );
        assert!(!tags("<a href=\"x")[0].closed);
        let odd = "<img/src=x\"onerror=y>";
        assert_eq!(tags(odd)[0].get("src").as_deref(), Some("x\"onerror=y"));
    }

    #[test]
    fn values_are_decoded_as_addresses_are() {
        let value = |html: &str| address(&attributes(html)[0].decoded());
        assert_eq!(
            value("<a href='&#106;ava&Tab;script&colon;x'>"),
            "javascript:x"
        );
        assert_eq!(
            value("<a href=' \u{1}a&#x2F;b&amp;c&copy;\n'>"),
            "a/b&c&copy;"
        );
        assert_eq!(value("<a href='/\\evil.example'>"), "//evil.example");
        assert_eq!(value("<a href='a\\b'>"), "a\\b");
    }

    #[test]
    fn a_srcset_is_taken_apart() {
        let of = |text: &'static str| -> Vec<&str> {
            candidates(text).into_iter().map(|r| &text[r]).collect()
        };
        assert_eq!(of("a.jpg 1x, b,c.jpg 2x"), ["a.jpg", "b,c.jpg"]);
        assert_eq!(of(" a.jpg, b.jpg 640w ,c.jpg"), ["a.jpg", "b.jpg", "c.jpg"]);
        assert_eq!(of(" , "), [""; 0]);
    }

    #[test]
    fn values_are_rewritten_in_place() {
        let html = "<a class=x href=a.md title='1'>b</a><a HREF = 'c.md'>";
        let new = rewritten(
            html,
            |v, out| out.push_str(v),
            |_, a| match a.value {
                "a.md" => Now::Is("/a/".to_owned()),
                "c.md" => Now::Gone,
                _ => Now::Kept,
            },
        );
        assert_eq!(new, "<a class=x href=\"/a/\" title='1'>b</a><a >");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "(<a |<script>|</script|\"|'|=|>|é|<!--|-->|id|href=|srcset=|,|/|&#|&amp;|;|\n){0,40}") {
            let found = tags(&html);
            for attribute in found.iter().flat_map(|t| &t.attributes) {
                let _ = candidates(attribute.value);
                let _ = address(&attribute.decoded());
            }
            let same = rewritten(&html, |_, _| {}, |_, _| Now::Kept);
            proptest::prop_assert_eq!(same, html);
        }
    }
}
