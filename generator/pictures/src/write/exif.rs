//! EXIF that says how a picture is shown, and nothing else.

use crate::layers::exif::Shown;

const SHORT: u16 = 3;
const LONG: u16 = 4;
const ASCII: u16 = 2;

/// Empty for a picture that is shown as it is stored.
pub(super) fn tiff(shown: Shown) -> Vec<u8> {
    if shown == Shown::default() {
        return Vec::new();
    }
    let short = |n: u16| u32::from(n) << 16;
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let mut entries = vec![(0x0112, SHORT, 1, short(shown.orientation.into()))];
    if !shown.adobe_rgb {
        directory(&mut tiff, &entries);
        return tiff;
    }
    // Each directory points to the one that follows it.
    let after = |start: usize, entries: u32| start as u32 + 2 + 12 * entries + 4;
    entries.push((0x8769, LONG, 1, after(tiff.len(), 2)));
    directory(&mut tiff, &entries);
    let inner = after(tiff.len(), 2);
    directory(
        &mut tiff,
        &[(0xa001, SHORT, 1, short(0xffff)), (0xa005, LONG, 1, inner)],
    );
    directory(
        &mut tiff,
        &[(0x0001, ASCII, 4, u32::from_be_bytes(*b"R03\0"))],
    );
    tiff
}

/// Tag, type, count, value.
type Entry = (u16, u16, u32, u32);

fn directory(tiff: &mut Vec<u8>, entries: &[Entry]) {
    tiff.extend((entries.len() as u16).to_be_bytes());
    for (tag, kind, count, value) in entries {
        tiff.extend(tag.to_be_bytes());
        tiff.extend(kind.to_be_bytes());
        tiff.extend(count.to_be_bytes());
        tiff.extend(value.to_be_bytes());
    }
    tiff.extend([0; 4]);
}
