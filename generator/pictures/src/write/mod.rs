//! Writes the file to publish.

mod exif;
mod formats;
mod iim;
mod xmp;

use crate::{Format, Rights, container::avif, layers::exif::Shown};

/// What is written beside the pixels. Empty where there is nothing to say.
struct Metadata {
    /// Beginning with the TIFF header.
    exif: Vec<u8>,
    xmp: Vec<u8>,
    iim: Vec<u8>,
}

/// A file of these parts, with the metadata where its format has them.
pub(crate) fn file(format: Format, parts: &[&[u8]], shown: Shown, rights: &Rights) -> Vec<u8> {
    let metadata = Metadata {
        exif: exif::tiff(shown),
        xmp: xmp::packet(rights),
        iim: iim::datasets(rights),
    };
    match format {
        Format::Jpeg => formats::jpeg(parts, &metadata),
        Format::Png => formats::png(parts, &metadata),
        Format::WebP => formats::webp(parts, &metadata),
        Format::Gif => formats::gif(parts, &metadata),
        Format::Avif => avif::described(&parts.concat(), &metadata.xmp),
    }
}

/// The beginning of a text, of no more bytes than that.
fn shortened(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
