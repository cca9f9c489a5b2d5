//! WebP (RFC 9649): chunks in a RIFF.

use std::borrow::Cow;

use super::{Layout, Role};
use crate::facts::{Colours, Format, Private};

/// `RIFF`, the size, `WEBP`.
const HEAD: usize = 12;

pub(super) fn layout(bytes: &[u8]) -> Layout<'_> {
    let mut layout = Layout::new(Format::WebP);
    layout.bits = Some(8);
    layout.colours = Some(Colours::Rgb);
    let riff = u32_le(bytes, 4).map_or(bytes.len(), |n| (n as usize).saturating_add(8));
    layout.whole = riff <= bytes.len();
    let riff = riff.clamp(HEAD, bytes.len());
    let (inside, appended) = bytes.split_at(riff);
    let mut at = HEAD;
    while let Some(length) = u32_le(inside, at + 4) {
        let start = at + 8;
        let end = start.saturating_add(length as usize);
        // A picture that was cut off is shown as far as it goes.
        let data = inside.get(start..end).unwrap_or(&inside[start..]);
        let next = end.saturating_add(length as usize % 2).min(inside.len());
        layout.riff_chunk(&inside[at..at + 4], &inside[at..next], data);
        at = next;
    }
    if !appended.is_empty() {
        layout.part(appended, Role::Other(Private::Appended));
    }
    layout
}

/// A number in four bytes, the smaller first.
fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

impl<'a> Layout<'a> {
    fn riff_chunk(&mut self, name: &[u8], whole: &'a [u8], data: &'a [u8]) {
        let role = match name {
            b"VP8X" | b"VP8 " | b"VP8L" => {
                if self.width == 0 {
                    (self.width, self.height) = sides(name, data).unwrap_or_default();
                }
                Role::Pixels
            }
            b"ICCP" => {
                self.profile = true;
                Role::Pixels
            }
            b"ALPH" | b"ANIM" | b"ANMF" => Role::Pixels,
            b"EXIF" => Role::Exif(data.strip_prefix(b"Exif\0\0").unwrap_or(data)),
            b"XMP " => Role::Xmp(Cow::Borrowed(data)),
            b"C2PA" => Role::Other(Private::Credentials),
            _ => Role::Other(Private::Other),
        };
        self.part(whole, role);
    }
}

/// Width and height, as the first chunk has them.
fn sides(name: &[u8], data: &[u8]) -> Option<(u32, u32)> {
    Some(match name {
        b"VP8X" => {
            let &[w1, w2, w3, h1, h2, h3] = data.get(4..)?.first_chunk()?;
            (
                u32::from_le_bytes([w1, w2, w3, 0]) + 1,
                u32::from_le_bytes([h1, h2, h3, 0]) + 1,
            )
        }
        // After three bytes and three that begin a frame; two bits are for scaling.
        b"VP8 " => {
            let &[w1, w2, h1, h2] = data.get(6..)?.first_chunk()?;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            (side(w1, w2), side(h1, h2))
        }
        _ => {
            let sides = u32_le(data, 1)?;
            ((sides & 0x3fff) + 1, (sides >> 14 & 0x3fff) + 1)
        }
    })
}
