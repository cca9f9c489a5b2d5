//! A mail as the rules know it, and what becomes of it when it is handed on.

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// One finished mail to one reader.
///
/// `Debug` shows neither the address nor what is written: a letter may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The reader's address as it is spelled, checked before: no display name, one `@` that counts.
    pub to: String,
    /// One line; a mailer makes spaces of control characters and cuts after 200 characters.
    pub subject: String,
    /// The plain text, which every letter has.
    pub text: String,
    /// The same as a document of HTML.
    pub html: Option<String>,
    /// The language tag (BCP 47) of all three.
    pub language: String,
    /// Without angle brackets; a mailer adds the sender's domain where it has no `@`. The same each
    /// time that this letter is tried, so that a receiver who gets it twice can see that.
    pub message_id: String,
    /// What stands in `Date`, in UTC, to the second.
    pub date: Timestamp,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("language", &self.language)
            .field("message_id", &self.message_id)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// Hands letters on.
pub trait Mailer: Send + Sync + 'static {
    /// Hands one letter on and says what became of it. It ends within a limit of its own, and never
    /// panics over what a server says. Dropping the future leaves open whether the letter went.
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Sending>;
}

/// What became of a letter.
///
/// A `reason` is for the operator's log: at most 300 characters on one line, without an address,
/// a code or a password, even where a server repeats them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Another took responsibility for it; it must not be sent again.
    Accepted,
    /// Not now: the trouble is not this letter's. It is to be tried again.
    Later {
        /// What the trouble is.
        reason: String,
        /// Whether it is this recipient's alone, so that others need not wait.
        about_recipient: bool,
    },
    /// Never: this reader or this letter is refused for good. It is to be set aside.
    Refused {
        /// Who refused it, and why.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_letter_says_is_not_shown() {
        let letter = Letter {
            to: "jane@example.org".into(),
            subject: "Hidden subject".into(),
            text: "1234 5678".into(),
            html: Some("<p>1234 5678".into()),
            language: "en".into(),
            message_id: "7f".into(),
            date: Timestamp::UNIX_EPOCH,
        };
        let shown = format!("{letter:?}");
        assert!(shown.contains("7f"), "{shown}");
        for hidden in ["jane", "example", "Hidden", "1234"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
