//! Pictures: nothing private of them is published, and whose they are travels with them.

use dateline_pictures::{Field, Picture, Rights};

use crate::harness::{Built, Newsroom, deep_png, jpeg, png};

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
        "![i](inks.jpg) ![d](deep.png) ![l](large.png) ![o](/o.jpg)",
    )
    .file("content/news/inks.jpg", jpeg("", "", 4))
    .file("content/news/deep.png", deep_png(4, 4, 16))
    .file("content/news/large.png", png(20_000, 6_000))
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
        ("content/news/large.png", "20000 × 6000 pixels"),
    ] {
        assert!(built.warns(file, text), "{file}: {}", built.report());
    }
    assert_eq!(built.diagnostics().len(), 5, "{}", built.report());
    let same = "image = { src = \"a.jpg\", alt = \"x\", caption = \"Own  caption\" }";
    assert!(room(same, "").good().diagnostics().is_empty());
}
