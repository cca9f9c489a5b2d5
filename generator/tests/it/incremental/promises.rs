//! What is promised beside the site itself: `--verify`, the list of changes, warnings that are reported again.

use std::fs;

use dateline::incremental;

use super::{
    desk::Desk,
    faults::{built, rich},
    sites,
    world::{Rng, World},
};
use crate::harness::{Folder, NOW, Snapshot, printed, snapshot};

fn verified(desk: &Desk, world: &World) -> Result<usize, String> {
    let mut diags = Vec::new();
    let inputs = desk.inputs(world, desk.files.clone());
    let compared = incremental::verify(&inputs, &desk.disk(), desk.out(), &mut diags);
    let reported = diags
        .iter()
        .map(|d| format!("{} {:?} {:?}", d.message, d.file, d.notes));
    compared.ok_or_else(|| reported.collect::<Vec<_>>().join("\n"))
}

#[test]
fn verify_finds_what_lies_otherwise_and_says_why() {
    let world = rich();
    let desk = built(&world);
    assert!(verified(&desk, &world).unwrap() > 100);
    let page = desk.out().join("site/en/index.html");
    let text = fs::read(&page).unwrap();
    fs::write(&page, "mine").unwrap();
    fs::write(desk.out().join("site/stray.txt"), "x").unwrap();
    let why = verified(&desk, &world).unwrap_err();
    for part in [
        "site/en/index.html differs",
        "changed after the build",
        "site/stray.txt is no output",
    ] {
        assert!(why.contains(part), "{part} not in {why}");
    }
    fs::write(&page, text).unwrap();
    fs::remove_file(desk.out().join("site/stray.txt")).unwrap();
    assert!(verified(&desk, &world).is_ok());
    // A change without a trace: size, times and place are the same.
    let mut sly = world.clone();
    sly.replace("content/news/s2.md", "Text.", "Tex7.");
    desk.files.put_unseen(
        "content/news/s2.md",
        sly.text("content/news/s2.md").into_bytes(),
    );
    assert!(desk.build(&sly).is_some());
    let why = verified(&desk, &sly).unwrap_err();
    for part in [
        "s2/index.html differs",
        "the build did not see it",
        "changed without any sign",
        "content/news/s2.md",
    ] {
        assert!(why.contains(part), "{part} not in {why}");
    }
}

#[test]
fn verify_looks_for_what_is_held_back() {
    let mut world = rich();
    let mut desk = built(&world);
    assert!(verified(&desk, &world).is_ok());
    world.put(
        "content/news/secret.md",
        "+++\ntitle = \"The harbour closes for good\"\ndate = 2025-01-05\ndraft = true\n+++\n",
    );
    world.put("content/static/note.txt", "The harbour closes for good.");
    desk.take(&world);
    let why = verified(&desk, &world).unwrap_err();
    assert!(
        why.contains("the title of this draft would be public"),
        "{why}"
    );
}

#[test]
fn warnings_of_documents_that_did_not_change_are_told_again() {
    let mut world = rich();
    world.key("content/news/2024/s9.md", "");
    world.put(
        "content/news/2024/01/01/dated.md",
        "+++\ntitle = \"Dated\"\ndate = 2025-01-05\n+++\n<b onclick=\"x\">b</b>\n",
    );
    let mut desk = built(&world);
    for round in 0..3 {
        world.append("content/news/s1.md", &format!("Round {round}."));
        desk.take(&world);
        assert_eq!(desk.compare(&world), Ok(true));
        assert!(
            desk.build(&world)
                .is_some_and(|(_, diags)| diags.len() >= 2)
        );
    }
}

fn changes(desk: &Desk) -> serde_json::Value {
    serde_json::from_slice(&fs::read(desk.out().join("changes.json")).unwrap()).unwrap()
}

/// The tree that follows from an uploaded tree and a list.
fn applied(tree: &Snapshot, list: &serde_json::Value, out: &Snapshot) -> Snapshot {
    let mut tree = tree.clone();
    let paths = |kind: &str| {
        let all = list[kind].as_array().unwrap().iter();
        all.map(|f| f["path"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for path in paths("removed") {
        assert!(tree.remove(&path).is_some(), "{path} was not there");
    }
    for (kind, was) in [("added", false), ("changed", true)] {
        for path in paths(kind) {
            assert_eq!(
                tree.insert(path.clone(), out[&path].clone()).is_some(),
                was,
                "{path}"
            );
        }
    }
    tree
}

#[test]
fn a_list_of_changes_leads_from_the_acknowledged_tree_to_this_one() {
    let files = |desk: &Desk| {
        let mut tree = snapshot(desk.out());
        tree.retain(|_, content| content.is_some());
        tree
    };
    let (mut world, mut rng) = (rich(), Rng::new(3));
    let mut desk = built(&world);
    let mut remote = applied(&Snapshot::new(), &changes(&desk), &files(&desk));
    assert!(remote == files(&desk));
    let first = changes(&desk);
    assert!(first["since"].is_null());
    let edits = super::edits();
    for round in 0..12 {
        if round % 3 != 1 {
            // Uploaded: from here on lists start from this tree.
            let list = changes(&desk);
            let mut diags = Vec::new();
            let id = list["id"].as_str().unwrap().to_owned();
            assert!(
                incremental::acknowledge(desk.out(), &id, &mut diags),
                "{diags:?}"
            );
            remote = files(&desk);
            assert!(desk.build(&world).is_some());
            let list = changes(&desk);
            assert_eq!(
                (
                    list["since"].as_str(),
                    list["added"].as_array().unwrap().len()
                ),
                (Some(id.as_str()), 0)
            );
        }
        let before = fs::read(desk.out().join("changes.json")).unwrap();
        desk.build(&world);
        assert!(before == fs::read(desk.out().join("changes.json")).unwrap());
        let former = world.clone();
        edits[rng.below(edits.len())].1(&mut world, &mut rng);
        desk.take(&world);
        if desk.compare(&world) != Ok(true) {
            world = former;
            desk.take(&world);
            assert_eq!(desk.compare(&world), Ok(true));
        }
        assert!(applied(&remote, &changes(&desk), &files(&desk)) == files(&desk));
    }
    let mut diags = Vec::new();
    assert!(!incremental::acknowledge(desk.out(), "never", &mut diags));
    assert!(diags[0].message.contains("never"), "{diags:?}");
}

#[test]
fn an_older_list_may_be_acknowledged_while_newer_ones_were_written() {
    let mut world = rich();
    let mut desk = built(&world);
    let mut diags = Vec::new();
    let mut ids = vec![changes(&desk)["id"].as_str().unwrap().to_owned()];
    assert!(incremental::acknowledge(desk.out(), &ids[0], &mut diags));
    for n in 0..4 {
        world.append("content/news/s1.md", &format!("More {n}."));
        desk.take(&world);
        assert_eq!(desk.compare(&world), Ok(true));
        ids.push(changes(&desk)["id"].as_str().unwrap().to_owned());
    }
    assert!(
        incremental::acknowledge(desk.out(), &ids[2], &mut diags),
        "{diags:?}"
    );
    desk.build(&world);
    let list = changes(&desk);
    assert_eq!(list["since"], ids[2].as_str());
    assert!(!list["changed"].as_array().unwrap().is_empty());
}

#[test]
fn the_program_verifies_and_acknowledges() {
    let folder = Folder::new(&sites::room());
    let run = |arguments: &[&str]| {
        let all = [&["build", "--json", "--at", NOW], arguments].concat();
        let output = folder.command(&all).output().unwrap();
        (output.status.code(), printed(&output))
    };
    let (code, said) = run(&["--verify"]);
    assert_eq!(code, Some(0), "{said:#?}");
    assert!(said.last().unwrap()["built"]["verified"].as_u64() > Some(100));
    let list = fs::read_to_string(folder.dist().join("changes.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(run(&["--acknowledge", "never"]).0, Some(1));
    assert_eq!(
        run(&["--acknowledge", list["id"].as_str().unwrap()]).0,
        Some(0)
    );
    let list = fs::read_to_string(folder.dist().join("changes.json")).unwrap();
    assert!(
        list.contains("\"added\":[],\"changed\":[],\"removed\":[]"),
        "{list}"
    );
    fs::write(folder.dist().join("site/en/index.html"), "mine").unwrap();
    let (code, said) = run(&["--verify"]);
    assert_eq!(code, Some(1));
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .contains("site/en/index.html")
    );
}
