//! Derivatives: which are made, and what builds keep of them.

use std::fs;

use dateline::{
    base::{diag::Severity, files::Files},
    incremental,
};

use super::{
    desk::{Desk, difference},
    sites,
    world::World,
};
use crate::harness::{Folder, NOW, Newsroom, jpeg, large_jpeg, png, snapshot};

const KEPT: &str = ".dateline/pictures";

/// Two stories with a picture each.
fn room() -> Newsroom {
    let image =
        |name: &str| format!("image = {{ src = \"{name}\", alt = \"x\", credit = \"Us\" }}");
    sites::slotted(Newsroom::new())
        .file("content/news/a.jpg", jpeg("Tømas", "Own", 3))
        .file("content/news/b.png", png(64, 48))
        .story("news/a.md", "2025-01-05", &image("a.jpg"), "")
        .story("news/b.md", "2025-01-06", &image("b.png"), "![x](b.png)")
}

fn built(world: &World) -> Desk {
    let mut desk = Desk::new();
    desk.take(world);
    assert_eq!(desk.compare(world), Ok(true));
    desk.rest();
    desk
}

/// The derivatives that builds keep, each with the moment when it was written.
fn kept(desk: &Desk) -> Vec<(String, i64)> {
    let (paths, _) = desk.files.walk(KEPT);
    let stamp = |path: &String| {
        incremental::Disk::stamp(&*desk.files, path)
            .unwrap()
            .latest()
    };
    paths
        .into_iter()
        .map(|path| (path.clone(), stamp(&path)))
        .collect()
}

fn outputs(desk: &Desk, start: &str) -> Vec<String> {
    let all = snapshot(desk.out()).into_keys();
    all.filter(|path| path.starts_with(start)).collect()
}

#[test]
fn a_picture_that_is_replaced_makes_its_own_derivatives_alone() {
    let mut world = World::new(room());
    let mut desk = built(&world);
    let before = kept(&desk);
    let others = outputs(&desk, "site/files/news/a");
    // WebP and JPEG of a photo, PNG of a drawing, for two slots with two widths each.
    assert_eq!((before.len(), others.len()), (12, 9));
    world.put("content/news/b.png", png(60, 48));
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
    let after = kept(&desk);
    assert!(before.iter().all(|former| after.contains(former)));
    assert_eq!(after.len() - before.len(), 4);
    assert_eq!(outputs(&desk, "site/files/news/a"), others);
}

#[test]
fn what_was_made_is_not_made_again() {
    let world = World::new(room());
    let mut desk = built(&world);
    let before = kept(&desk);
    fs::remove_dir_all(desk.out().join("site")).unwrap();
    assert_eq!(desk.compare(&world), Ok(true));
    assert_eq!(kept(&desk), before);
    // Another slot with a derivative that is there already, under another name of the picture.
    let mut other = world.clone();
    other.replace("themes/plain/theme.toml", "[slots.wide]", "[slots.broad]");
    other.rename("content/news/a.jpg", "content/news/c.jpg");
    other.replace("content/news/a.md", "a.jpg", "c.jpg");
    desk.take(&other);
    assert_eq!(desk.compare(&other), Ok(true));
    assert_eq!(kept(&desk), before);
}

#[test]
fn what_is_damaged_swapped_or_gone_is_made_again() {
    let world = World::new(room());
    let mut desk = built(&world);
    let all = kept(&desk);
    for (n, (path, _)) in all.iter().enumerate() {
        let good = desk.files.read(path).unwrap().bytes;
        let mut damaged = good.clone();
        match n % 4 {
            0 => damaged.truncate(good.len() * n / all.len()),
            1 => damaged[good.len() * n / all.len()] ^= 1 << (n % 8),
            2 => damaged = desk.files.read(&all[0].0).unwrap().bytes,
            _ => damaged.push(0),
        }
        desk.files.put(path, damaged);
        fs::remove_dir_all(desk.out().join("site")).unwrap();
        assert_eq!(desk.compare(&world), Ok(true), "{path}");
        assert!(desk.files.read(path).unwrap().bytes == good, "{path}");
    }
    for (path, _) in &all {
        incremental::Disk::remove(&*desk.files, path.trim_start_matches(".dateline/")).unwrap();
    }
    // What lies in the folder stays, and needs nothing kept.
    assert_eq!(desk.compare(&world), Ok(true));
    assert!(kept(&desk).is_empty());
    fs::remove_dir_all(desk.out().join("site")).unwrap();
    assert_eq!(desk.compare(&world), Ok(true));
    assert_eq!(kept(&desk).len(), all.len());
}

#[test]
fn pixels_that_cannot_be_read_are_told_once_and_leave_the_site_as_it_was() {
    let world = World::new(room());
    let mut desk = built(&world);
    let before = snapshot(desk.out());
    let mut broken = world.clone();
    broken.put("content/news/a.jpg", large_jpeg(600, 400));
    desk.take(&broken);
    let errors = desk.tried(&broken).into_iter();
    let errors: Vec<_> = errors.filter(|d| d.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].file.as_deref(), Some("content/news/a.jpg"));
    assert!(snapshot(desk.out()) == before);
    desk.take(&world);
    assert_eq!(desk.compare(&world), Ok(true));
}

#[test]
fn the_program_keeps_derivatives_beside_the_content() {
    let folder = Folder::new(&room());
    // As a former version left it.
    let kept = folder.root().join(KEPT);
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    fs::write(&kept, "facts").unwrap();
    let build = |arguments: &[&str]| {
        let all = [&["build", "--at", NOW], arguments].concat();
        assert!(folder.command(&all).status().unwrap().success());
    };
    build(&[]);
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 12);
    let first = snapshot(&folder.dist());
    fs::remove_dir_all(folder.dist()).unwrap();
    build(&["--verify"]);
    assert_eq!(difference(&first, &snapshot(&folder.dist())), None);
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 12);
}
