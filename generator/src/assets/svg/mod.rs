//! Drawings: nothing in one may act, or load from elsewhere. One that does is refused, at its place.
//!
//! Elements are allowed by name. Whatever another program adds in namespaces of its own is no part of the
//! drawing: browsers pass it over, and it is not published.

mod clean;

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

pub(super) use self::clean::published;

use crate::base::attachment::{self, Kind};

/// The largest drawing that is accepted, in bytes. A larger static file stays as it is.
pub(super) const MOST: usize = 8 << 20;

const SVG: &str = "http://www.w3.org/2000/svg";
/// Namespaces whose elements act wherever they stand.
const ACTIVE: [&str; 3] = [
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/1999/XSL/Transform",
    "http://www.w3.org/2001/xml-events",
];
const ELEMENTS: [&str; 62] = [
    "animate",
    "animateMotion",
    "animateTransform",
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feImage",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "mpath",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "set",
    "solidColor",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "title",
    "tref",
    "tspan",
    "use",
    "view",
];

/// Something that a drawing may not hold.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    pub message: String,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

fn refused<T>(message: impl Into<String>, span: Range<usize>) -> Result<T, Refused> {
    Err(Refused {
        message: message.into(),
        span,
    })
}

/// As XML; an entity or too many nodes are errors.
fn parsed(text: &str) -> Result<Document<'_>, roxmltree::Error> {
    let options = ParsingOptions {
        nodes_limit: 1_000_000,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options)
}

/// Checks a drawing as browsers read it: as XML.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refused> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refused("this drawing is not UTF-8", 0..0);
    };
    // Entities can spell anything, and another encoding would make browsers read another text.
    for (mark, message) in [
        ("<!DOCTYPE", "a drawing may have no <!DOCTYPE>"),
        ("<!ENTITY", "a drawing may have no entities of its own"),
        (
            "<?xml-stylesheet",
            "a drawing may take in no styles from elsewhere",
        ),
    ] {
        if let Some(at) = text.find(mark) {
            return refused(message, at..at + mark.len());
        }
    }
    let bare = text.trim_start_matches('\u{feff}');
    let shift = text.len() - bare.len();
    if let Some(declaration) = bare
        .strip_prefix("<?xml")
        .and_then(|t| t.split("?>").next())
        && let Some((_, encoding)) = declaration.split_once("encoding")
    {
        let name = encoding.trim_matches(|c: char| c.is_whitespace() || "='\"".contains(c));
        let name = name.split(['"', '\'']).next().unwrap_or_default();
        if !name.eq_ignore_ascii_case("utf-8") {
            return refused(
                "a drawing must be UTF-8",
                shift..shift + 5 + declaration.len(),
            );
        }
    }
    let document = match parsed(bare) {
        Ok(document) => document,
        Err(error) => {
            let (line, column) = (error.pos().row as usize, error.pos().col as usize);
            let start: usize = bare
                .split_inclusive('\n')
                .take(line.max(1) - 1)
                .map(str::len)
                .sum();
            let rest = &bare[start..];
            let within = rest
                .char_indices()
                .nth(column.max(1) - 1)
                .map_or(rest.len(), |(at, _)| at);
            let at = shift + start + within;
            return refused("this drawing is not well-formed XML", at..at);
        }
    };
    let root = document.root_element();
    // Without its namespace, browsers show none of it.
    let is_svg = root.tag_name().namespace().is_none_or(|space| space == SVG);
    if !is_svg || root.tag_name().name() != "svg" {
        return refused("this is no SVG drawing", 0..0);
    }
    let found = document.descendants().try_for_each(node);
    found.map_err(|refused| Refused {
        span: refused.span.start + shift..refused.span.end + shift,
        ..refused
    })
}

fn node(node: Node<'_, '_>) -> Result<(), Refused> {
    if !node.is_element() {
        return Ok(());
    }
    let (name, space) = (node.tag_name().name(), node.tag_name().namespace());
    // Of an element, the name alone: its content may be long.
    let start = node.range().start;
    let tag = start..start + 1 + name.len();
    let is_svg = space.is_none_or(|space| space == SVG);
    if (is_svg && !ELEMENTS.contains(&name)) || space.is_some_and(|s| ACTIVE.contains(&s)) {
        return refused(format!("a drawing may have no <{name}>"), tag);
    }
    for attribute in node.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        let span = attribute.range();
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("on") {
            return refused(format!("a drawing may have no `{name}=`"), span);
        }
        let target = ["href", "src", "base"].contains(&lower.as_str());
        if target && !is_own(value) {
            return refused("a drawing may point at nothing outside of itself", span);
        }
        let moves = lower == "attributename" && value.to_ascii_lowercase().contains("href");
        if moves || (lower == "attributename" && value.to_ascii_lowercase().starts_with("on")) {
            return refused("a drawing may not move what it points at", span);
        }
        if !is_own_style(value) {
            return refused("a drawing may take in nothing from elsewhere", span);
        }
    }
    if name == "style" && is_svg {
        let text: String = node.descendants().filter_map(|n| n.text()).collect();
        if !is_own_style(&text) || text.to_ascii_lowercase().contains("@import") {
            return refused("a drawing may take in nothing from elsewhere", tag);
        }
    }
    Ok(())
}

/// A place in the drawing, or a picture of pixels that stands in it.
fn is_own(target: &str) -> bool {
    let target = target.trim().to_ascii_lowercase();
    let picture = target.strip_prefix("data:image/");
    target.is_empty()
        || target.starts_with('#')
        || picture.is_some_and(|rest| {
            let end = rest.find([';', ',']).unwrap_or(rest.len());
            attachment::of_ending(&rest[..end]) == Some(Kind::Picture)
        })
}

/// Whether every `url(…)` of a style stays in the drawing.
fn is_own_style(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    if !["url", "image", "src(", "\\"]
        .iter()
        .any(|w| lower.contains(w))
    {
        return true;
    }
    // An escape can spell `url` in other letters.
    let escapes = lower.contains('\\') && lower.contains('(');
    let others = ["image-set(", "image(", "src("]
        .iter()
        .any(|f| lower.contains(f));
    let mut urls = lower.split("url(").skip(1);
    !escapes && !others && urls.all(|url| is_own(url.trim_start().trim_start_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"{SVG}\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\">{inside}</svg>"
        )
    }

    #[test]
    fn drawings_that_only_draw_are_good() {
        for inside in [
            "<path d=\"M0 0h9\" style=\"fill:url(#a);stroke:none\"/>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient></defs>",
            "<use xlink:href=\"#a\"/><use href='#a'/>",
            "<style>.a{fill:url('#a')}</style><text class=\"a\">on=click href javascript: url(</text>",
            "<image href=\"data:image/png;base64,AAAA\"/>",
            "<metadata><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></metadata>",
            "<i:view xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" i:zoom=\"1\"/>",
            "<!-- <script> --><animate attributeName=\"x\" to=\"1\"/>",
        ] {
            assert_eq!(check(drawing(inside).as_bytes()), Ok(()), "{inside}");
        }
        assert_eq!(check(format!("\u{feff}{}", drawing("")).as_bytes()), Ok(()));
    }

    #[test]
    fn whatever_acts_or_loads_is_refused_at_its_place() {
        for (inside, place) in [
            ("<script>1</script>", "<script"),
            (
                "<s:script xmlns:s=\"http://www.w3.org/2000/svg\"/>",
                "<s:scri",
            ),
            (
                "<script xmlns=\"http://www.w3.org/1999/xhtml\"/>",
                "<script",
            ),
            ("<g><foreignObject/></g>", "<foreignObject"),
            ("<a href=\"#x\"/>", "<a"),
            ("<g onload=\"x\"/>", "onload=\"x\""),
            ("<g ONCLICK='x'/>", "ONCLICK='x'"),
            ("<use href=\"/a.svg#x\"/>", "href=\"/a.svg#x\""),
            (
                "<use xlink:href=\" java&#10;script:x\"/>",
                "xlink:href=\" java&#10;script:x\"",
            ),
            (
                "<image href=\"https://a.example/x.png\"/>",
                "href=\"https://a.example/x.png\"",
            ),
            (
                "<image href=\"data:image/svg+xml,x\"/>",
                "href=\"data:image/svg+xml,x\"",
            ),
            (
                "<set attributeName=\"xlink:href\" to=\"x\"/>",
                "attributeName=\"xlink:href\"",
            ),
            (
                "<animate attributeName='onclick'/>",
                "attributeName='onclick'",
            ),
            (
                "<path fill=\"url(https://a.example/#x)\"/>",
                "fill=\"url(https://a.example/#x)\"",
            ),
            (
                "<path style=\"fill:\\75rl(x)\"/>",
                "style=\"fill:\\75rl(x)\"",
            ),
            ("<style>@import 'x';</style>", "<style"),
            ("<style>@IMPORT \"x\";</style>", "<style"),
            (
                "<style><![CDATA[a{fill:url(//a.example)}]]></style>",
                "<style",
            ),
            (
                "<g xml:base=\"https://a.example/\"/>",
                "xml:base=\"https://a.example/\"",
            ),
            (
                "<iframe xmlns=\"http://www.w3.org/1999/xhtml\"/>",
                "<iframe",
            ),
            ("<handler/>", "<handler"),
            ("<g>", ""),
        ] {
            let text = drawing(inside);
            let refused = check(text.as_bytes()).expect_err(inside);
            assert_eq!(&text[refused.span.clone()], place, "{inside}: {refused:?}");
        }
    }

    #[test]
    fn what_would_be_read_as_another_text_is_refused() {
        let plain = drawing("");
        for text in [
            format!("<!DOCTYPE svg [<!ENTITY a \"<script/>\">]>{}", &plain[39..]),
            plain.replace("UTF-8", "UTF-7"),
            plain.replace("\"UTF-8\"", "'iso-2022-jp'"),
            plain.replace(
                "?>",
                "?><?xml-stylesheet href=\"a.xsl\" type=\"text/xsl\"?>",
            ),
            plain.replace(SVG, "http://www.w3.org/1999/xhtml"),
            "<html><script>x</script></html>".to_owned(),
            String::new(),
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
        assert!(check(b"\xff\xfe<\0s\0v\0g\0").is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(<svg|xmlns=|\"http://www.w3.org/2000/svg\"|<|/>|>|é|on|=|'|\"| |<!--|-->|<?xml|\n){0,30}") {
            let _ = check(text.as_bytes());
        }
    }
}
