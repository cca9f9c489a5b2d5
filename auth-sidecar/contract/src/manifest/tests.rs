use super::*;

const SHA: &str = "3f9a000000000000000000000000000000000000000000000000000000000000";

fn sample() -> Manifest {
    let rendition = Rendition {
        key: format!("3f/{SHA}/clip.mov"),
        modified: "2025-01-27T18:00:00Z".into(),
        file_name: "clip.mov".into(),
        content_type: "video/quicktime".into(),
        size: 12,
        sha256: SHA.into(),
        gated: true,
    };
    let edition = Edition {
        page: Some("/en/video/lisbon/".into()),
        title: Some("Lisbon".into()),
        release: None,
        expires: Some("2031-01-27T18:00:00Z".into()),
    };
    let dossier = Dossier {
        editions: [("en".into(), edition)].into(),
        terms: Some("standard".into()),
        renditions: [("broadcast".into(), rendition)].into(),
    };
    Manifest {
        base_url: "https://news.example.org".into(),
        default_language: "en".into(),
        languages: vec!["en".into(), "fr".into()],
        terms: [(
            "standard".into(),
            Terms {
                version: "2025-01".into(),
            },
        )]
        .into(),
        media: [("lisbon".into(), dossier)].into(),
        ..Manifest::default()
    }
}

fn altered(change: impl FnOnce(&mut Rendition)) -> Result<Manifest, ManifestError> {
    let mut manifest = sample();
    let dossier = manifest.media.get_mut("lisbon").unwrap();
    change(dossier.renditions.get_mut("broadcast").unwrap());
    Manifest::from_json(&manifest.to_json().unwrap())
}

#[test]
fn what_is_written_reads_back() {
    let json = sample().to_json().unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap(), sample());
    assert_eq!(json, sample().to_json().unwrap());
    assert!(json.ends_with(b"}\n"));
}

#[test]
fn fields_of_a_later_release_are_ignored() {
    let mut value = serde_json::to_value(sample()).unwrap();
    value["wordings"] = serde_json::json!({"newsletter": "2026-01"});
    value["media"]["lisbon"]["poster"] = "x.jpg".into();
    let json = serde_json::to_vec(&value).unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap(), sample());
}

#[test]
fn an_unknown_version_is_refused_before_its_shape_is_read() {
    // Version 1 had one release for all languages, and no ends.
    for found in [1, 3] {
        let text = format!(r#"{{"version": {found}, "dossiers": []}}"#);
        let error = Manifest::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ManifestError::Version { found: f } if f == found));
        let said = error.to_string();
        assert!(said.contains(&format!("version {found}")), "{said}");
        assert!(said.contains("of the same release"), "{said}");
    }
}

#[test]
fn keys_that_are_not_content_addressed_are_refused() {
    for key in [
        "clip.mov".to_owned(),
        format!("/3f/{SHA}/clip.mov"),
        format!("3f/{SHA}/../clip.mov"),
        format!("3f/{SHA}/.."),
        format!("3f/{SHA}/"),
        format!("3f/{SHA}/a/b"),
        format!("3f/{SHA}/a\\b"),
        format!("00/{SHA}/clip.mov"),
        format!("3f/{}/clip.mov", SHA.to_uppercase()),
        format!("3f/{SHA}/a\0b"),
    ] {
        let error = altered(|r| r.key.clone_from(&key)).unwrap_err();
        assert!(
            error.to_string().contains("renditions.broadcast.key"),
            "{key}: {error}"
        );
    }
}

#[test]
fn values_that_would_break_a_header_are_refused() {
    assert!(altered(|r| r.content_type = "video/mp4\r\nX: y".into()).is_err());
    assert!(altered(|r| r.content_type = "video".into()).is_err());
    assert!(altered(|r| r.file_name = "../x".into()).is_err());
    assert!(altered(|r| r.file_name = "a\nb".into()).is_err());
    assert!(altered(|r| r.modified = "yesterday".into()).is_err());
    assert!(altered(|r| r.content_type = "text/vtt; charset=utf-8".into()).is_ok());
    assert!(altered(|r| r.file_name = "déclaration \"1\".mov".into()).is_ok());
}

#[test]
fn editions_without_a_true_page_or_time_are_refused() {
    let altered = |change: fn(&mut Edition)| {
        let mut manifest = sample();
        let dossier = manifest.media.get_mut("lisbon").unwrap();
        change(dossier.editions.get_mut("en").unwrap());
        manifest.validate().map_err(|error| error.to_string())
    };
    for (change, place) in [
        (
            (|e| e.page = Some("//evil.example/".into())) as fn(&mut Edition),
            "page",
        ),
        (|e| e.release = Some("soon".into()), "release"),
        (|e| e.expires = Some("2031-01-27".into()), "expires"),
    ] {
        let error = altered(change).unwrap_err();
        let place = format!("media.lisbon.editions.en.{place}");
        assert!(error.contains(&place), "{error}");
    }
    let ended = |e: &mut Edition| (e.page, e.title) = (None, None);
    altered(ended).unwrap();
}

#[test]
fn unknown_terms_and_languages_are_refused() {
    let mut manifest = sample();
    manifest.terms.clear();
    assert!(manifest.validate().is_err());
    let mut manifest = sample();
    manifest.default_language = "de".into();
    assert!(manifest.validate().is_err());
}

/// The path of the contract's schema.
const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/manifest.schema.json"
);

/// The schema of the type, with its doc comments as descriptions.
fn schema() -> serde_json::Value {
    fn plain(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = text.replace("[`", "").replace("`]", ""),
            serde_json::Value::Array(items) => items.iter_mut().for_each(plain),
            serde_json::Value::Object(entries) => entries.values_mut().for_each(plain),
            _ => {}
        }
    }
    let generator = schemars::SchemaGenerator::default();
    let mut schema = generator.into_root_schema_for::<Manifest>().to_value();
    plain(&mut schema);
    schema["title"] = "dist/sidecar/manifest.json".into();
    schema
}

/// Run with `DATELINE_WRITE_SCHEMA=1` to rewrite the file after a change of the type.
#[test]
fn the_schema_in_docs_is_that_of_the_type() {
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("DATELINE_WRITE_SCHEMA").is_some() {
        std::fs::write(SCHEMA, &text).unwrap();
    }
    let there = std::fs::read_to_string(SCHEMA).unwrap();
    assert!(
        there == text,
        "docs/manifest.schema.json is not that of the type: run this test with DATELINE_WRITE_SCHEMA=1"
    );
    assert_eq!(
        schema()["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

/// Whether a value has the shape that a schema asks for: as much of JSON Schema as ours uses, but patterns.
fn fits(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    let Value::Object(rules) = schema else {
        return schema == &Value::Bool(true);
    };
    let all = |rule: &Value| rule.as_array().cloned().unwrap_or_default();
    rules.iter().all(|(name, rule)| match name.as_str() {
        "$ref" => {
            let place = rule.as_str().unwrap().trim_start_matches('#');
            fits(root, root.pointer(place).unwrap(), value)
        }
        "anyOf" | "oneOf" => all(rule).iter().any(|s| fits(root, s, value)),
        "const" => rule == value,
        "type" => {
            let named = |name: &Value| match name.as_str().unwrap_or_default() {
                "string" => value.is_string(),
                "integer" => value.is_u64(),
                "boolean" => value.is_boolean(),
                "object" => value.is_object(),
                "array" => value.is_array(),
                "null" => value.is_null(),
                _ => false,
            };
            named(rule) || all(rule).iter().any(named)
        }
        "required" => all(rule)
            .iter()
            .all(|key| value.get(key.as_str().unwrap()).is_some()),
        "properties" => rule
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, rule)| value.get(key).is_none_or(|value| fits(root, rule, value))),
        "additionalProperties" => value
            .as_object()
            .is_none_or(|o| o.values().all(|v| fits(root, rule, v))),
        "items" => value
            .as_array()
            .is_none_or(|a| a.iter().all(|v| fits(root, rule, v))),
        "minimum" => value.as_u64() >= rule.as_u64(),
        "$defs" | "$schema" | "title" | "description" | "default" | "format" | "pattern" => true,
        other => panic!("this test does not know `{other}`"),
    })
}

/// Every place of a value that is an object's member.
fn members(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                let at = format!("{at}/{key}");
                members(value, &at, out);
                out.push(at);
            }
        }
        serde_json::Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                members(value, &format!("{at}/{i}"), out);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_takes_what_the_type_takes() {
    let schema = schema();
    let good = serde_json::to_value(sample()).unwrap();
    assert!(fits(&schema, &schema, &good));
    let mut places = Vec::new();
    members(&good, "", &mut places);
    assert!(places.len() > 20, "{places:?}");
    for place in places {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut without = good.clone();
        let members = without
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        members.remove(key);
        let mut another = good.clone();
        *another.pointer_mut(&place).unwrap() = serde_json::json!(-1);
        for altered in [without, another] {
            let read = serde_json::from_value::<Manifest>(altered.clone());
            assert_eq!(
                fits(&schema, &schema, &altered),
                read.is_ok(),
                "{place}: {altered}"
            );
        }
    }
}

#[test]
fn a_story_with_pictures_is_judged_as_a_dossier_is_and_has_an_id_of_its_own() {
    let mut manifest = sample();
    let mut story = manifest.media["lisbon"].clone();
    manifest.pictures.insert("news.visit".into(), story.clone());
    let json = manifest.to_json().unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap(), manifest);
    let same = Manifest {
        pictures: [("lisbon".into(), story.clone())].into(),
        ..sample()
    };
    let error = same.validate().unwrap_err().to_string();
    assert!(error.contains("pictures.lisbon"), "{error}");
    story.terms = Some("none".into());
    manifest.pictures.insert("news.visit".into(), story);
    let error = manifest.validate().unwrap_err().to_string();
    assert!(error.contains("pictures.news.visit.terms"), "{error}");
}
