//! What only a real folder can hold: links, folders called as files, places that cannot be written.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use crate::harness::{Folder, Newsroom, printed, snapshot};

fn room() -> Newsroom {
    Newsroom::new().story("news/good.md", "2025-01-01", "", "")
}

/// Builds a sound newsroom, breaks it on the disk, and expects findings: file, line and text.
fn refused(break_it: impl Fn(&Path), expected: &[(&str, usize, &str)]) {
    let folder = Folder::new(&room());
    assert_eq!(folder.build().status.code(), Some(0));
    let before = snapshot(&folder.dist());
    break_it(&folder.root().join("content"));
    let output = folder.build();
    let found = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{found:#?}");
    for (file, line, text) in expected {
        let hit = found.iter().any(|d| {
            d["file"].as_str().unwrap_or_default() == *file
                && d["line"].as_u64().unwrap_or_default() as usize == *line
                && d["message"].as_str().unwrap().contains(text)
        });
        assert!(hit, "{file}:{line} {text}: {found:#?}");
    }
    assert_eq!(snapshot(&folder.dist()), before);
}

#[test]
fn links_to_nowhere_are_refused() {
    refused(
        |content| symlink("gone.md", content.join("news/link.md")).unwrap(),
        &[("content/news/link.md", 0, "")],
    );
}

#[test]
fn links_must_end_among_the_sources_on_no_hidden_file() {
    let secret = |content: &Path| {
        let folder = content.join("../.dateline");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("secret"), "s3cret").unwrap();
        fs::create_dir_all(content.join("static")).unwrap();
        fs::create_dir_all(content.join("news/.kept")).unwrap();
        fs::write(content.join("news/.kept/a.jpg"), "x").unwrap();
    };
    let out = "leads out of content/";
    let out_of_static = "leads out of static/";
    for (link, target, text) in [
        ("news/link.md", "/etc/hostname", out),
        ("news/folder", "/etc", out),
        ("news/a.png", "../../.dateline/secret", out),
        ("news/a.txt", "../../themes/plain/i18n/en.ftl", out),
        ("news/all", "../..", "leads"),
        ("static/key.txt", "../../.dateline/secret", out_of_static),
        ("static/all", "../../.dateline", out_of_static),
        ("static/good.txt", "../news/good.md", out_of_static),
        ("news/a.jpg", ".kept/a.jpg", "leads to a hidden file"),
        ("news/folder", ".kept", "leads to a hidden file"),
        (".well-known", "news/.kept", "leads to a hidden file"),
    ] {
        refused(
            |content| {
                secret(content);
                symlink(target, content.join(link)).unwrap();
            },
            &[(&format!("content/{link}"), 0, text)],
        );
    }
    refused(
        |content| {
            secret(content);
            let asset = content.join("../themes/plain/assets/key.txt");
            symlink("../../../.dateline/secret", asset).unwrap();
        },
        &[("themes/plain/assets/key.txt", 0, "leads out of themes/")],
    );
}

#[test]
fn links_in_a_circle_are_refused() {
    refused(
        |content| symlink("..", content.join("news/again")).unwrap(),
        &[(
            "content/news/again",
            0,
            "leads back to a folder that holds it",
        )],
    );
    refused(
        |content| {
            symlink("b.md", content.join("news/a.md")).unwrap();
            symlink("a.md", content.join("news/b.md")).unwrap();
        },
        &[("content/news/a.md", 0, ""), ("content/news/b.md", 0, "")],
    );
}

#[test]
fn a_link_inside_the_newsroom_is_a_file() {
    let folder = Folder::new(&room());
    symlink("good.md", folder.root().join("content/news/second.md")).unwrap();
    assert_eq!(folder.build().status.code(), Some(0));
    assert!(
        folder
            .dist()
            .join("site/en/news/2025/01/01/second/index.html")
            .exists()
    );
}

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A pipe that nobody writes to would be read for ever.
#[test]
fn what_is_neither_file_nor_folder_is_refused_and_not_waited_for() {
    let special = "neither a file nor a folder";
    for (name, file, text) in [
        ("news/pipe.md", "content/news/pipe.md", special),
        ("static/pipe.bin", "content/static/pipe.bin", special),
        ("terms.toml", "content/terms.toml", special),
        ("site.toml", "", special),
        (
            "../themes/plain/i18n/en.ftl",
            "themes/plain/i18n/en.ftl",
            special,
        ),
        (
            "../themes/plain/templates/home.html",
            "themes/plain/templates/home.html",
            special,
        ),
    ] {
        let made = |content: &Path| {
            fs::create_dir_all(content.join("static")).unwrap();
            pipe(&content.join(name));
        };
        refused(made, &[(file, 0, text)]);
    }
    refused(
        |content| {
            std::os::unix::net::UnixListener::bind(content.join("news/socket.md")).unwrap();
        },
        &[("content/news/socket.md", 0, special)],
    );
    refused(
        |content| symlink("/dev/zero", content.join("news/zero.md")).unwrap(),
        &[("content/news/zero.md", 0, "leads out of content/")],
    );
}

#[test]
fn hidden_things_are_passed_over_whatever_they_are() {
    let folder = Folder::new(&room());
    let news = folder.root().join("content/news");
    symlink("editor@host.4711:1", news.join(".#good.md")).unwrap();
    symlink("editor@host.4711:1", news.join("good.md~")).unwrap();
    symlink("..", news.join(".again")).unwrap();
    symlink("/etc/shadow", news.join(".link")).unwrap();
    pipe(&news.join(".pipe"));
    let output = folder.build();
    assert_eq!(output.status.code(), Some(0), "{:#?}", printed(&output));
    assert!(printed(&output).iter().all(|d| d["severity"] != "error"));
}

#[test]
fn a_media_file_that_is_a_pipe_is_not_waited_for() {
    let folder = Folder::new(&room());
    let media = folder.root().join("clip.mp4");
    pipe(&media);
    let arguments = ["media", "add", "clip.mp4", "--to", "content/media/clip.md"];
    let output = folder.command(&arguments).output().unwrap();
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn a_file_that_may_not_be_read_is_refused() {
    let probe = tempfile::tempdir().unwrap();
    lock(&write(probe.path(), "x"));
    if fs::read(probe.path().join("x")).is_ok() {
        eprintln!("skipped: this user reads whatever it likes");
        return;
    }
    refused(
        |content| lock(&content.join("news/good.md")),
        &[("content/news/good.md", 0, "cannot be read")],
    );
}

fn write(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, "x").unwrap();
    path
}

fn lock(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
}

#[test]
fn settings_that_are_a_folder_are_refused() {
    for (name, text) in [
        ("site.toml", "cannot be read"),
        ("terms.toml", "cannot be read"),
    ] {
        let file = if name == "site.toml" {
            ""
        } else {
            "content/terms.toml"
        };
        refused(
            |content| {
                let _ = fs::remove_file(content.join(name));
                fs::create_dir(content.join(name)).unwrap();
            },
            &[(file, 0, text)],
        );
    }
}

#[test]
fn a_folder_called_as_a_document_is_a_folder() {
    let folder = Folder::new(&room());
    fs::create_dir(folder.root().join("content/news/deep.md")).unwrap();
    assert_eq!(folder.build().status.code(), Some(0));
}

#[test]
fn a_document_of_more_than_eight_mebibytes_is_refused() {
    refused(
        |content| fs::write(content.join("news/huge.md"), vec![b'x'; (8 << 20) + 1]).unwrap(),
        &[("content/news/huge.md", 0, "more than the 8 MiB")],
    );
}

#[test]
fn names_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    refused(
        |content| {
            let name = std::ffi::OsStr::from_bytes(b"caf\xe9.md");
            fs::write(content.join("news").join(name), "x").unwrap();
        },
        &[("content/news/caf\u{fffd}.md", 0, "not UTF-8; rename it")],
    );
}

#[test]
fn an_output_folder_of_someone_elses_is_left_alone() {
    let folder = Folder::new(&room());
    let site = folder.dist().join("site");
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("precious.txt"), "mine").unwrap();
    let before = snapshot(&folder.root());
    let output = folder.build();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        printed(&output)[0]["message"]
            .as_str()
            .unwrap()
            .contains("holds files that Dateline did not make")
    );
    assert_eq!(snapshot(&folder.root()), before);
}

#[test]
fn an_output_folder_that_is_a_file_is_refused() {
    let folder = Folder::new(&room());
    fs::write(folder.dist(), "x").unwrap();
    let output = folder.build();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        printed(&output)[0]["message"]
            .as_str()
            .unwrap()
            .contains("cannot make the folder")
    );
}

/// A file system of a few pages of memory, where this user may make one.
struct Tiny(tempfile::TempDir);

impl Tiny {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "none"])
            .arg(folder.path());
        let done = mount.output().is_ok_and(|o| o.status.success());
        if !done {
            eprintln!("skipped: this user cannot mount a small disk");
        }
        done.then(|| Self(folder))
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        let options = format!("remount,{options}");
        assert!(
            mount
                .args(["-o", &options])
                .arg(self.0.path())
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn build_out(folder: &Folder, out: &Path) -> std::process::Output {
    let out = out.to_str().unwrap();
    let arguments = ["build", "--json", "--at", crate::harness::NOW, "--out", out];
    folder.command(&arguments).output().unwrap()
}

#[test]
fn a_disk_that_fills_up_leaves_the_site_as_it_was() {
    let Some(disk) = Tiny::new("size=1m") else {
        return;
    };
    let out = disk.0.path().join("dist");
    let folder = Folder::new(&room());
    assert_eq!(build_out(&folder, &out).status.code(), Some(0));
    let before = snapshot(&out);
    let mut bigger = room().file("content/static/big.bin", vec![7; 2 << 20]);
    for i in 0..50 {
        bigger = bigger.story(
            &format!("news/s{i}.md"),
            "2025-01-02",
            "topics = [\"x\"]",
            "",
        );
    }
    folder.write(&bigger);
    let output = build_out(&folder, &out);
    assert_eq!(output.status.code(), Some(1));
    let found = printed(&output);
    assert!(
        found.iter().any(|d| d["hint"]
            .as_str()
            .unwrap_or_default()
            .contains("make room on the disk")),
        "{found:#?}"
    );
    assert_eq!(snapshot(&out), before);
    folder.write(&room());
    assert_eq!(build_out(&folder, &out).status.code(), Some(0));
    assert_eq!(snapshot(&out), before);
}

#[test]
fn a_disk_that_cannot_be_written_is_refused() {
    let Some(disk) = Tiny::new("size=1m") else {
        return;
    };
    let out = disk.0.path().join("dist");
    let folder = Folder::new(&room());
    assert_eq!(build_out(&folder, &out).status.code(), Some(0));
    let before = snapshot(&out);
    disk.remount("ro");
    folder.write(&room().story("news/more.md", "2025-01-02", "", ""));
    let output = build_out(&folder, &out);
    assert_eq!(output.status.code(), Some(1));
    let found = printed(&output);
    assert!(
        found[0]["hint"]
            .as_str()
            .unwrap()
            .contains("choose another folder"),
        "{found:#?}"
    );
    assert_eq!(snapshot(&out), before);
}

/// "é" as one character, as people type it, and as two, as some systems write names of files.
const FORMS: [&str; 2] = ["\u{e9}t\u{e9}", "e\u{301}te\u{301}"];

#[test]
fn names_meet_in_whatever_unicode_form_they_are_written() {
    let site = |of_files: &str, of_text: &str| {
        let folder = Folder::new(&Newsroom::new());
        let put = |path: &str, content: &[u8]| {
            let path = folder.root().join("content").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        let story = |title: &str, keys: &str, body: &str| {
            format!("+++\ntitle = \"{title}\"\ndate = 2025-01-01\n{keys}\n+++\n{body}\n")
        };
        let one = story(
            of_text,
            &format!("topics = [\"{of_text}\"]\nslug = \"{of_text}\""),
            &format!("## {of_text}\n"),
        );
        put(&format!("news/{of_files}/{of_files}.md"), one.as_bytes());
        put(
            &format!("news/{of_files}/{of_files}.fr.md"),
            format!("+++\ntitle = \"{of_text}\"\n+++\n").as_bytes(),
        );
        put(&format!("news/{of_files}.png"), &crate::harness::png(3, 2));
        put(&format!("static/{of_files}.txt"), b"x");
        let body = format!(
            "[a]({of_text}/{of_text}.md#{of_text}) ![p]({of_text}.png) [s](/{of_text}.txt) [e](/e%CC%81te%CC%81.txt)\n"
        );
        let keys = format!(
            "related = [\"{of_text}/{of_text}.md\"]\ntopics = [\"{}\"]",
            FORMS[0]
        );
        put("news/b.md", story("B", &keys, &body).as_bytes());
        let output = folder.build();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{of_files} {of_text}: {:#?}",
            printed(&output)
        );
        snapshot(&folder.dist())
    };
    let plain = site(FORMS[0], FORMS[0]);
    assert!(
        plain.contains_key("site/fr/news/2025/01/01/\u{e9}t\u{e9}/index.html"),
        "{:#?}",
        plain.keys()
    );
    assert!(plain.contains_key("site/en/topics/\u{e9}t\u{e9}/index.html"));
    for (of_files, of_text) in [(1, 0), (0, 1), (1, 1)] {
        assert!(
            site(FORMS[of_files], FORMS[of_text]) == plain,
            "{of_files} {of_text}"
        );
    }
}

#[test]
fn two_files_that_differ_in_unicode_form_alone_are_refused() {
    refused(
        |content| {
            for form in FORMS {
                fs::write(content.join(format!("news/{form}.png")), "x").unwrap();
            }
        },
        &[("content/news/e\u{301}te\u{301}.png", 0, "looks the same")],
    );
}
