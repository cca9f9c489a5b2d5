//! A mistake of the program itself ends no build: it is reported with the page, or there is a longer way.

use std::{
    io,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dateline::{
    base::{
        diag::Diagnostics,
        files::{FileProblem, Files, Taking, Version},
    },
    incremental,
};

use super::{
    Desk, World,
    desk::Disk,
    difference,
    faults::{built, rich, without_kits},
};
use crate::harness::{Silent, snapshot};

/// Files of which the program fails at some reads of one.
struct Failing {
    disk: Arc<Disk>,
    path: &'static str,
    /// The numbers of these reads, from 0.
    at: Range<usize>,
    reads: AtomicUsize,
}

impl Files for Failing {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        self.disk.walk(folder)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.disk.size(path)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        if path == self.path && self.at.contains(&self.reads.fetch_add(1, Ordering::SeqCst)) {
            panic!("a mistake of the program");
        }
        self.disk.pieces(path, take)
    }
}

/// Builds where these reads of a file fail: what is reported, and how often it was read.
fn tried(desk: &Desk, world: &World, path: &'static str, at: Range<usize>) -> (Diagnostics, usize) {
    let failing = Arc::new(Failing {
        disk: desk.files.clone(),
        path,
        at,
        reads: AtomicUsize::new(0),
    });
    let mut diags = Vec::new();
    let inputs = desk.inputs(world, failing.clone());
    incremental::build(&inputs, &desk.disk(), desk.out(), &Silent, &mut diags);
    (diags, failing.reads.load(Ordering::SeqCst))
}

fn same_as_clean(desk: &Desk, world: &World) {
    let wanted = snapshot(built(world).out());
    assert_eq!(difference(&wanted, &snapshot(desk.out())), None);
}

const STATIC: &str = "content/static/a.txt";

#[test]
fn a_panic_while_a_key_is_made_ends_no_build() {
    let world = rich();
    let mut desk = Desk::new();
    desk.take(&world);
    assert_eq!(tried(&desk, &world, STATIC, 0..1).0, vec![]);
    same_as_clean(&desk, &world);
}

#[test]
fn a_panic_while_an_output_is_copied_is_told_with_its_name() {
    let world = rich();
    let mut desk = Desk::new();
    desk.take(&world);
    let (diags, _) = tried(&desk, &world, STATIC, 0..2);
    let reported = diags
        .iter()
        .find(|d| d.message.contains("Dateline itself failed"));
    assert_eq!(reported.unwrap().notes, ["while rendering /a.txt"]);
}

/// Documents, what `link` reads beside them, and anything else.
#[test]
fn a_panic_before_anything_is_rendered_is_reported() {
    let mut world = rich();
    world.put(
        "content/media/c.vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n",
    );
    let sum = "ab".repeat(32);
    world.put(
        "content/media/captioned.md",
        format!(
            "+++\ntitle = \"Clip\"\ndate = 2025-01-01\nduration = \"00:01:30\"\n[[rendition]]\nname = \"broadcast\"\nfile = \"a.mp4\"\nlabel = \"A\"\ngated = true\ntype = \"video/mp4\"\nsize = 5\nsha256 = \"{sum}\"\n[[captions]]\nlang = \"en\"\nfile = \"c.vtt\"\n+++\n"
        ),
    );
    // What is cached of documents depends on the settings, so that they are read once before.
    for (path, file, at) in [
        ("content/news/s2.md", true, 0),
        ("content/media/c.vtt", true, 0),
        ("content/site.toml", false, 1),
        ("themes/plain/i18n/en.ftl", false, 0),
    ] {
        let mut desk = Desk::new();
        desk.take(&world);
        let (diags, reads) = tried(&desk, &world, path, at..at + 1);
        assert!(reads > at, "{path}");
        let diag = diags
            .iter()
            .find(|d| d.message.contains("Dateline itself failed"));
        let diag = diag.unwrap_or_else(|| panic!("{path}: {diags:?}"));
        assert_eq!(diag.file.as_deref(), file.then_some(path));
        // The next build does as if nothing had been.
        assert_eq!(tried(&desk, &world, path, 0..0).0, vec![], "{path}");
        same_as_clean(&desk, &world);
    }
}

#[test]
fn a_panic_in_the_short_way_leads_to_the_long_one() {
    let mut world = rich();
    let mut desk = built(&world);
    desk.rest();
    let path = "content/news/s2.md";
    world.replace(path, "Text.", "Words.");
    desk.take(&world);
    // The first read compares it with the last build.
    let (diags, reads) = tried(&desk, &world, path, 1..2);
    assert!(diags.is_empty() && reads > 2, "{diags:?}");
    same_as_clean(&desk, &world);
}

#[test]
fn a_picture_that_was_not_touched_is_never_read_again() {
    for path in [
        "content/news/p.png",
        "content/static/p.png",
        "content/media/poster.png",
    ] {
        let mut world = without_kits();
        let mut desk = built(&world);
        world.put(
            "content/news/new.md",
            "+++\ntitle = \"New\"\ndate = 2025-01-20\nimage = { src = \"p.png\", alt = \"x\" }\n+++\n![p](/p.png)\n",
        );
        desk.take(&world);
        assert_eq!(tried(&desk, &world, path, 0..2), (vec![], 0), "{path}");
        same_as_clean(&desk, &world);
    }
}

#[test]
fn a_build_reads_no_file_more_often_than_it_must() {
    let world = without_kits();
    for (path, new) in [
        // To parse it, to count usual words for the gate, and to render its body.
        ("content/news/s2.md", 3),
        // To judge it or digest it, to copy it, and to search it for what is held back. Once more for derivatives.
        ("content/news/p.png", 4),
        (STATIC, 3),
    ] {
        let mut desk = Desk::new();
        desk.take(&world);
        let (diags, reads) = tried(&desk, &world, path, 0..0);
        assert_eq!((diags, reads), (vec![], new), "{path}");
        // Two builds, so that stamps are old enough to be trusted.
        for _ in 0..2 {
            desk.rest();
            tried(&desk, &world, path, 0..0);
        }
        assert_eq!(tried(&desk, &world, path, 0..0).1, 0, "{path}");
    }
}
