//! Decodes JPEG.

use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{Broken, Raster, colour::Meaning};

impl From<zune_jpeg::errors::DecodeErrors> for Broken {
    fn from(error: zune_jpeg::errors::DecodeErrors) -> Self {
        Self::Unreadable(format!("{error:?}"))
    }
}

pub(super) fn decoded(source: &[u8], is_adobe_rgb: bool) -> Result<Raster, Broken> {
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(source), options);
    decoder.decode_headers()?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let asked = match stored {
        ColorSpace::Luma | ColorSpace::CMYK | ColorSpace::YCCK => stored,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(asked));
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let meaning = match decoder.icc_profile() {
        Some(icc) => Meaning::Profile(icc.into()),
        None if is_adobe_rgb => Meaning::AdobeRgb,
        None => Meaning::Srgb,
    };
    let mut pixels = decoder.decode()?;
    let pixels = match asked {
        ColorSpace::Luma => meaning.grey(&pixels, 1),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            inks(&mut pixels, asked == ColorSpace::YCCK, says_adobe(source));
            meaning.cmyk(&pixels)
        }
        _ => {
            meaning.rgb(&mut pixels, 3);
            pixels
        }
    };
    match pixels.len() == width * height * 3 {
        true => Ok(Raster {
            width,
            height,
            channels: 3,
            pixels,
        }),
        false => Err(Broken::Unreadable("pixels are missing".to_owned())),
    }
}

/// Programs of Adobe store inks inverted, and say so by a segment of theirs.
fn says_adobe(source: &[u8]) -> bool {
    source.windows(7).any(|w| w == b"\xff\xee\0\x0eAdo")
}

/// From what is stored to inks, of which 255 is all.
fn inks(pixels: &mut [u8], is_ycck: bool, is_inverted: bool) {
    for pixel in pixels.chunks_exact_mut(4) {
        if is_ycck {
            let [y, blue, red] = [0, 1, 2].map(|i| f32::from(pixel[i]));
            let (blue, red) = (blue - 128.0, red - 128.0);
            let rgb = [
                y + 1.402 * red,
                y - 0.344_136 * blue - 0.714_136 * red,
                y + 1.772 * blue,
            ];
            for (ink, colour) in pixel.iter_mut().zip(rgb) {
                *ink = 255 - (colour + 0.5) as u8;
            }
        }
        if is_inverted {
            pixel.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
    }
}
