//! Content hashes (BLAKE3) and the hash map used throughout.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A map with a fast, seedless hash. Never iterate over it for output: its order is arbitrary.
pub type Map<K, V> = rapidhash::RapidHashMap<K, V>;

/// A set of the same kind.
pub type Set<K> = rapidhash::RapidHashSet<K>;

/// A BLAKE3 digest of some content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Digest([u8; 32]);

// In one piece, which is read and written much faster than a row of numbers.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = <&[u8]>::deserialize(from)?;
        let whole = bytes.try_into().map(Self);
        whole.map_err(|_| de::Error::custom("32 bytes"))
    }
}

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of what a reader gives, which may be more than memory holds.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_reader(reader: impl std::io::Read) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// All of it, as 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.first(32)
    }

    /// The digest that [`Digest::hex`] writes so.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
        }
        Some(Self(bytes))
    }

    /// The first 10 hexadecimal digits (40 bits): what stands in a fingerprinted file name.
    /// A collision needs two versions of the *same* name, so 40 bits are plenty.
    pub fn short(&self) -> String {
        self.first(5)
    }

    /// The first bytes, as hexadecimal digits.
    pub fn first(&self, bytes: usize) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(2 * bytes);
        for byte in self.0.iter().take(bytes) {
            text.push(DIGITS[usize::from(byte >> 4)] as char);
            text.push(DIGITS[usize::from(byte & 15)] as char);
        }
        text
    }
}

/// A digest of several parts, each delimited, so that no two sequences of parts are one.
#[derive(Default)]
pub struct Sum(blake3::Hasher);

impl Sum {
    /// Adds bytes of any length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// Adds a digest.
    pub fn digest(&mut self, digest: &Digest) -> &mut Self {
        self.0.update(&digest.0);
        self
    }

    /// Adds bytes without their length, so nothing may follow them but more bytes.
    pub fn rest(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all parts.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}
