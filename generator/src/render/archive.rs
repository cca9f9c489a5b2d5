//! What a press kit holds, and how it becomes a ZIP archive.

use jiff::civil;

use super::failure::Failure;
use crate::base::{
    diag::Diagnostic,
    files::Taking,
    hash::{Digest, Sum},
    zip::Zip,
};

/// The entries of an archive. Texts are written already; a picture is made when its turn comes.
#[derive(Clone)]
pub(super) struct Archive<T> {
    /// The time of all entries.
    pub time: civil::DateTime,
    /// Paths in the archive, each with its text in one part or several, one below the other.
    pub texts: Vec<(String, Vec<T>)>,
    /// Paths in the archive, and from the root.
    pub pictures: Vec<(String, String)>,
}

impl<T> Archive<T> {
    /// The same with other texts.
    pub fn map<U>(&self, each: impl Fn(&T) -> U) -> Archive<U> {
        let parts = |parts: &Vec<T>| parts.iter().map(&each).collect();
        let texts = self.texts.iter();
        Archive {
            time: self.time,
            texts: texts
                .map(|(name, all)| (name.clone(), parts(all)))
                .collect(),
            pictures: self.pictures.clone(),
        }
    }
}

impl Archive<Digest> {
    /// What stands for it in a key; `picture` says what stands for one.
    pub fn key(
        &self,
        picture: impl Fn(&str) -> Result<Digest, Failure>,
    ) -> Result<Digest, Failure> {
        let mut sum = Sum::default();
        sum.text(&self.time.to_string());
        for (name, parts) in &self.texts {
            sum.text(name).number(parts.len() as u64);
            for part in parts {
                sum.digest(part);
            }
        }
        for (name, path) in &self.pictures {
            sum.text(name).digest(&picture(path)?);
        }
        Ok(sum.finish())
    }
}

impl Archive<Vec<u8>> {
    /// Each text, whole.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Vec<u8>)> {
        let texts = self.texts.iter();
        texts.map(|(name, parts)| (name.as_str(), parts.join(&b'\n')))
    }

    /// Writes it piece by piece; `picture` makes one picture after the other.
    ///
    /// # Errors
    /// Those of `picture`; that a piece was not taken.
    pub fn write(
        &self,
        take: Taking<'_>,
        picture: impl Fn(&str) -> Result<Vec<u8>, Failure>,
    ) -> Result<(), Failure> {
        let unwritten = |error| {
            let message = format!("a press kit cannot be written: {error}");
            Failure::from(Diagnostic::error(message))
        };
        let mut zip = Zip::new(take, self.time);
        for (name, text) in self.texts() {
            zip.add(name, &text).map_err(unwritten)?;
        }
        for (name, path) in &self.pictures {
            zip.add(name, &picture(path)?).map_err(unwritten)?;
        }
        zip.finish().map_err(unwritten)
    }
}
