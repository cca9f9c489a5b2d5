//! The code that undoes a change of address. It is valid for days and from any browser, so it is too long to guess,
//! and avoids letters and digits that look alike.

use sha2::{Digest, Sha256};

use super::random::{Random, TokenHash, bytes};
use super::typed;

/// Crockford's alphabet: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 120 bits.
const LENGTH: usize = 24;

/// See the module.
pub(super) struct UndoCode(String);

impl UndoCode {
    pub(super) fn new(random: &dyn Random) -> Self {
        let letters = bytes::<LENGTH>(random).map(|byte| ALPHABET[usize::from(byte % 32)]);
        Self(letters.map(char::from).iter().collect())
    }

    /// Parses a code as typed or pasted; `None` if it has not the form of one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let letters = typed::letters(text, LENGTH)?.replace('O', "0");
        let letters = letters.replace(['I', 'L'], "1");
        let is_known = letters.bytes().all(|letter| ALPHABET.contains(&letter));
        is_known.then_some(Self(letters))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash that the store keeps.
    pub(super) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = UndoCode::new(&SystemRandom);
        let letters = code.as_str().to_owned();
        let grouped: Vec<&str> = (0..6).map(|at| &letters[at * 4..at * 4 + 4]).collect();
        for typed in [
            letters.clone(),
            letters.to_lowercase(),
            grouped.join("-"),
            format!(" \u{2068}{}\u{2069}.\n", grouped.join(" ")),
            letters.replace('0', "o").replace('1', "l"),
            letters.replace('0', "O").replace('1', "I"),
        ] {
            let read = UndoCode::read(&typed).map(|read| read.hash());
            assert_eq!(read, Some(code.hash()), "{typed}");
        }
        let other = UndoCode::new(&SystemRandom);
        assert!(other.hash() != code.hash());
        let longer = format!("{letters}0");
        for wrong in [
            "",
            "12345678",
            &letters[1..],
            &longer,
            &letters.replace('0', "U"),
        ] {
            let read = UndoCode::read(wrong).map(|read| read.hash());
            assert!(
                read != Some(code.hash()) || !letters.contains('0'),
                "{wrong}"
            );
        }
    }
}
