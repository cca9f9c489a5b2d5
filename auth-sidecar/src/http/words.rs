//! Statuses and words of problems.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::domain::catalogue::Catalogue;

/// The words of one language, from the manifest in use; English without one.
#[derive(Clone, Default)]
pub(crate) struct Words(Option<(Arc<Catalogue>, String)>);

impl Words {
    pub(crate) fn new(catalogue: Arc<Catalogue>, language: String) -> Self {
        Self(Some((catalogue, language)))
    }

    /// Title, and a sentence on what to do.
    pub(crate) fn of<'w>(&'w self, name: &'w str) -> (&'w str, &'w str) {
        let told = self
            .0
            .as_ref()
            .and_then(|(catalogue, language)| catalogue.facts().problems.get(language)?.get(name));
        match told {
            Some(told) => (&told.title, &told.detail),
            None => find(name).map_or((name, ""), |(_, _, title, detail)| (*title, *detail)),
        }
    }
}

/// The status of a problem.
pub(crate) fn status(name: &str) -> StatusCode {
    let status = find(name).and_then(|(_, status, ..)| StatusCode::from_u16(*status).ok());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

type Entry = (&'static str, u16, &'static str, &'static str);

fn find(name: &str) -> Option<&'static Entry> {
    let at = ENGLISH.binary_search_by(|entry| entry.0.cmp(name)).ok()?;
    ENGLISH.get(at)
}

/// Name, status, title, and what to do; sorted by name.
static ENGLISH: [Entry; 39] = [
    (
        "account-disabled",
        403,
        "This account is closed",
        "Its owner can ask the press office why.",
    ),
    (
        "bad-request",
        400,
        "The request cannot be read",
        "It is not complete, or not what its Content-Type says. Send it again.",
    ),
    (
        "busy",
        503,
        "Too much is going on",
        "Try again in a moment.",
    ),
    (
        "code-expired",
        410,
        "The code has expired",
        "Ask for a new one.",
    ),
    (
        "code-limit",
        429,
        "Too many codes were asked for",
        "Wait before you ask for another one.",
    ),
    (
        "code-spent",
        429,
        "The code was tried too often",
        "Ask for a new one.",
    ),
    (
        "code-used",
        409,
        "The code was used already",
        "There is nothing left to do with it: log in.",
    ),
    (
        "code-wait",
        429,
        "A code was sent a moment ago",
        "Look into the mailbox, also among unwanted mail, before you ask for another one.",
    ),
    (
        "code-wrong",
        422,
        "The code is wrong",
        "Enter the 8 digits from the newest mail.",
    ),
    (
        "credentials-wrong",
        401,
        "E-mail and password do not match",
        "Try again, or reset the password. If the account was never verified, register again.",
    ),
    (
        "cross-site",
        403,
        "This form was not sent from this site",
        "Go to the site and use the form there.",
    ),
    (
        "email-invalid",
        422,
        "This is not an e-mail address",
        "Write it as name@example.org.",
    ),
    (
        "field-invalid",
        422,
        "A field is missing or cannot be read",
        "`field` names it.",
    ),
    (
        "gone",
        410,
        "Gone",
        "What was at this address was removed for good.",
    ),
    (
        "link-gone",
        410,
        "This download link has ended",
        "Make a new one on the video's page. What was downloaded so far can be continued with it.",
    ),
    (
        "link-invalid",
        403,
        "This download link is not valid",
        "Copy it again from your account, or make a new one on the video's page.",
    ),
    (
        "link-limit",
        409,
        "You have as many download links as an account may have",
        "End one in your account before you make another.",
    ),
    (
        "method-not-allowed",
        405,
        "Method not allowed",
        "The Allow header lists the methods that this address knows.",
    ),
    (
        "no-flow",
        409,
        "There is nothing in progress",
        "Begin again: too much time has passed, or it was begun in another browser.",
    ),
    (
        "not-found",
        404,
        "Not found",
        "There is nothing at this address.",
    ),
    (
        "password-common",
        422,
        "This password is too easy to guess",
        "Choose one that is not made of common words, names or patterns.",
    ),
    (
        "password-has-space",
        422,
        "The password has a space",
        "Leave spaces out.",
    ),
    (
        "password-needs-lower",
        422,
        "The password needs a lower-case letter",
        "Add one.",
    ),
    (
        "password-needs-number",
        422,
        "The password needs a number",
        "Add one.",
    ),
    (
        "password-needs-symbol",
        422,
        "The password needs a symbol",
        "Add one, such as a hyphen or an exclamation mark.",
    ),
    (
        "password-needs-upper",
        422,
        "The password needs an upper-case letter",
        "Add one.",
    ),
    (
        "password-too-long",
        422,
        "The password is too long",
        "Use 128 characters at most.",
    ),
    (
        "password-too-short",
        422,
        "The password is too short",
        "Make it longer.",
    ),
    (
        "precondition-failed",
        412,
        "Precondition failed",
        "The content is not the one that the request names.",
    ),
    (
        "range-not-satisfiable",
        416,
        "Range not satisfiable",
        "The range lies outside the content; Content-Range tells its size.",
    ),
    (
        "signed-out",
        401,
        "Signed out",
        "This needs an account that is signed in.",
    ),
    (
        "terms-required",
        409,
        "The terms have changed",
        "Read the current version on the page and accept it there.",
    ),
    (
        "too-large",
        413,
        "The request is too large",
        "Send 16 KiB at most.",
    ),
    (
        "too-many",
        429,
        "Too many attempts",
        "Wait before you try again.",
    ),
    (
        "too-many-downloads",
        429,
        "Too many downloads at once",
        "Wait until one of yours has ended, or stop one.",
    ),
    (
        "unavailable",
        503,
        "Unavailable",
        "This cannot be had at the moment. Please try again later.",
    ),
    (
        "unknown-field",
        422,
        "There is a field that this call does not know",
        "`field` names it. Leave it out.",
    ),
    (
        "unsupported-type",
        415,
        "Unsupported content type",
        "Send application/json or application/x-www-form-urlencoded.",
    ),
    (
        "wording-old",
        409,
        "The wording has changed",
        "Reload the page and read what you agree to.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::PROBLEMS;

    #[test]
    fn every_problem_has_words_and_a_status() {
        let names: Vec<&str> = ENGLISH.iter().map(|entry| entry.0).collect();
        assert_eq!(names, PROBLEMS);
        assert!(
            ENGLISH
                .iter()
                .all(|entry| entry.0 == "x" || status(entry.0).as_u16() == entry.1)
        );
    }
}
