//! `dateline-auth restore FILE`. The service must not run.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::output::{counted, print_error, print_result};
use super::{Common, Failure, audit, outbox};
use crate::app::admin::{self, AdminError, Report};
use crate::domain::store::QueuedMail;
use crate::domain::time::Moment;

/// Arguments of `restore`.
#[derive(clap::Args)]
pub(super) struct RestoreArguments {
    #[command(flatten)]
    common: Common,
    /// The backup file.
    file: PathBuf,
    /// Continue without the deletions whose key the secret lacks; they are not applied.
    #[arg(long)]
    without_lost_keys: bool,
}

pub(super) fn run(arguments: &RestoreArguments) -> Result<(), Failure> {
    let RestoreArguments {
        common,
        file,
        without_lost_keys,
    } = arguments;
    let config = common.load_to_change()?;
    let report = admin::restore(&config, file, *without_lost_keys).map_err(|error| {
        let hint = match error {
            AdminError::LostKeys(_) => {
                ": put those keys back into the secret, behind the first, or say --without-lost-keys. Nothing was \
                 changed"
            }
            _ => "",
        };
        Failure::Input(format!("{error}{hint}"))
    })?;
    for warning in &report.warnings {
        print_error(&format!("warning: {warning}"));
    }
    audit::note("restore", None);
    let now = report.at;
    print_result(common.json, &object(&report, now), || {
        words(&report, &file.display().to_string(), now)
    })
}

fn object(report: &Report, now: Moment) -> Value {
    let mails = |mails: &[QueuedMail]| -> Vec<Value> {
        mails.iter().map(|mail| outbox::object(mail, now)).collect()
    };
    json!({
        "accounts": report.restored.accounts,
        "deleted_again": report.restored.deleted,
        "passwords_voided": report.restored.voided,
        "disabled": report.restored.disabled,
        "sessions_ended": report.restored.sessions,
        "flows_ended": report.restored.flows,
        "mails_dropped": {
            "of_backup": mails(&report.restored.mails),
            "of_replaced_database": mails(&report.replaced_mails),
        },
        "migrated_from": report.migrated_from,
        "replaced_database": report.kept,
        "warnings": report.warnings,
    })
}

fn words(report: &Report, file: &str, now: Moment) -> String {
    let restored = &report.restored;
    let mut lines = vec![format!(
        "{file} is restored: {}.",
        counted(restored.accounts, "account")
    )];
    if let Some(schema) = report.migrated_from {
        lines.push(format!("Its schema was upgraded from version {schema}."));
    }
    lines.push(format!(
        "From deleted.log: {} deleted again, and {} void until its owner resets it.",
        match restored.deleted {
            1 => "1 account was".to_owned(),
            many => format!("{many} accounts were"),
        },
        match restored.voided {
            1 => "1 password is".to_owned(),
            many => format!("{many} passwords are"),
        },
    ));
    if restored.disabled > 0 {
        lines.push(format!(
            "{} disabled, since {} another address after the backup was made: `dateline-auth user list --disabled`.",
            match restored.disabled {
                1 => "1 account is".to_owned(),
                many => format!("{many} accounts are"),
            },
            if restored.disabled == 1 { "it had" } else { "they had" },
        ));
    }
    lines.push(format!(
        "{} and {} were ended; all codes and counters are gone.",
        counted(restored.sessions, "session"),
        counted(restored.flows, "flow"),
    ));
    for (mails, whose) in [
        (&restored.mails, "when the backup was made"),
        (&report.replaced_mails, "in the database that was there"),
    ] {
        if !mails.is_empty() {
            let count = counted(mails.len(), "mail");
            lines.push(format!("{count} waited {whose} and will not be sent:"));
            lines.push(outbox::words(mails, now));
        }
    }
    if let Some(kept) = &report.kept {
        lines.push(format!(
            "The former database is {}. Remove it when all is well.",
            kept.display()
        ));
    }
    lines.join("\n")
}
