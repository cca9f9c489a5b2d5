use super::*;

/// A dossier of these editions: language, release, end.
fn catalogue(editions: &[(&str, Option<&str>, Option<&str>)]) -> Catalogue {
    let edition = |(language, release, expires): &(&str, Option<&str>, Option<&str>)| {
        let edition = manifest::Edition {
            page: Some(format!("/{language}/video/lisbon/")),
            title: Some(format!("Lisbon ({language})")),
            release: release.map(str::to_owned),
            expires: expires.map(str::to_owned),
        };
        ((*language).to_owned(), edition)
    };
    let dossier = manifest::Dossier {
        editions: editions.iter().map(edition).collect(),
        renditions: [("preview".to_owned(), manifest::Rendition::default())].into(),
        ..manifest::Dossier::default()
    };
    Catalogue::new(Manifest {
        media: [("lisbon".to_owned(), dossier)].into(),
        ..Manifest::default()
    })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn found(catalogue: &Catalogue, now: &str) -> Result<(), Absent> {
    catalogue
        .rendition("lisbon", "preview", at(now))
        .map(|_| ())
}

#[test]
fn a_release_and_an_end_come_at_their_exact_seconds() {
    let from = Some("2025-01-27T18:00:00+01:00");
    let catalogue = catalogue(&[("en", from, Some("2025-01-28T18:00:00Z"))]);
    for (now, state) in [
        ("2025-01-27T16:59:59.999Z", Err(Absent::Unknown)),
        ("2025-01-27T17:00:00Z", Ok(())),
        ("2025-01-28T17:59:59.999Z", Ok(())),
        ("2025-01-28T18:00:00Z", Err(Absent::Ended)),
    ] {
        assert_eq!(found(&catalogue, now), state, "{now}");
    }
}

#[test]
fn files_are_out_while_any_edition_is_and_texts_are_those_of_editions_that_are() {
    let catalogue = catalogue(&[
        (
            "ar",
            Some("2025-03-01T00:00:00Z"),
            Some("2025-04-01T00:00:00Z"),
        ),
        ("en", None, Some("2025-02-01T00:00:00Z")),
        (
            "fr",
            Some("2025-01-10T00:00:00Z"),
            Some("2025-01-20T00:00:00Z"),
        ),
    ]);
    let told = |language, now: &str| {
        let now = at(now);
        let dossier = catalogue.dossier("lisbon", now)?;
        let title = dossier.title(language, now).unwrap().to_owned();
        assert!(title.contains(&dossier.page(language, now).unwrap()[1..3]));
        Some((title, dossier.ends(now).map(|at| at.to_string())))
    };
    for (language, now, title, ends) in [
        (
            "en",
            "2025-01-01T00:00:00Z",
            "Lisbon (en)",
            "2025-02-01T00:00:00Z",
        ),
        (
            "fr",
            "2025-01-09T23:59:59Z",
            "Lisbon (en)",
            "2025-02-01T00:00:00Z",
        ),
        (
            "fr",
            "2025-01-10T00:00:00Z",
            "Lisbon (fr)",
            "2025-02-01T00:00:00Z",
        ),
        (
            "fr",
            "2025-01-20T00:00:00Z",
            "Lisbon (en)",
            "2025-02-01T00:00:00Z",
        ),
        (
            "en",
            "2025-03-01T00:00:00Z",
            "Lisbon (ar)",
            "2025-04-01T00:00:00Z",
        ),
    ] {
        let expected = (title.to_owned(), Some(ends.to_owned()));
        assert_eq!(told(language, now), Some(expected), "{language} {now}");
    }
    // Between two editions nothing is out, and something is to come.
    assert_eq!(
        found(&catalogue, "2025-02-15T00:00:00Z"),
        Err(Absent::Unknown)
    );
    assert_eq!(
        found(&catalogue, "2025-04-01T00:00:00Z"),
        Err(Absent::Ended)
    );
}

#[test]
fn an_edition_without_an_end_keeps_the_files() {
    let catalogue = catalogue(&[
        ("en", None, None),
        ("fr", None, Some("2025-01-20T00:00:00Z")),
    ]);
    assert_eq!(found(&catalogue, "2025-01-21T00:00:00Z"), Ok(()));
    let dossier = catalogue.dossier("lisbon", at("2025-01-01T00:00:00Z"));
    assert_eq!(dossier.unwrap().ends(at("2025-01-01T00:00:00Z")), None);
}

#[test]
fn unreadable_times_are_never_released() {
    for (release, expires) in [(Some("soon"), None), (None, Some("later"))] {
        let catalogue = catalogue(&[("en", release, expires)]);
        let never = catalogue.rendition("lisbon", "preview", Timestamp::MAX);
        assert_eq!(never.unwrap_err(), Absent::Unknown);
    }
    let none = catalogue(&[]);
    assert_eq!(found(&none, "2025-01-01T00:00:00Z"), Err(Absent::Unknown));
}

#[test]
fn only_exact_names_exist() {
    let catalogue = catalogue(&[("en", None, None)]);
    let asked = |id, name| {
        let found = catalogue.rendition(id, name, Timestamp::UNIX_EPOCH);
        found.is_ok()
    };
    assert!(asked("lisbon", "preview"));
    for (id, name) in [
        ("Lisbon", "preview"),
        ("lisbon", ""),
        ("", ""),
        ("lisbon/", "preview"),
    ] {
        assert!(!asked(id, name), "{id} {name}");
    }
}

#[test]
fn readiness_follows_the_manifest() {
    let handle = CatalogueHandle::default();
    assert_eq!(handle.readiness(), Readiness::NoManifest);
    handle.refuse();
    assert_eq!(handle.readiness(), Readiness::NoManifest);
    handle.replace(Manifest::default());
    assert_eq!(handle.readiness(), Readiness::Ready);
    handle.refuse();
    assert_eq!(handle.readiness(), Readiness::ManifestRefused);
    handle.replace(Manifest::default());
    assert_eq!(handle.readiness(), Readiness::Ready);
    handle.shut_down();
    assert_eq!(handle.readiness(), Readiness::ShuttingDown);
}
