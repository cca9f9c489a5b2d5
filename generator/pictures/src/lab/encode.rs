//! Stores pixels. Nothing but pixels: they are in sRGB, which needs no profile.

use std::borrow::Cow;

use jpeg_encoder::{ColorType, SamplingFactor};
use webp::{PixelLayout, WebPConfig};

use super::{Broken, Raster};
use crate::Encoding;

/// How good JPEGs are, from 1 to 100.
const JPEG_QUALITY: u8 = 80;
/// How good WebPs are, from 0 to 100.
const WEBP_QUALITY: f32 = 78.0;
/// How much libwebp tries, from 0 to 6.
const WEBP_METHOD: i32 = 4;

fn failed(why: impl std::fmt::Debug) -> Broken {
    Broken::Impossible(format!("{why:?}"))
}

/// A file without metadata.
pub(super) fn encoded(raster: &Raster, format: Encoding) -> Result<Vec<u8>, Broken> {
    match format {
        Encoding::Jpeg => jpeg(raster),
        Encoding::WebP => webp(raster),
        Encoding::Png => png(raster),
        Encoding::Avif => Err(failed("this program was built without AVIF")),
    }
}

fn jpeg(raster: &Raster) -> Result<Vec<u8>, Broken> {
    let side = |n: usize| u16::try_from(n).map_err(failed);
    let (width, height) = (side(raster.width)?, side(raster.height)?);
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    let pixels = on_white(raster);
    let done = encoder.encode(&pixels, width, height, ColorType::Rgb);
    done.map_err(failed)?;
    Ok(out)
}

/// What is transparent becomes white, as on paper.
fn on_white(raster: &Raster) -> Cow<'_, [u8]> {
    if raster.channels == 3 {
        return Cow::Borrowed(&raster.pixels);
    }
    let opaque = raster.pixels.chunks_exact(4).flat_map(|pixel| {
        let alpha = u32::from(pixel[3]);
        let over = |n: u8| ((u32::from(n) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        [over(pixel[0]), over(pixel[1]), over(pixel[2])]
    });
    Cow::Owned(opaque.collect())
}

fn webp(raster: &Raster) -> Result<Vec<u8>, Broken> {
    let layout = match raster.channels {
        4 => PixelLayout::Rgba,
        _ => PixelLayout::Rgb,
    };
    let (width, height) = (raster.width as u32, raster.height as u32);
    let mut config = WebPConfig::new().map_err(failed)?;
    config.quality = WEBP_QUALITY;
    config.method = WEBP_METHOD;
    let encoder = webp::Encoder::new(&raster.pixels, layout, width, height);
    let out = encoder.encode_advanced(&config).map_err(failed)?;
    Ok(out.to_vec())
}

fn png(raster: &Raster) -> Result<Vec<u8>, Broken> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, raster.width as u32, raster.height as u32);
    encoder.set_color(match raster.channels {
        4 => png::ColorType::Rgba,
        _ => png::ColorType::Rgb,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&raster.pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}
