//! Addresses of former systems: where they lead, and what is wrong with them.

use dateline_contract::edge::{Answer, EdgeRules};

use crate::harness::{Built, Newsroom};

fn room() -> Newsroom {
    Newsroom::new()
        .story(
            "news/visit.md",
            "2025-01-27",
            "topics = [\"Trade\"]\naliases = [\"/former/\"]",
            "## Part\n",
        )
        .story("news/visit.fr.md", "", "", "")
        .story(
            "news/held.md",
            "2025-01-27",
            "embargo = 2025-03-01T00:00:00Z",
            "",
        )
        .story(
            "news/ended.md",
            "2025-01-20",
            "expires = 2025-01-30T00:00:00Z\ntopics = [\"Old\"]",
            "",
        )
        .story("news/draft.md", "2025-01-27", "draft = true", "")
        .file("content/static/report.html", "x")
}

fn with(lines: &str) -> Newsroom {
    room().file("content/redirects.toml", format!("[redirects]\n{lines}\n"))
}

fn answer(built: &Built, path: &str) -> String {
    let rules = EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    match rules.answer(path, None) {
        Some(Answer::Moved(to)) => to.to.clone(),
        Some(Answer::Gone) => "gone".to_owned(),
        None => "nothing".to_owned(),
    }
}

#[test]
fn targets_are_stories_addresses_and_urls() {
    let visit = "/en/news/2025/01/27/visit/";
    for (target, to) in [
        ("/news/visit.md", visit),
        ("/news/visit.fr.md", "/fr/news/2025/01/27/visit/"),
        ("/news/visit.md#part", "/en/news/2025/01/27/visit/#part"),
        (visit, visit),
        ("/en/topics/trade/", "/en/topics/trade/"),
        ("/report.html", "/report.html"),
        ("/", "/"),
        ("https://news.example/en/", "/en/"),
        ("http://NEWS.example", "/"),
        (
            "https://news.example.org/en/",
            "https://news.example.org/en/",
        ),
        (
            "https://example.org/é?a=$b",
            "https://example.org/%C3%A9?a=%24b",
        ),
        // What is held back waits; what has ended is gone.
        ("/news/held.md", "nothing"),
        ("/en/news/2025/01/27/held/", "nothing"),
        ("/news/ended.md", "gone"),
        ("/en/news/2025/01/20/ended/", "gone"),
        ("/en/topics/old/", "gone"),
    ] {
        let built = with(&format!("\"/x/\" = \"{target}\"")).good();
        assert_eq!(answer(&built, "/x/"), to, "{target}");
    }
}

#[test]
fn what_is_held_back_is_named_nowhere() {
    let room = with("\"/x/\" = \"/news/held.md\"\n\"/y/\" = \"/news/draft.md\"");
    let built = room.good();
    assert!(built.warns("content/redirects.toml", "is a draft"));
    for word in ["/held", "/draft", "/x/", "/y/"] {
        assert!(
            built.holding(word).is_empty(),
            "{word}: {:?}",
            built.holding(word)
        );
    }
    let released = room.at("2025-03-02T00:00:00Z").good();
    assert_eq!(answer(&released, "/x"), "/en/news/2025/01/27/held/");
}

#[test]
fn the_file_may_lack_either_part() {
    let built = room()
        .file("content/redirects.toml", "gone = \"/blog/*\"\n")
        .good();
    assert_eq!(answer(&built, "/blog/2012/"), "gone");
    assert_eq!(
        answer(&room().file("content/redirects.toml", "").good(), "/blog/"),
        "nothing"
    );
}

#[test]
fn a_closer_rule_stands_before_a_folder() {
    let built = with("\"/former/*\" = \"/en/\"\n\"/former/deep/*\" = \"/fr/\"").good();
    assert_eq!(
        answer(&built, "/former/"),
        "/en/news/2025/01/27/visit/",
        "the alias"
    );
    assert_eq!(answer(&built, "/former/x"), "/en/");
    assert_eq!(answer(&built, "/former/deep/x"), "/fr/");
}

#[test]
fn a_list_that_is_there_is_not_led_away_from() {
    let built = with("\"/en/topics/trade/\" = \"/news/visit.md\"").good();
    assert!(built.warns("content/redirects.toml", "while that page is there"));
    assert_eq!(answer(&built, "/en/topics/trade/"), "nothing");
    assert!(built.has("site/en/topics/trade/index.html"));
    let built = with("\"/en/topics/none/\" = \"/news/visit.md\"").good();
    assert_eq!(
        answer(&built, "/en/topics/none/"),
        "/en/news/2025/01/27/visit/"
    );
}

#[test]
fn mistakes_stay_mistakes_whatever_the_time() {
    // None of these may begin to fail when a story is released or expires.
    let moments = [
        "2025-01-29T00:00:00Z",
        "2025-02-01T00:00:00Z",
        "2025-04-01T00:00:00Z",
    ];
    let targets = [
        "/news/held.md",
        "/news/ended.md",
        "/en/news/2025/01/27/held/",
        "/en/news/2025/01/20/ended/",
        "/en/topics/old/",
        "/en/news/",
        "/en/news/2025/01/20/",
        "/en/kind/news/",
        "/en/news/2025/01/27/typo/",
        "/news/draft.md",
        "https://example.org/",
        "/former/",
        "/gone/",
    ];
    let sources = [
        "/en/news/2025/01/27/held/",
        "/en/news/2025/01/20/ended/",
        "/en/news/2025/01/27/draft/",
        "/en/topics/old/",
        "/en/news/2025/01/20/",
        "/en/news/2025/*",
        "/en/topics/*",
        "/former/*",
        "/en/news/",
    ];
    for (n, source) in sources.iter().chain(&["/x/"]).enumerate() {
        for (m, target) in targets.iter().enumerate() {
            // One that leads there, and one that leads to the first.
            let on = source.trim_end_matches('*');
            let text = format!(
                "gone = [\"/gone/\"]\n[redirects]\n\"{source}\" = \"{target}\"\n\"/y/\" = \"{on}\""
            );
            let alone = text.rsplit_once('\n').unwrap().0;
            for text in [alone, &text]
                .into_iter()
                .take(1 + usize::from((n + m) % 3 == 0))
            {
                let room = room().file("content/redirects.toml", text);
                let fails = moments.map(|at| !room.clone().at(at).build().errors().is_empty());
                assert!(
                    fails.is_sorted_by(|before, after| before >= after),
                    "{text}: {fails:?}"
                );
            }
        }
    }
}

#[test]
fn what_will_lead_on_is_wrong_today() {
    let soon = "embargo = 2025-03-01T00:00:00Z\naliases = [\"/en/topics/old/\"]";
    let room = with("\"/x/*\" = \"/en/topics/old/\"").story("news/soon.md", "2025-01-27", soon, "");
    for at in ["2025-02-01T00:00:00Z", "2025-04-01T00:00:00Z"] {
        let report = room.clone().at(at).build().report();
        let way = "/x/* → /en/topics/old/ → /en/news/2025/01/27/soon/";
        assert!(
            report.contains(&format!("this leads on: {way}")),
            "{report}"
        );
    }
}
