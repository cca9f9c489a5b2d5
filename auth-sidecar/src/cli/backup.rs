//! `dateline-auth backup FILE`: beside a service that may run.

use std::path::PathBuf;

use serde_json::json;

use super::output::{counted, print_result};
use super::{Common, Failure};
use crate::app::admin;

/// Arguments of `backup`.
#[derive(clap::Args)]
pub(super) struct BackupArguments {
    #[command(flatten)]
    common: Common,
    /// The file to create.
    file: PathBuf,
    /// Overwrite an existing file.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &BackupArguments) -> Result<(), Failure> {
    let BackupArguments {
        common,
        file,
        force,
    } = arguments;
    let content = admin::backup(&common.load()?, file, *force)?;
    let object = json!({
        "file": file,
        "bytes": content.bytes,
        "accounts": content.accounts,
        "consents": content.consents,
        "departures": content.departures,
        "mails_listed": content.mails,
    });
    print_result(common.json, &object, || {
        let departures = match content.departures {
            1 => "1 deletion or change of password".to_owned(),
            many => format!("{many} deletions and changes of password"),
        };
        format!(
            "{} is a backup of {} bytes, checked: {}, {}, {departures}, and a list of {}.\nSessions, codes and what \
             mails say are left out.",
            file.display(),
            content.bytes,
            counted(content.accounts, "account"),
            counted(content.consents, "consent"),
            counted(content.mails, "queued mail"),
        )
    })
}
