//! Whose fault a rejection is: the recipient's (or the mail's), or ours. Our faults are retried and reported; theirs
//! set the mail aside.
//!
//! Providers reject *senders* with codes meant for mailboxes, so the text of a reply takes precedence over its code.
//! Texts and codes are collected from providers' publications; the source is beside each.

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Our account, address, login, rate or reputation, or the server's state.
    Ours,
    /// The recipient's, or the mail's.
    Theirs,
}

use Blame::{Ours, Theirs};

/// IANA, "SMTP Enhanced Status Codes"; RFC 3463, 5248, 7293, 7372, 7505.
const IANA: &str = "https://www.iana.org/assignments/smtp-enhanced-status-codes/";
/// Amazon SES, "SMTP issues" and "Errors related to the sending quotas".
const SES: &str = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html";
/// Google, "Gmail SMTP errors and codes".
const GMAIL: &str = "https://support.google.com/a/answer/3726730";
/// Microsoft, "Email non-delivery reports and SMTP errors in Exchange Online".
const MICROSOFT: &str = "https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online";
/// Postmark, "Error codes".
const POSTMARK: &str = "https://postmarkapp.com/developer/api/overview";
/// SendGrid, "SMTP Errors and Troubleshooting".
const SENDGRID: &str = "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting";
/// Mailgun, "Error codes" and "Sandbox domain".
const MAILGUN: &str = "https://help.mailgun.com/hc/en-us";
/// Postfix, "Configuration parameters", and the texts of `smtpd_check.c`.
const POSTFIX: &str = "https://www.postfix.org/postconf.5.html";
/// Exim, "Access control lists".
const EXIM: &str =
    "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-access_control_lists.html";

/// Codes so specific to a mailbox that the text does not matter.
const PLAINLY_THEIRS: [(u16, u16); 5] = [(1, 1), (1, 3), (1, 6), (1, 10), (6, 7)];

/// Texts of replies, in lower case; the first that a reply contains decides.
const WORDS: &[(&str, Blame, &str)] = &[
    // Our account, our sender.
    ("email address is not verified", Ours, SES),
    ("identities failed the check", Ours, SES),
    ("not authorized to perform", Ours, SES),
    ("message quota exceeded", Ours, SES),
    ("maximum sending rate", Ours, SES),
    ("throttling failure", Ours, SES),
    ("sending paused", Ours, SES),
    ("sending quota", Ours, GMAIL),
    ("sending limit", Ours, GMAIL),
    ("smtp relay limit", Ours, GMAIL),
    ("relay denied", Ours, GMAIL),
    ("unauthenticated", Ours, GMAIL),
    ("not authenticated", Ours, GMAIL),
    ("authentication required", Ours, GMAIL),
    ("unusual rate", Ours, GMAIL),
    ("unsolicited", Ours, GMAIL),
    ("not whitelisted", Ours, GMAIL),
    ("ptr record", Ours, GMAIL),
    ("submission quota", Ours, MICROSOFT),
    ("daily limit", Ours, MICROSOFT),
    ("hourly limit", Ours, MICROSOFT),
    ("rate limit", Ours, MICROSOFT),
    ("exceeded the limit", Ours, MICROSOFT),
    ("exceeded its limit", Ours, MICROSOFT),
    ("threshold exceeded", Ours, MICROSOFT),
    ("sendasdenied", Ours, MICROSOFT),
    ("send as this sender", Ours, MICROSOFT),
    ("bad outbound sender", Ours, MICROSOFT),
    ("banned sending ip", Ours, MICROSOFT),
    ("tenant", Ours, MICROSOFT),
    ("sender signature", Ours, POSTMARK),
    ("pending approval", Ours, POSTMARK),
    ("not allowed to send", Ours, POSTMARK),
    ("inactive recipient", Theirs, POSTMARK),
    ("verified sender identity", Ours, SENDGRID),
    ("not authorized to send", Ours, SENDGRID),
    ("credits exceeded", Ours, SENDGRID),
    ("unauthenticated senders", Ours, SENDGRID),
    ("bad requests", Ours, SENDGRID),
    ("for test purposes only", Ours, MAILGUN),
    ("sandbox", Ours, MAILGUN),
    ("authorized recipient", Ours, MAILGUN),
    ("account disabled", Ours, MAILGUN),
    ("account is disabled", Ours, MAILGUN),
    ("domain is disabled", Ours, MAILGUN),
    ("previously bounced", Theirs, MAILGUN),
    ("suppression list", Theirs, SES),
    ("sender address rejected", Ours, POSTFIX),
    ("sender rejected", Ours, POSTFIX),
    ("sender denied", Ours, POSTFIX),
    ("client host rejected", Ours, POSTFIX),
    ("helo command rejected", Ours, POSTFIX),
    ("relay access denied", Ours, POSTFIX),
    ("relaying denied", Ours, POSTFIX),
    ("relay not permitted", Ours, EXIM),
    ("sender verify failed", Ours, EXIM),
    ("reverse dns", Ours, POSTFIX),
    ("reverse hostname", Ours, POSTFIX),
    ("blocked using", Ours, POSTFIX),
    // A recipient. These come before texts that a mailbox may share with an account.
    ("user unknown", Theirs, POSTFIX),
    ("unknown user", Theirs, EXIM),
    ("unknown recipient", Theirs, EXIM),
    ("no such user", Theirs, EXIM),
    ("no such recipient", Theirs, EXIM),
    ("no mailbox", Theirs, POSTFIX),
    ("mailbox unavailable", Theirs, SENDGRID),
    ("mailbox not found", Theirs, MICROSOFT),
    ("recipient not found", Theirs, MICROSOFT),
    ("invalid recipient", Theirs, MICROSOFT),
    ("recipient address rejected", Theirs, MICROSOFT),
    ("recipient rejected", Theirs, MICROSOFT),
    ("account that you tried to reach", Theirs, GMAIL),
    ("receiving mail", Theirs, GMAIL),
    ("over quota", Theirs, GMAIL),
    ("out of storage", Theirs, GMAIL),
    ("mailbox full", Theirs, POSTFIX),
    ("mailbox is full", Theirs, POSTFIX),
    ("quota exceeded for", Theirs, MICROSOFT),
    ("greylist", Theirs, POSTFIX),
    ("graylist", Theirs, POSTFIX),
    // Our account again, and our reputation, in texts of no particular provider.
    ("account suspended", Ours, POSTMARK),
    ("account has been suspended", Ours, POSTMARK),
    ("account is suspended", Ours, POSTMARK),
    ("account has been disabled", Ours, MAILGUN),
    ("suspended", Ours, SENDGRID),
    ("too many messages", Ours, SENDGRID),
    ("too many connections", Ours, SES),
    ("too many concurrent", Ours, SES),
    ("too frequent", Ours, SENDGRID),
    ("messages per", Ours, EXIM),
    ("per hour", Ours, EXIM),
    ("per day", Ours, EXIM),
    ("blacklist", Ours, EXIM),
    ("black list", Ours, EXIM),
    ("blocklist", Ours, MICROSOFT),
    ("block list", Ours, MICROSOFT),
    ("blocked", Ours, MICROSOFT),
    ("banned", Ours, MICROSOFT),
    ("spamhaus", Ours, POSTFIX),
    ("reputation", Ours, GMAIL),
    ("as spam", Ours, GMAIL),
    ("spam", Ours, GMAIL),
    ("dmarc", Ours, GMAIL),
    ("dkim", Ours, GMAIL),
    ("spf", Ours, GMAIL),
];

/// Enhanced codes, subject and detail: all details of a subject where there is none.
const CODES: &[(u16, Option<u16>, Blame, &str)] = &[
    // Bad sender's mailbox address; bad sender's system address; the day's limit of recipients.
    (1, Some(7), Ours, IANA),
    (1, Some(8), Ours, IANA),
    (1, Some(90), Ours, MICROSOFT),
    // SendAsDenied.
    (2, Some(252), Ours, MICROSOFT),
    // "Too big for this system" is about the mail; else the system is full or set up wrong.
    (3, Some(4), Theirs, IANA),
    (3, None, Ours, IANA),
    // A directory that fails; a system that has too much to do, as Gmail calls the day's limit.
    (4, Some(3), Ours, IANA),
    (4, Some(5), Ours, GMAIL),
    // A protocol that one of both does not speak. What is 5.5.0 says nothing.
    (5, Some(0), Theirs, IANA),
    (5, None, Ours, IANA),
    // Mailbox or domain may have a new owner (RFC 7293), or take mail from some alone.
    (7, Some(17), Theirs, IANA),
    (7, Some(18), Theirs, IANA),
    (7, Some(19), Theirs, IANA),
    (7, Some(124), Theirs, MICROSOFT),
    (7, Some(129), Theirs, MICROSOFT),
    (7, Some(133), Theirs, MICROSOFT),
    (7, Some(134), Theirs, MICROSOFT),
    (7, Some(135), Theirs, MICROSOFT),
    (7, Some(136), Theirs, MICROSOFT),
    // Policy: relaying, block lists, SPF, DKIM.
    (7, None, Ours, IANA),
];

/// Whose fault an answer of 4xx or 5xx is, by its code, its enhanced code (subject and detail) and its words.
pub(super) fn blame(code: u16, enhanced: Option<(u16, u16)>, words: &str) -> Blame {
    // Not understood, out of order, no mail here (RFC 7504), and logins (RFC 4954).
    if matches!(code, 500 | 502..=504 | 521 | 530 | 534 | 535 | 538 | 555) {
        return Ours;
    }
    if enhanced.is_some_and(|enhanced| PLAINLY_THEIRS.contains(&enhanced)) {
        return Theirs;
    }
    let words = words.to_lowercase();
    if let Some((_, blame, _)) = WORDS.iter().find(|(said, ..)| words.contains(said)) {
        return *blame;
    }
    let means = |(subject, detail): (u16, u16)| {
        let is_it = |(s, d, ..): &&(u16, Option<u16>, Blame, &str)| {
            *s == subject && d.is_none_or(|d| d == detail)
        };
        CODES.iter().find(is_it).map(|(_, _, blame, _)| *blame)
    };
    // Policy of today may be another tomorrow: that is how recipients greylist.
    let is_policy = code < 500 && enhanced.is_some_and(|(subject, _)| subject == 7);
    match is_policy {
        true => Theirs,
        false => enhanced.and_then(means).unwrap_or(Theirs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_they_are_compared_and_have_a_source() {
        for (words, _, source) in WORDS {
            assert_eq!(*words, words.to_lowercase());
            assert!(source.starts_with("https://"), "{words}");
        }
        for (subject, detail, _, source) in CODES {
            assert!(source.starts_with("https://"), "{subject}.{detail:?}");
        }
    }

    #[test]
    fn responses_of_large_providers() {
        for (code, enhanced, words, expected) in [
            (
                554,
                None,
                "Message rejected: Email address is not verified. The following identities failed the check",
                Ours,
            ),
            (
                454,
                None,
                "Throttling failure: Daily message quota exceeded.",
                Ours,
            ),
            (
                554,
                None,
                "Transaction failed: Address is on the suppression list",
                Theirs,
            ),
            (
                550,
                Some((4, 5)),
                "Daily user sending limit exceeded.",
                Ours,
            ),
            (550, Some((4, 5)), "", Ours),
            (
                550,
                Some((7, 26)),
                "This mail has been blocked because the sender is unauthenticated",
                Ours,
            ),
            (
                550,
                Some((2, 1)),
                "The email account that you tried to reach is disabled.",
                Theirs,
            ),
            (
                552,
                Some((2, 2)),
                "The email account that you tried to reach is over quota.",
                Theirs,
            ),
            (
                450,
                Some((2, 1)),
                "The user you are trying to contact is receiving mail too quickly.",
                Theirs,
            ),
            (550, Some((1, 7)), "bad sender", Ours),
            (
                553,
                Some((1, 8)),
                "Sender address rejected: Domain not found",
                Ours,
            ),
            (
                550,
                Some((1, 8)),
                "Access denied, bad outbound sender",
                Ours,
            ),
            (
                550,
                Some((1, 90)),
                "Your message can't be sent because you've reached your daily limit",
                Ours,
            ),
            (550, Some((2, 252)), "SendAsDenied", Ours),
            (554, Some((2, 252)), "", Ours),
            (550, Some((2, 2)), "Submission quota exceeded", Ours),
            (
                550,
                Some((7, 705)),
                "Access denied, tenant has exceeded threshold",
                Ours,
            ),
            (
                550,
                Some((4, 1)),
                "Recipient address rejected: Access denied",
                Theirs,
            ),
            (
                550,
                Some((5, 0)),
                "Requested action not taken: mailbox unavailable",
                Theirs,
            ),
            (
                550,
                Some((7, 133)),
                "RESOLVER.RST.SenderNotAuthenticatedForGroup",
                Theirs,
            ),
            (550, None, "account suspended", Ours),
            (550, Some((0, 0)), "Your account has been suspended", Ours),
            (
                550,
                None,
                "The from address does not match a verified Sender Identity.",
                Ours,
            ),
            (
                451,
                None,
                "Authentication failed: Maximum credits exceeded",
                Ours,
            ),
            (
                550,
                None,
                "Requested action not taken: mailbox unavailable",
                Theirs,
            ),
            (550, None, "Unauthenticated senders not allowed", Ours),
            (
                550,
                Some((7, 1)),
                "Sandbox subdomains are for test purposes only.",
                Ours,
            ),
            (
                554,
                None,
                "Domain x is not allowed to send: free accounts are for test purposes only",
                Ours,
            ),
            (
                550,
                Some((7, 1)),
                "Not delivering to previously bounced address",
                Theirs,
            ),
            (
                422,
                None,
                "The 'From' address you supplied is not a Sender Signature on your account.",
                Ours,
            ),
            (554, Some((7, 1)), "Relay access denied", Ours),
            (
                550,
                Some((1, 1)),
                "Recipient address rejected: User unknown in local recipient table",
                Theirs,
            ),
            (550, None, "User unknown in virtual mailbox table", Theirs),
            (
                554,
                Some((7, 1)),
                "Client host blocked using zen.spamhaus.org",
                Ours,
            ),
            (
                450,
                Some((2, 0)),
                "Recipient address rejected: Greylisted",
                Theirs,
            ),
            (451, Some((7, 1)), "come back in 300 s", Theirs),
            (550, None, "relay not permitted", Ours),
            (550, None, "Sender verify failed", Ours),
            (552, Some((3, 4)), "too big", Theirs),
            (554, Some((6, 0)), "not conforming", Theirs),
            (555, Some((5, 2)), "Syntax error", Ours),
            (550, None, "no", Theirs),
        ] {
            assert_eq!(
                blame(code, enhanced, words),
                expected,
                "{code} {enhanced:?} {words}"
            );
        }
    }
}
