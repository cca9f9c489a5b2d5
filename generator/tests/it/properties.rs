//! Whatever stands in a source, nothing panics: it becomes a site or findings.
//!
//! `PROPTEST_CASES` says how many inputs are tried; `scripts/soak` raises it.

use proptest::prelude::*;

use crate::{
    harness::{Newsroom, jpeg, xml},
    incremental::{Desk, World},
};

const CASES: u32 = 48;

pub fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn room() -> Newsroom {
    Newsroom::new()
        .story(
            "news/good.md",
            "2025-01-01",
            "topics = [\"Trade\"]",
            "## Part\n",
        )
        .dossier("clip", "2025-01-01", "", "")
}

/// Builds, shows every finding, and renders whatever can be rendered. A panic of a page would be a
/// finding that says so.
fn survives(room: &Newsroom) {
    let built = room.build();
    for finding in built.diagnostics() {
        assert!(
            !finding.text.contains("Dateline itself failed"),
            "{}",
            built.report()
        );
    }
    assert!(!built.errors().is_empty() || !built.outputs.is_empty());
    for path in built
        .paths("site/en/feed.xml")
        .into_iter()
        .chain(built.paths("site/sitemap"))
    {
        assert_eq!(xml::check(built.output(path)), Ok(()), "{path}");
    }
    survives_edits(room);
}

/// Builds into a folder twice, where keys are made, with an edit of words between, which takes the short way.
fn survives_edits(room: &Newsroom) {
    let (mut desk, mut world) = (Desk::new(), World::new(room.clone()));
    for _ in 0..2 {
        desk.take(&world);
        let diags = desk.tried(&world);
        let failed = diags
            .iter()
            .find(|d| d.message.contains("Dateline itself failed"));
        assert!(failed.is_none(), "{diags:#?}");
        desk.rest();
        for path in world.paths("content/", ".md") {
            world.append(&path, "\nOne word more.");
        }
    }
}

/// Pieces of front matter, keys with values of every sort.
fn keys() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "title",
        "date",
        "updated",
        "kind",
        "dateline",
        "lead",
        "topics",
        "people",
        "image",
        "media",
        "related",
        "embargo",
        "expires",
        "corrections",
        "aliases",
        "slug",
        "draft",
        "contact",
        "authors",
        "extra",
        "extra.a.b",
        "duration",
        "rendition",
        "captions",
        "shot",
        "name",
        "base_url",
        "languages.fr",
        "sections.x",
        "taxonomies.y",
        "terms.z",
        "contacts.c",
        "footer",
        "theme",
        "default_language",
    ]);
    let value = prop_oneof![
        "\\PC{0,12}".prop_map(|t| format!("\"{}\"", t.replace(['"', '\\'], "'"))),
        prop::sample::select(vec![
            "2025-01-27T15:00:00+01:00",
            "2025-01-27",
            "9999-12-31T23:59:59-12:00",
            "0000-01-01",
            "12:00:00",
            "true",
            "3",
            "-9223372036854775808",
            "1e308",
            "nan",
            "[]",
            "[\"a\", \"b\"]",
            "[[1]]",
            "{}",
            "{ src = \"a.png\", alt = \"b\" }",
            "{ en = \"x\", fr = \"y\" }",
            "\"news\"",
            "[\"clip\"]",
            "[\"good.md\"]",
            "[\"/old/\"]",
            "\"\\u0000\"",
            "\"\u{202e}\u{fffe}\"",
            "[{ date = 2025-01-01, note = \"*x*\" }]",
            "'''\n'''",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec((key, value), 0..8).prop_map(|pairs| {
        let lines = pairs
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"));
        lines.collect()
    })
}

/// Pieces of Markdown.
fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,8}",
        prop::sample::select(vec![
            "\n",
            "\n\n",
            "\r\n",
            "# ",
            "## X {#y}",
            "> ",
            "- ",
            "1. ",
            "    ",
            "\t",
            "```",
            "`",
            "*",
            "**",
            "_",
            "~~",
            "[",
            "](good.md)",
            "](#part)",
            "![",
            "](a.png)",
            "[^1]",
            "[^1]: ",
            "::: quote",
            "::: figure src=\"a.png\" alt=\"b\"",
            "::: video id=\"clip\"",
            "\n:::\n",
            ":::",
            "|a|b|\n|-|-|\n",
            "<b>",
            "</b>",
            "<!--",
            "-->",
            "<?",
            "\"",
            "'",
            "{{",
            "}}",
            "{%",
            "\\",
            "&amp;",
            "&#0;",
            "\u{0}",
            "\u{feff}",
            "---\n",
            "+++\n",
            "<script>",
            "<p id=\"x\" style=",
            "\u{fffe}",
            "é",
            "\u{301}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_may_stand_in_a_source(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for path in ["content/news/x.md", "content/site.toml", "content/terms.toml", "content/media/x.md", "themes/plain/i18n/fr.ftl"] {
            survives(&room().file(path, bytes.clone()));
        }
    }

    #[test]
    fn any_keys_may_stand_in_front_matter(keys in keys(), body in body()) {
        survives(&room().file("content/news/x.md", format!("+++\n{keys}\n+++\n{body}")));
        survives(&room().file("content/media/x.fr.md", format!("+++\ntitle = \"x\"\ndate = 2025-01-01\n{keys}\n+++\n{body}")));
    }

    #[test]
    fn any_yaml_may_stand_in_front_matter(keys in "(title|date|image|topics|: |- |\n|  |\\[|\\]|\\{|\\}|&a |\\*a|!!x |\"|'|#|\\||>|2025-01-01|\\PC|\t){0,40}") {
        survives(&room().file("content/news/x.md", format!("---\ntitle: A\ndate: 2025-01-01\n{keys}\n---\nx")));
    }

    #[test]
    fn any_body_may_be_written(body in body(), twice in body()) {
        let (date, full) = ("2025-01-02", "[feeds]\nfull_text = true");
        survives(&room().tables(full).story("news/x.md", date, "", &body).story("news/x.fr.md", "", "", &twice));
    }

    #[test]
    fn any_settings_may_be_made(keys in keys()) {
        survives(&room().file("content/site.toml", format!("name = \"A\"\nbase_url = \"https://a.example\"\ntheme = \"plain\"\n{keys}")));
        survives(&room().file("content/terms.toml", keys));
    }

    #[test]
    fn any_link_may_be_followed(href in "(\\PC|/|\\.\\./|%2e|%00|%|#|\\?|good|\\.md|\\.fr|news|javascript:|https://|//|:|en/|\u{0}){0,20}") {
        survives(&room().story("news/x.md", "2025-01-02", "", &format!("[a](<{href}>) ![b](<{href}>)\n\n[c]: {href}\n[c]")));
        let quoted = href.replace(['"', '\\'], "");
        let keys = format!("related = [\"{quoted}\"]\naliases = [\"/{quoted}\"]\nmedia = [\"{quoted}\"]\nslug = \"{quoted}\"");
        survives(&room().story("news/x.md", "2025-01-02", &keys, &format!("::: figure src=\"{quoted}\" alt=\"\"\n:::")));
    }

    #[test]
    fn any_words_may_stand_in_a_picture(credit in "\\PC{0,30}", caption in "(\\PC|<|>|&|\"|'|</script>|<!--|\n){0,30}") {
        let template = "{{ [article.image.caption, article.image.credit] | json }}\n{{ page.structured_data }}";
        let built = Newsroom::new()
            .file("themes/plain/templates/article.html", template)
            .file("content/news/p.jpg", jpeg(&credit, &caption, 3))
            .story("news/x.md", "2025-01-02", "image = { src = \"p.jpg\", alt = \"x\" }", "")
            .good();
        let (values, structured) = built.page("/en/news/2025/01/02/x/").split_once('\n').unwrap();
        let values: [Option<String>; 2] = serde_json::from_str(values).unwrap();
        prop_assert!(!values[0].as_deref().unwrap_or_default().contains(['<', '>']));
        prop_assert!(!structured.contains('<'));
        let structured: serde_json::Value = serde_json::from_str(structured).unwrap();
        prop_assert_eq!(structured["image"][0]["creditText"].as_str(), values[1].as_deref());
    }

    #[test]
    fn any_name_may_be_a_files(name in "(\\PC|\\.|-|fr|en|md|2025-01-01-){0,12}") {
        let name = name.replace(['/', '\0'], "_");
        survives(&room().story(&format!("news/{name}.md"), "2025-01-02", "", "").file(&format!("content/static/{name}"), "x"));
    }

    #[test]
    fn any_template_may_be_tried(text in "(\\{\\{|\\}\\}|\\{%|%\\}| |article|\\.title|\\.date| \\| |date|json|number|t\\(key=|\"x\"|\\)|if|for a in|end|block|extends|\\+|\\PC|\n){0,24}") {
        survives(&room().file("themes/plain/templates/article.html", text.clone()).file("themes/plain/i18n/en.ftl", text.clone()).file("themes/plain/assets/css/site.css", text));
    }
}
