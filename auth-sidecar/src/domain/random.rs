//! Randomness, injected like the clock, and the tokens made from it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A source of random bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // Nothing is safe without randomness; the process does not get this far on a system without it.
        getrandom::fill(buffer).expect("the system gives random bytes");
    }
}

/// Random bytes from any source.
pub fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut buffer = [0; N];
    random.fill(&mut buffer);
    buffer
}

/// A number below `limit`, each as likely as any other.
pub fn below(random: &dyn Random, limit: u32) -> u32 {
    // Values from the incomplete last run of `limit` would favour small results.
    let fair = u32::MAX - u32::MAX % limit;
    loop {
        let value = u32::from_le_bytes(bytes(random));
        if value < fair {
            return value % limit;
        }
    }
}

/// 256 random bits in a cookie: a bearer token. The store keeps only its [`TokenHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes::<32>(random)))
    }

    /// The text for the cookie: 43 characters that need no escaping.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash that the store keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a [`Token`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of a cookie's value; `None` if it has not the form of a token.
    #[must_use]
    pub fn of_cookie(value: &str) -> Option<Self> {
        let fits = value.len() == 43
            && value
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(Sha256::digest(value.as_bytes()).into()))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// A public ID for a row: 12 random letters and digits, not a capability.
pub fn public_id(random: &dyn Random) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    bytes::<12>(random)
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_different_and_recognised() {
        let (one, two) = (Token::new(&SystemRandom), Token::new(&SystemRandom));
        assert_ne!(one, two);
        assert_eq!(TokenHash::of_cookie(one.as_str()), Some(one.hash()));
        for not in ["", "x", &"a".repeat(44), &"é".repeat(21), &" ".repeat(43)] {
            assert_eq!(TokenHash::of_cookie(not), None);
        }
        assert!(!format!("{one:?}{:?}", one.hash()).contains(&one.as_str()[..6]));
    }

    #[test]
    fn unfair_values_are_drawn_again() {
        struct Sequence(std::sync::Mutex<Vec<u32>>);
        impl Random for Sequence {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.copy_from_slice(&self.0.lock().unwrap().remove(0).to_le_bytes());
            }
        }
        let random = Sequence(vec![u32::MAX, 123_456_789].into());
        assert_eq!(below(&random, 100_000_000), 23_456_789);
    }
}
