//! Who may download a picture: everyone, readers with an account, or nobody.

use dateline_contract::manifest::Manifest;
use serde_json::json;

use crate::harness::{Built, Newsroom, jpeg, photo};

const STORY: &str = "news/2025/01/05/visit.md";
const PAGE: &str = "/en/news/2025/01/05/visit/";
const FILES: &str = "site/files/news/2025/01/05/";

/// A story with a large picture whose front matter says `said`.
fn room(said: &str, body: &str) -> Newsroom {
    let image = format!("image = {{ src = \"a.png\", alt = \"A\", caption = \"*C*\"{said} }}");
    Newsroom::new()
        .file(
            "themes/plain/theme.toml",
            "formats = [\"webp\", \"jpeg\"]\n[slots.card]\nwidths = [20]\ncrop = \"1:1\"\n[slots.wide]\nwidths = [20, 40]\n",
        )
        .file("themes/plain/components/pictures.html", COMPONENTS)
        .file("content/news/2025/01/05/a.png", photo(60, 40))
        .story(STORY, "2025-01-05T10:00:00Z", &image, body)
}

/// Components that say what they are given.
const COMPONENTS: &str = "{% component image(image, title = none) %}<i>{{ image.src }} {{ image.width }} {{ image.download | json }}</i>{% endcomponent image %}
{% component photo(image, number, count) %}<b>{{ number }}/{{ count }} {{ image.download | json }}</b>{{ body }}{% endcomponent photo %}";

fn manifest(built: &Built) -> Manifest {
    Manifest::from_json(&built.outputs["sidecar/manifest.json"]).unwrap()
}

#[test]
fn the_original_is_offered_to_everyone_if_nobody_says_otherwise() {
    let built = room("", "![a](a.png) ![a](a.png)").good();
    let path = built.fingerprinted(&format!("{FILES}a."), ".png").unwrap();
    let body = built.body(PAGE);
    let bytes = built.outputs[path].len();
    for part in [
        format!("\"url\": \"{}\"", &path["site".len()..]),
        format!("\"bytes\": {bytes}"),
        "\"width\": 60".to_owned(),
        "\"file_name\": \"a.png\"".to_owned(),
        "\"gated\": false".to_owned(),
    ] {
        let part = part.replace(": ", ":");
        assert!(body.replace(": ", ":").contains(&part), "{part} in {body}");
    }
    // A page offers a picture once.
    assert_eq!(body.matches("gated").count(), 1, "{body}");
    assert!(manifest(&built).pictures.is_empty());
}

#[test]
fn what_is_for_readers_with_an_account_is_in_the_manifest_and_not_in_the_site() {
    let built = room(", download = \"account\"", "![a](a.png) [the file](a.png)")
        .pictures("credit = \"Us\"\ndownload_terms = \"standard\"")
        .story("news/2025/01/05/visit.fr.md", "", "", "")
        .good();
    let manifest = manifest(&built);
    let story = &manifest.pictures["news.2025.01.05.visit"];
    assert_eq!(story.terms.as_deref(), Some("standard"));
    let pages: Vec<_> = story.editions.values().map(|e| e.page.as_deref()).collect();
    assert_eq!(pages, [Some(PAGE), Some("/fr/news/2025/01/05/visit/")]);
    let (name, file) = story.renditions.first_key_value().unwrap();
    let bytes = &built.outputs[&format!("sidecar/pictures/{}", file.key)];
    assert_eq!(file.size, bytes.len() as u64);
    assert_eq!(
        (
            file.file_name.as_str(),
            file.content_type.as_str(),
            file.gated
        ),
        ("a.png", "image/png", true)
    );
    assert_eq!(file.modified, "2025-01-05T10:00:00Z");
    let body = built.body(PAGE);
    let url = format!("/api/media/news.2025.01.05.visit/{name}");
    assert!(body.contains(&url), "{body}");
    // Pages show the largest derivative, and links lead to it.
    assert!(built.fingerprinted(&format!("{FILES}a."), ".png").is_none());
    let shown = built
        .fingerprinted(&format!("{FILES}a-40w."), ".jpg")
        .unwrap();
    let shown = &shown["site".len()..];
    assert!(body.contains(&format!("<i>{shown} 40")), "{body}");
    assert!(body.contains(&format!("href=\"{shown}\"")), "{body}");
    let site = built
        .outputs
        .iter()
        .filter(|(path, _)| path.starts_with("site/"));
    assert!(site.clone().all(|(_, other)| other != bytes));
}

#[test]
fn what_is_for_nobody_is_nowhere() {
    let built = room(", download = \"none\"", "").good();
    assert!(built.fingerprinted(&format!("{FILES}a."), ".png").is_none());
    assert!(
        built
            .fingerprinted(&format!("{FILES}a-40w."), ".webp")
            .is_some()
    );
    assert_eq!(built.paths("sidecar/pictures/"), Vec::<&str>::new());
    assert!(manifest(&built).pictures.is_empty());
}

#[test]
fn the_strictest_document_counts_and_the_site_only_where_none_says_anything() {
    let site = "credit = \"Us\"\ndownload = \"none\"";
    let public = |built: &Built| built.fingerprinted(&format!("{FILES}a."), ".png").is_some();
    assert!(!public(&room("", "").pictures(site).good()));
    let open = room(", download = \"public\"", "").pictures(site);
    assert!(public(&open.good()));
    let keys = "image = { src = \"2025/01/05/a.png\", alt = \"A\", download = \"account\" }";
    let closed = open.story("news/other.md", "2025-01-06", keys, "").good();
    assert!(!public(&closed));
    // Both pages lead to the file, each under its own name.
    let ids: Vec<String> = manifest(&closed).pictures.into_keys().collect();
    assert_eq!(ids, ["news.2025.01.05.visit", "news.other"]);
}

#[test]
fn what_pages_show_as_it_is_is_for_everyone_and_editors_are_told() {
    let built = room("", "![b](b.png) ![c](c.jpg)")
        .pictures("credit = \"Us\"\ndownload = \"none\"")
        .file("content/news/2025/01/05/b.png", photo(10, 10))
        .file("content/news/2025/01/05/c.jpg", jpeg("", "", 3))
        .story(
            "news/2025/01/05/small.md",
            "2025-01-05",
            "image = { src = \"d.png\", alt = \"D\", download = \"account\" }",
            "",
        )
        .file("content/news/2025/01/05/d.png", photo(10, 9))
        .without("themes/plain/theme.toml")
        .good();
    for name in ["a.", "b.", "d."] {
        let path = built.fingerprinted(&format!("{FILES}{name}"), ".png");
        assert!(path.is_some(), "{name}");
    }
    assert!(
        built.warns("content/news/2025/01/05/d.png", "as it is"),
        "{}",
        built.report()
    );
    assert_eq!(built.diagnostics().len(), 1, "{}", built.report());
    assert!(manifest(&built).pictures.is_empty());
}

#[test]
fn a_picture_of_a_held_back_story_is_nowhere_and_an_expired_one_is_gone() {
    let image = "image = { src = \"a.png\", alt = \"A\", download = \"account\" }";
    let at = |keys: &str| {
        let keys = format!("{image}\n{keys}");
        room("", "").story(STORY, "2025-01-05T10:00:00Z", &keys, "")
    };
    for keys in ["draft = true", "embargo = 2031-01-01T10:00:00Z"] {
        let built = at(keys).good();
        assert!(manifest(&built).pictures.is_empty(), "{keys}");
        assert_eq!(
            built.paths("sidecar/pictures/"),
            Vec::<&str>::new(),
            "{keys}"
        );
    }
    let built = at("expires = 2025-01-06T10:00:00Z")
        .at("2025-01-07T10:00:00Z")
        .good();
    assert_eq!(built.paths("sidecar/pictures/"), Vec::<&str>::new());
    assert_eq!(
        built.json("sidecar/manifest.json")["pictures"]["news.2025.01.05.visit"],
        json!({
            "editions": { "en": {
                "page": null, "title": null, "release": null, "expires": "2025-01-06T10:00:00Z"
            } },
            "terms": null,
            "renditions": {},
        })
    );
}

#[test]
fn the_figures_of_a_photo_story_are_numbered() {
    let figure = |src: &str| format!("::: figure src=\"{src}\" alt=\"x\"\nOne\n:::\n\n");
    let body = format!("{}Text.\n\n{}", figure("a.png"), figure("b.png"));
    let with = |kind: &str| {
        let keys = format!("kind = \"{kind}\"");
        room("", "")
            .file("content/news/2025/01/05/b.png", photo(60, 41))
            .story(STORY, "2025-01-05", &keys, &body)
            .good()
    };
    let built = with("photo");
    let body = built.body(PAGE);
    assert!(
        body.contains("<b>1/2 ") && body.contains("<b>2/2 "),
        "{body}"
    );
    assert!(!with("news").body(PAGE).contains("<b>"), "only there");
}

#[test]
fn terms_must_exist() {
    let built = room("", "")
        .pictures("credit = \"Us\"\ndownload_terms = \"other\"")
        .build();
    assert!(
        built.report().contains("there are no terms `other`"),
        "{}",
        built.report()
    );
}
