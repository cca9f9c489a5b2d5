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
    let dossier = Dossier {
        pages: [("en".into(), "/en/video/lisbon/".into())].into(),
        title: [("en".into(), "Lisbon".into())].into(),
        terms: Some("standard".into()),
        release: None,
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
    let error = Manifest::from_json(br#"{"version": 2, "dossiers": []}"#).unwrap_err();
    assert!(matches!(error, ManifestError::Version { found: 2 }));
    assert!(error.to_string().contains("version 2"), "{error}");
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
fn unknown_terms_and_languages_are_refused() {
    let mut manifest = sample();
    manifest.terms.clear();
    assert!(manifest.validate().is_err());
    let mut manifest = sample();
    manifest.default_language = "de".into();
    assert!(manifest.validate().is_err());
}
