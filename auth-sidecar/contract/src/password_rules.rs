//! The password rules, as data shared by pages and the sidecar.
//!
//! Each rule exists twice: as code here, and as a regular expression ([`Rule::pattern`]) with which a page checks the
//! same before anything is sent. The two agree because Rust's `char` methods and
//! ECMAScript's property escapes are the same Unicode properties: `is_uppercase` is `Uppercase`,
//! `is_lowercase` is `Lowercase`, `is_numeric` is `N`, `is_alphabetic` is `Alphabetic`,
//! `is_whitespace` is `White_Space`, `is_control` is `Cc`. (A browser with an older Unicode version
//! may differ for new letters; the sidecar decides.)
//!
//! Both normalise a password to NFC first and count Unicode code points. Common passwords are not covered here, but in
//! `domain::password`.

use crate::manifest::PasswordPolicy;

/// The most characters of a password; longer ones are refused, never truncated.
pub const LONGEST: u32 = 128;

/// A rule for passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The problem's name, `password-too-short`.
    pub name: &'static str,
    /// How many characters, where the rule counts.
    pub limit: Option<u32>,
    test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    AtLeast(u32),
    AtMost(u32),
    NoSpace,
    Upper,
    Lower,
    Number,
    /// Anything but a letter, a number, a space or a control character. This includes marks that are not letters by
    /// themselves, such as a lone accent.
    Symbol,
}

impl Rule {
    const fn at_least(limit: u32) -> Self {
        Self {
            name: "password-too-short",
            limit: Some(limit),
            test: Test::AtLeast(limit),
        }
    }

    const fn at_most(limit: u32) -> Self {
        Self {
            name: "password-too-long",
            limit: Some(limit),
            test: Test::AtMost(limit),
        }
    }

    const fn of(name: &'static str, test: Test) -> Self {
        Self {
            name,
            limit: None,
            test,
        }
    }

    /// Whether a password, normalised to NFC, meets this rule.
    #[must_use]
    pub fn met(&self, password: &str) -> bool {
        match self.test {
            Test::AtLeast(limit) => reaches(password, limit),
            Test::AtMost(limit) => !reaches(password, limit.saturating_add(1)),
            Test::NoSpace => !password.contains(char::is_whitespace),
            Test::Upper => password.contains(char::is_uppercase),
            Test::Lower => password.contains(char::is_lowercase),
            Test::Number => password.contains(char::is_numeric),
            Test::Symbol => password.contains(|c: char| {
                !(c.is_alphabetic() || c.is_numeric() || c.is_whitespace() || c.is_control())
            }),
        }
    }

    /// A regular expression of ECMAScript, for the flag `u` or `v`, that matches exactly the
    /// passwords that meet this rule.
    #[must_use]
    pub fn pattern(&self) -> String {
        match self.test {
            Test::AtLeast(limit) => format!(r"^[\s\S]{{{limit},}}$"),
            Test::AtMost(limit) => format!(r"^[\s\S]{{0,{limit}}}$"),
            Test::NoSpace => r"^\P{White_Space}*$".to_owned(),
            Test::Upper => r"\p{Uppercase}".to_owned(),
            Test::Lower => r"\p{Lowercase}".to_owned(),
            Test::Number => r"\p{N}".to_owned(),
            Test::Symbol => r"[^\p{Alphabetic}\p{N}\p{White_Space}\p{Cc}]".to_owned(),
        }
    }
}

/// Whether a text has at least this many characters; reads no further than that.
fn reaches(text: &str, count: u32) -> bool {
    let Some(last) = count.checked_sub(1) else {
        return true;
    };
    text.chars().nth(last as usize).is_some()
}

const COMPOSITION: [Rule; 7] = [
    Rule::at_least(12),
    Rule::at_most(LONGEST),
    Rule::of("password-has-space", Test::NoSpace),
    Rule::of("password-needs-upper", Test::Upper),
    Rule::of("password-needs-lower", Test::Lower),
    Rule::of("password-needs-number", Test::Number),
    Rule::of("password-needs-symbol", Test::Symbol),
];

const LENGTH: [Rule; 2] = [Rule::at_least(15), Rule::at_most(LONGEST)];

/// The rules of a policy, in the order in which pages and problems name them.
#[must_use]
pub fn rules(policy: PasswordPolicy) -> &'static [Rule] {
    match policy {
        PasswordPolicy::Composition => &COMPOSITION,
        PasswordPolicy::Length => &LENGTH,
    }
}

/// The rules as a page's script reads them: a JSON array of `{"name": …, "pattern": …}`.
#[must_use]
pub fn as_json(policy: PasswordPolicy) -> String {
    rules(policy)
        .iter()
        .map(|rule| serde_json::json!({ "name": rule.name, "pattern": rule.pattern() }))
        .collect::<serde_json::Value>()
        .to_string()
}

/// The rules for the attribute `passwordrules`, so that password managers generate accepted passwords.
#[must_use]
pub fn as_attribute(policy: PasswordPolicy) -> String {
    let told = rules(policy).iter().filter_map(|rule| {
        Some(match rule.test {
            Test::AtLeast(limit) => format!("minlength: {limit};"),
            Test::AtMost(limit) => format!("maxlength: {limit};"),
            Test::Upper => "required: upper;".to_owned(),
            Test::Lower => "required: lower;".to_owned(),
            Test::Number => "required: digit;".to_owned(),
            // `special` would include the space.
            Test::Symbol => "required: [-!#$%*+,.:=?@^_~];".to_owned(),
            Test::NoSpace => return None,
        })
    });
    told.collect::<Vec<_>>().join(" ")
}

/// The names of the rules that a password, normalised to NFC, does not meet, in order.
#[must_use]
pub fn unmet(policy: PasswordPolicy, password: &str) -> Vec<&'static str> {
    rules(policy)
        .iter()
        .filter(|rule| !rule.met(password))
        .map(|rule| rule.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::Deserialize;

    use super::*;
    use crate::texts::PROBLEMS;

    /// `e2e/password-rules.test.mjs` reads the same two files.
    const PASSWORDS: &str = include_str!("../tests/passwords.json");
    const AS_JSON: &str = include_str!("../tests/password-rules.json");

    #[derive(Deserialize)]
    struct Row {
        password: String,
        composition: Vec<String>,
        length: Vec<String>,
    }

    #[test]
    fn passwords_are_judged_as_the_table_says() {
        let rows: Vec<Row> = serde_json::from_str(PASSWORDS).unwrap();
        assert!(rows.len() >= 60);
        for row in &rows {
            for (policy, expected) in [
                (PasswordPolicy::Composition, &row.composition),
                (PasswordPolicy::Length, &row.length),
            ] {
                let found = unmet(policy, &row.password);
                assert_eq!(&found, expected, "{policy:?} {:?}", row.password);
            }
        }
        let named: BTreeSet<_> = rows.iter().flat_map(|row| &row.composition).collect();
        assert_eq!(named.len(), COMPOSITION.len(), "the table tries each rule");
    }

    #[test]
    fn pages_get_what_the_browser_test_tries() {
        let rules: BTreeMap<String, serde_json::Value> = serde_json::from_str(AS_JSON).unwrap();
        for (policy, name) in [
            (PasswordPolicy::Composition, "composition"),
            (PasswordPolicy::Length, "length"),
        ] {
            assert_eq!(as_json(policy), rules[name].to_string());
        }
    }

    #[test]
    fn passwordrules_match_the_policy() {
        assert_eq!(
            as_attribute(PasswordPolicy::Composition),
            "minlength: 12; maxlength: 128; required: upper; required: lower; required: digit; \
             required: [-!#$%*+,.:=?@^_~];"
        );
        assert_eq!(
            as_attribute(PasswordPolicy::Length),
            "minlength: 15; maxlength: 128;"
        );
        for c in "-!#$%*+,.:=?@^_~".chars() {
            let made = format!("Abcdefghij1{c}");
            assert!(
                unmet(PasswordPolicy::Composition, &made).is_empty(),
                "{made}"
            );
        }
    }

    #[test]
    fn rules_have_the_names_of_problems_and_their_order() {
        let names = |policy| {
            rules(policy)
                .iter()
                .map(|rule| rule.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(PasswordPolicy::Composition),
            [
                "password-too-short",
                "password-too-long",
                "password-has-space",
                "password-needs-upper",
                "password-needs-lower",
                "password-needs-number",
                "password-needs-symbol",
            ]
        );
        assert_eq!(
            names(PasswordPolicy::Length),
            ["password-too-short", "password-too-long"]
        );
        for rule in COMPOSITION.iter().chain(&LENGTH) {
            assert!(PROBLEMS.contains(&rule.name));
        }
    }

    #[test]
    fn lengths_are_exact_and_count_characters() {
        for (policy, least) in [
            (PasswordPolicy::Composition, 12),
            (PasswordPolicy::Length, 15),
        ] {
            for c in ['a', 'é', '語', '🦊'] {
                let of = |count: usize| c.to_string().repeat(count);
                let has = |count, name| unmet(policy, &of(count)).contains(&name);
                assert!(has(least - 1, "password-too-short"));
                assert!(!has(least, "password-too-short"));
                assert!(!has(128, "password-too-long"));
                assert!(has(129, "password-too-long"));
            }
        }
    }

    /// Each character is exactly one of letter, number, space, control or symbol, so that every typed character counts.
    #[test]
    fn every_character_has_a_place() {
        let met = |rule: usize, c: char| COMPOSITION[rule].met(c.encode_utf8(&mut [0; 4]));
        for c in '\0'..=char::MAX {
            let symbol = met(6, c);
            let other = c.is_alphabetic() || met(5, c) || !met(2, c) || c.is_control();
            assert!(symbol != other, "{c:?}");
            assert!(!(met(3, c) && met(4, c)), "{c:?} is upper and lower");
        }
    }
}
