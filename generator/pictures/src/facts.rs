//! Everything that is known of a picture.

use std::collections::BTreeSet;

use crate::rights::{Contradiction, Rights};

/// How a picture is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, animated or not.
    Png,
    /// WebP, lossy or not.
    WebP,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
}

impl Format {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Avif => "AVIF",
            Self::Gif => "GIF",
        }
    }

    /// Which endings names of such files have, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jfif"],
            Self::Png => &["png"],
            Self::WebP => &["webp"],
            Self::Avif => &["avif"],
            Self::Gif => &["gif"],
        }
    }
}

/// What the numbers of a pixel stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colours {
    /// Brightness alone.
    Grey,
    /// Red, green and blue.
    Rgb,
    /// Numbers of a palette.
    Palette,
    /// Inks.
    Cmyk,
}

impl Colours {
    /// As people call them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Rgb => "RGB",
            Self::Palette => "palette",
            Self::Cmyk => "CMYK",
        }
    }
}

/// What is nobody's business, or of no use to anybody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Private {
    /// Where the camera was.
    Position,
    /// Numbers of camera and lens, and the camera's owner.
    Serial,
    /// A small copy, which may show what was cut away.
    Thumbnail,
    /// What only the camera's maker understands.
    MakerNote,
    /// Camera, exposure and editing.
    Camera,
    /// A comment.
    Comment,
    /// Signed statements of origin, which name devices and steps.
    Credentials,
    /// Other pictures, films or data after the picture.
    Appended,
    /// Whatever else is no picture.
    Other,
}

impl Private {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Position => "GPS position",
            Self::Serial => "serial numbers or owner",
            Self::Thumbnail => "thumbnail",
            Self::MakerNote => "maker notes",
            Self::Camera => "camera and editing",
            Self::Comment => "comment",
            Self::Credentials => "content credentials",
            Self::Appended => "data after the picture",
            Self::Other => "other data",
        }
    }
}

/// Everything that is known of a picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Facts {
    /// How it is stored.
    pub format: Format,
    /// In pixels, as stored.
    pub width: u32,
    /// In pixels, as stored.
    pub height: u32,
    /// How it is to be turned (EXIF 4.6.4): 1 is as stored.
    pub orientation: u8,
    /// For each colour.
    pub bits: Option<u8>,
    /// What the numbers of a pixel stand for.
    pub colours: Option<Colours>,
    /// Whether a colour profile is embedded.
    pub profile: bool,
    /// Whose it is, and what it shows.
    pub rights: Rights,
    /// Where its layers contradict each other.
    pub contradictions: Vec<Contradiction>,
    /// What it holds besides.
    pub private: BTreeSet<Private>,
}

impl Facts {
    /// Width and height in pixels, as it is shown.
    pub fn shown(&self) -> (u32, u32) {
        match self.orientation {
            5..=8 => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }
}
