//! What the sidecar and the edge are reported.

use dateline_contract::edge::Answer;
use serde_json::json;

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
    assert_eq!(all["version"], 2);
    assert_eq!(all["base_url"], "https://news.example");
    assert_eq!(all["default_language"], "en");
    assert_eq!(all["languages"], json!(["en", "fr"]));
    assert_eq!(all["terms"]["standard"]["version"], "1");
    let clip = &all["media"]["clip"];
    let out = |lang: &str, title: &str| {
        let page = format!("/{lang}/video/clip/");
        json!({ "page": page, "title": title, "release": null, "expires": null })
    };
    assert_eq!(
        clip["editions"],
        json!({ "en": out("en", "Story clip"), "fr": out("fr", "Story clip.fr") })
    );
    assert_eq!(clip["terms"], "standard");
    let sum = "ab".repeat(32);
    assert_eq!(
        clip["renditions"]["broadcast"],
        json!({
            "key": format!("ab/{sum}/clip-broadcast.mp4"), "modified": "2025-01-06T10:00:00Z", "file_name": "clip-broadcast.mp4",
            "type": "video/mp4", "size": 1000, "sha256": sum, "gated": true
        })
    );
    assert_eq!(clip["renditions"]["preview"]["gated"], false);
    let bytes = room.good().outputs["sidecar/manifest.json"].clone();
    dateline_contract::manifest::Manifest::from_json(&bytes).unwrap();
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
    assert_eq!(ids, ["embargoed", "expired", "future"]);
    let edition = |id: &str| all["media"][id]["editions"]["en"].clone();
    assert_eq!(edition("embargoed")["release"], "2025-03-01T08:00:00Z");
    assert_eq!(edition("future")["release"], "2025-04-01T00:00:00Z");
    assert_eq!(
        edition("expired"),
        json!({
            "page": null, "title": null, "release": null, "expires": "2025-01-06T00:00:00Z"
        })
    );
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
fn each_language_of_a_dossier_comes_and_ends_at_its_own_time() {
    let room = Newsroom::new()
        .dossier("clip", "2025-01-05", "expires = 2025-06-01T00:00:00Z", "")
        .story(
            "media/clip.fr.md",
            "",
            "embargo = 2025-03-01T09:00:00Z\nexpires = 2025-04-01T00:00:00Z",
            "",
        );
    let editions = |at: &str| {
        let all = manifest(&room.clone().at(at));
        let clip = &all["media"]["clip"];
        assert_eq!(clip["renditions"].as_object().unwrap().len(), 2, "{at}");
        let [en, fr] = ["en", "fr"].map(|lang| clip["editions"][lang].clone());
        (en, fr)
    };
    let (en, fr) = editions("2025-02-01T12:00:00Z");
    assert_eq!(
        (&en["release"], &fr["release"]),
        (&json!(null), &json!("2025-03-01T09:00:00Z"))
    );
    assert_eq!(
        (&en["expires"], &fr["expires"]),
        (
            &json!("2025-06-01T00:00:00Z"),
            &json!("2025-04-01T00:00:00Z")
        )
    );
    assert_eq!(
        (&en["title"], &fr["title"]),
        (&json!("Story clip"), &json!("Story clip.fr"))
    );
    let (_, out) = editions("2025-03-01T09:00:00Z");
    assert_eq!(out["release"], json!(null));
    let (en, fr) = editions("2025-04-01T00:00:00Z");
    assert_eq!(
        (&en["title"], &en["page"]),
        (&json!("Story clip"), &json!("/en/video/clip/"))
    );
    // What ended is named no more.
    let over =
        json!({ "page": null, "title": null, "release": null, "expires": "2025-04-01T00:00:00Z" });
    assert_eq!(fr, over);
    let (en, _) = editions("2025-06-01T00:00:00Z");
    assert_eq!(
        (&en["title"], &en["expires"]),
        (&json!(null), &json!("2025-06-01T00:00:00Z"))
    );
}

#[test]
fn the_edge_files_say_the_same() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-05", "aliases = [\"/old/\"]", "")
        .good();
    let rules =
        dateline_contract::edge::EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
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
        "    text/vtt vtt;\n",
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

#[test]
fn only_the_themes_scripts_may_run_and_files_have_no_part_in_the_site() {
    let rules = |room: Newsroom| {
        let built = room.good();
        let json = built.outputs["edge/headers.json"].clone();
        (
            dateline_contract::edge::EdgeRules::from_json(&json).unwrap(),
            built,
        )
    };
    let of = |rules: &dateline_contract::edge::EdgeRules, path: &str, name: &str| {
        let all = rules.headers_for(path);
        let found = all.iter().find(|(n, _)| *n == name);
        found
            .map(|(_, value)| (*value).to_owned())
            .unwrap_or_default()
    };
    let policy = "Content-Security-Policy";
    for (table, allowed) in [
        ("storage = \"media\"", "; media-src 'self';"),
        ("storage = \"s3://clips/press\"", "; media-src 'self';"),
        (
            "storage = \"s3://clips/press?endpoint=https://s3.example.org\"",
            "; media-src 'self' https://s3.example.org;",
        ),
    ] {
        let room = Newsroom::new().tables(&format!("[media]\n{table}"));
        let (rules, _) = rules(room);
        let found = of(&rules, "/en/", policy);
        assert!(found.contains(allowed), "{found}");
    }
    let (none, _) = rules(Newsroom::new().file("content/static/own.js", "1"));
    assert!(of(&none, "/en/", policy).ends_with("; script-src 'none'"));
    let room = Newsroom::new()
        .file("themes/plain/assets/js/a;b.js", "1")
        .file("themes/plain/assets/js/m.mjs", "1")
        .file("content/static/own.js", "1")
        .story("news/a.md", "2025-01-05", "", "[x](/own.js)");
    let (two, built) = rules(room.clone());
    let scripts = of(&two, "/en/", policy);
    let (_, scripts) = scripts.split_once("script-src ").unwrap();
    let sources: Vec<&str> = scripts.split(' ').collect();
    assert_eq!(sources.len(), 2, "{scripts}");
    assert!(
        sources[0].starts_with("https://news.example/assets/js/a%3Bb."),
        "{scripts}"
    );
    assert!(
        sources[1].starts_with("https://news.example/assets/js/m."),
        "{scripts}"
    );
    assert!(!of(&two, "/en/", policy).contains("script-src 'self'"));
    let (elsewhere, _) = rules(room.base_url("http://localhost:1"));
    assert!(of(&elsewhere, "/en/", policy).contains("script-src http://localhost:1/assets/js/a"));
    let sandbox = "sandbox; default-src 'none'";
    assert_eq!(of(&two, "/files/news/x.pdf", policy), sandbox);
    assert_eq!(
        of(&two, "/files/news/x.pdf", "X-Content-Type-Options"),
        "nosniff"
    );
    for (file, line) in [
        ("edge/_headers", "/files/*\n"),
        ("edge/nginx.conf", "location /files/ {\n"),
        ("edge/Caddyfile", "header /files/* {\n"),
    ] {
        let text = built.output(file);
        let block = text
            .split_once(line)
            .unwrap()
            .1
            .split("\n}")
            .next()
            .unwrap();
        assert!(
            block.contains(sandbox) && block.contains("nosniff"),
            "{file}: {block}"
        );
    }
}
