//! IPTC IIM 4.2: datasets, kept among the resources that Photoshop adds to a picture.

use std::collections::BTreeSet;

use super::latin;
use crate::{
    facts::Private,
    rights::{Field, Rights},
};

const MARK: &[u8] = b"8BIM";
/// The resource that holds the datasets.
const IIM: u16 = 0x0404;
/// The datasets' encoding is UTF-8, as ISO 2022 says it.
const UTF8: &[u8] = b"\x1b%G";

/// The datasets among `resources`.
pub(crate) fn in_resources(mut resources: &[u8]) -> &[u8] {
    while let Some((id, data, rest)) = resource(resources) {
        if id == IIM {
            return data;
        }
        resources = rest;
    }
    &[]
}

/// The first resource: number, content, and what follows it. Names and contents have even lengths.
fn resource(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let bytes = bytes.strip_prefix(MARK)?;
    let (id, bytes) = bytes.split_first_chunk()?;
    let name = usize::from(*bytes.first()?) + 1;
    let bytes = bytes.get(name + name % 2..)?;
    let (length, bytes) = bytes.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (data, rest) = bytes.split_at_checked(length)?;
    Some((
        u16::from_be_bytes(*id),
        data,
        rest.get(length % 2..).unwrap_or_default(),
    ))
}

/// Record and number of a dataset.
type Dataset = (u8, u8);

/// The first dataset, its content, and what follows it.
fn dataset(bytes: &[u8]) -> Option<(Dataset, &[u8], &[u8])> {
    let (&[0x1c, record, number, l1, l2], bytes) = bytes.split_first_chunk()? else {
        return None;
    };
    let length = u16::from_be_bytes([l1, l2]);
    // A length of more than two bytes: the lower bits say how many it has.
    let (length, bytes) = match length & 0x8000 {
        0 => (usize::from(length), bytes),
        _ => {
            let (digits, bytes) = bytes.split_at_checked(usize::from(length & 0x7fff))?;
            let digits = digits
                .iter()
                .try_fold(0_usize, |n, b| Some(n.checked_mul(256)? + usize::from(*b)))?;
            (digits, bytes)
        }
    };
    let (data, rest) = bytes.split_at_checked(length)?;
    Some(((record, number), data, rest))
}

/// What the datasets say.
pub(crate) fn read(mut bytes: &[u8], private: &mut BTreeSet<Private>) -> Rights {
    let mut rights = Rights::default();
    let (mut utf8, mut creators) = (false, Vec::new());
    let (mut day, mut time) = (String::new(), String::new());
    while let Some((dataset, data, rest)) = dataset(bytes) {
        bytes = rest;
        let text = || match utf8 {
            true => String::from_utf8_lossy(data).into_owned(),
            false => latin(data),
        };
        match dataset {
            (1, 90) => utf8 = data == UTF8,
            (1, _) | (2, 0) => {}
            (2, 55) => day = text(),
            (2, 60) => time = text(),
            (2, 80) => creators.push(text()),
            (2, number) => match field(number) {
                Some(field) => rights.add(field, &text()),
                None => drop(private.insert(Private::Other)),
            },
            _ => drop(private.insert(Private::Other)),
        }
    }
    rights.set(Field::Creator, &creators.join("; "));
    rights.set(Field::Date, &date(&day, &time));
    rights
}

fn field(number: u8) -> Option<Field> {
    Some(match number {
        90 => Field::City,
        101 => Field::Country,
        105 => Field::Headline,
        110 => Field::Credit,
        116 => Field::Copyright,
        120 => Field::Description,
        _ => return None,
    })
}

/// `20261129`, `101112+0100` → `2026-11-29T10:11:12+01:00`.
fn date(day: &str, time: &str) -> String {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if day.len() != 8 || !digits(day) {
        return String::new();
    }
    let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    match time.as_bytes() {
        [clock @ .., b'+' | b'-', _, _, _, _] if clock.len() == 6 && time.is_ascii() => {
            let (clock, zone) = time.split_at(6);
            format!(
                "{day}T{}:{}:{}{}:{}",
                &clock[..2],
                &clock[2..4],
                &clock[4..],
                &zone[..3],
                &zone[3..]
            )
        }
        _ => day,
    }
}
