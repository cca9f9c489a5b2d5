//! The file of all addresses: what a build adds, and what it says of an address that vanishes.

use std::fs;

use dateline::pipeline::Addresses;

use crate::harness::{Finding, Folder, Newsroom, printed};

const LEDGER: &str = "content/addresses.lock";
const VISIT: &str = "/en/news/2025/01/27/visit/";

fn room() -> Newsroom {
    Newsroom::new()
        .story(
            "news/visit.md",
            "2025-01-27",
            "aliases = [\"/old/\"]",
            "Text.",
        )
        .story("news/visit.fr.md", "", "", "Texte.")
        .story("news/other.md", "2025-01-20", "", "Text.")
        .story("pages/about.md", "", "", "Text.")
        .dossier("clip", "2025-01-01", "", "")
}

/// Everything above, published once.
fn ledger() -> String {
    let all = [
        "/en/about/",
        "/en/news/2025/01/20/other/",
        VISIT,
        "/en/video/clip/",
        "/fr/news/2025/01/27/visit/",
        "/old/",
    ];
    all.map(|address| format!("{address} 2025-01-28\n"))
        .concat()
}

fn published() -> Newsroom {
    room().file(LEDGER, ledger())
}

/// The one error there is.
fn error(room: &Newsroom) -> Finding {
    let errors = room.build().errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].file, LEDGER);
    errors[0].clone()
}

#[test]
fn a_build_adds_what_is_published_and_nothing_else() {
    let room = room()
        .story(
            "news/draft.md",
            "2025-01-27",
            "draft = true\naliases = [\"/secret-one/\"]",
            "",
        )
        .story(
            "news/held.md",
            "2025-01-27",
            "embargo = 2099-03-01T00:00:00Z\naliases = [\"/secret-two/\"]",
            "",
        );
    let folder = Folder::new(&room);
    let file = folder.root().join(LEDGER);
    let run = |arguments: &[&str]| {
        let output = folder
            .command(&[&["build", "--json"], arguments].concat())
            .output()
            .unwrap();
        (output.status.code(), printed(&output))
    };
    let preview = folder.root().join("preview");
    let preview = preview.to_str().unwrap();
    for arguments in [
        &["--at", "2025-02-01T12:00:00Z", "--out", preview][..],
        &["--drafts", "--out", preview],
    ] {
        assert_eq!(run(arguments).0, Some(0));
        assert!(!file.exists(), "{arguments:?}");
    }
    let check = folder.command(&["check", "--json"]).output().unwrap();
    assert_eq!((check.status.code(), file.exists()), (Some(0), false));
    let (code, said) = run(&["--locked"]);
    assert_eq!((code, file.exists()), (Some(1), false));
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .contains("6 addresses are not in this file"),
        "{said:?}"
    );

    let (code, said) = run(&[]);
    assert_eq!(
        (code, &said.last().unwrap()["built"]["addresses_added"]),
        (Some(0), &6.into())
    );
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let addresses: Vec<&str> = lines
        .iter()
        .map(|l| l.rsplit_once(' ').unwrap().0)
        .collect();
    let wanted = ledger();
    let wanted: Vec<&str> = wanted
        .lines()
        .map(|l| l.rsplit_once(' ').unwrap().0)
        .collect();
    assert_eq!(addresses, wanted);

    let (code, said) = run(&["--locked"]);
    assert_eq!(code, Some(0));
    assert_eq!(said.last().unwrap()["built"]["written"], 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_line_of_a_merge_is_put_right_by_the_next_build() {
    let folder = Folder::new(&published());
    let file = folder.root().join(LEDGER);
    let merged = format!("{}/old/ 2024-12-31\n", ledger());
    fs::write(&file, merged).unwrap();
    let locked = folder.command(&["build", "--locked"]).output().unwrap();
    assert_eq!(locked.status.code(), Some(0), "nothing is missing");
    assert_eq!(
        folder.command(&["build"]).output().unwrap().status.code(),
        Some(0)
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.ends_with("/fr/news/2025/01/27/visit/ 2025-01-28\n/old/ 2024-12-31\n"),
        "{text}"
    );
}

#[test]
fn the_day_is_that_of_the_newsroom() {
    let folder = Folder::new(&Newsroom::new().story("news/a.md", "2025-01-01", "", ""));
    assert_eq!(
        folder.command(&["build"]).output().unwrap().status.code(),
        Some(0)
    );
    let text = fs::read_to_string(folder.root().join(LEDGER)).unwrap();
    let zone = jiff::tz::TimeZone::get("Europe/Brussels").unwrap();
    let days = [0, -60].map(|s| {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(s);
        format!("/en/news/2025/01/01/a/ {}\n", zone.to_datetime(now).date())
    });
    assert!(days.iter().any(|line| text.ends_with(line)), "{text}");
}

#[test]
fn sources_that_cannot_be_written_are_published_all_the_same() {
    let out = tempfile::tempdir().unwrap();
    let diags = room().addresses(Addresses::Add).build_into(out.path());
    assert_eq!(diags.len(), 1, "{diags:#?}");
    assert!(diags[0].message.contains("cannot be added"), "{diags:#?}");
    assert!(out.path().join("site/en/index.html").exists());
}

#[test]
fn everything_that_was_published_answers() {
    published().good();
    for line in ["/en/news/2025/01/20/other/", "/en/", "/robots.txt"] {
        published()
            .file(LEDGER, format!("{}{line} 2020-01-01\n", ledger()))
            .good();
    }
}

#[test]
fn what_moved_is_found() {
    let moved = |path: &str, date: &str, keys: &str| {
        let room = published().without("content/news/other.md");
        error(&room.story(path, date, keys, "Text."))
    };
    for (path, date, keys) in [
        // Re-dated, moved to another section, renamed, misspelt, all at once.
        ("news/other.md", "2025-01-21", ""),
        ("speeches/other.md", "2025-01-20", ""),
        ("news/another-name.md", "2025-01-20", ""),
        ("news/othre.md", "2025-01-22", ""),
        ("news/the-other-one.md", "2025-01-22", ""),
        ("speeches/all-new.md", "2025-01-30", ""),
        ("news/other.md", "2025-01-20", "slug = \"else\""),
    ] {
        let found = moved(path, date, keys);
        assert_eq!(found.line, 2);
        let hint = format!("write aliases = [\"/en/news/2025/01/20/other/\"] in content/{path}");
        assert!(found.text.contains(&hint), "{path}: {}", found.text);
        assert!(found.text.contains("2025-01-28"), "{}", found.text);
    }
    // A story and its translation, of which nothing is as it was.
    let both = published()
        .without("content/news/visit.md")
        .without("content/news/visit.fr.md")
        .story(
            "speeches/trip.md",
            "2025-01-30",
            "aliases = [\"/old/\"]",
            "",
        )
        .story("speeches/trip.fr.md", "", "slug = \"voyage\"", "");
    let errors = both.build().errors();
    let found = |part: &str| errors.iter().any(|f| f.text.contains(part));
    assert!(
        found("aliases = [\"/old/\", \"/en/news/2025/01/27/visit/\"] in content/speeches/trip.md"),
        "{errors:#?}"
    );
    assert!(
        found("aliases = [\"/fr/news/2025/01/27/visit/\"] in content/speeches/trip.fr.md"),
        "{errors:#?}"
    );
    // Among several that are new, the one that is most like it.
    let several = published()
        .without("content/news/visit.md")
        .without("content/news/visit.fr.md")
        .file(
            LEDGER,
            "/en/news/2025/01/27/visit-to-lisbon-and-madrid/ 2025-01-28\n",
        );
    let several = ["a-word", "lisbon-madrid-trip", "visit-of-the-fleet"]
        .iter()
        .fold(several, |room, name| {
            room.story(&format!("news/{name}.md"), "2025-01-27", "", "")
        });
    let found = error(&several);
    assert!(
        found
            .text
            .contains("content/news/lisbon-madrid-trip.md is most like it"),
        "{}",
        found.text
    );
    // The line is whole, and works.
    let found = moved("news/other.md", "2025-01-21", "aliases = [\"/o/\"]");
    let line = "aliases = [\"/o/\", \"/en/news/2025/01/20/other/\"]";
    assert!(found.text.contains(line), "{}", found.text);
    published()
        .story("news/other.md", "2025-01-21", line, "")
        .good();
}

#[test]
fn a_page_without_its_template_is_told_as_such() {
    let found = error(&published().without_template("video.html"));
    assert!(
        found.text.contains("the theme makes no page for it"),
        "{}",
        found.text
    );
}

#[test]
fn a_cure_can_be_read() {
    let room = Newsroom::new()
        .story("news/زيارة.md", "2025-01-05", "", "")
        .file(LEDGER, "/en/news/2025/01/04/زيارة/ 2025-01-28\n");
    let found = error(&room);
    assert!(
        found
            .text
            .contains("write aliases = [\"/en/news/2025/01/04/زيارة/\"]"),
        "{}",
        found.text
    );
}

#[test]
fn what_is_deleted_wants_a_deliberate_line() {
    for (path, address) in [
        ("content/news/other.md", "/en/news/2025/01/20/other/"),
        ("content/news/visit.fr.md", "/fr/news/2025/01/27/visit/"),
        ("content/pages/about.md", "/en/about/"),
        ("content/media/clip.md", "/en/video/clip/"),
    ] {
        let room = published().without(path);
        let found = error(&room);
        assert!(
            found
                .text
                .contains(&format!("{address} was published on 2025-01-28")),
            "{}",
            found.text
        );
        let line = format!("gone = [\"{address}\"]");
        assert!(found.text.contains(&line), "{}", found.text);
        room.clone().file("content/redirects.toml", line).good();
        let redirect = format!("[redirects]\n\"{address}\" = \"/news/visit.md\"");
        room.file("content/redirects.toml", redirect).good();
    }
}

#[test]
fn an_alias_that_is_taken_away_vanishes() {
    let found = error(&published().story("news/visit.md", "2025-01-27", "", ""));
    assert!(found.text.contains("/old/ was published"), "{}", found.text);
    assert!(
        found.text.contains("aliases = [\"/old/\"]"),
        "{}",
        found.text
    );
}

#[test]
fn what_is_published_cannot_be_a_draft_or_held_back_again() {
    let other = |keys: &str| published().story("news/other.md", "2025-01-20", keys, "");
    let draft = error(&other("draft = true"));
    for part in [
        "content/news/other.md is a draft now",
        "expires = …",
        "gone = [",
    ] {
        assert!(draft.text.contains(part), "{}", draft.text);
    }
    let held = error(&other("embargo = 2025-03-01T09:00:00Z"));
    assert!(
        held.text.contains("held back until 2025-03-01"),
        "{}",
        held.text
    );
    // What is shown is there, what has expired answers 410, and a draft's address may be given up.
    other("draft = true").drafts().good();
    other("expires = 2025-01-30T09:00:00Z").good();
    let gone = other("draft = true").file(
        "content/redirects.toml",
        "gone = [\"/en/news/2025/01/20/other/\"]",
    );
    gone.clone().good();
    gone.drafts().good();
    // So may its aliases.
    let keys = "draft = true\naliases = [\"/o/\"]";
    let all = format!("{}/o/ 2025-01-28\n", ledger());
    let aliased = other(keys).file(LEDGER, all);
    let given =
        "gone = [\"/o/\"]\n[redirects]\n\"/en/news/2025/01/20/other/\" = \"/news/visit.md\"";
    let given = aliased.file("content/redirects.toml", given);
    given.clone().good();
    given.drafts().good();
}

#[test]
fn a_look_at_an_earlier_moment_misses_nothing() {
    let room = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-20",
            "embargo = 2025-01-28T09:00:00Z",
            "",
        )
        .file(LEDGER, "/en/news/2025/01/20/a/ 2025-01-28\n");
    for moment in [
        "2025-01-19T09:00:00Z",
        "2025-01-27T09:00:00Z",
        "2025-01-28T08:00:00Z",
        "2025-02-28T09:00:00Z",
    ] {
        room.clone().at(moment).good();
    }
}

#[test]
fn days_are_those_of_the_newsroom_not_of_greenwich() {
    // Still the 27th where the newsroom is, when the story comes out.
    let mut room = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-20",
            "embargo = 2025-01-27T21:00:00-05:00",
            "",
        )
        .file(LEDGER, "/en/news/2025/01/20/a/ 2025-01-27\n");
    let site = room.files.get_mut("content/site.toml").unwrap();
    *site = String::from_utf8_lossy(site)
        .replace("Europe/Brussels", "America/New_York")
        .into_bytes();
    room.at("2025-01-25T00:00:00Z").good();
}

#[test]
fn an_expired_story_answers_with_all_of_its_addresses() {
    let gone = published().story(
        "news/visit.md",
        "2025-01-27",
        "aliases = [\"/old/\"]\nexpires = 2025-01-30T09:00:00Z",
        "",
    );
    let built = gone.good();
    let rules =
        dateline_contract::edge::EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    for address in [VISIT, "/fr/news/2025/01/27/visit/", "/old/"] {
        assert_eq!(
            rules.answer(address, None),
            Some(dateline_contract::edge::Answer::Gone),
            "{address}"
        );
    }
}

#[test]
fn a_mistake_in_a_story_makes_no_address_vanish() {
    let built = published()
        .story("news/other.md", "2025-01-20", "kind = 3", "")
        .build();
    assert!(
        built
            .errors()
            .iter()
            .all(|f| f.file == "content/news/other.md"),
        "{}",
        built.report()
    );
}

#[test]
fn lines_that_are_none_are_told() {
    let built = published()
        .file(LEDGER, format!("{}<<<<<<< HEAD\n/x/\n", ledger()))
        .build();
    let errors = built.errors();
    assert_eq!(
        errors.iter().map(|f| f.line).collect::<Vec<_>>(),
        [7, 8],
        "{errors:#?}"
    );
    assert!(errors[0].text.contains("merge=union"), "{errors:#?}");
}
