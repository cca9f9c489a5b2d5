//! Lists: pages numbered from the oldest, archives, neighbours, related.

use crate::harness::{Built, Newsroom};

fn stories(n: usize) -> Newsroom {
    let mut room = Newsroom::new();
    for i in 1..=n {
        let (day, hour) = (1 + (i - 1) / 4, (i - 1) % 4);
        let date = format!("2025-01-{day:02}T{hour:02}:00:00Z");
        room = room.story(
            &format!("news/s{i:03}.md"),
            &date,
            "topics = [\"Trade\"]",
            "",
        );
    }
    room
}

fn shown(built: &Built, address: &str) -> (usize, String, String) {
    let items = built.says(address, "items");
    let first = items
        .split(']')
        .next()
        .unwrap()
        .trim_start_matches("[Story ");
    let last = items.trim_end_matches(']').rsplit(' ').next().unwrap();
    (
        items.matches('[').count(),
        first.to_owned(),
        last.to_owned(),
    )
}

#[test]
fn pages_are_numbered_from_the_oldest() {
    // Of how many: how many pages have numbers, and how many stories the own address shows.
    for (n, pages, own) in [
        (1, 0, 1),
        (20, 0, 20),
        (21, 0, 21),
        (39, 0, 39),
        (40, 1, 20),
        (41, 1, 21),
        (60, 2, 20),
    ] {
        let built = stories(n).good();
        for home in [
            "/en/news/",
            "/en/kind/news/",
            "/en/topics/trade/",
            "/en/news/2025/",
            "/en/news/2025/01/",
        ] {
            let (count, first, _) = shown(&built, home);
            assert_eq!((count, first), (own, format!("s{n:03}")), "{home} of {n}");
            assert_eq!(built.says(home, "total"), n.to_string());
            assert_eq!(built.says(home, "number"), (pages + 1).to_string());
            assert_eq!(built.says(home, "newer"), "");
            let older = if pages == 0 {
                String::new()
            } else {
                format!("{home}page/{pages}/")
            };
            assert_eq!(built.says(home, "older"), older);
            let numbered = built.paths(&format!("site{home}page/"));
            assert_eq!(numbered.len(), pages, "{home} of {n}: {numbered:?}");
        }
    }
}

#[test]
fn a_numbered_page_holds_twenty_and_says_no_total() {
    let built = stories(60).good();
    assert_eq!(
        shown(&built, "/en/news/page/1/"),
        (20, "s020".into(), "s001".into())
    );
    assert_eq!(
        shown(&built, "/en/news/page/2/"),
        (20, "s040".into(), "s021".into())
    );
    for (page, newer, older) in [
        (1, "/en/news/page/2/", ""),
        (2, "/en/news/", "/en/news/page/1/"),
    ] {
        let address = format!("/en/news/page/{page}/");
        assert_eq!(built.says(&address, "newer"), newer);
        assert_eq!(built.says(&address, "older"), older);
        assert_eq!(built.says(&address, "total"), "");
        assert_eq!(built.says(&address, "first"), "false");
        assert_eq!(built.says(&address, "number"), page.to_string());
    }
}

#[test]
fn one_more_story_changes_no_full_page_and_few_outputs() {
    let (before, after) = (stories(60).good(), stories(61).good());
    let changed: Vec<&str> = after
        .outputs
        .iter()
        .filter(|(path, bytes)| before.outputs.get(*path) != Some(*bytes))
        .map(|(path, _)| path.as_str())
        .collect();
    assert!(changed.iter().all(|p| !p.contains("/page/")), "{changed:?}");
    assert!(
        !changed.contains(&"site/en/news/2025/01/15/s059/index.html"),
        "{changed:?}"
    );
    assert!(
        changed.contains(&"site/en/news/2025/01/15/s060/index.html"),
        "its neighbour"
    );
    assert!(changed.len() < 24, "{changed:?}");
}

#[test]
fn archives_go_from_year_to_day() {
    let built = Newsroom::new()
        .story("news/a.md", "2023-12-31T10:00:00Z", "", "")
        .story("news/b.md", "2025-01-05T10:00:00Z", "", "")
        .story("news/c.md", "2025-01-07T10:00:00Z", "", "")
        .story("other/d.md", "2025-01-07T10:00:00Z", "", "")
        .good();
    assert_eq!(
        built.says("/en/news/", "children"),
        "[2025 /en/news/2025/][2023 /en/news/2023/]"
    );
    assert_eq!(
        built.says("/en/news/2025/", "children"),
        "[January 2025 /en/news/2025/01/]"
    );
    assert_eq!(
        built.says("/en/news/2025/01/", "children"),
        "[7 January 2025 /en/news/2025/01/07/][5 January 2025 /en/news/2025/01/05/]"
    );
    assert_eq!(built.says("/en/news/2025/01/07/", "items"), "[Story c]");
    assert_eq!(built.says("/en/news/2025/", "date"), "year 2025-01-01");
    assert_eq!(built.says("/en/news/2025/01/07/", "date"), "day 2025-01-07");
    assert_eq!(built.says("/en/news/2025/", "feed"), "");
    assert!(!built.has("site/en/news/2024/index.html"));
}

#[test]
fn previous_and_next_are_of_the_same_section_and_language() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-01", "", "")
        .story("other/x.md", "2025-01-02", "", "")
        .story("news/b.md", "2025-01-03", "", "")
        .story("news/b.fr.md", "", "", "")
        .story("news/c.md", "2025-01-03", "", "")
        .good();
    assert_eq!(built.says("/en/news/2025/01/01/a/", "previous"), "");
    assert_eq!(built.says("/en/news/2025/01/01/a/", "next"), "Story b");
    assert_eq!(
        built.says("/en/news/2025/01/03/b/", "next"),
        "Story c",
        "the same moment: by path"
    );
    assert_eq!(built.says("/en/news/2025/01/03/c/", "previous"), "Story b");
    assert_eq!(built.says("/fr/news/2025/01/03/b/", "previous"), "");
    assert_eq!(built.says("/en/other/2025/01/02/x/", "next"), "");
}

#[test]
fn related_are_those_named_then_earlier_ones_by_rare_terms() {
    let mut room = Newsroom::new();
    for i in 1..=6 {
        room = room.story(
            &format!("news/t{i}.md"),
            &format!("2025-01-0{i}"),
            "topics = [\"Trade\"]",
            "",
        );
    }
    let built = room
        .story(
            "news/rare.md",
            "2024-01-01",
            "topics = [\"Trade\"]\npeople = [\"Ada\"]",
            "",
        )
        .story("news/named.md", "2025-01-25", "", "")
        .story(
            "news/main.md",
            "2025-01-20",
            "topics = [\"Trade\"]\npeople = [\"Ada\"]\nrelated = [\"named.md\"]",
            "",
        )
        .story("news/later.md", "2025-01-30", "people = [\"Ada\"]", "")
        .good();
    assert_eq!(
        built.says("/en/news/2025/01/20/main/", "related"),
        "[Story named][Story rare][Story t6][Story t5][Story t4]"
    );
    assert_eq!(built.says("/en/news/2024/01/01/rare/", "related"), "");
}

#[test]
fn home_shows_the_latest_and_the_topics_of_late() {
    let built = stories(25)
        .story(
            "news/z.md",
            "2025-01-31",
            "topics = [\"Peace\", \"Trade\"]",
            "",
        )
        .good();
    assert_eq!(built.says("/en/", "lead"), "Story z");
    assert_eq!(built.says("/en/", "latest").matches('[').count(), 20);
    assert_eq!(
        built.says("/en/", "topics"),
        "[Trade /en/topics/trade/][Peace /en/topics/peace/]"
    );
}
