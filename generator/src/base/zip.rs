//! Writes ZIP archives whose entries are stored as they are: equal entries give equal bytes, and a part of an
//! archive stays the same part, so that downloads go on where they were cut off.
//!
//! Nothing but the directory is kept in memory. The format: PKWARE, APPNOTE.TXT 6.3.10; section numbers below are
//! its own.

mod names;

use std::io;

use jiff::civil;

pub use self::names::Names;
use super::files::Taking;

/// What stands in a field of 32 bits whose value is in the entry's ZIP64 field (4.4.8).
const ELSEWHERE: u32 = u32::MAX;
/// The same, of a field of 16 bits.
const ELSEWHERE_SHORT: u16 = u16::MAX;
/// Names are UTF-8 (4.4.4, bit 11).
const UTF_8: u16 = 1 << 11;
/// Which version of the format a reader must know (4.4.3): the first one, or that with ZIP64.
const PLAIN: u16 = 10;
const ZIP64: u16 = 45;
/// Attributes are those of Unix (4.4.2.2): a file that all may read and its owner may write.
const UNIX: u16 = 3 << 8;
const FILE: u32 = 0o100_644 << 16;

/// An archive that is being written.
pub struct Zip<'a> {
    take: Taking<'a>,
    /// Date and time of every entry (4.4.6).
    time: [u16; 2],
    /// How many bytes were handed over.
    at: u64,
    directory: Vec<u8>,
    entries: u64,
}

impl<'a> Zip<'a> {
    /// An archive whose entries have one time, in steps of two seconds and from 1980 to 2107.
    pub fn new(take: Taking<'a>, time: civil::DateTime) -> Self {
        Self {
            take,
            time: dos(time),
            at: 0,
            directory: Vec::new(),
            entries: 0,
        }
    }

    /// Adds a file, whose content is handed over in one piece. `name` is a path with `/`.
    ///
    /// # Errors
    /// Those of taking; that the name has more than 65 535 bytes.
    pub fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.begin(name, content.len() as u64, crc32fast::hash(content))?;
        self.hand(content)
    }

    /// Begins a file of `size` bytes.
    fn begin(&mut self, name: &str, size: u64, sum: u32) -> io::Result<()> {
        let length = u16::try_from(name.len()).map_err(|_| io::ErrorKind::InvalidFilename)?;
        let large = size >= u64::from(ELSEWHERE);
        let far = self.at >= u64::from(ELSEWHERE);
        let size_field = short(size);
        // What both headers say alike (4.3.7, 4.3.12).
        let common = |version: u16, extra: &Extra| {
            let mut out = Vec::with_capacity(26);
            for field in [version, UTF_8, 0, self.time[0], self.time[1]] {
                out.extend(field.to_le_bytes());
            }
            for field in [sum, size_field, size_field] {
                out.extend(field.to_le_bytes());
            }
            out.extend(length.to_le_bytes());
            out.extend((extra.0.len() as u16).to_le_bytes());
            out
        };
        let sizes = [size, size];
        let version = |needed: bool| if needed { ZIP64 } else { PLAIN };

        let extra = Extra::of(if large { &sizes } else { &[] });
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(common(version(large), &extra));
        header.extend(name.as_bytes());
        header.extend(extra.0);

        let mut moved = Vec::new();
        moved.extend(if large { &sizes[..] } else { &[] });
        moved.extend(far.then_some(self.at));
        let extra = Extra::of(&moved);
        let mut entry = b"PK\x01\x02".to_vec();
        entry.extend((UNIX | ZIP64).to_le_bytes());
        entry.extend(common(version(large || far), &extra));
        // No comment, on the first disk, no internal attributes.
        entry.extend([0; 6]);
        entry.extend(FILE.to_le_bytes());
        entry.extend(short(self.at).to_le_bytes());
        entry.extend(name.as_bytes());
        entry.extend(extra.0);

        self.directory.extend(entry);
        self.entries += 1;
        self.hand(&header)
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// Those of taking.
    pub fn finish(mut self) -> io::Result<()> {
        let (start, size) = (self.at, self.directory.len() as u64);
        let count = u16::try_from(self.entries).unwrap_or(ELSEWHERE_SHORT);
        let mut end = std::mem::take(&mut self.directory);
        let large = [start, size].iter().any(|n| *n >= u64::from(ELSEWHERE));
        if large || count == ELSEWHERE_SHORT {
            end.extend(far_end(start, size, self.entries));
        }
        // The end of the directory (4.3.16), on the first and only disk, without a comment.
        end.extend(b"PK\x05\x06\0\0\0\0");
        end.extend(count.to_le_bytes());
        end.extend(count.to_le_bytes());
        end.extend(short(size).to_le_bytes());
        end.extend(short(start).to_le_bytes());
        end.extend([0; 2]);
        self.hand(&end)
    }

    fn hand(&mut self, piece: &[u8]) -> io::Result<()> {
        self.at += piece.len() as u64;
        match piece.is_empty() {
            true => Ok(()),
            false => (self.take)(piece),
        }
    }
}

/// The end of a directory with numbers of 64 bits, and the record that says where it is (4.3.14, 4.3.15).
fn far_end(start: u64, size: u64, entries: u64) -> Vec<u8> {
    let mut end = b"PK\x06\x06".to_vec();
    // The length of what follows, and the first disk alone.
    end.extend(44u64.to_le_bytes());
    end.extend((UNIX | ZIP64).to_le_bytes());
    end.extend(ZIP64.to_le_bytes());
    end.extend([0; 8]);
    for number in [entries, entries, size, start] {
        end.extend(number.to_le_bytes());
    }
    end.extend(b"PK\x06\x07\0\0\0\0");
    end.extend((start + size).to_le_bytes());
    end.extend(1u32.to_le_bytes());
    end
}

/// A number of 64 bits in a field of 32.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

/// The field with numbers of 64 bits (4.5.3); empty where there are none.
struct Extra(Vec<u8>);

impl Extra {
    fn of(numbers: &[u64]) -> Self {
        let mut out = Vec::new();
        if !numbers.is_empty() {
            out.extend(1u16.to_le_bytes());
            out.extend((8 * numbers.len() as u16).to_le_bytes());
            numbers.iter().for_each(|n| out.extend(n.to_le_bytes()));
        }
        Self(out)
    }
}

/// Time and date as MS-DOS has them.
fn dos(time: civil::DateTime) -> [u16; 2] {
    let number = |n: i8| n.unsigned_abs().into();
    let [hour, minute, second]: [u16; 3] = [time.hour(), time.minute(), time.second()].map(number);
    let [month, day]: [u16; 2] = [time.month(), time.day()].map(number);
    let year = match u16::try_from(time.year() - 1980) {
        Ok(year) if year < 128 => year,
        // 1980-01-01 and 2107-12-31.
        Ok(_) => return [0xbf7d, 0xff9f],
        Err(_) => return [0, 0x21],
    };
    [
        hour << 11 | minute << 5 | (second / 2),
        year << 9 | month << 5 | day,
    ]
}

#[cfg(test)]
mod tests;
