//! Files in memory, for tests.

use std::{collections::BTreeMap, io};

use super::{FileProblem, Files, PIECE, Taking, Version};
use crate::base::hash::Digest;

/// Files in memory, for tests.
#[derive(Clone, Default, Debug)]
pub struct Mem(BTreeMap<String, Vec<u8>>);

impl Mem {
    /// Adds or replaces a file.
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), content.into());
        self
    }
}

impl Files for Mem {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let prefix = format!("{folder}/");
        let inside = self.0.iter().filter(|(path, _)| path.starts_with(&prefix));
        let found = inside.map(|(path, _)| path.clone());
        (found.collect(), Vec::new())
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let folder = format!("{path}/");
        let inside = || self.0.range(folder.clone()..).next();
        match self.0.get(path) {
            Some(content) => Ok(content.len() as u64),
            None if inside().is_some_and(|(path, _)| path.starts_with(&folder)) => Ok(0),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        let content = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        content.chunks(PIECE).try_for_each(take)?;
        let digest = Digest::of(content);
        Ok(Version {
            digest,
            stamp: None,
        })
    }
}
