//! What is to be made of a picture.

use serde::{Deserialize, Serialize};

/// Changes whenever the bytes of any derivative would, so that addresses and caches of former ones no longer hold.
pub const EDITION: u32 = 1;

/// How one derivative is made of a picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Recipe {
    /// In pixels; never more than what it is made of.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The part that is taken; `None` for all of it.
    pub window: Option<Window>,
    /// How it is stored.
    pub format: Encoding,
}

/// A part of a picture as it is shown, in pixels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Window {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// At least 1.
    pub width: u32,
    /// At least 1.
    pub height: u32,
}

/// How a derivative is stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Encoding {
    /// AVIF, which needs the feature `avif`.
    Avif,
    /// WebP.
    WebP,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Encoding {
    /// Whether this program can write it.
    pub fn is_available(self) -> bool {
        self != Self::Avif || cfg!(feature = "avif")
    }

    /// The ending of names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::WebP => "webp",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// The media type (RFC 6838).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// What a picture is made of, which decides how its derivatives are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Material {
    /// Many colours.
    Photo,
    /// Many colours, and places that let the page through.
    Transparent,
    /// At most 256 colours, which lossy formats blur.
    Drawing,
}
