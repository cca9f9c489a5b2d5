//! `dateline check`: everything a build would refuse, and warnings, without writing.

use std::{path::Path, process::ExitCode, time::Instant};

use super::{
    Reading,
    output::{Voice, counted, seconds},
};
use crate::{base::diag, pipeline};

/// Arguments of `check`.
#[derive(clap::Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn run(root: &Path, arguments: CheckArguments) -> ExitCode {
    let started = Instant::now();
    let inputs = arguments.reading.inputs(root);
    let voice = Voice::new(arguments.reading.json);
    let mut diags = Vec::new();
    let plan = pipeline::prepare(&inputs, &mut diags);
    let outputs = plan.as_ref().map_or(0, |p| p.jobs.len());
    if let Some(plan) = plan {
        diags.extend(plan.check(&|| false));
    }
    voice.findings(inputs.files.as_ref(), &diags);
    if diag::any_error(&diags) {
        return ExitCode::from(1);
    }
    let line = format!(
        "All is well: {} would be made, checked in {}",
        counted(outputs, "file"),
        seconds(started.elapsed())
    );
    voice.done(
        &line,
        &serde_json::json!({ "checked": { "outputs": outputs } }),
    );
    ExitCode::SUCCESS
}
