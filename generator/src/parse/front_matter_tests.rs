use super::*;
use crate::{base::files::Mem, config::LangId};

fn run(text: &str) -> (Option<(Meta, usize)>, Diagnostics) {
    let mut diags = Vec::new();
    let site = "name='N'\nbase_url='https://n.example'\ntime_zone='Europe/Brussels'\n";
    let config = Config::load(&Mem::default().with(crate::config::FILE, site), &mut diags).unwrap();
    let role = Role::Article {
        section: "news".into(),
    };
    let source = SourceFile {
        path: "content/news/a.md".into(),
        stem_length: 0,
        lang: LangId::default(),
        role,
    };
    let meta = read(text, &source, &config, &mut Vec::new(), &mut diags);
    (meta, diags)
}

#[test]
fn both_formats_say_the_same() {
    let toml = "+++\ntitle = \"A\"\ndate = 2025-01-27\ntopics = [\"X\"]\nmood = 3\n+++\nBody";
    let yaml = "---\r\ntitle: A\r\ndate: 2025-01-27\r\ntopics: X\r\nmood: 3\r\n---\r\nBody";
    for text in [toml, yaml] {
        let (meta, diags) = run(text);
        let (meta, body) = meta.unwrap();
        assert_eq!(diags, []);
        assert_eq!(&text[body..], "Body");
        assert_eq!(meta.title, "A");
        assert_eq!(
            meta.date.unwrap().value.rfc3339(),
            "2025-01-27T00:00:00+01:00"
        );
        assert_eq!(meta.terms[0][0].value, "X");
        assert_eq!(meta.extra.as_deref(), Some(r#"{"mood":3}"#));
    }
}

#[test]
fn a_slip_in_a_key_is_a_warning_with_the_key_that_is_meant() {
    let (meta, diags) =
        run("+++\ntitle = \"A\"\ndate = 2025-01-27\nlead-x = \"x\"\nlaed = \"y\"\n+++\n");
    assert!(meta.is_some());
    assert!(
        diags
            .iter()
            .any(|d| d.hint.as_deref() == Some("did you mean `lead`?")),
        "{diags:?}"
    );
}

#[test]
fn all_mistakes_of_a_document_are_told_at_once() {
    let text = "+++\ntitle = 3\ndate = \"soon\"\nkind = \"newz\"\nembargo = 2025-01-01\nimage = { src = \"a\", focus = \"left\" }\ndraft = \"yes\"\n+++\n";
    let (meta, diags) = run(text);
    assert!(meta.is_none());
    assert_eq!(diags.len(), 6, "{diags:#?}");
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "(\\+\\+\\+\n|---\n|title|date|image|corrections|topics| = |: |\"|\\[|\\]|\\{|\\}|\\PC|\n|2025-01-27|\\[\\[|&a|\\*a){0,40}") {
        let _ = run(&text);
        let _ = run(&format!("+++\n{text}\n+++\n"));
        let _ = run(&format!("---\n{text}\n---\n"));
    }
}
