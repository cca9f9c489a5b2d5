//! Content hashes (BLAKE3) and the hash map used throughout.

/// A map with a fast, seedless hash. Never iterate over it for output: its order is arbitrary.
pub type Map<K, V> = rapidhash::RapidHashMap<K, V>;

/// A set of the same kind.
pub type Set<K> = rapidhash::RapidHashSet<K>;

/// A BLAKE3 digest of some content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The first 10 hexadecimal digits (40 bits): what stands in a fingerprinted file name.
    /// A collision needs two versions of the *same* name, so 40 bits are plenty.
    pub fn short(&self) -> String {
        self.first(5)
    }

    /// The first bytes, as hexadecimal digits.
    pub fn first(&self, bytes: usize) -> String {
        let bytes = self.0.iter().take(bytes);
        bytes.map(|b| format!("{b:02x}")).collect()
    }
}
