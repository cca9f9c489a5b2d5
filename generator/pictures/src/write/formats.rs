//! Where each format has its metadata.

use super::Metadata;

/// After the oldest header, which comes first where it is there.
pub(super) fn jpeg(parts: &[&[u8]], metadata: &Metadata) -> Vec<u8> {
    let header = parts
        .get(1)
        .is_some_and(|part| part.starts_with(&[0xff, 0xe0]));
    let (before, after) = parts.split_at(parts.len().min(1 + usize::from(header)));
    let mut out = before.concat();
    let mut segment = |marker: u8, name: &[u8], data: &[u8]| {
        if !data.is_empty() {
            let length = (2 + name.len() + data.len()) as u16;
            out.extend([0xff, marker]);
            out.extend(length.to_be_bytes());
            out.extend([name, data].concat());
        }
    };
    segment(0xe1, b"Exif\0\0", &metadata.exif);
    segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0", &metadata.xmp);
    segment(0xed, b"Photoshop 3.0\0", &resource(&metadata.iim));
    after.iter().for_each(|part| out.extend(*part));
    out
}

/// IPTC IIM as a resource of Photoshop.
fn resource(iim: &[u8]) -> Vec<u8> {
    if iim.is_empty() {
        return Vec::new();
    }
    let mut out = b"8BIM\x04\x04\0\0".to_vec();
    out.extend((iim.len() as u32).to_be_bytes());
    out.extend(iim);
    // Resources have even lengths.
    out.resize(out.len() + iim.len() % 2, 0);
    out
}

/// After the header. IPTC IIM has no place in the standard.
pub(super) fn png(parts: &[&[u8]], metadata: &Metadata) -> Vec<u8> {
    let (before, after) = parts.split_at(parts.len().min(2));
    let mut out = before.concat();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(data);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend([name, data].concat());
        out.extend(sum.sum().to_be_bytes());
    };
    if !metadata.exif.is_empty() {
        chunk(b"eXIf", &metadata.exif);
    }
    if !metadata.xmp.is_empty() {
        // Not compressed, no language, no translated keyword.
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0", &metadata.xmp[..]].concat();
        chunk(b"iTXt", &text);
    }
    after.iter().for_each(|part| out.extend(*part));
    out
}

/// What a WebP announces that it holds.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const HAS_ALPHA: u8 = 0x10;

/// After the pixels, announced at the beginning.
pub(super) fn webp(parts: &[&[u8]], metadata: &Metadata) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut flags = 0;
    for (data, flag) in [(&metadata.exif, HAS_EXIF), (&metadata.xmp, HAS_XMP)] {
        if !data.is_empty() {
            flags |= flag;
        }
    }
    let announced = parts.first().filter(|part| part.starts_with(b"VP8X"));
    match (announced, parts.first()) {
        (Some(head), _) => {
            let mut head = head.to_vec();
            if let Some(has) = head.get_mut(8) {
                *has = *has & !(HAS_EXIF | HAS_XMP) | flags;
            }
            out.extend(head);
            parts[1..].iter().for_each(|part| padded(&mut out, part));
        }
        (None, Some(pixels)) if flags != 0 => {
            riff(&mut out, b"VP8X", &extended(pixels, flags));
            parts.iter().for_each(|part| padded(&mut out, part));
        }
        _ => parts.iter().for_each(|part| padded(&mut out, part)),
    }
    riff(&mut out, b"EXIF", &metadata.exif);
    riff(&mut out, b"XMP ", &metadata.xmp);
    let size = (out.len() - 8) as u32;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}

/// The header of a simple file that becomes an extended one: flags, width and height, each less one.
fn extended(pixels: &[u8], flags: u8) -> [u8; 10] {
    let number = |at: usize| -> u32 {
        let bytes = pixels.get(at..).and_then(|b| b.first_chunk());
        u32::from_le_bytes(bytes.copied().unwrap_or_default())
    };
    let (alpha, width, height) = match pixels.starts_with(b"VP8L") {
        true => {
            let sides = number(9);
            (sides >> 28 & 1 == 1, sides & 0x3fff, sides >> 14 & 0x3fff)
        }
        false => {
            let sides = number(14);
            let less = |side: u32| (side & 0x3fff).saturating_sub(1);
            (false, less(sides), less(sides >> 16))
        }
    };
    let flags = flags | if alpha { HAS_ALPHA } else { 0 };
    let ([w1, w2, w3, _], [h1, h2, h3, _]) = (width.to_le_bytes(), height.to_le_bytes());
    [flags, 0, 0, 0, w1, w2, w3, h1, h2, h3]
}

/// Chunks have even lengths.
fn padded(out: &mut Vec<u8>, part: &[u8]) {
    out.extend(part);
    out.resize(out.len() + part.len() % 2, 0);
}

fn riff(out: &mut Vec<u8>, name: &[u8], data: &[u8]) {
    if !data.is_empty() {
        out.extend(name);
        out.extend((data.len() as u32).to_le_bytes());
        padded(out, data);
    }
}

/// After the header, as an application's extension. A reader that knows nothing of XMP takes the packet for lengths of
/// pieces, which the numbers after it lead to the end. EXIF has no place in a GIF.
pub(super) fn gif(parts: &[&[u8]], metadata: &Metadata) -> Vec<u8> {
    if metadata.xmp.is_empty() {
        return parts.concat();
    }
    let (before, after) = parts.split_at(parts.len().min(1));
    let mut out = before.concat();
    // The older version has no extensions.
    if let Some(version) = out.get_mut(3..6) {
        version.copy_from_slice(b"89a");
    }
    out.extend(b"\x21\xff\x0bXMP DataXMP");
    out.extend(&metadata.xmp);
    out.push(1);
    out.extend((0..=255).rev());
    out.push(0);
    after.iter().for_each(|part| out.extend(*part));
    out
}
