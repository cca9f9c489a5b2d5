//! The examples of `docs/editors.md` on stories that come, end, move and go, built as they stand there.

use dateline_contract::edge::{Answer, EdgeRules};

use crate::harness::{Folder, NOW, Newsroom};

const MANUAL: &str = include_str!("../../../../docs/editors.md");
const LEDGER: &str = "content/addresses.lock";

/// The examples of a part of the manual: what is written behind the language, and the text.
fn examples(heading: &str) -> Vec<(&'static str, &'static str)> {
    let (_, part) = MANUAL.split_once(&format!("\n## {heading}\n")).unwrap();
    let part = part.split("\n## ").next().unwrap();
    let blocks = part.split("\n```").skip(1).step_by(2);
    let named = blocks.filter_map(|block| {
        let (head, text) = block.split_once('\n')?;
        Some((head.split_once(' ')?.1, text))
    });
    named.collect()
}

fn room() -> Newsroom {
    room_of("Moved and removed stories")
}

fn room_of(heading: &str) -> Newsroom {
    let files = examples(heading).into_iter();
    let files = files.filter(|(path, _)| path.starts_with("content/"));
    files.fold(Newsroom::new(), |room, (path, text)| {
        room.file(path, format!("{text}\n"))
    })
}

#[test]
fn the_examples_on_moved_and_removed_stories_do_what_is_said() {
    let built = room().good();
    assert_eq!(built.diags, [], "{}", built.report());
    let rules = EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    let visit = "/en/news/2025/01/27/visit-to-lisbon/";
    for (path, query, to) in [
        ("/en/news/2025/01/21/visit/", None, visit),
        ("/press/visit.html", Some("utm=1"), visit),
        ("/story.asp", Some("id=123"), visit),
        ("/archive/2012/a.html", None, "/en/news/"),
        ("/shop", None, "https://shop.example.org/"),
    ] {
        let answer = rules.answer(path, query);
        assert!(
            matches!(answer, Some(Answer::Moved(moved)) if moved.to == to),
            "{path}: {answer:?}"
        );
    }
    for gone in [
        "/en/about-us/",
        "/en/news/2025/01/20/harbour-opens",
        "/en/news/2025/01/22/offer/",
        "/offer/",
        "/picturedesk/1999/3.jpg",
    ] {
        assert_eq!(rules.answer(gone, None), Some(Answer::Gone), "{gone}");
    }
}

#[test]
fn the_manual_shows_the_error_as_it_is() {
    let story = "content/news/visit-to-lisbon.md";
    let text = String::from_utf8(room().files[story].clone()).unwrap();
    let alias = "aliases = [\"/en/news/2025/01/21/visit/\"]\n";
    assert!(text.contains(alias));
    let built = room().file(story, text.replace(alias, "")).build();
    let (_, shown) = examples("Moved and removed stories")
        .into_iter()
        .find(|(name, _)| *name == "error")
        .unwrap();
    assert_eq!(built.report(), shown);
    // Without the other lines the rest of the file vanishes too.
    let errors = room().without("content/redirects.toml").build().errors();
    assert_eq!(
        errors
            .iter()
            .map(|f| (&*f.file, f.line))
            .collect::<Vec<_>>(),
        [(LEDGER, 3), (LEDGER, 4)]
    );
}

#[test]
fn the_examples_on_what_is_published_when_do_what_is_said() {
    const HEADING: &str = "What is published when";
    let shown = |name: &str| {
        let all = examples(HEADING);
        all.into_iter().find(|(n, _)| *n == name).unwrap().1
    };
    let room = room_of(HEADING);
    let built = room.good();
    assert_eq!(built.report(), shown("warning"));
    let outs = |built: &crate::harness::Built| {
        let pages = built.paths("site/en/");
        let story = |name: &str| pages.iter().any(|p| p.contains(&format!("/{name}/index")));
        [story("signing"), story("invitation")]
    };
    assert_eq!(outs(&built), [false, true]);
    let signed = room.clone().at("2025-03-01T11:00:00Z").good();
    assert_eq!(outs(&signed), [true, true]);
    let late = room.clone().at("2025-03-01T17:00:00Z").good();
    assert_eq!(outs(&late), [true, false]);
    let list = "themes/plain/templates/list.html";
    let fails = "{% if list.total == 2 %}{{ list.never.there }}{% endif %}";
    let text = String::from_utf8(room.files[list].clone()).unwrap() + fails;
    let ahead = room.clone().file(list, text).build().report();
    let note = "from 2025-03-01 18:00 on, when content/news/invitation.md expires";
    assert!(ahead.contains(note) && MANUAL.contains(note), "{ahead}");
    let speech = "content/news/speech.md";
    let text = String::from_utf8(room.files[speech].clone()).unwrap();
    let wrong = room.file(speech, text.replace("T12:00", "T15:00")).build();
    let error = wrong.report();
    assert!(error.contains(shown("error")), "{error}");
    let folder = Folder::new(&room_of(HEADING));
    let command = |arguments: &[&str]| {
        let at = ["next-change", "--at", NOW];
        let output = folder.command(&[&at[..], arguments].concat()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(command(&[]).trim_end(), shown("next-change"));
    assert!(
        command(&["--all"])
            .ends_with("2025-03-01 18:00 Europe/Brussels: content/news/invitation.md expires\n")
    );
    let reported: serde_json::Value = serde_json::from_str(&command(&["--json"])).unwrap();
    assert_eq!(reported["next_change"], "2025-03-01T12:00:00+01:00");
    assert_eq!(reported["changes"][1]["document"], "content/news/speech.md");
}
