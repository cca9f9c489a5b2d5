//! Edits of pictures and of what is said of them; and which pictures are read.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
};

use dateline::{
    base::files::{FileProblem, Files, Taking, Version},
    incremental,
};

use super::{
    Edit,
    desk::{Desk, Disk},
    faults::{built, without_kits},
    world::{Rng, World},
};
use crate::harness::{Silent, jpeg, photo, png, snapshot};

const THEME: &str = "themes/plain/theme.toml";

fn text(rng: &mut Rng) -> String {
    format!("Text {}", rng.below(4))
}

/// The edits.
pub const EDITS: &[Edit] = &[
    ("a picture: its rights", |w, r| {
        let (credit, caption) = (text(r), text(r));
        let places = [
            ("content/news/p.jpg", "p.jpg"),
            ("content/static/p.jpg", "/p.jpg"),
        ];
        let (file, src) = *r.of(&places).unwrap();
        w.put(file, jpeg(&credit, &caption, 3));
        let path = w.article(r);
        w.key(
            &path,
            &format!("image = {{ src = \"{src}\", alt = \"x\" }}"),
        );
    }),
    ("a picture: inks", |w, r| {
        let (credit, path) = (text(r), w.article(r));
        w.put("content/news/p.jpg", jpeg(&credit, "", 4));
        w.key(&path, "image = { src = \"p.jpg\", alt = \"x\" }");
    }),
    ("a picture: plain again", |w, _| {
        w.put("content/news/p.png", png(4, 3));
    }),
    ("a picture: its caption and credit", |w, r| {
        let path = w.article(r);
        let (caption, credit) = (text(r), text(r));
        w.key(
            &path,
            &format!("image = {{ src = \"p.png\", alt = \"x\", caption = \"{caption}\", credit = \"{credit}\" }}"),
        );
    }),
    ("a picture: its creator, licence and focus", |w, r| {
        let path = w.article(r);
        let (creator, x) = (text(r), 10 * r.below(4));
        w.key(
            &path,
            &format!("image = {{ src = \"p.png\", alt = \"x\", creator = \"{creator}\", licence = \"https://l.example/{x}\", focus = \"{x}% 40%\" }}"),
        );
    }),
    ("a picture: nothing but its source", |w, r| {
        let path = w.article(r);
        w.key(&path, "image = { src = \"p.png\" }");
    }),
    ("all pictures: whose they are", |w, r| {
        let credit = text(r);
        w.change("content/site.toml", |t| {
            let (before, after) = t.split_once("[pictures]\n").unwrap();
            let after = after.split_once('\n').map_or("", |(_, rest)| rest);
            format!("{before}[pictures]\ncredit = \"{credit}\"\n{after}")
        });
    }),
    (
        "all pictures: nobody's, which is a mistake or not",
        |w, _| {
            w.change("content/site.toml", |t| {
                let (before, after) = t.split_once("[pictures]\n").unwrap();
                let after = after.split_once('\n').map_or("", |(_, rest)| rest);
                let missing = if before.len() % 2 == 0 {
                    "warn"
                } else {
                    "error"
                };
                format!("{before}[pictures]\nmissing = \"{missing}\"\n{after}")
            });
        },
    ),
    ("a picture: replaced", |w, r| {
        let (width, height) = (1 + r.below(64) as u32, 1 + r.below(48) as u32);
        w.put("content/news/p.png", png(width, height));
    }),
    ("a picture: renamed", |w, _| {
        w.rename("content/news/p.png", "content/news/q.png");
        for path in w.paths("content/news/", ".md") {
            w.replace(&path, "\"p.png", "\"q.png");
        }
    }),
    ("kept pictures: damaged", |w, _| w.spoils = !w.spoils),
    ("a slot: its widths", |w, r| {
        let widths = format!("widths = [{}, ", 1 + r.below(20));
        w.replace(THEME, "widths = [2, ", &widths);
    }),
    ("a slot: its shape", |w, _| {
        w.replace(THEME, "crop = \"3:2\"", "crop = \"1:1\"");
    }),
    ("a slot: for bodies too", |w, _| {
        w.replace(THEME, "of = [\"main\"]\n", "");
    }),
    ("a slot: in one format", |w, _| {
        w.replace(
            THEME,
            "[slots.wide]\n",
            "[slots.wide]\nformats = [\"jpeg\"]\n",
        );
    }),
    ("a slot: a new one", |w, _| {
        w.append(THEME, "[slots.card]\nwidths = [4]");
    }),
    ("a slot: gone", |w, _| {
        w.replace(THEME, "[slots.wide]\n", "[slots.other]\n");
    }),
    ("a picture: large", |w, r| {
        let width = 40 + r.below(3) as u32;
        w.put("content/news/p.png", photo(width, 30));
    }),
    ("a picture: who may download it", |w, r| {
        let path = w.article(r);
        let who = *r.of(&["public", "account", "none"]).unwrap_or(&"none");
        let image = format!("image = {{ src = \"p.png\", alt = \"x\", download = \"{who}\" }}");
        w.key(&path, &image);
    }),
    ("a press kit: none", |w, r| {
        let path = w.article(r);
        w.key(&path, "press_kit = false");
    }),
    ("a press kit: again", |w, r| {
        let path = w.article(r);
        w.key(&path, "press_kit = true");
    }),
    ("a press kit: its captions' template", |w, r| {
        let text = text(r);
        w.put(
            "themes/plain/templates/press-kit/captions.txt",
            format!("{text} {{% for p in pictures %}}{{{{ p.caption }}}}{{% endfor %}}"),
        );
    }),
    ("a figure's caption", |w, r| {
        let path = w.article(r);
        w.replace(&path, "Caption", "Captions");
    }),
    ("a figure's credit", |w, r| {
        let path = w.article(r);
        let credit = text(r);
        w.replace(
            &path,
            "alt=\"x\"\n",
            &format!("alt=\"x\" credit=\"{credit}\"\n"),
        );
    }),
];

/// Notes which pictures are read.
struct Noting {
    inner: Arc<Disk>,
    reads: Mutex<BTreeSet<String>>,
}

impl Files for Noting {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        self.inner.walk(folder)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.inner.size(path)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        if path.ends_with(".png") || path.ends_with(".jpg") {
            self.reads.lock().unwrap().insert(path.to_owned());
        }
        self.inner.pieces(path, take)
    }
}

/// Builds; which pictures were read.
fn reads(desk: &mut Desk, world: &World) -> Vec<String> {
    desk.rest();
    desk.take(world);
    let noting = Arc::new(Noting {
        inner: desk.files.clone(),
        reads: Mutex::default(),
    });
    let mut diags = Vec::new();
    let inputs = desk.inputs(world, noting.clone());
    let built = incremental::build(&inputs, &desk.disk(), desk.out(), &Silent, &mut diags);
    assert!(built.is_some(), "{diags:?}");
    desk.rest();
    let reads = noting.reads.lock().unwrap();
    reads.iter().cloned().collect()
}

#[test]
fn a_caption_changes_its_picture_alone_and_reads_no_other() {
    let mut world = without_kits();
    world.put("content/news/q.jpg", jpeg("Own", "Own", 3));
    world.key(
        "content/news/s1.md",
        "image = { src = \"q.jpg\", alt = \"x\", caption = \"One\" }",
    );
    let mut desk = built(&world);
    assert_eq!(reads(&mut desk, &world), Vec::<String>::new());
    let before = snapshot(desk.out());
    world.replace(
        "content/news/s1.md",
        "caption = \"One\"",
        "caption = \"Two\"",
    );
    assert_eq!(reads(&mut desk, &world), ["content/news/q.jpg"]);
    let after = snapshot(desk.out());
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let gone: Vec<&String> = gone.filter(|path| path.starts_with("site/")).collect();
    let new = after.keys().filter(|path| !before.contains_key(*path));
    let new: Vec<&String> = new.filter(|path| path.starts_with("site/")).collect();
    // The picture, and its derivatives: two sizes for two slots, in two formats.
    let own = |path: &&String| path.starts_with("site/files/news/q");
    assert!(gone.len() == 9 && gone.iter().all(own), "{gone:?}");
    assert!(new.len() == 9 && new.iter().all(own), "{new:?}");
    // An edit of words, on the short way and on the long one.
    world.append("content/news/s2.md", "More.");
    assert_eq!(reads(&mut desk, &world), Vec::<String>::new());
    world.key("content/news/s2.md", "slug = \"other\"");
    assert_eq!(reads(&mut desk, &world), Vec::<String>::new());
    assert_eq!(desk.compare(&world), Ok(true));
}
