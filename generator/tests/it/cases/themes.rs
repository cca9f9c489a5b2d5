//! A small theme makes a small site.

use crate::harness::Newsroom;

fn room() -> Newsroom {
    Newsroom::new()
        .story("news/a.md", "2025-01-05", "topics = [\"Trade\"]", "")
        .story("pages/about.md", "", "", "")
        .dossier("clip", "2025-01-01", "", "")
}

#[test]
fn an_output_kind_exists_when_its_template_does() {
    for (template, gone) in [
        ("root.html", "site/index.html"),
        ("home.html", "site/en/index.html"),
        ("article.html", "site/en/news/2025/01/05/a/index.html"),
        ("list.html", "site/en/news/index.html"),
        ("archive.html", "site/en/news/2025/index.html"),
        ("taxonomy.html", "site/en/topics/index.html"),
        ("page.html", "site/en/about/index.html"),
        ("video.html", "site/en/video/clip/index.html"),
        ("404.html", "site/404.html"),
        ("410.html", "site/en/410.html"),
        ("resting.html", "site/resting.html"),
        ("feed.xml", "site/en/feed.xml"),
        ("feed.json", "site/en/feed.json"),
        ("sitemap-index.xml", "site/sitemap.xml"),
        ("sitemap.xml", "site/sitemap/en-2025.xml"),
        ("robots.txt", "site/robots.txt"),
    ] {
        let (with, without) = (room().good(), room().without_template(template).good());
        assert!(with.has(gone), "{gone}");
        assert!(!without.has(gone), "{gone} without {template}");
        assert!(without.outputs.keys().all(|p| with.has(p)), "{template}");
    }
}

#[test]
fn menus_name_only_what_is_there() {
    let built = room()
        .without_template("list.html")
        .without_template("feed.xml")
        .without_template("taxonomy.html")
        .good();
    assert_eq!(built.says("/en/", "sections"), "");
    assert_eq!(built.says("/en/", "taxonomies"), "");
    assert_eq!(built.says("/en/", "video"), "");
    let full = room().keys("footer = [\"/pages/about.md\"]").good();
    assert_eq!(full.says("/en/", "sections"), "[News /en/news/]");
    assert_eq!(full.says("/en/", "taxonomies"), "[Topics /en/topics/]");
    assert_eq!(full.says("/en/", "footer"), "[Story about /en/about/]");
    assert_eq!(
        full.says("/fr/", "sections"),
        "",
        "nothing is published in French"
    );
}

#[test]
fn a_theme_of_one_template_builds() {
    let mut room = room();
    room.files
        .retain(|path, _| !path.starts_with("themes/") || path.ends_with("article.html"));
    let built = room
        .file("themes/plain/templates/article.html", "{{ article.title }}")
        .good();
    assert_eq!(
        built.paths("site/"),
        ["site/en/news/2025/01/05/a/index.html"]
    );
    assert_eq!(built.page("/en/news/2025/01/05/a/"), "Story a");
}

#[test]
fn a_missing_translation_of_a_message_is_a_warning_and_falls_back() {
    let built = room()
        .file("themes/plain/i18n/fr.ftl", "gone-title = Parti\n")
        .good();
    assert!(built.warns(
        "themes/plain/i18n/fr.ftl",
        "`not-found-title` is missing in Français"
    ));
    assert!(
        built
            .output("site/fr/404.html")
            .contains("title: Not found")
    );
    let none = room().without("themes/plain/i18n/fr.ftl").good();
    assert!(none.warns("themes/plain/i18n/fr.ftl", "no catalogue"));
}

#[test]
fn text_is_escaped_in_pages() {
    let built = Newsroom::new()
        .file(
            "content/news/a.md",
            "+++\ntitle = \"<b> & \\\"q\\\" 'x'\"\ndate = 2025-01-05\n+++\n",
        )
        .good();
    assert!(
        built
            .page("/en/news/2025/01/05/a/")
            .starts_with("ARTICLE &lt;b&gt; &amp; &quot;q&quot; &#39;x&#39;\n")
    );
}

#[test]
fn byte_order_marks_change_nothing() {
    let plain = Newsroom::new()
        .story("news/a.md", "2025-01-01", "topics = [\"Trade\"]", "Text.")
        .dossier(
            "clip",
            "2025-01-01",
            "transcript = \"clip.transcript.md\"",
            "",
        )
        .file("content/media/clip.transcript.md", "What was said.")
        .file("content/terms.toml", "[topics.trade]\nname = \"Trade\"\n");
    let mut marked = plain.clone();
    let text = |path: &str| !path.ends_with(".png") && !path.ends_with(".svg");
    for (_, content) in marked.files.iter_mut().filter(|(path, _)| text(path)) {
        content.splice(0..0, *b"\xef\xbb\xbf");
    }
    assert_eq!(marked.good().outputs, plain.good().outputs);
}
