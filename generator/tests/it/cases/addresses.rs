//! Every kind of address.

use crate::harness::Newsroom;

fn everything() -> Newsroom {
    Newsroom::new()
        .keys("footer = [\"/pages/about.md\"]")
        .tables("[sections.news]\ntitle = { en = \"News\", fr = \"Actualités\" }\n[sections.speeches]\nkind = \"speech\"")
        .story("news/visit.md", "2025-01-27T15:00:00+01:00", "topics = [\"Trade\"]\npeople = [\"Ada Lovelace\"]\naliases = [\"/old/visit/\"]\nmedia = [\"clip\"]", "Text.")
        .story("news/visit.fr.md", "", "", "Texte.")
        .story("speeches/address.md", "2025-01-28T09:00:00Z", "", "Text.")
        .story("pages/about.md", "", "", "About us.")
        .dossier("clip", "2025-01-27T15:00:00Z", "", "What one sees.")
}

#[test]
fn every_kind_of_output_has_its_address() {
    let built = everything().good();
    let mut expected = vec![
        "edge/Caddyfile",
        "edge/_headers",
        "edge/_redirects",
        "edge/headers.json",
        "edge/nginx.conf",
        "sidecar/manifest.json",
        "site/404.html",
        "site/410.html",
        "site/resting.html",
        "site/index.html",
        "site/robots.txt",
        "site/sitemap.xml",
        "site/sitemap/en-2025.xml",
        "site/sitemap/en-pages.xml",
        "site/sitemap/fr-2025.xml",
        "site/sitemap/fr-pages.xml",
        "site/old/visit/index.html",
    ];
    let both = [
        "404.html",
        "410.html",
        "resting.html",
        "index.html",
        "feed.xml",
        "feed.json",
    ];
    let lists = [
        "news/",
        "kind/news/",
        "topics/trade/",
        "people/ada-lovelace/",
    ];
    let pages = [
        "topics/",
        "people/",
        "news/2025/01/27/visit/",
        "news/2025/",
        "news/2025/01/",
        "news/2025/01/27/",
    ];
    let english = [
        "speeches/",
        "kind/speech/",
        "about/",
        "video/",
        "video/clip/",
        "speeches/2025/",
        "speeches/2025/01/",
        "speeches/2025/01/28/",
        "speeches/2025/01/28/address/",
    ];
    let mut made: Vec<String> = expected.drain(..).map(str::to_owned).collect();
    for lang in ["en", "fr"] {
        made.extend(both.iter().map(|p| format!("site/{lang}/{p}")));
        for list in lists {
            let files = ["index.html", "feed.xml", "feed.json"];
            made.extend(files.iter().map(|f| format!("site/{lang}/{list}{f}")));
        }
        made.extend(pages.iter().map(|p| format!("site/{lang}/{p}index.html")));
    }
    for page in english {
        made.push(format!("site/en/{page}index.html"));
        if ["speeches/", "kind/speech/"].contains(&page) {
            made.extend(["feed.xml", "feed.json"].map(|f| format!("site/en/{page}{f}")));
        }
    }
    made.sort();
    let outputs: Vec<&str> = built
        .outputs
        .keys()
        .map(String::as_str)
        .filter(|p| !p.starts_with("site/assets/"))
        .collect();
    assert_eq!(outputs, made);
    assert_eq!(built.paths("site/assets/").len(), 2);
}

#[test]
fn the_day_of_an_address_is_that_of_the_dates_own_offset() {
    let built = Newsroom::new()
        .story("news/late.md", "2025-01-27T23:30:00-05:00", "", "")
        .story("news/early.md", "2025-01-27T00:30:00+03:00", "", "")
        .story("news/plain.md", "2025-01-27", "", "")
        .good();
    for name in ["late", "early", "plain"] {
        assert_eq!(
            built
                .paths(&format!("site/en/news/2025/01/27/{name}/"))
                .len(),
            1,
            "{name}"
        );
    }
    assert_eq!(
        built.says("/en/news/2025/01/27/plain/", "date"),
        "2025-01-27T00:00:00+01:00"
    );
    assert_eq!(
        built.says("/en/news/2025/01/27/late/", "day"),
        "27 January 2025 at 23:30 UTC-5"
    );
}

#[test]
fn slugs_come_from_key_or_file_name() {
    let built = Newsroom::new()
        .story("news/2025/01/27/2025-01-27-visit.md", "2025-01-27", "", "")
        .story("news/other.md", "2025-01-27", "slug = \"chosen\"", "")
        .story("news/Été à Paris.md", "2025-01-27", "", "")
        .story("news/deep/er/Great News!.md", "2025-01-27", "", "")
        .good();
    for slug in ["visit", "chosen", "été-à-paris", "great-news"] {
        let page = format!("site/en/news/2025/01/27/{slug}/index.html");
        assert!(built.has(&page), "{page}");
    }
    let encoded = "/en/news/2025/01/27/%C3%A9t%C3%A9-%C3%A0-paris/";
    assert_eq!(
        built.says("/en/news/2025/01/27/été-à-paris/", "url"),
        encoded
    );
}

#[test]
fn a_folder_that_contradicts_the_date_is_a_warning() {
    let built = Newsroom::new()
        .story("news/2024/12/31/visit.md", "2025-01-27", "", "")
        .good();
    assert!(built.has("site/en/news/2025/01/27/visit/index.html"));
    assert!(built.warns("content/news/2024/12/31/visit.md", "the date is 2025/01/27"));
}

#[test]
fn kinds_default_to_the_sections_then_to_news() {
    let built = Newsroom::new()
        .tables("[sections.statements]\nkind = \"statement\"")
        .story("statements/a.md", "2025-01-01", "", "")
        .story("statements/b.md", "2025-01-01", "kind = \"speech\"", "")
        .story("other/c.md", "2025-01-01", "", "")
        .good();
    assert_eq!(
        built.says("/en/statements/2025/01/01/a/", "kind"),
        "statement"
    );
    assert_eq!(built.says("/en/statements/2025/01/01/b/", "kind"), "speech");
    assert_eq!(built.says("/en/other/2025/01/01/c/", "kind"), "news");
    assert_eq!(
        built.says("/en/", "kinds"),
        "[News stories /en/kind/news/][Speeches /en/kind/speech/][Statements /en/kind/statement/]"
    );
    assert_eq!(built.says("/en/other/2025/01/01/c/", "section"), "Other");
}

#[test]
fn the_root_leads_to_the_default_language() {
    let built = everything().good();
    assert_eq!(built.says("/", "home"), "/en/");
    assert_eq!(built.says("/", "alternates"), "");
    assert!(built.output("site/404.html").contains("404 en"));
    assert_eq!(
        built.output("site/fr/410.html"),
        "NOTICE 410 fr\ntitle: Parti\n"
    );
}

#[test]
fn a_second_language_moves_nothing_of_the_first() {
    let alone = Newsroom::new().story("news/a.md", "2025-01-01", "", "Text.");
    let both = alone.clone().story("news/a.fr.md", "", "", "Texte.");
    let (alone, both) = (alone.good(), both.good());
    for path in alone.outputs.keys() {
        assert!(both.has(path), "{path}");
    }
}

#[test]
fn the_base_url_can_be_given_from_outside() {
    let built = everything().base_url("http://127.0.0.1:8000").good();
    assert_eq!(built.holding("https://news.example"), Vec::<&str>::new());
    assert!(
        built
            .output("site/robots.txt")
            .contains("http://127.0.0.1:8000/sitemap.xml")
    );
}

#[test]
fn a_newsroom_without_documents_is_a_site() {
    let built = Newsroom::new().good();
    assert_eq!(built.says("/en/", "lead"), "");
    assert!(
        !built.has("site/en/feed.xml"),
        "a feed without entries has no date"
    );
    assert_eq!(built.says("/en/", "sections"), "");
}

#[test]
fn a_folder_may_be_a_story() {
    let mut room = Newsroom::new().dossier("clip", "2025-01-27", "", "");
    let dossier = room.files.remove("content/media/clip.md").unwrap();
    room = room.file("content/media/clip/index.md", dossier);
    let built = room
        .story(
            "news/one/index.md",
            "2025-01-27",
            "image = { src = \"hands.png\", alt = \"A\" }",
            "",
        )
        .story(
            "news/one/index.fr.md",
            "",
            "",
            "[x](/news/2025-01-27-two/index.md)",
        )
        .story(
            "news/2025-01-27-two/index.md",
            "2025-01-27",
            "related = [\"/news/one/index.md\"]",
            "",
        )
        .story("pages/about/index.md", "", "", "")
        .story("news/three.md", "2025-01-28", "media = [\"clip\"]", "")
        .file("content/news/one/hands.png", crate::harness::png(4, 3))
        .good();
    for address in [
        "/en/news/2025/01/27/one/",
        "/fr/news/2025/01/27/one/",
        "/en/news/2025/01/27/two/",
        "/en/about/",
        "/en/video/clip/",
    ] {
        assert!(built.has(&format!("site{address}index.html")), "{address}");
    }
    assert!(built.fingerprinted("site/files/", ".png").is_some());
    assert!(
        built
            .body("/fr/news/2025/01/27/one/")
            .contains("/en/news/2025/01/27/two/")
    );
}

#[test]
fn a_name_with_a_point_is_no_language() {
    let built = Newsroom::new()
        .story(
            "news/report-on-example.io-incident.md",
            "2025-01-27",
            "",
            "",
        )
        .story("news/all-about-example.io.md", "2025-01-27", "", "")
        .story("news/visit.old.md", "2025-01-27", "", "")
        .story("news/meeting-no.10.md", "2025-01-27", "", "")
        .good();
    for slug in [
        "report-on-example-io-incident",
        "all-about-example-io",
        "visit-old",
        "meeting-no-10",
    ] {
        assert!(
            built.has(&format!("site/en/news/2025/01/27/{slug}/index.html")),
            "{slug}"
        );
    }
}

#[test]
fn a_text_with_a_comma_is_a_warning_until_it_is_a_list() {
    let built = Newsroom::new()
        .file(
            "content/news/a.md",
            "---\ntitle: A\ndate: 2025-01-01\ntopics: one, two\nauthors: [\"Bo, Ann\"]\n---\n",
        )
        .good();
    assert!(built.warns("content/news/a.md", "write topics: [\"one\", \"two\"]"));
    assert_eq!(built.diags.len(), 1, "{}", built.report());
}

#[test]
fn a_new_document_has_a_name_that_every_disk_holds() {
    let folder = crate::harness::Folder::new(&Newsroom::new());
    let arabic = "الإنفاق الدفاعي ".repeat(12);
    for title in ["word ".repeat(60), "w".repeat(300), arabic] {
        let output = folder.command(&["new", "news", &title]).output().unwrap();
        let path = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{title}");
        let name = path.trim().rsplit('/').next().unwrap();
        assert!(name.len() <= 103 && !name.contains("-.md"), "{name}");
    }
}

#[test]
fn names_too_long_for_an_address_are_told_once_where_they_stand() {
    let long = "long word ".repeat(30);
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-01",
            &format!("topics = [\"{long}\"]"),
            "",
        )
        .build();
    let reported = built.errors();
    assert_eq!(reported.len(), 1, "{}", built.report());
    assert_eq!(
        (reported[0].file.as_str(), reported[0].line),
        ("content/news/a.md", 4)
    );
    assert!(
        reported[0].text.contains("[topics.long-word-"),
        "{reported:?}"
    );
    assert!(
        !reported[0].text.contains("-]"),
        "cut at a word: {reported:?}"
    );
}
