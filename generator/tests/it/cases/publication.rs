//! What is held back is nowhere; what is due comes out by itself.

use crate::harness::{Built, Newsroom, png};

/// A published newsroom, and one document that must not be seen.
fn with_secret(keys: &str, date: &str) -> Newsroom {
    Newsroom::new()
        .story("news/before.md", "2025-01-01", "topics = [\"Trade\"]", "")
        .story("news/after.md", "2025-01-20", "topics = [\"Trade\"]", "")
        .story(
            "news/secret-visit.md",
            date,
            &format!("topics = [\"Trade\", \"Secretopic\"]\npeople = [\"Secretary X\"]\nlead = \"Secret lead\"\naliases = [\"/secret-alias/\"]\nimage = {{ src = \"secret.png\", alt = \"Secret\" }}\n{keys}"),
            "A secret body.\n\n![x](secret2.png)",
        )
        .file("content/news/secret.png", png(7, 7))
        .file("content/news/secret2.png", png(8, 8))
}

fn leaks(built: &Built) -> Vec<&str> {
    let mut found: Vec<&str> = ["ecret", "/secret-alias"]
        .iter()
        .flat_map(|n| built.holding(n))
        .collect();
    found.retain(|path| !path.starts_with("edge/"));
    found
}

const PUBLISHED: &str = "2025-01-10T10:00:00Z";

#[test]
fn drafts_embargoed_future_and_expired_documents_are_in_no_byte() {
    for (keys, date) in [
        ("draft = true", PUBLISHED),
        ("embargo = 2025-02-01T12:00:01Z", PUBLISHED),
        ("", "2025-02-01T12:00:01Z"),
        ("expires = 2025-02-01T12:00:00Z", PUBLISHED),
    ] {
        let built = with_secret(keys, date).good();
        assert_eq!(leaks(&built), Vec::<&str>::new(), "{keys} {date}");
        assert_eq!(built.says("/en/news/", "total"), "2");
        assert_eq!(
            built.says("/en/news/2025/01/01/before/", "next"),
            "Story after"
        );
        assert_eq!(
            built.says("/en/news/2025/01/20/after/", "related"),
            "[Story before]"
        );
        assert!(
            built
                .says("/en/topics/trade/", "items")
                .matches('[')
                .count()
                == 2
        );
        let edge: String = built
            .paths("edge/")
            .iter()
            .map(|p| built.output(p))
            .collect();
        assert_eq!(
            edge.contains("secret"),
            keys.starts_with("expires"),
            "410s alone are reported: {keys}"
        );
        assert_eq!(
            edge.contains("secret-alias"),
            keys.starts_with("expires"),
            "{keys}"
        );
    }
}

#[test]
fn the_rest_of_the_site_is_as_if_the_document_were_not_there() {
    let clean = with_secret("", PUBLISHED)
        .without("content/news/secret-visit.md")
        .good();
    for keys in ["draft = true", "embargo = 2025-02-02T00:00:00Z"] {
        assert_eq!(
            with_secret(keys, PUBLISHED).good().outputs,
            clean.outputs,
            "{keys}"
        );
    }
}

#[test]
fn the_moment_itself_counts_as_reached() {
    for (keys, date) in [
        ("embargo = 2025-02-01T12:00:00Z", PUBLISHED),
        ("", "2025-02-01T12:00:00Z"),
        ("expires = 2025-02-01T12:00:01Z", PUBLISHED),
    ] {
        assert!(
            !leaks(&with_secret(keys, date).good()).is_empty(),
            "{keys} {date}"
        );
    }
}

#[test]
fn drafts_can_be_shown() {
    let room = with_secret("draft = true", PUBLISHED).drafts();
    assert!(
        room.good()
            .has("site/en/news/2025/01/10/secret-visit/index.html")
    );
    let held = with_secret("draft = true\nembargo = 2025-03-01T00:00:00Z", PUBLISHED).drafts();
    assert_eq!(
        leaks(&held.good()),
        Vec::<&str>::new(),
        "an embargo holds for drafts too"
    );
}

#[test]
fn the_next_change_is_the_nearest_moment_to_come() {
    let next = |room: &Newsroom| {
        room.good()
            .plan
            .unwrap()
            .prepared
            .site
            .next_change
            .map(|t| t.to_string())
    };
    assert_eq!(next(&with_secret("", PUBLISHED)), None);
    assert_eq!(
        next(&with_secret(
            "draft = true\nembargo = 2025-02-05T00:00:00Z",
            PUBLISHED
        )),
        None
    );
    let room = with_secret(
        "embargo = 2025-02-05T00:00:00Z\nexpires = 2025-03-01T00:00:00Z",
        PUBLISHED,
    )
    .story("news/soon.md", "2025-02-03T08:00:00Z", "", "");
    assert_eq!(next(&room).as_deref(), Some("2025-02-03T08:00:00Z"));
    assert_eq!(
        next(&room.clone().at("2025-02-04T00:00:00Z")).as_deref(),
        Some("2025-02-05T00:00:00Z")
    );
    assert_eq!(
        next(&room.clone().at("2025-02-10T00:00:00Z")).as_deref(),
        Some("2025-03-01T00:00:00Z")
    );
    assert_eq!(next(&room.at("2025-03-01T00:00:00Z")), None);
}

#[test]
fn an_expired_document_leaves_a_410() {
    let built = with_secret("expires = 2025-01-15T00:00:00Z", PUBLISHED).good();
    let address = "/en/news/2025/01/10/secret-visit/";
    assert!(built.output("edge/headers.json").contains(address));
    for gone in [address, "/secret-alias/"] {
        let line = format!("{gone} /410.html 410");
        assert!(built.output("edge/_redirects").contains(&line), "{line}");
    }
    assert!(
        built
            .output("edge/nginx.conf")
            .contains(&format!("location = \"{address}\" {{ return 410; }}"))
    );
}

#[test]
fn an_address_that_lives_again_is_not_gone() {
    let gone = "expires = 2025-01-15T00:00:00Z";
    let address = "/en/news/2025/01/10/visit/";
    let again = Newsroom::new()
        .story(
            "news/old.md",
            PUBLISHED,
            &format!("slug = \"visit\"\n{gone}"),
            "",
        )
        .story("news/visit.md", PUBLISHED, "", "");
    let moved = Newsroom::new()
        .story("news/visit.md", PUBLISHED, gone, "")
        .story(
            "news/new.md",
            PUBLISHED,
            &format!("aliases = [\"{address}\"]"),
            "",
        );
    for room in [again, moved] {
        let built = room.good();
        assert!(
            !built.output("edge/nginx.conf").contains("return 410"),
            "{}",
            built.output("edge/nginx.conf")
        );
        assert!(!built.output("edge/_redirects").contains("410.html 410"));
        assert_eq!(
            built.json("edge/headers.json")["gone"]
                .as_array()
                .map(Vec::len),
            Some(0)
        );
    }
}

#[test]
fn a_static_picture_of_a_held_story_alone_is_an_error() {
    let room = |keys: &str| {
        Newsroom::new()
            .file("content/static/img/a.png", png(3, 3))
            .story("news/visit.md", PUBLISHED, keys, "![A](/img/a.png)")
    };
    let built = room("embargo = 2025-03-01T00:00:00Z").build();
    assert!(
        built.errors()[0].text.contains("public already"),
        "{}",
        built.report()
    );
    assert!(
        room("draft = true").build().errors()[0]
            .text
            .contains("public already")
    );
    let expired = room("expires = 2025-01-20T00:00:00Z").good();
    assert!(expired.warns("content/news/visit.md", "public already"));
    let shared = room("draft = true").story("news/open.md", PUBLISHED, "", "![A](/img/a.png)");
    shared.good();
}

#[test]
fn times_that_contradict_each_other_are_reported() {
    let room = Newsroom::new()
        .story("news/a.md", "2025-01-10", "updated = 2025-01-09", "")
        .story("news/b.md", "2025-01-10T10:00:00Z", "updated = 2025-01-10", "")
        .story(
            "news/c.md",
            "2025-01-10",
            "[[corrections]]\ndate = 2025-02-02\nnote = \"x\"\n[[corrections]]\ndate = 2025-01-31\nnote = \"x\"",
            "",
        )
        .file(
            "content/news/b.fr.md",
            "+++\ntitle = \"B\"\nupdated = 2024-12-31\n+++\n",
        );
    let built = room.good();
    assert!(built.warns("content/news/a.md", "`updated` comes before `date`"));
    assert!(!built.warns("content/news/b.md", "`updated`"));
    assert!(built.warns("content/news/b.fr.md", "`updated` comes before `date`"));
    assert!(built.warns("content/news/c.md", "dated in the future"));
    let later = room.at("2025-02-02T00:00:00Z").good();
    assert!(!later.warns("content/news/c.md", "dated in the future"));
}

#[test]
fn a_local_time_in_doubt_is_a_warning_and_an_embargo_holds_longer() {
    let room = |keys: &str| Newsroom::new().story("news/a.md", "2024-10-01", keys, "");
    let embargo = room("embargo = 2024-10-27T02:30:00");
    let between = embargo.clone().at("2024-10-27T01:00:00Z").good();
    assert!(between.warns("content/news/a.md", "comes twice"));
    assert!(between.warns(
        "content/news/a.md",
        "write 2024-10-27T02:30:00+02:00 or 2024-10-27T02:30:00+01:00"
    ));
    let out = |built: &Built| built.has("site/en/news/2024/10/01/a/index.html");
    assert!(!out(&between));
    assert!(out(&embargo.at("2024-10-27T01:30:00Z").good()));
    let expires = room("expires = 2025-03-30T02:30:00");
    assert!(!out(&expires.clone().at("2025-03-30T00:30:00Z").good()));
    assert!(expires.good().warns("content/news/a.md", "the clocks skip"));
}

#[test]
fn a_key_that_says_public_is_a_warning() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-10", "published = true", "")
        .good();
    assert!(built.warns("content/news/a.md", "`published` changes nothing"));
}

#[test]
fn a_key_that_was_begun_and_has_no_value_is_not_passed_over() {
    let text = "---\ntitle: A\ndate: 2025-01-01\ndraft:\nembargo:\nexpires: ~\nlead:\n---\nText.\n";
    let built = Newsroom::new().file("content/news/a.md", text).good();
    for key in ["draft", "embargo", "expires"] {
        let reported = format!("`{key}` has no value");
        assert!(built.warns("content/news/a.md", &reported), "{key}");
    }
    assert!(!built.warns("content/news/a.md", "lead"));
}
