//! From the colours of a profile to sRGB.

use std::borrow::Cow;

use super::light;
use qcms::{CIE_xyY, CIE_xyYTRIPLE, DataType, Intent, Profile, Transform};

/// Pixels that are converted at once: few enough to stay near the processor.
const PIECE: usize = 4096;

/// What the numbers of a picture's pixels stand for, as far as the file says.
pub(super) enum Meaning<'a> {
    /// An ICC profile.
    Profile(Cow<'a, [u8]>),
    /// Adobe RGB (1998), which cameras name without a profile.
    AdobeRgb,
    /// Primaries and a curve by number (ITU-T H.273).
    Numbers { primaries: u8, curve: u8 },
    /// sRGB, or nothing is said.
    Srgb,
}

impl Meaning<'_> {
    /// The profile, unless pixels are in sRGB already. One that cannot be read counts as none, as in browsers.
    fn profile(&self) -> Option<Box<Profile>> {
        let profile = match self {
            Self::Profile(icc) => Profile::new_from_slice(icc, false)?,
            Self::AdobeRgb => profile(ADOBE_RGB, |v| v.powf(563.0 / 256.0))?,
            Self::Numbers { primaries, curve } => numbered(*primaries, *curve)?,
            Self::Srgb => return None,
        };
        (!profile.is_sRGB()).then_some(profile)
    }

    fn to_srgb(&self, from: DataType, to: DataType) -> Option<Transform> {
        let profile = self.profile()?;
        let mut srgb = Profile::new_sRGB();
        srgb.precache_output_transform();
        Transform::new_to(&profile, &srgb, from, to, Intent::Perceptual)
    }

    /// Converts pixels in place: of 3 channels, or of 4 with alpha.
    pub(super) fn rgb(&self, pixels: &mut [u8], channels: usize) {
        let kind = match channels {
            4 => DataType::RGBA8,
            _ => DataType::RGB8,
        };
        if let Some(transform) = self.to_srgb(kind, kind) {
            let pieces = pixels.chunks_mut(PIECE * channels);
            pieces.for_each(|piece| transform.apply(piece));
        }
    }

    /// Converts greys: pixels of 1 channel become 3, of 2 with alpha 4.
    pub(super) fn grey(&self, pixels: &[u8], channels: usize) -> Vec<u8> {
        let (from, to) = match channels {
            2 => (DataType::GrayA8, DataType::RGBA8),
            _ => (DataType::Gray8, DataType::RGB8),
        };
        let transform = self.to_srgb(from, to);
        let mut out = vec![0; pixels.len() / channels * (channels + 2)];
        let pieces = pixels.chunks(PIECE * channels);
        for (piece, out) in pieces.zip(out.chunks_mut(PIECE * (channels + 2))) {
            if let Some(transform) = &transform {
                transform.convert(piece, out);
                continue;
            }
            let pixels = piece.chunks_exact(channels);
            for (pixel, out) in pixels.zip(out.chunks_exact_mut(channels + 2)) {
                out[..3].fill(pixel[0]);
                out[3..].copy_from_slice(&pixel[1..]);
            }
        }
        out
    }

    /// Converts inks (255 is all of one) to 3 channels.
    pub(super) fn cmyk(&self, pixels: &[u8]) -> Vec<u8> {
        let transform = self.to_srgb(DataType::CMYK, DataType::RGB8);
        let mut out = vec![0; pixels.len() / 4 * 3];
        for (piece, out) in pixels.chunks(PIECE * 4).zip(out.chunks_mut(PIECE * 3)) {
            if let Some(transform) = &transform {
                transform.convert(piece, out);
                continue;
            }
            for (inks, out) in piece.chunks_exact(4).zip(out.chunks_exact_mut(3)) {
                let paper = |ink: u8| u32::from(255 - ink);
                for (out, ink) in out.iter_mut().zip(inks) {
                    *out = (paper(*ink) * paper(inks[3]) / 255) as u8;
                }
            }
        }
        out
    }
}

/// Red, green and blue, each as x and y (CIE 1931), under the white of daylight (D65).
type Primaries = [(f64, f64); 3];

/// Adobe RGB (1998), section 4.3.4.1.
const ADOBE_RGB: Primaries = [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)];
/// SMPTE EG 432-1, as Display P3 has them.
const P3: Primaries = [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)];
/// ITU-R BT.2020.
const BT_2020: Primaries = [(0.708, 0.292), (0.17, 0.797), (0.131, 0.046)];

/// Of numbers as ITU-T H.273 has them, those that still pictures have: with the curve of sRGB.
fn numbered(primaries: u8, curve: u8) -> Option<Box<Profile>> {
    const SRGB_CURVE: u8 = 13;
    let primaries = match (primaries, curve) {
        (12, SRGB_CURVE) => P3,
        (9, SRGB_CURVE) => BT_2020,
        _ => return None,
    };
    profile(primaries, light::of_srgb)
}

/// A profile of these primaries, and of a curve from numbers to light, both from 0 to 1.
fn profile(primaries: Primaries, curve: impl Fn(f64) -> f64) -> Option<Box<Profile>> {
    let point = |(x, y)| CIE_xyY { x, y, Y: 1.0 };
    let [red, green, blue] = primaries.map(point);
    let primaries = CIE_xyYTRIPLE { red, green, blue };
    let table = (0..1024).map(|i| (curve(f64::from(i) / 1023.0) * 65_535.0).round() as u16);
    let table: Vec<u16> = table.collect();
    Profile::new_rgb_with_table(point((0.3127, 0.3290)), primaries, &table)
}
