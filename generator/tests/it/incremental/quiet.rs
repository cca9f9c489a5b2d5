//! The short way after an edit of words: taken where it is promised, nowhere else, and always exact.

use std::sync::Arc;

use dateline::{base::files::Files, incremental, pipeline::Inputs};

use super::{
    Edit,
    desk::{Desk, scratch},
    faults::{built, rich},
    in_parallel, number, sites, step,
    world::{Rng, World},
};
use crate::harness::Silent;

const STORY: &str = "content/news/s1.md";

/// What builds remember, by path.
fn memory(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let (names, _) = desk.files.walk(".dateline");
    let read = |path: String| (path.clone(), desk.files.read(&path).unwrap().bytes);
    names.into_iter().map(read).collect()
}

/// When the snapshot of the site was written: the short way leaves it as it is.
fn snapshot_of(desk: &Desk) -> Vec<(String, i64)> {
    let (names, _) = desk.files.walk(".dateline");
    let site = names
        .into_iter()
        .filter(|n| n.starts_with(".dateline/site-"));
    let dated = site.map(|path| {
        let stamp = desk.disk().stamp(&path).unwrap();
        (path, stamp.latest())
    });
    let dated: Vec<_> = dated.collect();
    assert_eq!(dated.len(), 1);
    dated
}

/// Whether the build after an edit takes the short way. It must equal a clean one in any case.
fn is_short(name: &str, world: &World, edit: impl Fn(&mut World)) -> bool {
    let mut desk = built(world);
    let before = snapshot_of(&desk);
    let mut edited = world.clone();
    edit(&mut edited);
    assert!(edited != *world, "{name} edits nothing");
    desk.take(&edited);
    assert_eq!(desk.compare(&edited), Ok(true), "{name}");
    let short = snapshot_of(&desk) == before;
    // And back, which is an edit again.
    desk.rest();
    desk.take(world);
    assert_eq!(desk.compare(world), Ok(true), "{name}, undone");
    short
}

type Case = (&'static str, fn(&mut World));

#[test]
fn words_alone_take_the_short_way() {
    let cases: &[Case] = &[
        ("a body", |w| w.append(STORY, "More.")),
        ("a body cut short", |w| w.replace(STORY, "Text.\n", "\n")),
        ("a title", |w| {
            w.key(STORY, "title = \"Another, longer title\"")
        }),
        ("a lead", |w| w.key(STORY, "lead = \"What it is about.\"")),
        ("a correction", |w| {
            w.key(
                STORY,
                "corrections = [{ date = 2025-01-20, note = \"It was *two*.\" }]",
            );
        }),
        ("a first paragraph", |w| {
            w.replace(STORY, "Text.\n", "Another beginning.\n");
        }),
        ("a translation's body", |w| {
            w.append("content/news/s0.fr.md", "Encore.")
        }),
        ("a translation's title", |w| {
            w.key("content/news/s3.fr.md", "title = \"Autre\"")
        }),
        ("the body of what is translated", |w| {
            w.append("content/news/s3.md", "More.")
        }),
        ("a plain page's body", |w| {
            w.append("content/pages/about.md", "More.")
        }),
        ("a dossier's body, below its opening", |w| {
            w.append("content/media/clip.md", "\nMore.");
        }),
        ("two stories", |w| {
            w.append(STORY, "More.");
            w.key("content/news/s4.md", "title = \"Four\"");
        }),
        ("a touch", |w| w.append(STORY, "")),
    ];
    for (name, edit) in cases {
        assert!(is_short(name, &rich(), edit), "{name} takes the long way");
    }
}

#[test]
fn what_may_change_more_takes_the_long_way() {
    let cases: &[Case] = &[
        ("a slug", |w| w.key(STORY, "slug = \"other\"")),
        ("a link in a correction", |w| {
            w.key(
                STORY,
                "corrections = [{ date = 2025-01-20, note = \"It was [two](/news/s2.md).\" }]",
            );
        }),
        ("a link in a lead", |w| {
            w.key(STORY, "lead = \"[Two](/news/s2.md).\"")
        }),
        ("a date", |w| w.key(STORY, "date = 2025-01-04")),
        ("a topic", |w| w.key(STORY, "topics = [\"T9\"]")),
        ("a link", |w| w.append(STORY, "[x](/news/s5.md)")),
        ("a picture", |w| w.append(STORY, "![x](p.png)")),
        ("a heading", |w| w.append(STORY, "\n## Another")),
        ("the main picture's description", |w| {
            w.replace(STORY, "Picture 1", "Another")
        }),
        ("a figure's caption, which its file holds", |w| {
            w.replace(STORY, "Caption", "Another caption")
        }),
        ("an update", |w| {
            w.key(STORY, "updated = 2025-01-21T10:00:00Z")
        }),
        ("an alias", |w| w.key(STORY, "aliases = [\"/former/\"]")),
        ("related stories", |w| {
            w.key(STORY, "related = [\"/news/s6.md\"]")
        }),
        ("a dossier with it", |w| w.key(STORY, "media = [\"clap\"]")),
        ("a contact", |w| w.key(STORY, "contact = \"press\"")),
        ("authors", |w| w.key(STORY, "authors = [\"Bo\"]")),
        ("a place in the text's first line", |w| {
            w.key(STORY, "dateline = \"Ostend\"")
        }),
        ("a kind", |w| w.key(STORY, "kind = \"statement\"")),
        ("an end to come", |w| {
            w.key(STORY, "expires = 2026-01-01T00:00:00Z")
        }),
        ("a key of its own", |w| w.key(STORY, "extra = { mood = 3 }")),
        ("a plain page's title, which stands in the footer", |w| {
            w.key("content/pages/about.md", "title = \"Who we are\"");
        }),
        ("a dossier's title, which stands in the catalogue", |w| {
            w.key("content/media/clip.md", "title = \"Other\"");
        }),
        ("a dossier's opening", |w| {
            w.replace("content/media/clip.md", "See ", "Look at ")
        }),
        ("a transcript", |w| {
            w.append("content/media/clip.transcript.md", "More.")
        }),
        ("an embargo", |w| {
            w.key(STORY, "embargo = 2025-01-02T10:00:00Z")
        }),
        ("what is held back", |w| {
            w.append("content/speeches/talk.md", "More.")
        }),
        ("a new story", |w| {
            w.put(
                "content/news/new.md",
                "+++\ntitle = \"New\"\ndate = 2025-01-28\n+++\nText.\n",
            );
        }),
        ("a story and its picture", |w| {
            w.append(STORY, "More.");
            w.put("content/news/p.png", crate::harness::png(2, 3));
        }),
    ];
    for (name, edit) in cases {
        assert!(!is_short(name, &rich(), edit), "{name} takes the short way");
    }
}

#[test]
fn new_words_that_are_wrong_are_told_as_ever() {
    let world = rich();
    let mut desk = built(&world);
    let mut edited = world.clone();
    for text in [
        "<b onclick=\"x\">b</b>",
        "[x](/news/nowhere.md)",
        "\n::: quote\n",
    ] {
        edited.append(STORY, text);
        desk.rest();
        desk.take(&edited);
        assert!(desk.compare(&edited).is_ok());
    }
    desk.rest();
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
}

/// Edits of words, and what may come between them.
const WORDS: &[Edit] = &[
    ("body", |w, r| {
        let (path, n) = (w.article(r), r.next() % 100);
        w.append(&path, &format!("Words {n}."));
    }),
    ("title", |w, r| {
        let (path, n) = (w.article(r), r.next() % 100);
        w.key(&path, &format!("title = \"Title {n}\""));
    }),
    ("lead", |w, r| {
        let (path, n) = (w.article(r), r.next() % 100);
        w.key(&path, &format!("lead = \"Lead {n}.\""));
    }),
    ("no lead", |w, r| {
        let path = w.article(r);
        w.without_key(&path, "lead =");
    }),
    ("correction", |w, r| {
        let (path, n) = (w.article(r), r.below(8));
        let note = format!("It was [this](/news/s{n}.md).");
        w.key(
            &path,
            &format!("corrections = [{{ date = 2025-01-20, note = \"{note}\" }}]"),
        );
    }),
    ("page", |w, r| {
        let n = r.next() % 100;
        w.append("content/pages/about.md", &format!("Words {n}."));
    }),
    ("dossier", |w, r| {
        let path = w.dossier(r);
        w.append(&path, "\nMore words.");
    }),
    ("back to the first", |w, r| {
        let path = w.article(r);
        if let Some(first) = w.first.get(&path).cloned() {
            w.put(&path, first);
        }
    }),
];

#[test]
fn many_edits_of_words_in_a_row_equal_a_clean_build() {
    let seeds = number("INCREMENTAL_SEQUENCES", 8);
    in_parallel((0..seeds).collect(), |seed| {
        let (sites, mut rng) = (sites::all(), Rng::new(seed));
        let (name, world) = &sites[seed as usize % sites.len()];
        let (mut desk, mut world) = (Desk::new(), world.clone());
        for at in 0..15 {
            let steps = 1 + rng.below(2);
            for _ in 0..steps {
                let all = super::edits();
                // Once in a while, anything.
                let edits = if rng.below(8) == 0 { &all[..] } else { WORDS };
                let (_, edit) = edits[rng.below(edits.len())];
                edit(&mut world, &mut rng);
            }
            desk.wait(&mut rng);
            if let std::ops::ControlFlow::Break(why) = step(&mut desk, &mut world, "words") {
                return Err(format!("{name}, seed {seed}, step {at}: {why}"));
            }
        }
        Ok(())
    });
}

#[test]
fn memories_of_different_builds_may_be_mixed() {
    let world = rich();
    let mut edited = world.clone();
    edited.append(STORY, "More.");
    let mut twice = edited.clone();
    twice.key("content/news/s2.md", "title = \"Two\"");
    let mut loud = twice.clone();
    loud.key("content/news/s2.md", "slug = \"two\"");
    let mut desk = built(&world);
    let mut former = vec![memory(&desk)];
    for state in [&edited, &twice, &loud, &edited] {
        desk.rest();
        desk.take(state);
        assert_eq!(desk.compare(state), Ok(true));
        former.push(memory(&desk));
    }
    desk.rest();
    for (at, files) in former.iter().enumerate() {
        for (path, content) in files {
            desk.files.put(path, content.clone());
            let state = if at % 2 == 0 { &twice } else { &edited };
            desk.rest();
            desk.take(state);
            assert_eq!(desk.compare(state), Ok(true), "{path} of build {at}");
        }
    }
}

#[test]
fn another_output_folder_between_misleads_nobody() {
    let world = rich();
    let mut desk = built(&world);
    let other = scratch();
    let mut edited = world.clone();
    for n in 0..4 {
        edited.append(STORY, &format!("Words {n}."));
        desk.rest();
        desk.take(&edited);
        // The other folder's build sees the edit first, and remembers the files as they are now.
        let inputs: Inputs = desk.inputs(&edited, desk.files.clone() as Arc<dyn Files>);
        assert!(
            incremental::build(
                &inputs,
                &desk.disk(),
                other.path(),
                &Silent,
                &mut Vec::new()
            )
            .is_some()
        );
        desk.rest();
        assert_eq!(desk.compare(&edited), Ok(true), "edit {n}");
    }
}
