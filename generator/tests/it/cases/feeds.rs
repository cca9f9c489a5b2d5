//! Feeds, sitemaps, structured data.

use crate::harness::{Newsroom, png, xml};

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

/// The real template of the theme, since a feed is what it says.
fn videos() -> Newsroom {
    let keys = "expires = 2026-01-01T00:00:00Z\nlead = \"One & two\"\nterms = \"standard\"\nposter = \"p.png\"\nposter_alt = \"P\"\ntopics = [\"Trade\"]\n[[captions]]\nlang = \"en\"\nfile = \"clip.en.vtt\"\n\
                [[rendition]]\nname = \"hd\"\nfile = \"hd.mp4\"\nlabel = \"HD\"\ngated = false\ntype = \"video/mp4\"\nsize = 77\nsha256 = \"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef\"\npicture = \"960x540\"\nframe_rate = \"30000/1001\"";
    Newsroom::new()
        .file(
            "themes/plain/templates/video-feed.rss",
            include_str!("../../../../themes/newsroom/templates/video-feed.rss"),
        )
        .file(
            "themes/plain/theme.toml",
            "[slots.poster]\nwidths = [640]\nsizes = \"100vw\"\n",
        )
        .dossier("clip", "2025-01-05T10:00:00+01:00", keys, "")
        .file("content/media/p.png", png(16, 9))
        .file(
            "content/media/clip.en.vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n",
        )
        .story("media/clip.fr.md", "", "", "Texte.")
        .dossier("held", "2025-01-06", "embargo = 2025-03-01T00:00:00Z", "")
}

#[test]
fn videos_have_a_media_feed_in_each_language() {
    let built = videos().good();
    let feed = built.output("site/en/video/feed.rss");
    assert_eq!(xml::check(feed), Ok(()));
    for part in [
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"",
        "<link>https://news.example/en/video/</link>",
        "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"https://news.example/en/video/feed.rss\"/>",
        "<guid isPermaLink=\"true\">https://news.example/en/video/clip/</guid>",
        "<pubDate>Sun, 5 Jan 2025 10:00:00 +0100</pubDate>",
        "<description>One &amp; two</description>",
        "<enclosure url=\"https://news.example/api/media/clip/hd\" length=\"77\" type=\"video/mp4\"/>",
        "<media:content url=\"https://news.example/api/media/clip/hd\" fileSize=\"77\" type=\"video/mp4\" medium=\"video\" isDefault=\"true\" expression=\"full\" framerate=\"29.97",
        "duration=\"60\" width=\"960\" height=\"540\">",
        "<media:content url=\"https://news.example/api/media/clip/preview\" fileSize=\"1000\"",
        "<media:thumbnail url=\"https://news.example/files/media/p.",
        "<media:subTitle type=\"text/vtt\" lang=\"en\" href=\"https://news.example/files/media/clip.en.",
        "<media:keywords>Trade</media:keywords>",
        "<dcterms:valid>start=2025-01-05T10:00:00+01:00; end=2026-01-01T00:00:00Z; scheme=W3C-DTF</dcterms:valid>",
    ] {
        assert!(feed.contains(part), "{part} in\n{feed}");
    }
    assert_eq!(feed.matches("<item>").count(), 1);
    assert!(
        !feed.contains("broadcast") && !feed.contains("held"),
        "{feed}"
    );
    let french = built.output("site/fr/video/feed.rss");
    assert!(
        french.contains("<title>Story clip.fr</title>")
            && french.contains("<language>fr</language>")
    );
    let without = videos()
        .without("content/media/clip.md")
        .without("content/media/clip.fr.md");
    assert!(!without.good().has("site/en/video/feed.rss"));
}

#[test]
fn a_video_is_told_to_search_engines_with_its_shots() {
    let template = "{{ page.video_feed_url }}|{{ page.structured_data }}|{% for r in dossier.renditions %}{% if r.link_url %}{{ r.link_url }}{% endif %}{% endfor %}";
    let shots = "transcript = \"clip.transcript.md\"\nplace = \"Lisbon\"\n[[shot]]\nat = \"00:00\"\ntext = \"A\"\n[[shot]]\nat = \"00:07.5\"\ntext = \"B\"";
    let built = videos()
        .file("themes/plain/templates/video.html", template)
        .dossier("shots", "2025-01-07", shots, "")
        .file("content/media/clip.transcript.md", "He *said* & left.\n")
        .good();
    let parts: Vec<&str> = built.page("/en/video/shots/").split('|').collect();
    assert_eq!(parts[0], "/en/video/feed.rss");
    assert_eq!(parts[2], "/api/media/shots/broadcast/link");
    let video: serde_json::Value = serde_json::from_str(parts[1]).unwrap();
    let url = "https://news.example/en/video/shots/";
    assert_eq!(
        video["hasPart"],
        serde_json::json!([
            { "@type": "Clip", "name": "A", "startOffset": 0, "endOffset": 7.5, "url": format!("{url}#t=0") },
            { "@type": "Clip", "name": "B", "startOffset": 7.5, "endOffset": 60, "url": format!("{url}#t=7.5") },
        ])
    );
    assert_eq!(video["duration"], "PT60S");
    assert_eq!(video["transcript"], "He said & left.");
    assert_eq!(video["contentLocation"]["name"], "Lisbon");
    assert_eq!(
        video["contentUrl"],
        "https://news.example/api/media/shots/preview"
    );
    assert!(video.get("caption").is_none());
    let parts: Vec<&str> = built.page("/en/video/clip/").split('|').collect();
    let video: serde_json::Value = serde_json::from_str(parts[1]).unwrap();
    assert_eq!(video["caption"][0]["encodingFormat"], "text/vtt");
    assert_eq!(video["caption"][0]["inLanguage"], "en");
    assert_eq!(video["expires"], "2026-01-01T00:00:00Z");
    assert_eq!(video["thumbnail"]["contentUrl"], video["thumbnailUrl"]);
    assert_eq!(video["thumbnail"]["creditText"], "The Newsroom");
    assert!(video.get("hasPart").is_none());
}
