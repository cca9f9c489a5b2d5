//! JPEG (ITU-T T.81): segments, each begun by a marker.

use std::borrow::Cow;

use super::{Layout, Role, u16_be, u32_be};
use crate::facts::{Colours, Format, Private};

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// Which packet a piece belongs to, and how long that is in all.
const MORE_XMP_HEAD: usize = 32 + 4;

pub(super) fn layout(bytes: &[u8]) -> Layout<'_> {
    let mut layout = Layout::new(Format::Jpeg);
    layout.part(&bytes[..2], Role::Pixels);
    let mut at = 2;
    while let Some((marker, start)) = marker(bytes, at) {
        match marker {
            // The end; what follows is no part of the picture.
            0xd9 => {
                layout.whole = true;
                layout.part(&bytes[start - 2..start], Role::Pixels);
                if bytes[start..].iter().any(|b| *b != 0) {
                    layout.part(&bytes[start..], Role::Other(Private::Appended));
                }
                break;
            }
            0x01 | 0xd0..=0xd8 => at = start,
            _ => {
                let Some(length) = u16_be(bytes, start).filter(|n| *n >= 2) else {
                    break;
                };
                let mut end = start + usize::from(length);
                let Some(payload) = bytes.get(start + 2..end) else {
                    break;
                };
                if marker == 0xda {
                    end = scan_end(bytes, end);
                }
                layout.segment(marker, &bytes[start - 2..end], payload);
                at = end;
            }
        }
    }
    layout
}

/// The next marker from `at`, and where its segment begins. What stands between segments is skipped, as browsers do.
fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at + bytes.get(at..)?.iter().position(|b| *b == 0xff)?;
    loop {
        match bytes.get(at + 1)? {
            0xff => at += 1,
            0x00 => at += 2 + bytes.get(at + 2..)?.iter().position(|b| *b == 0xff)?,
            marker => return Some((*marker, at + 2)),
        }
    }
}

/// Where the coded pixels from `at` end: at a marker that does not belong to them.
fn scan_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes
        .get(at..)
        .and_then(|b| b.iter().position(|b| *b == 0xff))
    {
        at += found;
        match bytes.get(at + 1) {
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

impl<'a> Layout<'a> {
    fn segment(&mut self, marker: u8, whole: &'a [u8], payload: &'a [u8]) {
        let role = match marker {
            0xe0 if payload.starts_with(b"JFIF\0") => return self.jfif(whole, payload),
            0xe0..=0xef => self.application(marker - 0xe0, payload),
            0xfe => Role::Other(Private::Comment),
            _ => Role::Pixels,
        };
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            self.frame(payload);
        }
        self.part(whole, role);
    }

    /// The oldest header, which may hold a thumbnail.
    fn jfif(&mut self, whole: &'a [u8], payload: &'a [u8]) {
        match payload.split_first_chunk::<14>() {
            Some((head, thumbnail)) if !thumbnail.is_empty() => {
                let mut head = *head;
                (head[12], head[13]) = (0, 0);
                self.part([&[0xff, 0xe0, 0, 16], &head[..]].concat(), Role::Pixels);
                self.part(thumbnail, Role::Other(Private::Thumbnail));
            }
            _ => self.part(whole, Role::Pixels),
        }
    }

    fn frame(&mut self, payload: &[u8]) {
        if let Some(&[bits, h1, h2, w1, w2, components]) = payload.first_chunk() {
            self.bits = Some(bits);
            self.height = u16::from_be_bytes([h1, h2]).into();
            self.width = u16::from_be_bytes([w1, w2]).into();
            self.colours = match components {
                1 => Some(Colours::Grey),
                3 => Some(Colours::Rgb),
                4 => Some(Colours::Cmyk),
                _ => None,
            };
        }
    }

    /// What an application's segment holds.
    fn application(&mut self, number: u8, payload: &'a [u8]) -> Role<'a> {
        let after = |name: &[u8]| payload.strip_prefix(name);
        match number {
            0 => Role::Other(Private::Thumbnail),
            1 => {
                if let Some(tiff) = after(b"Exif\0\0") {
                    Role::Exif(tiff)
                } else if let Some(packet) = after(XMP) {
                    Role::Xmp(Cow::Borrowed(packet))
                } else if let Some(more) = after(MORE_XMP)
                    && let Some(at) = u32_be(more, MORE_XMP_HEAD)
                {
                    Role::MoreXmp(at, &more[MORE_XMP_HEAD + 4..])
                } else {
                    Role::Other(Private::Other)
                }
            }
            2 if payload.starts_with(b"ICC_PROFILE\0") => {
                self.profile = true;
                Role::Pixels
            }
            2 if payload.starts_with(b"MPF\0") => Role::Other(Private::Appended),
            11 => Role::Other(Private::Credentials),
            13 => match after(b"Photoshop 3.0\0") {
                Some(resources) => Role::Resources(Cow::Borrowed(resources)),
                None => Role::Other(Private::Other),
            },
            // How the numbers become colours.
            14 if payload.starts_with(b"Adobe") => Role::Pixels,
            _ => Role::Other(Private::Other),
        }
    }
}
