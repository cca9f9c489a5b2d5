//! Names shared by theme, generator and sidecar: problems, mails, and the slots that the sidecar fills. The theme
//! provides the texts.

use serde::{Deserialize, Serialize};

/// Where the sender of a form sees a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the form's own page.
    Form,
    /// On this page below `/{lang}/account/`; in a reset on the second, in a change of address on the third.
    Page(&'static str, &'static str, &'static str),
    /// In the response itself: no page shows it.
    Answer,
}

macro_rules! problems {
    ($($kind:ident = $name:literal, $status:literal, $place:expr;)*) => {
        /// The kinds of problems. Catalogues have their texts, as `problem-NAME`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemKind {
            $(#[doc = $name] $kind,)*
        }

        /// The names of all [`ProblemKind`]s: `urn:dateline:problem:NAME` in JSON, `#NAME` on a page.
        pub const PROBLEMS: [&str; [$($name),*].len()] = [$($name),*];

        impl ProblemKind {
            /// All of them, by name.
            pub const ALL: [Self; PROBLEMS.len()] = [$(Self::$kind),*];

            /// Its name, as in [`PROBLEMS`].
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The status code of its response.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            /// Where the sender of a form sees it.
            #[must_use]
            pub const fn place(self) -> Place {
                match self { $(Self::$kind => $place,)* }
            }
        }
    };
}

// Each problem is declared only here: name, status, and where the sender of a form sees it.
problems! {
    AccountDisabled = "account-disabled", 403, Place::Form;
    AddressRecent = "address-recent", 409, Place::Form;
    AddressSame = "address-same", 422, Place::Form;
    BadRequest = "bad-request", 400, Place::Form;
    Busy = "busy", 503, Place::Form;
    CodeExpired = "code-expired", 410, Place::Form;
    CodeLimit = "code-limit", 429, Place::Form;
    CodeSpent = "code-spent", 429, Place::Form;
    CodeUsed = "code-used", 409, Place::Page("login/", "reset/new-password/", "address/");
    CodeWait = "code-wait", 429, Place::Form;
    CodeWrong = "code-wrong", 422, Place::Form;
    CredentialsWrong = "credentials-wrong", 401, Place::Form;
    CrossSite = "cross-site", 403, Place::Answer;
    EmailInvalid = "email-invalid", 422, Place::Form;
    FieldInvalid = "field-invalid", 422, Place::Form;
    Gone = "gone", 410, Place::Answer;
    LinkGone = "link-gone", 410, Place::Answer;
    LinkInvalid = "link-invalid", 403, Place::Answer;
    LinkLimit = "link-limit", 409, Place::Form;
    MethodNotAllowed = "method-not-allowed", 405, Place::Answer;
    NoFlow = "no-flow", 409, Place::Page("register/", "reset/", "address/");
    NotFound = "not-found", 404, Place::Answer;
    PasswordCommon = "password-common", 422, Place::Form;
    PasswordHasSpace = "password-has-space", 422, Place::Form;
    PasswordNeedsLower = "password-needs-lower", 422, Place::Form;
    PasswordNeedsNumber = "password-needs-number", 422, Place::Form;
    PasswordNeedsSymbol = "password-needs-symbol", 422, Place::Form;
    PasswordNeedsUpper = "password-needs-upper", 422, Place::Form;
    PasswordTooLong = "password-too-long", 422, Place::Form;
    PasswordTooShort = "password-too-short", 422, Place::Form;
    PreconditionFailed = "precondition-failed", 412, Place::Answer;
    RangeNotSatisfiable = "range-not-satisfiable", 416, Place::Answer;
    SignedOut = "signed-out", 401, Place::Page("login/", "login/", "login/");
    TermsRequired = "terms-required", 409, Place::Answer;
    TooLarge = "too-large", 413, Place::Form;
    TooMany = "too-many", 429, Place::Form;
    TooManyDownloads = "too-many-downloads", 429, Place::Answer;
    Unavailable = "unavailable", 503, Place::Form;
    UndoInvalid = "undo-invalid", 422, Place::Form;
    UnknownField = "unknown-field", 422, Place::Form;
    UnsupportedType = "unsupported-type", 415, Place::Answer;
    WordingOld = "wording-old", 409, Place::Form;
}

impl ProblemKind {
    /// The problems for which a new password is refused.
    pub const PASSWORD: [Self; 8] = [
        Self::PasswordCommon,
        Self::PasswordHasSpace,
        Self::PasswordNeedsLower,
        Self::PasswordNeedsNumber,
        Self::PasswordNeedsSymbol,
        Self::PasswordNeedsUpper,
        Self::PasswordTooLong,
        Self::PasswordTooShort,
    ];

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The mails, each `mail/{lang}/{NAME}.txt` and `.html` beside the manifest. The text's first line is
/// `Subject: …`, followed by an empty line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MailKind {
    /// The code of a registration.
    Verify,
    /// The code of a reset.
    Reset,
    /// To the owner: someone tried to register this address.
    Exists,
    /// To the owner: someone tried to use the disabled account.
    Closed,
    /// The password was changed.
    PasswordChanged,
    /// The account was deleted.
    Deleted,
    /// The code of a change of address.
    Address,
    /// To the owner: someone tried to change another account's address to this one.
    AddressTaken,
    /// To the former address: the address was changed, with the code that undoes it.
    AddressChanged,
    /// To the former owner: someone tried to use the reserved address.
    AddressHeld,
    /// To the address in between: the change was undone.
    AddressRestored,
}

impl MailKind {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::Verify,
        Self::Reset,
        Self::Exists,
        Self::Closed,
        Self::PasswordChanged,
        Self::Deleted,
        Self::Address,
        Self::AddressTaken,
        Self::AddressChanged,
        Self::AddressHeld,
        Self::AddressRestored,
    ];

    /// Its name in files, rows and `mail.kind`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Exists => "exists",
            Self::Closed => "closed",
            Self::PasswordChanged => "password-changed",
            Self::Deleted => "deleted",
            Self::Address => "address",
            Self::AddressTaken => "address-taken",
            Self::AddressChanged => "address-changed",
            Self::AddressHeld => "address-held",
            Self::AddressRestored => "address-restored",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it contains a code.
    #[must_use]
    pub fn tells_code(self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Reset | Self::Address | Self::AddressChanged
        )
    }
}

/// Slots of mails: the recipient's address; the code as `1234 5678` (or `K7QX-…`, which undoes a change of address) and
/// when it expires, both only in mails with a code; and when the reported event happened. Times have their zone, and
/// their day unless it is today.
pub const MAIL_SLOTS: [&str; 4] = ["email", "code", "expires", "when"];

/// The pages that the sidecar fills, each `pages/{lang}/{NAME}.html` beside the manifest.
pub const FILLED_PAGES: [&str; 2] = [ACCOUNT_PAGE, WAIT_PAGE];

/// The reader's account.
pub const ACCOUNT_PAGE: &str = "account";

/// The page that shows when to retry, after a form or when a browser opens a file.
pub const WAIT_PAGE: &str = "wait";

/// Slots of the wait page: the problem's `title`, the `time` at which the wait ends, with its zone and if needed its
/// day, and `again`, the address to retry.
pub const WAIT_SLOTS: [&str; 3] = ["title", "time", "again"];

/// Slots of the account page: `email`, `since` (when the account was created), and sections: either `subscribed` or
/// `unsubscribed`; `with_links` and `with_downloads`, each present if its list is not empty; and the lists `sessions`,
/// `links` and `downloads`.
pub const ACCOUNT_SLOTS: [&str; 9] = [
    "email",
    "since",
    "subscribed",
    "unsubscribed",
    "sessions",
    "with_links",
    "links",
    "with_downloads",
    "downloads",
];

/// Additional slots of each entry of `links`: `title` and `page` of the dossier, the `rendition`'s name, the `file`
/// name of a saved copy, the full `url`, the curl `command` that downloads it, when it `expires`, and the section
/// `ended`, which is present if the file is no longer available.
pub const LINK_SLOTS: [&str; 9] = [
    "id",
    "title",
    "page",
    "rendition",
    "file",
    "url",
    "command",
    "expires",
    "ended",
];

/// Additional slots of each entry of `downloads`: `title` and `page` of the dossier (its id and the home page, if it no
/// longer exists), the `rendition`'s name, when it `started`, the `percent` of the file that was sent, either the
/// section `whole` or `partly`, and `ended` as for links.
pub const DOWNLOAD_SLOTS: [&str; 8] = [
    "title",
    "page",
    "rendition",
    "started",
    "percent",
    "whole",
    "partly",
    "ended",
];

/// Additional slots of each entry of `sessions`, among them either the section `current` or `other`.
pub const SESSION_SLOTS: [&str; 6] = [
    "id",
    "device",
    "first_seen",
    "last_seen",
    "current",
    "other",
];

/// The pages under `/{lang}/account/`, by their path there. The first is the home page; the page that the
/// sidecar fills has the same content.
pub const ACCOUNT_PAGES: [&str; 15] = [
    "",
    "register/",
    "verify/",
    "welcome/",
    "login/",
    "reset/",
    "reset/verify/",
    "reset/new-password/",
    "reset/done/",
    "password/",
    "address/",
    "address/verify/",
    "address/undo/",
    "delete/",
    "deleted/",
];

/// Every `#FRAGMENT` on a page of [`ACCOUNT_PAGES`] that the answer to a form may redirect to: names of [`PROBLEMS`]
/// by their [`Place`], or an outcome.
#[must_use]
pub fn fragments(page: &str) -> Vec<&'static str> {
    let any = [
        "bad-request",
        "busy",
        "field-invalid",
        "too-large",
        "unavailable",
        "unknown-field",
    ];
    let own: &[&str] = match page {
        "" => &[
            "address-changed",
            "link-limit",
            "newsletter-off",
            "newsletter-on",
            "password-changed",
            "too-many",
            "wording-old",
        ],
        "register/" | "reset/" => &["email-invalid", "no-flow", "too-many"],
        "verify/" | "reset/verify/" | "address/verify/" => &[
            "code-expired",
            "code-limit",
            "code-sent",
            "code-spent",
            "code-wait",
            "code-wrong",
            "too-many",
        ],
        "welcome/" => &["newsletter-off", "newsletter-on", "wording-old"],
        "login/" => &[
            "account-disabled",
            "code-used",
            "credentials-wrong",
            "signed-out",
            "too-many",
        ],
        "reset/new-password/" => &["code-used", "too-many"],
        "password/" => &["credentials-wrong", "password-changed", "too-many"],
        "address/" => &[
            "address-same",
            "code-used",
            "credentials-wrong",
            "email-invalid",
            "no-flow",
            "too-many",
        ],
        "address/undo/" => &["undo-invalid"],
        "delete/" => &["address-recent", "credentials-wrong", "too-many"],
        _ => return Vec::new(),
    };
    let chooses = matches!(page, "register/" | "reset/new-password/" | "password/");
    let password = ProblemKind::PASSWORD.iter().filter(|_| chooses);
    let mut all = [&any[..], own].concat();
    all.extend(password.map(|kind| kind.name()));
    all.sort_unstable();
    all
}
