//! A sample of the tables through the program itself: exit status, findings as JSON, nothing written.

use super::{Case, tables};
use crate::harness::{Folder, Newsroom, printed, snapshot};

fn sample() -> impl Iterator<Item = Case> {
    tables::all().into_iter().step_by(13)
}

#[test]
fn the_program_refuses_a_sample_with_status_1() {
    let folder = Folder::new(&Newsroom::new().story("news/a.md", "2025-01-01", "", ""));
    assert_eq!(folder.build().status.code(), Some(0));
    let before = snapshot(&folder.dist());
    for case in sample() {
        folder.write(&case.room);
        let output = folder.build();
        assert_eq!(output.status.code(), Some(1), "{}: {output:?}", case.name);
        let found = printed(&output);
        let first = &case.expected[0];
        let as_expected = |d: &serde_json::Value| {
            d["severity"] == "error"
                && d["file"].as_str().unwrap_or_default() == first.file
                && d["line"].as_u64().unwrap_or_default() as usize == first.line
        };
        assert!(found.iter().any(as_expected), "{}: {found:#?}", case.name);
        assert_eq!(snapshot(&folder.dist()), before, "{}", case.name);
    }
}

#[test]
fn a_person_reads_place_line_and_advice() {
    let folder =
        Folder::new(&Newsroom::new().story("news/a.md", "2025-01-01", "kind = \"newz\"", ""));
    let output = folder.command(&["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    for part in [
        "error: there is no kind `newz`",
        "content/news/a.md:4:8",
        "kind = \"newz\"",
        "^^^^^^",
        "did you mean `news`?",
        "1 error",
    ] {
        assert!(text.contains(part), "{part} not in\n{text}");
    }
    assert!(!folder.dist().exists());
}

#[test]
fn wrong_usage_has_status_2() {
    let folder = Folder::new(&Newsroom::new());
    for arguments in [
        &["bild"][..],
        &["build", "--at", "soon"],
        &["build", "--base-url", "x"],
        &[],
    ] {
        let output = folder.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_preview_is_not_built_over_the_site() {
    let folder = Folder::new(&Newsroom::new().story("news/a.md", "2025-01-01", "", ""));
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dateline"));
        let command = command.arg("--root").arg(folder.root()).arg("build");
        command.args(arguments).output().unwrap()
    };
    for arguments in [&["--drafts"][..], &["--at", "2025-02-01"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("--out"), "{said}");
        assert!(!folder.root().join("dist").exists());
        // The same folder in other words.
        let same = folder.root().join("preview/.././dist");
        let named = [arguments, &["--out", same.to_str().unwrap()]].concat();
        assert_eq!(run(&named).status.code(), Some(2), "{arguments:?}");
        let preview = folder.root().join("preview");
        let named = [arguments, &["--out", preview.to_str().unwrap()]].concat();
        assert_eq!(run(&named).status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn a_flood_of_one_kind_does_not_bury_the_rest() {
    let body = "<p style=\"a\">x</p>\n\n".repeat(40);
    let room = Newsroom::new()
        .story("news/a.md", "2025-01-01", "", &body)
        .story("news/b.md", "2025-01-01", "laed = \"x\"", "");
    let folder = Folder::new(&room);
    let run = |arguments: &[&str]| {
        let all = [&["check"], arguments].concat();
        let output = folder.command(&all).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
        (out, err)
    };
    let (_, text) = run(&[]);
    assert_eq!(text.matches("content/news/a.md").count(), 3, "{text}");
    assert!(text.contains("… and 37 more of this kind"), "{text}");
    assert!(
        text.contains("did you mean `lead`?") && text.contains("41 warnings"),
        "{text}"
    );
    let (_, text) = run(&["--all"]);
    assert_eq!(text.matches("content/news/a.md").count(), 40);
    let (lines, _) = run(&["--json"]);
    assert_eq!(lines.matches("content/news/a.md").count(), 40);
}
