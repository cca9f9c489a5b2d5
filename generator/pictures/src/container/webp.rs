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
    let inside = &bytes[..riff.clamp(HEAD, bytes.len())];
    if riff < bytes.len() {
        layout.parts.push(Role::Other(Private::Appended));
    }
    let mut at = HEAD;
    while let Some(length) = u32_le(inside, at + 4) {
        let start = at + 8;
        let end = start.saturating_add(length as usize);
        let Some(data) = inside.get(start..end) else {
            // A picture that was cut off still has its size.
            layout.riff_chunk(&inside[at..at + 4], &inside[start..]);
            break;
        };
        layout.riff_chunk(&inside[at..at + 4], data);
        at = end.saturating_add(length as usize % 2);
    }
    layout
}

/// A number in four bytes, the smaller first.
fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

impl<'a> Layout<'a> {
    fn riff_chunk(&mut self, name: &[u8], data: &'a [u8]) {
        let role = match name {
            b"VP8X" => {
                if let Some(&[w1, w2, w3, h1, h2, h3]) = data.get(4..).and_then(|d| d.first_chunk())
                {
                    self.width = u32::from_le_bytes([w1, w2, w3, 0]) + 1;
                    self.height = u32::from_le_bytes([h1, h2, h3, 0]) + 1;
                }
                return;
            }
            b"VP8 " => {
                // After three bytes and three that begin a frame; two bits are for scaling.
                if let Some(&[w1, w2, h1, h2]) = data.get(6..).and_then(|d| d.first_chunk())
                    && self.width == 0
                {
                    self.width = u32::from(u16::from_le_bytes([w1, w2]) & 0x3fff);
                    self.height = u32::from(u16::from_le_bytes([h1, h2]) & 0x3fff);
                }
                return;
            }
            b"VP8L" => {
                if let Some(sides) = u32_le(data, 1)
                    && self.width == 0
                {
                    self.width = (sides & 0x3fff) + 1;
                    self.height = (sides >> 14 & 0x3fff) + 1;
                }
                return;
            }
            b"ICCP" => {
                self.profile = true;
                return;
            }
            b"ALPH" | b"ANIM" | b"ANMF" => return,
            b"EXIF" => Role::Exif(data.strip_prefix(b"Exif\0\0").unwrap_or(data)),
            b"XMP " => Role::Xmp(Cow::Borrowed(data)),
            b"C2PA" => Role::Other(Private::Credentials),
            _ => Role::Other(Private::Other),
        };
        self.parts.push(role);
    }
}
