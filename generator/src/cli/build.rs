//! `dateline build`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use super::{
    Reading,
    output::{Bar, Voice, counted, seconds},
};
use crate::pipeline::{self, Built};

/// Arguments of `build`.
#[derive(clap::Args)]
pub(super) struct BuildArguments {
    #[command(flatten)]
    reading: Reading,
    /// The folder that will hold site/, edge/ and sidecar/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(root: &Path, arguments: BuildArguments) -> ExitCode {
    let started = Instant::now();
    let inputs = arguments.reading.inputs(root);
    let voice = Voice::new(arguments.reading.json);
    let out = arguments.out.unwrap_or_else(|| root.join("dist"));
    let mut diags = Vec::new();
    let built = {
        let bar = Bar::default();
        pipeline::build(&inputs, &out, &bar, &mut diags)
    };
    voice.findings(inputs.files.as_ref(), &diags);
    let Some(built) = built else {
        return ExitCode::from(1);
    };
    let object = serde_json::json!({
        "built": {
            "articles": built.articles,
            "written": built.emitted.written,
            "kept": built.emitted.kept,
            "removed": built.emitted.removed,
            "milliseconds": started.elapsed().as_millis() as u64,
            "next_change": built.next_change.map(|t| t.to_string()),
        }
    });
    voice.done(&closing(&built, &out, started), &object);
    ExitCode::SUCCESS
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
    if let Some(next) = built.next_change {
        line.push_str(&format!(
            "\nBuild again at {next}: something is released or expires then"
        ));
    }
    line
}
