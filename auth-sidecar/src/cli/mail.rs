//! `dateline-auth mail test ADDRESS`: one mail by the settings of the service, beside it, at once.

use clap::Subcommand;
use serde_json::json;

use super::output::print_result;
use super::{Common, Failure, audit, wait};
use crate::app;
use crate::config::Config;
use crate::domain::address::Address;
use crate::domain::clock::{Clock as _, SystemClock};
use crate::domain::mail::{Mail, SendOutcome};
use crate::domain::random::{SystemRandom, public_id};

/// Arguments of `mail`.
#[derive(clap::Args)]
pub(super) struct MailArguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Subcommand)]
enum MailCommand {
    /// Send a test mail with the settings `mail` and `mail_from`, and print the server's reply.
    Test {
        /// The recipient.
        #[arg(value_parser = address)]
        address: Address,
    },
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(arguments: MailArguments) -> Result<(), Failure> {
    let MailArguments { common, command } = arguments;
    let config = common.load_to_change()?;
    let MailCommand::Test { address } = command;
    let outcome = wait(send(&config, &address))??;
    let to = address.spelling();
    if matches!(outcome, SendOutcome::Accepted) {
        audit::note("mail test", None);
    }
    match outcome {
        SendOutcome::Accepted => {
            print_result(common.json, &json!({ "accepted": true, "to": to }), || {
                format!(
                    "The server accepted a test mail to {to}. Check that it arrives, and not in the spam folder."
                )
            })
        }
        SendOutcome::Later { reason, .. } => Err(Failure::Input(format!(
            "the test mail was rejected temporarily; the settings or the server may be at fault: {reason}"
        ))),
        SendOutcome::Refused { reason } => Err(Failure::Input(format!(
            "the test mail was rejected permanently because of this recipient or mail: {reason}"
        ))),
    }
}

async fn send(config: &Config, address: &Address) -> Result<SendOutcome, Failure> {
    let mailer = app::mailer(config)?;
    let mail = Mail {
        to: address.spelling().to_owned(),
        subject: "A test mail".to_owned(),
        text: "This is a test mail of the newsroom's account service.\n\n\
               It was sent by `dateline-auth mail test`. There is nothing to do.\n"
            .to_owned(),
        html: None,
        language: "en".to_owned(),
        message_id: format!("test-{}", public_id(&SystemRandom)),
        date: SystemClock.now(),
    };
    Ok(mailer.send(&mail).await)
}
