//! Records every question that a build asks of files, so that the next build can ask again and compare.

mod files;

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;

use super::{
    envelope,
    questions::{
        Again, Answer, Asked, Difference, Listing, Noted, Question, Table, failure, listing, number,
    },
};
use crate::base::{
    files::{Files, MEMORY, Stamp, Taking},
    hash::{Digest, Map, Sum},
};

const NAME: &str = "files";
/// Written at the start of a build: its time is the file system's own "now".
const CLOCK: &str = "clock";
/// How many questions a thread takes at a time.
const BATCH: usize = 256;
/// No file system that is in use ticks more slowly, in nanoseconds.
const TICK: i64 = 2_000_000_000;

/// Files that record each question and its answer.
pub struct Recorder {
    inner: Arc<dyn Files>,
    began: i64,
    /// What the last build asked, by question and path.
    former: Table<Vec<Asked<String>>>,
    /// The answers of this build to the same questions.
    again: Vec<Again>,
    /// Questions that the last build did not ask.
    new: Mutex<Map<(Question, String), Noted>>,
    /// Folders listed while comparing, for the build to use.
    lists: Mutex<Map<String, Listing>>,
    /// How many files were read.
    read: AtomicUsize,
    /// Comparing is over; questions now come from the build.
    building: AtomicBool,
    /// Sources that the build wrote after reading them.
    written: Mutex<Map<String, Answer>>,
    /// A question had two different answers.
    moved: AtomicBool,
    /// Recording has ended; later readers compare for themselves.
    finished: AtomicBool,
}

impl Recorder {
    /// Starts recording. `None` where nothing can be saved.
    pub fn begin(inner: &Arc<dyn Files>) -> Option<Self> {
        inner.remember(CLOCK, &mut |_| Ok(())).ok()?;
        let began = inner.stamp(&format!("{MEMORY}/{CLOCK}"))?.latest();
        let former: Table<Vec<Asked<String>>> =
            envelope::load_value(inner.as_ref(), NAME).unwrap_or_default();
        Some(Self {
            inner: inner.clone(),
            began,
            again: former.asked.iter().map(|_| Again::default()).collect(),
            former,
            new: Mutex::default(),
            lists: Mutex::default(),
            read: AtomicUsize::new(0),
            building: AtomicBool::new(false),
            written: Mutex::default(),
            moved: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        })
    }

    /// Asks everything again that the last build asked. `None` without a last build.
    pub fn ask_again(&self) -> Option<Difference> {
        let former = &self.former.asked;
        let changed: Vec<&Asked<String>> = (0..former.len())
            .into_par_iter()
            .with_max_len(BATCH)
            .filter(|at| self.answer(*at).sum != former[*at].answer.sum)
            .map(|at| &former[at])
            .collect();
        self.building.store(true, Ordering::SeqCst);
        let of_content = |asked: &&Asked<String>| asked.question == Question::Content;
        let (contents, more): (Vec<&Asked<String>>, Vec<&Asked<String>>) =
            changed.into_iter().partition(of_content);
        (!former.is_empty()).then(|| Difference {
            basis: self.former.basis,
            contents: contents.into_iter().map(|a| a.path.clone()).collect(),
            more: !more.is_empty(),
        })
    }

    /// Files whose content changed although their stamp did not.
    pub fn unlike(files: &Arc<dyn Files>) -> Vec<String> {
        let Some(recorder) = Self::begin(files) else {
            return Vec::new();
        };
        let asked = recorder.former.asked.par_iter();
        let unlike = asked.filter(|asked| {
            recorder.vouched(asked)
                && files.stamp(&asked.path) == asked.answer.stamp
                && files
                    .digest(&asked.path)
                    .is_ok_and(|d| d != asked.answer.sum)
        });
        unlike.map(|asked| asked.path.clone()).collect()
    }

    /// Whether the stamp of an answer can tell that a file is what it was: one written in the same tick as
    /// the build read it may have changed since.
    fn vouched(&self, asked: &Asked<String>) -> bool {
        let limit = self.former.began.saturating_sub(TICK);
        asked.question == Question::Content
            && asked.answer.stamp.is_some_and(|s| s.latest() <= limit)
    }

    fn place(&self, question: Question, path: &str) -> Option<usize> {
        let key =
            |asked: &Asked<String>| (asked.question, asked.path.as_str()).cmp(&(question, path));
        self.former.asked.binary_search_by(key).ok()
    }

    /// The answer to a question of the last build, asked once.
    fn answer(&self, at: usize) -> Answer {
        let Asked {
            question,
            path,
            answer,
        } = &self.former.asked[at];
        if let Some(answer) = self.again[at].answer.get() {
            return *answer;
        }
        let found = match question {
            Question::Content => {
                let stamp = self.inner.stamp(path);
                match self.vouched(&self.former.asked[at]) && stamp == answer.stamp {
                    true => *answer,
                    false => self.read_through(path, &mut |_| Ok(())).1,
                }
            }
            Question::Size => self
                .inner
                .size(path)
                .map_or_else(|e| failure(&e), number)
                .into(),
            Question::Folder => number(u64::from(self.inner.has_folder(path))).into(),
            Question::List => {
                let (found, problems) = self.inner.walk(path);
                let answer = listing(&found, &problems).into();
                let listing = (found, problems);
                lock(&self.lists).insert(path.clone(), listing);
                answer
            }
        };
        *self.again[at].answer.get_or_init(|| found)
    }

    /// Reads a file. The stamp is there if it was the same before and after.
    fn read_whole(&self, path: &str, limit: u64) -> (io::Result<Vec<u8>>, Answer) {
        match self.inner.read_stamped(path, limit) {
            Ok((bytes, stamp)) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                let sum = Digest::of(&bytes);
                (Ok(bytes), Answer { sum, stamp })
            }
            Err(error) => {
                let answer = failure(&error).into();
                (Err(error), answer)
            }
        }
    }

    /// Reads a file piece by piece. No answer is what `take` ended.
    fn read_through(&self, path: &str, take: Taking<'_>) -> (io::Result<Option<Stamp>>, Answer) {
        let mut sum = Sum::default();
        let read = self.inner.pieces(path, &mut |piece| {
            sum.rest(piece);
            take(piece)
        });
        let answer = match &read {
            Ok(stamp) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                let sum = sum.finish();
                Answer { sum, stamp: *stamp }
            }
            Err(error) => failure(error).into(),
        };
        (read, answer)
    }

    /// Stops recording. Whether each question had the same answer every time.
    pub fn finish(&self) -> bool {
        self.finished.store(true, Ordering::SeqCst);
        !self.moved.load(Ordering::SeqCst)
    }

    /// Questions and answers of earlier builds that the build itself asked.
    fn asked_again(&self) -> impl Iterator<Item = Asked<&str, &Answer>> {
        let former = self.former.asked.iter().zip(&self.again);
        let former = former.filter(|(_, again)| again.asked.load(Ordering::SeqCst));
        former.filter_map(|(asked, again)| {
            Some(Asked {
                question: asked.question,
                path: asked.path.as_str(),
                answer: again.answer.get()?,
            })
        })
    }

    /// Writes a source after recording, adding to `former`. If that is what the build had read, the
    /// next build finds nothing changed.
    ///
    /// # Errors
    /// As [`Files::rewrite`].
    pub fn rewrite(
        &self,
        path: &str,
        former: &io::Result<Vec<u8>>,
        content: &[u8],
    ) -> io::Result<()> {
        self.inner.rewrite(path, content)?;
        let former = former
            .as_ref()
            .map_or_else(failure, |bytes| Digest::of(bytes));
        if self.noted(path).is_some_and(|noted| noted.sum == former) {
            let (sum, stamp) = (Digest::of(content), self.inner.stamp(path));
            lock(&self.written).insert(path.to_owned(), Answer { sum, stamp });
        }
        Ok(())
    }

    /// Whether saving this build's answers would spare the next build reading.
    pub fn read_any(&self) -> bool {
        self.read.load(Ordering::Relaxed) > 0
    }

    /// Saves the new answers to the questions of the last build, and returns their digest.
    pub fn save_again(&self) -> Digest {
        let again = self.again.iter();
        again.for_each(|again| again.asked.store(true, Ordering::SeqCst));
        self.save()
    }

    /// Saves questions and answers for the next build, and returns their digest.
    pub fn save(&self) -> Digest {
        let new = lock(&self.new);
        let own = new.iter().filter(|(_, noted)| noted.asked);
        let own = own.map(|((question, path), noted)| Asked {
            question: *question,
            path: path.as_str(),
            answer: &noted.answer,
        });
        let mut asked: Vec<Asked<&str, &Answer>> = self.asked_again().chain(own).collect();
        let written = lock(&self.written);
        for asked in &mut asked {
            if asked.question == Question::Content
                && let Some(answer) = written.get(asked.path)
            {
                asked.answer = answer;
            }
        }
        asked.par_sort_unstable_by_key(|a| (a.question, a.path));
        let mut sum = Sum::default();
        for Asked {
            question,
            path,
            answer,
        } in &asked
        {
            sum.number(*question as u64).text(path).digest(&answer.sum);
        }
        let table = Table {
            began: self.began,
            basis: sum.finish(),
            asked,
        };
        envelope::save_value(self.inner.as_ref(), NAME, &table);
        table.basis
    }

    fn note(&self, question: Question, path: &str, answer: Answer) {
        if self.finished.load(Ordering::SeqCst) {
            return;
        }
        let building = self.building.load(Ordering::SeqCst);
        let former = match self.place(question, path) {
            Some(at) => {
                let again = &self.again[at];
                if building {
                    again.asked.store(true, Ordering::SeqCst);
                }
                *again.answer.get_or_init(|| answer)
            }
            None => {
                let key = (question, path.to_owned());
                let noted = Noted {
                    answer,
                    asked: building,
                };
                let mut new = lock(&self.new);
                new.insert(key, noted).map_or(answer, |f| f.answer)
            }
        };
        if former.sum != answer.sum {
            self.moved.store(true, Ordering::SeqCst);
        }
    }

    fn noted(&self, path: &str) -> Option<Answer> {
        match self.place(Question::Content, path) {
            Some(at) => self.again[at].answer.get().copied(),
            None => {
                let key = (Question::Content, path.to_owned());
                Some(lock(&self.new).get(&key)?.answer)
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
