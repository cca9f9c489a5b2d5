//! The palette of a small drawing. Resizing makes colours between those that were there; a drawing needs few of them.

use std::collections::{BTreeMap, HashMap};

use super::Raster;

/// Red, green, blue and alpha.
type Colour = [u8; 4];

/// What a palette has room for.
const MOST: usize = 256;
/// A colour that is farther than that from all of the palette is seen to be another one: about 10 in each channel.
const FAR: u32 = 300;
/// One in so many pixels may be far from its colour.
const FEW: usize = 200;

/// A palette, and the place of each pixel's colour in it.
pub(super) struct Palette {
    pub colours: Vec<Colour>,
    pub places: Vec<u8>,
}

impl Palette {
    /// The most frequent colours; `None` if they are not enough for the picture.
    pub(super) fn of(raster: &Raster) -> Option<Self> {
        let pixels = raster.pixels.chunks_exact(raster.channels);
        let pixels: Vec<Colour> = pixels
            .map(|pixel| match pixel {
                [red, green, blue] => [*red, *green, *blue, 255],
                pixel => *pixel.first_chunk().unwrap_or(&[0; 4]),
            })
            .collect();
        let mut counts: BTreeMap<Colour, usize> = BTreeMap::new();
        pixels
            .iter()
            .for_each(|pixel| *counts.entry(*pixel).or_default() += 1);
        let mut colours: Vec<(Colour, usize)> = counts.into_iter().collect();
        colours.sort_by_key(|(colour, count)| (usize::MAX - count, *colour));
        colours.truncate(MOST);
        let colours: Vec<Colour> = colours.into_iter().map(|(colour, _)| colour).collect();
        let mut known: HashMap<Colour, (u8, u32)> = HashMap::new();
        let mut far = 0;
        let mut places = Vec::with_capacity(pixels.len());
        for pixel in pixels {
            let (place, distance) = *known
                .entry(pixel)
                .or_insert_with(|| nearest(&colours, pixel));
            far += usize::from(distance > FAR);
            places.push(place);
        }
        (far * FEW <= places.len()).then_some(Self { colours, places })
    }

    pub(super) fn is_opaque(&self) -> bool {
        self.colours.iter().all(|colour| colour[3] == 255)
    }
}

/// The place of the nearest colour, and how far that is.
fn nearest(colours: &[Colour], pixel: Colour) -> (u8, u32) {
    let distance = |colour: &Colour| -> u32 {
        let channels = colour.iter().zip(pixel);
        channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let places = (0..=u8::MAX).zip(colours.iter().map(distance));
    places
        .min_by_key(|(_, distance)| *distance)
        .unwrap_or((0, u32::MAX))
}
