//! Between a picture as stored and as shown (EXIF 4.6.4, orientation).

use super::Raster;
use crate::Window;

/// Where a part of the picture as shown stands in the picture as stored, whose size is `whole`.
pub(super) fn stored(window: Window, whole: (usize, usize), orientation: u8) -> Window {
    let (width, height) = (whole.0 as u32, whole.1 as u32);
    let turned = matches!(orientation, 5..=8);
    let mut part = window;
    if turned {
        part = Window {
            x: window.y,
            y: window.x,
            width: window.height,
            height: window.width,
        };
    }
    let (from_right, from_bottom) = backwards(orientation);
    if from_right {
        part.x = width - part.x - part.width;
    }
    if from_bottom {
        part.y = height - part.y - part.height;
    }
    part
}

/// Whether columns and rows are stored from the end, after those that were exchanged are exchanged back.
fn backwards(orientation: u8) -> (bool, bool) {
    match orientation {
        2 | 8 => (true, false),
        3 | 7 => (true, true),
        4 | 6 => (false, true),
        _ => (false, false),
    }
}

/// The picture as shown.
pub(super) fn upright(stored: Raster, orientation: u8) -> Raster {
    if orientation <= 1 || orientation > 8 {
        return stored;
    }
    let (from_right, from_bottom) = backwards(orientation);
    let turned = orientation >= 5;
    let channels = stored.channels;
    let (width, height) = match turned {
        true => (stored.height, stored.width),
        false => (stored.width, stored.height),
    };
    let mut pixels = Vec::with_capacity(stored.pixels.len());
    for y in 0..height {
        for x in 0..width {
            let (mut column, mut row) = if turned { (y, x) } else { (x, y) };
            if from_right {
                column = stored.width - 1 - column;
            }
            if from_bottom {
                row = stored.height - 1 - row;
            }
            let at = (row * stored.width + column) * channels;
            pixels.extend_from_slice(&stored.pixels[at..at + channels]);
        }
    }
    Raster {
        width,
        height,
        channels,
        pixels,
    }
}
