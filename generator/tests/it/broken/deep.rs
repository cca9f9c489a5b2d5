//! Inputs nested so deeply that a careless reader would overflow its stack: through the program, since
//! an overflow would end the tests too.

use crate::harness::{Folder, Newsroom};

/// Builds, and expects findings or a site, but never a crash.
fn survives(name: &str, path: &str, content: String) {
    let room = Newsroom::new().story(
        "news/good.md",
        "2025-01-01",
        "",
        "::: quote by=\"x\"\ny\n:::",
    );
    let folder = Folder::new(&room.file(path, content));
    let output = folder.build();
    let code = output.status.code();
    let reported = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        matches!(code, Some(0 | 1)),
        "{name}: {:?} {reported}",
        output.status
    );
    assert!(!reported.contains("panicked"), "{name}: {reported}");
}

const DEEP: usize = 20_000;

fn article(keys: &str, body: &str) -> String {
    format!("+++\ntitle = \"A\"\ndate = 2025-01-01\n{keys}\n+++\n{body}\n")
}

fn yaml(keys: &str) -> String {
    format!("---\ntitle: A\ndate: 2025-01-01\n{keys}\n---\n")
}

#[test]
fn deep_front_matter_is_survived() {
    let n = DEEP;
    let path = "content/news/deep.md";
    survives(
        "lists",
        path,
        article(&format!("x = {}{}", "[".repeat(n), "]".repeat(n)), ""),
    );
    survives(
        "open lists",
        path,
        article(&format!("x = {}", "[".repeat(n)), ""),
    );
    survives(
        "tables",
        path,
        article(&format!("x = {}1{}", "{a=".repeat(n), "}".repeat(n)), ""),
    );
    survives(
        "dotted",
        path,
        article(&format!("{}a = 1", "a.".repeat(n)), ""),
    );
    survives(
        "header",
        path,
        article(&format!("[{}a]", "a.".repeat(n)), ""),
    );
    survives(
        "yaml lists",
        path,
        yaml(&format!("x: {}{}", "[".repeat(n), "]".repeat(n))),
    );
    survives(
        "yaml maps",
        path,
        yaml(&format!("x: {}1{}", "{a: ".repeat(n), "}".repeat(n))),
    );
    survives(
        "yaml blocks",
        path,
        yaml(&format!("x:\n {}", "- ".repeat(n))),
    );
    let bomb: String = (1..40)
        .map(|i| format!("k{i}: &a{i} [*a{0}, *a{0}]\n", i - 1))
        .collect();
    survives("yaml aliases", path, yaml(&format!("k0: &a0 x\n{bomb}")));
}

#[test]
fn deep_settings_are_survived() {
    let head = "name = \"A\"\nbase_url = \"https://a.example\"\n";
    for file in ["content/site.toml", "content/terms.toml"] {
        let head = if file.contains("site") { head } else { "" };
        survives("lists", file, format!("{head}x = {}", "[".repeat(DEEP)));
        survives(
            "dotted",
            file,
            format!("{head}{}a = 1", "topics.".repeat(DEEP)),
        );
        survives(
            "header",
            file,
            format!("{head}[{}a]", "topics.".repeat(DEEP)),
        );
    }
}

#[test]
fn deep_bodies_are_survived() {
    let n = DEEP;
    let path = "content/news/deep.md";
    for (name, body) in [
        ("quotes", "> ".repeat(n) + "x"),
        ("lists", "- ".repeat(n) + "x"),
        ("brackets", "[".repeat(n) + "x"),
        ("closed brackets", "[".repeat(n) + &"](x)".repeat(n)),
        ("pictures", "![".repeat(n) + "x"),
        ("stars", "*".repeat(n) + "x"),
        ("emphasis", "*a ".repeat(n)),
        ("strong", "**a ".repeat(n) + &"b** ".repeat(n)),
        ("html", "<b>".repeat(n)),
        ("ticks", "`a``".repeat(n)),
        ("notes", "[^a]".repeat(n)),
        ("directives", "::: quote\n".repeat(1_000)),
        ("tables", "|a".repeat(n) + "\n" + &"|-".repeat(n)),
    ] {
        survives(name, path, article("", &body));
    }
}

#[test]
fn a_note_that_calls_itself_ends() {
    survives(
        "notes",
        "content/news/deep.md",
        article("", "A[^a].\n\n[^a]: B[^b].\n\n[^b]: C[^a] D[^b]."),
    );
}

#[test]
fn deep_themes_are_survived() {
    let n = 5_000;
    let page = "themes/plain/templates/page.html";
    survives(
        "parentheses",
        page,
        format!("{{{{ {}1{} }}}}", "(".repeat(n), ")".repeat(n)),
    );
    survives(
        "ifs",
        page,
        "{% if lang %}".repeat(n) + &"{% endif %}".repeat(n),
    );
    survives(
        "lists",
        page,
        format!("{{{{ {}{} }}}}", "[".repeat(n), "]".repeat(n)),
    );
    survives(
        "nots",
        page,
        format!("{{% if {} lang %}}x{{% endif %}}", "not ".repeat(n)),
    );
    let css = "themes/plain/assets/css/site.css";
    survives("rules", css, "a{".repeat(n) + &"}".repeat(n));
    survives(
        "values",
        css,
        format!("a{{width:{}1px{}}}", "calc(".repeat(n), ")".repeat(n)),
    );
    survives("imports", css, "@import \"site.css\";".to_owned());
    let ftl = "themes/plain/i18n/en.ftl";
    survives(
        "placeables",
        ftl,
        format!("a = {}\"x\"{}\n", "{".repeat(n), "}".repeat(n)),
    );
    survives(
        "circle",
        ftl,
        "not-found-title = { gone-title }\ngone-title = { not-found-title }\n".to_owned(),
    );
}

#[test]
fn deep_folders_are_survived() {
    let path = format!("content/news/{}deep.md", "d/".repeat(300));
    survives("folders", &path, article("", "x"));
}
