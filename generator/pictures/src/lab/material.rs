//! What a picture is made of, which decides how its derivatives are stored.

use std::collections::HashSet;

use super::{Broken, guarded, png, source, webp};
use crate::{Format, Material};

/// The most colours of a drawing: a palette has no more.
const FEW: usize = 256;

/// What a picture is made of; `None` for one of which nothing is made: animated, GIF or AVIF. Only the pixels of a
/// PNG are read, a row at a time, until they are known to be of many colours.
///
/// # Errors
/// That the file is no picture, is not whole, or has too many pixels.
pub fn material(source: &[u8]) -> Result<Option<Material>, Broken> {
    let picture = source::checked(source)?;
    match picture.facts.format {
        _ if picture.is_animated() => Ok(None),
        Format::Gif | Format::Avif => Ok(None),
        Format::Jpeg => Ok(Some(Material::Photo)),
        Format::WebP if webp::has_alpha(&picture) => Ok(Some(Material::Transparent)),
        Format::WebP => Ok(Some(Material::Photo)),
        Format::Png => guarded(|| of_png(source)).map(Some),
    }
}

fn of_png(source: &[u8]) -> Result<Material, Broken> {
    let mut reader = png::reader(source)?;
    let (colours, depth) = reader.output_color_type();
    let bytes = colours.samples() * (depth as usize).div_ceil(8);
    let alpha = matches!(
        colours,
        ::png::ColorType::GrayscaleAlpha | ::png::ColorType::Rgba
    );
    let alpha = alpha.then_some(bytes - (depth as usize).div_ceil(8));
    let mut seen: HashSet<[u8; 8]> = HashSet::new();
    let mut is_transparent = false;
    let mut last = None;
    while let Some(row) = reader.next_row()? {
        for pixel in row.data().chunks_exact(bytes) {
            let mut colour = [0; 8];
            colour[..bytes].copy_from_slice(pixel);
            if last.replace(colour) == Some(colour) {
                continue;
            }
            is_transparent |= alpha.is_some_and(|at| pixel[at..].iter().any(|n| *n != 0xff));
            if seen.len() <= FEW {
                seen.insert(colour);
            }
        }
        if seen.len() > FEW && (is_transparent || alpha.is_none()) {
            break;
        }
    }
    Ok(match () {
        () if seen.len() <= FEW => Material::Drawing,
        () if is_transparent => Material::Transparent,
        () => Material::Photo,
    })
}
