//! The files of a build as its stages read them: each answer is recorded.

use std::{io, sync::atomic::Ordering};

use super::{
    super::questions::{Question, failure, listing, number},
    Recorder, lock,
};
use crate::base::{
    files::{FileProblem, Files, MEMORY, Stamp, Taking, Writing},
    hash::Digest,
};

impl Files for Recorder {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let again = lock(&self.lists).remove(folder);
        let (found, problems) = again.unwrap_or_else(|| self.inner.walk(folder));
        let sum = listing(&found, &problems);
        self.note(Question::List, folder, sum.into());
        (found, problems)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // The cache is no source: it differs after each build.
        if self.finished.load(Ordering::SeqCst) || path.starts_with(MEMORY) {
            return self.inner.read(path);
        }
        self.read_digested(path, u64::MAX).map(|(bytes, _)| bytes)
    }

    fn read_up_to(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        self.read_digested(path, limit).map(|(bytes, _)| bytes)
    }

    fn read_digested(&self, path: &str, limit: u64) -> io::Result<(Vec<u8>, Digest)> {
        let (read, answer) = self.read_whole(path, limit);
        self.note(Question::Content, path, answer);
        Ok((read?, answer.sum))
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Option<Stamp>> {
        let mut ended = false;
        let (read, answer) =
            self.read_through(path, &mut |piece| take(piece).inspect_err(|_| ended = true));
        if !ended {
            self.note(Question::Content, path, answer);
        }
        read
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        if let Some(digest) = self.known(path) {
            return Ok(digest);
        }
        let (read, answer) = self.read_through(path, &mut |_| Ok(()));
        self.note(Question::Content, path, answer);
        read.map(|_| answer.sum)
    }

    fn known(&self, path: &str) -> Option<Digest> {
        let answer = match self.place(Question::Content, path) {
            // Its stamp is compared at the first use.
            Some(at) => self
                .vouched(&self.former.asked[at])
                .then(|| self.answer(at)),
            None => None,
        };
        let answer = answer
            .or_else(|| self.noted(path))
            .filter(|a| a.stamp.is_some())?;
        self.note(Question::Content, path, answer);
        Some(answer.sum)
    }

    fn answered(&self, path: &str) -> Option<Digest> {
        Some(self.noted(path)?.sum)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let size = self.inner.size(path);
        let sum = size.as_ref().map_or_else(failure, |s| number(*s));
        self.note(Question::Size, path, sum.into());
        size
    }

    fn has_folder(&self, path: &str) -> bool {
        let there = self.inner.has_folder(path);
        self.note(Question::Folder, path, number(u64::from(there)).into());
        there
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        self.inner.stamp(path)
    }

    fn remember(&self, name: &str, write: Writing<'_>) -> io::Result<()> {
        self.inner.remember(name, write)
    }
}
