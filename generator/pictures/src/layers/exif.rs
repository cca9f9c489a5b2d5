//! EXIF: how a picture is to be shown, and what cameras write.

use std::collections::BTreeSet;

use exif::{Context, Exif, Field as Entry, In, Reader, Tag, Value};

use super::guessed;
use crate::{
    facts::Private,
    rights::{Field, Rights},
};

/// What of EXIF changes how a picture looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    /// How it is to be turned (EXIF 4.6.4).
    pub orientation: u8,
    /// Its colours are Adobe RGB, which cameras say here instead of by a profile.
    pub adobe_rgb: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            orientation: 1,
            adobe_rgb: false,
        }
    }
}

/// How it is shown, and rights. `tiff` begins with its header.
pub(crate) fn read(tiff: &[u8], private: &mut BTreeSet<Private>) -> (Shown, Rights) {
    let (mut shown, mut rights) = (Shown::default(), Rights::default());
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    // What can be read of a broken one counts.
    let read = reader.read_raw(tiff.to_vec());
    let Ok(exif) = read.or_else(|e| e.distill_partial_result(|_| {})) else {
        private.insert(Private::Other);
        return (shown, rights);
    };
    private.extend(exif.fields().filter_map(secret));
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY);
    let orientation = orientation.and_then(|f| f.value.get_uint(0));
    let orientation = orientation.and_then(|n| u8::try_from(n).ok());
    if let Some(known) = orientation.filter(|n| (1..=8).contains(n)) {
        shown.orientation = known;
    }
    shown.adobe_rgb = text(&exif, Tag::InteroperabilityIndex, "") == "R03";
    for (field, tag) in [
        (Field::Creator, Tag::Artist),
        (Field::Copyright, Tag::Copyright),
        (Field::Description, Tag::ImageDescription),
    ] {
        rights.set(field, &text(&exif, tag, "; "));
    }
    rights.set(Field::Date, &date(&exif));
    (shown, rights)
}

fn secret(entry: &Entry) -> Option<Private> {
    Some(match entry.tag {
        Tag::MakerNote => Private::MakerNote,
        Tag::BodySerialNumber
        | Tag::LensSerialNumber
        | Tag::CameraOwnerName
        | Tag::ImageUniqueID => Private::Serial,
        Tag::UserComment => Private::Comment,
        _ if entry.ifd_num == In::THUMBNAIL => Private::Thumbnail,
        tag if tag.context() == Context::Gps => Private::Position,
        Tag::Orientation
        | Tag::Artist
        | Tag::Copyright
        | Tag::ImageDescription
        | Tag::DateTimeOriginal
        | Tag::OffsetTimeOriginal
        | Tag::ColorSpace
        | Tag::XResolution
        | Tag::YResolution
        | Tag::ResolutionUnit
        | Tag::YCbCrPositioning
        | Tag::ExifVersion
        | Tag::FlashpixVersion
        | Tag::ComponentsConfiguration
        | Tag::PixelXDimension
        | Tag::PixelYDimension
        | Tag::InteroperabilityIndex => return None,
        _ => Private::Camera,
    })
}

/// The parts of a text; the copyright of the photographer and that of the editor are two.
fn text(exif: &Exif, tag: Tag, between: &str) -> String {
    let field = exif.get_field(tag, In::PRIMARY);
    let Some(Value::Ascii(parts)) = field.map(|f| &f.value) else {
        return String::new();
    };
    let parts = parts.iter().map(|part| guessed(part).trim().to_owned());
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

/// `2026:11:29 10:11:12` → `2026-11-29T10:11:12`.
fn date(exif: &Exif) -> String {
    let text_of = |tag| text(exif, tag, "");
    let date = text_of(Tag::DateTimeOriginal);
    match date.split_once(' ') {
        Some((day, time)) if day.starts_with(|c: char| c.is_ascii_digit()) => {
            format!(
                "{}T{time}{}",
                day.replace(':', "-"),
                text_of(Tag::OffsetTimeOriginal)
            )
        }
        _ => String::new(),
    }
}
