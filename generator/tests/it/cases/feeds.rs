//! Feeds, sitemaps, structured data.

use crate::harness::{Newsroom, xml};

fn stories(n: usize) -> Newsroom {
    let mut room = Newsroom::new();
    for i in 1..=n {
        room = room.story(
            &format!("news/s{i:02}.md"),
            &format!("2025-01-{i:02}T10:00:00Z"),
            "topics = [\"Trade\"]",
            "",
        );
    }
    room
}

#[test]
fn a_feed_holds_the_newest_thirty() {
    let built = stories(31).story("news/s31.fr.md", "", "", "").good();
    for feed in [
        "site/en/feed.xml",
        "site/en/news/feed.xml",
        "site/en/kind/news/feed.xml",
        "site/en/topics/trade/feed.xml",
    ] {
        let text = built.output(feed);
        assert_eq!(text.matches("<entry>").count(), 30, "{feed}");
        assert!(
            text.contains("Story s31") && text.contains("Story s02") && !text.contains("Story s01"),
            "{feed}"
        );
    }
    assert_eq!(
        built.output("site/fr/feed.xml").matches("<entry>").count(),
        1,
        "none that mixes languages"
    );
    let json = built.json("site/en/feed.json");
    assert_eq!(json["items"].as_array().unwrap().len(), 30);
    assert_eq!(
        json["items"][0]["id"],
        "https://news.example/en/news/2025/01/31/s31/"
    );
}

#[test]
fn dates_of_feeds_are_the_stories_own() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05T10:00:00Z",
            "updated = 2025-01-20T08:00:00+01:00",
            "",
        )
        .story("news/b.md", "2025-01-10T10:00:00Z", "", "")
        .good();
    let feed = built.output("site/en/feed.xml");
    assert!(
        feed.contains("</title><updated>2025-01-20T08:00:00+01:00</updated>"),
        "{feed}"
    );
    assert!(
        feed.contains("<title>Story b</title><updated>2025-01-10T10:00:00Z</updated>"),
        "{feed}"
    );
    let sitemap = built.output("site/sitemap/en-2025.xml");
    assert!(
        sitemap.contains("/a/</loc><lastmod>2025-01-20T08:00:00+01:00</lastmod>"),
        "{sitemap}"
    );
    assert!(
        built
            .output("site/sitemap.xml")
            .contains("en-2025.xml</loc><lastmod>2025-01-20T08:00:00+01:00")
    );
    let later = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05T10:00:00Z",
            "updated = 2025-01-20T08:00:00+01:00",
            "",
        )
        .story("news/b.md", "2025-01-10T10:00:00Z", "", "")
        .at("2030-01-01T00:00:00Z")
        .good();
    assert_eq!(
        later.outputs, built.outputs,
        "the build's own time is nowhere"
    );
}

#[test]
fn the_full_text_is_there_if_the_office_wants() {
    let room = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05",
            "lead = \"Lead\"",
            "See [b](b.md) & <b>x</b>.",
        )
        .story("news/b.md", "2025-01-04", "", "");
    let short = room.good();
    assert!(!short.output("site/en/feed.xml").contains("<content>"));
    let full = room.tables("[feeds]\nfull_text = true").good();
    let feed = full.output("site/en/feed.xml");
    assert!(
        feed.contains("https://news.example/en/news/2025/01/04/b/"),
        "{feed}"
    );
    assert_eq!(
        full.json("site/en/feed.json")["items"][0]["text"],
        "<p>See <a href=\"https://news.example/en/news/2025/01/04/b/\">b</a> &amp; <b>x</b>.</p>\n"
    );
    assert_eq!(xml::check(feed), Ok(()));
}

#[test]
fn a_feed_names_categories_and_media() {
    let built = Newsroom::new()
        .dossier("clip", "2025-01-01", "", "")
        .story(
            "news/a.md",
            "2025-01-05",
            "topics = [\"Trade\"]\npeople = [\"Ada & Co\"]\nmedia = [\"clip\"]",
            "",
        )
        .good();
    let feed = built.output("site/en/feed.xml");
    assert!(feed.contains("<category term=\"Trade\"/><category term=\"Ada &amp; Co\"/><media title=\"Story clip\"/>"), "{feed}");
}

#[test]
fn odd_characters_keep_xml_and_json_valid() {
    let title = "A\\u0000B\\u0001C\\u000bD\\u001f <&\\\"'> ]]> \\ufffe\\uffff \\u0085 \\U0001f600";
    let text = format!(
        "+++\ntitle = \"{title}\"\ndate = 2025-01-05\nlead = \"{title}\"\ntopics = [\"{title}\"]\nauthors = [\"{title}\"]\nimage = {{ src = \"a.svg\", alt = \"{title}\", caption = \"{title}\" }}\n+++\nText \u{1}\u{b}\u{fffe} and.\n\n<p>raw \u{2}\u{1f}\u{ffff}</p>\n\n`code \u{3}\u{fffe}`\n"
    );
    let built = Newsroom::new()
        .tables("[feeds]\nfull_text = true")
        .file("content/news/a.md", text)
        .file("content/news/a.svg", "<svg width=\"1\" height=\"1\"/>")
        .good();
    for (path, bytes) in built.outputs.iter().filter(|(p, _)| p.ends_with(".xml")) {
        let text = std::str::from_utf8(bytes).unwrap();
        assert_eq!(xml::check(text), Ok(()), "{path}:\n{text}");
    }
    for (path, _) in built.outputs.iter().filter(|(p, _)| p.ends_with(".json")) {
        built.json(path);
    }
    let html = built.page("/en/news/2025/01/05/a/");
    assert!(
        html.chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\u{85}')),
        "{html:?}"
    );
}

#[test]
fn structured_data_cannot_end_its_script() {
    let built = Newsroom::new()
        .file("content/news/a.md", "+++\ntitle = \"</script><script>alert(1)</script><!--\"\ndate = 2025-01-05\nlead = \"</SCRIPT>\"\n+++\n")
        .dossier("clip", "2025-01-01", "lead = \"</script>\"", "</script>")
        .good();
    let page = built.page("/en/news/2025/01/05/a/");
    let (_, data) = page
        .split_once("<script type=\"application/ld+json\">")
        .unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["headline"], "</script><script>alert(1)</script><!--");
    assert_eq!(data["datePublished"], "2025-01-05T00:00:00+01:00");
    assert_eq!(
        data["mainEntityOfPage"],
        "https://news.example/en/news/2025/01/05/a/"
    );
    assert_eq!(page.matches("</script>").count(), 1, "{page}");
}

#[test]
fn sitemaps_list_what_is_published_by_language_and_year() {
    let built = Newsroom::new()
        .story("news/old.md", "2023-05-05", "", "")
        .story("news/a.md", "2025-01-05", "", "")
        .story("news/a.fr.md", "", "", "")
        .story("pages/about.md", "", "", "")
        .dossier("clip", "2024-01-01", "", "")
        .good();
    assert_eq!(
        built.paths("site/sitemap/"),
        [
            "en-2023", "en-2024", "en-2025", "en-pages", "fr-2025", "fr-pages"
        ]
        .map(|n| format!("site/sitemap/{n}.xml"))
    );
    let index = built.output("site/sitemap.xml");
    assert_eq!(index.matches("<sitemap>").count(), 6);
    let pages = built.output("site/sitemap/en-pages.xml");
    for address in [
        "/en/",
        "/en/news/",
        "/en/kind/news/",
        "/en/about/",
        "/en/video/",
    ] {
        assert!(
            pages.contains(&format!("<loc>https://news.example{address}</loc>")),
            "{address} in {pages}"
        );
    }
    assert!(
        built
            .output("site/sitemap/en-2024.xml")
            .contains("/en/video/clip/")
    );
    let year = built.output("site/sitemap/en-2025.xml");
    assert!(
        year.contains("<link code=\"fr\" href=\"https://news.example/fr/news/2025/01/05/a/\"/>"),
        "{year}"
    );
    for path in built.paths("site/sitemap") {
        assert_eq!(xml::check(built.output(path)), Ok(()));
    }
}
