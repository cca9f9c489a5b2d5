//! Files whose every answer is noted, so that the next build can ask again and compare.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::envelope;
use crate::base::{
    files::{FileProblem, Files, MEMORY, Stamp},
    hash::{Digest, Map, Sum},
};

const NAME: &str = "files";
/// Written at the start of a build: its time is the file system's own "now".
const CLOCK: &str = "clock";
/// No file system that is in use ticks more slowly, in nanoseconds.
const TICK: i64 = 2_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
enum Question {
    Content,
    Size,
    Folder,
    List,
}

/// An answer, and the stamp of the file where it was asked for its content.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Answer {
    sum: Digest,
    stamp: Option<Stamp>,
}

/// An answer of this build.
#[derive(Clone, Copy)]
struct Noted {
    answer: Answer,
    /// The build itself asked, and not only [`Watched::ask_again`].
    asked: bool,
}

#[derive(Default)]
struct Notes {
    /// By path: what is asked for most.
    contents: Map<String, Noted>,
    others: Map<(Question, String), Noted>,
    /// Lists that were asked for again, for the build to take.
    lists: Map<String, Listing>,
}

type Listing = (Vec<String>, Vec<FileProblem>);

/// What a former build asked, with the answers.
#[derive(Default, Serialize, Deserialize)]
struct Table {
    /// When it began, by the clock of the file system.
    began: i64,
    asked: Vec<(Question, String, Answer)>,
}

/// Files, with a memory of what was asked.
pub struct Watched {
    inner: Arc<dyn Files>,
    began: i64,
    /// From a former build: digest by path, with the stamp that vouches for it.
    known: Map<String, (Stamp, Digest)>,
    /// The questions of a former build.
    former: Vec<(Question, String)>,
    notes: Mutex<Notes>,
    /// How many files were read that may have been untouched.
    read: AtomicUsize,
    /// The build itself asks.
    building: AtomicBool,
    /// One question had two answers.
    moved: AtomicBool,
    /// All is asked; what is read from now on is compared by whoever reads it.
    settled: AtomicBool,
}

impl Watched {
    /// Begins to watch. `None` where nothing can be remembered.
    pub fn begin(inner: &Arc<dyn Files>) -> Option<Self> {
        inner.remember(CLOCK, b"").ok()?;
        let began = inner.stamp(&format!("{MEMORY}/{CLOCK}"))?.latest();
        let table: Table = envelope::load_value(inner.as_ref(), NAME).unwrap_or_default();
        let mut watched = Self {
            inner: inner.clone(),
            began,
            known: Map::default(),
            former: Vec::with_capacity(table.asked.len()),
            notes: Mutex::default(),
            read: AtomicUsize::new(0),
            building: AtomicBool::new(false),
            moved: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        };
        watched.known.reserve(table.asked.len());
        for (question, path, answer) in table.asked {
            if let Some(stamp) = answer.stamp {
                // A file written in the same tick as the build looked at it may have changed since.
                if stamp.latest() <= table.began.saturating_sub(TICK) {
                    watched.known.insert(path.clone(), (stamp, answer.sum));
                }
            }
            watched.former.push((question, path));
        }
        Some(watched)
    }

    /// Asks everything again that the former build asked; the digest of all answers.
    pub fn ask_again(&self) -> Option<Digest> {
        if self.former.is_empty() {
            self.building.store(true, Ordering::SeqCst);
            return None;
        }
        let asked: Vec<Digest> = self
            .former
            .par_iter()
            .map(|(question, path)| self.ask(*question, path))
            .collect();
        self.building.store(true, Ordering::SeqCst);
        let mut sum = Sum::default();
        for ((question, path), answer) in self.former.iter().zip(asked) {
            sum.number(*question as u64).text(path).digest(&answer);
        }
        Some(sum.finish())
    }

    /// Files whose stamp vouches for a content that they do not have.
    pub fn unlike(files: &Arc<dyn Files>) -> Vec<String> {
        let Some(watched) = Self::begin(files) else {
            return Vec::new();
        };
        let mut known: Vec<_> = watched.known.iter().collect();
        known.sort_unstable_by_key(|(path, _)| *path);
        let unlike = known.par_iter().filter(|(path, (stamp, digest))| {
            files.stamp(path) == Some(*stamp) && files.digest(path).is_ok_and(|d| d != *digest)
        });
        unlike.map(|(path, _)| (*path).clone()).collect()
    }

    fn list(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>, Digest) {
        let (found, problems) = self.inner.walk(folder);
        let sum = listing(&found, &problems);
        self.note(Question::List, folder, sum, None);
        (found, problems, sum)
    }

    fn ask(&self, question: Question, path: &str) -> Digest {
        match question {
            Question::Content => {
                let digest = self.known(path).map_or_else(|| self.digest(path), Ok);
                digest.unwrap_or_else(|e| failure(&e))
            }
            Question::Size => self.size(path).map_or_else(|e| failure(&e), number),
            Question::Folder => number(u64::from(self.has_folder(path))),
            Question::List => {
                let (found, problems, sum) = self.list(path);
                let listing = (found, problems);
                self.notes().lists.insert(path.to_owned(), listing);
                sum
            }
        }
    }

    /// All questions are asked. Whether every one had the same answer each time.
    pub fn settle(&self) -> bool {
        self.settled.store(true, Ordering::SeqCst);
        !self.moved.load(Ordering::SeqCst)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the build itself asked, in one order.
    fn sorted(&self) -> Vec<((Question, String), Answer)> {
        let notes = self.notes();
        let contents = notes.contents.iter();
        let contents = contents.map(|(path, n)| ((Question::Content, path), n));
        let others = notes.others.iter().map(|((q, path), n)| ((*q, path), n));
        let asked = contents.chain(others).filter(|(_, n)| n.asked);
        let mut all: Vec<_> = asked
            .map(|((q, path), n)| ((q, path.clone()), n.answer))
            .collect();
        drop(notes);
        all.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Whether the next build would have less to read if this one's answers were remembered.
    pub fn read_any(&self) -> bool {
        self.read.load(Ordering::Relaxed) > 0
    }

    /// Remembers the answers to the questions of the former build, which were asked again.
    pub fn save_again(&self) {
        let mut notes = self.notes();
        notes.contents.iter_mut().for_each(|(_, n)| n.asked = true);
        notes.others.iter_mut().for_each(|(_, n)| n.asked = true);
        drop(notes);
        self.save();
    }

    /// Remembers questions and answers for the next build, and returns the digest of them all.
    pub fn save(&self) -> Digest {
        let asked = self.sorted().into_iter();
        let asked = asked.map(|((question, path), answer)| (question, path, answer));
        let table = Table {
            began: self.began,
            asked: asked.collect(),
        };
        envelope::save_value(self.inner.as_ref(), NAME, &table);
        let mut sum = Sum::default();
        for (question, path, answer) in &table.asked {
            sum.number(*question as u64).text(path).digest(&answer.sum);
        }
        sum.finish()
    }

    fn note(&self, question: Question, path: &str, sum: Digest, stamp: Option<Stamp>) {
        if self.settled.load(Ordering::SeqCst) {
            return;
        }
        let noted = Noted {
            answer: Answer { sum, stamp },
            asked: self.building.load(Ordering::SeqCst),
        };
        let mut notes = self.notes();
        let former = match question {
            Question::Content => notes.contents.insert(path.to_owned(), noted),
            _ => notes.others.insert((question, path.to_owned()), noted),
        };
        drop(notes);
        if former.is_some_and(|f| f.answer.sum != sum) {
            self.moved.store(true, Ordering::SeqCst);
        }
    }

    /// Notes what a file held, with its stamp if it was the same before and after.
    fn note_content(&self, path: &str, before: Option<Stamp>, digest: Digest) {
        let after = self.inner.stamp(path);
        self.note(
            Question::Content,
            path,
            digest,
            before.filter(|b| after == Some(*b)),
        );
    }
}

fn list_of(folder: &str) -> (Question, String) {
    (Question::List, folder.to_owned())
}

fn failure(error: &io::Error) -> Digest {
    Sum::default()
        .text("failed")
        .text(&error.to_string())
        .finish()
}

fn number(number: u64) -> Digest {
    Sum::default().text("number").number(number).finish()
}

fn listing(found: &[String], problems: &[FileProblem]) -> Digest {
    let mut sum = Sum::default();
    found.iter().for_each(|f| {
        sum.text(f);
    });
    sum.number(found.len() as u64);
    problems.iter().for_each(|p| {
        sum.text(&p.path).text(&p.why);
    });
    sum.finish()
}

impl Files for Watched {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let mut notes = self.notes();
        let again = notes.lists.remove(folder);
        if let (Some(listing), Some(noted)) = (again, notes.others.get_mut(&list_of(folder))) {
            noted.asked = true;
            return listing;
        }
        drop(notes);
        let (found, problems, _) = self.list(folder);
        (found, problems)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // What is remembered is no source: it differs after each build.
        if self.settled.load(Ordering::SeqCst) || path.starts_with(MEMORY) {
            return self.inner.read(path);
        }
        self.read_digested(path, u64::MAX).map(|(bytes, _)| bytes)
    }

    fn read_up_to(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        self.read_digested(path, limit).map(|(bytes, _)| bytes)
    }

    fn read_digested(&self, path: &str, limit: u64) -> io::Result<(Vec<u8>, Digest)> {
        let before = self.inner.stamp(path);
        let read = match limit {
            u64::MAX => self.inner.read(path),
            limit => self.inner.read_up_to(path, limit),
        };
        let digest = read
            .as_ref()
            .map_or_else(failure, |bytes| Digest::of(bytes));
        match read {
            Ok(_) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                self.note_content(path, before, digest);
            }
            Err(_) => self.note(Question::Content, path, digest, None),
        }
        Ok((read?, digest))
    }

    fn digest(&self, path: &str) -> io::Result<Digest> {
        match self.known(path) {
            Some(digest) => Ok(digest),
            None => self.read_digested(path, u64::MAX).map(|(_, digest)| digest),
        }
    }

    fn known(&self, path: &str) -> Option<Digest> {
        let building = self.building.load(Ordering::SeqCst);
        if let Some(noted) = self.notes().contents.get_mut(path)
            && noted.answer.stamp.is_some()
        {
            noted.asked |= building;
            return Some(noted.answer.sum);
        }
        let (stamp, digest) = self.known.get(path)?;
        let same = self.inner.stamp(path) == Some(*stamp);
        same.then(|| {
            self.note(Question::Content, path, *digest, Some(*stamp));
            *digest
        })
    }

    fn answered(&self, path: &str) -> Option<Digest> {
        Some(self.notes().contents.get(path)?.answer.sum)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let size = self.inner.size(path);
        let sum = size.as_ref().map_or_else(failure, |s| number(*s));
        self.note(Question::Size, path, sum, None);
        size
    }

    fn has_folder(&self, path: &str) -> bool {
        let there = self.inner.has_folder(path);
        self.note(Question::Folder, path, number(u64::from(there)), None);
        there
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        self.inner.stamp(path)
    }

    fn remember(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.inner.remember(name, bytes)
    }
}
