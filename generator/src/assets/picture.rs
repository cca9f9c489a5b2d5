//! Pictures: private metadata is left out of what is published, and rights are written into it.

use std::io;

use dateline_pictures::{Broken, Colours, Field, Format, Material, Picture, Rights, material};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Fact;
use crate::base::{
    diag::{Diagnostic, Diagnostics},
    files::Files,
    hash::{Digest, Sum},
    read::unreadable,
};

/// No picture for readers is larger, in bytes: it is in memory while it is read.
const MOST: usize = 256 << 20;
/// An animation of more bytes takes longer to load than a film of the same length.
const MOST_OF_ANIMATION: usize = 2 << 20;
/// Programs fail on more pixels, and browsers do.
const MOST_PIXELS: u64 = 100_000_000;

/// What is told of a file that is offered for download.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileFacts {
    /// In bytes.
    pub length: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

impl FileFacts {
    fn of(bytes: &[u8]) -> Self {
        let digits = Sha256::digest(bytes);
        Self {
            length: bytes.len() as u64,
            sha256: digits.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// What is known of a picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// The same file, as downloads describe it.
    pub file: FileFacts,
    /// What it is made of, if derivatives can be made of it.
    pub material: Option<Material>,
    /// It is in CMYK.
    is_cmyk: bool,
    /// It has more than 8 bits a channel.
    is_deep: bool,
    /// It moves, and is too large for that.
    is_heavy: bool,
    /// What it says of itself.
    pub own: Rights,
}

/// Reads a picture once. Of the file as it is, the digest; of the one that is published, what is known: `words` count
/// more than what it says of itself, `defaults` less.
pub(super) fn look(
    files: &dyn Files,
    path: &str,
    (defaults, words): (&Rights, &Rights),
) -> Result<(Digest, Fact), Diagnostic> {
    let mut bytes = Vec::new();
    let read = files.pieces(path, &mut |piece| {
        bytes.extend_from_slice(piece);
        match bytes.len() > MOST {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        }
    });
    let version = read.map_err(|e| match e.kind() {
        io::ErrorKind::FileTooLarge => {
            let message = "this picture has more than 256 MiB";
            let hint = "save it as JPEG or WebP";
            Diagnostic::error(message).in_file(path).hint(hint)
        }
        _ => unreadable(path, &e),
    })?;
    let picture = Picture::read(&bytes).map_err(|_| {
        Diagnostic::error("this file is not the picture that its name says")
            .in_file(path)
            .hint("save the picture again, as JPEG, PNG, WebP or AVIF")
    })?;
    let facts = &picture.facts;
    well_named(path, facts.format)?;
    let rights = defaults.with(&facts.rights).with(words);
    let published = picture.published(&rights);
    let known = Known {
        file: FileFacts::of(&published),
        material: material(&bytes).map_err(|b| broken(path, &b))?,
        is_cmyk: facts.colours == Some(Colours::Cmyk),
        is_deep: facts.bits.is_some_and(|bits| bits > 8),
        is_heavy: bytes.len() > MOST_OF_ANIMATION && picture.is_animated(),
        own: facts.rights.clone(),
    };
    let fact = Fact {
        size: Some(facts.shown()),
        published: Some(Digest::of(&published)),
        picture: Some(known),
    };
    Ok((version.digest, fact))
}

/// A file is served as what its name says.
fn well_named(path: &str, format: Format) -> Result<(), Diagnostic> {
    let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
    let endings = format.endings();
    if endings
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
    {
        return Ok(());
    }
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let (format, usual) = (format.name(), endings[0]);
    let message = format!("this file is not the picture that its name says, but {format}");
    let hint = format!("call it {name}.{usual}, also where it is shown");
    Err(Diagnostic::error(message).in_file(path).hint(hint))
}

/// A picture that cannot be shown.
pub fn broken(path: &str, broken: &Broken) -> Diagnostic {
    let hint = "save the picture again, as JPEG, PNG or WebP";
    Diagnostic::error(broken.to_string())
        .in_file(path)
        .hint(hint)
}

/// The picture to publish.
pub(super) fn published(bytes: Vec<u8>, rights: &Rights) -> Vec<u8> {
    match Picture::read(&bytes) {
        Ok(picture) => picture.published(rights),
        Err(_) => bytes,
    }
}

/// Of all that makes the file to publish.
pub fn digest(content: &Digest, rights: &Rights) -> Digest {
    let mut sum = Sum::default();
    for (field, value) in rights.iter() {
        sum.text(field.name()).text(value);
    }
    sum.digest(content).finish()
}

impl Known {
    /// What editors should know of a picture at `path`.
    pub(super) fn warnings(
        &self,
        path: &str,
        (width, height): (u32, u32),
        words: &Rights,
    ) -> Diagnostics {
        let mut warnings = Vec::new();
        let mut warn = |message: String, hint: &str| {
            warnings.push(Diagnostic::warning(message).in_file(path).hint(hint));
        };
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            let message =
                format!("this picture has {width} × {height} pixels, more than 100 megapixels");
            warn(
                message,
                "many readers' devices cannot show it: save a smaller one",
            );
        }
        if self.is_cmyk {
            let message = "this picture is in CMYK".to_owned();
            warn(message, "browsers show them differently: save it in sRGB");
        }
        if self.is_deep {
            let message = "this picture has more than 8 bits a channel".to_owned();
            warn(message, "screens show 8: save it as an 8-bit JPEG or WebP");
        }
        if self.is_heavy {
            let message = "this animation has more than 2 MiB".to_owned();
            warn(
                message,
                "it is published as it is: make it shorter or smaller, or a video of it",
            );
        }
        let same = |a: &str, b: &str| a.split_whitespace().eq(b.split_whitespace());
        if let (Some(own), Some(said)) = (
            self.own.get(Field::Description),
            words.get(Field::Description),
        ) && !same(own, said)
        {
            let message = format!("this picture's own caption differs from the page's: “{own}”");
            warn(
                message,
                "the page's caption replaces it in the published file: correct one of them",
            );
        }
        warnings
    }
}
