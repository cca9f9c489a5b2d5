//! Files made by hand, and files that are none.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = (content.len() as u32 + 8).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(content);
    out
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

fn a_track(handler: &[u8; 4], entry: &[u8], scale: u32, stts: &[u32]) -> Vec<u8> {
    let stbl = [
        boxed(b"stsd", &[&numbers(&[0, 1])[..], entry].concat()),
        boxed(b"stts", &numbers(stts)),
    ]
    .concat();
    let hdlr = [&numbers(&[0, 0])[..], handler, &[0; 12]].concat();
    let mdia = [
        boxed(b"mdhd", &numbers(&[0, 0, 0, scale, 100, 0])),
        boxed(b"hdlr", &hdlr),
        boxed(b"minf", &boxed(b"stbl", &stbl)),
    ]
    .concat();
    boxed(b"trak", &boxed(b"mdia", &mdia))
}

fn picture(code: &[u8; 4], width: u16, height: u16, more: &[u8]) -> Vec<u8> {
    let mut entry = vec![0; 78];
    entry[24..26].copy_from_slice(&width.to_be_bytes());
    entry[26..28].copy_from_slice(&height.to_be_bytes());
    entry.extend(more);
    boxed(code, &entry)
}

fn sound(code: &[u8; 4], channels: u8) -> Vec<u8> {
    let mut entry = vec![0; 28];
    entry[17] = channels;
    boxed(code, &entry)
}

fn a_file(brand: &[u8; 4]) -> Vec<u8> {
    let moov = [
        boxed(b"mvhd", &numbers(&[0, 0, 0, 1000, 12_600, 0])),
        a_track(
            b"vide",
            &picture(b"apch", 1920, 1080, &boxed(b"fiel", &[2, 9])),
            25_000,
            &[0, 2, 10, 1000, 5, 1000],
        ),
        a_track(b"soun", &sound(b"twos", 2), 48_000, &[0, 1, 48_000, 1]),
        a_track(b"tmcd", &sound(b"tmcd", 0), 25, &[0, 0]),
    ]
    .concat();
    [
        boxed(b"ftyp", &[&brand[..], &[0; 4]].concat()),
        boxed(b"mdat", &[7; 500]),
        boxed(b"moov", &moov),
    ]
    .concat()
}

#[test]
fn a_broadcast_file_is_understood() {
    let head = read(&mut Cursor::new(a_file(b"qt  "))).unwrap().unwrap();
    assert!(head.quicktime);
    assert_eq!(head.duration, Some(12.6));
    let [video, audio] = &head.tracks[..] else {
        panic!("{head:?}");
    };
    assert_eq!(video.code, "apch");
    assert_eq!(
        video.kind,
        Kind::Video {
            width: 1920,
            height: 1080,
            frames: Some(25.0),
            interlaced: true
        }
    );
    assert_eq!(
        (audio.code.as_str(), &audio.kind),
        ("twos", &Kind::Audio { channels: 2 })
    );
    let mp4 = read(&mut Cursor::new(a_file(b"isom"))).unwrap().unwrap();
    assert!(!mp4.quicktime);
}

#[test]
fn other_files_are_none() {
    for bytes in [
        &b""[..],
        b"hello",
        b"\x1aE\xdf\xa3 matroska, as it begins",
        &[0; 4000],
    ] {
        assert_eq!(read(&mut Cursor::new(bytes)).unwrap_or_default(), None);
    }
}

proptest! {
    #[test]
    fn no_damage_is_a_panic(at in 0usize..1100, byte: u8, cut in 0usize..1400) {
        let mut bytes = a_file(b"qt  ");
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length.min(cut.max(1)));
        let _ = read(&mut Cursor::new(bytes));
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let whole = [boxed(b"ftyp", b"qt  "), boxed(b"moov", &bytes)].concat();
        let _ = read(&mut Cursor::new(whole));
        let _ = read(&mut Cursor::new(bytes));
    }
}
