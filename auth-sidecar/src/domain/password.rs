//! Passwords: normalisation, acceptance, and erasure.
//!
//! A password is normalised to NFC, so that the same keys produce the same password on every system. Otherwise it is
//! used as given: never trimmed, never truncated. Its memory is erased on drop; the copies made while estimating the
//! strength of a new one (`strength`) are freed but not erased.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use dateline_contract::manifest::PasswordPolicy;
use dateline_contract::password_rules::{self, LONGEST};

mod strength;

/// The rule that [`dateline_contract::password_rules`] cannot check.
const COMMON: &str = "password-common";

/// Longer texts are refused without normalising, in bytes. One NFC character stands for at most four characters (`ᾂ`
/// is the longest) of at most four bytes each.
const MAX_BYTES: usize = LONGEST as usize * 4 * 4;

/// A password in NFC. Erased when dropped; nothing shows it but [`Password::as_bytes`].
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Parses a newly chosen password. `context` is what an attacker would try first: the site's name, the local
    /// part and domain of the address.
    ///
    /// # Errors
    /// The names of all unmet rules, in page order, with `password-common` last. For a password that is far too
    /// long, only that.
    pub fn parse_new(
        text: &str,
        policy: PasswordPolicy,
        context: &[&str],
    ) -> Result<Self, Vec<&'static str>> {
        let Some(password) = normalised(text) else {
            return Err(vec!["password-too-long"]);
        };
        let mut unmet = password_rules::unmet(policy, &password);
        if !too_long(&password) && strength::is_common(&password, context) {
            unmet.push(COMMON);
        }
        if unmet.is_empty() {
            Ok(Self(password))
        } else {
            Err(unmet)
        }
    }

    /// Parses a password for logging in. Rules do not matter, since they may have changed since it was chosen.
    /// `None` if it is longer than 128 characters, which no account has.
    pub fn parse_given(text: &str) -> Option<Self> {
        normalised(text)
            .filter(|password| !too_long(password))
            .map(Self)
    }

    /// The password, for hashing.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The text in NFC; `None` if that would certainly be too long.
fn normalised(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    // NFC makes no text longer than three times its bytes (Unicode Standard Annex 15, section 9), so this never
    // reallocates and leaves no copy behind.
    let mut password = Zeroizing::new(String::with_capacity(text.len() * 3));
    password.extend(text.nfc());
    Some(password)
}

fn too_long(password: &str) -> bool {
    password.chars().nth(LONGEST as usize).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unmet(text: &str, policy: PasswordPolicy) -> Vec<&'static str> {
        Password::parse_new(text, policy, &["The Newsroom", "ana.smith", "example.org"])
            .err()
            .unwrap_or_default()
    }

    #[test]
    fn all_rules_are_named_at_once() {
        assert_eq!(
            unmet("pass word", PasswordPolicy::Composition),
            [
                "password-too-short",
                "password-has-space",
                "password-needs-upper",
                "password-needs-number",
                "password-needs-symbol",
                "password-common",
            ]
        );
        assert_eq!(
            unmet("password", PasswordPolicy::Length),
            ["password-too-short", "password-common"]
        );
        assert_eq!(
            unmet("", PasswordPolicy::Length),
            ["password-too-short"],
            "nothing is too short rather than common"
        );
    }

    #[test]
    fn the_same_keys_give_the_same_password() {
        for (typed, kept) in [
            ("E\u{301}te\u{301}-a\u{300}-la-7plage", "Été-à-la-7plage"),
            ("\u{212b}ngstro\u{308}m-Gasse-7", "Ångström-Gasse-7"),
            ("\u{1112}\u{1161}\u{11ab}글-Hangul-77", "한글-Hangul-77"),
        ] {
            let new = Password::parse_new(typed, PasswordPolicy::Composition, &[]).unwrap();
            assert_eq!(new.as_bytes(), kept.as_bytes());
            let given = Password::parse_given(kept).unwrap();
            assert_eq!(given.as_bytes(), kept.as_bytes());
        }
        // Compatibility forms stay what they are: NFC, not NFKC.
        let given = Password::parse_given(" ﬁ\u{a0}① ").unwrap();
        assert_eq!(given.as_bytes(), " ﬁ\u{a0}① ".as_bytes());
    }

    #[test]
    fn lengths_are_counted_after_normalising() {
        let decomposed = |count: usize| format!("{}x-7Q", "g\u{306}".repeat(count - 4));
        assert!(Password::parse_given(&decomposed(128)).is_some());
        assert!(Password::parse_given(&decomposed(129)).is_none());
        assert_eq!(
            unmet(&decomposed(129), PasswordPolicy::Length),
            ["password-too-long"]
        );
        let longest = "\u{3b1}\u{313}\u{300}\u{345}".repeat(128);
        let password = Password::parse_given(&longest).unwrap();
        assert_eq!(password.as_bytes(), "\u{1f82}".repeat(128).as_bytes());
    }

    #[test]
    fn overlong_passwords_are_rejected_unread() {
        for huge in [
            "Aa1-".repeat(1 << 18),
            format!("a{}", "\u{301}\u{323}".repeat(1 << 18)),
            "🦊".repeat(513),
        ] {
            for policy in [PasswordPolicy::Composition, PasswordPolicy::Length] {
                assert_eq!(unmet(&huge, policy), ["password-too-long"]);
            }
            assert!(Password::parse_given(&huge).is_none());
        }
        // Just within what is looked at, and all marks.
        let marks = format!("Aa1-{}", "\u{301}".repeat(1022));
        assert_eq!(
            unmet(&marks, PasswordPolicy::Composition),
            ["password-too-long"]
        );
    }

    #[test]
    fn four_characters_for_one_is_the_most() {
        for c in '\0'..=char::MAX {
            assert!(std::iter::once(c).nfd().count() <= 4, "{c:?}");
            let composed: String = std::iter::once(c).nfc().collect();
            assert!(composed.len() <= 3 * c.len_utf8(), "{c:?}");
        }
    }

    #[test]
    fn debug_output_hides_the_password() {
        let password = Password::parse_given("Correct-Horse-42!").unwrap();
        assert_eq!(
            format!("{password:?} {password:#?}"),
            "Password(…) Password(…)"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,300}") {
            let new = Password::parse_new(&text, PasswordPolicy::Length, &[&text]);
            let given = Password::parse_given(&text);
            if let Ok(new) = new {
                prop_assert_eq!(Some(new.as_bytes()), given.as_ref().map(Password::as_bytes));
            }
            if let Some(given) = given {
                let expected: String = text.nfc().collect();
                prop_assert_eq!(given.as_bytes(), expected.as_bytes());
                prop_assert!(given.0.capacity() <= text.len() * 3);
            }
        }
    }
}
