//! Who may import whom, read from the sources themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    sources_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Each source below a folder, by its path from there.
fn sources_in(root: &Path) -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(root, &mut found);
    found.sort();
    let name = |path: &Path| {
        path.strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    found
        .iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// What a source takes from this crate: the paths that follow `crate::`, `use` groups spelled out.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = after.find(|c| !is_path(c)).unwrap_or(after.len());
        let (path, rest) = after.split_at(end);
        match rest
            .strip_prefix('{')
            .and_then(|group| group.split_once('}'))
        {
            Some((group, _)) => found.extend(group.split(',').map(|name| {
                format!(
                    "{path}{}",
                    name.split_whitespace().collect::<Vec<_>>().join(" ")
                )
            })),
            None => {
                found.insert(path.to_owned());
            }
        }
    }
    found
}

/// The room that a file belongs to: its folder, or the module of the same name.
fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

#[test]
fn each_room_imports_only_what_it_may() {
    let may = |room: &str| -> Option<&[&str]> {
        match room {
            "watch" | "net" | "failures" | "tls" => Some(&[]),
            "domain" => Some(&[]),
            "mail" | "hashing" => Some(&["domain"]),
            "media" => Some(&["domain", "tls"]),
            "store" => Some(&["domain", "failures", "tls"]),
            "composer" => Some(&["domain"]),
            "metrics" => Some(&["domain"]),
            "outbox" => Some(&["domain", "composer", "failures", "metrics"]),
            "upkeep" => Some(&["domain", "failures", "metrics"]),
            "http" => Some(&["domain", "composer", "media", "metrics", "net"]),
            "server" => Some(&["net"]),
            "config" => Some(&["domain", "hashing", "mail", "net"]),
            "logging" => Some(&["config", "http"]),
            "confine" => Some(&["config", "mail"]),
            "cli" => Some(&[
                "app", "config", "confine", "domain", "http", "logging", "server",
            ]),
            // The composition root and the program.
            "app" | "lib" | "main" => None,
            other => panic!("say here what {other} may import"),
        }
    };
    for (file, source) in sources() {
        let own = room(&file);
        let Some(allowed) = may(own) else { continue };
        for import in imports(&source) {
            let target = import.split("::").next().unwrap();
            assert!(
                target == own || allowed.contains(&target),
                "{file} imports crate::{import}"
            );
        }
    }
}

#[test]
fn http_names_no_concrete_storage() {
    for (file, source) in sources()
        .iter()
        .filter(|(file, _)| file.starts_with("http/"))
    {
        for concrete in [
            "LocalFolder",
            "media::local",
            "media::bucket",
            "dateline_bucket",
            "std::fs",
            "tokio::fs",
        ] {
            assert!(!source.contains(concrete), "{file} names {concrete}");
        }
    }
}

#[test]
fn only_the_clock_reads_the_clock() {
    for (file, source) in sources() {
        let reads = ["SystemTime::now", "Timestamp::now", "Zoned::now"];
        assert!(
            file == "domain/clock.rs" || !reads.iter().any(|read| source.contains(read)),
            "{file} reads the machine's clock"
        );
    }
}

#[test]
fn domain_knows_nothing_of_http_or_files() {
    for (file, source) in sources()
        .iter()
        .filter(|(file, _)| file.starts_with("domain/"))
    {
        for foreign in ["axum", "hyper", "tokio", "std::fs"] {
            assert!(!source.contains(foreign), "{file} names {foreign}");
        }
    }
}

#[test]
fn tests_of_rules_know_nothing_of_sqlite() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/accounts");
    for (file, source) in sources_in(&folder) {
        for foreign in ["rusqlite", "SELECT ", "column::<"] {
            assert!(!source.contains(foreign), "{file} names {foreign}");
        }
    }
}

#[test]
fn imports_are_found_in_all_their_forms() {
    let source = "use crate::a::B;\nuse crate::c::{D, e::F};\n// crate::no\nfn f() { crate::g::h() }\nuse crate::{i, j::K};";
    let found: Vec<_> = imports(source).into_iter().collect();
    assert_eq!(found, ["a::B", "c::D", "c::e::F", "g::h", "i", "j::K"]);
}
