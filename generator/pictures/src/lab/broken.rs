//! Why nothing can be made of a picture.

use std::fmt;

/// Why nothing can be made of a picture. Displays as a sentence for editors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Broken {
    /// It is none of the formats for the web, whatever its name says.
    NoPicture,
    /// Its end is missing.
    CutOff,
    /// It has more pixels than [`MOST_PIXELS`](crate::MOST_PIXELS).
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Its pixels cannot be read. The text says why, in the words of the decoder.
    Unreadable(String),
    /// It cannot be made in the size, part or format that was asked for.
    Impossible(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPicture => f.write_str("this file is not the picture that its name says"),
            Self::CutOff => f.write_str("this picture was cut off: its end is missing"),
            Self::TooLarge { width, height } => write!(
                f,
                "this picture has {width} × {height} pixels, more than {} megapixels",
                crate::MOST_PIXELS / 1_000_000
            ),
            Self::Unreadable(why) => write!(
                f,
                "this picture is damaged, or of a kind that is not read ({why})"
            ),
            Self::Impossible(why) => {
                write!(f, "this picture cannot be made as the theme asks ({why})")
            }
        }
    }
}

impl std::error::Error for Broken {}
