//! The published editions by id, and a record of which of them a job reads.
//!
//! A full build holds them all. The short path loads an edition at its first use: an edit of one story needs a dozen of
//! a hundred thousand.

use std::{
    cell::RefCell,
    ops::Index,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Edition, EditionId};
use crate::{
    base::{date::Date, hash::Map},
    config::LangId,
};

/// Reads one edition of an earlier build; `None` when it cannot be read after all.
pub type Reader = Box<dyn Fn(EditionId) -> Option<Edition> + Send + Sync>;

enum Held {
    All(Vec<Edition>),
    OnDemand {
        slots: Vec<OnceLock<Box<Edition>>>,
        read: Reader,
        /// An edition could not be loaded: nothing made with it is valid.
        failed: AtomicBool,
    },
}

/// Editions by [`EditionId`]: by language, date and path.
#[derive(Clone)]
pub struct Editions {
    held: Arc<Held>,
    /// Edited since.
    replaced: Map<EditionId, Arc<Edition>>,
}

impl Default for Editions {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<Edition>> for Editions {
    fn from(all: Vec<Edition>) -> Self {
        Self {
            held: Arc::new(Held::All(all)),
            replaced: Map::default(),
        }
    }
}

impl Editions {
    /// `count` editions, each loaded at its first use.
    pub fn on_demand(count: usize, read: Reader) -> Self {
        let slots = std::iter::repeat_with(OnceLock::new).take(count).collect();
        let failed = AtomicBool::new(false);
        Self {
            held: Arc::new(Held::OnDemand {
                slots,
                read,
                failed,
            }),
            replaced: Map::default(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &*self.held {
            Held::All(all) => all.len(),
            Held::OnDemand { slots, .. } => slots.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Edition> {
        (0..self.len()).map(|id| &self[EditionId::from(id)])
    }

    /// The same editions with some replaced.
    pub fn with(&self, edited: impl IntoIterator<Item = (EditionId, Edition)>) -> Self {
        let mut out = self.clone();
        let edited = edited.into_iter().map(|(id, e)| (id, Arc::new(e)));
        out.replaced.extend(edited);
        out
    }

    /// Whether each edition that was read could be read.
    pub fn whole(&self) -> bool {
        match &*self.held {
            Held::All(_) => true,
            Held::OnDemand { failed, .. } => !failed.load(Ordering::SeqCst),
        }
    }
}

/// The structural facts of an edition. A quiet edit changes none of them, so that reading them does not count as
/// reading the edition.
pub struct Place<'a> {
    /// Its language.
    pub lang: LangId,
    /// Its address.
    pub address: &'a str,
    /// The date that feeds and sitemaps give.
    pub changed: Option<Date>,
    /// Published editions of the same document by language, itself included.
    pub translations: &'a [EditionId],
    /// Ids that a `#fragment` may name.
    pub anchors: &'a [Box<str>],
    /// How many of them, from the first, are headings.
    pub headings: usize,
}

impl Editions {
    /// Where an edition stands.
    pub fn place(&self, id: EditionId) -> Place<'_> {
        let edition = self.get(id);
        Place {
            lang: edition.source.lang,
            address: &edition.address,
            changed: edition.changed(),
            translations: &edition.translations,
            anchors: &edition.body.anchors,
            headings: edition.body.headings,
        }
    }

    fn get(&self, id: EditionId) -> &Edition {
        if !self.replaced.is_empty()
            && let Some(edition) = self.replaced.get(&id)
        {
            return edition;
        }
        match &*self.held {
            Held::All(all) => &all[id],
            Held::OnDemand {
                slots,
                read,
                failed,
            } => slots[id].get_or_init(|| {
                Box::new(read(id).unwrap_or_else(|| {
                    failed.store(true, Ordering::SeqCst);
                    Edition::default()
                }))
            }),
        }
    }
}

impl Editions {
    /// The id on an edition's page that a fragment means: its own, or that of the heading in the same place
    /// where the fragment is an id of the document that it translates.
    pub fn anchor(&self, id: EditionId, fragment: &str) -> Option<&str> {
        let place = self.place(id);
        let find = |anchors: &[Box<str>]| anchors.iter().position(|a| **a == *fragment);
        let own = find(place.anchors);
        let translated = || {
            let original = self.place(*place.translations.first()?);
            let same_parts = original.headings == place.headings;
            find(&original.anchors[..original.headings]).filter(|_| same_parts)
        };
        let at = own.or_else(translated)?;
        place.anchors.get(at).map(|anchor| &**anchor)
    }
}

impl Index<EditionId> for Editions {
    type Output = Edition;

    fn index(&self, id: EditionId) -> &Edition {
        self.get(id)
    }
}

/// Which editions a job reads.
#[derive(Default)]
pub struct Reads(RefCell<Vec<EditionId>>);

impl Reads {
    /// Sorted, each once.
    pub fn sorted(self) -> Box<[EditionId]> {
        let mut read = self.0.into_inner();
        read.sort_unstable();
        read.dedup();
        read.into_boxed_slice()
    }
}

/// The editions as one job sees them; its reads are recorded if wanted.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    editions: &'a Editions,
    reads: Option<&'a Reads>,
}

impl<'a> Reading<'a> {
    /// Of `editions`, recorded in `reads`.
    pub fn new(editions: &'a Editions, reads: Option<&'a Reads>) -> Self {
        Self { editions, reads }
    }

    /// Records a read of an edition, or of a value derived from it.
    pub fn note(&self, id: EditionId) {
        if let Some(reads) = self.reads {
            reads.0.borrow_mut().push(id);
        }
    }

    /// The structural facts of an edition, which does not count as reading it.
    pub fn place(&self, id: EditionId) -> Place<'a> {
        self.editions.place(id)
    }

    /// As [`Editions::anchor`]; it does not count as reading the edition either.
    pub fn anchor(&self, id: EditionId, fragment: &str) -> Option<&'a str> {
        self.editions.anchor(id, fragment)
    }
}

impl Index<EditionId> for Reading<'_> {
    type Output = Edition;

    fn index(&self, id: EditionId) -> &Edition {
        self.note(id);
        self.editions.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Editions {
        let titled = |title: &str| {
            let mut edition = Edition::default();
            Arc::make_mut(&mut edition.meta).title = title.to_owned();
            edition
        };
        vec![titled("a"), titled("b")].into()
    }

    #[test]
    fn reads_are_recorded_once_each() {
        let (editions, reads) = (two(), Reads::default());
        let reading = Reading::new(&editions, Some(&reads));
        let _ = reading.place(EditionId::from(0));
        let _ = &reading[EditionId::from(1)];
        assert_eq!(reading[EditionId::from(1)].meta.title, "b");
        assert_eq!(*reads.sorted(), [EditionId::from(1)]);
    }

    #[test]
    fn an_edition_that_cannot_be_read_is_remembered() {
        let editions = Editions::on_demand(
            2,
            Box::new(|id| (id == EditionId::from(0)).then(Edition::default)),
        );
        let _ = &editions[EditionId::from(0)];
        assert!(editions.whole());
        let _ = &editions[EditionId::from(1)];
        assert!(!editions.whole());
    }

    #[test]
    fn a_replaced_edition_stands_for_the_old_one() {
        let editions = two();
        let mut other = editions[EditionId::from(1)].clone();
        Arc::make_mut(&mut other.meta).title = "c".to_owned();
        let edited = editions.with([(EditionId::from(1), other)]);
        assert_eq!(edited[EditionId::from(1)].meta.title, "c");
        assert_eq!(editions[EditionId::from(1)].meta.title, "b");
    }
}
