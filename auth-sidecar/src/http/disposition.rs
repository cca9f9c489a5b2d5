//! `Content-Disposition` with a file name in any script (RFC 6266, RFC 8187).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `attr-char` (RFC 8187 §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `kind` is `inline` or `attachment`; `file_name` is the name of a saved copy.
pub(super) fn disposition(kind: &str, file_name: &str) -> String {
    // Browsers escape quotes and backslashes differently, and some decode `%41` in the plain form (RFC 6266 Appendix
    // D).
    let plain: String = file_name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    if plain == file_name {
        format!("{kind}; filename=\"{plain}\"")
    } else {
        let encoded = utf8_percent_encode(file_name, ENCODED);
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script() {
        for (name, expected) in [
            ("clip 1.mov", "inline; filename=\"clip 1.mov\""),
            (
                "déjà.mov",
                "inline; filename=\"d_j_.mov\"; filename*=UTF-8''d%C3%A9j%C3%A0.mov",
            ),
            (
                "خبر.mp4",
                "inline; filename=\"___.mp4\"; filename*=UTF-8''%D8%AE%D8%A8%D8%B1.mp4",
            ),
            (
                "a\"b\\c%41'.mov",
                "inline; filename=\"a_b_c_41'.mov\"; filename*=UTF-8''a%22b%5Cc%2541%27.mov",
            ),
            (
                "a\r\nX: y",
                "inline; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y",
            ),
        ] {
            assert_eq!(disposition("inline", name), expected);
        }
    }
}
