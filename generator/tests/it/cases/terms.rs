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
