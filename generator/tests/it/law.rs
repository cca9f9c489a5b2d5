//! If a build at one moment succeeds, every later build of the same sources succeeds.
//!
//! `PROPTEST_CASES` says how many newsrooms are tried; `scripts/soak` raises it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    harness::{Newsroom, png},
    properties::config,
};

/// One document. Numbers are days of February, or of other documents.
#[derive(Clone, Debug)]
struct Doc {
    sort: Sort,
    date: u8,
    embargo: Option<u8>,
    expires: Option<u8>,
    draft: bool,
    slug: Option<u8>,
    alias: Option<u8>,
    topic: Option<u8>,
    picture: bool,
    refers: Vec<(u8, usize)>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Sort {
    Story,
    /// In a section of its own.
    Speech,
    Page,
    Dossier,
    /// Of the document before it.
    Translation,
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(
    one_in: u32,
    of: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    prop::option::weighted(1.0 / f64::from(one_in), of).boxed()
}

fn doc() -> impl Strategy<Value = Doc> {
    let sort = prop::sample::select(vec![
        Sort::Story,
        Sort::Story,
        Sort::Story,
        Sort::Speech,
        Sort::Page,
        Sort::Dossier,
        Sort::Translation,
        Sort::Translation,
    ]);
    let times = (1u8..6, maybe(4, 1u8..9), maybe(2, 2u8..12));
    let names = (maybe(6, 0u8..3), maybe(6, 0u8..4), maybe(2, 0u8..3));
    let refers = prop::collection::vec((0u8..9, 0usize..8), 0..3);
    let flags = (prop::bool::weighted(0.08), prop::bool::weighted(0.2));
    (sort, times, names, flags, refers).prop_map(|(sort, times, names, flags, refers)| Doc {
        sort,
        date: times.0,
        embargo: times.1,
        expires: times.2,
        draft: flags.0,
        slug: names.0,
        alias: names.1,
        topic: names.2,
        picture: flags.1,
        refers,
    })
}

/// Where a document lies below `content/`.
fn path(docs: &[Doc], at: usize) -> String {
    match docs[at].sort {
        Sort::Story => format!("news/d{at}.md"),
        Sort::Speech => format!("speeches/d{at}.md"),
        Sort::Page => format!("pages/d{at}.md"),
        Sort::Dossier => format!("media/d{at}.md"),
        Sort::Translation => match at.checked_sub(1) {
            Some(before) if docs[before].sort != Sort::Translation => {
                path(docs, before).replace(".md", ".fr.md")
            }
            _ => format!("news/d{at}.fr.md"),
        },
    }
}

fn reference(docs: &[Doc], how: u8, at: usize) -> String {
    let Some(doc) = docs.get(at) else {
        return String::new();
    };
    let path = path(docs, at);
    match how {
        0 | 1 => format!("[a](/{path})\n\n"),
        2 => format!("[a](/{path}#part)\n\n"),
        3 => format!("[a](/en/news/2025/02/0{}/d{at}/)\n\n", doc.date),
        4 => format!("[a](/former/{}/)\n\n", doc.alias.unwrap_or(0)),
        5 => format!("[a](/en/topics/t{}/)\n\n", doc.topic.unwrap_or(0)),
        6 => "[a](/en/speeches/) [b](/en/speeches/2025/) [c](/fr/video/)\n\n".to_owned(),
        7 => "[a](/en/feed.xml) [b](/en/topics/) [c](/en/kind/video/)\n\n".to_owned(),
        _ if doc.sort == Sort::Dossier => format!("::: video id=\"d{at}\"\n:::\n\n"),
        _ => String::new(),
    }
}

fn room(docs: &[Doc], footer: Option<usize>) -> Newsroom {
    let mut room = Newsroom::new()
        .story("news/always.md", "2025-01-01", "", "## Part {#part}")
        .file("content/static/img/a.png", png(3, 3))
        .file("content/news/p.png", png(4, 4));
    let page = footer.filter(|at| docs.get(*at).is_some_and(|doc| doc.sort == Sort::Page));
    if let Some(at) = page {
        room = room.keys(&format!("footer = [\"/pages/d{at}.md\"]"));
    }
    for (at, doc) in docs.iter().enumerate() {
        let time = |day: u8| format!("2025-02-{day:02}T06:00:00Z");
        let mut keys = format!("draft = {}\n", doc.draft);
        let mut key = |line: String| keys.push_str(&(line + "\n"));
        if let Some(day) = doc.embargo {
            key(format!("embargo = {}", time(day)));
        }
        if let Some(day) = doc.expires {
            key(format!("expires = {}", time(day)));
        }
        if let Some(n) = doc.slug {
            key(format!("slug = \"s{n}\""));
        }
        if let Some(n) = doc.alias {
            let alias = [
                "/former/0/",
                "/former/1/",
                "/en/speeches/",
                "/en/topics/t1/",
            ];
            key(format!("aliases = [\"{}\"]", alias[usize::from(n)]));
        }
        if let Some(n) = doc.topic.filter(|_| doc.sort != Sort::Page) {
            key(format!("topics = [\"T{n}\"]"));
        }
        let mut body = String::new();
        for (how, other) in &doc.refers {
            body.push_str(&reference(docs, *how, *other));
        }
        if doc.picture {
            body.push_str("![a](/img/a.png)\n\n");
        }
        if at % 2 == 0 {
            body.push_str("## Part {#part}\n");
        }
        let path = path(docs, at);
        room = match doc.sort {
            Sort::Dossier => room.dossier(&format!("d{at}"), &time(doc.date), &keys, &body),
            _ => room.story(&path, &time(doc.date), &keys, &body),
        };
    }
    room
}

fn moments(docs: &[Doc]) -> BTreeSet<u8> {
    let of = |doc: &Doc| [Some(doc.date), doc.embargo, doc.expires];
    let days = docs.iter().flat_map(of).flatten();
    days.chain([0]).collect()
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn once_good_a_newsroom_stays_good(docs in prop::collection::vec(doc(), 1..8), footer in maybe(3, 0usize..8)) {
        let room = room(&docs, footer);
        let mut good = None;
        for day in moments(&docs) {
            let at = match day {
                0 => "2025-01-31T06:00:00Z".to_owned(),
                day => format!("2025-02-{day:02}T06:00:00Z"),
            };
            let built = room.clone().at(&at).build();
            let wrong = !built.errors().is_empty();
            if let (true, Some(before)) = (wrong, &good) {
                prop_assert!(false, "good at {before}, not at {at}:\n{}", built.report());
            }
            if !wrong {
                good = Some(at);
            }
        }
    }
}
