use std::fmt::Write as _;

use super::*;
use crate::markdown::directive::Kind;

struct Plain;

impl Hooks for Plain {
    fn link(&mut self, href: &str) -> Option<String> {
        (href != "gone").then(|| href.to_owned())
    }

    fn image(&mut self, src: &str, alt: &str, _: &str, out: &mut String) {
        let _ = write!(out, "<img src=\"{src}\" alt=\"{alt}\">");
    }

    fn directive(&mut self, directive: &Directive, body: &str, out: &mut String) {
        let _ = write!(
            out,
            "<x-{0}>{body}</x-{0}>",
            directive.kind.map_or("none", Kind::name)
        );
    }
}

fn html(body: &str, lang: &str) -> String {
    let lang = Lang::parse(lang).unwrap();
    to_html(body, Page::new(&lang, "Back", false), &mut Plain).html
}

#[test]
fn aligned_cells_have_classes_not_styles() {
    let out = html("| a | b |\n|---|--:|\n| 1 | 2 |\n", "en");
    assert!(
        out.contains("<th scope=\"col\" class=\"align-end\">b</th>"),
        "{out}"
    );
    assert!(out.contains("<td class=\"align-end\">2</td>"), "{out}");
    assert!(!out.contains("style="));
}

#[test]
fn an_empty_corner_of_a_table_is_no_header() {
    let out = html("|  | b |\n|---|:-:|\n| 1 | 2 |\n", "en");
    assert!(
        out.contains("<tr><td></td><th scope=\"col\" class=\"align-center\">b</th></tr>"),
        "{out}"
    );
}

#[test]
fn french_spaces_do_not_break() {
    let out = html("Oui ; non : « si » ! `a ; b`", "fr");
    assert_eq!(
        out,
        "<p>Oui\u{202f}; non\u{a0}: «\u{202f}si\u{202f}»\u{202f}! <code>a ; b</code></p>\n"
    );
}

#[test]
fn footnotes_stand_at_the_end_with_ways_back() {
    let out = html("A[^x] and B[^x].\n\n[^x]: The note.\n\nLast.\n", "en");
    assert!(out.contains("id=\"fnref-1-2\" href=\"#fn-1\""), "{out}");
    let (body, notes) = out.split_once("<div").unwrap();
    assert!(body.contains("Last."), "{out}");
    assert!(
        notes.contains("<li id=\"fn-1\" value=\"1\"><p>The note. <a href=\"#fnref-1\""),
        "{out}"
    );
}

#[test]
fn quotation_marks_follow_the_language() {
    assert_eq!(html("He said \"yes\".", "en"), "<p>He said “yes”.</p>\n");
    assert_eq!(
        html("Il a dit \"oui\".", "fr"),
        "<p>Il a dit «\u{202f}oui\u{202f}».</p>\n"
    );
    assert_eq!(html("\"ja\"", "de"), "<p>„ja“</p>\n");
}

#[test]
fn a_directive_wraps_its_body_and_footnotes_cross_it() {
    let out = html(
        "Before.\n::: quote by=\"x\"\nSaid[^1] [so][l].\n:::\nAfter.\n\n[^1]: Note.\n\n[l]: /x\n",
        "en",
    );
    assert!(out.contains("<x-quote><p>Said<sup"), "{out}");
    assert!(
        out.contains("<a href=\"/x\">so</a>.</p></x-quote>\n<p>After.</p>"),
        "{out}"
    );
    assert!(out.contains("id=\"fn-1\""), "{out}");
}

#[test]
fn headings_have_unique_ids_and_a_clean_table_of_contents() {
    let lang = Lang::parse("en").unwrap();
    let body = "## A [b](x) & *c*\n\n## A b & c {#own}\n\n## A b & c\n";
    let out = to_html(body, Page::new(&lang, "", false), &mut Plain);
    let ids: Vec<&str> = out.toc.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["a-b-c", "own", "a-b-c-2"]);
    assert_eq!(out.toc[0].title, "A b &amp; <em>c</em>");
}

#[test]
fn template_marks_are_plain_text() {
    assert_eq!(
        html("{{ secret }} {% raw %}", "en"),
        "<p>{{ secret }} {% raw %}</p>\n"
    );
}

#[test]
fn a_link_to_nowhere_becomes_text_and_control_characters_vanish() {
    assert_eq!(html("a [b](gone) \u{1}c", "en"), "<p>a b c</p>\n");
}

#[test]
fn raw_html_passes_and_nesting_does_not_overflow() {
    assert!(html("<aside>x</aside>\n", "en").contains("<aside>x</aside>"));
    let deep = "> ".repeat(20_000) + "x";
    assert!(html(&deep, "en").contains('x'));
    assert!(html(&("[".repeat(20_000) + "x"), "en").contains('x'));
}

proptest::proptest! {
    #[test]
    fn never_panics(body in "(\\PC|\n|\\[\\^1\\]|: |:::|::: quote\n|!\\[|\\]\\(|\"|```|\\||---|> |# |<b |- ){0,80}") {
        let _ = html(&body, "fr");
        let _ = inline(&body, &Lang::parse("en").unwrap(), &mut Plain);
    }
}
