//! IPTC IIM 4.2, in UTF-8.

use super::shortened;
use crate::{Field, Rights};

/// Dataset, and the most bytes that it may have.
fn dataset(field: Field) -> Option<(u8, usize)> {
    Some(match field {
        Field::City => (90, 32),
        Field::Country => (101, 64),
        Field::Headline => (105, 256),
        Field::Credit => (110, 32),
        Field::Copyright => (116, 128),
        Field::Description => (120, 2000),
        _ => return None,
    })
}

/// Empty where nothing is said that it can hold.
pub(super) fn datasets(rights: &Rights) -> Vec<u8> {
    let mut said = Vec::new();
    for (field, value) in rights.iter() {
        match field {
            Field::Creator => {
                let creators = value.split("; ");
                creators.for_each(|creator| add(&mut said, (2, 80), shortened(creator, 32)));
            }
            Field::Date => {
                let (day, time) = date(value);
                if day.len() == 8 {
                    add(&mut said, (2, 55), &day);
                }
                if time.len() == 11 {
                    add(&mut said, (2, 60), &time);
                }
            }
            field => {
                if let Some((number, most)) = dataset(field) {
                    add(&mut said, (2, number), shortened(value, most));
                }
            }
        }
    }
    if said.is_empty() {
        return said;
    }
    let mut all = Vec::new();
    add(&mut all, (1, 90), "\u{1b}%G");
    add(&mut all, (2, 0), "\0\u{4}");
    all.append(&mut said);
    all
}

fn add(datasets: &mut Vec<u8>, (record, number): (u8, u8), value: &str) {
    datasets.extend([0x1c, record, number]);
    datasets.extend((value.len() as u16).to_be_bytes());
    datasets.extend(value.as_bytes());
}

/// `2026-11-29T10:11:12+01:00` → `20261129`, `101112+0100`.
fn date(value: &str) -> (String, String) {
    let (day, time) = value.split_once('T').unwrap_or((value, ""));
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let Some(at) = time.find(['+', '-']) else {
        return (digits(day), String::new());
    };
    // Fractions of a second have no place.
    let clock = time[..at].split('.').next().unwrap_or_default();
    let zone = &time[at..];
    (
        digits(day),
        format!("{}{}{}", digits(clock), &zone[..1], digits(zone)),
    )
}
