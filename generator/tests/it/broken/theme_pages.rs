//! One mistake of a template fails on every page: it is reported once.

use crate::harness::Newsroom;

#[test]
fn a_mistake_on_many_pages_is_told_once_with_a_count() {
    let mut room =
        Newsroom::new().file("themes/plain/templates/article.html", "{{ article.titel }}");
    for i in 0..12 {
        room = room.story(&format!("news/s{i:02}.md"), "2025-01-01", "", "");
    }
    let errors = room.build().errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0]
            .text
            .contains("while rendering content/news/s00.md | and 11 more pages"),
        "{errors:#?}"
    );
}

#[test]
fn mistakes_of_several_documents_come_in_one_run_in_order() {
    let built = Newsroom::new()
        .story("news/b.md", "2025-01-01", "kind = \"x\"", "[x](nowhere.md)")
        .story("news/a.md", "2025-01-01", "draft = 3", "")
        .story(
            "news/c.md",
            "2025-01-01",
            "",
            "[x](nowhere.md)\n\n[y](b.md) [z](a.md)",
        )
        .build();
    let places: Vec<(String, usize)> = built
        .errors()
        .into_iter()
        .map(|f| (f.file, f.line))
        .collect();
    let expected = [
        ("content/news/a.md", 4),
        ("content/news/b.md", 4),
        ("content/news/c.md", 5),
    ];
    assert_eq!(
        places,
        expected.map(|(file, line)| (file.to_owned(), line)),
        "links to broken documents are no mistakes"
    );
}
