//! The format of cache files: content, fingerprint of the program, checksum.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, de::DeserializeOwned};

use super::disk::Disk;
use crate::base::hash::{Digest, Sum};

/// Differs between programs with other sources, and between formats of the cache.
const MARK: &str = concat!("dateline cache 2 ", env!("DATELINE_SOURCES"), "\n");
const CHECKSUM: usize = 32;
/// How much is written at a time, in bytes.
const PIECE: usize = 1 << 16;

/// The content of a cache file, and its checksum; `None` when it is missing, damaged, or of another program.
pub(super) fn load(disk: &dyn Disk, name: &str) -> Option<(Vec<u8>, Digest)> {
    load_of(disk, name, MARK)
}

/// The same with another mark than that of this program.
pub(super) fn load_of(disk: &dyn Disk, name: &str, mark: &str) -> Option<(Vec<u8>, Digest)> {
    let mut bytes = disk.load(name).ok()?;
    // The checksum stands at the end, so that the content need not be moved.
    let length = bytes.len().checked_sub(mark.len() + CHECKSUM)?;
    let (content, end) = bytes.split_at(length);
    let mut sum = begun(name);
    sum.rest(content);
    let checksum = sum.finish();
    let good = end.starts_with(mark.as_bytes()) && end[mark.len()..] == *checksum.bytes();
    good.then(|| {
        bytes.truncate(length);
        (bytes, checksum)
    })
}

/// The same, read as a value.
pub(super) fn load_value<T: DeserializeOwned>(disk: &dyn Disk, name: &str) -> Option<T> {
    postcard::from_bytes(&load(disk, name)?.0).ok()
}

/// Saves what `content` writes, and returns its checksum. Failing is harmless: the next build does more.
pub(super) fn save(
    disk: &dyn Disk,
    name: &str,
    content: impl Fn(&mut BufWriter<Summed<'_>>) -> io::Result<()>,
) -> Option<Digest> {
    save_of(disk, name, MARK, content)
}

/// The same with another mark than that of this program.
pub(super) fn save_of(
    disk: &dyn Disk,
    name: &str,
    mark: &str,
    content: impl Fn(&mut BufWriter<Summed<'_>>) -> io::Result<()>,
) -> Option<Digest> {
    let mut checksum = Digest::default();
    let mut write = |file: &mut dyn Write| {
        let sum = begun(name);
        let mut out = BufWriter::with_capacity(PIECE, Summed { file, sum });
        content(&mut out)?;
        out.flush()?;
        let Summed { file, sum } = out.get_mut();
        checksum = sum.finish();
        file.write_all(mark.as_bytes())?;
        file.write_all(checksum.bytes())
    };
    disk.save(name, &mut write).ok()?;
    Some(checksum)
}

/// The same for a value.
pub(super) fn save_value<T: Serialize>(disk: &dyn Disk, name: &str, value: &T) -> Option<Digest> {
    save(disk, name, |out| {
        let written = postcard::to_io(value, out);
        written.map(drop).map_err(io::Error::other)
    })
}

/// Begins with the name, so that a renamed file is refused.
fn begun(name: &str) -> Sum {
    let mut sum = Sum::default();
    sum.text(name);
    sum
}

/// A file, and the sum of what is written to it.
pub(super) struct Summed<'a> {
    file: &'a mut dyn Write,
    sum: Sum,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.rest(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
