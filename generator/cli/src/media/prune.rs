//! `dateline media prune`: removes stored files that no dossier has referred to for some time.
//!
//! The time counts from when a run first finds a file unreferenced, not from when it was stored: the
//! sidecar may still serve it by the manifest of the last build. `.unreferenced` in the storage
//! remembers that.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
};

use jiff::{SignedDuration, Timestamp};

use super::storage::{self, Result, Storage};
use crate::output::{Voice, complain, counted, print};
use dateline::base::{
    clock::Now,
    diag::{self, Diagnostic},
    files::Os,
};

/// Arguments of `media prune`.
#[derive(clap::Args)]
pub(super) struct PruneArguments {
    /// How long a file must have been without a dossier: 30d, 12h, 2w; 0d removes at once
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = age)]
    older_than: SignedDuration,
    /// List the files to remove, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The media storage, as for `media add`
    #[arg(long, value_name = "STORAGE")]
    media: Option<String>,
    /// Print what was done as JSON, to standard output
    #[arg(long)]
    json: bool,
}

fn age(text: &str) -> std::result::Result<SignedDuration, String> {
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
            .hint("check --root; if it is meant, empty the storage by hand");
        return super::refuse(root, arguments.json, diag);
    }
    let pruned = storage::open(root, arguments.media.as_deref())
        .and_then(|storage| prune(storage.as_ref(), &referred, &arguments));
    match pruned {
        Ok(found) => {
            tell(&found, &arguments);
            ExitCode::SUCCESS
        }
        Err(diag) => super::refuse(root, arguments.json, *diag),
    }
}

fn prune(
    storage: &dyn Storage,
    referred: &BTreeSet<String>,
    arguments: &PruneArguments,
) -> Result<Vec<Unreferenced>> {
    let now = Now::system().0;
    let before = since(&storage.ledger()?);
    let mut found = Vec::new();
    let stored = storage.list()?.into_iter();
    for (key, size) in stored.filter(|(key, _)| !referred.contains(key)) {
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
    let (due, waiting): (Vec<_>, Vec<_>) = found.iter().partition(|file| file.due);
    let due: Vec<&str> = due.iter().map(|file| file.key.as_str()).collect();
    storage.remove(&due)?;
    let lines = waiting.iter().map(|f| format!("{} {}\n", f.since, f.key));
    storage.set_ledger(&lines.collect::<String>())?;
    storage.tidy();
    Ok(found)
}

/// Since when files are unreferenced, as the last run found.
fn since(ledger: &str) -> BTreeMap<String, Timestamp> {
    let entry = |line: &str| {
        let (since, key) = line.split_once(' ')?;
        Some((key.to_owned(), since.parse().ok()?))
    };
    ledger.lines().filter_map(entry).collect()
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
