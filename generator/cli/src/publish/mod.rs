//! `dateline publish`: uploads what changed to a target and acknowledges it.

mod bucket;
mod compress;
mod folder;
mod notify;
mod table;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Instant,
};

use super::{
    build::plain,
    output::{Transfer, Voice, seconds},
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
        media::MediaStorage,
        publish::{Publish, Target},
    },
    publish::{Build, Forms, Options, Publishing, Retry, Storage},
};

use dateline_bucket::Context;

use self::folder::Folder;
use crate::s3::{Bucket, Usage};

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
        .and_then(|target| apart_from_media(root, &config, target))
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
            "write [publish.{said}] and its target into content/site.toml, or name a place: dir:FOLDER, s3://BUCKET"
        ),
    };
    Err(Box::new(
        Diagnostic::error(format!("there is no target `{said}`")).hint(hint),
    ))
}

/// Refuses a target that holds the media storage: everything in a target belongs to the site.
fn apart_from_media(root: &Path, config: &Config, to: Publish) -> Result<Publish, Failed> {
    let within = match (&to.target, &config.media) {
        (Target::Bucket(target), Some(MediaStorage::Bucket(media))) => {
            let same = (&target.name, &target.endpoint) == (&media.name, &media.endpoint);
            same && media.prefix.starts_with(&target.prefix)
        }
        (Target::Folder(target), Some(MediaStorage::Folder(media))) => {
            plain(&root.join(media)).starts_with(plain(&root.join(target)))
        }
        _ => false,
    };
    match within {
        false => Ok(to),
        true => {
            let message = format!("the media storage lies in `{}`", to.name);
            let hint = "publish removes from a target what is not of the site: give each a place of its own";
            Err(Box::new(Diagnostic::error(message).hint(hint)))
        }
    }
}

/// The target's storage, and which forms of a file it stores.
fn storage<'a>(
    root: &Path,
    out: &Path,
    to: &Publish,
    retry: Retry<'a>,
) -> Result<(Box<dyn Storage + 'a>, Forms), Failed> {
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
            let usage = Usage {
                connections: THREADS,
                parts_at_once: PARTS_AT_ONCE,
                unfinished: out.join(".changes"),
                context: CONTEXT,
                retry,
            };
            let bucket = Bucket::open(place, usage)
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
    let transfer = Transfer::new();
    let retry = Retry {
        sleep: thread::sleep,
        progress: &transfer,
    };
    let (storage, forms) = storage(root, out, to, retry)?;
    let options = Options {
        forms,
        grace_days: to.grace_days,
        now: Now::system().0.as_second(),
        writer: writer(),
        threads: THREADS,
        compress: compress::compress,
    };
    let build = Build::open(out)?;
    let mut publishing = build.compare(storage.as_ref(), options, retry)?;
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
    publishing.apply()?;
    transfer.end();
    notify::notify(root, to, &publishing.unannounced(), diags)?;
    finish(publishing, &to.name, started, voice)
}

/// How many uploads run in parallel: a distant store takes a tenth of a second to answer each.
const THREADS: usize = 16;
/// How many parts of one large file are uploaded in parallel: as many as its share of memory allows.
const PARTS_AT_ONCE: usize = 2;

/// What hints about a bucket speak of.
const CONTEXT: Context = Context {
    setting: "target",
    rights: "s3:ListBucket, s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and s3:DeleteObject",
};

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
