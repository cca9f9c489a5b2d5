//! Which passwords are good enough, as data: what pages list, browsers check and the sidecar enforces.

use crate::manifest::PasswordPolicy;

/// One thing that a password must be. Its name is that of the problem of breaking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `password-too-short`, as in [`crate::texts::PROBLEMS`].
    pub name: &'static str,
    /// The number in it, of characters.
    pub limit: Option<u32>,
}

const fn rule(name: &'static str, limit: Option<u32>) -> Rule {
    Rule { name, limit }
}

const COMPOSITION: [Rule; 8] = [
    rule("password-too-short", Some(12)),
    rule("password-too-long", Some(128)),
    rule("password-has-space", None),
    rule("password-needs-upper", None),
    rule("password-needs-lower", None),
    rule("password-needs-number", None),
    rule("password-needs-symbol", None),
    rule("password-common", None),
];

const LENGTH: [Rule; 3] = [
    rule("password-too-short", Some(15)),
    rule("password-too-long", Some(128)),
    rule("password-common", None),
];

/// The rules of a policy, in the order in which they are told.
#[must_use]
pub fn rules(policy: PasswordPolicy) -> &'static [Rule] {
    match policy {
        PasswordPolicy::Composition => &COMPOSITION,
        PasswordPolicy::Length => &LENGTH,
    }
}

/// The rules of a policy as JSON, for the check in the browser.
#[must_use]
pub fn as_json(policy: PasswordPolicy) -> String {
    let one = |rule: &Rule| match rule.limit {
        Some(limit) => format!("{{\"name\":\"{}\",\"limit\":{limit}}}", rule.name),
        None => format!("{{\"name\":\"{}\"}}", rule.name),
    };
    let all: Vec<String> = rules(policy).iter().map(one).collect();
    format!("[{}]", all.join(","))
}
