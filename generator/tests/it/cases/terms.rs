//! Taxonomies, `terms.toml` and spelling.

use crate::harness::Newsroom;

const TERMS: &str = "[topics.defence-spending]\nname = { en = \"Defence spending\", fr = \"Dépenses de défense\" }\ntext = { en = \"All about *it*.\" }\n";

fn room() -> Newsroom {
    Newsroom::new()
        .file("content/terms.toml", TERMS)
        .story(
            "news/a.md",
            "2025-01-01",
            "topics = [\"defence-spending\"]",
            "",
        )
        .story(
            "news/b.md",
            "2025-01-02",
            "topics = [\"Defence Spending\", \"Dépenses de défense\"]",
            "",
        )
        .story("news/b.fr.md", "", "", "")
}

#[test]
fn a_value_is_the_slug_or_any_of_the_names() {
    let built = room().good();
    let page = "/en/topics/defence-spending/";
    assert_eq!(built.says(page, "items"), "[Story b][Story a]");
    assert!(built.page(page).starts_with("LIST term Defence spending\n"));
    assert_eq!(built.says(page, "text"), "<p>All about <em>it</em>.</p>");
    assert_eq!(
        built.says(page, "alternates"),
        "[en /en/topics/defence-spending/][fr /fr/topics/defence-spending/]"
    );
    assert!(
        built
            .page("/fr/topics/defence-spending/")
            .starts_with("LIST term Dépenses de défense\n")
    );
    assert_eq!(
        built.says("/en/topics/", "terms"),
        "[Defence spending /en/topics/defence-spending/ 2]"
    );
    assert_eq!(built.says("/fr/topics/", "title"), "Sujets");
    assert_eq!(built.paths("site/en/topics/").len(), 4);
}

#[test]
fn a_term_not_listed_is_one_of_its_own_in_any_script() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-01",
            "places = [\"الرياض\", \"Łódź\"]",
            "",
        )
        .good();
    assert!(built.has("site/en/places/الرياض/index.html"));
    assert_eq!(built.says("/en/places/łódź/", "items"), "[Story a]");
    assert_eq!(
        built.says("/en/places/łódź/", "url"),
        "/en/places/%C5%82%C3%B3d%C5%BA/"
    );
    assert_eq!(built.says("/en/places/", "title"), "Places");
}

#[test]
fn a_slip_in_a_term_is_a_warning() {
    let built = room()
        .story(
            "news/c.md",
            "2025-01-03",
            "topics = [\"Defense spending\"]",
            "",
        )
        .good();
    assert!(
        built.warns("content/news/c.md", "looks like `defence-spending`"),
        "{}",
        built.report()
    );
    let mut often = Newsroom::new();
    for i in 0..5 {
        often = often.story(
            &format!("news/{i}.md"),
            "2025-01-01",
            "people = [\"Ada Lovelace\"]",
            "",
        );
    }
    let built = often
        .story(
            "news/slip.md",
            "2025-01-01",
            "people = [\"Ada Lovelaec\"]",
            "",
        )
        .good();
    assert!(
        built.warns("content/news/slip.md", "looks like `ada-lovelace`"),
        "{}",
        built.report()
    );
}

#[test]
fn an_office_can_add_a_taxonomy() {
    let built = Newsroom::new()
        .tables("[taxonomies.regions]\ntitle = { en = \"Regions\", fr = \"Régions\" }")
        .story(
            "news/a.md",
            "2025-01-01",
            "regions = [\"Sahel\"]\nprojects = [\"x\"]",
            "",
        )
        .story("news/a.fr.md", "", "", "")
        .good();
    assert_eq!(built.says("/en/regions/sahel/", "items"), "[Story a]");
    assert_eq!(built.says("/fr/regions/", "title"), "Régions");
    assert_eq!(
        built.says("/en/news/2025/01/01/a/", "extra"),
        "{\"projects\":[\"x\"]}"
    );
}

#[test]
fn a_key_close_to_a_known_one_is_a_warning_and_kept() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-01", "topcs = [\"x\"]", "")
        .good();
    assert!(built.warns("content/news/a.md", "did you mean `topics`?"));
    assert_eq!(
        built.says("/en/news/2025/01/01/a/", "extra"),
        "{\"topcs\":[\"x\"]}"
    );
}

#[test]
fn a_term_doubled_on_a_document_counts_once() {
    let built = Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-01",
            "topics = [\"Trade\", \"trade\", \"TRADE\"]",
            "",
        )
        .good();
    assert_eq!(built.says("/en/topics/trade/", "items"), "[Story a]");
    assert_eq!(
        built.says("/en/topics/", "terms"),
        "[Trade /en/topics/trade/ 1]"
    );
}

#[test]
fn a_term_is_who_its_slug_says() {
    let terms = "[topics.c]\nname = \"C\"\n[topics.csharp]\nname = \"C#\"\n\
        [places.georgia]\nname = { en = \"Georgia\", fr = \"Géorgie\" }\n[places.georgia-us]\nname = { en = \"Georgia\", fr = \"Géorgie (États-Unis)\" }\n";
    let room = Newsroom::new()
        .file("content/terms.toml", terms)
        .story(
            "news/a.md",
            "2025-01-01",
            "topics = [\"C\"]\nplaces = [\"georgia-us\"]",
            "",
        )
        .story(
            "news/b.md",
            "2025-01-02",
            "topics = [\"C#\"]\nplaces = [\"georgia\"]",
            "",
        )
        .story(
            "news/c.md",
            "2025-01-03",
            "topics = [\"csharp\", \"c\"]\nplaces = [\"géorgie\"]",
            "",
        );
    let built = room.good();
    assert_eq!(built.says("/en/topics/c/", "items"), "[Story c][Story a]");
    assert_eq!(
        built.says("/en/topics/csharp/", "items"),
        "[Story c][Story b]"
    );
    assert_eq!(built.says("/en/places/georgia-us/", "items"), "[Story a]");
    assert_eq!(
        built.says("/en/places/georgia/", "items"),
        "[Story c][Story b]"
    );
}

#[test]
fn a_name_of_several_terms_is_refused_whether_its_story_is_out_or_not() {
    let long = format!("topics = [\"{}\"]", "long ".repeat(60));
    let terms = "[places.georgia]\nname = \"Georgia\"\n[places.georgia-us]\nname = \"Georgia\"\n[topics.c]\nname = \"C\"\n";
    for (keys, said) in [
        ("places = [\"Georgia\"]", "`georgia` and `georgia-us`"),
        ("places = [\"GEORGIA\"]", "several terms"),
        (
            "topics = [\"C++\"]",
            "[topics.c-plus-plus] and below it name = \"C++\"",
        ),
        ("topics = [\"+++\"]", "no letter or digit"),
        ("events = [\"A+\", \"A\"]", "have one address: a"),
        (&long, "too long for an address"),
    ] {
        for more in [
            "",
            "embargo = 2025-03-01T00:00:00Z",
            "expires = 2025-01-20T00:00:00Z",
        ] {
            let built = Newsroom::new()
                .file("content/terms.toml", terms)
                .story("news/a.md", "2025-01-01", &format!("{keys}\n{more}"), "")
                .build();
            let errors = built.errors();
            assert_eq!(errors.len(), 1, "{keys} {more}: {errors:#?}");
            assert_eq!(
                (errors[0].file.as_str(), errors[0].line),
                ("content/news/a.md", 4)
            );
            assert!(errors[0].text.contains(said), "{errors:#?}");
        }
        let draft = Newsroom::new().file("content/terms.toml", terms).story(
            "news/a.md",
            "2025-01-01",
            &format!("{keys}\ndraft = true"),
            "",
        );
        draft.good();
    }
}

#[test]
fn eight_thousand_terms_in_one_story_make_eight_thousand_small_feeds() {
    let names: Vec<String> = (0..8000).map(|n| format!("\"Term {n}\"")).collect();
    let keys = format!("topics = [{}]", names.join(", "));
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-01", &keys, "")
        .good();
    let feeds = built.paths("site/en/topics/");
    let feeds = feeds.iter().filter(|path| path.ends_with("feed.xml"));
    let sizes: Vec<usize> = feeds.map(|path| built.output(path).len()).collect();
    assert_eq!(sizes.len(), 8000);
    assert!(sizes.iter().all(|size| *size < 20_000));
}
