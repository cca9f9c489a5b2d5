//! `dateline publish`: uploads what changed to a target and acknowledges it.

mod bucket;
mod compress;
mod folder;
mod notify;
mod table;
mod web;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::OnceLock,
    thread,
    time::Instant,
};

use super::{
    build::plain,
    output::{Meter, Voice, seconds},
};
use dateline::{
    base::{
        clock::Now,
        diag::{Diagnostic, Severity},
        files::{Files, Os},
        path,
    },
    config::{
        Config,
        publish::{Publish, Target},
    },
    publish::{Build, Forms, Options, Progress, Publishing, Storage},
};

use self::{bucket::Bucket, folder::Folder};

/// Arguments of `publish`.
#[derive(clap::Args)]
pub(super) struct PublishArguments {
    /// A name of [publish.NAME] in site.toml, or a place: dir:FOLDER,
    /// s3://BUCKET/PREFIX?endpoint=…&region=…
    target: String,
    /// The folder of the build [default: dist]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Show what would be uploaded and removed; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Allow removing up to N files, where that is more than a tenth of the target
    #[arg(long, value_name = "N")]
    yes_remove: Option<usize>,
    /// With --dry-run: name every file
    #[arg(long)]
    all: bool,
    /// Print findings and the result as JSON, one on a line, to standard output
    #[arg(long)]
    json: bool,
}

type Failed = Box<Diagnostic>;

pub(super) fn run(root: &Path, arguments: &PublishArguments) -> ExitCode {
    let voice = Voice::new(arguments.json);
    let files = Os::new(root);
    let mut diags = Vec::new();
    let Some(config) = Config::load(&files, &mut diags) else {
        voice.findings(&files, &diags);
        return ExitCode::from(1);
    };
    let out = arguments.out.clone().unwrap_or_else(|| root.join("dist"));
    let done = target(&config, &arguments.target)
        .and_then(|target| publish(root, &out, &target, arguments, voice, &mut diags));
    if let Err(failed) = done {
        diags.push(*failed);
    }
    voice.findings(&files as &dyn Files, &diags);
    match diags.iter().any(|diag| diag.severity == Severity::Error) {
        true => ExitCode::from(1),
        false => ExitCode::SUCCESS,
    }
}

/// The target called `said`: the table `[publish.NAME]`, or a place such as `dir:FOLDER` with default options.
fn target(config: &Config, said: &str) -> Result<Publish, Failed> {
    if let Some(known) = config.publish.iter().find(|known| known.name == said) {
        return Ok(known.clone());
    }
    if said.contains(':') {
        return Target::parse(said)
            .map(|target| Publish::to(said, target))
            .map_err(|(message, hint)| Box::new(Diagnostic::error(message).hint(hint)));
    }
    let names = || config.publish.iter().map(|known| known.name.as_str());
    let hint = match path::closest(said, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "write [publish.{said}] and its target into content/site.toml, or name a place: dir:FOLDER"
        ),
    };
    Err(Box::new(
        Diagnostic::error(format!("there is no target `{said}`")).hint(hint),
    ))
}

/// The target's storage, and which forms of a file it stores.
fn storage(root: &Path, out: &Path, to: &Publish) -> Result<(Box<dyn Storage>, Forms), Failed> {
    match &to.target {
        Target::Folder(folder) => {
            let folder = plain(&root.join(folder));
            let build = plain(out);
            if build.starts_with(&folder) || folder.starts_with(&build) {
                let message = format!("{} holds the build itself", folder.display());
                let hint = "publish into a separate folder";
                return Err(Box::new(Diagnostic::error(message).hint(hint)));
            }
            let forms = Forms::Beside(to.compress.clone());
            Ok((Box::new(Folder::new(folder)), forms))
        }
        Target::Bucket(place) => {
            let bucket = Bucket::new(place, THREADS)
                .map_err(|fault| Diagnostic::error(fault.message).hint(fault.hint))?;
            Ok((Box::new(bucket), Forms::One(to.compress.first().copied())))
        }
    }
}

/// A random ID for this run.
fn writer() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

fn publish(
    root: &Path,
    out: &Path,
    to: &Publish,
    arguments: &PublishArguments,
    voice: Voice,
    diags: &mut Vec<Diagnostic>,
) -> Result<(), Failed> {
    let started = Instant::now();
    let (storage, forms) = storage(root, out, to)?;
    let options = Options {
        forms,
        grace_days: to.grace_days,
        now: Now::system().0.as_second(),
        writer: writer(),
        threads: THREADS,
        compress: compress::compress,
        sleep: thread::sleep,
    };
    let build = Build::open(out)?;
    let mut publishing = build.compare(storage.as_ref(), options)?;
    let checked = publishing.check(arguments.yes_remove);
    if arguments.dry_run {
        // What would stop a real run is only a warning in a dry run.
        diags.extend(checked.err().map(|diag| Diagnostic {
            severity: Severity::Warning,
            ..*diag
        }));
        let text = table::text(&publishing, arguments.all);
        voice.done(
            &text,
            &serde_json::json!({ "dry_run": table::object(&publishing) }),
        );
        return Ok(());
    }
    checked?;
    publishing.apply(&Bar::default())?;
    notify::notify(root, to, &publishing.unannounced(), diags)?;
    finish(publishing, &to.name, started, voice)
}

/// How many uploads run in parallel: a distant store takes a tenth of a second to answer each.
const THREADS: usize = 16;

fn finish(
    publishing: Publishing<'_>,
    name: &str,
    started: Instant,
    voice: Voice,
) -> Result<(), Failed> {
    let line = table::done(&publishing, name);
    let mut object = table::counts(&publishing);
    publishing.acknowledge()?;
    let line = format!("{line}, in {}", seconds(started.elapsed()));
    object["milliseconds"] = (started.elapsed().as_millis() as u64).into();
    voice.done(&line, &serde_json::json!({ "published": object }));
    Ok(())
}

/// A progress bar on a terminal.
#[derive(Default)]
struct Bar(OnceLock<Meter>);

impl Progress for Bar {
    fn begin(&self, bytes: u64) {
        self.0.get_or_init(|| Meter::new(bytes));
    }

    fn done(&self, bytes: u64) {
        if let Some(meter) = self.0.get() {
            meter.add(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
    }
}
