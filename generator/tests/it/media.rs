//! `dateline media add`, `dateline media prune` and `dateline check --media`, as the program does them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use crate::harness::{Folder, NOW, Newsroom, Snapshot, printed, snapshot};

/// A clip of the sample newsroom: QuickTime, 1920x1080, 25 frames a second, stereo, 12.6 s.
const CLIP: &str = "../../media/8c/8cda95b37d2ed9405bc2324d84c591939bec0a9e78f6b322da1ddd6210231ac4/lisbon-doorstep-1080p25.mov";
const SUM: &str = "8cda95b37d2ed9405bc2324d84c591939bec0a9e78f6b322da1ddd6210231ac4";

fn clip() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(CLIP)
}

fn room() -> Newsroom {
    Newsroom::new().story("news/good.md", "2025-01-01", "", "")
}

fn run(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = folder.command(arguments).output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8(text).unwrap())
}

fn add(folder: &Folder, more: &[&str]) -> (Option<i32>, String) {
    let clip = clip();
    let arguments = [&["media", "add", clip.to_str().unwrap()], more].concat();
    run(folder, &arguments)
}

fn sources(folder: &Folder) -> Snapshot {
    snapshot(&folder.root())
}

fn dossier(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.root().join("content/media").join(name)).unwrap()
}

#[test]
fn a_file_makes_a_dossier_that_builds_and_the_second_time_changes_nothing() {
    let folder = Folder::new(&room());
    let (code, said) = add(
        &folder,
        &[
            "--to",
            "lisbon-doorstep",
            "--gated",
            "--audio",
            "Stereo, clean",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    let text = dossier(&folder, "lisbon-doorstep.md");
    for part in [
        "title = \"Lisbon doorstep\"\n",
        "draft = true",
        "duration = \"00:00:12.6\"\n",
        "terms = \"standard\"\n",
        "name = \"1080p25\"\nfile = \"lisbon-doorstep-1080p25.mov\"\nlabel = \"1080p25\"\ngated = true\ntype = \"video/quicktime\"\nsize = 444054\n",
        &format!("sha256 = \"{SUM}\"\n"),
        "picture = \"1920x1080\"\nframe_rate = \"25\"\naudio = \"Stereo, clean\"\n",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let stored = folder
        .root()
        .join(format!("media/8c/{SUM}/lisbon-doorstep-1080p25.mov"));
    assert_eq!(fs::read(stored).unwrap(), fs::read(clip()).unwrap());
    let before = sources(&folder);
    let (code, said) = add(&folder, &["--to", "lisbon-doorstep"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing to change in"), "{said}");
    assert_eq!(sources(&folder), before);
    let (code, said) = run(&folder, &["check", "--drafts", "--media"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("1 stored file with 444054 bytes read"),
        "{said}"
    );
}

#[test]
fn a_dossier_that_is_there_keeps_what_the_editor_wrote() {
    let folder = Folder::new(&room().dossier(
        "clip",
        "2025-01-05",
        "# a remark\nplace   =   'Here'",
        "Body.",
    ));
    let before = dossier(&folder, "clip.md");
    let (code, said) = add(
        &folder,
        &[
            "--to",
            "content/media/clip.md",
            "--name",
            "hd",
            "--label",
            "HD \"clean\"",
            "--public",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("warning: this file is 00:00:12.6 long, and the dossier says 00:01:00"),
        "{said}"
    );
    let after = dossier(&folder, "clip.md");
    let (head, rest) = after
        .split_once("\n[[rendition]]\nname = \"hd\"\n")
        .unwrap();
    let (_, tail) = rest.split_once("audio = \"Stereo\"\n").unwrap();
    assert_eq!(format!("{head}{tail}"), before);
    // Another file in the place of an old one.
    let (code, said) = add(&folder, &["--to", "clip", "--name", "preview"]);
    assert_eq!(code, Some(0), "{said}");
    let replaced = dossier(&folder, "clip.md");
    assert!(replaced.contains("name = \"preview\"\nfile = \"lisbon-doorstep-1080p25.mov\"\nlabel = \"preview\"\ngated = false\ntype = \"video/quicktime\"\nsize = 444054\n"), "{replaced}");
    let (code, said) = run(&folder, &["build", "--at", NOW]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn files_that_are_added_at_once_all_arrive() {
    let folder = Folder::new(&room());
    let clip = clip();
    let names = ["a", "b", "c", "d", "e", "f"];
    let started = names.map(|name| {
        let arguments = [
            "media",
            "add",
            clip.to_str().unwrap(),
            "--to",
            "clip",
            "--public",
        ];
        let mut command = folder.command(&arguments);
        command.args(["--name", name]).spawn().unwrap()
    });
    for mut child in started {
        assert!(child.wait().unwrap().success());
    }
    let text = dossier(&folder, "clip.md");
    for name in names {
        let line = format!("name = \"{name}\"\n");
        assert_eq!(text.matches(&line).count(), 1, "{name} in\n{text}");
    }
    let left = snapshot(&folder.root().join("media"));
    assert!(
        left.keys().all(|name| !name.contains(".adding")),
        "{left:?}"
    );
}

#[test]
fn an_id_is_found_in_whichever_folder_it_lies() {
    let folder = Folder::new(&room().dossier("2025/clip", "2025-01-05", "", ""));
    let (code, said) = add(&folder, &["--to", "clip", "--name", "hd", "--public"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(dossier(&folder, "2025/clip.md").contains("name = \"hd\""));
    fs::write(folder.root().join("content/media/clip.md"), "").unwrap();
    let (code, said) = add(&folder, &["--to", "clip"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there are two dossiers `clip`"), "{said}");
}

#[test]
fn what_cannot_be_added_is_refused_and_nothing_changes() {
    let yaml = "---\ntitle: Clip\ndate: 2025-01-05\nduration: \"00:01:00\"\n---\nBody.\n";
    let folder = Folder::new(
        &room()
            .dossier("clip", "2025-01-05", "", "")
            .file("content/media/yaml.md", yaml)
            .file("content/media/broken.md", "+++\ntitle =\n+++\n")
            .file("clip-broadcast.avi", "no video")
            .file("notes.xyz", "no video"),
    );
    let own = |name: &str| folder.root().join(name).to_str().unwrap().to_owned();
    let before = sources(&folder);
    let (gone, root) = (own("gone.mp4"), own("content"));
    let (other, notes) = (own("clip-broadcast.avi"), own("notes.xyz"));
    let cases: &[(&[&str], i32, &str)] = &[
        (&[&root, "--to", "clip", "--public"], 1, "is not a file"),
        (&[&gone, "--to", "clip", "--public"], 1, "cannot read"),
        (
            &[&notes, "--to", "clip", "--name", "new"],
            1,
            "say --public or --gated",
        ),
        (
            &[&notes, "--to", "clip", "--name", "new", "--public"],
            1,
            "say it with --type",
        ),
        (
            &[&notes, "--to", "new", "--public", "--type", "video/mp4"],
            1,
            "say it with --duration",
        ),
        (
            &[&other, "--to", "clip"],
            1,
            "say --name broadcast to put this file in its place",
        ),
        (
            &[&other, "--to", "../clip"],
            1,
            "is not the id of a dossier",
        ),
        (
            &[&other, "--to", "content/news/good.md", "--public"],
            1,
            "is not the file of a dossier",
        ),
        (
            &[&other, "--to", "content/media/clip.fr.md", "--public"],
            1,
            "is not the file of a dossier",
        ),
        (&[&other], 2, "--to"),
        (
            &[&other, "--to", "clip", "--gated", "--public"],
            2,
            "cannot be used with",
        ),
        (
            &[&other, "--to", "clip", "--picture", "1080p"],
            2,
            "1920x1080",
        ),
        (
            &[&other, "--to", "clip", "--name", "A b"],
            2,
            "lower-case letters",
        ),
    ];
    for (arguments, code, text) in cases {
        let (found, said) = run(&folder, &[&["media", "add"], *arguments].concat());
        assert_eq!(found, Some(*code), "{arguments:?}: {said}");
        assert!(said.contains(text), "{arguments:?}: {said}");
        assert_eq!(sources(&folder), before, "{arguments:?}");
    }
    for (name, text) in [
        ("yaml", "  - name: \"1080p25\"\n"),
        ("broken", "has mistakes"),
    ] {
        let (code, said) = add(&folder, &["--to", name, "--name", "1080p25", "--gated"]);
        assert_eq!(code, Some(1), "{said}");
        let lines: Vec<&str> = said
            .lines()
            .map(|l| l.trim_start_matches([' ', '=', '|']))
            .collect();
        assert!(
            lines.join("\n").contains(text.trim_start().trim_end()),
            "{said}"
        );
        let file = format!("{name}.md");
        assert_eq!(
            dossier(&folder, &file).as_bytes(),
            before[&format!("content/media/{file}")].clone().unwrap()
        );
    }
}

#[test]
fn a_stored_file_that_differs_is_named_at_its_dossier() {
    let folder = Folder::new(&room());
    let (code, said) = add(&folder, &["--to", "clip", "--public"]);
    assert_eq!(code, Some(0), "{said}");
    let name = format!("media/8c/{SUM}/lisbon-doorstep-1080p25.mov");
    let stored = folder.root().join(&name);
    let whole = fs::read(&stored).unwrap();
    let mut damaged = whole.clone();
    damaged[1000] ^= 1;
    let found = |content: Option<&[u8]>| {
        match content {
            Some(content) => fs::write(&stored, content).unwrap(),
            None => fs::remove_file(&stored).unwrap(),
        }
        let output = folder
            .command(&["check", "--json", "--media"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let all = printed(&output);
        let errors: Vec<_> = all
            .into_iter()
            .filter(|d| d["severity"] == "error")
            .collect();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert_eq!(errors[0]["file"], "content/media/clip.md");
        assert!(
            errors[0]["text"].as_str().unwrap().starts_with("file = "),
            "{errors:#?}"
        );
        format!("{} {}", errors[0]["message"], errors[0]["hint"])
    };
    assert!(found(Some(&damaged)).contains("is damaged"));
    assert!(found(Some(&whole[1..])).contains("444053 bytes and not 444054"));
    let gone = found(None);
    assert!(gone.contains("is not in the media storage"), "{gone}");
    assert!(
        gone.contains("media add lisbon-doorstep-1080p25.mov --to clip"),
        "{gone}"
    );
    // Without --media nothing is read, and a draft's files are not asked for.
    let (code, said) = run(&folder, &["check"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn pruning_waits_and_touches_nothing_else() {
    let folder = Folder::new(&room());
    let media = folder.root().join("media");
    let (code, said) = add(&folder, &["--to", "clip", "--public"]);
    assert_eq!(code, Some(0), "{said}");
    let old = format!("ab/{}/old.mp4", "ab".repeat(32));
    for (name, content) in [
        (old.as_str(), "old"),
        (".adding-1-0", "half"),
        ("README.txt", "ours"),
        ("ab/notes", "ours"),
    ] {
        let path = media.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let before = sources(&folder);
    let (code, said) = run(
        &folder,
        &["media", "prune", "--dry-run", "--older-than", "0d"],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Would remove 2 files with 7 bytes"), "{said}");
    assert_eq!(sources(&folder), before);
    // Found for the first time, they stay; the time counts from now.
    let (code, said) = run(&folder, &["media", "prune"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Removed 0 files with 0 bytes; 2 files without a dossier stay for now"),
        "{said}"
    );
    assert!(media.join(&old).exists());
    // Later.
    let ledger = fs::read_to_string(media.join(".unreferenced")).unwrap();
    let aged: String = ledger
        .lines()
        .map(|l| format!("2024-01-01T00:00:00Z {}\n", l.split_once(' ').unwrap().1))
        .collect();
    fs::write(media.join(".unreferenced"), aged).unwrap();
    let (code, said) = run(&folder, &["media", "prune", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&old), "{said}");
    assert!(!media.join(&old).exists() && !media.join(".adding-1-0").exists());
    assert!(!media.join("ab").join("ab".repeat(32)).exists());
    assert!(media.join("README.txt").exists() && media.join("ab/notes").exists());
    assert!(
        media
            .join(format!("8c/{SUM}/lisbon-doorstep-1080p25.mov"))
            .exists()
    );
}

#[test]
fn nothing_is_pruned_where_dossiers_cannot_be_read_or_are_not_there() {
    let folder = Folder::new(&room().dossier("clip", "2025-01-05", "", ""));
    let stored = folder
        .root()
        .join(format!("media/ef/{}/old.mp4", "ef".repeat(32)));
    fs::create_dir_all(stored.parent().unwrap()).unwrap();
    fs::write(&stored, "old").unwrap();
    let path = folder.root().join("content/media/clip.md");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("gated", "gatet")).unwrap();
    let (code, said) = run(&folder, &["media", "prune", "--older-than", "0d"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Nothing was removed"), "{said}");
    fs::remove_file(&path).unwrap();
    let (code, said) = run(&folder, &["media", "prune", "--older-than", "0d"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("so all would be removed"), "{said}");
    assert!(stored.exists());
    let (code, _) = run(&folder, &["media", "prune", "--older-than", "30"]);
    assert_eq!(code, Some(2));
}

#[test]
fn facts_of_pictures_and_videos_are_shown() {
    let folder = Folder::new(&room());
    // EXIF with an orientation, IPTC IIM with a credit, a comment, and a frame of 600 × 400.
    let picture = b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0\
        \xff\xed\0\x29Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0d\x1c\x02\x6e\0\x08Tx\xf8 Corp\
        \xff\xfe\0\x04hi\xff\xc0\0\x11\x08\x01\x90\x02\x58\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xd9";
    let file = folder.root().join("a.jpg");
    fs::write(&file, picture).unwrap();
    let facts = |file: &Path, more: &[&str]| {
        let arguments = [&["media", "facts", file.to_str().unwrap()], more].concat();
        run(&folder, &arguments)
    };
    let (code, said) = facts(&file, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        said,
        "JPEG, 400 × 600 pixels, RGB with 8 bits, turned (orientation 6)\ncredit: Txø Corp\nprivate, not published: comment\n"
    );
    let (_, said) = facts(&file, &["--json"]);
    let object: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(object["rights"]["credit"], "Txø Corp");
    assert_eq!(object["private"][0], "comment");
    let (code, said) = facts(&clip(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("picture: 1920x1080\n"), "{said}");
    fs::write(&file, "PK\x03\x04 a zip").unwrap();
    let (code, said) = facts(&file, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("is not the picture that its name says"),
        "{said}"
    );
}
