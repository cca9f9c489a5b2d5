//! What a translation takes from its source, and what it does not.

use crate::harness::{Newsroom, png};

const FR: &str = "/fr/news/2025/01/10/visit/";

fn source(keys: &str) -> Newsroom {
    Newsroom::new().story("news/visit.md", "2025-01-10T10:00:00+01:00", keys, "Text.")
}

#[test]
fn a_title_is_enough() {
    let built = source("kind = \"statement\"\ndateline = \"LISBON\"\ntopics = [\"Trade\"]\nauthors = [\"Ada\"]\nimage = { src = \"a.png\", alt = \"Hands\" }\nmedia = [\"clip\"]\ncontact = \"press\"\nupdated = 2025-01-11\nmood = \"calm\"")
        .file("content/news/a.png", png(640, 480))
        .dossier("clip", "2025-01-01", "", "")
        .story("news/visit.fr.md", "", "", "Texte.")
        .good();
    let says = |name| built.says(FR, name);
    assert_eq!(built.says(FR, "date"), "2025-01-10T10:00:00+01:00");
    assert_eq!(says("kind"), "statement");
    assert_eq!(says("dateline"), "LISBON");
    assert_eq!(says("terms"), "[topics Trade /fr/topics/trade/]");
    assert_eq!(says("authors"), "[Ada]");
    assert!(
        says("image").ends_with("640x480 Hands"),
        "{}",
        says("image")
    );
    assert_eq!(says("media"), "[Story clip]");
    assert_eq!(says("contact"), "Press office");
    assert_eq!(says("updated"), "2025-01-11T00:00:00+01:00");
    assert_eq!(says("extra"), "{\"mood\":\"calm\"}");
    assert_eq!(
        says("alternates"),
        "[en /en/news/2025/01/10/visit/][fr /fr/news/2025/01/10/visit/]"
    );
    assert_eq!(built.body(FR), "<p>Texte.</p>\n");
}

#[test]
fn lead_slug_aliases_and_corrections_are_its_own() {
    let built = source("lead = \"English lead\"\nslug = \"chosen\"\naliases = [\"/old/\"]\n[[corrections]]\ndate = 2025-01-12\nnote = \"Wrong name\"")
        .story("news/visit.fr.md", "", "", "Texte.")
        .good();
    assert_eq!(built.says(FR, "lead"), "");
    assert_eq!(built.says(FR, "corrections"), "");
    assert_eq!(built.says(FR, "description"), "Texte.");
    assert_eq!(
        built.says("/en/news/2025/01/10/chosen/", "corrections"),
        "[2025-01-12T00:00:00+01:00 Wrong name]"
    );
    assert_eq!(built.says("/old/", "target"), "/en/news/2025/01/10/chosen/");
}

#[test]
fn own_keys_win() {
    let built = source("topics = [\"Trade\"]\nkind = \"statement\"")
        .story(
            "news/visit.fr.md",
            "2025-01-11T09:00:00Z",
            "topics = [\"Paix\"]\nkind = \"speech\"",
            "",
        )
        .good();
    let page = "/fr/news/2025/01/11/visit/";
    assert_eq!(built.says(page, "kind"), "speech");
    assert_eq!(built.says(page, "terms"), "[topics Paix /fr/topics/paix/]");
}

#[test]
fn the_later_embargo_holds() {
    for (source_embargo, own, published) in [
        ("2025-02-02T00:00:00Z", "2025-01-01T00:00:00Z", false),
        ("2025-01-01T00:00:00Z", "2025-02-02T00:00:00Z", false),
        ("2025-01-02T00:00:00Z", "2025-01-01T00:00:00Z", true),
    ] {
        let built = source(&format!("embargo = {source_embargo}"))
            .story("news/visit.fr.md", "", &format!("embargo = {own}"), "")
            .good();
        assert_eq!(
            built.paths("site/fr/news/").is_empty(),
            !published,
            "{source_embargo} {own}"
        );
    }
}

#[test]
fn the_earlier_expiry_and_eithers_draft_count() {
    let gone = source("expires = 2025-01-20T00:00:00Z").story(
        "news/visit.fr.md",
        "",
        "expires = 2026-01-01T00:00:00Z",
        "",
    );
    assert!(gone.good().paths("site/fr/news/").is_empty());
    let own = source("expires = 2026-01-20T00:00:00Z").story(
        "news/visit.fr.md",
        "",
        "expires = 2025-01-20T00:00:00Z",
        "",
    );
    assert!(own.good().paths("site/fr/news/").is_empty());
    assert!(!own.good().paths("site/en/news/").is_empty());
    let draft = source("draft = true").story("news/visit.fr.md", "", "draft = false", "");
    assert!(draft.good().paths("site/fr/news/").is_empty());
    let own = source("").story("news/visit.fr.md", "", "draft = true", "");
    assert!(own.good().paths("site/fr/news/").is_empty());
    assert_eq!(
        own.good().says("/en/news/2025/01/10/visit/", "alternates"),
        ""
    );
}

#[test]
fn without_a_source_it_is_its_own() {
    let built = Newsroom::new()
        .story(
            "news/seul.fr.md",
            "2025-01-10",
            "topics = [\"Paix\"]",
            "Texte.",
        )
        .good();
    assert_eq!(
        built.says("/fr/news/2025/01/10/seul/", "date"),
        "2025-01-10T00:00:00+01:00"
    );
    assert!(built.paths("site/en/news/").is_empty());
}

#[test]
fn a_dossiers_translation_takes_what_it_leaves_out() {
    let built = Newsroom::new()
        .dossier("clip", "2025-01-01", "terms = \"standard\"\nposter = \"p.png\"\nposter_alt = \"P\"\n[[shot]]\nat = \"00:00:03\"\ntext = \"A door\"", "")
        .file("content/media/p.png", png(16, 9))
        .story("media/clip.fr.md", "", "", "Ce que l'on voit.")
        .good();
    let page = "/fr/video/clip/";
    assert_eq!(built.says(page, "duration"), "1:00");
    assert_eq!(built.says(page, "shots"), "[00:00:03 A door]");
    assert_eq!(built.says(page, "terms"), "1 Standard");
    assert_eq!(built.says(page, "renditions").matches('[').count(), 2);
    assert!(built.says(page, "poster").starts_with("/files/media/p."));
    let manifest = built.json("sidecar/manifest.json");
    assert_eq!(
        manifest["media"]["clip"]["editions"]["fr"]["page"],
        "/fr/video/clip/"
    );
}

#[test]
fn whatever_is_named_as_an_edition_names_the_same_editions() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-01", "topics = [\"Trade\"]", "")
        .story("news/a.fr.md", "", "", "")
        .story("news/b.md", "2025-01-02", "", "")
        .story("pages/p.md", "", "", "")
        .story("pages/p.fr.md", "", "", "")
        .dossier("clip", "2025-01-01", "", "")
        .story("media/clip.fr.md", "", "", "")
        .good();
    let mut circles: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for path in built.paths("site/sitemap/") {
        for entry in built.output(path).split("<url>").skip(1) {
            let loc = entry.split(['<', '>']).nth(2).unwrap().to_owned();
            let links = entry
                .split("<link ")
                .skip(1)
                .map(|l| l.split("/>").next().unwrap().to_owned());
            circles.insert(loc, links.collect());
        }
    }
    let several = circles.values().filter(|links| !links.is_empty()).count();
    assert!(several > 10, "{circles:#?}");
    for (loc, links) in circles.iter().filter(|(_, links)| !links.is_empty()) {
        let href = |link: &String| link.split('"').nth(3).unwrap().to_owned();
        assert!(
            links.iter().any(|l| l.starts_with("code=\"x-default\"")),
            "{loc}"
        );
        assert!(
            links.iter().any(|l| href(l) == *loc),
            "{loc} does not name itself"
        );
        for link in links {
            assert_eq!(circles.get(&href(link)), Some(links), "{loc}: {link}");
        }
    }
    let root = built.page("/");
    assert!(
        root.contains("alternates: \n"),
        "nothing names it back: {root}"
    );
}
