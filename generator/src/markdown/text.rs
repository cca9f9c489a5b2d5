//! Between text and HTML.

use std::borrow::Cow;

/// Bytes at which escaping has something to do.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 32 {
        // Tab, line feed and carriage return stay; the rest is forbidden (XML 1.0 §2.2).
        table[byte] = !matches!(byte, 9 | 10 | 13);
        byte += 1;
    }
    table[b'&' as usize] = true;
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'"' as usize] = true;
    table[b'\'' as usize] = true;
    table[0xef] = true;
    table
};

/// Hands over `text` piece by piece, fit for the content and the quoted attributes of HTML and XML. What both
/// forbid is dropped, so that feeds stay readable whatever an editor pasted.
pub fn pieces<E>(text: &str, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = bytes[at..].iter().position(|b| SPECIAL[usize::from(*b)]) {
        let i = at + found;
        let (entity, length) = match bytes[i] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            b'\'' => ("&#39;", 1),
            0xef if text[i..].starts_with(['\u{fffe}', '\u{ffff}']) => ("", 3),
            0xef => {
                at = i + 1;
                continue;
            }
            _ => ("", 1),
        };
        if from < i {
            take(&text[from..i])?;
        }
        take(entity)?;
        from = i + length;
        at = from;
    }
    take(&text[from..])
}

/// Escapes text into `out`; see [`pieces`].
pub fn escape(text: &str, out: &mut String) {
    let Ok(()) = pieces::<std::convert::Infallible>(text, |piece| {
        out.push_str(piece);
        Ok(())
    });
}

/// What [`escape`] drops must not come in as raw HTML either.
pub(super) fn forbidden(c: char) -> bool {
    (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{7f}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// [`escape`] into a new string.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// The text of a piece of HTML that this writer made.
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find('>')
            .map_or("", |close| &rest[open + close + 1..]);
    }
    out.push_str(rest);
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        if out.contains(entity) {
            out = out.replace(entity, character);
        }
    }
    out
}

/// The beginning of a text, of no more than `most` characters: whole sentences, else whole words and an ellipsis.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return Cow::Borrowed(text);
    };
    let (part, rest) = text.split_at(end);
    let least = part.len() / 2;
    let sentence = part.char_indices().rev().find(|(at, c)| {
        let next = part[at + c.len_utf8()..].chars().next();
        let next = next.or_else(|| rest.chars().next());
        match c {
            '。' | '！' | '？' => true,
            // An initial or an abbreviation ends no sentence.
            '.' => {
                let word = part[..*at]
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                next.is_none_or(char::is_whitespace) && word.chars().count() > 3
            }
            '!' | '?' | '…' | '؟' | '।' => next.is_none_or(char::is_whitespace),
            _ => false,
        }
    });
    if let Some((at, c)) = sentence.filter(|(at, _)| *at >= least) {
        return Cow::Borrowed(&part[..at + c.len_utf8()]);
    }
    let words = match rest.starts_with(char::is_whitespace) {
        true => part,
        false => part
            .rsplit_once(char::is_whitespace)
            .map_or(part, |(words, _)| words),
    };
    let words = if words.len() < least { part } else { words };
    let words = words.trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-".contains(c));
    Cow::Owned(format!("{words}…"))
}

/// A heading may hold a link or a footnote mark; in a table of contents, itself links, neither may stand.
pub(super) fn without_links(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find("<sup class=\"footnote-ref\">") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find("</sup>")
            .map_or("", |close| &rest[open + close + 6..]);
    }
    out.push_str(rest);
    if !out.contains("<a ") {
        return out;
    }
    let html = std::mem::take(&mut out);
    let mut rest = html.as_str();
    while let Some(open) = rest.find("<a ") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find('>')
            .map_or("", |close| &rest[open + close + 1..]);
    }
    out.push_str(rest);
    out.replace("</a>", "")
}

/// French typography: the space before `;`, `!`, `?`, `:` and `»` and after `«` does not break.
pub(super) fn french_spaces(text: &str) -> Cow<'_, str> {
    const NARROW: &str = "\u{202f}";
    if !text.contains(' ') {
        return Cow::Borrowed(text);
    }
    let mut out = Cow::Borrowed(text);
    for (ordinary, firm) in [
        (" ;", format!("{NARROW};")),
        (" !", format!("{NARROW}!")),
        (" ?", format!("{NARROW}?")),
        (" »", format!("{NARROW}»")),
        ("« ", format!("«{NARROW}")),
        (" :", "\u{a0}:".to_owned()),
    ] {
        if out.contains(ordinary) {
            out = Cow::Owned(out.replace(ordinary, &firm));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_with_a_sentence_or_a_word() {
        assert_eq!(shortened("Short.", 6), "Short.");
        assert_eq!(
            shortened("One two three. Four five six seven.", 20),
            "One two three."
        );
        assert_eq!(
            shortened("Mr. A. B. Example came to the town.", 22),
            "Mr. A. B. Example came…"
        );
        assert_eq!(shortened("One, two, three", 9), "One, two…");
        assert_eq!(shortened("一二三。四五六七", 6), "一二三。");
        assert_eq!(shortened("一二三四五六七", 4), "一二三四…");
    }

    proptest::proptest! {
        #[test]
        fn shortening_never_panics_and_never_lengthens(text in "(\\PC|[.!?] |。| ){0,40}", most in 1usize..30) {
            let short = shortened(&text, most);
            proptest::prop_assert!(short.chars().count() <= most.max(1) + 1);
        }
    }
}
