//! Files in memory, for tests.

use std::{collections::BTreeMap, io};

use super::{FileProblem, Files};

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

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.0
            .get(path)
            .map(|c| c.len() as u64)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let first = self.0.range(prefix.clone()..).next();
        first.is_some_and(|(path, _)| path.starts_with(&prefix))
    }
}
