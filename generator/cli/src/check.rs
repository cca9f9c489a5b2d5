//! `dateline check`: everything a build would refuse, and warnings, without writing.

use std::{path::Path, process::ExitCode, time::Instant};

use super::reading::Reading;
use super::{
    media,
    output::{counted, seconds},
};
use dateline::{base::diag, pipeline};

/// Arguments of `check`.
#[derive(clap::Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    reading: Reading,
    /// Read every file in the media storage too, and compare size and SHA-256 with the dossiers, as
    /// `media verify --read` does; STORAGE as for `media add`
    #[arg(long, value_name = "STORAGE", num_args = 0..=1)]
    media: Option<Option<String>>,
}

pub(super) fn run(root: &Path, arguments: CheckArguments) -> ExitCode {
    let started = Instant::now();
    let inputs = arguments.reading.inputs(root);
    let voice = arguments.reading.voice();
    let mut diags = Vec::new();
    let plan = pipeline::prepare(&inputs, &mut diags);
    let outputs = plan.as_ref().map_or(0, |p| p.jobs.len());
    if let Some(plan) = plan {
        diags.extend(plan.check(&|| false));
    }
    let read = arguments.media.map(|said| {
        let place = (root, said.as_deref());
        media::verify::stored(place, inputs.files.as_ref(), true, &mut diags)
    });
    diag::tidy(&mut diags);
    voice.findings(inputs.files.as_ref(), &diags);
    if diag::any_error(&diags) {
        return ExitCode::from(1);
    }
    let stored = read.as_ref().map_or_else(String::new, |r| {
        format!(
            ", {} with {} bytes read",
            counted(r.files, "stored file"),
            r.bytes
        )
    });
    let line = format!(
        "All is well: {} would be made{stored}, checked in {}",
        counted(outputs, "file"),
        seconds(started.elapsed())
    );
    let mut object = serde_json::json!({ "checked": { "outputs": outputs } });
    if let Some(read) = read {
        object["checked"]["stored"] = read.files.into();
        object["checked"]["bytes"] = read.bytes.into();
    }
    voice.done(&line, &object);
    ExitCode::SUCCESS
}
