//! Pictures of a few bytes.

use std::io::Write as _;

use flate2::{Compression, Crc, write::ZlibEncoder};

/// A black PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    deep_png(width, height, 8)
}

/// The same with so many bits for each colour: 8 or 16.
pub fn deep_png(width: u32, height: u32, bits: u8) -> Vec<u8> {
    let row = vec![0; 1 + width as usize * 3 * usize::from(bits / 8)];
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    (0..height).for_each(|_| pixels.write_all(&row).unwrap());
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[&sides[..], &[bits, 2, 0, 0, 0]].concat()),
        chunk(b"IDAT", &pixels.finish().unwrap()),
        chunk(b"IEND", b""),
    ]
    .concat()
}

fn chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let content = [&name[..], payload].concat();
    let mut crc = Crc::new();
    crc.update(&content);
    let length = (payload.len() as u32).to_be_bytes();
    [&length[..], &content, &crc.sum().to_be_bytes()].concat()
}

/// A JPEG of which only the sides count.
pub fn large_jpeg(width: u16, height: u16) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let frame = [&[8][..], &height, &width, &[1, 1, 0x11, 0]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xc0, &frame),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        b"pixels\xff\xd9".to_vec(),
    ]
    .concat()
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 2) as u16;
    [&[0xff, marker], &length.to_be_bytes()[..], payload].concat()
}

/// A JPEG of 600 × 400 from a camera that was turned, with a GPS position, a comment, a film after it, and IPTC IIM
/// that says a credit and a caption. With four colours its numbers are inks.
pub fn jpeg(credit: &str, caption: &str, colours: u8) -> Vec<u8> {
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02\
        \x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0\
        \0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0";
    let mut iim = b"\x1c\x01\x5a\0\x03\x1b%G".to_vec();
    for (number, value) in [(110, credit), (120, caption)] {
        iim.extend([0x1c, 2, number]);
        iim.extend((value.len() as u16).to_be_bytes());
        iim.extend(value.as_bytes());
    }
    let mut resources = b"Photoshop 3.0\x008BIM\x04\x04\0\0".to_vec();
    resources.extend((iim.len() as u32).to_be_bytes());
    resources.extend(iim);
    [
        vec![0xff, 0xd8],
        segment(0xe1, exif),
        segment(0xed, &resources),
        segment(0xfe, b"a private comment"),
        grey(600, 400, colours),
        b"pixels\xff\xd9a film".to_vec(),
    ]
    .concat()
}

/// The middle grey of a JPEG: tables, frame and scan. Its codes are the shortest there can be: a zero bit says that a
/// block of 8 × 8 is as bright as the one before, and another that nothing else is in it.
fn grey(width: u16, height: u16, colours: u8) -> Vec<u8> {
    let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
    let of_frame: Vec<u8> = (1..=colours).flat_map(|id| [id, 0x11, 0]).collect();
    let of_scan: Vec<u8> = (1..=colours).flat_map(|id| [id, 0]).collect();
    let one_code = |table: u8| [&[table, 1][..], &[0; 16]].concat();
    let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8));
    let bits = 2 * blocks * usize::from(colours);
    let mut scan = vec![0; bits / 8];
    if bits % 8 > 0 {
        scan.push(0xff >> (bits % 8));
    }
    [
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        segment(0xc0, &[&[8][..], &h, &w, &[colours], &of_frame].concat()),
        segment(0xc4, &one_code(0x00)),
        segment(0xc4, &one_code(0x10)),
        segment(0xda, &[&[colours][..], &of_scan, &[0, 63, 0]].concat()),
        scan,
    ]
    .concat()
}

/// A PNG with more colours than a drawing has. No two sizes have the same bytes.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let named = [kind, data].concat();
        let sum = checksum(&named).to_be_bytes();
        [&(data.len() as u32).to_be_bytes()[..], &named, &sum].concat()
    };
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0);
        rows.extend((0..width).flat_map(|x| [(x * 4) as u8, (y * 6) as u8, (x ^ y) as u8]));
    }
    // One block that is not compressed (RFC 1951 §3.2.4).
    let length = rows.len() as u16;
    let mut packed = vec![0x78, 1, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(&rows);
    let (a, b) = rows.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    packed.extend(((b << 16) | a).to_be_bytes());
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 2, 0, 0, 0]);
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"IDAT", &packed),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// CRC-32 (ISO 3309).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
