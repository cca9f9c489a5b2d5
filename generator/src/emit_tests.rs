use super::*;
use crate::{
    config::LangId,
    plan::{Job, Task},
};

fn build(out: &Path, files: &[(&str, &str)]) -> Result<Emitted> {
    let emitter = Emitter::begin(out)?;
    let staging = staged_build(&emitter, files)?;
    staging.commit(emitter.orphans(files.iter().map(|(path, _)| *path)))
}

fn staged_build<'a>(emitter: &'a Emitter, files: &[(&str, &str)]) -> Result<Staging<'a>> {
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for (path, _) in files {
        folders.extend(
            Path::new(path)
                .ancestors()
                .skip(1)
                .filter_map(|a| a.to_str())
                .filter(|a| !a.is_empty())
                .map(str::to_owned),
        );
    }
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let staging = emitter.stage(&folders)?;
    for (path, text) in files {
        let (path, task) = ((*path).into(), Task::Static((*path).into()));
        staging.put(&Job { path, task }, text.as_bytes())?;
    }
    Ok(staging)
}

fn tree(out: &Path) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for part in PARTS {
        staged(out, part, &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .map(|p| (p.clone(), fs::read_to_string(out.join(p)).unwrap()))
        .collect()
}

fn as_tree(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files
        .iter()
        .map(|(p, t)| ((*p).to_owned(), (*t).to_owned()))
        .collect()
}

const ONE: &[(&str, &str)] = &[
    ("edge/h", "h"),
    ("site/a.html", "a"),
    ("site/en/x/index.html", "x"),
];
const TWO: &[(&str, &str)] = &[
    ("edge/h", "h"),
    ("site/a.html", "b"),
    ("site/en/y/index.html", "y"),
];

#[test]
fn writes_keeps_and_removes() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        build(dir.path(), ONE).unwrap(),
        Emitted {
            written: 3,
            kept: 0,
            removed: 0
        }
    );
    assert_eq!(tree(dir.path()), as_tree(ONE));
    assert_eq!(
        build(dir.path(), ONE).unwrap(),
        Emitted {
            written: 0,
            kept: 3,
            removed: 0
        }
    );
    assert_eq!(
        build(dir.path(), TWO).unwrap(),
        Emitted {
            written: 2,
            kept: 1,
            removed: 1
        }
    );
    assert_eq!(tree(dir.path()), as_tree(TWO));
    assert!(
        !dir.path().join("site/en/x").exists(),
        "an empty folder stays behind"
    );
    assert!(!dir.path().join(STAGING).exists());
}

#[test]
fn a_build_that_stops_before_its_journal_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), ONE).unwrap();
    drop(staged_build(&Emitter::begin(dir.path()).unwrap(), TWO).unwrap());
    assert_eq!(tree(dir.path()), as_tree(ONE));
    assert!(!dir.path().join(STAGING).exists());
}

#[test]
fn a_build_killed_while_moving_is_finished_by_the_next() {
    for done in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        build(dir.path(), ONE).unwrap();
        let emitter = Emitter::begin(dir.path()).unwrap();
        let staging = staged_build(&emitter, TWO).unwrap();
        let steps = [
            "move site/a.html",
            "move site/en/y/index.html",
            "remove site/en/x/index.html",
        ];
        staging
            .write_journal(&format!("{}\n", steps.join("\n")))
            .unwrap();
        staging.emitter.replay(&steps[..done].join("\n")).unwrap();
        drop(staging);
        drop(emitter);
        Emitter::begin(dir.path()).unwrap();
        assert_eq!(tree(dir.path()), as_tree(TWO), "killed after {done} steps");
    }
}

#[test]
fn a_build_killed_while_removing_folders_leaves_none() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &[("site/a", "1"), ("site/x/y/z/page", "2")]).unwrap();
    let emitter = Emitter::begin(dir.path()).unwrap();
    let staging = emitter.stage(&[]).unwrap();
    staging.write_journal("remove site/x/y/z/page\n").unwrap();
    // The file and the folder around it are gone already.
    fs::remove_dir_all(dir.path().join("site/x/y/z")).unwrap();
    drop(staging);
    drop(emitter);
    Emitter::begin(dir.path()).unwrap();
    assert!(!dir.path().join("site/x").exists());
}

#[test]
fn a_file_may_become_a_folder_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let file: &[(&str, &str)] = &[("site/a", "file")];
    let folder: &[(&str, &str)] = &[("site/a/b", "inside")];
    for files in [file, folder, file] {
        build(dir.path(), files).unwrap();
        assert_eq!(tree(dir.path()), as_tree(files));
    }
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("site")).unwrap();
    fs::write(dir.path().join("site/precious"), "x").unwrap();
    let error = build(dir.path(), ONE).unwrap_err();
    assert!(error.message.contains("did not make"), "{}", error.message);
    assert!(dir.path().join("site/precious").exists());
}

#[test]
fn assets_move_before_pages_and_lists_after() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), ONE).unwrap();
    let emitter = Emitter::begin(dir.path()).unwrap();
    let staging = emitter.stage(&[]).unwrap();
    for (path, task) in [
        ("site/sitemap.xml", Task::SitemapIndex),
        ("site/robots.txt", Task::Robots),
        (
            "site/en/index.html",
            Task::Home {
                lang: LangId::from(0),
            },
        ),
        ("site/assets/a.css", Task::Asset("a.css".into())),
        ("sidecar/manifest.json", Task::Manifest),
    ] {
        let path = path.into();
        staging.write(&Job { path, task }, b"x").unwrap();
    }
    assert_eq!(
        staging.journal(&["site/a.html".to_owned()]),
        "move site/assets/a.css\nmove site/en/index.html\nmove site/robots.txt\nmove site/sitemap.xml\n\
         move sidecar/manifest.json\nremove site/a.html\n"
    );
}

#[test]
fn a_move_that_fails_half_way_does_not_say_that_the_site_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), ONE).unwrap();
    // Nothing can be moved to there, whoever tries.
    let folder = dir.path().join("site/en/x");
    fs::remove_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/proc", &folder).unwrap();
    let next: &[(&str, &str)] = &[
        ("edge/h", "h"),
        ("site/a.html", "b"),
        ("site/en/x/index.html", "y"),
    ];
    for attempt in 0..2 {
        let failed = build(dir.path(), next).unwrap_err();
        let hint = failed.hint.unwrap();
        assert!(hint.contains("partly"), "{attempt}: {hint}");
        assert!(!hint.contains("the site is as it was"), "{attempt}: {hint}");
        assert_eq!(
            fs::read_to_string(dir.path().join("site/a.html")).unwrap(),
            "b"
        );
    }
    fs::remove_file(&folder).unwrap();
    build(dir.path(), next).unwrap();
    assert_eq!(tree(dir.path()), as_tree(next));
}
