//! `dateline next-change`: when the output will differ without any edit, and by which documents.

use std::{path::Path, process::ExitCode};

use jiff::{Timestamp, tz::TimeZone};

use super::output::print;
use super::reading::Reading;
use dateline::{
    link::{Moment, shown},
    pipeline,
};

/// Arguments of `next-change`.
#[derive(clap::Args)]
pub(super) struct NextChangeArguments {
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn run(root: &Path, arguments: NextChangeArguments) -> ExitCode {
    let inputs = arguments.reading.inputs(root);
    let voice = arguments.reading.voice();
    let mut diags = Vec::new();
    let plan = pipeline::prepare(&inputs, &mut diags);
    let Some(plan) = plan else {
        voice.findings(inputs.files.as_ref(), &diags);
        return ExitCode::from(1);
    };
    let all = plan.moments();
    let next = all.first().map(|moment| moment.at);
    let wanted = all
        .iter()
        .filter(|moment| arguments.reading.all || Some(moment.at) == next);
    let zone = &plan.prepared.config.time_zone;
    if arguments.reading.json {
        let changes: Vec<_> = wanted.map(|moment| object(moment, zone)).collect();
        let next = next.map(|at| whole(at, zone));
        print(&serde_json::json!({ "next_change": next, "changes": changes }).to_string());
    } else if next.is_none() {
        print("Nothing comes out or expires by itself");
    } else {
        wanted.for_each(|moment| print(&line(moment, zone)));
    }
    ExitCode::SUCCESS
}

/// With offset, for programs.
fn whole(at: Timestamp, zone: &TimeZone) -> String {
    let offset = zone.to_offset(at);
    at.display_with_offset(offset).to_string()
}

fn object(moment: &Moment, zone: &TimeZone) -> serde_json::Value {
    serde_json::json!({
        "at": whole(moment.at, zone),
        "document": &*moment.path,
        "change": if moment.begins { "comes out" } else { "expires" },
    })
}

fn line(moment: &Moment, zone: &TimeZone) -> String {
    let what = if moment.begins {
        "comes out"
    } else {
        "expires"
    };
    let zone_name = zone.iana_name().unwrap_or("UTC");
    format!(
        "{} {zone_name}: {} {what}",
        shown(moment.at, zone),
        moment.path
    )
}
