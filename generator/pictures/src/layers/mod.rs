//! Reads metadata, each layer by its own rules.

pub(crate) mod exif;
pub(crate) mod iim;
pub(crate) mod png_texts;
pub(crate) mod xmp;

/// A text of a program that did not say how it is encoded: UTF-8 if it can be, else as Windows has it.
fn guessed(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => latin(bytes),
    }
}

/// Windows-1252, of which Latin-1 is a part.
fn latin(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let letter = |b: &u8| match b {
        0x80..=0x9f => HIGH[usize::from(b - 0x80)],
        b => char::from(*b),
    };
    bytes.iter().map(letter).collect()
}
