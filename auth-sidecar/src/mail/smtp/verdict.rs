//! What a failed step means for the mail, and how it is described.

use std::fmt;

use super::blame::{Blame, blame};
use crate::domain::mail::SendOutcome;

/// The longest piece of a server's words, in characters.
const LONGEST_WORDS: usize = 200;

/// Where in the exchange something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Greeting,
    Hello,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The message, up to the dot that ends it.
    Content,
    /// That dot, and the answer to it.
    Answer,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::Tls => "TLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Content => "the message",
            Self::Answer => "the answer to the message",
        })
    }
}

/// What a server said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Without the code.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// The enhanced code (RFC 3463) as subject and detail; its class must agree with the code.
    fn enhanced(&self) -> Option<(u16, u16)> {
        let word = self.lines.first()?.split_ascii_whitespace().next()?;
        let mut numbers = word.split('.').map(str::parse::<u16>);
        let mut next = || numbers.next()?.ok();
        let (class, subject, detail) = (next()?, next()?, next()?);
        (numbers.next().is_none() && class == self.code / 100).then_some((subject, detail))
    }

    /// Whether it concerns us, our login or the server's state, rather than the recipient or the mail. Servers often
    /// judge a client at RCPT or after the message (Postfix's `smtpd_delay_reject`), so the step does not tell.
    fn is_about_us(&self) -> bool {
        blame(self.code, self.enhanced(), &self.lines.join(" ")) == Blame::Ours
    }

    /// Whether it announces that the server closes the connection, in reply to no command.
    fn is_goodbye(&self) -> bool {
        let words = self.lines.join(" ").to_lowercase();
        matches!(self.code, 221 | 421)
            || (self.code >= 400
                && (matches!(self.enhanced(), Some((4, 2) | (3, 2)))
                    || ["timeout", "timed out", "time out", "idle", "closing"]
                        .iter()
                        .any(|said| words.contains(said))))
    }
}

/// What went wrong in a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An answer other than the one needed.
    Reply(Reply),
    /// The other side ended the connection.
    Closed,
    /// The system or TLS says so.
    Broken(String),
    TimedOut,
    /// What was read is no answer.
    NotSmtp(&'static str),
    /// We would not go on.
    Ours(&'static str),
    /// The address needs SMTPUTF8 (RFC 6531), which the server lacks.
    NoSmtpUtf8,
}

/// A step that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    step: Step,
    fault: Fault,
}

impl Failure {
    pub(super) fn new(step: Step, fault: Fault) -> Self {
        Self { step, fault }
    }

    /// Whether an idle connection had been closed before this mail: none of it was accepted.
    pub(super) fn is_stale_connection(&self) -> bool {
        self.step == Step::Mail
            && match &self.fault {
                Fault::Reply(reply) => reply.is_goodbye(),
                Fault::Closed | Fault::Broken(_) | Fault::TimedOut => true,
                Fault::NotSmtp(_) | Fault::Ours(_) | Fault::NoSmtpUtf8 => false,
            }
    }

    /// Whether the connection is still usable: the server rejected in order, and did not close (421).
    pub(super) fn leaves_connection(&self) -> bool {
        match &self.fault {
            Fault::Reply(reply) => reply.code >= 400 && !reply.is_goodbye(),
            Fault::NoSmtpUtf8 => true,
            _ => false,
        }
    }

    /// Whether the server may have accepted the mail without our knowing.
    fn is_open(&self) -> bool {
        self.step == Step::Answer
            && match &self.fault {
                Fault::Reply(reply) => reply.code < 400,
                _ => true,
            }
    }

    fn is_refusal(&self) -> bool {
        match &self.fault {
            Fault::NoSmtpUtf8 => true,
            Fault::Reply(reply) => {
                matches!(self.step, Step::Rcpt | Step::Data | Step::Answer)
                    && reply.code >= 500
                    && !reply.is_about_us()
            }
            _ => false,
        }
    }

    /// What it means for the mail to `to`.
    pub(super) fn outcome(&self, to: &str) -> SendOutcome {
        let words = match &self.fault {
            Fault::Reply(reply) => self.quoted(reply, to),
            Fault::Closed => "the server ended the connection".to_owned(),
            Fault::Broken(words) => tidy(words, to),
            Fault::TimedOut => "the server took too long".to_owned(),
            Fault::NotSmtp(words) | Fault::Ours(words) => (*words).to_owned(),
            Fault::NoSmtpUtf8 => "the address needs SMTPUTF8, which the server lacks".to_owned(),
        };
        let step = self.step;
        if self.is_refusal() {
            let reason = format!("{step}: {words}");
            return SendOutcome::Refused { reason };
        }
        let open = if self.is_open() {
            "; the server may have taken the mail all the same"
        } else {
            ""
        };
        let reason = format!("{step}: {words}{open}");
        // Another recipient may well be taken by the same server now.
        let about_recipient = match &self.fault {
            Fault::Reply(reply) => step == Step::Rcpt && !reply.is_about_us(),
            _ => false,
        };
        SendOutcome::Later {
            reason,
            about_recipient,
        }
    }

    fn quoted(&self, reply: &Reply, to: &str) -> String {
        let code = reply.code;
        match (self.step, reply.enhanced()) {
            // Servers repeat a command that they do not understand, and this one holds the password.
            (Step::Auth, None) => code.to_string(),
            (Step::Auth, Some((subject, detail))) => {
                format!("{code} {}.{subject}.{detail}", code / 100)
            }
            _ => format!("{code} {}", tidy(&reply.lines.join(" "), to)),
        }
    }
}

/// Makes a server's reply safe for a log: one line of at most 200 characters, without control characters, with
/// addresses, the recipient's name and possible codes masked.
fn tidy(words: &str, to: &str) -> String {
    let recipient = to.rsplit_once('@').map_or(to, |(local, _)| local);
    let recipient = recipient.to_lowercase();
    let is_edge = |c: char| c.is_whitespace() || c.is_control() || "<>()[]\",;:".contains(c);
    let mut line = String::new();
    for piece in words.split_inclusive(is_edge) {
        let word = piece.strip_suffix(is_edge).unwrap_or(piece);
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        line.push_str(if word.contains('@') || word.contains("%40") {
            "[address]"
        } else if !bare.is_empty() && bare.to_lowercase() == recipient {
            "[name]"
        } else if is_like_code(bare) {
            "[number]"
        } else {
            word
        });
        match piece[word.len()..].chars().next() {
            Some(edge) if edge.is_whitespace() || edge.is_control() => line.push(' '),
            Some(edge) => line.push(edge),
            None => {}
        }
        // Far enough: what is longer than this is cut below, whatever it is.
        if line.len() > 8 * LONGEST_WORDS {
            break;
        }
    }
    let line: String = line
        .chars()
        .filter(|c| !is_invisible(*c))
        .take(LONGEST_WORDS)
        .collect();
    line.trim().to_owned()
}

/// Four to eight digits, with or without hyphens: a code, or half of one.
fn is_like_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    (4..=8).contains(&digits) && word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Characters that turn a line's direction around or end it in a viewer.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, words: &str) -> Fault {
        let lines = words.lines().map(str::to_owned).collect();
        Fault::Reply(Reply { code, lines })
    }

    fn outcome(step: Step, code: u16, words: &str) -> SendOutcome {
        Failure::new(step, reply(code, words)).outcome("jane.doe@example.org")
    }

    #[test]
    fn only_a_rejected_recipient_or_message_is_permanent() {
        for (step, code, words, refused) in [
            (Step::Rcpt, 550, "5.1.1 no such user", true),
            (Step::Rcpt, 550, "no such user", true),
            (Step::Rcpt, 552, "5.2.2 mailbox full", true),
            (Step::Rcpt, 556, "5.1.10 null MX", true),
            (Step::Rcpt, 550, "5.7.17 mailbox has a new owner", true),
            (Step::Data, 554, "no valid recipients", true),
            (Step::Answer, 554, "5.6.0 not conforming", true),
            (Step::Answer, 552, "5.3.4 too big", true),
            (Step::Rcpt, 450, "4.2.0 greylisted", false),
            (Step::Answer, 452, "4.3.1 disk full", false),
            (Step::Rcpt, 530, "5.7.0 log in first", false),
            (Step::Rcpt, 503, "RCPT first", false),
            (Step::Rcpt, 554, "5.7.1 relay access denied", false),
            (Step::Rcpt, 550, "5.7.606 banned sending IP", false),
            (Step::Answer, 550, "5.7.26 unauthenticated", false),
            (Step::Rcpt, 554, "5.3.2 no mail now", false),
            (Step::Mail, 550, "5.1.8 bad sender", false),
            (Step::Mail, 552, "too many", false),
            (Step::Greeting, 554, "no", false),
            (Step::Hello, 550, "5.7.1 no", false),
            (Step::Auth, 535, "5.7.8 no", false),
            (Step::Data, 250, "what?", false),
        ] {
            let sending = outcome(step, code, words);
            let is_refused = matches!(sending, SendOutcome::Refused { .. });
            assert_eq!(is_refused, refused, "{step} {code} {words}: {sending:?}");
        }
    }

    #[test]
    fn an_enhanced_code_must_be_one() {
        for (code, words, expected) in [
            (550, "5.1.1 x", Some((1, 1))),
            (550, "5.7.606", Some((7, 606))),
            (550, "4.7.1 x", None),
            (550, "5.7 x", None),
            (550, "5.7.1.2 x", None),
            (550, "5.7.x", None),
            (550, "", None),
        ] {
            let Fault::Reply(reply) = reply(code, words) else {
                unreachable!()
            };
            assert_eq!(reply.enhanced(), expected, "{words:?}");
        }
    }

    #[test]
    fn a_lost_answer_is_said_to_be_one() {
        let may_have = |step, fault| {
            let sending = Failure::new(step, fault).outcome("jane@example.org");
            let SendOutcome::Later { reason, .. } = sending else {
                panic!("{sending:?}");
            };
            reason.contains("may have taken")
        };
        assert!(may_have(Step::Answer, Fault::Closed));
        assert!(may_have(Step::Answer, Fault::TimedOut));
        assert!(may_have(Step::Answer, reply(354, "go on")));
        assert!(!may_have(Step::Answer, reply(451, "no")));
        assert!(!may_have(Step::Content, Fault::Closed));
        assert!(!may_have(Step::Data, Fault::TimedOut));
    }

    #[test]
    fn words_are_masked_and_bounded() {
        let to = "Jane.Doe@example.org";
        for (words, expected) in [
            ("<jane.doe@example.org>: unknown", "<[address]>: unknown"),
            ("to=jane.doe@example.org.", "[address]"),
            ("user 'jane.doe' unknown", "user [name] unknown"),
            ("jane.doe%40example.org", "[address]"),
            ("ünï@exämple.org?", "[address]"),
            (
                "your code 1234 5678 or 12345678, 1234-5678",
                "your code [number] [number] or [number], [number]",
            ),
            (
                "[192.0.2.1] see https://a.example/b?c=550",
                "[192.0.2.1] see https://a.example/b?c=550",
            ),
            ("a\r\nb\tc\0d\u{1b}[31m\u{202e}e", "a  b c d [31me"),
            ("  \r\n ", ""),
        ] {
            assert_eq!(tidy(words, to), expected, "{words:?}");
        }
        let long = tidy(&"é ".repeat(5000), to);
        assert!(long.chars().count() <= LONGEST_WORDS);
        let long = tidy(&"x".repeat(16_000), to);
        assert_eq!(long.chars().count(), LONGEST_WORDS);
    }

    #[test]
    fn nothing_of_a_login_is_repeated() {
        let SendOutcome::Later { reason, .. } =
            outcome(Step::Auth, 500, "unknown: AUTH PLAIN AG5ld3MAcHc=")
        else {
            panic!("refused");
        };
        assert_eq!(reason, "AUTH: 500");
        let SendOutcome::Later { reason, .. } = outcome(Step::Auth, 535, "5.7.8 bad AG5ld3MAcHc=")
        else {
            panic!("refused");
        };
        assert_eq!(reason, "AUTH: 535 5.7.8");
    }
}
