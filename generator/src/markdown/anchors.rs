//! Ids: `{#id}` honoured, else made from the heading's text; unique on the page and stable.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag};

use super::raw_html;
use crate::base::{
    hash::{Map, Set},
    path,
};

/// Hands out the ids of one page.
#[derive(Default)]
pub struct Anchors {
    /// A dossier's page has some of its own.
    dossier: bool,
    /// What is written as an id somewhere: no heading takes it for its own.
    written: Set<String>,
    /// What stands on the page already.
    given: Set<String>,
    /// By id, the number that a further one of the same name gets.
    next: Map<String, usize>,
    /// What each heading of a body moves down by, since the page's title is the only one of the first level.
    shift: u8,
}

/// Whether the theme's templates or the footnotes of a body use this id: all that begin with `_`, and those to
/// which others lead by name.
fn is_taken(id: &str, dossier: bool) -> bool {
    let numbers = |rest: &str| {
        let mut parts = rest.split('-');
        parts.all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let own = id
        .strip_prefix("transcript-")
        .filter(|_| dossier)
        .unwrap_or(id);
    let note = own
        .strip_prefix("fnref-")
        .or_else(|| own.strip_prefix("fn-"));
    id.starts_with('_')
        || note.is_some_and(numbers)
        || dossier && (id == "terms" || id.starts_with("rendition-"))
}

impl Anchors {
    /// For a page; a dossier's has some ids of its own.
    pub fn new(dossier: bool) -> Self {
        Self {
            dossier,
            ..Self::default()
        }
    }

    /// A text comes that stands on the page, with its directives hidden.
    pub fn prepare(&mut self, body: &str) {
        self.shift = 0;
        if !writes_ids(body) && !writes_titles(body) {
            return;
        }
        for (event, range) in Parser::new_ext(body, super::options()).into_offset_iter() {
            match event {
                // All of its lines at once, since a tag may run over several.
                Event::Start(Tag::HtmlBlock) => self.writes(&body[range]),
                Event::Start(Tag::Heading { level, id, .. }) => {
                    self.written.extend(id.map(|id| id.to_string()));
                    if level == HeadingLevel::H1 {
                        self.shift = 1;
                    }
                }
                Event::InlineHtml(html) => self.writes(&html),
                _ => {}
            }
        }
    }

    fn writes(&mut self, html: &str) {
        let ids = raw_html::attributes(html).into_iter();
        let ids = ids.filter(|a| a.name.eq_ignore_ascii_case("id"));
        self.written.extend(ids.map(|a| a.value.to_owned()));
    }

    /// The level of a heading on the page.
    pub fn level(&self, written: HeadingLevel) -> u8 {
        (written as u8 + self.shift).clamp(2, 6)
    }

    /// The id of the next heading, and whether it is the one that was written. A repeated one gets `-2`, `-3`, …
    /// in the order of the page.
    pub fn heading(&mut self, explicit: Option<&str>, text: &str) -> (String, bool) {
        let explicit = explicit.filter(|id| !id.is_empty());
        if let Some(id) = explicit
            && self.claim(id)
        {
            return (id.to_owned(), true);
        }
        let mut wanted = explicit.map_or_else(|| path::slug(text), str::to_owned);
        if wanted.is_empty() {
            "section".clone_into(&mut wanted);
        }
        if is_taken(&wanted, self.dossier) {
            wanted.insert_str(0, "section-");
        }
        (self.free(wanted), explicit.is_none())
    }

    fn free(&mut self, wanted: String) -> String {
        let own = !self.written.contains(&wanted) && self.given.insert(wanted.clone());
        if own {
            return wanted;
        }
        // Each number is tried once for a name, so a thousand equal headings cost a thousand steps.
        let next = self.next.entry(wanted.clone()).or_insert(2);
        loop {
            let id = format!("{wanted}-{next}");
            *next += 1;
            if !self.written.contains(&id) && self.given.insert(id.clone()) {
                return id;
            }
        }
    }

    /// Whether an id from raw HTML may stand on the page: nothing else has it.
    pub fn claim(&mut self, id: &str) -> bool {
        !is_taken(id, self.dossier) && self.given.insert(id.to_owned())
    }

    /// The bytes of attributes, in a piece of raw HTML, whose ids another element already has.
    pub fn foreign(&mut self, html: &str) -> Vec<Range<usize>> {
        if !has_attribute(html, "id") {
            return Vec::new();
        }
        let ids = raw_html::attributes(html).into_iter();
        let ids = ids.filter(|a| a.name.eq_ignore_ascii_case("id") && !a.value.is_empty());
        let foreign = ids.filter(|a| !self.claim(a.value));
        foreign.map(|a| a.whole).collect()
    }

    /// The bytes of attributes, in a block that the theme wrote, whose ids stand on the page already: a video may
    /// be shown twice. The theme's begin with `_`.
    pub fn repeated(&mut self, html: &str) -> Vec<Range<usize>> {
        if !html.contains("id=\"_") {
            return Vec::new();
        }
        let all = raw_html::attributes(html).into_iter();
        let own = all.filter(|a| a.name == "id" && a.value.starts_with('_'));
        let repeated = own.filter(|a| !self.given.insert(a.value.to_owned()));
        repeated.map(|a| a.whole).collect()
    }
}

/// Whether a name may be that of an attribute somewhere in a text; a quick answer that errs towards yes.
fn has_attribute(text: &str, name: &str) -> bool {
    text.contains('<')
        && text.match_indices('=').any(|(at, _)| {
            let before = text[..at].trim_end().as_bytes();
            before.len() >= name.len()
                && before[before.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
        })
}

fn writes_ids(body: &str) -> bool {
    body.contains("{#")
        || body.contains("#}")
        || has_attribute(body, "id")
        || body.contains(" #") && body.contains('}')
}

/// Whether a heading of the first level may be among the lines.
fn writes_titles(body: &str) -> bool {
    body.lines().any(|line| {
        let line = line.trim_start_matches([
            ' ', '\t', '>', '-', '+', '*', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8',
            '9',
        ]);
        line.starts_with('=')
            || line
                .strip_prefix('#')
                .is_some_and(|rest| !rest.starts_with('#'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(body: &str, texts: &[&str]) -> Vec<String> {
        let mut anchors = Anchors::default();
        anchors.prepare(body);
        texts.iter().map(|t| anchors.heading(None, t).0).collect()
    }

    #[test]
    fn ids_are_unique_and_never_empty() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.heading(None, "What next?").0, "what-next");
        assert_eq!(anchors.heading(None, "What next").0, "what-next-2");
        assert_eq!(
            anchors.heading(Some("what-next"), "x"),
            ("what-next-3".to_owned(), false)
        );
        assert_eq!(anchors.heading(None, "…").0, "section");
        assert_eq!(anchors.heading(None, "What next 2").0, "what-next-2-2");
    }

    #[test]
    fn a_written_id_is_its_owners_wherever_it_stands() {
        assert_eq!(ids("## A\n\n## B {#a}\n", &["A", "a"]), ["a-2", "a-3"]);
        assert_eq!(ids("## A\n\n<p\n ID = a>x</p>\n", &["A"]), ["a-2"]);
        assert_eq!(ids("`id=a` and <b id=\"b\">", &["A", "B"]), ["a", "b-2"]);
    }

    #[test]
    fn what_footnotes_and_theme_use_is_taken() {
        assert_eq!(
            ids("", &["fn 1", "Fnref 1 2", "FN 1 x"]),
            ["section-fn-1", "section-fnref-1-2", "fn-1-x"]
        );
        let mut anchors = Anchors::new(true);
        assert_eq!(anchors.heading(None, "Terms").0, "section-terms");
        assert_eq!(
            anchors.heading(Some("rendition-a"), "").0,
            "section-rendition-a"
        );
        assert!(!anchors.claim("_content"));
        assert_eq!(ids("", &["Terms"]), ["terms"]);
    }

    #[test]
    fn the_pages_title_is_the_only_one_of_its_level() {
        let level = |body: &str, written| {
            let mut anchors = Anchors::default();
            anchors.prepare(body);
            anchors.level(written)
        };
        assert_eq!(level("# A\n\n## B\n", HeadingLevel::H2), 3);
        assert_eq!(level("> 1. # A\n", HeadingLevel::H6), 6);
        assert_eq!(level("A\n=\n", HeadingLevel::H1), 2);
        assert_eq!(level("## B #\n\n`# x`\n", HeadingLevel::H2), 2);
    }
}
