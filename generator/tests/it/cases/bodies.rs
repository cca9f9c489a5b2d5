//! Bodies: headings, notes, quotation marks, directives, HTML; never a template.

use crate::harness::{Newsroom, png};

const PAGE: &str = "/en/news/2025/01/10/a/";

fn room(body: &str) -> Newsroom {
    Newsroom::new().story("news/a.md", "2025-01-10", "", body)
}

fn html(body: &str) -> String {
    room(body).good().body(PAGE).trim_end().to_owned()
}

#[test]
fn a_body_is_never_a_template() {
    let text = "{{ site.name }} {% if true %} {# note #} {{<figure/>}}";
    let out = html(&format!("{text}\n\n`{text}`\n\n## {text}"));
    for part in ["{{ site.name }}", "{% if true %}", "{# note #}"] {
        assert_eq!(out.matches(part).count(), 3, "{part} in {out}");
    }
    let built = Newsroom::new()
        .file("content/news/t.md", "+++\ntitle = \"{{ 1 + 1 }} {% raw %}\"\ndate = 2025-01-10\nlead = \"{{ now() }}\"\n+++\n")
        .good();
    let page = built.page("/en/news/2025/01/10/t/");
    assert!(
        page.starts_with("ARTICLE {{ 1 + 1 }} {% raw %}\n") && page.contains("lead: {{ now() }}")
    );
}

#[test]
fn headings_have_anchors() {
    let out = html("## What next?\n\n## What next?\n\n### Own {#mine}\n\n## …\n\n## Été à Łódź");
    for id in ["what-next", "what-next-2", "mine", "section", "été-à-łódź"] {
        assert!(out.contains(&format!("id=\"{id}\"")), "{id} in {out}");
    }
}

#[test]
fn a_table_of_contents_needs_four_headings() {
    let three = "## A\n\n## B\n\n## C\n";
    assert_eq!(room(three).good().says(PAGE, "toc"), "");
    let built = room(&format!("{three}\n### D *e*\n")).good();
    assert_eq!(
        built.says(PAGE, "toc"),
        "[2 a A][2 b B][2 c C][3 d-e D <em>e</em>]"
    );
}

#[test]
fn footnotes_have_ways_there_and_back() {
    let built = room("Said[^1] twice[^1].\n\n[^1]: The note.")
        .story("news/a.fr.md", "", "", "Dit[^n].\n\n[^n]: La note.")
        .good();
    let out = built.body(PAGE);
    for part in [
        "id=\"fnref-1\" href=\"#fn-1\"",
        "id=\"fnref-1-2\"",
        "<li id=\"fn-1\"",
        "aria-label=\"Back\"",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(
        built
            .body("/fr/news/2025/01/10/a/")
            .contains("aria-label=\"Retour\"")
    );
}

#[test]
fn quotation_marks_follow_the_language() {
    let built = room("\"Yes\" -- it's")
        .story("news/a.fr.md", "", "", "\"Oui\"")
        .good();
    assert_eq!(built.body(PAGE), "<p>“Yes” – it’s</p>\n");
    assert_eq!(
        built.body("/fr/news/2025/01/10/a/"),
        "<p>«\u{202f}Oui\u{202f}»</p>\n"
    );
}

#[test]
fn directives_call_the_themes_components() {
    let body = "::: figure src=\"hands.png\" alt=\"Two \\\"hands\\\"\"\nThe *caption* <b>x</b>.\n:::\n\n::: quote by=\"Ada\"\nWell, [said](#x).\n\n## X\n:::\n\n::: video id=\"clip\"\n:::\n\n::: contact id=\"press\"\n:::\n\nAfter.";
    let built = room(body)
        .file("content/news/hands.png", png(30, 20))
        .dossier("clip", "2025-01-01", "", "")
        .good();
    let out = built.body(PAGE);
    assert!(out.contains("<figure>/files/news/hands."), "{out}");
    assert!(
        out.contains(" Two &quot;hands&quot; 30|<p>The <em>caption</em> <b>x</b>.</p></figure>"),
        "{out}"
    );
    assert!(
        out.contains("<blockquote><p>Well, <a href=\"#x\">said</a>.</p>"),
        "{out}"
    );
    assert!(out.contains("<cite>Ada</cite></blockquote>"), "{out}");
    assert!(
        out.contains("<video-block>Story clip /en/video/clip/</video-block>"),
        "{out}"
    );
    assert!(
        out.contains("<contact-block>Press office</contact-block>"),
        "{out}"
    );
    assert!(out.contains("<p>After.</p>"), "{out}");
    assert_eq!(built.says("/en/video/clip/", "articles"), "[Story a]");
}

#[test]
fn colons_in_code_stay_code() {
    let out = html("```\n::: quote\n```\n\n`:::` and ::: here");
    assert_eq!(
        out,
        "<pre><code>::: quote\n</code></pre>\n<p><code>:::</code> and ::: here</p>"
    );
}

#[test]
fn html_passes_or_is_refused() {
    assert_eq!(html("<aside>x</aside>"), "<aside>x</aside>");
    let refused = room("a <b>x</b>")
        .tables("[markdown]\nraw_html = false")
        .build();
    let errors = refused.errors();
    assert_eq!(
        (errors[0].file.as_str(), errors[0].line),
        ("content/news/a.md", 5),
        "{}",
        refused.report()
    );
    let styled = room("<p style=\"color:red\" onclick=\"x\">y</p>\n\n<script>1</script>").good();
    for text in [
        "ignore `style=`",
        "ignore `onclick=`",
        "not run this script",
    ] {
        assert!(styled.warns("content/news/a.md", text), "{text}");
    }
}

#[test]
fn aligned_cells_need_no_style_attribute() {
    let out = html("| a | b |\n|:--|--:|\n| 1 | 2 |");
    assert!(
        out.contains("<td class=\"align-end\">2</td>") && !out.contains("style="),
        "{out}"
    );
}

#[test]
fn pictures_have_their_sizes() {
    let built = room("![Big](big.png) ![Svg](v.svg) ![Static](/s.png \"T\")")
        .file("content/news/big.png", png(1600, 900))
        .file("content/news/v.svg", "<svg viewBox=\"0 0 40 30\"/>")
        .file("content/static/s.png", png(5, 6))
        .good();
    let out = built.body(PAGE);
    for part in [
        "alt=\"Big\" width=\"1600\" height=\"900\"",
        "alt=\"Svg\" width=\"40\" height=\"30\"",
        "src=\"/s.png\" alt=\"Static\" title=\"T\" width=\"5\" height=\"6\"",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
}

#[test]
fn both_formats_of_front_matter_and_every_line_ending_read_alike() {
    let toml = "+++\ntitle = \"A\"\ndate = 2025-01-10\ntopics = [\"Trade\"]\n+++\nBody.\n";
    let yaml = "---\ntitle: A\ndate: 2025-01-10\ntopics: [Trade]\n---\nBody.\n";
    let windows = yaml.replace('\n', "\r\n");
    let marked = format!("\u{feff}{toml}");
    let pages: Vec<String> = [toml, yaml, &windows, &marked]
        .iter()
        .map(|t| {
            Newsroom::new()
                .file("content/news/a.md", *t)
                .good()
                .page(PAGE)
                .to_owned()
        })
        .collect();
    assert!(pages.windows(2).all(|p| p[0] == p[1]), "{pages:#?}");
}

#[test]
fn words_are_counted_without_markup() {
    assert_eq!(
        room("One *two* [three](#x) `four`\n\n## X")
            .good()
            .says(PAGE, "words"),
        "5"
    );
}

#[test]
fn what_raw_html_points_at_is_looked_for_and_has_its_address() {
    let body = "<p><a class=x href=\"b.md#next\">b</a> <a href='/news/old.md'>old</a> <img src=p.png alt=\"\"></p>\n\n\
                <picture>\n<source srcset=\"p.png 1x,\n  /s.png 2x\"><img src=\"/s.png\"></picture>\n\n\
                A <a href=\"https://a.example/?a=1&amp;b\">c</a>, <audio src=\"s.mp3#t=1\"></audio> <svg><use href=\"#i\"/></svg>.";
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-05", "", body)
        .story("news/b.md", "2025-01-06", "", "## Next")
        .story(
            "news/old.md",
            "2025-01-06",
            "expires = 2025-01-07T00:00:00Z",
            "",
        )
        .file("content/news/p.png", png(4, 3))
        .file("content/news/s.mp3", "x")
        .file("content/static/s.png", png(4, 3))
        .good();
    let html = built.body("/en/news/2025/01/05/a/");
    let file = |start: &str, end: &str| {
        let path = built.fingerprinted(&format!("site/files/news/{start}."), end);
        path.unwrap()["site".len()..].to_owned()
    };
    let (picture, sound) = (file("p", ".png"), file("s", ".mp3"));
    for expected in [
        "<a class=x href=\"/en/news/2025/01/06/b/#next\">b</a> <a >old</a>".to_owned(),
        format!("<img src=\"{picture}\" alt=\"\">"),
        format!("<source srcset=\"{picture} 1x,\n  /s.png 2x\"><img src=\"/s.png\">"),
        "<a href=\"https://a.example/?a=1&amp;b\">c</a>".to_owned(),
        format!("<audio src=\"{sound}#t=1\">"),
        "<use href=\"#i\"/>".to_owned(),
    ] {
        assert!(html.contains(&expected), "{expected}\n{html}");
    }
}

#[test]
fn what_the_policy_blocks_is_told_by_name() {
    let body = "<style>p{}</style>\n\n<iframe src=\"https://a.example/\"></iframe>\n\n<object data=\"a.swf\"></object>\n\n\
                <p style=\"x\" onclick='y'><embed src=x></p>\n\n<img src=\"https://a.example/a.png\">\n\n\
                <video poster=\"//a.example/p.jpg\" src=\"data:video/mp4,x\"></video>\n\n\
                <form action=\"https://a.example/\" method=post></form>\n\n<script src=\"/x.js\"></script>\n\n\
                <!-- <iframe> -->\n\nA `<object>`\n\n<script type=\"application/ld+json\">{}</script>\n\n<link rel=stylesheet href=x>";
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-05", "", body)
        .good();
    for (count, text) in [
        (1, "ignore this `<style>`"),
        (1, "not show this `<iframe>`"),
        (1, "not show this `<object>`"),
        (1, "not show this `<embed>`"),
        (1, "ignore `style=` here"),
        (1, "ignore `onclick=` here"),
        (1, "not load what this `<img>` shows"),
        (2, "not load what this `<video>` shows"),
        (1, "not send this form"),
        (1, "not run this script"),
        (1, "a `<link>` has no place in a body"),
    ] {
        let all = built.diagnostics();
        let found = all.iter().filter(|f| f.text.contains(text)).count();
        assert_eq!(found, count, "{text}\n{}", built.report());
    }
    assert_eq!(built.diagnostics().len(), 12, "{}", built.report());
}
