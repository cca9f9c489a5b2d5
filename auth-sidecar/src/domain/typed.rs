//! Normalises what people type or paste. Text copied from mails and chats carries invisible characters, and
//! keyboards produce digits of their script. The theme's script normalises codes and addresses the same way.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use unicode_normalization::UnicodeNormalization;

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Exactly this many digits as ASCII, of any script, with punctuation, white space and marks between them ignored.
/// `None` if the text contains anything else.
pub(super) fn digits(text: &str, count: usize) -> Option<String> {
    let mut digits = String::new();
    for c in text.nfkc() {
        if category(c) == GeneralCategory::DecimalNumber {
            digits.push(ascii_digit(c));
        } else if !stands_between(c) {
            return None;
        }
        if digits.len() > count {
            return None;
        }
    }
    (digits.len() == count).then_some(digits)
}

/// The same for ASCII letters and digits, in upper case.
pub(super) fn letters(text: &str, count: usize) -> Option<String> {
    let mut letters = String::new();
    for c in text.nfkc() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_uppercase());
        } else if !stands_between(c) {
            return None;
        }
        if letters.len() > count {
            return None;
        }
    }
    (letters.len() == count).then_some(letters)
}

/// A decimal digit of any script. Those of one script follow each other from zero to nine (Unicode Standard, 4.6).
fn ascii_digit(c: char) -> char {
    let is_digit = |c: &char| category(*c) == GeneralCategory::DecimalNumber;
    let before = (1..=u32::from(c)).map_while(|by| char::from_u32(u32::from(c) - by));
    let before = before.take_while(is_digit).count() % 10;
    char::from(b"0123456789"[before])
}

fn stands_between(c: char) -> bool {
    let groups = [
        GeneralCategoryGroup::Punctuation,
        GeneralCategoryGroup::Separator,
        GeneralCategoryGroup::Mark,
        GeneralCategoryGroup::Control,
        GeneralCategoryGroup::Format,
    ];
    // Most keyboards type a minus as a hyphen.
    c == '\u{2212}' || is_ignorable(c) || groups.iter().any(|group| group.contains(category(c)))
}

/// The text without invisible characters. A joiner between two letters of a script that uses joiners is part of the
/// word and stays.
pub(super) fn visible(text: &str) -> String {
    let is_letter = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && c.is_alphabetic());
    let all: Vec<char> = text.chars().collect();
    let seen = all.iter().enumerate().filter(|(at, c)| match c {
        '\u{200c}' | '\u{200d}' => {
            is_letter(at.checked_sub(1).and_then(|at| all.get(at))) && is_letter(all.get(at + 1))
        }
        c => !is_ignorable(**c) && category(**c) != GeneralCategory::Format,
    });
    seen.map(|(_, c)| *c).collect()
}

/// `Default_Ignorable_Code_Point` (Unicode 17), which includes `Bidi_Control`.
pub(super) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        for good in [
            "12345678",
            "1234 5678",
            " 1234-5678\n",
            "1 2 3 4 5 6 7 8",
            "1234\u{a0}5678",
            "1234–5678",
            "1234−5678",
            "1234 5678.",
            "12.34.56.78",
            "(1234) «5678»:",
            "１２３４５６７８",
            "１２３４　５６７８。",
            "١٢٣٤٥٦٧٨",
            "۱۲۳۴ ۵۶۷۸",
            "१२३४५६७८",
            "১২৩৪৫৬৭৮",
            "๑๒๓๔๕๖๗๘",
            "᠑᠒᠓᠔᠕᠖᠗᠘",
            "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
            "𞥑𞥒𞥓𞥔𞥕𞥖𞥗𞥘",
            "¹²³⁴⁵⁶⁷⁸",
            "①②③④⑤⑥⑦⑧",
            "1\u{fe0f}\u{20e3}2345678",
            "\u{200e}1234\u{200b}5678\u{202c}",
            "\u{2067}١٢٣٤\u{2069} 5678",
            "\u{feff}1234\u{ad}5678\u{2060}",
        ] {
            assert_eq!(digits(good, 8).as_deref(), Some("12345678"), "{good:?}");
        }
        for bad in [
            "",
            "-",
            "1234567",
            "123456789",
            "1234567x",
            "1234+5678",
            "1234567Ⅷ",
            "一二三四五六七八",
            "½234567",
            "12345678 ٩",
            &"1".repeat(10_000),
            &"\u{200b}".repeat(10_000),
        ] {
            assert_eq!(digits(bad, 8), None, "{bad:?}");
        }
    }

    #[test]
    fn every_decimal_digit_has_its_value() {
        let mut last = 9;
        for c in ('\0'..=char::MAX).filter(|c| category(*c) == GeneralCategory::DecimalNumber) {
            let value = ascii_digit(c).to_digit(10).unwrap();
            assert_eq!(value, (last + 1) % 10, "{c:?}");
            last = value;
        }
        assert_eq!(last, 9);
    }

    #[test]
    fn invisible_characters_are_removed() {
        for (text, seen) in [
            ("a\u{200b}b\u{ad}c", "abc"),
            ("\u{202a}abc\u{202c}\u{200e}", "abc"),
            ("a\u{200d}b\u{200c}", "ab"),
            // A word of Persian as it is spelt.
            ("می\u{200c}شود", "می\u{200c}شود"),
            ("شود\u{200c}", "شود"),
            ("", ""),
        ] {
            assert_eq!(visible(text), seen);
        }
    }
}
