//! Copies of files, in pieces: as they are, and as UTF-8 where they are text of another encoding.

use crate::base::files::Files;

/// How much is searched at once, in bytes.
const PIECE: usize = 1 << 20;
/// How far pieces overlap: further than any needle is long.
const OVERLAP: usize = 1 << 14;

/// Hands over a text, and a second time, read as UTF-16 or Windows-1252, if it is not UTF-8.
pub(super) fn whole(bytes: &[u8], mut take: impl FnMut(&[u8])) {
    piece(bytes, Wide::of(bytes), &mut take);
}

/// The same of a file, in pieces.
pub(super) fn in_pieces(files: &dyn Files, path: &str, mut take: impl FnMut(&[u8])) {
    let mut held = Vec::new();
    let mut wide = None;
    let mut hand = |bytes: &[u8]| {
        let wide = *wide.get_or_insert_with(|| Wide::of(bytes));
        piece(bytes, wide, &mut take);
    };
    // If it cannot be read, copying it reports that.
    let _ = files.pieces(path, &mut |piece| {
        held.extend_from_slice(piece);
        if held.len() >= PIECE {
            hand(&held);
            // An even number, so that units of two bytes stay together.
            let done = (held.len() - OVERLAP) & !1;
            held.drain(..done);
        }
        Ok(())
    });
    hand(&held);
}

fn piece(bytes: &[u8], wide: Option<Wide>, take: &mut dyn FnMut(&[u8])) {
    take(bytes);
    match wide {
        Some(wide) => take(wide.read(bytes).as_bytes()),
        None if is_narrow(bytes) => take(narrow(bytes).as_bytes()),
        None => {}
    }
}

/// UTF-16, and which of two bytes comes first.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Wide {
    Little,
    Big,
}

impl Wide {
    /// Detected by the byte order mark, or by the zero bytes of ASCII letters.
    fn of(start: &[u8]) -> Option<Self> {
        const ENOUGH: usize = 64;
        match start {
            [0xff, 0xfe, ..] => return Some(Self::Little),
            [0xfe, 0xff, ..] => return Some(Self::Big),
            _ => {}
        }
        let pairs = || start.chunks_exact(2).take(ENOUGH);
        let zeros = |at: usize| pairs().filter(|pair| pair[at] == 0).count();
        let most = pairs().count() * 3 / 4;
        match (zeros(0), zeros(1)) {
            (0, n) if n > most => Some(Self::Little),
            (n, 0) if n > most => Some(Self::Big),
            _ => None,
        }
    }

    fn read(self, bytes: &[u8]) -> String {
        let unit = |pair: &[u8]| match self {
            Self::Little => u16::from_le_bytes([pair[0], pair[1]]),
            Self::Big => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let units = bytes.chunks_exact(2).map(unit);
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}

/// Whether bytes are not UTF-8 and may still be text.
fn is_narrow(bytes: &[u8]) -> bool {
    // A piece may begin or end within a character.
    let begins = bytes.iter().take(3).take_while(|b| **b & 0xc0 == 0x80);
    let rest = &bytes[begins.count()..];
    let broken = std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_some());
    broken && !bytes.contains(&0)
}

/// Windows-1252, which holds Latin-1.
fn narrow(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        0x8a => 'Š',
        0x8c => 'Œ',
        0x8e => 'Ž',
        0x9a => 'š',
        0x9c => 'œ',
        0x9e => 'ž',
        0x9f => 'Ÿ',
        0x80..0xa0 => ' ',
        byte => char::from(*byte),
    };
    bytes.iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::Mem;

    fn pieces(content: Vec<u8>) -> Vec<String> {
        let mut found = Vec::new();
        in_pieces(&Mem::default().with("a", content), "a", |bytes| {
            found.push(String::from_utf8_lossy(bytes).into_owned());
        });
        found
    }

    #[test]
    fn text_of_other_encodings_comes_as_utf_8_too() {
        let text = "Été à Évora, where nobody expects it";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
        let little: Vec<u8> = wide(u16::to_le_bytes);
        let big: Vec<u8> = wide(u16::to_be_bytes);
        for content in [
            little.clone(),
            big.clone(),
            [&[0xff, 0xfe], little.as_slice()].concat(),
            [&[0xfe, 0xff], big.as_slice()].concat(),
            text.chars().map(|c| c as u8).collect(),
        ] {
            let found = pieces(content);
            assert!(found.len() == 2 && found[1].ends_with(text), "{found:?}");
        }
        assert_eq!(pieces(text.into()), [text]);
        assert_eq!(pieces(b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec()).len(), 1);
    }
}
