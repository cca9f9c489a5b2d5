//! Mailers against a scripted server, and what they write.

mod delivery;
mod message;
mod peer;
mod stores;
mod trouble;

use jiff::Timestamp;

use super::{MailTarget, Sender, Smtp, SmtpLimits};
use crate::domain::mail::{Mail, Mailer, SendOutcome};

fn mail(id: &str) -> Mail {
    Mail {
        to: "jane.doe@example.net".into(),
        subject: "Your code".into(),
        text: "Hello,\n\n1234 5678\n".into(),
        html: Some("<p>Hello,</p>\n<p>1234 5678</p>\n".into()),
        language: "en".into(),
        message_id: id.into(),
        date: "2026-11-03T10:11:12.5Z".parse::<Timestamp>().unwrap(),
    }
}

fn sender() -> Sender {
    Sender::parse("The Newsroom <news@example.org>").unwrap()
}

fn smtp(target: &str, limits: SmtpLimits) -> Smtp {
    match target.parse().unwrap() {
        MailTarget::Smtp(target) => Smtp::new(target, sender(), limits).unwrap(),
        MailTarget::File(_) => panic!("{target} is a folder"),
    }
}

/// The reason to try again later; anything else fails.
#[track_caller]
fn later(sending: SendOutcome) -> String {
    match sending {
        SendOutcome::Later { reason, .. } => reason,
        other => panic!("not later: {other:?}"),
    }
}

/// The reason to give up; anything else fails.
#[track_caller]
fn refused(sending: SendOutcome) -> String {
    match sending {
        SendOutcome::Refused { reason } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// Sends one mail.
async fn send(mailer: &impl Mailer, id: &str) -> SendOutcome {
    mailer.send(&mail(id)).await
}
