//! What a build asks of files, and how answers are compared.

use std::{
    io,
    sync::{OnceLock, atomic::AtomicBool},
};

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        files::{FileProblem, Stamp},
        hash::{Digest, Sum},
        index::index,
    },
    plan::LEDGER,
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Question {
    // The one whose answer takes longest is asked first.
    List,
    Size,
    Content,
}

/// An answer, and the stamp of the file where it was asked for its content.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub sum: Digest,
    pub stamp: Option<Stamp>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked<Path, Given = Answer> {
    pub question: Question,
    pub path: Path,
    pub answer: Given,
}

index! {
    /// The place of a question among those of the last build.
    AskedId
}

/// An answer of this build.
#[derive(Clone, Copy)]
pub(super) struct Noted {
    pub answer: Answer,
    /// The build itself asked, and not only [`super::recorder::Recorder::ask_again`].
    pub asked: bool,
}

pub(super) type Listing = (Vec<String>, Vec<FileProblem>);

/// Questions with their answers, sorted.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Table<T> {
    /// When it began, by the clock of the file system.
    pub began: i64,
    /// Of all questions and answers.
    pub basis: Digest,
    pub asked: T,
}

/// A question of the last build that is asked again.
#[derive(Default)]
pub(super) struct Again {
    pub answer: OnceLock<Answer>,
    /// As [`Noted::asked`].
    pub asked: AtomicBool,
}

/// What changed since the last build.
pub struct Difference {
    /// The answers of the last build; see [`super::recorder::Recorder::save`].
    pub basis: Digest,
    /// Files with another content, sorted.
    pub contents: Vec<String>,
    /// Something other than contents differs.
    pub more: bool,
}

impl Difference {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.contents.is_empty() && !self.more
    }
}

impl From<Digest> for Answer {
    fn from(sum: Digest) -> Self {
        Self { sum, stamp: None }
    }
}

pub(super) fn failure(error: &io::Error) -> Digest {
    Sum::default()
        .text("failed")
        .text(&error.to_string())
        .finish()
}

pub(super) fn number(number: u64) -> Digest {
    Sum::default().text("number").number(number).finish()
}

pub(super) fn listing(found: &[String], problems: &[FileProblem]) -> Digest {
    let mut sum = Sum::default();
    // The first build writes this file; every build reads it separately.
    let sources = || found.iter().filter(|f| *f != LEDGER);
    sources().for_each(|f| {
        sum.text(f);
    });
    sum.number(sources().count() as u64);
    problems.iter().for_each(|p| {
        sum.text(&p.path).text(&p.why);
    });
    sum.finish()
}
