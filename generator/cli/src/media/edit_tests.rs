//! What an editor wrote stays, byte for byte.

use proptest::prelude::*;

use super::*;

fn field(key: &'static str, value: impl Into<Toml>, when: When) -> Field {
    Field {
        key,
        value: value.into(),
        when,
    }
}

fn wanted(name: &str, sum: &str) -> Wanted {
    Wanted {
        name: name.to_owned(),
        fields: vec![
            field("name", name, When::Differs),
            field("file", "clip.mov", When::Differs),
            field("label", "1080p25", When::New),
            field("gated", true, When::New),
            field("type", "video/quicktime", When::Replaced),
            field("size", 5, When::Differs),
            field("sha256", sum, When::Differs),
            field("codec", "H.264", When::Replaced),
            field("audio", "Stereo", When::Replaced),
        ],
    }
}

const BLOCK: &str = "[[rendition]]\nname = \"broadcast\"\nfile = \"clip.mov\"\nlabel = \"1080p25\"\ngated = true\ntype = \"video/quicktime\"\nsize = 5\nsha256 = \"ab\"\ncodec = \"H.264\"\naudio = \"Stereo\"\n";

const HEAD: &str = "+++\ntitle = \"A\"   # a comment\ntopics = [\n  \"x\",\n]\n";

#[test]
fn a_first_rendition_goes_to_the_end() {
    let text = format!("{HEAD}\n[[shot]]\nat = \"00:00\"\ntext = \"A\"\n+++\nBody [[rendition]]\n");
    let out = apply(&text, &wanted("broadcast", "ab")).unwrap();
    assert_eq!(
        out,
        text.replace("\n+++\nBody", &format!("\n\n{BLOCK}+++\nBody"))
    );
    assert_eq!(apply(&out, &wanted("broadcast", "ab")).unwrap(), out);
}

#[test]
fn a_further_one_follows_the_others() {
    let other = "[[rendition]] # the other\nname = \"preview\"\n[rendition.label]\nen = \"P\"   # its name\n";
    let text = format!("{HEAD}{other}\n# captions\n[[captions]]\nlang = \"en\"\n+++\n");
    let out = apply(&text, &wanted("broadcast", "ab")).unwrap();
    assert_eq!(
        out,
        text.replace("# its name\n", &format!("# its name\n\n{BLOCK}"))
    );
    assert_eq!(apply(&out, &wanted("broadcast", "ab")).unwrap(), out);
}

#[test]
fn an_old_one_changes_only_where_it_must() {
    let old = "[[rendition]]\n  name = 'broadcast'   # on air\n  label = { en = \"Broadcast\", fr = \"Diffusion\" }\n  gated = false\n  file = \"old.mov\"\n  size = 4  # bytes\n  sha256 = \"cd\"\n  audio = \"Stereo, clean\"\n  codec = \"H.265\" # was\n";
    let text = format!("{HEAD}{old}[extra]\nx = 1\n+++\n");
    let out = apply(&text, &wanted("broadcast", "ab")).unwrap();
    let expected = text
        .replace(
            "\"old.mov\"\n",
            "\"clip.mov\"\n  type = \"video/quicktime\"\n",
        )
        .replace("size = 4 ", "size = 5 ")
        .replace("\"cd\"", "\"ab\"")
        .replace("\"H.265\"", "\"H.264\"");
    assert_eq!(out, expected);
    assert_eq!(apply(&out, &wanted("broadcast", "ab")).unwrap(), out);
}

#[test]
fn the_same_file_again_keeps_the_editors_words() {
    let text =
        format!("{HEAD}{BLOCK}+++\n").replace("codec = \"H.264\"", "codec = \"AVC-Intra 100\"");
    assert_eq!(apply(&text, &wanted("broadcast", "ab")).unwrap(), text);
}

#[test]
fn line_ends_and_marks_of_other_systems_stay() {
    let text = format!("\u{feff}{HEAD}[[rendition]]\nname = \"preview\"\n+++\nBody\n")
        .replace('\n', "\r\n");
    let out = apply(&text, &wanted("broadcast", "ab")).unwrap();
    assert_eq!(out.matches('\n').count(), out.matches("\r\n").count());
    assert_eq!(
        out.replace(&format!("\r\n{}", BLOCK.replace('\n', "\r\n")), ""),
        text
    );
}

#[test]
fn what_cannot_be_spliced_is_refused() {
    let yaml = "---\ntitle: A\n---\n";
    assert_eq!(apply(yaml, &wanted("b", "ab")), Err(Refusal::Yaml));
    let inline = "+++\ntitle = \"A\"\nrendition = [{ name = \"b\" }]\n+++\n";
    assert_eq!(apply(inline, &wanted("b", "ab")), Err(Refusal::Inline));
    for broken in ["", "title", "+++\ntitle = \n+++\n", "+++\ntitle = \"A\"\n"] {
        assert_eq!(
            apply(broken, &wanted("b", "ab")),
            Err(Refusal::Broken),
            "{broken}"
        );
    }
    assert!(
        wanted("b", "ab")
            .yaml()
            .starts_with("  - name: \"b\"\n    file: \"clip.mov\"\n")
    );
}

proptest! {
    #[test]
    fn whatever_stands_around_it_stays(
        before in "(title = \"[a-zé]{0,9}\"( # [a-z\\[\\]]{0,5})?\n)?(\n|# x\n){0,3}",
        names in proptest::collection::vec("[a-d]", 0..4),
        after in "(\n|# y\n|\\[\\[shot\\]\\]\nat = \"00:00\"\n){0,3}",
        body in "[ -~\n]{0,60}",
        crlf: bool,
    ) {
        let mut names = names;
        names.sort();
        names.dedup();
        let blocks: String = names.iter().map(|n| format!("[[rendition]]\nname = \"{n}\" # n\nsize = 1\n\n")).collect();
        let mut text = format!("+++\n{before}{blocks}{after}+++\n{body}");
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let out = apply(&text, &wanted("b", "ab")).unwrap();
        // Every line that was there is there, in its order, but for the size of the one that changed.
        let mut lines = out.lines();
        for line in text.lines().filter(|l| *l != "size = 1") {
            prop_assert!(lines.any(|l| l == line), "{line:?} lost in\n{out}");
        }
        prop_assert_eq!(apply(&out, &wanted("b", "ab")).unwrap(), out);
    }
}
