//! Makes smaller pictures of a picture, as a photo lab would: turned upright, in sRGB, resized in linear light.
//!
//! A derivative depends on the picture, the words and its recipe alone, never on which others are made with it.

mod broken;
mod colour;
mod encode;
mod jpeg;
mod levels;
mod light;
mod material;
mod palette;
mod png;
mod resample;
mod source;
#[cfg(test)]
mod tests;
mod turn;
mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::{broken::Broken, material::material};
use crate::{Picture, Recipe, Rights, Window, recipe::Encoding};

/// What is made from is in memory as a whole, at 3 bytes a pixel (4 if it has alpha), and its halves at 2 more: this
/// many pixels take about 1.1 GB.
pub const MOST_PIXELS: u64 = 200_000_000;

/// 8 bits a channel in sRGB, as stored.
#[derive(Debug)]
struct Raster {
    width: usize,
    height: usize,
    /// 3 for red, green and blue; 4 with alpha, which is not multiplied into the others.
    channels: usize,
    pixels: Vec<u8>,
}

/// Makes derivatives of a picture, which is decoded once. `each` gets the place of a recipe in `recipes` and the bytes,
/// in no particular order. They are the same for the same picture, words and recipe, whatever else is made.
///
/// Each holds the rights of the picture, of which those in `words` count first, and nothing else of its metadata.
///
/// # Errors
/// Why the picture cannot be read, or a recipe not be followed. Nothing that a file contains makes this panic.
pub fn derive(
    source: &[u8],
    words: &Rights,
    recipes: &[Recipe],
    each: &mut dyn FnMut(usize, Vec<u8>),
) -> Result<(), Broken> {
    let picture = source::checked(source)?;
    let rights = picture.facts.rights.with(words);
    let orders = orders(&picture, recipes)?;
    let raster = guarded(|| source::decoded(source, &picture))?;
    let mut levels = levels::Levels::new(raster);
    let mut shown: Option<(Shape, Raster)> = None;
    for order in &orders {
        let ready = shown.take().filter(|(shape, _)| *shape == order.shape);
        let raster = match ready {
            Some((_, raster)) => raster,
            None => order.shape.made(&mut levels, picture.facts.orientation),
        };
        let bare = guarded(|| encode::encoded(&raster, order.format))?;
        each(order.place, with_rights(bare, &rights));
        shown = Some((order.shape, raster));
    }
    Ok(())
}

/// A size and the part of the picture as shown that fills it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    width: u32,
    height: u32,
    window: Window,
}

/// One derivative to be made.
struct Order {
    shape: Shape,
    format: Encoding,
    place: usize,
}

/// What is to be made, the largest first and equal shapes together, each resized once.
fn orders(picture: &Picture<'_>, recipes: &[Recipe]) -> Result<Vec<Order>, Broken> {
    let (width, height) = picture.facts.shown();
    let whole = Window {
        x: 0,
        y: 0,
        width,
        height,
    };
    let order = |(place, recipe): (usize, &Recipe)| {
        let window = recipe.window.unwrap_or(whole);
        let within = |from: u32, length: u32, all: u32| {
            length > 0 && from.checked_add(length).is_some_and(|end| end <= all)
        };
        let fits = within(window.x, window.width, width) && within(window.y, window.height, height);
        let smaller = (1..=window.width).contains(&recipe.width)
            && (1..=window.height).contains(&recipe.height);
        match fits && smaller {
            true => Ok(Order {
                shape: Shape {
                    width: recipe.width,
                    height: recipe.height,
                    window,
                },
                format: recipe.format,
                place,
            }),
            false => Err(Broken::Impossible(format!(
                "{} × {} of {} × {} pixels",
                recipe.width, recipe.height, window.width, window.height
            ))),
        }
    };
    let orders: Result<Vec<Order>, Broken> = recipes.iter().enumerate().map(order).collect();
    let mut orders = orders?;
    orders.sort_by(|a, b| b.shape.cmp(&a.shape).then(a.place.cmp(&b.place)));
    Ok(orders)
}

impl Shape {
    /// The part of the picture in this size, upright.
    fn made(&self, levels: &mut levels::Levels, orientation: u8) -> Raster {
        let whole = levels.size();
        let window = turn::stored(self.window, whole, orientation);
        let size = match orientation {
            5..=8 => (self.height, self.width),
            _ => (self.width, self.height),
        };
        let size = (size.0 as usize, size.1 as usize);
        let level = levels.for_size(window, size);
        turn::upright(resample::resampled(&level, window, size), orientation)
    }
}

/// A file without metadata becomes one that says whose it is.
fn with_rights(bare: Vec<u8>, rights: &Rights) -> Vec<u8> {
    match Picture::read(&bare) {
        Ok(picture) => picture.published(rights),
        Err(_) => bare,
    }
}

/// A panic of a decoder or encoder says that a file is damaged.
fn guarded<T>(work: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    let panicked = |_| Broken::Unreadable("its reader failed".to_owned());
    catch_unwind(AssertUnwindSafe(work)).map_err(panicked)?
}
