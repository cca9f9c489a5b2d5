//! Decodes WebP.

use webp::{BitstreamFeatures, Decoder};

use super::{Broken, Raster, colour::Meaning};
use crate::Picture;

pub(super) fn decoded(source: &[u8], picture: &Picture<'_>) -> Result<Raster, Broken> {
    let unreadable = |why: &str| Broken::Unreadable(why.to_owned());
    let features = BitstreamFeatures::new(source).ok_or_else(|| unreadable("its header"))?;
    // The header that counts for the limit of pixels is the one that is decoded by.
    let size = (features.width(), features.height());
    if size != (picture.facts.width, picture.facts.height) || features.has_animation() {
        return Err(unreadable("its header"));
    }
    let image = Decoder::new(source).decode();
    let image = image.ok_or_else(|| unreadable("its pixels"))?;
    let channels = if image.is_alpha() { 4 } else { 3 };
    let mut pixels = image.to_vec();
    let meaning = match picture.riff_chunk(b"ICCP") {
        Some(icc) => Meaning::Profile(icc.into()),
        None if picture.is_adobe_rgb() => Meaning::AdobeRgb,
        None => Meaning::Srgb,
    };
    meaning.rgb(&mut pixels, channels);
    Ok(Raster {
        width: image.width() as usize,
        height: image.height() as usize,
        channels,
        pixels,
    })
}

/// Whether it says that places let the page through.
pub(super) fn has_alpha(picture: &Picture<'_>) -> bool {
    let bit = |name: &[u8], at: usize, bit: u8| {
        let byte = picture.riff_chunk(name).and_then(|data| data.get(at));
        byte.is_some_and(|byte| byte & bit != 0)
    };
    bit(b"VP8X", 0, 0x10) || bit(b"VP8L", 4, 0x10)
}
