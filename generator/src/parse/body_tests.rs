use super::*;
use crate::{base::files::Mem, config::LangId, discover::Role, markdown::directive::Directive};

fn run(body: &str) -> (BodyFacts, Diagnostics) {
    let mut diags = Vec::new();
    let site = "name='N'\nbase_url='https://n.example'\n";
    let config = Config::load(&Mem::default().with(crate::config::FILE, site), &mut diags).unwrap();
    let source = SourceFile {
        path: "content/news/a.md".into(),
        stem_length: 0,
        lang: LangId::default(),
        role: Role::Dossier,
    };
    let facts = facts(body, Place::body(&source, 100), &config, &mut diags);
    (facts, diags)
}

#[test]
fn references_have_their_places_in_the_file() {
    let body =
        "See [it](/news/b.md#x).\n\n::: video id=\"clip\"\n:::\n\n![a](p.jpg) <mail@example.org>\n";
    let (facts, diags) = run(body);
    assert_eq!(diags, []);
    let found: Vec<(&str, LinkKind)> = facts.links.iter().map(|l| (&*l.href, l.kind)).collect();
    assert_eq!(
        found,
        [
            ("/news/b.md#x", LinkKind::Link),
            ("clip", LinkKind::Dossier),
            ("p.jpg", LinkKind::Image)
        ]
    );
    assert_eq!(facts.links[0].span, 104..122);
    assert_eq!(facts.opening.as_deref(), Some("See it."));
}

#[test]
fn anchors_are_those_that_the_writer_makes() {
    let body = "# One *more*\n\n## One more\n\n<p id=\"own\">x</p>\n\n## 1. A\nB\n===\n";
    let (facts, _) = run(body);
    let lang = crate::base::lang::Lang::parse("en").unwrap();
    struct None_;
    impl crate::markdown::html::Hooks for None_ {
        fn link(&mut self, _: &str) -> Option<String> {
            None
        }
        fn image(&mut self, _: &str, _: &str, _: &str, _: &mut String) {}
        fn directive(&mut self, _: &Directive, _: &str, _: &mut String) {}
    }
    let page = crate::markdown::html::Page::new(&lang, "", true);
    let html = crate::markdown::html::to_html(body, page, &mut None_);
    for entry in &html.toc {
        assert!(
            facts.anchors.iter().any(|a| **a == *entry.id),
            "{} not in {:?}",
            entry.id,
            facts.anchors
        );
    }
    assert!(facts.anchors.iter().any(|a| &**a == "own"));
}

#[test]
fn what_the_policy_blocks_is_a_warning_at_its_place() {
    let (_, diags) = run("<p style=\"x\">a</p>\n");
    assert_eq!(diags[0].span, Some(103..108));
    assert!(run("<script>x</script>\n").1[0].message.contains("script"));
}

proptest::proptest! {
    #[test]
    fn never_panics(body in "(\\PC|\n|\\[a\\]\\(|\\)|::: video id=\"|\n:::\n|<b style=|\"|#){0,60}") {
        let _ = run(&body);
    }
}
