//! HTML of a body as plain text: a paragraph is a line, an empty line stands between two, and the address of a link
//! follows its text.

use crate::{
    base::path,
    markdown::{raw_html, text::plain},
};

/// Elements that stand for themselves, with an empty line around them.
const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "table",
    "figure",
    "figcaption",
    "section",
    "article",
    "aside",
    "hr",
    "dl",
    "details",
    "address",
    "header",
    "footer",
];
/// Elements that begin a line.
const LINES: [&str; 6] = ["li", "tr", "dt", "dd", "br", "summary"];
/// Elements of which nothing is text.
const SILENT: [&str; 2] = ["script", "style"];

/// The text of HTML that our writer wrote, in which editors may have put their own.
pub(super) fn text(html: &str) -> String {
    let mut out = Text::default();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.words(&rest[..open]);
        let tag = &rest[open..];
        let Some(close) = end_of(tag) else {
            rest = "";
            break;
        };
        rest = &tag[close..];
        let name = out.tag(&tag[..close]);
        if SILENT.contains(&name.as_str()) {
            rest = rest.find("</").map_or("", |at| &rest[at..]);
        }
    }
    out.words(rest);
    out.done
}

/// Where a tag or a comment ends.
fn end_of(tag: &str) -> Option<usize> {
    if tag.starts_with("<!--") {
        return tag.find("-->").map(|at| at + 3);
    }
    let mut quote = None;
    let end = tag.bytes().position(|byte| match (quote, byte) {
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        (None, b'>') => true,
        _ => false,
    });
    end.map(|at| at + 1)
}

/// What is to stand before the next words.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Text {
    done: String,
    gap: Gap,
    /// In text whose white space counts.
    verbatim: bool,
    /// Of each list, the number of its next item; `None` where they have none.
    lists: Vec<Option<usize>>,
    /// What begins the next line: the mark of an item.
    mark: String,
    quotes: usize,
    /// Each open link, and where its text begins.
    links: Vec<(Link, usize)>,
}

enum Link {
    /// To a footnote.
    Note,
    /// From a footnote to its text.
    Back,
    /// To an address.
    To(String),
}

impl Text {
    fn part(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Writes what is to stand before words.
    fn begin(&mut self) {
        let gap = match (self.done.is_empty(), self.gap) {
            (true, _) => "",
            (false, Gap::None) => "",
            (false, Gap::Space) => " ",
            (false, Gap::Line) => "\n",
            (false, Gap::Paragraph) => "\n\n",
        };
        let starts = self.done.is_empty() || self.gap >= Gap::Line;
        self.done.push_str(gap);
        self.gap = Gap::None;
        if starts {
            self.done.push_str(&"> ".repeat(self.quotes));
            let inside = self.lists.len().saturating_sub(1);
            self.done.push_str(&"  ".repeat(inside));
            self.done.push_str(&std::mem::take(&mut self.mark));
        }
    }

    fn words(&mut self, html: &str) {
        let decoded = plain(html);
        if self.verbatim {
            for (number, line) in decoded.trim_end_matches('\n').split('\n').enumerate() {
                if number > 0 {
                    self.part(Gap::Line);
                }
                self.begin();
                self.done.push_str(line);
            }
            return;
        }
        if decoded.starts_with(char::is_whitespace) {
            self.part(Gap::Space);
        }
        for (number, word) in decoded.split_whitespace().enumerate() {
            if number > 0 {
                self.part(Gap::Space);
            }
            self.begin();
            self.done.push_str(word);
        }
        if decoded.ends_with(char::is_whitespace) {
            self.part(Gap::Space);
        }
    }

    /// Takes a tag; the name of an element that begins.
    fn tag(&mut self, tag: &str) -> String {
        let ends = tag.strip_prefix("</").map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
            rest[..end.unwrap_or(rest.len())].to_ascii_lowercase()
        });
        if let Some(name) = ends {
            self.end(&name);
            return String::new();
        }
        let Some(tag) = raw_html::tags(tag).into_iter().next() else {
            return String::new();
        };
        self.start(&tag);
        tag.name
    }

    fn start(&mut self, tag: &raw_html::Tag<'_>) {
        let name = tag.name.as_str();
        self.around(name);
        match name {
            "ul" => self.lists.push(None),
            "ol" => {
                let first = tag.get("start").and_then(|start| start.parse().ok());
                self.lists.push(Some(first.unwrap_or(1)));
            }
            "li" => {
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                }
            }
            "blockquote" => self.quotes += 1,
            "pre" => self.verbatim = true,
            "td" | "th" if !self.done.is_empty() && self.gap < Gap::Line => {
                self.done.push_str(" |");
                self.part(Gap::Space);
            }
            "a" => self.link(tag),
            "img" => {
                let src = tag.get("src").unwrap_or_default();
                let name = path::decode(&src).unwrap_or_default();
                // What is not in the kit has an address.
                if !name.is_empty() && !name.contains('/') {
                    self.begin();
                    self.done.push_str(&format!("[{name}]"));
                    self.part(Gap::Space);
                }
            }
            _ => {}
        }
    }

    fn link(&mut self, tag: &raw_html::Tag<'_>) {
        let is_note = |role: &str| tag.get("role").is_some_and(|own| own == role);
        let to = match (is_note("doc-noteref"), is_note("doc-backlink")) {
            (true, _) => {
                self.begin();
                self.done.push('[');
                Link::Note
            }
            (_, true) => Link::Back,
            _ => Link::To(tag.get("href").unwrap_or_default().into_owned()),
        };
        self.links.push((to, self.done.len()));
    }

    /// Ends a link whose text begins at `from`.
    fn linked(&mut self, to: &Link, from: usize) {
        let written = self.done.get(from..).unwrap_or_default().trim();
        let to = match to {
            Link::Note => return self.done.push(']'),
            Link::Back => return self.done.truncate(from.min(self.done.len())),
            Link::To(to) => to,
        };
        let bare = to.strip_prefix("mailto:").or(to.strip_prefix("tel:"));
        let bare = bare.unwrap_or(to);
        let leads = !to.is_empty() && !to.starts_with('#');
        if leads && !written.is_empty() && written != bare {
            self.done.push_str(&format!(" <{bare}>"));
        }
    }

    fn end(&mut self, name: &str) {
        self.around(name);
        match name {
            "ul" | "ol" => _ = self.lists.pop(),
            "blockquote" => self.quotes = self.quotes.saturating_sub(1),
            "pre" => self.verbatim = false,
            "a" => {
                if let Some((to, from)) = self.links.pop() {
                    self.linked(&to, from);
                }
            }
            _ => {}
        }
    }

    /// The gap that an element has around it.
    fn around(&mut self, name: &str) {
        let nested = matches!(name, "ul" | "ol") && !self.lists.is_empty();
        // A paragraph that an item begins with stands on the item's line.
        let waits = name == "p" && !self.mark.is_empty();
        match BLOCKS.contains(&name) {
            true if nested => self.part(Gap::Line),
            true if !waits => self.part(Gap::Paragraph),
            _ if LINES.contains(&name) => self.part(Gap::Line),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::text;

    #[test]
    fn bodies_read_as_text() {
        for (html, plain) in [
            (
                "<p>One &amp; two\nthree</p>\n<p>Four</p>\n",
                "One & two three\n\nFour",
            ),
            (
                "<h2 id=\"a\">Title</h2>\n<p>A <em>b</em>.</p>",
                "Title\n\nA b.",
            ),
            (
                "<ul>\n<li>a</li>\n<li>b<ol><li>c</li><li>d</li></ol></li></ul><p>e",
                "- a\n- b\n  1. c\n  2. d\n\ne",
            ),
            ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\nb"),
            ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n\n> b"),
            (
                "<p><a href=\"https://x.org/\">here</a>, <a href=\"mailto:a@b.c\">a@b.c</a>",
                "here <https://x.org/>, a@b.c",
            ),
            (
                "<p>a<sup><a href=\"#fn-1\" role=\"doc-noteref\">1</a></sup></p><p>b <a role=\"doc-backlink\">x</a></p>",
                "a[1]\n\nb",
            ),
            ("<pre><code>a\n  b\n</code></pre><p>c", "a\n  b\n\nc"),
            (
                "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>",
                "a | b\nc | d",
            ),
            (
                "<p>a<br>b</p><script>x < y</script><!-- > --><p title='>'>c",
                "a\nb\n\nc",
            ),
            (
                "<figure><img src=\"%C3%A9.jpg\" alt=\"x\"><figcaption>c</figcaption></figure>",
                "[é.jpg]\n\nc",
            ),
            ("", ""),
        ] {
            assert_eq!(text(html), plain, "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_html_reads_as_some_text(html in "(</?(p|ul|ol|li|a|pre|td|script|blockquote)( href=\"x\")?>|<!--|-->|\\PC){0,30}") {
            text(&html);
        }
    }
}
