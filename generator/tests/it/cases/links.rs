//! Links by source path, aliases and redirects.

use crate::harness::Newsroom;

fn room(body: &str) -> Newsroom {
    Newsroom::new()
        .story(
            "news/2025/01/target.md",
            "2025-01-05",
            "",
            "## The heading\n\n## Été",
        )
        .story("news/2025/01/target.fr.md", "", "", "## Le titre")
        .story("news/english.md", "2025-01-06", "", "")
        .story("pages/about.md", "", "", "")
        .file("content/static/doc/paper.pdf", "paper")
        .story("news/from.md", "2025-01-10", "topics = [\"Trade\"]", body)
}

fn html(body: &str) -> String {
    room(body)
        .good()
        .body("/en/news/2025/01/10/from/")
        .trim()
        .to_owned()
}

#[test]
fn a_source_path_becomes_an_address() {
    let target = "/en/news/2025/01/05/target/";
    for (link, address) in [
        ("/news/2025/01/target.md", target.to_owned()),
        ("2025/01/target.md", target.to_owned()),
        ("./2025/../2025/01/target.md", target.to_owned()),
        (
            "2025/01/target.md#the-heading",
            format!("{target}#the-heading"),
        ),
        (
            "2025/01/target.md#%C3%A9t%C3%A9",
            format!("{target}#%C3%A9t%C3%A9"),
        ),
        (
            "/news/2025/01/target.fr.md",
            "/fr/news/2025/01/05/target/".to_owned(),
        ),
        ("/pages/about.md", "/en/about/".to_owned()),
        ("/en/topics/", "/en/topics/".to_owned()),
        ("/en/topics/trade/", "/en/topics/trade/".to_owned()),
        ("/doc/paper.pdf", "/doc/paper.pdf".to_owned()),
        (
            "https://other.example/x",
            "https://other.example/x".to_owned(),
        ),
        ("mailto:a@b.example", "mailto:a@b.example".to_owned()),
        ("tel:+3221234", "tel:+3221234".to_owned()),
    ] {
        assert_eq!(
            html(&format!("[go]({link})")),
            format!("<p><a href=\"{address}\">go</a></p>"),
            "{link}"
        );
    }
}

#[test]
fn a_link_stays_in_its_language_where_it_can() {
    let built = room("")
        .story(
            "news/from.fr.md",
            "",
            "",
            "[a](2025/01/target.md#le-titre) [b](english.md)",
        )
        .good();
    assert_eq!(
        built.body("/fr/news/2025/01/10/from/").trim(),
        "<p><a href=\"/fr/news/2025/01/05/target/#le-titre\">a</a> <a href=\"/en/news/2025/01/06/english/\">b</a></p>"
    );
}

#[test]
fn a_place_on_the_same_page_stays() {
    let body = html("## One\n\n[up](#one) [note](#own)\n\n<p id=\"own\">x</p>");
    assert!(body.contains("<a href=\"#one\">up</a>"), "{body}");
}

#[test]
fn a_link_to_what_has_expired_is_text_with_a_warning() {
    let built = room("[go](gone.md) on")
        .story(
            "news/gone.md",
            "2025-01-01",
            "expires = 2025-01-02T00:00:00Z",
            "",
        )
        .good();
    assert_eq!(
        built.body("/en/news/2025/01/10/from/").trim(),
        "<p>go on</p>"
    );
    assert!(built.warns("content/news/from.md", "has expired"));
}

#[test]
fn a_held_story_may_point_at_what_comes_out_with_it() {
    let held = "embargo = 2025-03-01T00:00:00Z";
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-01", held, "[b](b.md) [c](c.md)")
        .story("news/b.md", "2025-01-01", held, "[a](a.md)")
        .story("news/c.md", "2025-01-01", "", "")
        .good();
    assert_eq!(built.says("/en/news/", "total"), "1");
}

#[test]
fn aliases_redirect_in_pages_and_at_the_edge() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05",
            "aliases = [\"/press/2019/visit/\", \"/old.html\", \"/no/slash\", \"/übung/\"]",
            "",
        )
        .good();
    let target = "/en/news/2025/01/05/a/";
    for page in [
        "site/press/2019/visit/index.html",
        "site/old.html",
        "site/no/slash/index.html",
        "site/übung/index.html",
    ] {
        assert!(
            built.output(page).contains(&format!("target: {target}\n")),
            "{page}"
        );
    }
    let redirects = built.output("edge/_redirects");
    for from in [
        "/press/2019/visit",
        "/press/2019/visit/",
        "/old.html",
        "/no/slash",
        "/no/slash/",
        "/%C3%BCbung/",
    ] {
        assert!(
            redirects.contains(&format!("{from} {target} 301\n")),
            "{from} in\n{redirects}"
        );
    }
    assert!(built.output("edge/nginx.conf").contains(&format!(
        "location = \"/übung/\" {{ return 301 \"{target}\"; }}"
    )));
    let rules =
        dateline_contract::edge::EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    assert_eq!(rules.redirects.len(), 4);
}

#[test]
fn without_its_template_an_alias_is_at_the_edge_alone() {
    let built = Newsroom::new()
        .without_template("redirect.html")
        .story("news/a.md", "2025-01-05", "aliases = [\"/old/\"]", "")
        .good();
    assert!(!built.has("site/old/index.html"));
    assert!(built.output("edge/_redirects").contains("/old/ "));
}

#[test]
fn a_redirect_from_a_held_story_does_not_exist() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05",
            "draft = true\naliases = [\"/old/\"]",
            "",
        )
        .good();
    assert!(built.holding("/old").is_empty());
}

#[test]
fn schemes_are_those_of_every_newsroom_and_the_sites_own() {
    let body = "[a](https://a.example) [b](mailto:a@a.example) [c](tel:+3212) [d](SIP:x@a.example)";
    let built = Newsroom::new()
        .tables("[links]\nschemes = [\"sip:\"]")
        .story("news/a.md", "2025-01-05", "", body)
        .good();
    let page = built.output("site/en/news/2025/01/05/a/index.html");
    assert!(page.contains("href=\"SIP:x@a.example\""), "{page}");
}

#[test]
fn a_link_keeps_its_query_and_its_fragment() {
    let target = "/en/news/2025/01/05/target/";
    for (link, address) in [
        ("2025/01/target.md?utm=1", format!("{target}?utm=1")),
        (
            "2025/01/target.md?a=1#the-heading",
            format!("{target}?a=1#the-heading"),
        ),
        (
            "/doc/paper.pdf?dl=1#page=2",
            "/doc/paper.pdf?dl=1#page=2".to_owned(),
        ),
        ("/en/topics/?sort=1", "/en/topics/?sort=1".to_owned()),
    ] {
        assert_eq!(
            html(&format!("[go]({link})")),
            format!("<p><a href=\"{address}\">go</a></p>"),
            "{link}"
        );
    }
    let beside = room("[go](data.csv?x=1)").file("content/news/data.csv", "a,b");
    let built = beside.good();
    assert!(
        built
            .body("/en/news/2025/01/10/from/")
            .contains(".csv?x=1\"")
    );
}

#[test]
fn whatever_the_site_serves_can_be_linked_to() {
    for link in [
        "/en/feed.xml",
        "/en/feed.json",
        "/sitemap.xml",
        "/sitemap/en-2025.xml",
        "/robots.txt",
        "/en/",
        "/en/news",
        "/",
        "https://news.example/en/feed.xml",
        "https://news.example",
        "HTTPS://NEWS.example/en/news/",
        "#top",
        "2025/01/target.md#top",
    ] {
        room(&format!("[go]({link})")).good();
    }
    for link in [
        "/en/feeds.xml",
        "/en/nothing",
        "https://news.example/en/nothing/",
    ] {
        let built = room(&format!("[go]({link})")).build();
        assert!(built.report().contains("leads nowhere"), "{link}");
    }
}

#[test]
fn every_spelling_of_an_address_leads_to_the_story() {
    let target = "/en/news/2025/01/05/target/";
    for link in [
        "/en/news/2025/01/05/target/",
        "/en/news/2025/01/05/target",
        "/en/news/2025/01/05/target/index.html",
        "/en/news/2025/01/05/%74arget/",
        "https://news.example/en/news/2025/01/05/target",
        "/old/t/",
        "/old/t",
        "/old/t/index.html",
        "https://news.example/old/t",
    ] {
        let room = room(&format!("[go]({link}#the-heading)")).story(
            "news/2025/01/target.md",
            "2025-01-05",
            "aliases = [\"/old/t/\"]",
            "## The heading",
        );
        let built = room.clone().good();
        let body = built.body("/en/news/2025/01/10/from/").trim();
        assert_eq!(
            body,
            format!("<p><a href=\"{target}#the-heading\">go</a></p>"),
            "{link}"
        );
        // Also where the site is built for another origin.
        let body_there = room.base_url("http://localhost:9").good();
        assert_eq!(
            body_there.body("/en/news/2025/01/10/from/").trim(),
            body,
            "{link}"
        );
    }
    let wrong = room("[go](/en/news/2025/01/05/target#no-such-heading)").build();
    assert!(
        wrong
            .report()
            .contains("there is no heading #no-such-heading")
    );
    let expired = room("[go](/old/t)").story(
        "news/2025/01/target.md",
        "2025-01-05",
        "aliases = [\"/old/t/\"]\nexpires = 2025-01-20T00:00:00Z",
        "",
    );
    assert_eq!(
        expired.good().body("/en/news/2025/01/10/from/").trim(),
        "<p>go</p>"
    );
}

#[test]
fn a_translation_follows_its_source_to_a_heading_in_other_words() {
    let built = room("")
        .story(
            "news/from.fr.md",
            "",
            "",
            "[va](2025/01/target.md#the-heading)",
        )
        .story(
            "news/2025/01/target.fr.md",
            "",
            "",
            "<a name=\"x\"></a>\n\n## Le titre\n\n## L\u{2019}\u{e9}t\u{e9}",
        )
        .good();
    assert_eq!(
        built.body("/fr/news/2025/01/10/from/").trim(),
        "<p><a href=\"/fr/news/2025/01/05/target/#le-titre\">va</a></p>"
    );
    // With other parts than its source, nobody can say which is meant.
    let wrong = room("").story(
        "news/from.fr.md",
        "",
        "",
        "[va](2025/01/target.md#the-heading)",
    );
    assert!(
        wrong
            .build()
            .report()
            .contains("there is no heading #the-heading")
    );
}

#[test]
fn an_old_archive_may_have_dead_fragments() {
    let room = room("[go](2025/01/target.md#gone-long-ago)");
    assert_eq!(room.build().errors().len(), 1);
    let built = room.tables("[links]\nfragments = \"warn\"").good();
    assert!(built.warns("content/news/from.md", "there is no heading #gone-long-ago"));
}
