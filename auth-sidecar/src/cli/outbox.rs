//! `dateline-auth outbox …`: queued mail, without recipients and contents.

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{counted, print_result, table};
use super::{Common, Failure, audit, wait};
use crate::app::admin;
use crate::domain::accounts::Accounts;
use crate::domain::store::{MailState, QueuedMail};
use crate::domain::time::Moment;

/// Arguments of `outbox`.
#[derive(clap::Args)]
pub(super) struct OutboxArguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Subcommand)]
enum OutboxCommand {
    /// List mail that is queued or set aside, oldest first.
    List,
    /// Reschedule a mail for immediate delivery, even if it was set aside.
    Retry {
        /// Its ID, from `outbox list`.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All mails.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

pub(super) fn run(arguments: OutboxArguments) -> Result<(), Failure> {
    let OutboxArguments { common, command } = arguments;
    let config = match command {
        OutboxCommand::List => common.load()?,
        OutboxCommand::Retry { .. } => common.load_to_change()?,
    };
    let accounts = admin::accounts(&config)?;
    wait(async {
        match command {
            OutboxCommand::List => list(&accounts, common.json).await,
            OutboxCommand::Retry { id, all: _ } => retry(&accounts, id, common.json).await,
        }
    })?
}

async fn list(accounts: &Accounts, json: bool) -> Result<(), Failure> {
    let (mails, now) = accounts.queued_mail().await?;
    let objects: Vec<Value> = mails.iter().map(|mail| object(mail, now)).collect();
    print_result(json, &json!({ "mails": objects }), || {
        match mails.is_empty() {
            true => "No mail is queued.".to_owned(),
            false => words(&mails, now),
        }
    })
}

async fn retry(accounts: &Accounts, id: Option<String>, json: bool) -> Result<(), Failure> {
    let retried = accounts.retry_mail(id.clone()).await?;
    if let (0, Some(id)) = (retried, id) {
        let (mails, _) = accounts.queued_mail().await?;
        return Err(Failure::Input(
            match mails.iter().any(|mail| mail.id == id) {
                true => format!(
                    "the mail {id} cannot be tried now: it is being sent, its time is over, or it comes from a backup, \
                 which leaves out what it says"
                ),
                false => {
                    format!("no mail has the ID {id}; `dateline-auth outbox list` shows all mails")
                }
            },
        ));
    }
    if retried > 0 {
        audit::note("outbox retry", None);
    }
    print_result(json, &json!({ "retried": retried }), || match retried {
        0 => "No queued mail can be sent.".to_owned(),
        1 => "1 mail is scheduled for immediate delivery, if the service runs.".to_owned(),
        _ => format!(
            "{} are scheduled for immediate delivery, if the service runs.",
            counted(retried, "mail")
        ),
    })
}

/// A table of mails.
pub(super) fn words(mails: &[QueuedMail], now: Moment) -> String {
    let rows: Vec<_> = mails
        .iter()
        .map(|mail| {
            [
                mail.id.clone(),
                mail.kind_name().to_owned(),
                mail.account
                    .map_or_else(|| "-".to_owned(), |id| id.to_string()),
                network(mail),
                mail.language.clone(),
                state(mail).replace('-', " "),
                mail.attempts.to_string(),
                span(now.since(mail.created_at).as_secs()),
                match mail.state {
                    MailState::Waiting if mail.next_at <= now => "now".to_owned(),
                    MailState::Waiting => {
                        format!("in {}", span(mail.next_at.since(now).as_secs()))
                    }
                    MailState::SetAside => "-".to_owned(),
                },
                mail.reason.clone(),
            ]
        })
        .collect();
    let names = [
        "id", "kind", "account", "network", "language", "state", "attempts", "age", "next try",
        "reason",
    ];
    table(&names, &rows)
}

/// A mail for programs.
pub(super) fn object(mail: &QueuedMail, now: Moment) -> Value {
    json!({
        "id": mail.id,
        "kind": mail.kind_name(),
        "account": mail.account,
        "network": network(mail),
        "language": mail.language,
        "state": state(mail),
        "attempts": mail.attempts,
        "created_at": mail.created_at.rfc3339(),
        "age_seconds": now.since(mail.created_at).as_secs(),
        "next_try_at": (mail.state == MailState::Waiting).then(|| mail.next_at.rfc3339()),
        "given_up_at": mail.due_until.rfc3339(),
        "reason": mail.reason,
    })
}

/// Distinguishes queues without revealing whose they are.
fn network(mail: &QueuedMail) -> String {
    let bytes = mail.network.iter().take(4);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn state(mail: &QueuedMail) -> &'static str {
    match mail.state {
        MailState::Waiting => "waiting",
        MailState::SetAside => "set-aside",
    }
}

/// A duration in its largest unit: `45 s`, `12 min`, `3 h`, `2 d`.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_have_one_unit() {
        for (seconds, words) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }
}
