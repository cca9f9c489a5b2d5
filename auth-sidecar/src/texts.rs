//! The names that theme, generator and sidecar share: problems, mails, and the slots that the sidecar
//! fills. The generator finds words for them; the sidecar uses them.

/// Problems whose words readers see: as `urn:dateline:problem:NAME` in JSON, as `#NAME` on a page.
pub const PROBLEMS: [&str; 35] = [
    "account-disabled",
    "bad-request",
    "busy",
    "code-expired",
    "code-limit",
    "code-spent",
    "code-used",
    "code-wait",
    "code-wrong",
    "credentials-wrong",
    "cross-site",
    "email-invalid",
    "field-invalid",
    "gone",
    "method-not-allowed",
    "no-flow",
    "not-found",
    "password-common",
    "password-has-space",
    "password-needs-lower",
    "password-needs-number",
    "password-needs-symbol",
    "password-needs-upper",
    "password-too-long",
    "password-too-short",
    "precondition-failed",
    "range-not-satisfiable",
    "signed-out",
    "terms-required",
    "too-large",
    "too-many",
    "unavailable",
    "unknown-field",
    "unsupported-type",
    "wording-old",
];

/// The mails, each `mail/{lang}/{KIND}.txt` and `.html` beside the manifest. The text's first line is
/// `Subject: …`, followed by an empty line.
pub const MAILS: [&str; 6] = [
    "verify",
    "reset",
    "exists",
    "closed",
    "password-changed",
    "deleted",
];

/// What a mail may ask for: the recipient's address, the code as `1234 5678` and when it ends (both
/// empty in mails without one), and when the thing that it tells happened. Times are clock times with
/// their zone.
pub const MAIL_SLOTS: [&str; 4] = ["email", "code", "expires", "when"];

/// The one page that the sidecar fills, `pages/{lang}/account.html` beside the manifest.
pub const ACCOUNT_PAGE: &str = "account";

/// What the account page may ask for: `email`, `since` (when the account was made), and sections:
/// `subscribed` and `unsubscribed`, of which one is there, and the list `sessions`.
pub const ACCOUNT_SLOTS: [&str; 5] = ["email", "since", "subscribed", "unsubscribed", "sessions"];

/// What each entry of `sessions` may ask for besides: `current` and `other` are sections, of which one
/// is there.
pub const SESSION_SLOTS: [&str; 6] = [
    "id",
    "device",
    "first_seen",
    "last_seen",
    "current",
    "other",
];
