//! What a run would do and what it did: a table for people, JSON for programs.

use std::fmt::Write as _;

use dateline::publish::{Phase, Publishing};
use serde_json::{Value, json};

use crate::output::counted;

/// How many files are listed without `--all`.
const NAMED: usize = 20;

/// The rows of the table: name, number of files, number of bytes.
fn rows(publishing: &Publishing<'_>) -> Vec<(&'static str, usize, Option<u64>)> {
    let plan = publishing.plan();
    let uploads = [
        ("files of pages", Phase::Files),
        ("new pages", Phase::NewPages),
        ("changed pages", Phase::Pages),
        ("feeds, sitemaps", Phase::Lists),
    ];
    let mut rows = Vec::new();
    for (name, phase) in uploads {
        let all = plan.uploads.iter().filter(|upload| upload.phase == phase);
        let (count, bytes) = all.fold((0, 0), |(count, bytes), upload| {
            (count + 1, bytes + publishing.size(upload))
        });
        rows.push((name, count, Some(bytes)));
    }
    rows.push(("removed", plan.removals.len(), None));
    rows.push(("unused, kept for a while", plan.unused.len(), None));
    rows.push(("unchanged", plan.same, None));
    rows
}

/// `5.1 kB`.
fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} B"),
        1000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// The table, followed by a list of files.
pub(super) fn text(publishing: &Publishing<'_>, all: bool) -> String {
    let mut out = format!("{:<26}{:>8}{:>12}\n", "", "files", "size");
    for (name, count, size) in rows(publishing) {
        let size = size.map(bytes).unwrap_or_default();
        let _ = writeln!(out, "{:<26}{count:>8}{size:>12}", name);
    }
    let plan = publishing.plan();
    let uploads = plan.uploads.iter().map(|upload| {
        let sign = if upload.is_new { '+' } else { '~' };
        format!("{sign} {}", upload.key)
    });
    let removals = plan.removals.iter().map(|(_, key)| format!("- {key}"));
    let count = plan.uploads.len() + plan.removals.len();
    let shown = if all { usize::MAX } else { NAMED };
    // Removals first: they need the closest look.
    for line in removals.chain(uploads).take(shown) {
        let _ = write!(out, "\n{line}");
    }
    if count > shown {
        let _ = write!(out, "\n… and {} more; --all names them", count - shown);
    }
    out.trim_end().to_owned()
}

/// What was done, as JSON.
pub(super) fn counts(publishing: &Publishing<'_>) -> Value {
    let plan = publishing.plan();
    json!({
        "id": publishing.id(),
        "uploaded": plan.uploads.len(),
        "removed": plan.removals.len(),
        "unchanged": plan.same,
    })
}

/// What would be done, as JSON.
pub(super) fn object(publishing: &Publishing<'_>) -> Value {
    let plan = publishing.plan();
    let uploads = plan.uploads.iter();
    let uploads =
        uploads.map(|u| json!({ "key": u.key, "size": publishing.size(u), "new": u.is_new }));
    let removals: Vec<&str> = plan.removals.iter().map(|(_, key)| key.as_str()).collect();
    json!({
        "id": publishing.id(),
        "uploads": uploads.collect::<Vec<Value>>(),
        "removals": removals,
        "unused": plan.unused,
        "unchanged": plan.same,
    })
}

/// What was done, in one line.
pub(super) fn done(publishing: &Publishing<'_>, target: &str) -> String {
    let plan = publishing.plan();
    if plan.is_empty() {
        return format!("{target} has this build already: {} unchanged", plan.same);
    }
    format!(
        "Published to {target}: {} uploaded, {} unchanged, {} removed",
        counted(plan.uploads.len(), "file"),
        plan.same,
        plan.removals.len(),
    )
}
