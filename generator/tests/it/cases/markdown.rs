//! What Markdown becomes, in bodies and outside them: ids, leftovers, links, what stands in for what is missing.

use std::collections::BTreeMap;

use crate::harness::{Built, Newsroom, png};

const PAGE: &str = "/en/news/2025/01/10/a/";
const FILE: &str = "content/news/a.md";

fn room(body: &str) -> Newsroom {
    Newsroom::new().story("news/a.md", "2025-01-10", "", body)
}

/// Every id of a page, with how often it stands there.
fn ids(page: &str) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for part in page.split(" id=\"").skip(1) {
        *found.entry(part.split('"').next().unwrap()).or_default() += 1;
    }
    found
}

/// File, line and text of each finding, with whether it is an error.
fn reported(built: &Built) -> Vec<(usize, bool, String)> {
    let all = built.diagnostics().into_iter();
    all.map(|f| (f.line, f.error, f.text)).collect()
}

#[test]
fn ids_are_unique_on_the_whole_page() {
    let body = "Note[^1].\n\n## fn 1\n\n## Fnref 1\n\n## A\n\n<p id=\"a\">x</p>\n\n<p id=\"a\"\nclass=\"y\">x</p>\n\n<i id=\"_content\">x</i>\n\n## A\n\n## B {#own}\n\n## Own\n\n[^1]: Text.\n";
    let built = room(body).good();
    let page = built.page(PAGE);
    let twice: Vec<_> = ids(page).into_iter().filter(|(_, n)| *n > 1).collect();
    assert_eq!(twice, [], "{page}");
    for id in [
        "fn-1",
        "section-fn-1",
        "section-fnref-1",
        "a",
        "a-2",
        "a-3",
        "own",
        "own-2",
    ] {
        assert!(ids(page).contains_key(id), "{id} in {page}");
    }
    assert!(
        page.contains("<p\nclass=\"y\">") && page.contains("<i>x</i>"),
        "{page}"
    );
    let lines: Vec<usize> = reported(&built)
        .iter()
        .filter(|f| f.2.contains("this id stands"))
        .map(|f| f.0)
        .collect();
    assert_eq!(lines, [15, 18], "{}", built.report());
}

#[test]
fn a_dossiers_page_has_ids_of_its_own_and_two_texts() {
    let text = "## Terms\n\n## What next\n\nNote[^1].\n\n[^1]: Text.\n";
    let built = Newsroom::new()
        .dossier(
            "clip",
            "2025-01-01",
            "transcript = \"clip.transcript.md\"",
            text,
        )
        .file("content/media/clip.transcript.md", text)
        .good();
    let page = built.page("/en/video/clip/");
    assert!(ids(page).values().all(|n| *n == 1), "{page}");
    for id in [
        "section-terms",
        "section-terms-2",
        "what-next-2",
        "fn-1",
        "transcript-fn-1",
    ] {
        assert!(ids(page).contains_key(id), "{id} in {page}");
    }
}

#[test]
fn links_reach_the_ids_that_headings_get() {
    let body = "[a](#a-2) [b](#own) [c](#named) [d](#raw)\n\n## A\n\n## A\n\n## B {#own}\n\n<a name=\"named\"></a> <p id=\"raw\">x</p>";
    assert_eq!(room(body).good().diagnostics().len(), 0);
}

#[test]
fn a_page_has_one_title() {
    let built = room("# One\n\n## Two\n\n### Three\n\nFour\n====\n").good();
    let out = built.body(PAGE);
    for part in [
        "<h2 id=\"one\"",
        "<h3 id=\"two\"",
        "<h4 id=\"three\"",
        "<h2 id=\"four\"",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(!out.contains("<h1"), "{out}");
    assert_eq!(
        built.says(PAGE, "toc"),
        "[2 one One][3 two Two][4 three Three][2 four Four]"
    );
    let lines: Vec<usize> = reported(&built).iter().map(|f| f.0).collect();
    assert_eq!(lines, [5, 11], "{}", built.report());
    assert_eq!(room("## A\n\n`# b`\n").good().diagnostics().len(), 0);
    let raw = room("<h1 class=\"x\">A</h1>\n").good();
    assert_eq!(raw.body(PAGE), "<h2 class=\"x\">A</h2>\n");
    assert!(raw.warns(FILE, "this <h1> becomes an <h2>"));
}

/// Twenty thousand of each: a way that compares each with each would take minutes.
#[test]
fn large_documents_take_time_in_proportion() {
    const MANY: usize = 20_000;
    let each = |make: &dyn Fn(usize) -> String| (0..MANY).map(make).collect::<String>();
    for body in [
        "## Same heading\n\n".repeat(MANY),
        "<p id=\"x\">a</p>\n\n".repeat(MANY),
        each(&|i| format!("## Heading {i}\n\n[back](#heading-{})\n\n", MANY - 1 - i)),
        each(&|i| format!("a[^{i}]\n\n[^{i}]: b\n\n")),
        format!("{}\n\n[^1]: b\n", "a[^1] ".repeat(MANY)),
        each(&|i| format!("[a][r{i}]\n\n[r{i}]: /x\n\n").replace("/x", "https://news.example/")),
        "::: quote by=\"Ada\"\nWell.\n:::\n\n`code`\n\n".repeat(MANY),
        format!("| a |\n|---|\n{}", "| \"b\" *c* |\n".repeat(MANY)),
        "\"a 'b ".repeat(MANY),
        "a\" b' 6\" ".repeat(MANY),
        "中**文。**「".repeat(MANY),
        "<div>\n".repeat(MANY),
        "{{ a ".repeat(MANY),
        "[a ".repeat(MANY),
    ] {
        let built = room(&body).build();
        assert!(
            built.has(&format!("site{PAGE}index.html")),
            "{}",
            &body[..40]
        );
    }
}

#[test]
fn what_other_systems_leave_in_bodies_is_told_and_stays_text() {
    let body = "{{< youtube id=\"x\" >}}\n\n{{<tweet 1>}}\n\n{% include a.html %}\n\nSee {{ page.title }}.\n\n[caption id=\"a\"]b[/caption]\n\n[gallery]\n\nA [text][undefined] and a note[^1].\n\n[[Wiki page]]\n\n## A\n{:.no_toc}\n\n`{{ code }}` and [sic] [video]\n\n```\n{% code %}\n```\n";
    let built = room(body).good();
    let found: Vec<(usize, &str)> = reported(&built)
        .iter()
        .map(|f| {
            let word = [
                "shortcode",
                "template",
                "reference",
                "footnote",
                "wiki",
                "attributes",
            ];
            (f.0, *word.iter().find(|w| f.2.contains(**w)).unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            (5, "shortcode"),
            (7, "shortcode"),
            (9, "template"),
            (11, "template"),
            (13, "shortcode"),
            (13, "shortcode"),
            (15, "shortcode"),
            (17, "reference"),
            (17, "footnote"),
            (19, "wiki"),
            (22, "attributes"),
        ],
        "{}",
        built.report()
    );
    let out = built.body(PAGE);
    for part in [
        "{% include a.html %}",
        "{{ page.title }}",
        "[gallery]",
        "[text][undefined]",
        "note[^1]",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(
        built
            .diagnostics()
            .iter()
            .all(|f| !f.error && f.file == FILE)
    );
}

#[test]
fn lines_of_front_matter_are_markdown() {
    let keys = "lead = \"A \\\"lead\\\" with [a link](b.md) and **words**\"\n[image]\nsrc = \"p.png\"\nalt = \"P\"\ncaption = \"See [b](b.md)\"\n[[corrections]]\ndate = 2025-01-12\nnote = \"2024. See [b](b.md#there), [doc](doc.pdf) and [out](https://other.example/)\"";
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-10", keys, "")
        .story("news/b.md", "2025-01-09", "", "## There")
        .file("content/news/p.png", png(10, 10))
        .file("content/news/doc.pdf", "pdf")
        .good();
    let b = "/en/news/2025/01/09/b/";
    assert_eq!(
        built.says(PAGE, "lead"),
        format!("A “lead” with <a href=\"{b}\">a link</a> and <strong>words</strong>")
    );
    assert_eq!(
        built.says(PAGE, "description"),
        "A “lead” with a link and words"
    );
    let notes = built.says(PAGE, "corrections");
    assert!(
        notes.contains(&format!("2024. See <a href=\"{b}#there\">b</a>")),
        "{notes}"
    );
    let file = built.fingerprinted("site/files/news/doc.", ".pdf").unwrap();
    assert!(notes.contains(&file["site".len()..]), "{notes}");
    assert!(
        notes.contains("<a href=\"https://other.example/\">"),
        "{notes}"
    );
    let feed = built.output("site/en/feed.xml");
    assert!(feed.contains("A “lead” with a link and words"), "{feed}");
}

#[test]
fn without_a_lead_the_first_paragraph_says_what_it_is_about() {
    let long = format!("One sentence that says it. {}", "Word ".repeat(100));
    let body =
        format!("> A quotation.\n\n::: quote by=\"x\"\ny\n:::\n\n![x](p.png)\n\n{long}\n\nMore.");
    let built = room(&body)
        .story("news/b.md", "2025-01-11", "lead = \"Its own\"", "Body.")
        .story("news/c.md", "2025-01-12", "", "")
        .file("content/news/p.png", png(10, 10))
        .good();
    let description = built.says(PAGE, "description");
    assert!(
        description.starts_with("One sentence that says it. Word"),
        "{description}"
    );
    assert!(
        description.ends_with("Word…") && description.chars().count() <= 301,
        "{description}"
    );
    assert_eq!(
        built.says("/en/news/2025/01/11/b/", "description"),
        "Its own"
    );
    assert_eq!(built.says("/en/news/2025/01/12/c/", "description"), "");
    assert!(built.page(PAGE).contains("\"description\":\"One sentence"));
    assert_eq!(
        built.says(PAGE, "lead"),
        "",
        "a page shows a lead only where there is one"
    );
}

#[test]
fn a_picture_stands_in_for_a_main_one() {
    let structured = |built: &Built, page: &str| {
        let text = built.page(page);
        let json = text
            .split("ld+json\">")
            .nth(1)
            .unwrap()
            .split("</script>")
            .next()
            .unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        json["image"][0]["contentUrl"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let files = |room: Newsroom| {
        room.file("content/news/p.png", png(10, 10))
            .file("content/news/q.png", png(10, 10))
            .file("content/news/v.svg", "<svg viewBox=\"0 0 4 3\"/>")
            .file("content/media/frame.png", png(10, 10))
            .dossier(
                "clip",
                "2025-01-01",
                "poster = { src = \"frame.png\", alt = \"P\" }",
                "",
            )
    };
    let figure = "::: figure src=\"p.png\" alt=\"P\"\n:::\n\n";
    for (keys, body, expected) in [
        ("", format!("![v](v.svg)\n\n{figure}![Q](q.png)"), "/p."),
        ("", format!("![Q](q.png)\n\n{figure}"), "/q."),
        (
            "[image]\nsrc = \"q.png\"\nalt = \"Q\"",
            figure.to_owned(),
            "/q.",
        ),
        ("media = [\"clip\"]", String::new(), "/frame."),
        ("", "::: video id=\"clip\"\n:::\n".to_owned(), "/frame."),
    ] {
        let room = Newsroom::new().story("news/a.md", "2025-01-10", keys, &body);
        let image = structured(&files(room).good(), PAGE);
        assert!(image.contains(expected), "{body}: {image}");
    }
}

#[test]
fn texts_of_terms_sections_and_transcripts_are_markdown_as_bodies_are() {
    let room = |link: &str| {
        Newsroom::new()
            .tables(&format!("[sections.news]\ntitle = \"News\"\ndescription = {{ en = \"All [news]({link})\", fr = \"Tout\" }}"))
            .file("content/terms.toml", format!("[topics.trade]\nname = \"Trade\"\ntext = \"\"\"\nOf trade.\nSee [it]({link}) and ![p](p.png).\n\"\"\"\n"))
            .file("content/p.png", png(1, 1))
            .story("news/a.md", "2025-01-10", "topics = [\"Trade\"]", "")
            .dossier("clip", "2025-01-01", "transcript = \"clip.transcript.md\"", "")
            .file("content/media/clip.transcript.md", format!("One.\n\nSee [a]({link}), [x](notes.pdf) and [t](#b).\n\n## B\n"))
            .file("content/media/notes.pdf", "pdf")
    };
    let built = room("/news/a.md")
        .without("content/p.png")
        .file("content/static/p.png", png(1, 1));
    let built = built
        .file(
            "content/terms.toml",
            "[topics.trade]\nname = \"Trade\"\ntext = \"See [it](/news/a.md) and ![p](/p.png).\"\n",
        )
        .good();
    let link = format!("<a href=\"{PAGE}\">");
    assert!(
        built.says("/en/topics/trade/", "text").contains(&link),
        "{}",
        built.page("/en/topics/trade/")
    );
    assert!(
        built
            .says("/en/topics/trade/", "text")
            .contains("<img src=\"/p.png\"")
    );
    assert!(built.says("/en/news/", "text").contains(&link));
    let clip = built.page("/en/video/clip/");
    assert!(clip.contains(&link), "{clip}");
    let notes = built
        .fingerprinted("site/files/media/notes.", ".pdf")
        .unwrap();
    assert!(clip.contains(&notes["site".len()..]), "{clip}");

    let built = room("/news/gone.md").build();
    let mut errors: Vec<(String, usize)> = built
        .errors()
        .into_iter()
        .map(|f| (f.file, f.line))
        .collect();
    errors.sort();
    let at = |file: &str, line| (format!("content/{file}"), line);
    let site = built.inputs.files.read("content/site.toml").unwrap().bytes;
    let line = String::from_utf8(site)
        .unwrap()
        .lines()
        .position(|l| l.starts_with("description"))
        .unwrap()
        + 1;
    assert_eq!(
        errors,
        [
            at("media/clip.transcript.md", 3),
            at("site.toml", line),
            at("terms.toml", 5),
            at("terms.toml", 5)
        ],
        "{}",
        built.report()
    );
}

#[test]
fn a_transcript_waits_for_its_dossier() {
    let built = Newsroom::new()
        .dossier(
            "clip",
            "2025-01-01",
            "embargo = 2025-03-01T10:00:00Z\ntranscript = \"clip.transcript.md\"",
            "",
        )
        .file(
            "content/media/clip.transcript.md",
            "See [a](later.md) and [x](notes.pdf).\n",
        )
        .file("content/media/notes.pdf", "pdf")
        .dossier("later", "2025-01-01", "embargo = 2025-03-01T10:00:00Z", "")
        .good();
    assert_eq!(built.holding("notes"), Vec::<&str>::new());
}

#[test]
fn links_in_feeds_are_absolute() {
    let built = room("A[^1] [b](#c) [d](/pages/about.md)\n\n## C\n\n[^1]: Note.")
        .story("pages/about.md", "", "", "")
        .tables("[feeds]\nfull_text = true")
        .good();
    let json = built.json("site/en/feed.json");
    let text = json["items"][0]["text"].as_str().unwrap();
    for part in [
        "\"https://news.example/en/about/\"",
        "a/#c\"",
        "/en/news/2025/01/10/a/#fn-1\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_video_shown_twice_has_one_id() {
    let twice = "::: video id=\"clip\"\n:::\n\n## A\n\n".repeat(2);
    let component = "{% component video(dossier) %}<figure class=\"v\" id=\"_video-{{ dossier.id }}\">x</figure>{% endcomponent video %}\n";
    let room = room(&twice).dossier("clip", "2025-01-01", "", "");
    let blocks =
        String::from_utf8(room.files["themes/plain/components/blocks.html"].clone()).unwrap();
    let others: String = blocks
        .lines()
        .filter(|l| !l.contains("component video"))
        .map(|l| format!("{l}\n"))
        .collect();
    let built = room
        .file("themes/plain/components/blocks.html", others + component)
        .good();
    let out = built.body(PAGE);
    assert_eq!(out.matches("<figure class=\"v\"").count(), 2, "{out}");
    assert!(ids(out).values().all(|n| *n == 1), "{out}");
}

#[test]
fn the_footer_leads_to_a_heading() {
    let built = Newsroom::new()
        .keys("footer = [\"/pages/about.md#here\"]")
        .story("pages/about.md", "", "", "## Here")
        .good();
    assert_eq!(
        built.says("/en/", "footer"),
        "[Story about /en/about/#here]"
    );
}

#[test]
fn feeds_name_authors_and_say_how_a_story_begins() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-10",
            "authors = [\"Ada\", \"Bo\"]",
            "How it *begins*.\n\nMore.",
        )
        .good();
    let feed = built.output("site/en/feed.xml");
    assert!(
        feed.contains("<author>Ada</author><author>Bo</author>"),
        "{feed}"
    );
    assert!(feed.contains("<summary>How it begins.</summary>"), "{feed}");
    assert!(
        built
            .page(PAGE)
            .contains("\"author\":[{\"@type\":\"Person\",\"name\":\"Ada\"}")
    );
}
