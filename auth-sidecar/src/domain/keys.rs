//! The server's secret and everything derived from it: codes, counter keys, sealed rows and cookies.
//!
//! A secret is `ID:BASE64`, several separated by commas: the first signs, all verify. Each purpose has its own key
//! (HKDF-SHA-256, RFC 5869), so that nothing made for one purpose is valid for another.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::random::{Random, bytes};

/// Bytes of a MAC and of every key.
pub const LENGTH: usize = 32;
const NONCE: usize = 24;

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Codes in mails.
    Code,
    /// Queued mail.
    Mail,
    /// The return path in a cookie.
    Flow,
    /// Download links.
    Link,
    /// Addresses and networks in counters and in `deleted.log`.
    Address,
}

impl Purpose {
    const ALL: [Self; 5] = [
        Self::Code,
        Self::Mail,
        Self::Flow,
        Self::Link,
        Self::Address,
    ];

    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"dateline code v1",
            Self::Mail => b"dateline mail v1",
            Self::Flow => b"dateline flow v1",
            Self::Link => b"dateline link v1",
            Self::Address => b"dateline address v1",
        }
    }
}

/// The secret's keys, the signing one first.
pub struct Keyring {
    keys: Vec<Key>,
}

struct Key {
    id: String,
    /// In the order of [`Purpose::ALL`].
    subkeys: [[u8; LENGTH]; Purpose::ALL.len()],
}

impl Drop for Key {
    fn drop(&mut self) {
        self.subkeys.zeroize();
    }
}

impl Keyring {
    /// Reads `ID:BASE64[,ID:BASE64…]`.
    ///
    /// # Errors
    /// What is wrong, without quoting the secret.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut keys: Vec<Key> = Vec::new();
        for part in text.split(',') {
            let (id, secret) = part
                .trim()
                .split_once(':')
                .ok_or("is not of the form ID:BASE64")?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            if id.is_empty() || id.len() > 16 || !id.bytes().all(plain) {
                return Err("has an ID that is not 1 to 16 letters, digits, `-` or `_`");
            }
            if keys.iter().any(|key| key.id == id) {
                return Err("has the same ID twice");
            }
            let mut secret = STANDARD
                .decode(secret.trim())
                .map_err(|_| "has a key that is not Base64")?;
            if secret.len() < LENGTH {
                return Err("has a key of less than 32 bytes");
            }
            keys.push(Key::derive(id, &secret));
            secret.zeroize();
        }
        Ok(Self { keys })
    }

    /// A secret for [`Keyring::parse`].
    pub fn generate(random: &dyn Random) -> String {
        format!("k1:{}", STANDARD.encode(bytes::<LENGTH>(random)))
    }

    /// The ID of the signing key.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.keys[0].id
    }

    /// The IDs of all keys.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// Whether rows made with this key are readable.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// HMAC-SHA-256 over the length-prefixed parts, with the signing key.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; LENGTH] {
        self.keys[0].mac(purpose, parts)
    }

    /// Compares in constant time; false if the key is no longer there.
    #[must_use]
    pub fn verify(&self, id: &str, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> bool {
        let key = self.keys.iter().find(|key| key.id == id);
        key.is_some_and(|key| key.mac(purpose, parts).ct_eq(mac).into())
    }

    /// The MACs by each key, [`Keyring::current`] first.
    pub fn macs<'a>(
        &'a self,
        purpose: Purpose,
        parts: &'a [&'a [u8]],
    ) -> impl Iterator<Item = (&'a str, [u8; LENGTH])> {
        self.keys
            .iter()
            .map(move |key| (key.id.as_str(), key.mac(purpose, parts)))
    }

    /// XChaCha20-Poly1305 with a random nonce, which comes first. `bound` is the associated data, required again to
    /// open.
    #[must_use]
    pub fn seal(
        &self,
        purpose: Purpose,
        random: &dyn Random,
        bound: &[u8],
        text: &[u8],
    ) -> Vec<u8> {
        let nonce = bytes::<NONCE>(random);
        let payload = Payload {
            msg: text,
            aad: bound,
        };
        let sealed = self.keys[0]
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), payload)
            // Fails only for texts of 256 GiB.
            .unwrap_or_default();
        [nonce.as_slice(), &sealed].concat()
    }

    /// `None` if the key is no longer there or anything was altered.
    #[must_use]
    pub fn open(&self, id: &str, purpose: Purpose, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let key = self.keys.iter().find(|key| key.id == id)?;
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg, aad: bound };
        key.cipher(purpose)
            .decrypt(&XNonce::from(*nonce), payload)
            .ok()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|key| &key.id);
        f.debug_list().entries(ids).finish()
    }
}

impl Key {
    fn derive(id: &str, secret: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, secret);
        let mut subkeys = [[0; LENGTH]; Purpose::ALL.len()];
        for (purpose, subkey) in Purpose::ALL.iter().zip(&mut subkeys) {
            hkdf.expand(purpose.label(), subkey)
                .expect("HKDF gives up to 8160 bytes");
        }
        Self {
            id: id.to_owned(),
            subkeys,
        }
    }

    fn subkey(&self, purpose: Purpose) -> &[u8; LENGTH] {
        &self.subkeys[purpose as usize]
    }

    fn cipher(&self, purpose: Purpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.subkey(purpose).into())
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; LENGTH] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.subkey(purpose))
            .expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    fn secret(id: &str, byte: u8) -> String {
        format!("{id}:{}", STANDARD.encode([byte; 32]))
    }

    #[test]
    fn the_first_makes_and_all_verify() {
        let old = Keyring::parse(&secret("old", 1)).unwrap();
        let both = Keyring::parse(&format!("{},{}", secret("new", 2), secret("old", 1))).unwrap();
        let only_new = Keyring::parse(&secret("new", 2)).unwrap();
        let (parts, bound): (&[&[u8]], _) = (&[b"a", b"b"], b"row 1");
        let mac = old.mac(Purpose::Code, parts);
        assert!(both.verify("old", Purpose::Code, parts, &mac));
        assert!(!both.verify("new", Purpose::Code, parts, &mac));
        assert!(!both.verify("old", Purpose::Flow, parts, &mac));
        assert!(!both.verify("old", Purpose::Code, &[b"ab", b""], &mac));
        assert!(!only_new.verify("old", Purpose::Code, parts, &mac));

        let sealed = old.seal(Purpose::Mail, &SystemRandom, bound, b"text");
        let open = |keys: &Keyring, purpose, bound: &[u8], sealed: &[u8]| {
            keys.open("old", purpose, bound, sealed)
        };
        assert_eq!(open(&both, Purpose::Mail, bound, &sealed).unwrap(), b"text");
        assert!(open(&both, Purpose::Flow, bound, &sealed).is_none());
        assert!(open(&both, Purpose::Mail, b"row 2", &sealed).is_none());
        assert!(open(&only_new, Purpose::Mail, bound, &sealed).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&both, Purpose::Mail, bound, &altered).is_none());
        }
        assert!(open(&both, Purpose::Mail, bound, b"short").is_none());
    }

    #[test]
    fn secrets_that_are_none_are_refused_without_being_shown() {
        for bad in [
            "",
            "abc",
            "a:",
            "a:!!!!",
            ":AAAA",
            &secret("bad id", 1),
            &format!("{},{}", secret("a", 1), secret("a", 2)),
            &format!("a:{}", STANDARD.encode([1; 31])),
        ] {
            assert!(Keyring::parse(bad).is_err(), "{bad}");
        }
        let made = Keyring::generate(&SystemRandom);
        let keys = Keyring::parse(&made).unwrap();
        assert_eq!(format!("{keys:?}"), r#"["k1"]"#);
    }
}
