use jiff::civil::date;
use proptest::prelude::*;

use super::*;

/// What a reader finds of an entry.
#[derive(Debug, PartialEq)]
struct Found {
    name: String,
    size: u64,
    sum: u32,
    /// Where its local header is.
    at: u64,
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let mut wide = [0; 8];
    wide[..length].copy_from_slice(&bytes[at..at + length]);
    u64::from_le_bytes(wide)
}

/// Reads a directory as readers do, from its end; `before` is how many bytes of the archive are not in `tail`.
fn read(tail: &[u8], before: u64) -> Vec<Found> {
    let end = tail.len() - 22;
    assert_eq!(&tail[end..end + 4], b"PK\x05\x06");
    let (mut count, mut start) = (number(tail, end + 10, 2), number(tail, end + 16, 4));
    if count == 0xffff || start == 0xffff_ffff {
        assert_eq!(&tail[end - 20..end - 16], b"PK\x06\x07");
        let far = (number(tail, end - 12, 8) - before) as usize;
        assert_eq!(&tail[far..far + 4], b"PK\x06\x06");
        (count, start) = (number(tail, far + 32, 8), number(tail, far + 48, 8));
    }
    let mut at = (start - before) as usize;
    let one = |_| {
        assert_eq!(&tail[at..at + 4], b"PK\x01\x02");
        let lengths = [28, 30].map(|field| number(tail, at + field, 2) as usize);
        let name = at + 46;
        let mut extra = name + lengths[0] + 4;
        let mut wide = |short: u64| match short {
            0xffff_ffff => {
                extra += 8;
                number(tail, extra - 8, 8)
            }
            short => short,
        };
        let (size, stored) = (
            wide(number(tail, at + 24, 4)),
            wide(number(tail, at + 20, 4)),
        );
        assert_eq!(size, stored);
        let found = Found {
            name: String::from_utf8(tail[name..name + lengths[0]].to_vec()).unwrap(),
            size,
            sum: number(tail, at + 16, 4) as u32,
            at: wide(number(tail, at + 42, 4)),
        };
        at = name + lengths[0] + lengths[1];
        found
    };
    (0..count).map(one).collect()
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut take = |piece: &[u8]| {
        out.extend_from_slice(piece);
        Ok(())
    };
    let mut zip = Zip::new(&mut take, date(2025, 1, 27).at(15, 30, 59, 0));
    files
        .iter()
        .for_each(|(name, content)| zip.add(name, content).unwrap());
    zip.finish().unwrap();
    out
}

proptest! {
    #[test]
    fn any_files_come_back(
        files in prop::collection::vec(("\\PC{0,20}", prop::collection::vec(any::<u8>(), 0..300)), 0..12),
    ) {
        let bytes = archive(&files);
        let found = read(&bytes, 0);
        prop_assert_eq!(found.len(), files.len());
        for (found, (name, content)) in found.iter().zip(&files) {
            prop_assert_eq!(&found.name, name);
            prop_assert_eq!(found.sum, crc32fast::hash(content));
            let at = found.at as usize;
            prop_assert_eq!(&bytes[at..at + 4], b"PK\x03\x04");
            // The local header says the same, from version to size.
            let start = at + 30 + name.len();
            prop_assert_eq!(&bytes[start..start + content.len()], &content[..]);
            prop_assert_eq!(number(&bytes, at + 22, 4), content.len() as u64);
        }
    }
}

/// Writes headers of files that have no content: `at` and sizes are those of the whole archive.
fn headers(sizes: &[u64], count: usize) -> (Vec<u8>, u64) {
    let (mut tail, mut handed) = (Vec::new(), 0);
    let mut take = |piece: &[u8]| {
        handed += piece.len() as u64;
        tail = piece.to_vec();
        Ok(())
    };
    let mut zip = Zip::new(&mut take, civil::DateTime::ZERO);
    for at in 0..count {
        let size = sizes.get(at).copied().unwrap_or_default();
        zip.begin(&format!("{at}"), size, 7).unwrap();
        zip.at += size;
    }
    let start = zip.at;
    zip.finish().unwrap();
    (tail, start)
}

#[test]
fn sizes_and_places_beyond_32_bits_are_kept() {
    const LIMIT: u64 = u32::MAX as u64;
    let sizes = [LIMIT - 1, LIMIT, LIMIT + 1, 5 << 32, 1];
    let (tail, start) = headers(&sizes, sizes.len());
    let found = read(&tail, start);
    let found_sizes: Vec<u64> = found.iter().map(|f| f.size).collect();
    assert_eq!(found_sizes, sizes);
    assert_eq!(found[1].at, 31 + LIMIT - 1);
    // The second and third have 20 bytes more in their headers.
    assert_eq!(found[3].at, found[2].at + 51 + LIMIT + 1);
    assert_eq!(found[4].at, found[3].at + 51 + (5 << 32));
}

#[test]
fn more_entries_than_16_bits_count_are_kept() {
    for count in [0xfffe, 0xffff, 0x1_0001] {
        let (tail, start) = headers(&[], count);
        let found = read(&tail, start);
        assert_eq!(found.len(), count);
        assert_eq!(found[count - 1].name, format!("{}", count - 1));
    }
}

#[test]
fn times_stay_within_what_the_format_knows() {
    assert_eq!(
        dos(date(2025, 1, 27).at(15, 30, 59, 0)),
        [(15 << 11) | (30 << 5) | 29, 45 << 9 | 1 << 5 | 27]
    );
    assert_eq!(dos(date(1970, 1, 1).at(0, 0, 0, 0)), [0, 1 << 5 | 1]);
    assert_eq!(
        dos(date(2200, 1, 1).at(0, 0, 0, 0)),
        [23 << 11 | 59 << 5 | 29, 127 << 9 | 12 << 5 | 31]
    );
}

#[test]
fn what_cannot_be_taken_or_named_ends_it() {
    let mut full = |_: &[u8]| Err(io::ErrorKind::StorageFull.into());
    let mut zip = Zip::new(&mut full, civil::DateTime::ZERO);
    assert_eq!(
        zip.add("a", b"b").unwrap_err().kind(),
        io::ErrorKind::StorageFull
    );
    assert_eq!(
        zip.add(&"n".repeat(70_000), b"").unwrap_err().kind(),
        io::ErrorKind::InvalidFilename
    );
}
