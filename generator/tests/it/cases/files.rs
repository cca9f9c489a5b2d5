//! Files: beside documents, static, and of the theme.

use crate::harness::{Newsroom, png};

#[test]
fn files_beside_a_document_come_out_only_if_it_uses_them() {
    let built = Newsroom::new()
        .file("content/news/used.png", png(1, 2))
        .file("content/news/paper.pdf", "paper")
        .file("content/news/unused.png", png(3, 4))
        .file("content/news/notes.txt", "private")
        .story(
            "news/a.md",
            "2025-01-05",
            "",
            "![x](used.png) [paper](paper.pdf)",
        )
        .good();
    assert_eq!(built.paths("site/files/").len(), 2);
    assert_eq!(built.holding("private"), Vec::<&str>::new());
    let paper = built
        .fingerprinted("site/files/news/paper.", ".pdf")
        .unwrap();
    assert_eq!(built.outputs[paper], b"paper");
    assert!(
        built
            .body("/en/news/2025/01/05/a/")
            .contains(&format!("href=\"{}\"", &paper["site".len()..]))
    );
}

#[test]
fn a_changed_file_has_another_name() {
    let room = Newsroom::new().story("news/a.md", "2025-01-05", "", "![x](a.png)");
    let one = room.clone().file("content/news/a.png", png(1, 1)).good();
    let two = room.file("content/news/a.png", png(2, 1)).good();
    let name = |b: &crate::harness::Built| {
        b.fingerprinted("site/files/news/a.", ".png")
            .unwrap()
            .to_owned()
    };
    assert_ne!(name(&one), name(&two));
    assert_eq!(name(&one).len(), "site/files/news/a.0123456789.png".len());
}

#[test]
fn static_files_are_verbatim() {
    let bytes: Vec<u8> = (0..=255).collect();
    let built = Newsroom::new()
        .file("content/static/data.bin", bytes.clone())
        .file("content/static/page.html", "{{ not a template }}")
        .file("content/static/Deep/Name With Space.md", "+++")
        .file("content/static/style.css", "a {\n  color: red;\n}\n")
        .good();
    assert_eq!(built.outputs["site/data.bin"], bytes);
    assert_eq!(built.output("site/page.html"), "{{ not a template }}");
    assert_eq!(built.output("site/Deep/Name With Space.md"), "+++");
    assert_eq!(built.output("site/style.css"), "a {\n  color: red;\n}\n");
}

#[test]
fn assets_are_bundled_and_fingerprinted() {
    let built = Newsroom::new().good();
    let css = built
        .fingerprinted("site/assets/css/site.", ".css")
        .unwrap();
    let mark = built
        .fingerprinted("site/assets/img/mark.", ".svg")
        .unwrap();
    assert_eq!(built.says("/en/", "style"), &css["site".len()..]);
    let text = built.output(css);
    assert!(text.starts_with("body{margin:0}"), "{text}");
    assert!(text.contains(&mark["site".len()..]), "{text}");
    assert_eq!(
        built.paths("site/assets/").len(),
        2,
        "_base.css is part of site.css"
    );
}

#[test]
fn names_with_odd_characters_are_encoded_in_addresses() {
    let built = Newsroom::new()
        .file("content/news/a b#é.png", png(1, 1))
        .story("news/a.md", "2025-01-05", "", "![x](<a b%23é.png>)")
        .good();
    let body = built.body("/en/news/2025/01/05/a/");
    assert!(body.contains("src=\"/files/news/a%20b%23%C3%A9."), "{body}");
    assert!(
        built
            .fingerprinted("site/files/news/a b#é.", ".png")
            .is_some()
    );
}

#[test]
fn captions_posters_and_transcripts_are_outputs_and_renditions_never() {
    let keys = "poster = \"p.png\"\nposter_alt = \"P\"\npicture = 1\ntranscript = \"clip.transcript.md\"\n[[captions]]\nlang = \"en\"\nfile = \"clip.en.vtt\"";
    let built = Newsroom::new()
        .dossier("clip", "2025-01-01", keys, "")
        .file("content/media/p.png", png(16, 9))
        .file(
            "content/media/clip.en.vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n",
        )
        .file("content/media/clip.transcript.md", "He *said*.")
        .file("content/media/clip.transcript.fr.md", "Il a *dit*.")
        .file("content/media/clip-preview.mp4", "video")
        .story("media/clip.fr.md", "", "", "")
        .good();
    let page = "/en/video/clip/";
    assert!(built.says(page, "poster").starts_with("/files/media/p."));
    assert!(
        built
            .says(page, "captions")
            .starts_with("[en English /files/media/clip.en.")
    );
    assert_eq!(built.says(page, "transcript"), "<p>He <em>said</em>.</p>");
    assert_eq!(
        built.says("/fr/video/clip/", "transcript"),
        "<p>Il a <em>dit</em>.</p>"
    );
    assert_eq!(built.says(page, "preview"), "/api/media/clip/preview");
    assert_eq!(built.paths("site/files/").len(), 2);
    assert!(built.paths("site/").iter().all(|p| !p.ends_with(".mp4")));
}

#[test]
fn what_browsers_show_or_save_may_be_attached() {
    let body = "[a](a.pdf) [b](b.docx) [c](c.csv) [d](d.zip) ![e](e.svg)";
    let svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 9\"><path d=\"M0 0h9\"/></svg>";
    let built = Newsroom::new()
        .file("content/news/a.pdf", "%PDF-1.7\n")
        .file("content/news/b.docx", "PK\u{3}\u{4}")
        .file("content/news/c.csv", "<a>,b\n")
        .file("content/news/d.zip", "PK\u{3}\u{4}")
        .file("content/news/e.svg", svg)
        .story("news/a.md", "2025-01-05", "", body)
        .good();
    assert_eq!(built.paths("site/files/news/").len(), 5);
    assert!(
        built
            .body("/en/news/2025/01/05/a/")
            .contains("width=\"16\" height=\"9\"")
    );
}

#[test]
fn a_drawing_of_a_story_to_come_is_judged_before_it_comes() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>";
    let room = Newsroom::new().file("content/news/e.svg", svg).story(
        "news/a.md",
        "2025-03-05",
        "",
        "![e](e.svg)",
    );
    let errors = room.build().errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].file, "content/news/e.svg");
}

#[test]
fn scripts_and_pages_in_static_are_copied_with_a_warning() {
    let built = Newsroom::new()
        .file("content/static/a.js", "1")
        .file("content/static/proof.html", "x")
        .good();
    assert!(built.warns("content/static/a.js", "will not run this file"));
    assert!(built.warns("content/static/proof.html", "comes without the theme"));
    assert_eq!(built.output("site/a.js"), "1");
}
