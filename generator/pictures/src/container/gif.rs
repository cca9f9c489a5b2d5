//! GIF 89a: blocks, each made of pieces of at most 255 bytes.

use std::borrow::Cow;

use super::{Layout, Role};
use crate::facts::{Colours, Format, Private};

/// Name and code of an application, as an extension begins.
const XMP: &[u8] = b"XMP DataXMP";
/// What leads a reader that knows nothing of XMP to its end.
const MAGIC: usize = 257;

pub(super) fn layout(bytes: &[u8]) -> Layout<'_> {
    let mut layout = Layout::new(Format::Gif);
    layout.colours = Some(Colours::Palette);
    if let Some(&[w1, w2, h1, h2, flags]) = bytes.get(6..).and_then(|b| b.first_chunk()) {
        layout.width = u16::from_le_bytes([w1, w2]).into();
        layout.height = u16::from_le_bytes([h1, h2]).into();
        let start = 13 + palette(flags);
        layout.part(&bytes[..start.min(bytes.len())], Role::Pixels);
        layout.blocks(bytes, start);
    }
    layout
}

/// How long the palette is that these flags announce.
fn palette(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

/// Where the pieces from `at` end.
fn pieces_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    }
}

impl<'a> Layout<'a> {
    fn blocks(&mut self, bytes: &'a [u8], mut at: usize) {
        while at < bytes.len() {
            let (end, role) = self
                .block(&bytes[at..])
                .unwrap_or((bytes.len() - at, Role::Pixels));
            self.part(&bytes[at..at + end], role);
            at += end;
            if bytes[at - end] == 0x3b {
                self.whole = true;
                if at < bytes.len() {
                    self.part(&bytes[at..], Role::Other(Private::Appended));
                }
                return;
            }
        }
    }

    /// How long a block is, and what it is for; `None` for one that was cut off.
    fn block(&mut self, bytes: &'a [u8]) -> Option<(usize, Role<'a>)> {
        Some(match bytes.first()? {
            0x21 => {
                let end = pieces_end(bytes, 2)?;
                (end, self.extension(*bytes.get(1)?, bytes.get(2..end)?))
            }
            0x2c => {
                let colours = palette(*bytes.get(9)?);
                (pieces_end(bytes, 11 + colours)?, Role::Pixels)
            }
            0x3b => (1, Role::Pixels),
            _ => return None,
        })
    }

    fn extension(&mut self, label: u8, pieces: &'a [u8]) -> Role<'a> {
        let name = pieces.get(1..12).unwrap_or_default();
        match label {
            0xfe => Role::Other(Private::Comment),
            0xff if name == XMP => {
                let packet = pieces.get(12..pieces.len().saturating_sub(MAGIC + 1));
                Role::Xmp(Cow::Borrowed(packet.unwrap_or_default()))
            }
            0xff => match name {
                b"NETSCAPE2.0" | b"ANIMEXTS1.0" => Role::Pixels,
                b"ICCRGBG1012" => {
                    self.profile = true;
                    Role::Pixels
                }
                _ => Role::Other(Private::Other),
            },
            _ => Role::Pixels,
        }
    }
}
