//! PNG (ISO/IEC 15948): chunks, each with a length, a name and a checksum.

use std::{borrow::Cow, io::Read};

use super::{Layout, Role, u32_be};
use crate::facts::{Colours, Format, Private};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What no text in a picture exceeds, in bytes.
const MOST_TEXT: u64 = 4 << 20;

pub(super) fn layout(bytes: &[u8]) -> Layout<'_> {
    let mut layout = Layout::new(Format::Png);
    layout.part(SIGNATURE, Role::Pixels);
    let mut at = SIGNATURE.len();
    while let (Some(length), Some(name)) = (u32_be(bytes, at), bytes.get(at + 4..at + 8)) {
        let start = at + 8;
        let end = start.saturating_add(length as usize);
        // A picture that was cut off is shown as far as it goes.
        let data = bytes.get(start..end).unwrap_or(&bytes[start..]);
        let next = end.saturating_add(4).min(bytes.len());
        layout.chunk(name, &bytes[at..next], data);
        at = next;
        if name == b"IEND" {
            layout.whole = true;
            break;
        }
    }
    if at < bytes.len() {
        layout.part(&bytes[at..], Role::Other(Private::Appended));
    }
    layout
}

impl<'a> Layout<'a> {
    fn chunk(&mut self, name: &[u8], whole: &'a [u8], data: &'a [u8]) {
        let role = match name {
            b"IHDR" => {
                self.head(data);
                Role::Pixels
            }
            b"iCCP" => {
                self.profile = true;
                Role::Pixels
            }
            b"PLTE" | b"IDAT" | b"IEND" | b"tRNS" | b"cHRM" | b"gAMA" | b"sBIT" | b"sRGB"
            | b"cICP" | b"mDCV" | b"cLLI" | b"bKGD" | b"hIST" | b"pHYs" | b"sPLT" | b"acTL"
            | b"fcTL" | b"fdAT" => Role::Pixels,
            b"eXIf" => Role::Exif(data),
            b"tEXt" | b"zTXt" | b"iTXt" => {
                text(name, data).unwrap_or(Role::Other(Private::Comment))
            }
            b"caBX" => Role::Other(Private::Credentials),
            _ => Role::Other(Private::Other),
        };
        self.part(whole, role);
    }

    fn head(&mut self, data: &[u8]) {
        self.width = u32_be(data, 0).unwrap_or_default();
        self.height = u32_be(data, 4).unwrap_or_default();
        self.bits = data.get(8).copied();
        self.colours = match data.get(9) {
            Some(0 | 4) => Some(Colours::Grey),
            Some(2 | 6) => Some(Colours::Rgb),
            Some(3) => Some(Colours::Palette),
            _ => None,
        };
    }
}

/// What a text is.
fn text<'a>(name: &[u8], data: &'a [u8]) -> Option<Role<'a>> {
    let (keyword, rest) = cut(data)?;
    let value: Cow<'a, [u8]> = match name {
        b"tEXt" => rest.into(),
        b"zTXt" => inflated(rest.get(1..)?)?.into(),
        _ => {
            let compressed = *rest.first()? != 0;
            let (_language, rest) = cut(rest.get(2..)?)?;
            let (_translated, text) = cut(rest)?;
            match compressed {
                true => inflated(text)?.into(),
                false => text.into(),
            }
        }
    };
    Some(match keyword {
        b"XML:com.adobe.xmp" => Role::Xmp(value),
        // As ImageMagick and ExifTool store them, for want of a standard.
        b"Raw profile type xmp" => Role::Xmp(raw_profile(&value)?.into()),
        b"Raw profile type 8bim" => Role::Resources(raw_profile(&value)?.into()),
        b"Raw profile type iptc" => {
            let profile = raw_profile(&value)?;
            match profile.starts_with(b"8BIM") {
                true => Role::Resources(profile.into()),
                false => Role::Iim(profile),
            }
        }
        _ => Role::Text(keyword, value),
    })
}

/// What stands before a zero, and after it.
fn cut(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|b| *b == 0)?;
    Some((&data[..at], &data[at + 1..]))
}

/// `None` for what is broken or larger than any text.
fn inflated(data: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let reader = flate2::read::ZlibDecoder::new(data);
    reader.take(MOST_TEXT).read_to_end(&mut text).ok()?;
    ((text.len() as u64) < MOST_TEXT).then_some(text)
}

/// A name, a length, and the bytes as hexadecimal digits, on lines.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text
        .split(|b| *b == b'\n')
        .skip_while(|line| line.is_empty());
    let (_name, _length) = (lines.next()?, lines.next()?);
    let digits = lines.flatten().filter(|b| !b.is_ascii_whitespace());
    let digits: Option<Vec<u8>> = digits
        .map(|b| {
            char::from(*b)
                .to_digit(16)
                .and_then(|n| u8::try_from(n).ok())
        })
        .collect();
    let bytes = digits?;
    Some(
        bytes
            .chunks_exact(2)
            .map(|two| two[0] << 4 | two[1])
            .collect(),
    )
}
