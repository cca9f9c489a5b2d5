//! Bytes of any output → words that are the same however they are written.
//!
//! A word is a run of letters, digits and marks, in lower case and in NFC; a character of a script that writes no
//! spaces is a word by itself. Punctuation and white space only divide. What encodings add is taken off first:
//! entities of HTML and XML, `\u00e9` of JSON, `%C3%A9` of addresses, also on top of each other. So
//! `Caf&#233; “x”`, `Caf\u00e9 \"x\"` and `café *x*` are the same two words.
//!
//! Tags of words (`<em>`) stand in no sentence; those of blocks end one. What stands inside a tag (`alt="…"`) is a
//! text of its own.

use unicode_normalization::{
    UnicodeNormalization,
    char::{compose, is_combining_mark},
};

use super::chars::Chars;

/// A word, or the end of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Word {
    /// Of its folded form; see [`BREAK`].
    pub hash: u64,
    /// Letters and digits. A sign that is a word counts as two.
    pub letters: u32,
    /// It stands inside a tag.
    inner: bool,
}

/// The "word" at the end of a block: no sentence goes on behind it.
const BREAK: u64 = 0;

/// All words of some bytes; those inside tags come last, behind a break.
pub(super) fn words(bytes: &[u8]) -> Vec<Word> {
    let (mut outer, mut inner) = (Vec::with_capacity(bytes.len() / 6), Vec::new());
    for word in Words::new(bytes, 0) {
        match word.inner {
            true => inner.push(word),
            false => outer.push(word),
        }
    }
    outer.push(Word::end(false));
    outer.append(&mut inner);
    outer
}

impl Word {
    fn end(inner: bool) -> Self {
        Self {
            hash: BREAK,
            letters: 0,
            inner,
        }
    }

    /// Whether it stands inside a tag.
    pub(super) fn is_inner(self) -> bool {
        self.inner
    }

    /// Whether it is the end of a block.
    pub(super) fn is_end(self) -> bool {
        self.hash == BREAK
    }

    fn of(folded: &str, letters: u32, inner: bool) -> Self {
        let hash = match folded.is_ascii() {
            true => hash(folded.bytes()),
            false => hash(folded.nfc().collect::<String>().bytes()),
        };
        Self {
            hash,
            letters,
            inner,
        }
    }
}

/// FNV-1a, never [`BREAK`].
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash.max(1)
}

/// Whether a character is part of words.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// A byte that is a character, with which no escape begins.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'&' | b'\\' | b'%')
}

/// Invisible characters inside a word.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Scripts that write no spaces between words.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Tags that stand inside a sentence.
fn is_inline(tag: &str) -> bool {
    const NAMES: [&str; 34] = [
        "a", "abbr", "b", "bdi", "bdo", "big", "br", "c", "cite", "code", "data", "del", "dfn",
        "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s", "samp", "small", "span",
        "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    ];
    NAMES.binary_search(&tag).is_ok()
}

/// The words of some bytes, one after the other.
#[derive(Clone)]
pub(super) struct Words<'a> {
    chars: Chars<'a>,
    inner: bool,
    folded: String,
}

impl<'a> Words<'a> {
    /// From a place on, which is taken for one outside of tags.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            chars: Chars::new(bytes, at),
            inner: false,
            folded: String::new(),
        }
    }

    /// A tag may begin here, after its `<`. Whether it ends a block.
    fn open(&mut self) -> Option<bool> {
        let mut ahead = self.chars.clone();
        let first = ahead.next()?;
        let begins = match first {
            '/' => ahead
                .clone()
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic()),
            c => c.is_ascii_alphabetic() || c == '!' || c == '?',
        };
        if !begins {
            return None;
        }
        let letters = std::iter::once(first).chain(ahead);
        let name: String = letters
            .skip_while(|c| *c == '/')
            .take_while(char::is_ascii_alphanumeric)
            .take(8)
            .collect();
        Some(!is_inline(&name.to_ascii_lowercase()))
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            let c = self.chars.next()?;
            match c {
                '<' if !self.inner => {
                    if let Some(ends) = self.open() {
                        self.inner = true;
                        if ends {
                            return Some(Word::end(false));
                        }
                    }
                }
                '>' if self.inner => {
                    self.inner = false;
                    return Some(Word::end(true));
                }
                c if is_sign(c) && is_letter(c) => return Some(self.sign(c)),
                c if c.is_ascii_alphanumeric() => {
                    return Some(self.plain(c).unwrap_or_else(|| self.word(c)));
                }
                c if is_letter(c) => return Some(self.word(c)),
                _ => {}
            }
        }
    }
}

impl Words<'_> {
    /// A word as most are, whose first letter is passed: all ASCII, and nothing of it escaped.
    fn plain(&mut self, first: char) -> Option<Word> {
        let (bytes, start) = (self.chars.bytes, self.chars.at - 1);
        let rest = &bytes[start..];
        let escaped = char::from(rest[0]) != first;
        let length = rest.iter().position(|b| !b.is_ascii_alphanumeric())?;
        let behind = rest[length];
        if escaped || !is_plain(behind) {
            return None;
        }
        self.chars.at = start + length;
        Some(Word {
            hash: hash(rest[..length].iter().map(u8::to_ascii_lowercase)),
            letters: length as u32,
            inner: self.inner,
        })
    }

    /// One that is passed; a mark that belongs to it in another form of Unicode may follow.
    fn sign(&mut self, sign: char) -> Word {
        let mut ahead = self.chars.clone();
        let whole = ahead.next().and_then(|mark| compose(sign, mark));
        if whole.is_some() {
            self.chars = ahead;
        }
        let sign = whole.unwrap_or(sign);
        Word::of(sign.encode_utf8(&mut [0; 4]), 2, self.inner)
    }

    fn word(&mut self, first: char) -> Word {
        self.folded.clear();
        let mut letters = 0;
        let mut next = Some(first);
        let mut end = self.chars.at;
        while let Some(c) = next {
            if is_letter(c) && !is_sign(c) {
                letters += 1;
                match c.is_ascii() {
                    true => self.folded.push(c.to_ascii_lowercase()),
                    false => self.folded.extend(c.to_lowercase()),
                }
            } else if !is_unseen(c) {
                break;
            }
            end = self.chars.at;
            next = self.chars.next();
        }
        self.chars.at = end;
        Word::of(&self.folded, letters, self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<u64> {
        let all = words(text.as_bytes()).into_iter();
        all.filter(|w| !w.is_end()).map(|w| w.hash).collect()
    }

    #[test]
    fn words_are_the_same_in_every_encoding() {
        let plain = hashes("Café “Nord” – l’État, 10 % plus");
        for other in [
            "Caf&#233; &ldquo;Nord&rdquo; &mdash; l&#39;&Eacute;tat, 10&nbsp;% plus",
            "Caf&#xE9; \"Nord\" -- L'ÉTAT,\r\n 10 % PLUS",
            "Caf\\u00e9 \\\"Nord\\\" \\u2013 l\\u2019\\u00c9tat,\\n10 % plus",
            "Cafe\u{301} *Nord* l\u{2019}E\u{301}tat 10\u{202f}% plus",
            "Caf%C3%A9%20Nord%20l'%C3%89tat%2010%20plus",
            "Caf&amp;eacute; &amp;quot;Nord&amp;quot; l&amp;#39;&amp;Eacute;tat 10 plus",
            "Caf\u{ad}é Nord l É\u{200b}tat 10 plus",
            "\\u0043af\\u00e9 %4eord l &#201;tat &#x31;0 \\u0070lus",
        ] {
            assert_eq!(hashes(other), plain, "{other}");
        }
    }

    #[test]
    fn tags_of_words_stand_in_no_sentence_and_those_of_blocks_end_one() {
        let plain = words(b"one two three");
        let outer = |text: &str| -> Vec<Word> {
            let all = words(text.as_bytes()).into_iter();
            all.filter(|w| !w.inner).collect()
        };
        assert_eq!(outer("one <em class=\"x y\">two</em> three"), plain);
        assert_eq!(outer("one &lt;em&gt;two&lt;/em&gt; three"), plain);
        assert_eq!(outer("one \\u003cem\\u003etwo<\\/em> three"), plain);
        assert_ne!(outer("<p>one</p><p>two three</p>"), plain);
        assert_eq!(hashes("1 < 2 and 3 > 2"), hashes("1 2 and 3 2"));
    }

    #[test]
    fn what_stands_in_a_tag_is_found_behind_the_rest() {
        let found = hashes("one <img alt=\"a long text\"> two");
        assert_eq!(found, hashes("one two img alt a long text"));
    }

    #[test]
    fn signs_are_words() {
        assert_eq!(words("中文x".as_bytes()).len(), 4);
        let apart: String = "がっこうのプール".nfd().collect();
        assert_eq!(hashes(&apart), hashes("がっこうのプール"));
    }
}
