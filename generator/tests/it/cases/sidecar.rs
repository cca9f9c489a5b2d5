//! What the sidecar and the edge are told.

use dateline_auth::edge::Answer;

use crate::harness::Newsroom;

fn manifest(room: &Newsroom) -> serde_json::Value {
    room.good().json("sidecar/manifest.json")
}

#[test]
fn the_manifest_names_every_rendition() {
    let room = Newsroom::new()
        .dossier(
            "clip",
            "2025-01-05T10:00:00Z",
            "terms = \"standard\"\nupdated = 2025-01-06T10:00:00Z",
            "",
        )
        .story("media/clip.fr.md", "", "", "");
    let all = manifest(&room);
    assert_eq!(all["version"], 1);
    assert_eq!(all["base_url"], "https://news.example");
    assert_eq!(all["default_language"], "en");
    assert_eq!(all["languages"], serde_json::json!(["en", "fr"]));
    assert_eq!(all["terms"]["standard"]["version"], "1");
    let clip = &all["media"]["clip"];
    assert_eq!(
        clip["pages"],
        serde_json::json!({ "en": "/en/video/clip/", "fr": "/fr/video/clip/" })
    );
    assert_eq!(clip["title"]["fr"], "Story clip.fr");
    assert_eq!(clip["terms"], "standard");
    assert_eq!(clip["release"], serde_json::Value::Null);
    let sum = "ab".repeat(32);
    assert_eq!(
        clip["renditions"]["broadcast"],
        serde_json::json!({
            "key": format!("ab/{sum}/clip-broadcast.mp4"), "modified": "2025-01-06T10:00:00Z", "file_name": "clip-broadcast.mp4",
            "type": "video/mp4", "size": 1000, "sha256": sum, "gated": true
        })
    );
    assert_eq!(clip["renditions"]["preview"]["gated"], false);
    let bytes = room.good().outputs["sidecar/manifest.json"].clone();
    dateline_auth::manifest::Manifest::from_json(&bytes).unwrap();
}

#[test]
fn gated_keys_stand_in_the_manifest_alone() {
    let built = Newsroom::new().dossier("clip", "2025-01-05", "", "").good();
    let key = format!("ab/{}", "ab".repeat(32));
    assert_eq!(built.holding(&key), ["sidecar/manifest.json"]);
}

#[test]
fn a_held_dossier_is_there_with_its_release_and_a_draft_is_not() {
    let room = Newsroom::new()
        .dossier(
            "embargoed",
            "2025-01-05",
            "embargo = 2025-03-01T09:00:00+01:00",
            "",
        )
        .dossier("future", "2025-04-01T00:00:00Z", "", "")
        .dossier("draft", "2025-01-05", "draft = true", "")
        .dossier(
            "expired",
            "2025-01-05",
            "expires = 2025-01-06T00:00:00Z",
            "",
        );
    let all = manifest(&room);
    let ids: Vec<&String> = all["media"].as_object().unwrap().keys().collect();
    assert_eq!(ids, ["embargoed", "future"]);
    assert_eq!(all["media"]["embargoed"]["release"], "2025-03-01T08:00:00Z");
    assert_eq!(all["media"]["future"]["release"], "2025-04-01T00:00:00Z");
    let built = room.good();
    assert!(built.paths("site/en/video/").is_empty());
    for needle in ["embargoed", "future", "draft"] {
        let found: Vec<&str> = built
            .holding(needle)
            .into_iter()
            .filter(|p| p.starts_with("site"))
            .collect();
        assert_eq!(found, Vec::<&str>::new(), "{needle}");
    }
    assert!(manifest(&room.drafts())["media"]["draft"].is_object());
}

#[test]
fn the_edge_files_say_the_same() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-05", "aliases = [\"/old/\"]", "")
        .good();
    let rules =
        dateline_auth::edge::EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    let answer = rules.answer("/old/", None);
    assert!(
        matches!(answer, Some(Answer::Moved(to)) if to.to == "/en/news/2025/01/05/a/"),
        "{answer:?}"
    );
    assert!(
        rules
            .headers_for("/en/")
            .iter()
            .any(|(n, v)| *n == "Content-Security-Policy" && v.starts_with("default-src 'none'"))
    );
    assert!(
        rules
            .headers_for("/assets/x.css")
            .iter()
            .any(|(_, v)| v.contains("immutable"))
    );
    assert!(
        rules
            .headers_for("/files/x.jpg")
            .iter()
            .any(|(_, v)| v.contains("immutable"))
    );
    let nginx = built.output("edge/nginx.conf");
    for part in [
        "error_page 404 /404.html;",
        "location /assets/ {",
        "location /fr/ { error_page 404 /fr/404.html;",
        "location = \"/old/\" { return 301 \"/en/news/2025/01/05/a/\"; }",
    ] {
        assert!(nginx.contains(part), "{part} in {nginx}");
    }
    assert_eq!(nginx.matches('{').count(), nginx.matches('}').count());
    assert!(
        built
            .output("edge/_headers")
            .contains("/assets/*\n  ! Cache-Control\n")
    );
}

#[test]
fn video_pages_name_renditions_terms_and_shots() {
    let built = Newsroom::new()
        .dossier("clip", "2025-01-05", "terms = \"standard\"\n[[shot]]\nat = \"00:07\"\ntext = \"A\"\n[[shot]]\nat = \"00:00:59.5\"\ntext = \"B\"", "Seen.")
        .good();
    let page = "/en/video/clip/";
    assert_eq!(built.says(page, "shots"), "[00:07 A][00:00:59.5 B]");
    assert_eq!(
        built.says(page, "renditions"),
        "[broadcast /api/media/clip/broadcast 1\u{a0}kB true][preview /api/media/clip/preview 1\u{a0}kB false]"
    );
    assert_eq!(built.says("/en/video/", "items"), "[Story clip]");
    assert_eq!(built.says("/en/", "video"), "/en/video/");
    assert_eq!(built.says("/en/", "videos"), "[Story clip]");
}
