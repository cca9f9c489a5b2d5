//! What will be wrong at some moment is told today, and what ends takes nothing else with it.

use crate::harness::{Built, Newsroom, png};

const OUT: &str = "2025-01-10T10:00:00Z";
const SOON: &str = "embargo = 2025-03-01T12:00:00+01:00";
const LATER: &str = "embargo = 2025-04-01T08:00:00+02:00";
const ENDS: &str = "expires = 2025-03-01T12:00:00+01:00";
const ENDED: &str = "expires = 2025-01-20T12:00:00Z";
const AFTER: &str = "2025-03-02T00:00:00Z";

fn fails(built: &Built, file: &str, text: &str) {
    let told = |f: &crate::harness::Finding| f.file == file && f.text.contains(text);
    assert!(built.errors().iter().any(told), "{}", built.report());
}

fn pair(from: &str, to: &str, body: &str) -> Newsroom {
    Newsroom::new()
        .story("news/a.md", OUT, from, body)
        .story("news/b.md", OUT, to, "## Part")
}

#[test]
fn a_reference_to_what_comes_out_later_is_an_error_today_that_names_the_moment() {
    for body in ["[b](b.md)", "[b](/en/news/2025/01/10/b/)", "[b](b.md#part)"] {
        let built = pair(SOON, LATER, body).build();
        let file = "content/news/a.md";
        fails(&built, file, "from 2025-03-01 12:00");
        fails(
            &built,
            file,
            "not published yet: it comes out 2025-04-01 08:00",
        );
        pair(SOON, SOON, body).good();
        pair(LATER, SOON, body).good();
    }
    let built = pair(&format!("{SOON}\nrelated = [\"b.md\"]"), "draft = true", "").build();
    fails(
        &built,
        "content/news/a.md",
        "from 2025-03-01 12:00, “b.md” is a draft",
    );
    let dossier = Newsroom::new()
        .story("news/a.md", OUT, &format!("{SOON}\nmedia = [\"clip\"]"), "")
        .dossier("clip", OUT, LATER, "");
    fails(
        &dossier.build(),
        "content/news/a.md",
        "from 2025-03-01 12:00, the dossier `clip`",
    );
}

#[test]
fn a_heading_is_looked_for_in_whatever_edition_the_link_will_lead_to() {
    let room = |own: &str| {
        Newsroom::new()
            .story("news/b.md", OUT, "", "## Part {#part}\n\n## More {#more}")
            .story("news/b.fr.md", OUT, SOON, own)
            .story("news/a.fr.md", OUT, "", "[b](b.md#part)")
    };
    room("## Partie {#part}").good();
    room("## Partie {#partie}\n\n## Plus {#plus}").good();
    fails(
        &room("## Plus").build(),
        "content/news/a.fr.md",
        "no heading #part on news/b.fr.md",
    );
}

#[test]
fn a_link_to_what_ends_is_a_warning_in_time_and_then_text() {
    let room = pair("", ENDS, "[the *b*](b.md)");
    let built = room.good();
    assert!(built.warns("content/news/a.md", "“b.md” expires on 2025-03-01 12:00"));
    assert!(built.body("/en/news/2025/01/10/a/").contains("/b/"));
    let after = room.at(AFTER).good();
    assert!(after.warns(
        "content/news/a.md",
        "has expired: readers see plain text here"
    ));
    let body = after.body("/en/news/2025/01/10/a/");
    assert!(
        body.contains("the <em>b</em>") && !body.contains("/b/"),
        "{body}"
    );
    // What ends first has no reader to disappoint.
    let built = pair(ENDED, ENDS, "[b](b.md)").good();
    assert!(!built.warns("content/news/a.md", "expires"));
}

#[test]
fn a_dossier_that_ends_leaves_the_stories_that_show_it() {
    let room = Newsroom::new()
        .story(
            "news/a.md",
            OUT,
            "media = [\"clip\"]",
            "Before.\n\n::: video id=\"clip\"\n:::\n\nAfter.",
        )
        .dossier("clip", OUT, ENDS, "");
    assert!(room.good().warns(
        "content/news/a.md",
        "the dossier `clip` expires on 2025-03-01 12:00"
    ));
    let built = room.at(AFTER).good();
    assert!(built.warns(
        "content/news/a.md",
        "the dossier `clip` has expired: it is left out"
    ));
    let body = built.body("/en/news/2025/01/10/a/");
    assert!(body.contains("Before.") && body.contains("After.") && !body.contains("clip"));
}

#[test]
fn a_page_that_ends_leaves_the_footer_and_the_terms() {
    let room = Newsroom::new()
        .keys("footer = [\"/pages/legal.md\", \"/pages/about.md\"]")
        .tables("[terms.other]\nversion = \"1\"\npage = \"/pages/legal.md\"")
        .story("pages/about.md", "", "", "")
        .story("pages/legal.md", "", ENDS, "")
        .story("news/a.md", OUT, "", "[l](/pages/legal.md)");
    let site = "content/site.toml";
    assert!(
        room.good()
            .warns(site, "“/pages/legal.md” expires on 2025-03-01 12:00")
    );
    let built = room.clone().at(AFTER).good();
    assert!(built.warns(site, "“/pages/legal.md” has expired: it is left out"));
    let held = room.story("pages/legal.md", "", SOON, "").build();
    fails(&held, site, "is not a published page");
}

#[test]
fn a_list_whose_last_story_ends_takes_its_links_with_it() {
    let room = Newsroom::new()
        .story(
            "news/a.md",
            OUT,
            "",
            "[t](/en/topics/trade/) [s](/en/speeches/2025/) [f](/en/topics/trade/feed.xml)",
        )
        .story(
            "speeches/b.md",
            OUT,
            &format!("topics = [\"Trade\"]\n{ENDS}"),
            "",
        );
    let before = room.good();
    let warned = |what: &str| before.warns("content/news/a.md", what);
    assert!(warned(
        "the last story at “/en/topics/trade/” expires on 2025-03-01 12:00"
    ));
    assert!(warned("the last story at “/en/speeches/2025/” expires on"));
    // As long as another comes or stays, so does the list.
    for keys in [
        "topics = [\"Trade\"]",
        &format!("topics = [\"Trade\"]\n{SOON}"),
    ] {
        let more = room.clone().story("speeches/c.md", OUT, keys, "").good();
        assert!(!more.warns("content/news/a.md", "the last story at"));
    }
    let built = room.clone().at(AFTER).good();
    for gone in ["/en/topics/trade/", "/en/speeches/2025/"] {
        assert!(built.warns("content/news/a.md", &format!("nothing is at “{gone}” now")));
    }
    assert!(!built.body("/en/news/2025/01/10/a/").contains("<a "));
    fails(
        &room.without("content/speeches/b.md").build(),
        "content/news/a.md",
        "“/en/topics/trade/” leads nowhere",
    );
}

#[test]
fn what_a_held_back_story_clashes_with_is_found_today() {
    let held =
        |keys: &str| Newsroom::new().story("news/held.md", OUT, &format!("{SOON}\n{keys}"), "");
    let taken = "taken twice";
    for (room, text) in [
        (held("slug = \"b\"").story("news/b.md", OUT, "", ""), taken),
        (
            held("slug = \"b\"").story("news/b.md", OUT, LATER, ""),
            taken,
        ),
        (
            held("aliases = [\"/en/news/\"]"),
            "former address /en/news/ is taken",
        ),
        (
            held("aliases = [\"/old/\"]").story("news/b.md", OUT, "aliases = [\"/old/\"]", ""),
            "former address /old/ is taken",
        ),
        // Pages that come with it.
        (
            held("topics = [\"X\"]").story("news/b.md", OUT, "aliases = [\"/en/topics/x/\"]", ""),
            "former address /en/topics/x/ is taken",
        ),
        (
            Newsroom::new()
                .story("about/a.md", OUT, SOON, "")
                .story("pages/about.md", "", "", ""),
            taken,
        ),
        (
            held("slug = \"b\"").file("content/static/en/news/2025/01/10/b/index.html", "x"),
            taken,
        ),
    ] {
        let built = room.build();
        assert!(
            built.errors().iter().any(|f| f.text.contains(text)),
            "{text}: {}",
            built.report()
        );
    }
    // The moment is named, and what ends before is no clash.
    let both = held("slug = \"b\"")
        .story("news/b.md", OUT, LATER, "")
        .build();
    assert!(
        both.report().contains("both are out from 2025-04-01 08:00"),
        "{}",
        both.report()
    );
    held("slug = \"b\"")
        .story("news/b.md", OUT, ENDS, "")
        .good();
}

#[test]
fn a_static_picture_may_outlive_those_who_showed_it() {
    let room = Newsroom::new()
        .file("content/static/img/a.png", png(3, 3))
        .story("news/a.md", OUT, ENDS, "![A](/img/a.png)")
        .story("news/b.md", OUT, LATER, "![A](/img/a.png)");
    room.good();
    room.at(AFTER).good();
}

#[test]
fn moments_are_known_with_their_documents() {
    let room = Newsroom::new()
        .story(
            "news/a.md",
            OUT,
            &format!("{SOON}\nexpires = 2025-05-01T00:00:00Z"),
            "",
        )
        .story("news/b.md", OUT, ENDS, "")
        .story("news/c.md", OUT, &format!("draft = true\n{LATER}"), "")
        .story("news/d.md", OUT, ENDED, "");
    let plan = room.good().plan.unwrap();
    let moments: Vec<_> = plan
        .moments()
        .iter()
        .map(|m| (m.at.to_string(), m.path.to_string(), m.begins))
        .collect();
    let at = |at: &str, path: &str, begins| (at.to_owned(), path.to_owned(), begins);
    assert_eq!(
        moments,
        [
            at("2025-03-01T11:00:00Z", "content/news/a.md", true),
            at("2025-03-01T11:00:00Z", "content/news/b.md", false),
            at("2025-05-01T00:00:00Z", "content/news/a.md", false),
        ]
    );
}

#[test]
fn a_template_that_fails_on_a_page_to_come_fails_today() {
    let article = "themes/plain/templates/article.html";
    let room = Newsroom::new().story("news/b.md", OUT, "", "");
    let text = String::from_utf8(room.files[article].clone()).unwrap();
    let failing = "{% if article.title == \"Story a\" %}{{ article.never.there }}{% endif %}";
    let room = room.file(article, format!("{text}{failing}"));
    let found = |room: &Newsroom| room.good().plan.unwrap().check(&|| false);
    assert_eq!(found(&room), []);
    let found = found(&room.story("news/a.md", OUT, SOON, ""));
    let told = found.iter().flat_map(|diag| &diag.notes);
    let told: Vec<&str> = told.map(|note| &**note).collect();
    assert!(
        told.contains(&"it will be there from 2025-03-01 12:00"),
        "{found:?}"
    );
}
