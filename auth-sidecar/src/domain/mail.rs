//! A mail as the rules see it, and the outcome of sending it.

use std::fmt;

use futures_util::future::{self, BoxFuture};
use jiff::Timestamp;

/// A complete mail to one reader.
///
/// `Debug` shows neither the address nor the text, since a mail may contain a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The reader's address, validated: no display name, one significant `@`.
    pub to: String,
    /// One line; a mailer replaces control characters by spaces and cuts after 200 characters.
    pub subject: String,
    /// The plain text; every mail has it.
    pub text: String,
    /// The same text as an HTML document.
    pub html: Option<String>,
    /// The BCP 47 language tag of all three.
    pub language: String,
    /// Without angle brackets; a mailer adds the sender's domain if there is no `@`. It is the same for each
    /// attempt, so that a recipient can recognise a duplicate.
    pub message_id: String,
    /// The value of `Date`, in UTC, to the second.
    pub date: Timestamp,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("language", &self.language)
            .field("message_id", &self.message_id)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// Sends mails.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one mail and returns the outcome. It has its own time-out and never panics on a server's response. If
    /// the future is dropped, the mail may or may not have been sent.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome>;

    /// Connects as far as possible without sending, and returns the outcome a mail would have had.
    fn reach(&self) -> BoxFuture<'_, SendOutcome> {
        Box::pin(future::ready(SendOutcome::Accepted))
    }
}

/// The outcome of sending a mail.
///
/// A `reason` is for the operator's log: at most 300 characters on one line, without an address, a code or a
/// password, even if the server repeats them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Another server accepted responsibility; it must not be sent again.
    Accepted,
    /// A temporary failure that is not about this mail; try again later.
    Later {
        /// The problem.
        reason: String,
        /// Whether it concerns only this recipient, so that other mails need not wait.
        about_recipient: bool,
    },
    /// A permanent failure of this recipient or this mail; set it aside.
    Refused {
        /// Who rejected it, and why.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_content() {
        let mail = Mail {
            to: "jane@example.org".into(),
            subject: "Hidden subject".into(),
            text: "1234 5678".into(),
            html: Some("<p>1234 5678".into()),
            language: "en".into(),
            message_id: "7f".into(),
            date: Timestamp::UNIX_EPOCH,
        };
        let shown = format!("{mail:?}");
        assert!(shown.contains("7f"), "{shown}");
        for hidden in ["jane", "example", "Hidden", "1234"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
