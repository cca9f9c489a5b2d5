//! What a reference means: a document, a file, an anchor, an address or something elsewhere.

mod addresses;
mod group;
mod meaning;
mod near;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(super) use self::group::Group;
use super::{Edition, EditionId, Life, lives::State};
use crate::{
    base::{
        hash::Map,
        index::{Indexed, index},
        path,
    },
    config::{Config, LangId},
    discover::{Role, SourceFile, Sources},
};

/// What a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Another site, or `mailto:` and the like.
    Elsewhere,
    /// A place on the same page.
    Here,
    /// A published document.
    Edition(EditionId),
    /// A document that is not published: the text stays, the link goes.
    Expired,
    /// A file that is copied as it is, by its address.
    Static(String),
    /// A file beside a document, by its path from the root.
    File(String),
    /// An address of this site, to be checked once all are known.
    Address(String),
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Broken {
    Missing,
    Outside,
    /// It has this scheme, and should have none or another one.
    Scheme(String),
}

index! {
    /// The place of a document among the members of a [`Resolver`].
    MemberId
}

/// A document, published or not.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Member {
    /// Where its path begins in [`Resolver::paths`], in bytes.
    start: usize,
    length: usize,
    /// How much of the path is its stem.
    stem_length: usize,
    lang: LangId,
    state: State,
    /// `None` for a document with mistakes, which are reported already: references to it are not at fault.
    life: Option<Life>,
    edition: Option<EditionId>,
}

/// What a reference means, at any time.
pub(super) enum Meaning<'a> {
    Document(Group<'a>),
    Other(Target),
}

/// Finds targets. Holds every document, published or not, and every file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Resolver {
    /// The paths of all members, one after the other.
    paths: String,
    /// By stem, then language.
    members: Vec<Member>,
    /// Documents by the id of their dossier.
    dossiers: BTreeMap<String, Vec<MemberId>>,
    /// That links may have beside the usual ones.
    schemes: Vec<String>,
    /// What absolute links to this site begin with.
    origin: String,
    /// Documents by the hash of an address as [`plain_address`] gives it, former ones included. Sorted.
    addresses: Vec<(u64, MemberId)>,
    /// Sorted.
    statics: Vec<Arc<str>>,
    /// Sorted.
    attachments: Vec<Arc<str>>,
    #[serde(skip)]
    first_of: OnceLock<Map<u64, MemberId>>,
}

/// The part after `#`, decoded; empty counts as none.
pub fn fragment_of(href: &str) -> Option<String> {
    let (_, fragment) = href.split_once('#')?;
    let fragment = path::decode(fragment).unwrap_or_else(|| fragment.to_owned());
    (!fragment.is_empty()).then_some(fragment)
}

/// The query with its question mark; empty where there is none.
pub fn query_of(href: &str) -> &str {
    let href = href.split('#').next().unwrap_or_default();
    &href[href.find('?').unwrap_or(href.len())..]
}

fn hash(text: &str) -> u64 {
    rapidhash::v3::rapidhash_v3(text.as_bytes())
}

impl Resolver {
    pub(super) fn new(
        config: &Config,
        sources: &Sources,
        editions: &[Edition],
        held: &[(Edition, State)],
        states: &Map<Arc<str>, (State, Life)>,
    ) -> Self {
        let by_path: Map<&str, EditionId> = editions
            .iter()
            .indexed()
            .map(|(id, e)| (&*e.source.path, id))
            .collect();
        let held: Map<&str, &(Edition, State)> =
            held.iter().map(|h| (&*h.0.source.path, h)).collect();
        let mut documents: Vec<&SourceFile> = sources.documents.iter().collect();
        documents.par_sort_by_key(|s| (s.stem(), s.lang));
        let mut out = Self {
            schemes: config.link_schemes.clone(),
            origin: config.origin.clone(),
            statics: sources.statics.clone(),
            attachments: sources.attachments.clone(),
            ..Self::default()
        };
        for source in documents {
            let edition = by_path.get(&*source.path).copied();
            if source.role == Role::Dossier {
                let waiting = || held.get(&*source.path).map(|(edition, _)| edition);
                let id = match edition.map(|id| &editions[id]).or_else(waiting) {
                    Some(edition) => edition.slug.clone(),
                    None => super::slug::slug_of(source.stem()),
                };
                out.dossiers
                    .entry(id)
                    .or_default()
                    .push(out.members.len().into());
            }
            let start = out.paths.len();
            out.paths.push_str(&source.path);
            let known = states.get(&source.path);
            out.members.push(Member {
                start,
                length: source.path.len(),
                stem_length: source.stem_length,
                lang: source.lang,
                state: known.map_or(State::Published, |(state, _)| *state),
                life: known.map(|(_, life)| *life),
                edition,
            });
        }
        out.addresses = addresses::all(&out, editions, &held);
        out
    }

    /// The same, with only the published editions.
    pub(super) fn only(&self, out: &dyn Fn(&EditionId) -> bool) -> Self {
        let mut new = self.clone();
        for member in &mut new.members {
            member.edition = member.edition.filter(out);
        }
        new
    }

    fn path(&self, member: &Member) -> &str {
        &self.paths[member.start..member.start + member.length]
    }

    fn stem(&self, member: &Member) -> &str {
        &self.paths[member.start..member.start + member.stem_length]
    }

    /// The editions of one document; none when there is no such stem.
    fn group(&self, stem: &str) -> &[Member] {
        // By hash, since a hundred thousand documents are asked for a million times. Two stems with one hash
        // would find the wrong place, which shows.
        let first_of = self.first_of.get_or_init(|| {
            let mut first_of = Map::default();
            for (at, member) in self.members.iter().indexed() {
                let hash = hash(self.stem(member));
                first_of.entry(hash).or_insert(at);
            }
            first_of
        });
        let Some(from) = first_of.get(&hash(stem)).map(|at| usize::from(*at)) else {
            return &[];
        };
        let found = self.members.get(from).is_some_and(|m| self.stem(m) == stem);
        let from = match found {
            true => from,
            false => self.members.partition_point(|m| self.stem(m) < stem),
        };
        let rest = &self.members[from..];
        let count = rest.iter().take_while(|m| self.stem(m) == stem).count();
        &rest[..count]
    }

    /// By edition, its document; `None` if one has none.
    pub fn members_of_editions(&self, count: usize) -> Option<Vec<MemberId>> {
        let mut members = vec![None; count];
        for (at, member) in self.members.iter().indexed() {
            if let Some(id) = member.edition {
                *members.get_mut(usize::from(id))? = Some(at);
            }
        }
        members.into_iter().collect()
    }

    /// The path of a document.
    pub fn path_of(&self, member: MemberId) -> Option<&str> {
        Some(self.path(self.members.get(usize::from(member))?))
    }

    /// The published edition of a source, by its path from the root.
    pub fn published(&self, path: &str) -> Option<EditionId> {
        let mut members = stems(path).flat_map(|stem| self.group(stem));
        members.find(|m| self.path(m) == path)?.edition
    }

    /// The document in the default language, from which its translations take what they lack: whether
    /// there is one, and its edition if it is published.
    pub fn original(&self, stem: &str) -> Option<Option<EditionId>> {
        let group = self.group(stem);
        Some(group.iter().find(|m| m.lang == LangId::default())?.edition)
    }

    /// The published editions of one document, in the order of languages, which is that of ids.
    pub fn editions_of(&self, stem: &str) -> Vec<EditionId> {
        self.group(stem).iter().filter_map(|m| m.edition).collect()
    }

    /// What a link in `from` (a path from the root), whose page is in `lang`, leads to.
    pub fn link(&self, from: &str, lang: LangId, href: &str) -> Option<Target> {
        self.find(from, lang, href).ok()
    }

    /// The published edition that a source path names, as `related` and links do.
    pub fn edition(&self, from: &str, lang: LangId, href: &str) -> Option<EditionId> {
        match self.find(from, lang, href) {
            Ok(Target::Edition(id)) => Some(id),
            _ => None,
        }
    }

    /// The published editions of which one stands for what a source path names: a document's in all languages, or
    /// the only one that `visit.fr.md` or an address names.
    pub fn editions(&self, from: &str, lang: LangId, href: &str) -> Vec<EditionId> {
        match self.meaning(from, lang, href) {
            Ok(Meaning::Document(group)) => {
                group.members.iter().filter_map(|m| m.edition).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A published dossier by id, in `lang` or the first language it has.
    pub fn dossier(&self, id: &str, lang: LangId) -> Option<EditionId> {
        let group: Vec<Member> = self.of_dossier(id)?.collect();
        pick(&group, lang)
    }

    /// A file that a picture, poster, caption or transcript names: its path from the root.
    pub fn file(&self, from: &str, href: &str) -> Option<Target> {
        self.find_file(from, href).ok()
    }

    fn of_dossier(&self, id: &str) -> Option<impl Iterator<Item = Member>> {
        Some(self.dossiers.get(id)?.iter().map(|at| self.members[*at]))
    }

    /// The dossier that an id means.
    pub(super) fn dossiers(&self, id: &str, lang: LangId) -> Result<Group<'_>, Broken> {
        let members = self.of_dossier(id).ok_or(Broken::Missing)?;
        Ok(Group {
            members: members.collect(),
            lang,
        })
    }
}

/// The stems that a document's path may have: with and without a language.
fn stems(path: &str) -> impl Iterator<Item = &str> {
    let stem = path.strip_suffix(".md");
    let shorter = stem.and_then(|stem| Some(stem.rsplit_once('.')?.0));
    [stem, shorter].into_iter().flatten()
}

fn pick(group: &[Member], lang: LangId) -> Option<EditionId> {
    let in_lang = group
        .iter()
        .find(|m| m.lang == lang)
        .and_then(|m| m.edition);
    in_lang.or_else(|| {
        group
            .iter()
            .filter(|m| m.edition.is_some())
            .min_by_key(|m| m.lang)
            .and_then(|m| m.edition)
    })
}
