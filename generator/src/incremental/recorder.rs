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
    disk::{CACHE, Disk},
    envelope,
    questions::{
        Again, Answer, Asked, AskedId, Difference, Listing, Noted, Question, Table, failure,
        listing, number,
    },
};
use crate::base::{
    files::{Content, Files, Version},
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
    sources: Arc<dyn Files>,
    disk: Arc<dyn Disk>,
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
    pub fn begin(sources: &Arc<dyn Files>, disk: &Arc<dyn Disk>) -> Option<Self> {
        disk.save(CLOCK, &mut |_| Ok(())).ok()?;
        let began = disk.stamp(&format!("{CACHE}/{CLOCK}"))?.latest();
        let former: Table<Vec<Asked<String>>> =
            envelope::load_value(disk.as_ref(), NAME).unwrap_or_default();
        Some(Self {
            sources: sources.clone(),
            disk: disk.clone(),
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
            .map(AskedId::from)
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
    pub fn unlike(sources: &Arc<dyn Files>, disk: &Arc<dyn Disk>) -> Vec<String> {
        let Some(recorder) = Self::begin(sources, disk) else {
            return Vec::new();
        };
        let asked = recorder.former.asked.par_iter();
        let unlike = asked.filter(|asked| {
            recorder.vouched(asked)
                && disk.stamp(&asked.path) == asked.answer.stamp
                && sources
                    .digest(&asked.path)
                    .is_ok_and(|d| d != asked.answer.sum)
        });
        unlike.map(|asked| asked.path.clone()).collect()
    }

    /// Whether a stamp can vouch for a file: one that was written in the same tick as the build read it may have
    /// changed since.
    fn vouched(&self, asked: &Asked<String>) -> bool {
        let limit = self.former.began.saturating_sub(TICK);
        asked.question == Question::Content
            && asked.answer.stamp.is_some_and(|s| s.latest() <= limit)
    }

    fn place(&self, question: Question, path: &str) -> Option<AskedId> {
        let key =
            |asked: &Asked<String>| (asked.question, asked.path.as_str()).cmp(&(question, path));
        let found = self.former.asked.binary_search_by(key);
        found.ok().map(AskedId::from)
    }

    /// The answer to a question of the last build, asked once.
    fn answer(&self, at: AskedId) -> Answer {
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
                let stamp = self.disk.stamp(path);
                match self.vouched(&self.former.asked[at]) && stamp == answer.stamp {
                    true => *answer,
                    false => self.of_read(self.sources.pieces(path, &mut |_| Ok(())).as_ref()),
                }
            }
            Question::Size => self
                .sources
                .size(path)
                .map_or_else(|e| failure(&e), number)
                .into(),
            Question::List => {
                let (found, problems) = self.sources.walk(path);
                let answer = listing(&found, &problems).into();
                let listing = (found, problems);
                lock(&self.lists).insert(path.clone(), listing);
                answer
            }
        };
        *self.again[at].answer.get_or_init(|| found)
    }

    /// The answer that reading a file gave.
    fn of_read(&self, read: Result<&Version, &io::Error>) -> Answer {
        match read {
            Ok(version) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                Answer {
                    sum: version.digest,
                    stamp: version.stamp,
                }
            }
            Err(error) => failure(error).into(),
        }
    }

    /// The digest of a file that need not be read for it: it is what it was for the last build, or was read
    /// already.
    pub fn known(&self, path: &str) -> Option<Digest> {
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

    /// Where this build's answers and all that goes with them are saved.
    pub fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    /// The files as they are now, without a record.
    pub fn sources(&self) -> &dyn Files {
        self.sources.as_ref()
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
    /// As [`Disk::rewrite`].
    pub fn rewrite(
        &self,
        path: &str,
        former: &io::Result<Content>,
        content: &[u8],
    ) -> io::Result<()> {
        self.disk.rewrite(path, content)?;
        let former = former.as_ref().map_or_else(failure, |c| c.version.digest);
        if self.noted(path).is_some_and(|noted| noted.sum == former) {
            let (sum, stamp) = (Digest::of(content), self.disk.stamp(path));
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
        envelope::save_value(self.disk(), NAME, &table);
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
