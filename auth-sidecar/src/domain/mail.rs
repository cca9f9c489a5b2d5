//! A mail as the rules know it, and what becomes of it when it is handed on.

use std::fmt;

use futures_util::future::{self, BoxFuture};
use jiff::Timestamp;

/// One finished mail to one reader.
///
/// `Debug` shows neither the address nor what is written: a mail may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The reader's address as it is spelled, checked before: no display name, one `@` that counts.
    pub to: String,
    /// One line; a mailer makes spaces of control characters and cuts after 200 characters.
    pub subject: String,
    /// The plain text, which every mail has.
    pub text: String,
    /// The same as a document of HTML.
    pub html: Option<String>,
    /// The language tag (BCP 47) of all three.
    pub language: String,
    /// Without angle brackets; a mailer adds the sender's domain where it has no `@`. The same each
    /// time that this mail is tried, so that a receiver who gets it twice can see that.
    pub message_id: String,
    /// What stands in `Date`, in UTC, to the second.
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

/// Hands mails on.
pub trait Mailer: Send + Sync + 'static {
    /// Hands one mail on and says what became of it. It ends within a limit of its own, and never
    /// panics over what a server says. Dropping the future leaves open whether the mail went.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome>;

    /// Goes as far as it can without a mail, and says what would have become of one.
    fn reach(&self) -> BoxFuture<'_, SendOutcome> {
        Box::pin(future::ready(SendOutcome::Accepted))
    }
}

/// What became of a mail.
///
/// A `reason` is for the operator's log: at most 300 characters on one line, without an address,
/// a code or a password, even where a server repeats them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Another took responsibility for it; it must not be sent again.
    Accepted,
    /// Not now: the trouble is not this mail's. It is to be tried again.
    Later {
        /// What the trouble is.
        reason: String,
        /// Whether it is this recipient's alone, so that others need not wait.
        about_recipient: bool,
    },
    /// Never: this reader or this mail is refused for good. It is to be set aside.
    Refused {
        /// Who refused it, and why.
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
