//! `dateline media prune`: removes stored files that no dossier has referred to for some time.
//!
//! The time counts from when a run first finds a file unreferenced, not from when it was stored: the
//! sidecar may still serve it by the manifest of the last build. `.unreferenced` in the storage
//! remembers that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use jiff::{SignedDuration, Timestamp};

use super::{edit, storage};
use crate::output::{Voice, complain, counted, print};
use dateline::{
    base::{
        clock::Now,
        diag::{self, Diagnostic},
        files::Os,
    },
    parse::rendition::STORAGE,
};

/// Remembers since when files are unreferenced: a time and a key on each line.
const LEDGER: &str = ".unreferenced";

/// Arguments of `media prune`.
#[derive(clap::Args)]
pub(super) struct PruneArguments {
    /// How long a file must have been without a dossier: 30d, 12h, 2w; 0d removes at once
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = age)]
    older_than: SignedDuration,
    /// List the files to remove, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The media storage [default: media/ beside content/]
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,
    /// Print what was done as JSON, to standard output
    #[arg(long)]
    json: bool,
}

fn age(text: &str) -> Result<SignedDuration, String> {
    let hint = || "write a number and a unit: 12h, 30d or 2w".to_owned();
    let unit = text.chars().next_back().ok_or_else(hint)?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 7 * 24,
        _ => return Err(hint()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| hint())?;
    Ok(SignedDuration::from_hours(i64::from(number) * hours))
}

/// What becomes of an unreferenced file.
struct Unreferenced {
    key: String,
    size: u64,
    since: Timestamp,
    due: bool,
}

pub(super) fn run(root: &Path, arguments: PruneArguments) -> ExitCode {
    let files = Os::new(root);
    let mut diags = Vec::new();
    let documents = super::dossiers(&files, &mut diags);
    if diag::any_error(&diags) {
        // A dossier that cannot be read may refer to anything.
        Voice::new(arguments.json).findings(&files, &diags);
        complain(
            "Nothing was removed: correct these first, for what they refer to cannot be known",
        );
        return ExitCode::from(1);
    }
    let own = |d: &dateline::parse::Document| d.meta.dossier.clone();
    let referred: BTreeSet<String> = documents
        .iter()
        .filter_map(own)
        .flat_map(|d| d.renditions.iter().map(|r| r.key()).collect::<Vec<_>>())
        .collect();
    if referred.is_empty() {
        let diag = Diagnostic::error("no dossier refers to any file, so all would be removed")
            .hint("check --root; if it is meant, remove the folder by hand");
        return super::refuse(root, arguments.json, diag);
    }
    let folder = arguments
        .media
        .clone()
        .unwrap_or_else(|| root.join(STORAGE));
    match prune(&folder, &referred, &arguments) {
        Ok(found) => {
            tell(&found, &arguments);
            ExitCode::SUCCESS
        }
        Err(diag) => super::refuse(root, arguments.json, *diag),
    }
}

fn prune(
    folder: &Path,
    referred: &BTreeSet<String>,
    arguments: &PruneArguments,
) -> Result<Vec<Unreferenced>, Box<Diagnostic>> {
    let now = Now::system().0;
    let before = ledger(folder);
    let stored = stored(folder).map_err(|e| storage::failed("list", folder, &e))?;
    let mut found = Vec::new();
    for (key, size) in stored
        .into_iter()
        .filter(|(key, _)| !referred.contains(key))
    {
        let since = before.get(&key).copied().unwrap_or(now).min(now);
        found.push(Unreferenced {
            due: now.duration_since(since) >= arguments.older_than,
            key,
            size,
            since,
        });
    }
    if arguments.dry_run {
        return Ok(found);
    }
    for file in found.iter().filter(|f| f.due) {
        let path = folder.join(&file.key);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(storage::failed("remove", &path, &e));
            }
            _ => {}
        }
        // Folders that hold something else stay.
        for folder in path.ancestors().skip(1).take(file.key.matches('/').count()) {
            let _ = fs::remove_dir(folder);
        }
    }
    let waiting = found.iter().filter(|f| !f.due);
    let text: String = waiting
        .map(|f| format!("{} {}\n", f.since, f.key))
        .collect();
    let path = folder.join(LEDGER);
    if !text.is_empty() || path.exists() {
        edit::replace(&path, &text)?;
    }
    Ok(found)
}

/// Since when files are unreferenced, as the last run found.
fn ledger(folder: &Path) -> BTreeMap<String, Timestamp> {
    let text = fs::read_to_string(folder.join(LEDGER)).unwrap_or_default();
    let entry = |line: &str| {
        let (since, key) = line.split_once(' ')?;
        Some((key.to_owned(), since.parse().ok()?))
    };
    text.lines().filter_map(entry).collect()
}

/// Keys and sizes of all that this program stored, and of copies that were never finished. Any
/// other file belongs to another program.
fn stored(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut out = Vec::new();
    for (first, path) in names(folder)? {
        if first.starts_with(storage::UNFINISHED) {
            out.push((first, fs::metadata(&path)?.len()));
            continue;
        }
        if !hexadecimal(&first, 2) || !path.is_dir() {
            continue;
        }
        for (sum, path) in names(&path)? {
            if !hexadecimal(&sum, 64) || !sum.starts_with(&first) || !path.is_dir() {
                continue;
            }
            for (name, path) in names(&path)? {
                let about = fs::symlink_metadata(&path)?;
                if about.is_file() {
                    out.push((format!("{first}/{sum}/{name}"), about.len()));
                }
            }
        }
    }
    out.sort();
    Ok(out)
}

fn names(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no text was not given by this program.
        if let Ok(name) = entry.file_name().into_string() {
            out.push((name, entry.path()));
        }
    }
    Ok(out)
}

fn hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn tell(found: &[Unreferenced], arguments: &PruneArguments) {
    let until = |f: &Unreferenced| {
        let due = f.since.checked_add(arguments.older_than);
        due.map_or_else(|_| "later".to_owned(), |t| t.to_string())
    };
    let (due, waiting): (Vec<_>, Vec<_>) = found.iter().partition(|f| f.due);
    if arguments.json {
        let list = |files: &[&Unreferenced]| {
            let one = |f: &&Unreferenced| serde_json::json!({ "key": f.key, "size": f.size, "since": f.since.to_string() });
            files.iter().map(one).collect::<Vec<_>>()
        };
        print(&serde_json::json!({ "removed": list(&due), "waiting": list(&waiting), "dry_run": arguments.dry_run }).to_string());
        return;
    }
    let done = if arguments.dry_run {
        "Would remove"
    } else {
        "Removed"
    };
    for file in &due {
        print(&format!("{done} {} ({} bytes)", file.key, file.size));
    }
    for file in &waiting {
        print(&format!(
            "Waiting until {}: {} ({} bytes)",
            until(file),
            file.key,
            file.size
        ));
    }
    let bytes: u64 = due.iter().map(|f| f.size).sum();
    print(&format!(
        "{done} {} with {bytes} bytes; {} without a dossier stay for now",
        counted(due.len(), "file"),
        counted(waiting.len(), "file")
    ));
}
