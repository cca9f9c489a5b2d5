//! What a picture says of itself: its format and size, how it is to be shown, whose it is, and what is private.
//!
//! Pure functions on bytes. `container` finds the parts of a file that hold metadata; `layers` reads them: XMP, IPTC
//! IIM, EXIF. Where layers contradict each other, the first of these wins, as programs for photographers have it. `lab`
//! makes smaller pictures of one.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod container;
mod facts;
mod lab;
mod layers;
mod picture;
mod recipe;
mod rights;
#[cfg(test)]
mod tests;
mod write;

pub use self::{
    facts::{Colours, Facts, Format, Private},
    lab::{Broken, MOST_PIXELS, derive, material},
    picture::Picture,
    recipe::{EDITION, Encoding, Material, Recipe, Window},
    rights::{Contradiction, Field, Layer, Rights},
};

/// A file that is no picture for the web: JPEG, PNG, WebP, AVIF or GIF.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoPicture;
