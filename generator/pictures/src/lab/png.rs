//! Decodes PNG, a row at a time.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};

use super::{Broken, Raster, colour::Meaning};

impl From<DecodingError> for Broken {
    fn from(error: DecodingError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Reads rows of 8 bits a channel, of 16 where the file has them; palettes become colours.
pub(super) fn reader(source: &[u8]) -> Result<Reader<Cursor<&[u8]>>, Broken> {
    let mut decoder = Decoder::new(Cursor::new(source));
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    Ok(decoder.read_info()?)
}

pub(super) fn decoded(source: &[u8], is_adobe_rgb: bool) -> Result<Raster, Broken> {
    let mut reader = reader(source)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let is_interlaced = info.interlaced;
    let meaning = meaning(info, is_adobe_rgb);
    let (colours, depth) = reader.output_color_type();
    let stored = colours.samples();
    let channels = if stored <= 2 { stored + 2 } else { stored };
    let mut pixels = Vec::with_capacity(width * height * channels);
    let mut take = |row: &[u8]| {
        let row = match depth {
            BitDepth::Sixteen => row.chunks_exact(2).map(|n| nearest(n[0], n[1])).collect(),
            _ => row.to_vec(),
        };
        match colours {
            ColorType::Grayscale | ColorType::GrayscaleAlpha => {
                pixels.extend(meaning.grey(&row, stored));
            }
            _ => pixels.extend(row),
        }
    };
    if is_interlaced {
        let line = reader.output_line_size(width as u32).unwrap_or(1);
        let mut whole = vec![0; reader.output_buffer_size().unwrap_or_default()];
        reader.next_frame(&mut whole)?;
        whole.chunks_exact(line).for_each(take);
    } else {
        while let Some(row) = reader.next_row()? {
            take(row.data());
        }
    }
    if pixels.len() != width * height * channels {
        return Err(Broken::Unreadable("pixels are missing".to_owned()));
    }
    if stored >= 3 {
        meaning.rgb(&mut pixels, channels);
    }
    Ok(Raster {
        width,
        height,
        channels,
        pixels,
    })
}

/// Of 16 bits, the nearest in 8.
fn nearest(high: u8, low: u8) -> u8 {
    let value = u32::from(high) << 8 | u32::from(low);
    ((value * 255 + 32_767) / 65_535) as u8
}

/// What stands first counts first (PNG, third edition, 4.3).
fn meaning<'a>(info: &png::Info<'a>, is_adobe_rgb: bool) -> Meaning<'a> {
    if let Some(numbers) = info.coding_independent_code_points {
        return Meaning::Numbers {
            primaries: numbers.color_primaries,
            curve: numbers.transfer_function,
        };
    }
    match &info.icc_profile {
        Some(icc) => Meaning::Profile(icc.clone()),
        None if is_adobe_rgb && info.srgb.is_none() => Meaning::AdobeRgb,
        None => Meaning::Srgb,
    }
}
