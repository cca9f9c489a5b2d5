//! The site of the last build: its structure from the snapshot, its editions loaded at their first use.

use jiff::Timestamp;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        hash::{Digest, Map},
        index::Indexed,
    },
    config::Config,
    discover::{self, SourceFile},
    link::{self, Edition, EditionId, Editions, MemberId, Site, Structure, TermId},
    parse::Document,
};

/// Identifies the documents of a site, with what linking added to them.
#[derive(Default, Serialize, Deserialize)]
pub struct Stubs {
    /// Of their files.
    digests: Vec<Digest>,
    /// Of the files from which translations take what they lack.
    originals: Map<EditionId, Digest>,
    /// How many terms each has in each taxonomy.
    counts: Vec<u32>,
    /// Their terms, one after the other.
    terms: Vec<TermId>,
}

impl Stubs {
    /// Of all editions of a site.
    pub fn of(site: &Site) -> Self {
        let mut out = Self::default();
        for (id, edition) in site.editions.iter().indexed() {
            out.digests.push(edition.digest);
            out.originals
                .extend(edition.original.map(|digest| (id, digest)));
            for terms in &edition.terms {
                out.counts.push(terms.len() as u32);
                out.terms.extend(terms);
            }
        }
        out
    }

    /// How many editions there are.
    fn len(&self) -> usize {
        self.digests.len()
    }
}

/// Gives the document that a source with this content parses to.
pub type Recall = Box<dyn Fn(&SourceFile, Digest) -> Option<Document> + Send + Sync>;

/// What is needed to load an edition.
struct Shelf {
    config: Arc<Config>,
    structure: Arc<Structure>,
    stubs: Stubs,
    /// By edition, where its terms begin.
    starts: Vec<usize>,
    /// By edition, its document.
    members: Vec<MemberId>,
    recall: Recall,
}

/// The site that `structure` and `stubs` are of. `edited` has the digests of files that quiet edits
/// changed since.
pub(super) fn site(
    config: Arc<Config>,
    structure: Arc<Structure>,
    mut stubs: Stubs,
    edited: &[(EditionId, Digest)],
    recall: Recall,
) -> Option<Site> {
    let taxonomies = config.taxonomies.len();
    let count = stubs.len();
    let mut starts = Vec::with_capacity(count + 1);
    let mut start = 0;
    for counts in stubs.counts.chunks_exact(taxonomies.max(1)) {
        starts.push(start);
        start += counts.iter().map(|n| *n as usize).sum::<usize>();
    }
    for (id, digest) in edited {
        *stubs.digests.get_mut(usize::from(*id))? = *digest;
    }
    let members = structure.resolver.members_of_editions(count)?;
    let shelf = Shelf {
        config,
        structure: structure.clone(),
        stubs,
        starts,
        members,
        recall,
    };
    Some(Site {
        editions: Editions::on_demand(count, Box::new(move |id| shelf.read(id))),
        structure,
    })
}

impl Shelf {
    fn read(&self, id: EditionId) -> Option<Edition> {
        let path = self
            .structure
            .resolver
            .path_of(*self.members.get(usize::from(id))?)?;
        let source = discover::document(path.into(), &self.config)?;
        let original = match self.stubs.originals.get(&id) {
            Some(digest) => {
                let path = format!("{}.md", source.stem());
                let source = discover::document(path.into(), &self.config)?;
                Some(((self.recall)(&source, *digest)?.meta, *digest))
            }
            None => None,
        };
        let original = original.as_ref().map(|(meta, digest)| (meta, *digest));
        let document = (self.recall)(&source, *self.stubs.digests.get(usize::from(id))?)?;
        // Its findings stand in the record of the build.
        let now = Timestamp::MAX;
        let mut edition = link::edition(&self.config, document, original, now, &mut Vec::new())?;
        let stem = edition.source.stem();
        edition.translations = self.structure.resolver.editions_of(stem);
        edition.terms = self.terms(id)?;
        Some(edition)
    }

    fn terms(&self, id: EditionId) -> Option<Vec<Vec<TermId>>> {
        let (taxonomies, edition) = (self.config.taxonomies.len(), usize::from(id));
        let counts = edition * taxonomies..(edition + 1) * taxonomies;
        let counts = self.stubs.counts.get(counts)?;
        let mut at = match taxonomies {
            0 => 0,
            _ => *self.starts.get(edition)?,
        };
        let mut terms = Vec::with_capacity(taxonomies);
        for count in counts {
            let end = at + *count as usize;
            terms.push(self.stubs.terms.get(at..end)?.to_vec());
            at = end;
        }
        Some(terms)
    }
}
