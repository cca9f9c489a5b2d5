//! `dateline-auth audit`: prints the audit stream.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::output::{print_result, table};
use super::{Common, Failure};
use crate::config::AuditTarget;
use crate::http::audit::AUDIT;

/// Arguments of `audit`.
#[derive(clap::Args)]
pub(super) struct AuditArguments {
    #[command(flatten)]
    common: Common,
    /// The stream, if not the file of the setting `audit`; `-` is standard input.
    file: Option<PathBuf>,
    /// Only entries about this account number.
    #[arg(long, value_name = "NUMBER")]
    account: Option<i64>,
    /// Only this call or command: `login`, `account/password`, `user disable`.
    #[arg(long, value_name = "CALL")]
    what: Option<String>,
    /// Only requests of this network, as the stream names it.
    #[arg(long)]
    network: Option<String>,
    /// Only rejected calls.
    #[arg(long)]
    refused: bool,
}

pub(super) fn run(arguments: &AuditArguments) -> Result<(), Failure> {
    let lines = BufReader::new(stream(arguments)?).lines();
    let mut found = Vec::new();
    for line in lines {
        // Another program's lines may stand between, in whatever form.
        let value = serde_json::from_str::<Value>(&line?);
        found.extend(value.ok().filter(|value| is_meant(value, arguments)));
    }
    print_result(arguments.common.json, &json!({ "events": found }), || {
        let rows: Vec<[String; 6]> = found.iter().map(row).collect();
        match rows.is_empty() {
            true => "No entry matches.".to_owned(),
            false => table(
                &["time", "what", "outcome", "account", "network", "actor"],
                &rows,
            ),
        }
    })
}

/// Writes the audit line of an operator's command, with the account that it changed, if any.
pub(super) fn note(what: &str, account: Option<i64>) {
    let user = rustix::process::getuid().as_raw();
    tracing::info!(target: AUDIT, what, outcome = "done", account, actor = "operator", user, "audit");
}

fn stream(arguments: &AuditArguments) -> Result<Box<dyn io::Read>, Failure> {
    let config = arguments.common.load()?;
    let path = match (&arguments.file, config.audit) {
        (Some(path), _) if path.as_os_str() == "-" => return Ok(Box::new(io::stdin())),
        (Some(path), _) => path.clone(),
        (None, AuditTarget::File(path)) => path,
        (None, _) => {
            return Err(Failure::Input(
                "the setting `audit` (DATELINE_AUTH_AUDIT) names no file: give one, or hand over the service's log \
                 on standard input with `-`"
                    .to_owned(),
            ));
        }
    };
    let named = |error| Failure::Input(format!("{}: {error}", path.display()));
    Ok(Box::new(File::open(&path).map_err(named)?))
}

fn is_meant(value: &Value, arguments: &AuditArguments) -> bool {
    let is = |key: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| value[key] == **wanted)
    };
    value["target"] == AUDIT
        && is("what", &arguments.what)
        && is("network", &arguments.network)
        && arguments
            .account
            .is_none_or(|number| value["account"] == number)
        && !(arguments.refused && value["outcome"] == "done")
}

fn row(value: &Value) -> [String; 6] {
    let keys = [
        "timestamp",
        "what",
        "outcome",
        "account",
        "network",
        "actor",
    ];
    keys.map(|key| match &value[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}
