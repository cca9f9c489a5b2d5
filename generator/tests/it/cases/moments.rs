//! What will be wrong at some moment is reported today, and what ends takes nothing else with it.

use crate::harness::{Built, Newsroom, png};

const OUT: &str = "2025-01-10T10:00:00Z";
const SOON: &str = "embargo = 2025-03-01T12:00:00+01:00";
const LATER: &str = "embargo = 2025-04-01T08:00:00+02:00";
const ENDS: &str = "expires = 2025-03-01T12:00:00+01:00";
const ENDED: &str = "expires = 2025-01-20T12:00:00Z";
const AFTER: &str = "2025-03-02T00:00:00Z";

fn fails(built: &Built, file: &str, text: &str) {
    let reported = |f: &crate::harness::Finding| f.file == file && f.text.contains(text);
    assert!(built.errors().iter().any(reported), "{}", built.report());
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
fn a_dossier_to_come_is_known_by_the_id_that_it_will_have() {
    let room = |id: &str, keys: &str| {
        let keys = format!("slug = \"film\"\n{keys}");
        let story = format!("{SOON}\nmedia = [\"{id}\"]");
        Newsroom::new()
            .story("news/a.md", OUT, &story, "")
            .dossier("clip", OUT, &keys, "")
    };
    room("film", SOON).good();
    for keys in [SOON, ""] {
        let built = room("clip", keys).build();
        fails(&built, "content/news/a.md", "there is no dossier `clip`");
    }
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

/// A newsroom whose template `name` ends with `failing` on pages in English.
fn with(room: Newsroom, name: &str, failing: &str) -> Newsroom {
    let path = format!("themes/plain/templates/{name}");
    let text = String::from_utf8(room.files[&path].clone()).unwrap();
    let failing = format!("{{% if lang.code == \"en\" %}}{failing}{{% endif %}}");
    room.file(&path, text + &failing)
}

/// What is reported of a template that works today.
fn told_ahead(room: &Newsroom, name: &str) -> Vec<String> {
    let plan = room.build().plan.unwrap();
    assert!(plan.jobs.iter().all(|job| plan.render(job).is_ok()));
    let found = plan.check(&|| false);
    let file = format!("themes/plain/templates/{name}");
    let at_fault = |d: &dateline::base::diag::Diagnostic| d.file.as_deref() == Some(&*file);
    assert!(found.iter().all(at_fault), "{found:#?}");
    assert!(found.iter().all(|d| d.span.is_some()), "{found:#?}");
    found.into_iter().flat_map(|d| d.notes).collect()
}

#[test]
fn a_template_that_fails_on_a_page_to_come_fails_today() {
    let failing = "{% if article.title == \"Story a\" %}{{ article.never.there }}{% endif %}";
    let room = Newsroom::new().story("news/b.md", OUT, "", "");
    let room = with(room, "article.html", failing);
    assert_eq!(told_ahead(&room, "article.html"), [""; 0]);
    let room = room.story("news/a.md", OUT, SOON, "");
    let reported = told_ahead(&room, "article.html");
    let note = "from 2025-03-01 12:00 on, when content/news/a.md comes out".to_owned();
    assert!(reported.contains(&note), "{reported:?}");
}

#[test]
fn a_template_that_fails_once_something_has_ended_fails_today() {
    let note = |file: &str| format!("from 2025-03-01 12:00 on, when content/{file} expires");
    let one = || Newsroom::new().story("news/a.md", OUT, ENDS, "");
    let two = |keys: &str| one().story("news/b.md", OUT, keys, "");
    let topic = format!("topics = [\"Trade\"]\n{ENDS}");
    let story = "news/a.md";
    for (room, template, failing, ends) in [
        (one(), "home.html", "{{ home.lead.title }}", story),
        (one(), "404.html", "{{ site.sections[0].title }}", story),
        (one(), "robots.txt", "{{ site.feed_url | upper }}", story),
        (two(""), "home.html", "{{ home.latest[0].title }}", story),
        (two(""), "list.html", "{{ list.items[1].title }}", story),
        (two(""), "feed.xml", "{{ feed.entries[1].title }}", story),
        (
            two(""),
            "sitemap.xml",
            "{% if entries | length == 1 %}{{ entries[1].loc }}{% endif %}",
            story,
        ),
        (
            two("related = [\"a.md\"]")
                .story("news/c.md", OUT, "", "")
                .story("news/d.md", OUT, "related = [\"c.md\"]", ""),
            "article.html",
            "{% if article.title == \"Story b\" %}{{ article.related[0].title }}{% endif %}",
            story,
        ),
        // The name of a translation's file names this edition alone, and so does its address.
        (
            Newsroom::new()
                .story("news/a.md", OUT, "", "")
                .story("news/a.fr.md", OUT, ENDS, "")
                .story("news/b.md", OUT, "related = [\"a.fr.md\"]", ""),
            "article.html",
            "{% if article.title == \"Story b\" %}{{ article.related[0].title }}{% endif %}",
            "news/a.fr.md",
        ),
        (
            two("").story("news/b.md", "2025-01-12", "", ""),
            "article.html",
            "{% if article.title == \"Story b\" %}{{ article.previous.title }}{% endif %}",
            story,
        ),
        (
            Newsroom::new()
                .story("news/a.md", "2025-01-08", &topic, "")
                .story("news/b.md", OUT, "topics = [\"Trade\"]", ""),
            "article.html",
            "{% if article.title == \"Story b\" %}{{ article.related[0].title }}{% endif %}",
            story,
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, &topic, "")
                .story("news/b.md", OUT, "", ""),
            "410.html",
            "{{ site.taxonomies[0].title }}",
            story,
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, "", "")
                .story("news/a.fr.md", OUT, ENDS, ""),
            "article.html",
            "{{ page.alternates[1].url }}",
            "news/a.fr.md",
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, "", "")
                .story("news/b.fr.md", OUT, ENDS, ""),
            "list.html",
            "{% if list.type == \"section\" %}{{ page.alternates[1].url }}{% endif %}",
            "news/b.fr.md",
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, "media = [\"clip\"]", "")
                .dossier("clip", OUT, ENDS, ""),
            "article.html",
            "{{ article.media[0].title }}",
            "media/clip.md",
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, "media = [\"clip\"]", "")
                .dossier("clip", OUT, ENDS, ""),
            "feed.xml",
            "{{ feed.entries[0].media[0].title }}",
            "media/clip.md",
        ),
        (
            Newsroom::new()
                .story("news/a.md", OUT, &format!("media = [\"clip\"]\n{ENDS}"), "")
                .dossier("clip", OUT, "", ""),
            "video.html",
            "{{ dossier.articles[0].title }}",
            story,
        ),
        (
            Newsroom::new().story("news/a.md", OUT, &topic, "").dossier(
                "clip",
                OUT,
                "topics = [\"Trade\"]",
                "",
            ),
            "video.html",
            "{{ dossier.taxonomies[0].title }}",
            story,
        ),
        (
            Newsroom::new()
                .keys("footer = [\"/pages/about.md\"]")
                .story("pages/about.md", "", ENDS, "")
                .story("news/a.md", OUT, "", ""),
            "article.html",
            "{{ site.footer[0].title }}",
            "pages/about.md",
        ),
        (
            Newsroom::new()
                .tables("[terms.other]\nversion = \"1\"\npage = \"/pages/legal.md\"")
                .story("pages/legal.md", "", ENDS, "")
                .dossier("clip", OUT, "terms = \"other\"", ""),
            "video.html",
            "{{ dossier.terms.url | upper }}",
            "pages/legal.md",
        ),
    ] {
        let reported = told_ahead(&with(room.clone(), template, failing), template);
        let note = note(ends);
        assert!(
            reported.contains(&note),
            "{template} {failing}: {reported:?}"
        );
        assert_eq!(told_ahead(&room, template), [""; 0]);
        let after = with(room, template, failing).at(AFTER).build();
        assert!(!after.errors().is_empty(), "{template} {failing}");
    }
}

#[test]
fn a_template_that_fails_between_an_end_and_a_beginning_fails_today() {
    let room = Newsroom::new()
        .story("news/a.md", OUT, ENDS, "")
        .story("news/b.md", OUT, LATER, "");
    let reported = told_ahead(
        &with(room, "home.html", "{{ home.lead.title }}"),
        "home.html",
    );
    let note = "from 2025-03-01 12:00 on, when content/news/a.md expires".to_owned();
    assert!(reported.contains(&note), "{reported:?}");
    // Nothing is empty where another one comes in time.
    let room = Newsroom::new()
        .story("news/a.md", OUT, ENDS, "")
        .story("news/b.md", OUT, SOON, "");
    assert_eq!(
        told_ahead(
            &with(room, "home.html", "{{ home.lead.title }}"),
            "home.html"
        ),
        [""; 0]
    );
}

#[test]
fn a_numbered_page_that_is_the_first_of_its_kind_is_tried_today() {
    let numbered = "{% if not list.first %}{{ list.never.there }}{% endif %}";
    let mut room = with(Newsroom::new(), "list.html", numbered);
    for n in 0..39 {
        room = room.story(&format!("news/s{n}.md"), OUT, "", "");
    }
    assert_eq!(told_ahead(&room, "list.html"), [""; 0]);
    let reported = told_ahead(&room.story("news/a.md", OUT, SOON, ""), "list.html");
    let note = "from 2025-03-01 12:00 on, when content/news/a.md comes out".to_owned();
    assert!(reported.contains(&note), "{reported:?}");
}
