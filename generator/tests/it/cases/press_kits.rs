//! Press kits: what is in them, what never is, and where they lie.

use crate::harness::{Built, Newsroom, jpeg, png};

const KIT: &str = "site/en/news/2025/01/05/a/a-press-kit.zip";

const IMAGE: &str = "image = { src = \"a.jpg\", alt = \"Two ships\", caption = \"Own *words*\", copyright = \"© Us\" }";

fn room(keys: &str, body: &str) -> Newsroom {
    Newsroom::new()
        .press_kits()
        .file("content/news/a.jpg", jpeg("Tømas", "Own words", 3))
        .file("content/news/b.png", png(3, 2))
        .story("news/a.md", "2025-01-05", &format!("{IMAGE}\n{keys}"), body)
}

/// The entries of an archive, by its local headers.
fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    let number = |at: usize, length: usize| {
        let bytes = archive[at..at + length].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    while archive[at..].starts_with(b"PK\x03\x04") {
        let (size, name, extra) = (number(at + 22, 4), number(at + 26, 2), number(at + 28, 2));
        let name = at + 30..at + 30 + name;
        let start = name.end + extra;
        let text = String::from_utf8(archive[name].to_vec()).unwrap();
        found.push((text, archive[start..start + size].to_vec()));
        at = start + size;
    }
    found
}

fn names(built: &Built, kit: &str) -> Vec<String> {
    let found = entries(&built.outputs[kit]).into_iter();
    found.map(|(name, _)| name).collect()
}

fn text(built: &Built, kit: &str, name: &str) -> String {
    let found = entries(&built.outputs[kit]);
    let (_, bytes) = found.into_iter().find(|(own, _)| own == name).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_kit_holds_pictures_as_they_are_published_and_texts_in_every_language() {
    let body = "One *two*.\n\n::: figure src=\"b.png\" alt=\"x\" credit=\"Them\"\nThe **second**\n:::\n\n[Home](/en/)";
    let built = room("", body)
        .file("content/news/a.fr.md", "+++\ntitle = \"Titre\"\nimage = { src = \"a.jpg\", alt = \"Deux\", caption = \"En français\" }\n+++\nUn.\n")
        .good();
    assert_eq!(
        names(&built, KIT),
        [
            "a/text.en.txt",
            "a/text.en.html",
            "a/text.fr.txt",
            "a/text.fr.html",
            "a/captions.txt",
            "a/rights.txt",
            "a/a.jpg",
            "a/b.png"
        ]
    );
    let picture = built.fingerprinted("site/files/news/a.", ".jpg").unwrap();
    let found = entries(&built.outputs[KIT]);
    assert_eq!(found[6].1, built.outputs[picture]);
    assert_eq!(
        text(&built, KIT, "a/captions.txt"),
        "Story a en\na.jpg|Own words|Tømas|© Us\nb.png|The second|Them|\n\nTitre fr\na.jpg|En français|Tømas|© Us\nb.png||Them|\n"
    );
    let plain = text(&built, KIT, "a/text.en.txt");
    assert!(
        plain.contains(
            "One two.\n\n[b.png]\n\nThe second\n\nThem\n\nHome <https://news.example/en/>"
        ),
        "{plain}"
    );
    let html = text(&built, KIT, "a/text.en.html");
    assert!(html.contains("<img src=\"b.png\" alt=\"x\">"), "{html}");
    for page in ["/en/news/2025/01/05/a/", "/fr/news/2025/01/05/a/"] {
        assert_eq!(
            built.says(page, "kit"),
            "/en/news/2025/01/05/a/a-press-kit.zip 2"
        );
    }
}

#[test]
fn who_wants_none_has_none() {
    let none = |room: Newsroom| {
        let built = room.good();
        assert!(!built.has(KIT));
        assert_eq!(built.says("/en/news/2025/01/05/a/", "kit"), "");
    };
    none(room("press_kit = false", ""));
    none(room("", "").pictures("press_kit = false\ncredit = \"Us\""));
    none(room("", "").without("themes/plain/templates/press-kit/captions.txt"));
    let said = room("press_kit = true", "").pictures("press_kit = false\ncredit = \"Us\"");
    assert!(said.good().has(KIT));
    // A story without pictures.
    assert_eq!(
        room("", "")
            .story("news/c.md", "2025-01-06", "", "")
            .good()
            .paths("site/en/news/2025/01/06/c/")
            .len(),
        1
    );
}

#[test]
fn what_is_kept_from_readers_is_in_no_kit() {
    for download in ["account", "none"] {
        let figure = format!(
            "::: figure src=\"b.png\" alt=\"x\" credit=\"Them\" download=\"{download}\"\nB\n:::"
        );
        let built = room("", &figure).good();
        assert!(!names(&built, KIT).contains(&"a/b.png".to_owned()));
        assert!(!text(&built, KIT, "a/text.en.html").contains("<img src=\"b.png\""));
        // Another document keeps it.
        let other = room(
            "",
            "::: figure src=\"b.png\" alt=\"x\" credit=\"Them\"\nB\n:::",
        );
        let built = other.story("news/c.md", "2025-01-06", "", &figure).good();
        assert!(!names(&built, KIT).contains(&"a/b.png".to_owned()));
        let all = room("", "").pictures(&format!("download = \"{download}\"\ncredit = \"Us\""));
        assert!(!all.good().has(KIT));
    }
}

#[test]
fn languages_that_are_held_back_come_into_a_kit_when_they_come_out() {
    let french = "+++\ntitle = \"Titre à venir demain\"\nembargo = 2025-02-02T12:00:00Z\nimage = { src = \"a.jpg\", alt = \"Deux bateaux\", caption = \"Une légende secrète de plus\" }\n+++\nUn.\n";
    let room = room("", "").file("content/news/a.fr.md", french);
    let built = room.good();
    assert_eq!(built.holding("secrète"), Vec::<&str>::new());
    assert!(!names(&built, KIT).iter().any(|name| name.contains(".fr.")));
    let built = room.at("2025-02-02T12:00:00Z").good();
    assert!(text(&built, KIT, "a/captions.txt").contains("Une légende secrète de plus"));
}

#[test]
fn leaks_into_a_kit_are_found() {
    let secret = "Nobody may read this sentence before Monday morning.";
    let held = format!("+++\ntitle = \"Held\"\ndate = 2025-01-06\ndraft = true\n+++\n{secret}\n");
    let room = room("", "").file("content/news/h.md", held);
    room.good();
    let leaking = "{{ \"Nobody may re\" ~ \"ad this sentence before Monday morning.\" }}";
    let built = room
        .file("themes/plain/templates/press-kit/captions.txt", leaking)
        .build();
    assert!(
        built.report().contains("a-press-kit.zip"),
        "{}",
        built.report()
    );
}

#[test]
fn names_and_times_are_those_that_every_system_takes() {
    let picture = jpeg("Tømas", "", 3);
    let built = room(
        "",
        "![One](x/B.PNG) ![Two](b.png) ![Three](captions.txt.png)",
    )
    .file("content/news/x/B.PNG", png(4, 2))
    .file("content/news/captions.txt.png", png(5, 2))
    .file("content/news/unused.jpg", picture)
    .good();
    assert_eq!(
        names(&built, KIT)[4..],
        ["a/a.jpg", "a/B.PNG", "a/b-2.png", "a/captions.txt.png"]
    );
    // 2025-01-05, at midnight.
    assert_eq!(built.outputs[KIT][10..14], [0, 0, 5 | 1 << 5, 90]);
}
