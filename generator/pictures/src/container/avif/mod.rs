//! AVIF: items in boxes, of which some are pixels and some metadata.

mod boxes;
mod still;

use std::borrow::Cow;

use imagesize::{Compression, ImageType};

use self::{
    boxes::{Boxed, boxes},
    still::{Item, Still},
};
use super::{Layout, Role, u32_be};
use crate::{
    NoPicture,
    facts::{Format, Private},
};

/// Boxes beside `meta` that a still picture has.
const STILL: [&[u8; 4]; 5] = [b"ftyp", b"meta", b"mdat", b"free", b"skip"];

pub(super) fn layout(bytes: &[u8]) -> Result<Layout<'_>, NoPicture> {
    let kind = imagesize::image_type(bytes).map_err(|_| NoPicture)?;
    if !matches!(kind, ImageType::Heif(Compression::Av1)) {
        return Err(NoPicture);
    }
    let size = imagesize::blob_size(bytes).map_err(|_| NoPicture)?;
    let side = |n: usize| u32::try_from(n).map_err(|_| NoPicture);
    let mut layout = Layout::new(Format::Avif);
    (layout.width, layout.height) = (side(size.width)?, side(size.height)?);
    layout.avif(bytes);
    Ok(layout)
}

/// A file of pixels alone becomes one that is described by a packet of XMP. One that cannot be written stays.
pub(crate) fn described(pixels: &[u8], xmp: &[u8]) -> Vec<u8> {
    let described = || {
        let Contents { start, still, .. } = contents(pixels)?;
        still.only_pixels().written(start, xmp)
    };
    match xmp.is_empty() {
        true => pixels.to_vec(),
        false => described().unwrap_or_else(|| pixels.to_vec()),
    }
}

struct Contents<'a> {
    start: &'a [u8],
    still: Still<'a>,
    boxes: Vec<Boxed<'a>>,
}

fn contents(bytes: &[u8]) -> Option<Contents<'_>> {
    let boxes = boxes(bytes)?;
    let start = boxes.first().filter(|first| first.kind == *b"ftyp")?.whole;
    let meta = boxes.iter().find(|part| part.kind == *b"meta")?;
    let still = Still::read(bytes, meta.body)?;
    Some(Contents {
        start,
        still,
        boxes,
    })
}

impl<'a> Layout<'a> {
    /// The pixels are one part: the file without what is none of it.
    fn avif(&mut self, bytes: &'a [u8]) {
        // Of what is not understood, nothing is known to be pixels. It stays as it is, and counts as cut off.
        let Some(Contents {
            start,
            still,
            boxes,
        }) = contents(bytes)
        else {
            return self.part(bytes, Role::Pixels);
        };
        self.whole = still.items.iter().all(|item| item.pieces.is_some());
        let metadata = still.items.iter().filter(|item| !item.is_pixels());
        let mut others: Vec<Role<'a>> = metadata.map(role).collect();
        let more = boxes.iter().filter(|part| !STILL.contains(&&part.kind));
        let is_moving = boxes.iter().any(|part| part.kind == *b"moov");
        others.extend(
            more.filter(|part| part.kind != *b"moov")
                .map(|part| Role::Other(kind(part))),
        );
        let cleaned = match (others.is_empty(), is_moving) {
            (true, _) => Cow::Borrowed(bytes),
            // Films have their own places of bytes in the file, which therefore stay.
            (false, true) => Cow::Owned(blackened(bytes, &still)),
            (false, false) => {
                let written = still.only_pixels().written(start, &[]);
                written.map_or(Cow::Borrowed(bytes), Cow::Owned)
            }
        };
        self.part(cleaned, Role::Pixels);
        others.into_iter().for_each(|role| self.part(&[][..], role));
    }
}

fn kind(part: &Boxed<'_>) -> Private {
    match &part.kind {
        b"jumb" | b"uuid" => Private::Credentials,
        _ => Private::Other,
    }
}

/// What an item of metadata is.
fn role<'a>(item: &Item<'a>) -> Role<'a> {
    let data: Cow<'a, [u8]> = match item.pieces.as_deref() {
        Some([one]) => Cow::Borrowed(*one),
        Some(pieces) => Cow::Owned(pieces.concat()),
        None => return Role::Other(Private::Other),
    };
    match (&item.kind, data) {
        (b"mime", packet) if packet.windows(9).any(|w| w == b"x:xmpmeta") => Role::Xmp(packet),
        (b"Exif", Cow::Borrowed(data)) => {
            let start = u32_be(data, 0)
                .map_or(usize::MAX, |n| n as usize)
                .saturating_add(4);
            data.get(start..)
                .map_or(Role::Other(Private::Camera), Role::Exif)
        }
        (b"Exif", _) => Role::Other(Private::Camera),
        _ => Role::Other(Private::Other),
    }
}

/// The same file with zeros for metadata.
fn blackened(bytes: &[u8], still: &Still<'_>) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let metadata = still.items.iter().filter(|item| !item.is_pixels());
    for piece in metadata.filter_map(|item| item.pieces.as_ref()).flatten() {
        let from = piece.as_ptr() as usize - bytes.as_ptr() as usize;
        out[from..from + piece.len()].fill(0);
    }
    out
}
