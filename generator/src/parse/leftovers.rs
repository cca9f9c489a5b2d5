//! Markup of other systems that Dateline does not replace: readers would see it as text.

use std::ops::Range;

use crate::base::hash::Set;

/// A kind of leftover markup: what it is and how to remove it. Each kind has one wording, so that findings can be
/// grouped.
pub(super) type Kind = (&'static str, &'static str);

const SHORTCODE: Kind = (
    "readers see this shortcode as text",
    "use a block, such as ::: figure or ::: video, or write it in Markdown or HTML; in a body nothing is replaced",
);
const TEMPLATE: Kind = (
    "readers see these template marks as text",
    "write what they stood for; a body is never a template. Marks that are meant to be read stand between `…`",
);
const ATTRIBUTES: Kind = (
    "readers see these attributes as text",
    "take them out; a heading's id is written ## Heading {#id}",
);
const WIKI: Kind = (
    "readers see this wiki link as text",
    "write [text](/news/2025/01/27/visit.md), with the path of the source",
);
const ALERT: Kind = (
    "readers see this mark of an alert as text",
    "take it out, and write what kind of note it is in words",
);
pub(super) const REFERENCE: Kind = (
    "nothing defines this reference: readers see the brackets",
    "add a line such as [name]: https://example.org, write [text](address), or put \\ before the brackets",
);
const NOTE: Kind = (
    "there is no such footnote: readers see the brackets",
    "add a line such as [^1]: The note., or take the mark out",
);

/// Shortcodes of WordPress and its builders.
const SHORTCODES: [&str; 17] = [
    "audio",
    "caption",
    "contact-form",
    "contact-form-7",
    "embed",
    "gallery",
    "instagram",
    "playlist",
    "soundcloud",
    "tweet",
    "twitter",
    "twitter-timeline",
    "video",
    "vimeo",
    "wp_caption",
    "youtube",
    "ngg_images",
];
const BUILDERS: [&str; 5] = ["vc_", "et_pb_", "fusion_", "su_", "fl_"];

/// Searches a body. Markup begins in ordinary text or HTML; its extent is read from the source, since the parser may
/// have read parts of it as something else.
#[derive(Default)]
pub(super) struct Leftovers {
    /// Where the last one ends.
    until: usize,
    /// What was reported already.
    reported: Set<String>,
}

impl Leftovers {
    /// The marks that begin in `range` of the body.
    pub fn look(
        &mut self,
        body: &str,
        range: &Range<usize>,
        mut found: impl FnMut(Kind, Range<usize>),
    ) {
        let Some(text) = body.get(range.clone()) else {
            return;
        };
        for (at, _) in text.match_indices(['{', '[', '<', '!']) {
            let at = range.start + at;
            if at < self.until || body[..at].ends_with('\\') {
                continue;
            }
            let begins_line = body[..at].ends_with('\n') || at == 0;
            let left = match body[at..].starts_with('!') {
                true => begins_line.then(|| admonition(&body[at..])).flatten(),
                false => mark(&body[at..]),
            };
            if let Some((kind, length)) = left {
                self.until = at + length;
                if self.reported.insert(body[at..at + length].to_owned()) {
                    found(kind, at..at + length);
                }
            }
        }
    }
}

/// `!!! note`, at the start of a line.
fn admonition(text: &str) -> Option<(Kind, usize)> {
    let word = text.strip_prefix("!!! ")?;
    let length = word.bytes().take_while(u8::is_ascii_lowercase).count();
    (length > 0).then_some((ALERT, 4 + length))
}

/// `{/youtube}`, with which a shortcode ends.
fn closing(text: &str) -> Option<(Kind, usize)> {
    let name = text.strip_prefix("{/")?;
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (length > 0 && name[length..].starts_with('}')).then_some((SHORTCODE, length + 3))
}

/// The mark at the beginning of `text`, and its length.
fn mark(text: &str) -> Option<(Kind, usize)> {
    const PAIRS: [(&str, &str, Kind); 9] = [
        ("{{<", ">}}", SHORTCODE),
        ("{{%", "%}}", SHORTCODE),
        ("{{", "}}", TEMPLATE),
        ("{%", "%}", TEMPLATE),
        ("{#", "#}", TEMPLATE),
        ("{:", "}", ATTRIBUTES),
        ("{.", "}", ATTRIBUTES),
        ("<%", "%>", TEMPLATE),
        ("[[", "]]", WIKI),
    ];
    for (open, close, kind) in PAIRS {
        if let Some(rest) = text.strip_prefix(open)
            && let Some(end) = near(rest, close)
        {
            return Some((kind, open.len() + end + close.len()));
        }
    }
    if let Some(found) = closing(text) {
        return Some(found);
    }
    let inside = text.strip_prefix('[')?;
    let inside = &inside[..near(inside, "]")?];
    let length = inside.len() + 2;
    if let Some(word) = inside.strip_prefix('!') {
        let alert = !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase());
        return alert.then_some((ALERT, length));
    }
    if let Some(name) = inside.strip_prefix('^') {
        let name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '[');
        return name.then_some((NOTE, length));
    }
    let own = inside.strip_prefix('/').unwrap_or(inside);
    let (name, rest) = own.split_at(own.find([' ', '=', '\n', '/']).unwrap_or(own.len()));
    let contents = matches!(inside, "toc" | "TOC");
    let known =
        contents || SHORTCODES.contains(&name) || BUILDERS.iter().any(|b| name.starts_with(b));
    // `[video]` is what an editor may write; `[video src="…"]` is not.
    let meant = rest.contains('=')
        || inside.len() > own.len()
        || !matches!(name, "audio" | "video" | "caption" | "embed");
    (known && meant).then_some((SHORTCODE, length))
}

/// Where `close` stands in the same paragraph, not far away.
fn near(text: &str, close: &str) -> Option<usize> {
    const FAR: usize = 2000;
    let mut far = text.len().min(FAR);
    while !text.is_char_boundary(far) {
        far -= 1;
    }
    let end = text[..far].find(close)?;
    (!text[..end].contains("\n\n")).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Vec<(&'static str, &str)> {
        let mut all = Vec::new();
        Leftovers::default().look(body, &(0..body.len()), |kind, span| {
            all.push((
                kind.0.split_whitespace().nth(3).unwrap_or_default(),
                &body[span],
            ));
        });
        all
    }

    #[test]
    fn marks_of_other_systems_are_known_with_all_that_they_span() {
        for (text, word) in [
            ("{{< youtube id=\"a\" >}}", "shortcode"),
            ("{{% note %}}", "shortcode"),
            ("{{ page.title }}", "template"),
            ("{% include a.html %}", "template"),
            ("{# note #}", "template"),
            ("{:.lead}", "attributes"),
            ("[[Page|text]]", "wiki"),
            ("[!NOTE]", "mark"),
            ("[gallery ids=\"1,2\"]", "shortcode"),
            ("[/caption]", "shortcode"),
            ("[vc_row]", "shortcode"),
            ("[^1]", "such"),
            ("[TOC]", "shortcode"),
            ("{.lead}", "attributes"),
            ("<%= title %>", "template"),
            ("{/youtube}", "shortcode"),
            ("!!! note", "mark"),
        ] {
            let found = found(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].1, text);
            assert_eq!(found[0].0, word, "{text}");
        }
    }

    #[test]
    fn what_editors_write_is_left_alone() {
        for text in [
            "{a}",
            "[video]",
            "[sic]",
            "[…]",
            "{{ never closed",
            "a {{\n\n}} b",
            "[1]",
            "[caption]",
            "Attention!!! now",
            "!!!",
            "a < b, c > d",
            "{/}",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(body in "(\\PC|\\{\\{|\\}\\}|\\{%|%\\}|\\[\\[|\\]|é|\n){0,60}", from in 0usize..9) {
            let from = (0..=from.min(body.len())).rfind(|i| body.is_char_boundary(*i)).unwrap_or_default();
            Leftovers::default().look(&body, &(from..body.len()), |_, _| ());
        }
    }
}
