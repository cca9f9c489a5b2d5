//! Edits of the file of all addresses and of the one for former systems, and what builds add to the former.

use std::sync::Mutex;

use dateline::{
    base::files::Files,
    incremental,
    pipeline::{Addresses, Progress, Stage},
};

use super::{Edit, desk::Desk, faults::rich, world::World};

const LEDGER: &str = "content/addresses.lock";
const REDIRECTS: &str = "content/redirects.toml";

/// The sources keep what a build wrote there.
pub fn keep(desk: &Desk, world: &mut World) {
    if world.addresses == Addresses::Add
        && let Ok(text) = desk.files.read(LEDGER)
    {
        world.put(LEDGER, text.bytes);
    }
}

fn line(world: &mut World, text: &str) {
    if !world.files.contains_key(LEDGER) {
        world.put(LEDGER, "");
    }
    world.append(LEDGER, text);
}

fn redirects(world: &mut World, gone: &str, lines: &str) {
    world.put(
        REDIRECTS,
        format!("gone = [{gone}]\n[redirects]\n{lines}\n"),
    );
}

/// The edits.
pub const EDITS: &[Edit] = &[
    ("addresses: a build adds them", |w, _| {
        w.addresses = Addresses::Add
    }),
    ("addresses: a build leaves them", |w, _| {
        w.addresses = Addresses::Leave;
        w.touched = !w.touched;
    }),
    ("addresses: one that is there", |w, _| {
        line(w, "/en/news/2025/01/01/s1/ 2025-01-01")
    }),
    ("addresses: one that vanished", |w, r| {
        let n = r.below(9);
        line(w, &format!("/en/news/2025/01/1{n}/was/ 2025-01-20"));
    }),
    ("addresses: doubled lines", |w, _| {
        line(w, "/en/");
        w.change(LEDGER, |t| {
            format!("{0}{0}", t.replace("/en/\n", "/en/ 2025-01-01\n"))
        });
    }),
    ("addresses: a merge left unfinished", |w, _| {
        line(w, "<<<<<<< HEAD")
    }),
    ("addresses: none", |w, _| {
        w.remove(LEDGER);
        w.put("content/static/no-ledger.txt", "");
    }),
    ("redirects: to a story", |w, r| {
        let n = r.below(4);
        redirects(w, "", &format!("\"/story.asp?id={n}\" = \"/news/s1.md\""));
    }),
    ("redirects: to an address", |w, _| {
        redirects(w, "\"/gone/*\"", "\"/t/*\" = \"/en/topics/trade/\"");
    }),
    ("redirects: what vanished is gone", |w, _| {
        redirects(w, "\"/en/gone/*\", \"/en/news/2025/01/11/was/\"", "");
    }),
    ("redirects: to nothing", |w, _| {
        redirects(w, "", "\"/x/\" = \"/news/none.md\"")
    }),
    ("redirects: from a page", |w, _| {
        redirects(w, "", "\"/en/\" = \"/news/s1.md\"")
    }),
    ("redirects: none", |w, _| {
        w.remove(REDIRECTS);
        w.put("content/static/no-redirects.txt", "");
    }),
];

/// The stages that a build went through.
#[derive(Default)]
struct Heard(Mutex<Vec<Stage>>);

impl Progress for Heard {
    fn stage(&self, stage: Stage, _: std::time::Duration) {
        self.0.lock().unwrap().push(stage);
    }
}

#[test]
fn a_build_that_adds_addresses_leaves_the_next_one_nothing_to_do() {
    let mut world = rich();
    world.addresses = Addresses::Add;
    let mut desk = Desk::new();
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
    let first = desk.files.read(LEDGER).unwrap().bytes;
    assert!(first.starts_with(b"# Every address"));
    // Its stamp is too fresh to be trusted at first, and then it is.
    for _ in 0..3 {
        let (heard, mut diags) = (Heard::default(), Vec::new());
        let inputs = desk.inputs(&world, desk.files.clone());
        let built =
            incremental::build(&inputs, &desk.disk(), desk.out(), &heard, &mut diags).unwrap();
        assert_eq!((built.emitted.written, built.emitted.removed), (0, 0));
        let stages = heard.0.lock().unwrap();
        assert!(
            !stages.contains(&Stage::Link),
            "the long way is taken for nothing"
        );
        desk.rest();
    }
    assert_eq!(desk.files.read(LEDGER).unwrap().bytes, first);
}

#[test]
fn no_build_fails_because_time_passed() {
    let mut world = rich();
    world.addresses = Addresses::Add;
    let story = |keys: &str| format!("+++\ntitle = \"T\"\ndate = 2025-01-20\n{keys}\n+++\nText.\n");
    for (name, keys) in [
        (
            "held",
            "embargo = 2025-02-04T09:00:00Z\naliases = [\"/f/held/\"]",
        ),
        (
            "short",
            "embargo = 2025-02-04T09:00:00Z\nexpires = 2025-02-08T09:00:00Z\ntopics = [\"Brief\", \"Short\"]",
        ),
        (
            "ends",
            "expires = 2025-02-06T09:00:00Z\naliases = [\"/f/ends/\"]",
        ),
        ("draft", "draft = true\naliases = [\"/f/draft/\"]"),
    ] {
        world.put(&format!("content/news/{name}.md"), story(keys));
    }
    world.put(
        "content/news/later.md",
        story("").replace("2025-01-20", "2025-02-05T09:00:00Z"),
    );
    redirects(
        &mut world,
        "\"/g/*\"",
        "\"/a/\" = \"/news/held.md\"\n\"/b/\" = \"/news/ends.md\"\n\"/c/\" = \"/en/topics/brief/\"\n\
         \"/d/\" = \"/en/news/2025/01/20/short/\"\n\"/en/topics/short/\" = \"/news/later.md\"",
    );
    let mut desk = Desk::new();
    for day in [0, 1, 3, 4, 5, 8, 40] {
        world.day = day;
        desk.take(&world);
        assert_eq!(desk.compare(&world), Ok(true), "after {day} days");
        keep(&desk, &mut world);
        desk.rest();
    }
    let text = world.text(LEDGER);
    for (address, day) in [
        ("/f/held/", "2025-02-04"),
        ("/en/news/2025/01/20/short/", "2025-02-04"),
        ("/f/ends/", "2025-02-01"),
    ] {
        assert!(
            text.contains(&format!("{address} {day}\n")),
            "{address} in {text}"
        );
    }
    assert!(!text.contains("draft"), "{text}");
}

#[test]
fn what_a_build_before_left_out_is_added_by_the_next() {
    let mut world = rich();
    let mut desk = Desk::new();
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
    assert!(desk.files.read(LEDGER).is_err());
    world.addresses = Addresses::Add;
    assert_eq!(desk.compare(&world), Ok(true));
    let all = desk.files.read(LEDGER).unwrap().bytes;
    // Somebody takes a line away.
    let text = String::from_utf8(all.clone()).unwrap();
    let fewer: String = text.lines().skip(3).map(|l| format!("{l}\n")).collect();
    desk.files.put(LEDGER, fewer.into_bytes());
    desk.rest();
    assert!(desk.build(&world).is_some());
    let lines = |bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .filter(|l| l.starts_with('/'))
            .count()
    };
    assert_eq!(lines(desk.files.read(LEDGER).unwrap().bytes), lines(all));
}
