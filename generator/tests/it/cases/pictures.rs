//! Pictures: nothing private of them is published, and whose they are travels with them.

use dateline_pictures::{Field, Picture, Rights};
use serde_json::json;

use crate::harness::{Built, Newsroom, deep_png, jpeg, large_jpeg, xml};

const STORY: &str = "news/a.md";

fn room(keys: &str, body: &str) -> Newsroom {
    Newsroom::new()
        .file("content/news/a.jpg", jpeg("Tømas", "Own caption", 3))
        .story(STORY, "2025-01-05", keys, body)
}

/// The published picture, without what makes its name unique.
fn published<'b>(built: &'b Built, start: &str) -> (&'b str, &'b [u8]) {
    let path = built.fingerprinted(start, ".jpg").unwrap();
    (path, &built.outputs[path])
}

fn rights(bytes: &[u8]) -> Rights {
    Picture::read(bytes).unwrap().facts.rights
}

#[test]
fn nothing_private_is_published() {
    let built = room("", "![x](a.jpg) ![y](/b.jpg)")
        .file("content/static/b.jpg", jpeg("Tømas", "Own caption", 3))
        .file("content/static/unused.jpg", jpeg("Tømas", "", 3))
        .good();
    let (path, beside) = published(&built, "site/files/news/a.");
    for bytes in [
        beside,
        &built.outputs["site/b.jpg"],
        &built.outputs["site/unused.jpg"],
    ] {
        let facts = Picture::read(bytes).unwrap().facts;
        assert!(facts.private.is_empty(), "{:?}", facts.private);
        assert_eq!(facts.orientation, 6);
        assert_eq!(facts.rights.get(Field::Credit), Some("Tømas"));
        assert!(bytes.ends_with(b"pixels\xff\xd9"));
    }
    for secret in ["GPS", "private", "a film"] {
        assert_eq!(built.holding(secret), Vec::<&str>::new());
    }
    // The page has the size as it is shown.
    let body = built.body("/en/news/2025/01/05/a/");
    let shown = format!(
        "src=\"{}\" alt=\"x\" width=\"400\" height=\"600\"",
        &path["site".len()..]
    );
    assert!(body.contains(&shown), "{body}");
}

#[test]
fn what_pages_say_of_a_picture_is_written_into_it_and_changes_its_name() {
    let image = |caption: &str| {
        format!("image = {{ src = \"a.jpg\", alt = \"Two ships\", caption = \"{caption}\" }}")
    };
    let built = room(&image("A *new* \\\"caption\\\""), "").good();
    let (name, bytes) = published(&built, "site/files/news/a.");
    let said = rights(bytes);
    assert_eq!(said.get(Field::Description), Some("A new “caption”"));
    assert_eq!(said.get(Field::Alt), Some("Two ships"));
    assert_eq!(said.get(Field::Credit), Some("Tømas"));
    let other = room(&image("Another"), "").good();
    assert_ne!(published(&other, "site/files/news/a.").0, name);
    let figure =
        "::: figure src=\"a.jpg\" alt=\"x\" credit=\"Us & them\"\nThe **caption**\nof it.\n:::";
    let built = room("", figure).good();
    let said = rights(published(&built, "site/files/news/a.").1);
    assert_eq!(said.get(Field::Credit), Some("Us & them"));
    assert_eq!(said.get(Field::Description), Some("The caption of it."));
}

#[test]
fn of_several_documents_the_first_counts_and_what_is_held_back_says_nothing() {
    let image = |credit: &str| {
        format!("image = {{ src = \"/b.jpg\", alt = \"x\", credit = \"{credit}\" }}")
    };
    let built = Newsroom::new()
        .file("content/static/b.jpg", jpeg("Own", "", 3))
        .story("news/a.md", "2025-01-06", &image("Later"), "")
        .story("news/b.md", "2025-01-05", &image("Earlier"), "")
        .story(
            "news/c.md",
            "2025-01-04",
            &format!("{}\ndraft = true", image("Held")),
            "",
        )
        .good();
    let said = rights(&built.outputs["site/b.jpg"]);
    assert_eq!(said.get(Field::Credit), Some("Earlier"));
}

#[test]
fn a_copy_of_what_is_held_back_is_found_in_any_picture() {
    let held = "draft = true\nimage = { src = \"a.jpg\", alt = \"x\" }";
    let built = room(held, "")
        .file("content/static/copy.jpg", jpeg("Tømas", "Own caption", 3))
        .build();
    assert!(
        built.report().contains("site/copy.jpg"),
        "{}",
        built.report()
    );
}

#[test]
fn editors_are_told_what_is_odd_about_a_picture() {
    let image = "image = { src = \"a.jpg\", alt = \"x\", caption = \"Another caption\" }";
    let built = room(
        image,
        "![i](inks.jpg) ![d](deep.png) ![l](large.jpg) ![o](/o.jpg)",
    )
    .file("content/news/inks.jpg", jpeg("", "", 4))
    .file("content/news/deep.png", deep_png(4, 4, 16))
    .file("content/news/large.jpg", large_jpeg(20_000, 6_000))
    .file("content/static/o.jpg", jpeg("", "", 4))
    .good();
    for (file, text) in [
        (
            "content/news/a.jpg",
            "own caption differs from the page's: “Own caption”",
        ),
        ("content/news/inks.jpg", "in CMYK"),
        ("content/static/o.jpg", "in CMYK"),
        ("content/news/deep.png", "more than 8 bits"),
        ("content/news/large.jpg", "20000 × 6000 pixels"),
    ] {
        assert!(built.warns(file, text), "{file}: {}", built.report());
    }
    assert_eq!(built.diagnostics().len(), 5, "{}", built.report());
    let same = "image = { src = \"a.jpg\", alt = \"x\", caption = \"Own  caption\" }";
    assert!(room(same, "").good().diagnostics().is_empty());
}

/// Alt text, caption, credit and copyright of the main picture, as the page has them.
fn shown(built: &Built) -> serde_json::Value {
    serde_json::from_str(built.says("/en/news/2025/01/05/a/", "rights")).unwrap()
}

#[test]
fn what_a_file_says_stands_where_its_document_is_silent() {
    let own = |keys: &str| {
        let image = format!("image = {{ src = \"a.jpg\", alt = \"x\"{keys} }}");
        room(&image, "").file(
            "content/news/a.jpg",
            jpeg("Tømas", "Own <b>caption</b> & more", 3),
        )
    };
    let default = "credit = \"Site\"\ncopyright = \"© Site\"";
    let built = own("").pictures(default).good();
    assert_eq!(
        shown(&built),
        json!([
            "x",
            "Own &lt;b&gt;caption&lt;/b&gt; &amp; more",
            "Tømas",
            "© Site"
        ])
    );
    let said = rights(published(&built, "site/files/news/a.").1);
    assert_eq!(said.get(Field::Credit), Some("Tømas"));
    assert_eq!(said.get(Field::Copyright), Some("© Site"));
    let built = own(", caption = \"\", credit = \"Us\", copyright = \"© Us\"")
        .pictures(default)
        .good();
    assert_eq!(shown(&built), json!(["x", null, "Us", "© Us"]));
    let said = rights(published(&built, "site/files/news/a.").1);
    assert_eq!(said.get(Field::Copyright), Some("© Us"));
    let built = own("")
        .file("content/news/a.jpg", jpeg("", "", 3))
        .pictures(default)
        .good();
    assert_eq!(shown(&built), json!(["x", null, "Site", "© Site"]));
}

#[test]
fn documents_agree_on_rights_but_do_not_speak_in_the_words_of_another() {
    let other = "image = { src = \"a.jpg\", alt = \"Other\", caption = \"Other\", copyright = \"© Other\" }";
    let built = room("image = { src = \"a.jpg\", alt = \"x\" }", "")
        .file("content/news/a.jpg", jpeg("Tømas", "", 3))
        .story("news/b.md", "2025-01-06", other, "")
        .good();
    assert_eq!(shown(&built), json!(["x", null, "Tømas", "© Other"]));
}

#[test]
fn search_engines_see_whose_each_picture_is() {
    let image = "image = { src = \"a.jpg\", alt = \"x\", caption = \"A *caption*\", creator = \"Ann; The Newsroom\", \
        licence = \"https://l.example/by\", licensor = \"https://l.example/buy\", copyright = \"© Ann\" }";
    let figure = "::: figure src=\"b.jpg\" alt=\"y\" creator=\"Bo\"\nThe <b>other</b>\none\n:::\n\n![Again](a.jpg)";
    let built = room(image, figure)
        .file("content/news/b.jpg", jpeg("Bo/X", "", 3))
        .good();
    let page = built.page("/en/news/2025/01/05/a/");
    let json = page
        .split("ld+json\">")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let address = |start| {
        let (path, _) = published(&built, start);
        format!("https://news.example{}", &path["site".len()..])
    };
    assert_eq!(
        json["image"],
        json!([
            {
                "@type": "ImageObject",
                "contentUrl": address("site/files/news/a."),
                "width": 400,
                "height": 600,
                "caption": "A caption",
                "creditText": "Tømas",
                "copyrightNotice": "© Ann",
                "license": "https://l.example/by",
                "acquireLicensePage": "https://l.example/buy",
                "creator": [
                    { "@type": "Person", "name": "Ann" },
                    { "@type": "Organization", "name": "The Newsroom" },
                ],
            },
            {
                "@type": "ImageObject",
                "contentUrl": address("site/files/news/b."),
                "width": 400,
                "height": 600,
                "caption": "The other one",
                "creditText": "Bo/X",
                "creator": [{ "@type": "Person", "name": "Bo" }],
            },
        ])
    );
}

#[test]
fn an_archive_without_credits_is_warned_and_built() {
    let room = room("", "![](a.jpg)\n\n::: figure src=\"b.jpg\" alt=\"\"\n:::")
        .file("content/news/a.jpg", jpeg("", "", 3))
        .file("content/news/b.jpg", jpeg("", "", 3));
    let built = room.clone().pictures("missing = \"warn\"").good();
    for text in ["no alt text", "no credit"] {
        assert!(built.warns("content/news/a.md", text), "{}", built.report());
    }
    assert_eq!(built.diagnostics().len(), 2, "{}", built.report());
    let built = room.pictures("").build();
    assert_eq!(built.errors().len(), 2, "{}", built.report());
}

#[test]
fn pictures_of_stories_to_come_are_judged_before_they_come() {
    let built = Newsroom::new()
        .file("content/news/a.jpg", jpeg("", "", 3))
        .story(STORY, "2025-03-01", "image = { src = \"a.jpg\" }", "")
        .pictures("")
        .build();
    assert_eq!(built.errors().len(), 2, "{}", built.report());
}

#[test]
fn a_picture_smaller_than_its_slot_is_told() {
    let slots = "[slots.lead]\nwidths = [480, 1200]\nsizes = \"100vw\"\nof = [\"main\"]\n\
        [slots.figure]\nwidths = [200, 800]\nsizes = \"100vw\"\ncrop = \"3:2\"\nof = [\"body\"]";
    let diags = |width, height, role: &str| {
        let image = "image = { src = \"a.jpg\", alt = \"x\" }";
        let (keys, body) = match role {
            "main" => (image, ""),
            _ => ("", "![x](a.jpg)"),
        };
        let built = Newsroom::new()
            .file("themes/plain/theme.toml", slots)
            .file("content/news/a.jpg", large_jpeg(width, height))
            .story(STORY, "2025-01-05", keys, body)
            .build();
        let found = built.diagnostics().into_iter().map(|f| f.text);
        found
            .filter(|text| text.contains("across"))
            .collect::<String>()
    };
    assert!(
        diags(1000, 800, "main")
            .contains("1000 pixels across, fewer than the 1200 of the theme's slot `lead`")
    );
    assert!(
        diags(1000, 400, "body")
            .contains("600 pixels across, fewer than the 800 of the theme's slot `figure`")
    );
    assert_eq!(diags(1200, 800, "main"), "");
    assert_eq!(diags(1000, 800, "body"), "");
}

#[test]
fn feeds_say_whose_a_picture_is() {
    let image = "image = { src = \"a.jpg\", alt = \"x\", creator = \"Ann & Bo\", copyright = \"© Ann\", licence = \"https://l.example/by\" }";
    // The plain theme has no names of kinds.
    let feed = include_str!("../../../../themes/newsroom/templates/feed.xml")
        .replace("t(key=\"kind-\" ~ e.kind)", "e.kind");
    let built = room(image, "")
        .file("themes/plain/templates/feed.xml", feed)
        .file(
            "themes/plain/theme.toml",
            "[slots.social]\nwidths = [1200]\n",
        )
        .good();
    let feed = built.output("site/en/feed.xml");
    assert_eq!(xml::check(feed), Ok(()));
    for part in [
        "medium=\"image\" width=\"400\" height=\"600\"",
        "<media:description type=\"html\">Own caption</media:description>",
        "<media:credit role=\"photographer\" scheme=\"urn:ebu\">Ann &amp; Bo</media:credit>",
        "<media:credit>Tømas</media:credit>",
        "<media:copyright url=\"https://l.example/by\">© Ann</media:copyright>",
    ] {
        assert!(feed.contains(part), "{part}: {feed}");
    }
}

#[test]
fn what_the_picture_of_a_held_story_says_is_nowhere() {
    let image = "image = { src = \"a.jpg\", alt = \"x\" }";
    for held in ["draft = true", "embargo = 2025-03-01T00:00:00Z"] {
        let built = Newsroom::new()
            .file("content/news/a.jpg", jpeg("Zzcredit", "Zzcaption", 3))
            .story(STORY, "2025-01-05", &format!("{held}\n{image}"), "")
            .story("news/b.md", "2025-01-06", "", "Text")
            .good();
        assert_eq!(built.holding("Zz"), Vec::<&str>::new());
    }
}

#[test]
fn a_poster_says_whose_it_is_in_its_source_and_in_its_translation() {
    let poster = "poster = { src = \"p.jpg\", alt = \"A ship\", credit = \"Ann\" }";
    let built = Newsroom::new()
        .file("content/media/p.jpg", jpeg("", "", 3))
        .dossier("clip", "2025-01-05", poster, "")
        .story("media/clip.fr.md", "", "poster_alt = \"Un navire\"", "")
        .file(
            "themes/plain/templates/video.html",
            "{{ [dossier.poster.alt, dossier.poster.credit] | json }}",
        )
        .good();
    for (lang, alt) in [("en", "A ship"), ("fr", "Un navire")] {
        let said: serde_json::Value =
            serde_json::from_str(built.page(&format!("/{lang}/video/clip/"))).unwrap();
        assert_eq!(said, json!([alt, "Ann"]));
    }
}
