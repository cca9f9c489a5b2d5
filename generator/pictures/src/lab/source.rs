//! From a file to pixels in sRGB.

use super::{Broken, MOST_PIXELS, Raster, jpeg, png, webp};
use crate::{Format, Picture};

/// A picture whose file is whole and whose size is within the limit. Nothing is decoded.
pub(super) fn checked(source: &[u8]) -> Result<Picture<'_>, Broken> {
    let picture = Picture::read(source).map_err(|_| Broken::NoPicture)?;
    let (width, height) = (picture.facts.width, picture.facts.height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Broken::TooLarge { width, height });
    }
    match picture.is_whole() {
        true => Ok(picture),
        false => Err(Broken::CutOff),
    }
}

/// Its pixels, as stored.
pub(super) fn decoded(source: &[u8], picture: &Picture<'_>) -> Result<Raster, Broken> {
    match picture.facts.format {
        Format::Jpeg => jpeg::decoded(source, picture.is_adobe_rgb()),
        Format::Png => png::decoded(source, picture.is_adobe_rgb()),
        Format::WebP => webp::decoded(source, picture),
        Format::Gif | Format::Avif => Err(Broken::Impossible(format!(
            "nothing is made of {}",
            picture.facts.format.name()
        ))),
    }
}
