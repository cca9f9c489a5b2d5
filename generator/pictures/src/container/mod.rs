//! Cuts a file into parts: those that make the pixels or say what their numbers mean, and all others.

pub(crate) mod avif;
mod gif;
mod jpeg;
mod png;
mod webp;

use std::borrow::Cow;

use crate::{
    NoPicture,
    facts::{Colours, Format, Private},
};

/// What a part holds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Role<'a> {
    /// It makes the pixels, or says what their numbers mean.
    Pixels,
    /// EXIF, beginning with the TIFF header.
    Exif(&'a [u8]),
    /// A packet of XMP.
    Xmp(Cow<'a, [u8]>),
    /// A piece of a packet that was too long, and where in that it stands.
    MoreXmp(u32, &'a [u8]),
    /// Resources as Photoshop stores them, which hold IPTC IIM.
    Resources(Cow<'a, [u8]>),
    /// IPTC IIM by itself.
    Iim(Vec<u8>),
    /// A text with its keyword.
    Text(&'a [u8], Cow<'a, [u8]>),
    /// Anything else.
    Other(Private),
}

/// A part of a file, as it stands there.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub role: Role<'a>,
}

/// A picture in parts.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub bits: Option<u8>,
    pub colours: Option<Colours>,
    /// Whether a colour profile is embedded.
    pub profile: bool,
    /// Whether the file has an end; one without was cut off.
    pub whole: bool,
    pub parts: Vec<Part<'a>>,
}

impl<'a> Layout<'a> {
    fn new(format: Format) -> Self {
        Self {
            format,
            width: 0,
            height: 0,
            bits: None,
            colours: None,
            profile: false,
            whole: false,
            parts: Vec::new(),
        }
    }

    fn part(&mut self, bytes: impl Into<Cow<'a, [u8]>>, role: Role<'a>) {
        let bytes = bytes.into();
        self.parts.push(Part { bytes, role });
    }

    fn roles(&self) -> impl Iterator<Item = &Role<'a>> {
        self.parts.iter().map(|part| &part.role)
    }

    /// A picture has pixels.
    fn sized(self) -> Result<Self, NoPicture> {
        match self.width > 0 && self.height > 0 {
            true => Ok(self),
            false => Err(NoPicture),
        }
    }

    pub fn private(&self) -> impl Iterator<Item = Private> {
        self.roles().filter_map(|role| match role {
            Role::Other(private) => Some(*private),
            _ => None,
        })
    }

    pub fn exif(&self) -> Option<&'a [u8]> {
        self.roles().find_map(|role| match role {
            Role::Exif(tiff) => Some(*tiff),
            _ => None,
        })
    }

    /// Packets of XMP; what a packet was too small for comes last.
    pub fn xmp(&self) -> Vec<Cow<'_, [u8]>> {
        let whole = self.roles().filter_map(|role| match role {
            Role::Xmp(packet) => Some(Cow::Borrowed(&**packet)),
            _ => None,
        });
        let mut packets: Vec<Cow<'_, [u8]>> = whole.collect();
        let more = self.roles().filter_map(|role| match role {
            Role::MoreXmp(at, piece) => Some((*at, *piece)),
            _ => None,
        });
        let mut more: Vec<(u32, &[u8])> = more.collect();
        more.sort_by_key(|(at, _)| *at);
        if !more.is_empty() {
            let joined: Vec<u8> = more.iter().flat_map(|(_, piece)| *piece).copied().collect();
            packets.push(joined.into());
        }
        packets
    }

    /// All datasets of IPTC IIM, joined.
    pub fn iim(&self) -> Vec<u8> {
        let mut resources = Vec::new();
        let mut iim = Vec::new();
        for role in self.roles() {
            match role {
                Role::Resources(part) => resources.extend_from_slice(part),
                Role::Iim(part) => iim.extend_from_slice(part),
                _ => {}
            }
        }
        let mut joined = crate::layers::iim::in_resources(&resources).to_vec();
        joined.append(&mut iim);
        joined
    }
}

/// Cuts a file into parts.
pub(crate) fn layout(bytes: &[u8]) -> Result<Layout<'_>, NoPicture> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return jpeg::layout(bytes).sized();
    }
    if bytes.starts_with(png::SIGNATURE) {
        return png::layout(bytes).sized();
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return webp::layout(bytes).sized();
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return gif::layout(bytes).sized();
    }
    avif::layout(bytes)?.sized()
}

/// A number in two bytes, the larger first.
fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A number in four bytes, the larger first.
fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
