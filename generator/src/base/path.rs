//! Source paths, slugs and addresses as text, always with `/`, never touching the disk.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;

/// Bytes in the name of a file or folder, on every file system in use.
pub const LONGEST_NAME: usize = 255;

/// Bytes of a name that is made or proposed: it stands in addresses.
pub const GOOD_NAME: usize = 100;

/// Joins `relative` to the folder of `file` and folds `.` and `..` away.
/// `None` when it would climb above the root.
pub fn beside(file: &str, relative: &str) -> Option<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    normalise(&format!("{folder}/{relative}"))
}

/// Folds `.`, `..` and doubled slashes. `None` when the path would climb above its root.
pub fn normalise(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A slug: NFC, lower case, letters and digits of any script, everything else one `-`.
/// Apostrophes vanish instead (`l'eau` is `leau`… as a reader would type it).
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Most headings are ASCII, which needs no normalisation.
    match text.is_ascii() {
        true => push_slug(text.chars().map(|c| c.to_ascii_lowercase()), &mut out),
        false => push_slug(text.nfc().flat_map(char::to_lowercase).nfc(), &mut out),
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

fn push_slug(chars: impl Iterator<Item = char>, out: &mut String) {
    for c in chars {
        if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) {
            out.push(c);
            continue;
        }
        // What is dropped from the page (`markdown::html::escape`) separates nothing either.
        let silent = matches!(c, '\'' | '’' | '\u{00ad}') || (c.is_control() && !c.is_whitespace());
        if !silent && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
}

/// The beginning of a slug, as many whole words as fit into so many bytes; of a longer word what fits.
pub fn shortened(slug: &str, longest: usize) -> &str {
    if slug.len() <= longest {
        return slug;
    }
    let fits = (0..=longest).rev().find(|at| slug.is_char_boundary(*at));
    let fits = &slug[..fits.unwrap_or_default()];
    let whole = slug[fits.len()..].starts_with('-');
    match fits.rfind('-').filter(|at| !whole && *at > 0) {
        Some(at) => &fits[..at],
        None => fits,
    }
    .trim_end_matches('-')
}

/// What stands for itself in a path: all else is encoded.
const OTHERS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Percent-encodes what may not stand in the path of a URL (RFC 3986 §3.3); `/` stays.
pub fn encode(path: &str) -> String {
    Cow::from(utf8_percent_encode(path, OTHERS)).into_owned()
}

/// Undoes percent-encoding, in the form NFC; `None` if the result is not UTF-8 or an escape is broken.
pub fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let whole = |(at, _)| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let decoded = percent_decode_str(text).decode_utf8().ok();
    let decoded = decoded.filter(|_| text.match_indices('%').all(whole));
    decoded.map(|text| super::text::nfc(text.into_owned()))
}

/// The address of a former page, as an editor wrote it: a folder, unless it names an HTML file.
pub fn alias(written: &str) -> Option<String> {
    let clean = normalise(&decode(written)?)?;
    let file = clean.ends_with(".html") || clean.ends_with(".htm");
    Some(format!("/{clean}{}", if file { "" } else { "/" }))
}

/// The extension of a file name in lower case, without the dot.
pub fn extension(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty()).then(|| extension.to_lowercase())
}

/// Optimal string alignment distance (a swap of neighbours counts once), cut off above `limit`.
pub fn edit_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    // Most words differ in length, which is seen sooner.
    if a.chars().count().abs_diff(b.chars().count()) > limit {
        return None;
    }
    Some(strsim::osa_distance(a, b)).filter(|distance| *distance <= limit)
}

/// The candidate closest to `word`, near enough to be meant: one slip in a short word, two in a long one.
/// A word of two letters is near nothing.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    candidates
        .into_iter()
        .filter_map(|c| edit_distance(word, c, limit).map(|d| (d, c)))
        .min()
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fold_and_never_climb_out() {
        assert_eq!(
            beside("news/a/b.md", "../c.md").as_deref(),
            Some("news/c.md")
        );
        assert_eq!(
            beside("news/b.md", "./x//y.jpg").as_deref(),
            Some("news/x/y.jpg")
        );
        assert_eq!(beside("news/b.md", "../../etc/passwd"), None);
    }

    #[test]
    fn slugs_keep_every_script() {
        assert_eq!(slug("Visit to Lisbon & Madrid!"), "visit-to-lisbon-madrid");
        assert_eq!(slug("Dépenses de défense"), "dépenses-de-défense");
        assert_eq!(slug("الإنفاق الدفاعي"), "الإنفاق-الدفاعي");
        assert_eq!(slug("e\u{301}te\u{301}"), "été");
        assert_eq!(slug("--"), "");
    }

    #[test]
    fn long_slugs_end_with_a_word() {
        assert_eq!(shortened("one-two-three", 13), "one-two-three");
        assert_eq!(shortened("one-two-three", 12), "one-two");
        assert_eq!(shortened("one-two-three", 7), "one-two");
        assert_eq!(shortened("one-two-three", 2), "on");
        assert_eq!(shortened("الإنفاق-الدفاعي", 16), "الإنفاق");
        assert_eq!(shortened("éé", 3), "é");
    }

    #[test]
    fn encoding_round_trips() {
        for text in ["/fr/sujets/dépenses/", "/a b/c?d#e", "/الإنفاق/"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%e"), None);
        assert_eq!(decode("%+f"), None);
    }

    #[test]
    fn near_words_are_found() {
        assert_eq!(closest("tittle", ["title", "date"]), Some("title"));
        assert_eq!(closest("dtae", ["title", "date"]), Some("date"));
        assert_eq!(closest("colour", ["title", "date"]), None);
    }
}
