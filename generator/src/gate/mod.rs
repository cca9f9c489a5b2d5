//! The gate: before outputs are moved in, nothing of a document that is not published may stand in them.
//!
//! It knows nothing of kinds of output. It takes texts that identify a document (its *needles*) and searches for them in the
//! bytes and the paths of everything below `site/` and `edge/`.
//!
//! **A needle** is, of an edition that is a draft, not out yet, or expired:
//! - its title and the sentences of its lead: two words and twelve letters at least ("News" identifies nothing);
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
mod chars;
mod copies;
mod excuses;
mod needles;
mod outputs;
mod report;
mod search;
mod sources;
mod standing;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::{anchors::Frequencies, needles::Texts, search::Search};
use crate::{
    base::{
        clock::Now,
        files::Files,
        hash::{Digest, Map, Sum},
        index::index,
    },
    config::Config,
    link::{Edition, HeldBack, Life, Site},
    plan::{Job, Task},
    theme::Theme,
};

/// Phrases of so many words are excused where the theme has them too.
const COMMON_PHRASE: usize = 5;

index! {
    /// The place of a needle in `Known::needles`.
    NeedleId
}

index! {
    /// The place of a document in `Known::items`.
    ItemId
}

/// What a needle is, for messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    Title,
    Lead,
    Sentence,
    Address,
    Name,
    Key,
    File,
    /// Never a needle; it only excuses needles of others.
    Other,
}

/// How a needle is found.
#[derive(Clone, PartialEq, Debug)]
enum Form {
    /// By these words, one after the other.
    Words(Vec<u64>),
    /// By the exact text, not inside a longer word.
    Exact,
    /// As an output that equals this file.
    File { size: u64, digest: Digest },
}

/// A text or file that identifies a document.
#[derive(Clone, Debug)]
struct Needle {
    /// The document.
    item: ItemId,
    what: What,
    form: Form,
    /// As it stands in the source.
    text: String,
}

impl Needle {
    /// Identifies it in the record of a build.
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

    fn is_common_phrase(&self) -> bool {
        matches!(&self.form, Form::Words(words) if words.len() <= COMMON_PHRASE)
            && self.what != What::Key
    }
}

/// A document that is not published now, or will not be some day.
struct Item {
    edition: Edition,
    /// `None` for a draft that is not shown.
    life: Option<Life>,
    /// It is published now.
    published: bool,
}

/// The inputs of a gate.
pub struct Parts<'a> {
    /// The sources.
    pub files: &'a Arc<dyn Files>,
    /// The configuration.
    pub config: &'a Arc<Config>,
    /// What is published.
    pub site: &'a Site,
    /// The theme.
    pub theme: &'a Arc<Theme>,
    /// What is held back.
    pub held: &'a [HeldBack],
    /// The moment of the build.
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

/// Needles that were searched for in all outputs of a tree and do not leak.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Passed {
    /// Needles found in no output, sorted.
    nowhere: Vec<u64>,
    /// Needles found in some, sorted: each with the source of a published document that excuses it.
    excused: Vec<(u64, Arc<str>)>,
    /// Sources of all documents that excuse anything, now or later; sorted.
    excuses: Vec<Arc<str>>,
}

impl Passed {
    /// Whether an edit of a document may turn an excused match into a leak.
    pub fn rests_on(&self, source: &str) -> bool {
        self.excuses.binary_search_by(|e| (**e).cmp(source)).is_ok()
    }
}

/// Searches every output for what is held back.
pub struct Gate {
    files: Arc<dyn Files>,
    config: Arc<Config>,
    site: Site,
    now: Timestamp,
    drafts: bool,
    known: Arc<Known>,
    /// By needle, the source of a published document that excuses it.
    excused: Vec<OnceLock<Arc<str>>>,
    found: Mutex<Findings>,
}

/// Everything that does not depend on the text of published documents.
#[derive(Default)]
struct Known {
    items: Vec<Item>,
    needles: Vec<Needle>,
    /// Words too common to be anchors.
    usual: Frequencies,
    searches: Searches,
    /// By needle, whether it is a common phrase that the theme has too.
    common: Vec<bool>,
    /// Needles inside an address that has a rule: a title may be part of the slug of what is gone.
    ruled: BTreeSet<NeedleId>,
    /// By needle, the sources that hold it at any time.
    standing: BTreeMap<NeedleId, BTreeSet<Standing>>,
}

/// Searches for needles.
#[derive(Default)]
pub struct Searches {
    /// In all outputs.
    everywhere: Search,
    /// In outputs that do not depend on the time.
    verbatim: Search,
    /// By size.
    files: Map<u64, Vec<NeedleId>>,
}

/// A place that holds a needle at any time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    /// The output, or the source.
    place: Arc<str>,
    /// If it is a file beside documents: it is published with them.
    beside: Option<Arc<str>>,
}

#[derive(Default)]
struct Findings {
    /// By needle, the outputs that hold it.
    outputs: BTreeMap<NeedleId, BTreeSet<Arc<str>>>,
    /// By needle, what holds it at any time.
    standing: BTreeMap<NeedleId, BTreeSet<Standing>>,
    /// Sources that excuse such a needle.
    excuses: BTreeSet<Arc<str>>,
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Collects the needles.
    pub fn new(parts: Parts<'_>) -> Self {
        let item = |edition: &Edition, published| Item {
            edition: edition.clone(),
            life: standing::life(edition, parts.drafts),
            published,
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
        // The recorder notices a source that changed since it was parsed.
        let of_item = |(at, item): (usize, &Item)| texts.needles(at.into(), &item.edition);
        let needles = items.par_iter().enumerate().filter_map(of_item).flatten();
        // A draft's former address may now be that of a list: then it identifies nothing.
        let tells = |needle: &Needle| {
            let taken = needle.what == What::Address && parts.has_page(&needle.text);
            !taken || items[needle.item].published
        };
        let needles = needles.filter(tells);
        let mut known = Known {
            needles: needles.collect(),
            items,
            ..Known::default()
        };
        known.common = vec![false; known.needles.len()];
        if !known.needles.is_empty() {
            known.usual = gate.usual(parts.theme);
            known.searches = known.searches((0..known.needles.len()).map(NeedleId::from));
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

    /// The same gate after edits of published documents.
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

    /// Before any output is searched.
    fn begun(mut self) -> Self {
        self.excused = self.known.needles.iter().map(|_| OnceLock::new()).collect();
        self.found = Mutex::new(Findings {
            standing: self.known.standing.clone(),
            ..Findings::default()
        });
        self
    }

    /// How often words occur in outputs: counted in the theme and in a sample of documents.
    fn usual(&self, theme: &Theme) -> Frequencies {
        const SAMPLE: usize = 256;
        let mut usual = Frequencies::default();
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
            usual.add(&source.map_or_else(|_| Vec::new(), |s| s.bytes), 1);
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
}

impl Known {
    fn is_published(&self, needle: NeedleId) -> bool {
        self.items[self.needles[needle].item].published
    }

    fn searches(&self, numbers: impl IntoIterator<Item = NeedleId>) -> Searches {
        let (later, now): (Vec<NeedleId>, Vec<NeedleId>) =
            numbers.into_iter().partition(|n| self.is_published(*n));
        self.searches_in(&now, &later)
    }

    fn searches_in(&self, everywhere: &[NeedleId], verbatim: &[NeedleId]) -> Searches {
        let mut files: Map<u64, Vec<NeedleId>> = Map::default();
        for number in everywhere.iter().chain(verbatim).collect::<BTreeSet<_>>() {
            if let Form::File { size, .. } = self.needles[*number].form {
                files.entry(size).or_default().push(*number);
            }
        }
        let search = |numbers: &[NeedleId]| {
            let needle = |number: &NeedleId| (*number, &self.needles[*number]);
            Search::new(numbers.iter().map(needle), &self.usual)
        };
        Searches {
            everywhere: search(everywhere),
            verbatim: search(verbatim),
            files,
        }
    }

    fn stays(&mut self, number: NeedleId, place: &Arc<str>, beside: Option<Arc<str>>) {
        let place = place.clone();
        self.standing
            .entry(number)
            .or_default()
            .insert(Standing { place, beside });
    }
}

impl Searches {
    /// All needles in a text, but for those that are files.
    fn anywhere(&self, bytes: &[u8]) -> BTreeSet<NeedleId> {
        let mut found = self.everywhere.find(bytes, &|_| false);
        found.extend(self.verbatim.find(bytes, &|_| false));
        found
    }

    /// Whether an output needs no search.
    fn are_done(&self, verbatim: bool) -> bool {
        self.everywhere.is_empty() && (self.verbatim.is_empty() || !verbatim)
    }

    /// Whether a text may hold any of them.
    fn meets(&self, bytes: &[u8]) -> bool {
        self.everywhere.meets(bytes) || self.verbatim.meets(bytes)
    }
}

/// The sidecar's part of the outputs is private.
fn is_public(path: &str) -> bool {
    !path.starts_with("sidecar/")
}

/// Whether an output is a copy of a source or an asset.
fn is_verbatim(task: &Task) -> bool {
    matches!(task, Task::Asset(_)) || task.copied().is_some()
}
