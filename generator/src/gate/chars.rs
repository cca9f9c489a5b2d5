//! Bytes of any output → characters, without what encodings add.

/// The characters of some bytes, without what encodings add.
#[derive(Clone)]
pub(super) struct Chars<'a> {
    pub bytes: &'a [u8],
    /// Where the next one begins.
    pub at: usize,
}

impl<'a> Chars<'a> {
    /// From a place on.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// An entity whose `&` is passed: the character, and where it ends.
    fn entity(&self, at: usize) -> Option<(char, usize)> {
        const LONGEST: usize = 10;
        let rest = &self.bytes[at..self.bytes.len().min(at + LONGEST)];
        let length = rest.iter().position(|b| *b == b';')?;
        let name = std::str::from_utf8(&rest[..length]).ok()?;
        let end = at + length + 1;
        if name == "amp" {
            // What was escaped twice.
            return Some(self.entity(end).unwrap_or(('&', end)));
        }
        let number = |text: &str, radix| char::from_u32(u32::from_str_radix(text, radix).ok()?);
        let found = match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            },
            None => named(name),
        };
        found.map(|c| (c, end))
    }

    /// What follows a backslash in JSON.
    fn escaped(&self, at: usize) -> Option<(char, usize)> {
        let unit = |at: usize| {
            let digits = self.bytes.get(at + 2..at + 6)?;
            let marked = self.bytes[at] == b'\\' && self.bytes[at + 1] == b'u';
            let digits = std::str::from_utf8(digits).ok().filter(|_| marked)?;
            u32::from_str_radix(digits, 16).ok()
        };
        match self.bytes.get(at + 1)? {
            b'n' | b'r' | b't' | b'b' | b'f' => Some((' ', at + 2)),
            c @ (b'"' | b'\'' | b'/' | b'\\' | b'<' | b'>' | b'&') => {
                Some((char::from(*c), at + 2))
            }
            b'u' => {
                let first = unit(at)?;
                let second = unit(at + 6).filter(|s| (0xdc00..0xe000).contains(s));
                match (first, second) {
                    (0xd800..0xdc00, Some(second)) => {
                        let c = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        Some((char::from_u32(c)?, at + 12))
                    }
                    _ => Some((char::from_u32(first)?, at + 6)),
                }
            }
            _ => None,
        }
    }

    /// `%C3%A9`.
    fn percent(&self, at: usize) -> Option<(char, usize)> {
        let byte = |at: usize| {
            let digits = self.bytes.get(at..at + 3)?;
            let value = |d: u8| char::from(d).to_digit(16);
            (digits[0] == b'%')
                .then(|| Some((value(digits[1])? << 4 | value(digits[2])?) as u8))
                .flatten()
        };
        let first = byte(at)?;
        let length = length(first)?;
        let mut bytes = [first; 4];
        for (i, other) in bytes.iter_mut().enumerate().take(length).skip(1) {
            *other = byte(at + 3 * i)?;
        }
        let text = std::str::from_utf8(&bytes[..length]).ok()?;
        Some((text.chars().next()?, at + 3 * length))
    }
}

/// How many bytes a character has, by its first.
fn length(first: u8) -> Option<usize> {
    match first {
        0..0x80 => Some(1),
        0xc2..0xe0 => Some(2),
        0xe0..0xf0 => Some(3),
        0xf0..0xf5 => Some(4),
        _ => None,
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let at = self.at;
        let first = *self.bytes.get(at)?;
        let found = match first {
            b'&' => self.entity(at + 1),
            b'\\' => self.escaped(at),
            b'%' => self.percent(at),
            _ => None,
        };
        let (c, next) = found.unwrap_or_else(|| {
            let text = length(first)
                .and_then(|n| self.bytes.get(at..at + n))
                .and_then(|bytes| std::str::from_utf8(bytes).ok());
            match text.and_then(|t| t.chars().next()) {
                Some(c) => (c, at + c.len_utf8()),
                None => (char::REPLACEMENT_CHARACTER, at + 1),
            }
        });
        self.at = next;
        Some(c)
    }
}

/// Letters with names in HTML; other named characters divide words as punctuation does.
fn named(name: &str) -> Option<char> {
    const LATIN: &str = "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute \
        Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
        agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde \
        ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "shy" => '\u{ad}',
        "OElig" => 'Œ',
        "oelig" => 'œ',
        "Scaron" => 'Š',
        "scaron" => 'š',
        "Yuml" => 'Ÿ',
        _ => match LATIN.split_ascii_whitespace().position(|n| n == name) {
            Some(at) => char::from_u32(0xc0 + at as u32)?,
            None if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()) => ' ',
            None => return None,
        },
    })
}
