//! `dateline-auth clock …`: the way out when the machine's clock was ahead. The service must not run.

use clap::Subcommand;
use serde_json::json;

use super::output::{counted, say};
use super::{Common, Failure, wait};
use crate::app::desk;

/// Arguments of `clock`.
#[derive(clap::Args)]
pub(super) struct ClockArguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ClockCommand,
}

#[derive(Subcommand)]
enum ClockCommand {
    /// Forget the highest time seen, so that the machine's clock counts again; ends all sessions, links and codes.
    Reset,
}

pub(super) fn run(arguments: &ClockArguments) -> Result<(), Failure> {
    let ClockArguments {
        common,
        command: ClockCommand::Reset,
    } = arguments;
    let config = common.load()?;
    let reset = wait(desk::reset_clock(&config))??;
    let object = json!({
        "highest_seen": reset.seen.rfc3339(),
        "now": reset.now.rfc3339(),
        "sessions_ended": reset.sessions,
        "flows_ended": reset.flows,
        "links_ended": reset.links,
        "mails_dropped": reset.mails,
    });
    say(common.json, &object, || {
        format!(
            "The machine's clock counts again: {}. The database had seen {}.\n{}, {}, {} with their codes, and {} \
             that told them were ended; all counters are gone.",
            reset.now.rfc3339(),
            reset.seen.rfc3339(),
            counted(reset.sessions, "session"),
            counted(reset.links, "link"),
            counted(reset.flows, "step"),
            counted(reset.mails, "mail"),
        )
    })
}
