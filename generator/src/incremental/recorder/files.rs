//! The files of a build as its stages read them: each answer is recorded.

use std::io;

use super::{
    super::questions::{Question, failure, listing, number},
    Recorder, lock,
};
use crate::base::{
    files::{Content, FileProblem, Files, Taking, Version},
    hash::Digest,
};

impl Files for Recorder {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let again = lock(&self.lists).remove(folder);
        let (found, problems) = again.unwrap_or_else(|| self.sources.walk(folder));
        let sum = listing(&found, &problems);
        self.note(Question::List, folder, sum.into());
        (found, problems)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let size = self.sources.size(path);
        let sum = size.as_ref().map_or_else(failure, |s| number(*s));
        self.note(Question::Size, path, sum.into());
        size
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        let mut ended = false;
        let mut handed = |piece: &[u8]| take(piece).inspect_err(|_| ended = true);
        let read = self.sources.pieces(path, &mut handed);
        // No answer is what `take` ended.
        if !ended {
            self.note(Question::Content, path, self.of_read(read.as_ref()));
        }
        read
    }

    fn read(&self, path: &str) -> io::Result<Content> {
        let read = self.sources.read(path);
        let answer = self.of_read(read.as_ref().map(|content| &content.version));
        self.note(Question::Content, path, answer);
        let noted = self.noted(path);
        read.map(|content| Content {
            changed: noted.is_some_and(|noted| noted.sum != answer.sum),
            ..content
        })
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        match self.known(path) {
            Some(digest) => Ok(digest),
            None => self.pieces(path, &mut |_| Ok(())).map(|v| v.digest),
        }
    }
}
