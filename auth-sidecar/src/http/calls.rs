//! The account calls as data: what each takes, answers, and may refuse. Reading requests, leading forms
//! on, and the OpenAPI description all go by these tables.

/// A call by POST, as JSON or as a form.
pub(super) struct Call {
    /// Below `/api/`; names in braces are parts of it that the caller fills in.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) fields: &'static [Field],
    /// The page below `/{lang}/account/` on which a form's problems are told.
    pub(super) page: &'static str,
    /// What it may refuse besides [`ANY`].
    pub(super) problems: &'static [&'static str],
    /// Whether it may refuse a new password by [`PASSWORD_PROBLEMS`](crate::texts::PASSWORD_PROBLEMS).
    pub(super) rules: bool,
    /// The status of success for JSON.
    pub(super) done: u16,
    /// The members of a success, as JSON Schema properties; none for an empty answer.
    pub(super) answer: &'static [(&'static str, Member)],
    /// Whether it needs a session.
    pub(super) signed_in: bool,
}

/// A field of a request.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Email,
    Password,
    Flag,
}

/// The kind of a member of an answer.
#[derive(Clone, Copy)]
pub(super) enum Member {
    Text,
    Time,
    Flag,
    Number,
    /// One word alone.
    Word(&'static str),
}

/// What any call may answer.
pub(super) const ANY: [&str; 10] = [
    "bad-request",
    "busy",
    "cross-site",
    "field-invalid",
    "method-not-allowed",
    "not-found",
    "too-large",
    "unavailable",
    "unknown-field",
    "unsupported-type",
];

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field {
        name,
        kind,
        required: true,
        about,
    }
}

const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field {
        name,
        kind,
        required: false,
        about,
    }
}

const EMAIL: Field = required(
    "email",
    Kind::Email,
    "An e-mail address, 254 bytes at most.",
);
const NEW_PASSWORD: Field = required("password", Kind::Password, "The new password.");
const CODE: Field = required(
    "code",
    Kind::Text,
    "8 digits; spaces and hyphens do not count.",
);
const LANG: Field = optional("lang", Kind::Text, "One of the site's languages.");
const RETURN_TO: Field = optional(
    "return_to",
    Kind::Text,
    "A path of this site to go to afterwards; empty keeps the one before.",
);

const CODE_SENT: [(&str, Member); 2] = [
    ("code_expires_at", Member::Time),
    ("resend_at", Member::Time),
];

pub(super) const REGISTER: Call = Call {
    path: "register",
    summary: "Start an account. The same answer whether or not the address has one.",
    fields: &[EMAIL, NEW_PASSWORD, LANG, RETURN_TO],
    page: "register/",
    problems: &["email-invalid", "too-many"],
    rules: true,
    done: 202,
    answer: &[("next", Member::Word("verify")), CODE_SENT[0], CODE_SENT[1]],
    signed_in: false,
};

pub(super) const VERIFY: Call = Call {
    path: "verify",
    summary: "Enter the code of a registration: makes the account and logs in.",
    fields: &[CODE, LANG],
    page: "verify/",
    problems: &[
        "code-wrong",
        "code-spent",
        "code-expired",
        "code-used",
        "no-flow",
    ],
    rules: false,
    done: 200,
    answer: &[
        ("next", Member::Word("welcome")),
        ("return_to", Member::Text),
    ],
    signed_in: false,
};

pub(super) const CODE_AGAIN: Call = Call {
    path: "code",
    summary: "Send a new code for the step in progress.",
    fields: &[LANG],
    page: "verify/",
    problems: &["code-wait", "code-limit", "no-flow"],
    rules: false,
    done: 202,
    answer: &CODE_SENT,
    signed_in: false,
};

pub(super) const LOGIN: Call = Call {
    path: "login",
    summary: "Log in.",
    fields: &[
        EMAIL,
        required("password", Kind::Password, "The account's password."),
        LANG,
        RETURN_TO,
    ],
    page: "login/",
    problems: &["credentials-wrong", "too-many", "account-disabled"],
    rules: false,
    done: 200,
    answer: &[("return_to", Member::Text)],
    signed_in: false,
};

pub(super) const LOGOUT: Call = Call {
    path: "logout",
    summary: "Log out. Without a session the same answer.",
    fields: &[LANG, RETURN_TO],
    page: "login/",
    problems: &[],
    rules: false,
    done: 204,
    answer: &[],
    signed_in: false,
};

pub(super) const RESET: Call = Call {
    path: "reset",
    summary: "Ask for a code to choose a new password. The same answer whether or not the address has an account.",
    fields: &[EMAIL, LANG, RETURN_TO],
    page: "reset/",
    problems: &["email-invalid", "too-many"],
    rules: false,
    done: 202,
    answer: &[
        ("next", Member::Word("reset-verify")),
        CODE_SENT[0],
        CODE_SENT[1],
    ],
    signed_in: false,
};

pub(super) const RESET_VERIFY: Call = Call {
    path: "reset/verify",
    summary: "Enter the code of a reset.",
    fields: &[CODE, LANG],
    page: "reset/verify/",
    problems: &[
        "code-wrong",
        "code-spent",
        "code-expired",
        "code-used",
        "no-flow",
    ],
    rules: false,
    done: 200,
    answer: &[("next", Member::Word("new-password"))],
    signed_in: false,
};

pub(super) const RESET_PASSWORD: Call = Call {
    path: "reset/password",
    summary: "Choose the new password, within 15 minutes of the code. Ends all sessions.",
    fields: &[NEW_PASSWORD, LANG],
    page: "reset/new-password/",
    problems: &["no-flow"],
    rules: true,
    done: 200,
    answer: &[
        ("next", Member::Word("log-in")),
        ("return_to", Member::Text),
    ],
    signed_in: false,
};

pub(super) const NEWSLETTER: Call = Call {
    path: "newsletter",
    summary: "Subscribe to the newsletter, or end the subscription.",
    fields: &[
        required("subscribed", Kind::Flag, "Which of the two."),
        optional(
            "wording",
            Kind::Text,
            "The id of the words beside the button; absent: the current ones.",
        ),
        LANG,
    ],
    page: "",
    problems: &["signed-out", "wording-old"],
    rules: false,
    done: 200,
    answer: &[("newsletter", Member::Flag)],
    signed_in: true,
};

pub(super) const CHANGE_PASSWORD: Call = Call {
    path: "account/password",
    summary: "Change the password. Ends the other sessions.",
    fields: &[
        required("current", Kind::Password, "The password until now."),
        NEW_PASSWORD,
        LANG,
    ],
    page: "password/",
    problems: &["signed-out", "credentials-wrong", "too-many"],
    rules: true,
    done: 204,
    answer: &[],
    signed_in: true,
};

pub(super) const DELETE: Call = Call {
    path: "account/delete",
    summary: "Erase the account and everything that hangs on it.",
    fields: &[
        required("password", Kind::Password, "The account's password."),
        LANG,
    ],
    page: "delete/",
    problems: &["signed-out", "credentials-wrong", "too-many"],
    rules: false,
    done: 204,
    answer: &[],
    signed_in: true,
};

pub(super) const REVOKE_SESSIONS: Call = Call {
    path: "account/sessions/revoke",
    summary: "End one of one's sessions by its `id`, or with `all` every other one.",
    fields: &[
        optional("id", Kind::Text, "As the list of sessions has it."),
        optional("all", Kind::Flag, "`true` ends all but this one."),
        LANG,
    ],
    page: "",
    problems: &["signed-out"],
    rules: false,
    done: 204,
    answer: &[],
    signed_in: true,
};

pub(super) const MAKE_LINK: Call = Call {
    path: "media/{id}/{rendition}/link",
    summary: "Make a link to a gated file, for programs that know no session.",
    fields: &[
        optional(
            "terms",
            Kind::Text,
            "The version of the terms that one accepts; absent: the current one.",
        ),
        LANG,
    ],
    page: "",
    problems: &[
        "gone",
        "signed-out",
        "link-limit",
        "terms-required",
        "too-many",
    ],
    rules: false,
    done: 201,
    answer: &[
        ("url", Member::Text),
        ("expires_at", Member::Time),
        ("sha256", Member::Text),
        ("size", Member::Number),
    ],
    signed_in: true,
};

pub(super) const REVOKE_LINKS: Call = Call {
    path: "account/links/revoke",
    summary: "End one of one's download links by its `id`, or with `all` every one. What runs is not cut.",
    fields: &[
        optional("id", Kind::Text, "As the list of links has it."),
        optional("all", Kind::Flag, "`true` ends all."),
        LANG,
    ],
    page: "",
    problems: &["signed-out"],
    rules: false,
    done: 204,
    answer: &[],
    signed_in: true,
};

/// All of them.
pub(super) const CALLS: [&Call; 14] = [
    &REGISTER,
    &VERIFY,
    &CODE_AGAIN,
    &LOGIN,
    &LOGOUT,
    &RESET,
    &RESET_VERIFY,
    &RESET_PASSWORD,
    &NEWSLETTER,
    &CHANGE_PASSWORD,
    &DELETE,
    &REVOKE_SESSIONS,
    &MAKE_LINK,
    &REVOKE_LINKS,
];
