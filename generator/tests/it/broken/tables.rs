//! The tables, each in the newsroom that its cases lean on.

use super::{Case, cases, refused};
use crate::harness::{Newsroom, png};

const RENDITION: &str = "[[rendition]]\nname = \"broadcast\"\nfile = \"a.mp4\"\nlabel = \"A\"\ngated = true\ntype = \"video/mp4\"\nsize = 5\nsha256 = \"abababababababababababababababababababababababababababababababab\"";

/// Something of everything that a link may mean.
fn room() -> Newsroom {
    Newsroom::new()
        .story(
            "news/good.md",
            "2025-01-01",
            "",
            "## Part one\n\n::: video id=\"clip\"\n:::",
        )
        .story("news/draft.md", "2025-01-01", "draft = true", "")
        .story(
            "news/embargoed.md",
            "2025-01-01",
            "embargo = 2025-03-01T00:00:00Z",
            "",
        )
        .story("news/future.md", "2025-02-02", "", "")
        .story("pages/good.md", "", "", "")
        .file("content/news/hands.png", png(4, 3))
        .file("content/news/fake.png", "no picture")
        .file("content/news/shot.jpg", png(4, 3))
        .dossier("clip", "2025-01-01", "", "")
        .dossier("drafted", "2025-01-01", "draft = true", "")
        .dossier("held", "2025-01-01", "embargo = 2025-03-01T00:00:00Z", "")
        .dossier(
            "expired",
            "2024-01-01",
            "expires = 2025-01-01T00:00:00Z",
            "",
        )
}

fn articles() -> Vec<Case> {
    cases(
        include_str!("article.txt"),
        "content/news/broken.md",
        &room(),
    )
}

fn bodies() -> Vec<Case> {
    let head = "+++\ntitle = \"A\"\ndate = 2025-01-01\n+++\n";
    let mut all = cases(include_str!("body.txt"), "content/news/broken.md", &room());
    for case in &mut all {
        let file = case.room.files.get_mut("content/news/broken.md").unwrap();
        file.splice(0..0, head.bytes());
    }
    all
}

fn dossiers() -> Vec<Case> {
    let table = include_str!("dossier.txt").replace("@rendition", RENDITION);
    let mut all = cases(&table, "content/media/broken.md", &room());
    for case in &mut all {
        let file = case.room.files.get_mut("content/media/broken.md").unwrap();
        file.splice(0..0, *b"+++\n");
        file.extend(b"+++\n");
    }
    all
}

fn settings() -> Vec<Case> {
    cases(
        include_str!("site.txt"),
        "content/site.toml",
        &Newsroom::new(),
    )
}

fn terms() -> Vec<Case> {
    cases(include_str!("terms.txt"), "content/terms.toml", &room())
}

fn redirects() -> Vec<Case> {
    let table = include_str!("redirects.txt");
    cases(table, "content/redirects.toml", &room())
}

fn trees() -> Vec<Case> {
    let table = include_str!("tree.txt").replace("@rendition", RENDITION);
    cases(&table, "", &room())
}

fn themes() -> Vec<Case> {
    cases(include_str!("theme.txt"), "", &room())
}

/// All of them, for samples.
pub fn all() -> Vec<Case> {
    let tables = [
        articles(),
        bodies(),
        dossiers(),
        settings(),
        terms(),
        redirects(),
        trees(),
        themes(),
    ];
    tables.into_iter().flatten().collect()
}

#[test]
fn the_newsroom_that_cases_lean_on_is_sound() {
    room().good();
    assert!(all().len() >= 250, "{}", all().len());
}

#[test]
fn broken_articles_are_refused() {
    refused(&articles(), 90);
}

#[test]
fn broken_bodies_and_links_are_refused() {
    refused(&bodies(), 50);
}

#[test]
fn broken_dossiers_are_refused() {
    refused(&dossiers(), 50);
}

#[test]
fn broken_settings_are_refused() {
    refused(&settings(), 50);
}

#[test]
fn broken_terms_are_refused() {
    refused(&terms(), 10);
}

#[test]
fn broken_redirects_are_refused() {
    refused(&redirects(), 30);
}

#[test]
fn broken_trees_are_refused() {
    refused(&trees(), 30);
}

#[test]
fn broken_themes_are_refused() {
    refused(&themes(), 35);
}
