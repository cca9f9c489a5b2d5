//! Stores pixels. Nothing but pixels: they are in sRGB, which needs no profile.

use std::borrow::Cow;

use jpeg_encoder::{ColorType, QuantizationTableType, SamplingFactor};
use webp::{PixelLayout, WebPConfig};

use super::{Broken, Raster, palette::Palette};
use crate::Encoding;

/// How good JPEGs are, from 1 to 100, by the tables below. As good as WebPs (SSIMULACRA2).
const JPEG_QUALITY: u8 = 74;
/// Of the tables that the library has, these make files 7 % smaller than those of the standard do, equally good.
const JPEG_TABLES: QuantizationTableType = QuantizationTableType::KleinSilversteinCarney;
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
        Encoding::Avif => avif(raster),
    }
}

fn jpeg(raster: &Raster) -> Result<Vec<u8>, Broken> {
    let side = |n: usize| u16::try_from(n).map_err(failed);
    let (width, height) = (side(raster.width)?, side(raster.height)?);
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_quantization_tables(JPEG_TABLES, JPEG_TABLES);
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
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let palette = Palette::of(raster);
    let pixels = match &palette {
        Some(palette) => {
            encoder.set_color(png::ColorType::Indexed);
            let colours = palette.colours.iter();
            encoder.set_palette(
                colours
                    .flat_map(|c| [c[0], c[1], c[2]])
                    .collect::<Vec<u8>>(),
            );
            if !palette.is_opaque() {
                let alphas: Vec<u8> = palette.colours.iter().map(|colour| colour[3]).collect();
                encoder.set_trns(alphas);
            }
            // Places in a palette are no amounts, of which filters make differences.
            encoder.set_filter(png::Filter::NoFilter);
            &palette.places
        }
        None => {
            encoder.set_color(match raster.channels {
                4 => png::ColorType::Rgba,
                _ => png::ColorType::Rgb,
            });
            &raster.pixels
        }
    };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

/// Faster than what the library does unless told otherwise, and a few percent larger.
#[cfg(feature = "avif")]
const AVIF_SPEED: u8 = 7;
#[cfg(feature = "avif")]
const AVIF_QUALITY: f32 = 65.0;

#[cfg(feature = "avif")]
fn avif(raster: &Raster) -> Result<Vec<u8>, Broken> {
    use ravif::{Img, RGB8, RGBA8};
    let encoder = ravif::Encoder::new()
        .with_quality(AVIF_QUALITY)
        .with_speed(AVIF_SPEED)
        .with_num_threads(Some(1));
    let pixels = raster.pixels.chunks_exact(raster.channels);
    let (width, height) = (raster.width, raster.height);
    let encoded = match raster.channels {
        4 => {
            let pixels: Vec<RGBA8> = pixels.map(|p| RGBA8::new(p[0], p[1], p[2], p[3])).collect();
            encoder.encode_rgba(Img::new(&pixels, width, height))
        }
        _ => {
            let pixels: Vec<RGB8> = pixels.map(|p| RGB8::new(p[0], p[1], p[2])).collect();
            encoder.encode_rgb(Img::new(&pixels, width, height))
        }
    };
    Ok(encoded.map_err(failed)?.avif_file)
}

#[cfg(not(feature = "avif"))]
fn avif(_raster: &Raster) -> Result<Vec<u8>, Broken> {
    Err(failed("this program was built without AVIF"))
}
