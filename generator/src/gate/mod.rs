//! The gate: before outputs are moved in, nothing of a document that is not published may stand in them.
//!
//! It knows nothing of kinds of output. It takes what tells of a document (its *needles*) and looks for that in the
//! bytes and the paths of everything below `site/` and `edge/`.
//!
//! **A needle** is, of an edition that is a draft, not out yet, or expired:
//! - its title and the sentences of its lead: two words and twelve letters at least ("News" tells nothing);
//! - a sentence of its body, transcript, captions, shotlist, corrections, or a description of a picture: four words
//!   and twenty letters at least. A sign of a script without spaces is a word and two letters;
//! - its address and its former ones, to the letter. In `edge/` those may stand that have a rule there: an expired
//!   document answers 410, and so does what editors put on the list of what is gone;
//! - the names of its files, where they are eight letters long, and the names that they would have on the site;
//! - the checksum of a rendition, which is its key in the storage;
//! - the content of its files: an output that is the same, byte for byte.
//!
//! Words are compared as `words.rs` says: in whatever encoding, without markup, punctuation and capitals.
//!
//! **It is no leak** if a published document says the same: in its title, lead, body, transcript, captions and the
//! like, in the names of its terms, or as one of its addresses or files. Five words or fewer are no leak either where
//! the theme or `site.toml` says them: "Terms of use" is the name of a thing. Static files, redirects and outputs
//! excuse nothing.
//!
//! **Nothing begins to leak because time passes**: see `standing.rs`.

mod anchors;
mod needles;
mod report;
mod search;
mod standing;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::{
    anchors::Usual,
    needles::{Said, Texts, file_path},
    search::Search,
    standing::Life,
};
use crate::{
    base::{
        clock::Now,
        files::Files,
        hash::{Digest, Map, Sum},
    },
    config::{self, Config},
    link::{Edition, HeldBack, Site, Target},
    plan::{Job, Task},
    theme::Theme,
};

/// Words that the theme may say too.
const NAME_OF_A_THING: usize = 5;

/// What a needle is, for a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    Title,
    Lead,
    Sentence,
    Address,
    Name,
    Key,
    File,
    /// It excuses others, and is no needle.
    Other,
}

/// How a needle is found.
#[derive(Clone, PartialEq, Debug)]
enum Form {
    /// These words one after the other.
    Words(Vec<u64>),
    /// The text as it is, and no letter around it.
    Exact,
    /// An output that is this file.
    File { size: u64, digest: Digest },
}

/// Something that tells of a document.
#[derive(Clone, Debug)]
struct Needle {
    /// The document's place in [`Gate::items`].
    item: u32,
    what: What,
    form: Form,
    /// As it stands in the source.
    text: String,
}

impl Needle {
    /// What stands for it in what builds remember.
    fn mark(&self) -> u64 {
        let mut sum = Sum::default();
        match &self.form {
            Form::Words(hashes) => hashes.iter().fold(&mut sum, |sum, hash| sum.number(*hash)),
            Form::Exact => sum.text(&self.text),
            Form::File { digest, .. } => sum.digest(digest),
        };
        let mark = sum.finish().bytes()[..8].try_into();
        mark.map_or(0, u64::from_le_bytes)
    }

    fn is_name_of_a_thing(&self) -> bool {
        matches!(&self.form, Form::Words(words) if words.len() <= NAME_OF_A_THING)
            && self.what != What::Key
    }
}

/// A document that is not published now, or will not be some day.
struct Item {
    edition: Edition,
    life: Life,
    /// It is published now.
    out: bool,
}

/// What a gate is made from.
pub struct Parts<'a> {
    /// The door to the sources.
    pub files: &'a Arc<dyn Files>,
    /// The configuration.
    pub config: &'a Arc<Config>,
    /// What is published.
    pub site: &'a Site,
    /// The theme.
    pub theme: &'a Arc<Theme>,
    /// What is not.
    pub held: &'a [HeldBack],
    /// The moment the build speaks for.
    pub now: Now,
    /// Whether drafts count as published.
    pub drafts: bool,
    /// Addresses for which there are rules in `edge/`.
    pub rules: BTreeSet<String>,
    /// All outputs, sorted by path.
    pub jobs: &'a [Job],
}

impl Parts<'_> {
    /// Whether the site has a page at an address.
    fn has_page(&self, address: &str) -> bool {
        let path = format!("site{address}/index.html");
        let found = self.jobs.binary_search_by(|job| (*job.path).cmp(&path));
        found.is_ok()
    }
}

/// What was looked for in all outputs of a tree and is no leak.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Passed {
    /// Needles that stand in no output, sorted.
    nowhere: Vec<u64>,
    /// Needles that stand in some, sorted: each with the source of a published document that says it.
    excused: Vec<(u64, Arc<str>)>,
    /// Sources of all documents on which it rests that nothing leaks, now or later; sorted.
    excuses: Vec<Arc<str>>,
}

impl Passed {
    /// Whether an edit of a document may make a leak of what is none.
    pub fn rests_on(&self, source: &str) -> bool {
        self.excuses.binary_search_by(|e| (**e).cmp(source)).is_ok()
    }
}

/// Looks for what is not published in everything that goes out.
pub struct Gate {
    files: Arc<dyn Files>,
    config: Arc<Config>,
    site: Site,
    now: Timestamp,
    drafts: bool,
    known: Arc<Known>,
    /// The source of a published document that says it, by needle.
    excused: Vec<OnceLock<Arc<str>>>,
    found: Mutex<Findings>,
}

/// What does not depend on what published documents say.
#[derive(Default)]
struct Known {
    items: Vec<Item>,
    needles: Vec<Needle>,
    /// What is no good as an anchor.
    usual: Usual,
    searches: Searches,
    /// Needles that the theme says, and that are names of things.
    named: Vec<bool>,
    /// Needles of which an address with a rule consists: a title may stand in the slug of what is gone.
    ruled: BTreeSet<u32>,
    /// By needle, sources that hold it and stay.
    standing: BTreeMap<u32, BTreeSet<Standing>>,
}

/// What looks for needles.
#[derive(Default)]
pub struct Searches {
    /// In all outputs.
    everywhere: Search,
    /// In those that stay as they are whatever the time.
    verbatim: Search,
    /// By size.
    files: Map<u64, Vec<u32>>,
}

/// Where something stays that was found in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    /// The output, or the source.
    place: Arc<str>,
    /// A file beside documents goes with them.
    beside: Option<Arc<str>>,
}

#[derive(Default)]
struct Findings {
    /// By needle, the outputs that hold it.
    outputs: BTreeMap<u32, BTreeSet<Arc<str>>>,
    /// By needle, what holds it and stays.
    standing: BTreeMap<u32, BTreeSet<Standing>>,
    /// Sources that excuse what stays.
    excuses: BTreeSet<Arc<str>>,
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Gathers what must not be found.
    pub fn new(parts: Parts<'_>) -> Self {
        let item = |edition: &Edition, out| Item {
            edition: edition.clone(),
            life: Life::of(edition, parts.drafts),
            out,
        };
        let mut items: Vec<Item> = parts.held.iter().map(|h| item(&h.edition, false)).collect();
        for edition in parts.site.editions.iter() {
            if edition.meta.expires.is_some() {
                items.push(item(edition, true));
            }
        }
        let mut gate = Self {
            files: parts.files.clone(),
            config: parts.config.clone(),
            site: parts.site.clone(),
            now: parts.now.0,
            drafts: parts.drafts,
            known: Arc::default(),
            excused: Vec::new(),
            found: Mutex::default(),
        };
        let texts = gate.texts();
        // A source that changed since it was parsed is noticed by whoever watches the files.
        let of_item = |(at, item): (usize, &Item)| texts.needles(at as u32, &item.edition);
        let needles = items.par_iter().enumerate().filter_map(of_item).flatten();
        // A draft's former address may be that of a list: then it tells nothing.
        let tells = |needle: &Needle| {
            let taken = needle.what == What::Address && parts.has_page(&needle.text);
            !taken || items[needle.item as usize].out
        };
        let needles = needles.filter(tells);
        let mut known = Known {
            needles: needles.collect(),
            items,
            ..Known::default()
        };
        known.named = vec![false; known.needles.len()];
        if !known.needles.is_empty() {
            known.usual = gate.usual(parts.theme);
            known.searches = known.searches(0..known.needles.len() as u32);
            let addresses = parts.rules.iter();
            let in_rules =
                addresses.flat_map(|address| known.searches.anywhere(address.as_bytes()));
            known.ruled = in_rules.collect();
            gate.theme(parts.theme, &mut known);
            gate.attachments(&mut known);
        }
        gate.known = Arc::new(known);
        gate.begun()
    }

    /// The same gate when published documents say something else.
    pub fn edited(&self, site: &Site) -> Self {
        let gate = Self {
            files: self.files.clone(),
            config: self.config.clone(),
            site: site.clone(),
            now: self.now,
            drafts: self.drafts,
            known: self.known.clone(),
            excused: Vec::new(),
            found: Mutex::default(),
        };
        gate.begun()
    }

    /// With nothing found but what stands in sources.
    fn begun(mut self) -> Self {
        self.excused = self.known.needles.iter().map(|_| OnceLock::new()).collect();
        self.found = Mutex::new(Findings {
            standing: self.known.standing.clone(),
            ..Findings::default()
        });
        self
    }

    /// What outputs are likely to hold: what the theme says, and some documents.
    fn usual(&self, theme: &Theme) -> Usual {
        const SAMPLE: usize = 256;
        let mut usual = Usual::default();
        for template in &theme.templates {
            usual.add(template.text.as_bytes(), SAMPLE as u32);
        }
        let editions = &self.site.editions;
        for edition in editions
            .iter()
            .step_by(editions.len().div_ceil(SAMPLE).max(1))
        {
            let source = self.files.read(&edition.source.path);
            usual.add(edition.address.as_bytes(), 1);
            usual.add(&source.unwrap_or_default(), 1);
        }
        usual
    }

    fn texts(&self) -> Texts<'_> {
        Texts {
            files: self.files.as_ref(),
            config: &self.config,
            site: &self.site,
        }
    }

    /// The theme and the settings stand whatever the time. What they say excuses names of things.
    fn theme(&self, theme: &Theme, known: &mut Known) {
        let mut texts: Vec<(Arc<str>, Vec<u8>)> = Vec::new();
        for template in &theme.templates {
            texts.push((
                template.path.clone(),
                without_comments(&template.text).into_bytes(),
            ));
        }
        let catalogues = self
            .config
            .languages
            .iter()
            .map(|l| format!("{}/i18n/{}.ftl", theme.folder, l.lang));
        for path in catalogues.chain([config::FILE.to_owned()]) {
            let read = self.files.read(&path).ok();
            texts.extend(read.map(|bytes| (path.into(), without_notes(&bytes))));
        }
        for (place, bytes) in texts {
            for number in known.searches.anywhere(&bytes) {
                match known.needles[number as usize].is_name_of_a_thing() {
                    true => known.named[number as usize] = true,
                    false => known.stays(number, &place, None),
                }
            }
        }
        let assets = theme
            .asset_names
            .iter()
            .filter_map(|name| theme.assets.get(name));
        for number in assets.flat_map(|asset| known.searches.anywhere(&asset.bytes)) {
            known.named[number as usize] |= known.needles[number as usize].is_name_of_a_thing();
        }
    }

    /// Files beside documents that are not out yet will be outputs some day.
    fn attachments(&self, known: &mut Known) {
        let texts = self.texts();
        let waiting = known.items.iter().filter(|i| !i.out && !i.life.draft);
        let used = waiting.flat_map(|i| texts.used(&i.edition));
        let path = |target| match target {
            Target::File(path) => Some(path),
            _ => None,
        };
        for path in used.filter_map(path).collect::<BTreeSet<String>>() {
            let mut found: BTreeSet<u32> = BTreeSet::new();
            self.in_pieces(&path, |bytes| found.extend(known.searches.anywhere(bytes)));
            let path: Arc<str> = path.into();
            for number in found {
                known.stays(number, &path, Some(path.clone()));
            }
        }
    }

    /// Whether there is nothing to look for.
    fn is_open(&self) -> bool {
        self.known.needles.is_empty()
    }

    /// Looks into a new output.
    pub fn search(&self, job: &Job, bytes: &[u8]) {
        if !self.is_open() && is_public(&job.path) {
            self.texts_in(&self.known.searches, job, bytes);
            self.file_in(job, bytes.len() as u64, &mut || Digest::of(bytes));
        }
    }

    /// Looks for everything, or for what is `fresh`, in an output that lies there since a former build.
    pub fn search_again(
        &self,
        fresh: Option<&Searches>,
        job: &Job,
        (size, digest): (u64, Digest),
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        if self.is_open() || !is_public(&job.path) {
            return;
        }
        let searches = fresh.unwrap_or(&self.known.searches);
        if !searches.are_done(job) {
            self.texts_in(searches, job, &read().unwrap_or_default());
        }
        self.file_in(job, size, &mut || digest);
    }

    /// Looks into an output that is a copy of a source: for everything, or for what is `fresh`. It may be large.
    pub fn search_copy(&self, fresh: Option<&Searches>, job: &Job, source: &str) {
        let searches = fresh.unwrap_or(&self.known.searches);
        if self.is_open() {
            return;
        }
        if !searches.are_done(job) {
            self.in_pieces(source, |bytes| self.texts_in(searches, job, bytes));
        }
        let size = self.files.size(source).unwrap_or_default();
        self.file_in(job, size, &mut || {
            self.files.digest(source).unwrap_or_default()
        });
    }

    /// Hands over a file in pieces that overlap by more than any needle has.
    fn in_pieces(&self, path: &str, mut take: impl FnMut(&[u8])) {
        const PIECE: usize = 1 << 20;
        const OVERLAP: usize = 1 << 14;
        let mut held = Vec::new();
        // Whoever copies it tells when it cannot be read.
        let _ = self.files.pieces(path, &mut |piece| {
            held.extend_from_slice(piece);
            if held.len() >= PIECE {
                take(&held);
                held.drain(..held.len() - OVERLAP);
            }
            Ok(())
        });
        take(&held);
    }

    fn texts_in(&self, searches: &Searches, job: &Job, bytes: &[u8]) {
        let verbatim = is_verbatim(&job.task);
        let no_matter = |number: u32| {
            let number = number as usize;
            self.known.named[number] || (!verbatim && self.excused[number].get().is_some())
        };
        let mut found: BTreeSet<u32> = BTreeSet::new();
        for text in [job.path.as_bytes(), bytes] {
            found.extend(searches.everywhere.find(text, &no_matter));
            if verbatim {
                found.extend(searches.verbatim.find(text, &no_matter));
            }
        }
        self.note(job, found);
    }

    fn file_in(&self, job: &Job, size: u64, digest: &mut dyn FnMut() -> Digest) {
        let Some(candidates) = self.known.searches.files.get(&size) else {
            return;
        };
        let (own, verbatim) = (digest(), is_verbatim(&job.task));
        let same = |number: &u32| match self.known.needles[*number as usize].form {
            Form::File { digest, .. } => digest == own && (verbatim || !self.known.is_out(*number)),
            _ => false,
        };
        self.note(job, candidates.iter().copied().filter(same).collect());
    }

    fn note(&self, job: &Job, found: BTreeSet<u32>) {
        self.excuse(&found, job);
        for number in found {
            if self.known.ruled.contains(&number) && job.path.starts_with("edge/") {
                continue;
            }
            if is_verbatim(&job.task) {
                let beside = match &job.task {
                    Task::File(path) => Some(path.clone()),
                    _ => None,
                };
                let place = job.path.clone();
                let standing = Standing { place, beside };
                lock(&self.found)
                    .standing
                    .entry(number)
                    .or_default()
                    .insert(standing);
            }
            if !self.known.is_out(number) && self.excused[number as usize].get().is_none() {
                let mut found = lock(&self.found);
                found
                    .outputs
                    .entry(number)
                    .or_default()
                    .insert(job.path.clone());
            }
        }
    }

    /// Most of what is found and is no leak is said by the very document whose page it is.
    fn excuse(&self, found: &BTreeSet<u32>, job: &Job) {
        let excused = |number: u32| self.excused[number as usize].get().is_some();
        let asks = |number: u32| !self.known.is_out(number) && !excused(number);
        let Task::Document(id) = &job.task else {
            return;
        };
        let asked: Vec<u32> = found.iter().copied().filter(|n| asks(*n)).collect();
        if asked.is_empty() {
            return;
        }
        let edition = &self.site.editions[*id];
        let searches = self.known.searches(asked);
        for number in self.said_by(&searches, edition) {
            let _ = self.excused[number as usize].set(edition.source.path.clone());
        }
    }

    /// Which needles a document says too.
    fn said_by(&self, searches: &Searches, edition: &Edition) -> BTreeSet<u32> {
        let texts = self.texts();
        let search = |said: &[Said]| -> BTreeSet<u32> {
            let found = said
                .iter()
                .flat_map(|s| searches.anywhere(s.text.as_bytes()));
            found.collect()
        };
        let mut found = search(&texts.front(edition));
        let source = self.files.read(&edition.source.path).unwrap_or_default();
        if edition.meta.dossier.is_some() || searches.meets(&source) {
            found.extend(search(&texts.body(edition).unwrap_or_default()));
        }
        if searches.files.is_empty() {
            return found;
        }
        for path in texts.used(edition).iter().map(file_path) {
            let size = self.files.size(&path).unwrap_or_default();
            let Some(candidates) = searches.files.get(&size) else {
                continue;
            };
            let own = self.files.digest(&path).ok();
            let same = |number: &u32| match self.known.needles[*number as usize].form {
                Form::File { digest, .. } => own == Some(digest),
                _ => false,
            };
            found.extend(candidates.iter().copied().filter(same));
        }
        found
    }

    /// Who says these needles, and when it is published: documents that are, and those that will be.
    fn sayers(&self, wanted: &BTreeSet<u32>) -> Map<u32, Vec<(Life, Arc<str>)>> {
        let searches = self.known.searches(wanted.iter().copied());
        let published = self.site.editions.len();
        let waiting = self.known.items.iter().filter(|i| !i.out && !i.life.draft);
        let waiting: Vec<&Edition> = waiting.map(|i| &i.edition).collect();
        let of = |at: usize| {
            let edition = match at.checked_sub(published) {
                Some(at) => waiting[at],
                None => &self.site.editions[at],
            };
            let said = self.said_by(&searches, edition);
            (!said.is_empty()).then(|| {
                (
                    Life::of(edition, self.drafts),
                    edition.source.path.clone(),
                    said,
                )
            })
        };
        let all = (0..published + waiting.len()).into_par_iter();
        let mut out: Map<u32, Vec<(Life, Arc<str>)>> = Map::default();
        for (life, source, said) in all.filter_map(of).collect::<Vec<_>>() {
            for number in wanted.iter().filter(|n| said.contains(n)) {
                out.entry(*number).or_default().push((life, source.clone()));
            }
        }
        out
    }

    /// What must be looked for in the outputs of a former build, where `passed` is known of them.
    pub fn fresh(&self, passed: &Passed) -> Searches {
        let mut by_source: BTreeMap<&Arc<str>, BTreeSet<u32>> = BTreeMap::new();
        let mut left = Vec::new();
        for (number, needle) in (0..).zip(&self.known.needles) {
            let mark = needle.mark();
            if self.known.named[number as usize] || passed.nowhere.binary_search(&mark).is_ok() {
                continue;
            }
            left.push(number);
            if let Ok(at) = passed
                .excused
                .binary_search_by_key(&mark, |(mark, _)| *mark)
            {
                by_source
                    .entry(&passed.excused[at].1)
                    .or_default()
                    .insert(number);
            }
        }
        let mut excused = BTreeSet::new();
        for (source, numbers) in by_source {
            let Some(id) = self.site.resolver.published(source) else {
                continue;
            };
            let searches = self.known.searches(numbers);
            for number in self.said_by(&searches, &self.site.editions[id]) {
                let _ = self.excused[number as usize].set(source.clone());
                excused.insert(number);
            }
        }
        let everywhere = left.iter().copied();
        let everywhere = everywhere.filter(|n| !excused.contains(n) && !self.known.is_out(*n));
        self.known
            .searches_in(&everywhere.collect::<Vec<_>>(), &left)
    }

    /// What the next build may know of the outputs, if nothing leaks.
    pub fn passed(&self) -> Passed {
        let found = lock(&self.found);
        let mut passed = Passed::default();
        for (number, needle) in (0..).zip(&self.known.needles) {
            let at = number as usize;
            if let Some(source) = self.excused[at].get() {
                passed.excused.push((needle.mark(), source.clone()));
            } else if !self.known.named[at] && !found.standing.contains_key(&number) {
                passed.nowhere.push(needle.mark());
            }
        }
        passed.nowhere.sort_unstable();
        passed.nowhere.dedup();
        passed.excused.sort_unstable();
        // One mark is that of equal needles of several documents: each must be known.
        passed.nowhere.retain(|mark| {
            passed
                .excused
                .binary_search_by_key(mark, |(mark, _)| *mark)
                .is_err()
        });
        let of_outputs = passed.excused.iter().map(|(_, source)| source.clone());
        let excuses: BTreeSet<Arc<str>> = found.excuses.iter().cloned().chain(of_outputs).collect();
        passed.excuses = excuses.into_iter().collect();
        passed
    }
}

impl Known {
    fn is_out(&self, needle: u32) -> bool {
        self.items[self.needles[needle as usize].item as usize].out
    }

    fn searches(&self, numbers: impl IntoIterator<Item = u32>) -> Searches {
        let (later, now): (Vec<u32>, Vec<u32>) = numbers.into_iter().partition(|n| self.is_out(*n));
        self.searches_in(&now, &later)
    }

    fn searches_in(&self, everywhere: &[u32], verbatim: &[u32]) -> Searches {
        let mut files: Map<u64, Vec<u32>> = Map::default();
        for number in everywhere.iter().chain(verbatim).collect::<BTreeSet<_>>() {
            if let Form::File { size, .. } = self.needles[*number as usize].form {
                files.entry(size).or_default().push(*number);
            }
        }
        let search = |numbers: &[u32]| {
            let needle = |number: &u32| (*number, &self.needles[*number as usize]);
            Search::new(numbers.iter().map(needle), &self.usual)
        };
        Searches {
            everywhere: search(everywhere),
            verbatim: search(verbatim),
            files,
        }
    }

    fn stays(&mut self, number: u32, place: &Arc<str>, beside: Option<Arc<str>>) {
        let place = place.clone();
        self.standing
            .entry(number)
            .or_default()
            .insert(Standing { place, beside });
    }
}

impl Searches {
    /// All needles of words and characters that stand in a text.
    fn anywhere(&self, bytes: &[u8]) -> BTreeSet<u32> {
        let mut found = self.everywhere.find(bytes, &|_| false);
        found.extend(self.verbatim.find(bytes, &|_| false));
        found
    }

    /// Whether there is nothing to look for in an output.
    fn are_done(&self, job: &Job) -> bool {
        self.everywhere.is_empty() && (self.verbatim.is_empty() || !is_verbatim(&job.task))
    }

    /// Whether any of them may stand in it.
    fn meets(&self, bytes: &[u8]) -> bool {
        self.everywhere.meets(bytes) || self.verbatim.meets(bytes)
    }
}

/// The sidecar's part of the outputs is private.
fn is_public(path: &str) -> bool {
    !path.starts_with("sidecar/")
}

/// Outputs that are copies of what stands in the newsroom.
fn is_verbatim(task: &Task) -> bool {
    matches!(task, Task::Static(_) | Task::File(_) | Task::Asset(_))
}

/// A template without what stands in it for its authors alone.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{#") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find("#}")
            .map_or("", |close| &rest[open + close + 2..]);
    }
    out + rest
}

/// Settings without lines that are comments.
fn without_notes(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|b| *b == b'\n');
    lines
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"))
        .flatten()
        .copied()
        .collect()
}
