//! The same input gives the same output: whatever the order of listing, whatever the threads.

use std::{io, sync::Arc};

use dateline::{
    base::files::{FileProblem, Files, Mem, Taking, Version},
    incremental, pipeline,
};

use crate::harness::{Newsroom, Silent, Snapshot, forgetful, png, snapshot};

/// Enough of everything, with ties of every sort.
fn room() -> Newsroom {
    let mut room = Newsroom::new()
        .keys("footer = [\"/pages/about.md\"]")
        .story("pages/about.md", "", "", "")
        .dossier(
            "clip",
            "2025-01-01",
            "poster = { src = \"p.png\", alt = \"P\" }",
            "See [a](/news/s01.md).",
        )
        .dossier("clap", "2025-01-01", "", "")
        .file("content/media/p.png", png(2, 2))
        .file("content/static/a.txt", "a")
        .file("content/terms.toml", "[topics.t1]\nname = \"Term one\"\n");
    for i in 0..45 {
        let keys = format!(
            "topics = [\"t{}\", \"t{}\"]\npeople = [\"Ada\"]\nmedia = [\"clip\"]\naliases = [\"/old/{i}/\"]\nimage = {{ src = \"p{}.png\", alt = \"x\" }}",
            i % 7,
            i % 3,
            i % 4
        );
        room = room.story(
            &format!("news/s{i:02}.md"),
            &format!("2025-01-{:02}", 1 + i / 9),
            &keys,
            "[a](s01.md) ::: x\n\n::: video id=\"clap\"\n:::",
        );
        if i % 5 == 0 {
            room = room.story(&format!("news/s{i:02}.fr.md"), "", "", "");
        }
    }
    for i in 0..4 {
        room = room.file(&format!("content/news/p{i}.png"), png(i + 1, 1));
    }
    room
}

/// Lists files in another order than the alphabet's.
struct Shuffled(Mem, usize);

impl Files for Shuffled {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let (mut found, problems) = self.0.walk(folder);
        let length = found.len().max(1);
        match self.1 {
            0 => found.reverse(),
            n => found.rotate_left(n % length),
        }
        (found, problems)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        self.0.pieces(path, take)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.0.size(path)
    }
}

fn on_disk(room: &Newsroom, files: Arc<dyn Files>, threads: usize) -> Snapshot {
    let out = tempfile::tempdir().unwrap();
    let mut diags = Vec::new();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let built = pool.install(|| {
        incremental::build(
            &room.inputs_from(files),
            &forgetful(),
            out.path(),
            &Silent,
            &mut diags,
        )
    });
    assert!(built.is_some(), "{diags:#?}");
    snapshot(out.path())
}

#[test]
fn outputs_depend_on_neither_order_nor_threads() {
    let room = room();
    let first = on_disk(&room, Arc::new(room.mem()), 1);
    assert!(first.len() > 150, "{}", first.len());
    for threads in [1, 8] {
        for order in [0, 1, 17] {
            let again = on_disk(&room, Arc::new(Shuffled(room.mem(), order)), threads);
            let differ: Vec<&String> = first
                .keys()
                .chain(again.keys())
                .filter(|k| first.get(*k) != again.get(*k))
                .collect();
            assert_eq!(
                differ,
                Vec::<&String>::new(),
                "order {order}, {threads} threads"
            );
        }
    }
}

#[test]
fn findings_come_in_one_order() {
    let mut room = room();
    for i in 0..20 {
        room = room.story(
            &format!("news/b{i}.md"),
            "2025-01-01",
            "kind = \"x\"",
            "[x](nowhere.md)",
        );
        room = room.story(
            &format!("other/c{i}.md"),
            "2025-01-01",
            "",
            "[x](nowhere.md) ![y](gone.png)",
        );
    }
    let reported = |files: Arc<dyn Files>| {
        let mut diags = Vec::new();
        assert!(pipeline::prepare(&room.inputs_from(files), &mut diags).is_none());
        diags
    };
    let first = reported(Arc::new(room.mem()));
    assert!(first.len() >= 60, "{}", first.len());
    for order in [0, 3] {
        assert_eq!(reported(Arc::new(Shuffled(room.mem(), order))), first);
    }
}

#[test]
fn mistakes_of_templates_come_in_one_order() {
    let room = room()
        .file("themes/plain/templates/article.html", "{{ article.titel }}")
        .file("themes/plain/templates/list.html", "{{ x.y }}");
    let first = room.build().diags;
    for threads in [1, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| room.build().diags), first);
    }
}

#[test]
fn a_second_build_writes_nothing() {
    let out = tempfile::tempdir().unwrap();
    let room = room();
    assert_eq!(room.build_into(out.path()), []);
    let before = snapshot(out.path());
    let mut diags = Vec::new();
    let built = incremental::build(
        &room.inputs(),
        &forgetful(),
        out.path(),
        &Silent,
        &mut diags,
    )
    .unwrap();
    assert_eq!((built.emitted.written, built.emitted.removed), (0, 0));
    assert_eq!(snapshot(out.path()), before);
}

#[test]
fn building_over_another_site_gives_the_same_as_a_clean_build() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(room().build_into(out.path()), []);
    let other = Newsroom::new()
        .story("news/s01.md", "2025-01-01", "", "Changed.")
        .file("content/static/old", "a file where a folder was")
        .without_template("home.html");
    assert_eq!(other.build_into(out.path()), []);
    let clean = tempfile::tempdir().unwrap();
    assert_eq!(other.build_into(clean.path()), []);
    assert_eq!(snapshot(out.path()), snapshot(clean.path()));
}
