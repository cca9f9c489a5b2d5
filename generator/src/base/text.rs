//! Bytes as text, one way for everything that is read: UTF-8 in Unicode's form NFC, without the byte order
//! mark that some editors put first. Places in findings count in this text.
//!
//! Some systems write "é" as one character, others as two. All text and every path is brought to one form
//! where it comes in, so that names, links, headings and terms meet whoever wrote them.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Text in the form NFC (Unicode Standard Annex #15).
pub fn nfc(text: String) -> String {
    match composed(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(composed) => composed,
    }
}

/// The same, borrowed where it is in that form already.
pub fn composed(text: &str) -> Cow<'_, str> {
    // Most text holds nothing that could be composed: ASCII, letters up to U+02FF, common punctuation.
    let bytes = text.as_bytes();
    let doubtful = |at: usize| bytes[at] >= 0xCC && !bytes[at..].starts_with(b"\xe2\x80");
    let plain = !(0..bytes.len()).any(doubtful);
    match plain || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// The same bytes without a byte order mark before them.
pub fn unmarked(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_quick_way_gives_the_same_form(text in "([a-zé“”–\u{301}\u{308}e각ᄀ\u{1161}नि\u{212b}]|\\PC){0,12}") {
            // Two spaces of U+2000 are the exception: they look alike, and no file is named with them.
            let text = text.replace(['\u{2000}', '\u{2001}'], "");
            proptest::prop_assert_eq!(composed(&text), text.nfc().collect::<String>());
        }
    }
}
