//! `dateline build`.

use std::{
    path::{Component, Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use super::reading::Reading;
use super::{
    again::{Ended, World, again},
    dev::watch::{self, Watch},
    output::{Bar, Voice, complain, counted, seconds},
    timings::Timings,
};
use dateline::{
    base::{clock::Now, diag::Diagnostics, files::Os},
    incremental::{self, Built, Disk},
    pipeline::{Addresses, Inputs, Progress},
    plan::LEDGER,
    publish,
};

/// Arguments of `build`.
#[derive(clap::Args)]
pub(super) struct BuildArguments {
    #[command(flatten)]
    reading: Reading,
    /// The folder that will hold site/, edge/ and sidecar/ [default: dist]; --drafts and --at need another
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Build everything a second time from nothing, in memory, and compare it with the folder byte by byte
    #[arg(long)]
    verify: bool,
    /// Fail if content/addresses.lock would change: for checks before a merge
    #[arg(long)]
    locked: bool,
    /// Keep running: build when sources change, and whenever something appears or expires
    #[arg(long, conflicts_with_all = ["at", "verify", "timings", "acknowledge", "locked"])]
    watch: bool,
    /// Show where the time went: by stage, by template, and the slowest pages
    #[arg(long)]
    timings: bool,
    /// Mark the change list with this ID (in DIR/changes.json) as deployed: later lists give the
    /// differences from its tree
    #[arg(long, value_name = "ID")]
    acknowledge: Option<String>,
}

impl BuildArguments {
    /// A look at drafts, or at another moment, publishes nothing.
    fn is_preview(&self) -> bool {
        self.reading.drafts || self.reading.at.is_some()
    }

    fn folder(&self, root: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| root.join("dist"))
    }

    fn addresses(&self) -> Addresses {
        match self.locked {
            true => Addresses::Locked,
            false if self.is_preview() => Addresses::Leave,
            false => Addresses::Add,
        }
    }
}

/// A path from the root of the disk, without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out
}

pub(super) fn run(root: &Path, arguments: BuildArguments) -> ExitCode {
    let out = arguments.folder(root);
    if arguments.is_preview() && plain(&out) == plain(&root.join("dist")) {
        complain(
            "error: with --drafts or --at a build holds what is not public now, and dist/ is what gets uploaded\n\
             name another folder for it with --out DIR, or look at it with `dateline dev`",
        );
        return ExitCode::from(2);
    }
    match arguments.watch {
        true => watch(root, &arguments),
        false => once(root, arguments),
    }
}

/// Says whether the folder holds a preview: before a build that makes one, and after one that does not.
fn mark(out: &Path, preview: bool, diags: &mut Diagnostics) -> bool {
    let marked = publish::mark_preview(out, preview);
    marked.map_err(|diag| diags.push(*diag)).is_ok()
}

fn once(root: &Path, arguments: BuildArguments) -> ExitCode {
    let started = Instant::now();
    let mut inputs = arguments.reading.inputs(root);
    inputs.addresses = arguments.addresses();
    let disk: Arc<dyn Disk> = Arc::new(Os::new(root));
    let voice = arguments.reading.voice();
    let out = arguments.folder(root);
    let mut diags = Vec::new();
    let preview = arguments.is_preview();
    if preview && !mark(&out, true, &mut diags) {
        voice.findings(inputs.files.as_ref(), &diags);
        return ExitCode::from(1);
    }
    if let Some(id) = &arguments.acknowledge
        && !incremental::acknowledge(&out, id, &mut diags)
    {
        voice.findings(inputs.files.as_ref(), &diags);
        return ExitCode::from(1);
    }
    let timings = arguments.timings.then(Timings::default);
    let begun = Instant::now();
    let built = {
        let bar = Bar::default();
        let progress: &dyn Progress = match &timings {
            Some(timings) => timings,
            None => &bar,
        };
        incremental::build(&inputs, &disk, &out, progress, &mut diags)
    };
    let wall = begun.elapsed();
    let built = built.filter(|_| preview || mark(&out, false, &mut diags));
    let compared = match (&built, arguments.verify) {
        (Some(_), true) => {
            let compared = incremental::verify(&inputs, &disk, &out, &mut diags);
            if compared.is_none() {
                voice.findings(inputs.files.as_ref(), &diags);
                return ExitCode::from(1);
            }
            compared
        }
        _ => None,
    };
    voice.findings(inputs.files.as_ref(), &diags);
    let Some(built) = built else {
        return ExitCode::from(1);
    };
    let mut object = serde_json::json!({ "built": object(&built, started) });
    object["built"]["verified"] = compared.into();
    let mut line = closing(&built, &out, started);
    if let Some(compared) = compared {
        line.push_str(&format!(
            "\nVerified: {} as a clean build makes {}",
            counted(compared, "file"),
            if compared == 1 { "it" } else { "them" }
        ));
    }
    if let Some(timings) = timings {
        let report = timings.report(&inputs, wall);
        line.push_str(&format!("\n\n{report}"));
        object["built"]["timings"] = report.json();
    }
    voice.done(&line, &object);
    std::mem::forget(built.unfreed);
    ExitCode::SUCCESS
}

fn watch(root: &Path, arguments: &BuildArguments) -> ExitCode {
    // First of all, so that no edit is missed while everything is read.
    let watch = match watch::start(root) {
        Ok(watch) => watch,
        Err(why) => {
            complain(&format!("error: {why}"));
            return ExitCode::from(1);
        }
    };
    let mut inputs = arguments.reading.inputs(root);
    inputs.addresses = arguments.addresses();
    let (voice, out, preview) = (
        arguments.reading.voice(),
        arguments.folder(root),
        arguments.is_preview(),
    );
    let mut diags = Vec::new();
    if preview && !mark(&out, true, &mut diags) {
        voice.findings(inputs.files.as_ref(), &diags);
        return ExitCode::from(1);
    }
    again(&mut Newsroom {
        inputs,
        disk: Arc::new(Os::new(root)),
        out,
        preview,
        voice,
        printed: Vec::new(),
        watch,
    });
    ExitCode::SUCCESS
}

/// The newsroom of `--watch`, on this machine's clock.
struct Newsroom {
    inputs: Inputs,
    disk: Arc<dyn Disk>,
    out: PathBuf,
    preview: bool,
    voice: Voice,
    /// The findings that were printed last.
    printed: Diagnostics,
    watch: Watch,
}

impl World for Newsroom {
    fn now(&self) -> Now {
        Now::system()
    }

    fn build(&mut self, now: Now) -> Ended {
        let started = Instant::now();
        self.inputs.now = now;
        let mut diags = Vec::new();
        let (inputs, disk) = (&self.inputs, &self.disk);
        let built = incremental::build(inputs, disk, &self.out, &Bar::default(), &mut diags);
        let built = built.filter(|_| self.preview || mark(&self.out, false, &mut diags));
        if diags != self.printed {
            self.voice.findings(self.inputs.files.as_ref(), &diags);
            self.printed = diags;
        }
        let Some(built) = built else {
            return Ended::Failed;
        };
        let object = serde_json::json!({ "built": object(&built, started) });
        self.voice
            .done(&closing(&built, &self.out, started), &object);
        Ended::Good(built.next_change)
    }

    fn changes(&mut self, patience: Duration) -> Option<bool> {
        Some(self.watch.changes(patience))
    }
}

/// A build as `--json` reports it.
fn object(built: &Built, started: Instant) -> serde_json::Value {
    serde_json::json!({
        "articles": built.articles,
        "written": built.emitted.written,
        "kept": built.emitted.kept,
        "removed": built.emitted.removed,
        "addresses_added": built.added,
        "milliseconds": started.elapsed().as_millis() as u64,
        "next_change": built.next_change.map(|t| t.to_string()),
    })
}

fn closing(built: &Built, out: &Path, started: Instant) -> String {
    let emitted = built.emitted;
    let mut line = format!(
        "Built {} into {}: {} written, {} unchanged, {} removed, in {}",
        counted(built.articles, "article"),
        out.join("site").display(),
        emitted.written,
        emitted.kept,
        emitted.removed,
        seconds(started.elapsed()),
    );
    if built.added > 0 {
        let (added, file) = (built.added, LEDGER);
        let addresses = if added == 1 { "address" } else { "addresses" };
        line.push_str(&format!("\nAdded {added} {addresses} to {file}: commit it"));
    }
    if let Some(next) = built.next_change {
        line.push_str(&format!(
            "\nBuild again at {next}: something is released or expires then"
        ));
    }
    line
}
