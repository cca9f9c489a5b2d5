//! What a reference means: a document, a file, an anchor, an address or something elsewhere.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Edition, EditionId, Life,
    lives::{Fate, State},
};
use crate::{
    base::{hash::Map, path},
    config::Config,
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
    /// A document that is not out: its text stays, the link goes.
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

/// A document, published or not.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Member {
    /// Where its path begins in [`Resolver::paths`], in bytes.
    start: usize,
    length: usize,
    /// How much of the path is its stem.
    stem_length: usize,
    lang: usize,
    state: State,
    /// `None` of a document with mistakes, which are reported already: whoever refers to it is not at fault.
    life: Option<Life>,
    edition: Option<EditionId>,
}

/// The editions of one document, of which a reference means whichever is out.
pub(super) struct Group<'a> {
    members: Cow<'a, [Member]>,
    /// Which is preferred.
    lang: usize,
}

impl Group<'_> {
    /// What becomes of a reference in a document with this life. `None` where it cannot be said.
    pub fn fate(&self, own: Life) -> Option<Fate> {
        let mut lives = Vec::new();
        for member in &*self.members {
            let life = member.life?;
            if member.state != State::Draft {
                // Most are for ever.
                if life.from <= own.from && own.until <= life.until {
                    return Some(Fate::Holds);
                }
                lives.push(life);
            }
        }
        Some(Fate::of(own, &lives))
    }

    /// When the first of them comes out; `None` if all are drafts.
    pub fn begins(&self) -> Option<Timestamp> {
        let out = self.members.iter().filter(|m| m.state != State::Draft);
        out.filter_map(|m| Some(m.life?.from)).min()
    }

    /// The source of every edition that is meant at some moment of a life.
    pub fn meant<'r>(&self, resolver: &'r Resolver, own: Life) -> Vec<&'r str> {
        let out = || self.members.iter().filter(|m| m.state != State::Draft);
        let lives = out().filter_map(|m| m.life);
        let moments = lives.flat_map(Life::moments).filter(|at| own.holds(*at));
        let best = |at: Timestamp| {
            let there = out().filter(|m| m.life.is_some_and(|life| life.holds(at)));
            let member = there.min_by_key(|m| (m.lang != self.lang, m.lang))?;
            Some(resolver.path(member))
        };
        let mut found: Vec<&str> = moments.chain([own.from]).filter_map(best).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What a reference means, whatever the moment.
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
    /// Places in `members`, by id.
    dossiers: BTreeMap<String, Vec<usize>>,
    /// That links may have beside the usual ones.
    schemes: Vec<String>,
    /// What absolute links to this site begin with.
    origin: String,
    /// Places in `members`, by the hash of an address as [`plain_address`] gives it, former ones included.
    /// Sorted.
    addresses: Vec<(u64, u32)>,
    /// Sorted.
    statics: Vec<Arc<str>>,
    /// Sorted.
    attachments: Vec<Arc<str>>,
    #[serde(skip)]
    first_of: OnceLock<Map<u64, u32>>,
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

/// An address without what spellings of it differ in: escapes, the slash at its end, `index.html`.
fn plain_address(address: &str) -> Option<String> {
    let mut decoded = path::decode(address)?;
    if let Some(folder) = decoded.strip_suffix("index.html").map(str::len) {
        decoded.truncate(folder);
    }
    decoded.truncate(decoded.trim_end_matches('/').len());
    Some(decoded)
}

fn hash(text: &str) -> u64 {
    rapidhash::v3::rapidhash_v3(text.as_bytes())
}

/// The schemes that every newsroom's links may have.
const SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

/// The scheme of an absolute reference (RFC 3986 §3.1), in lower case.
fn scheme(href: &str) -> Option<String> {
    let (scheme, _) = href.split_once(':')?;
    let good = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    good.then(|| scheme.to_ascii_lowercase())
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
            .enumerate()
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
                out.dossiers.entry(id).or_default().push(out.members.len());
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
        out.addresses = addresses(&out, editions, &held);
        out
    }

    /// The same, with the editions alone that are out.
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
            for (at, member) in self.members.iter().enumerate() {
                let hash = hash(self.stem(member));
                first_of.entry(hash).or_insert(at as u32);
            }
            first_of
        });
        let Some(from) = first_of.get(&hash(stem)).map(|at| *at as usize) else {
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

    /// By edition, the place of its document; `None` if one has none.
    pub fn members_of_editions(&self, count: usize) -> Option<Vec<u32>> {
        const NONE: u32 = u32::MAX;
        let mut places = vec![NONE; count];
        for (place, member) in self.members.iter().enumerate() {
            if let Some(id) = member.edition {
                *places.get_mut(id)? = place as u32;
            }
        }
        (!places.contains(&NONE)).then_some(places)
    }

    /// The path of the document at a place.
    pub fn path_of(&self, place: u32) -> Option<&str> {
        Some(self.path(self.members.get(place as usize)?))
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
        Some(group.iter().find(|m| m.lang == 0)?.edition)
    }

    /// The published editions of one document, in the order of languages, which is that of ids.
    pub fn editions_of(&self, stem: &str) -> Vec<EditionId> {
        self.group(stem).iter().filter_map(|m| m.edition).collect()
    }

    /// What a link in `from` (a path from the root), whose page is in `lang`, leads to.
    pub fn link(&self, from: &str, lang: usize, href: &str) -> Option<Target> {
        self.find(from, lang, href).ok()
    }

    /// The published edition that a source path names, as `related` and links do.
    pub fn edition(&self, from: &str, lang: usize, href: &str) -> Option<EditionId> {
        match self.find(from, lang, href) {
            Ok(Target::Edition(id)) => Some(id),
            _ => None,
        }
    }

    /// The published editions of which one stands for what a source path names: a document's in all languages, or
    /// the only one that `visit.fr.md` or an address names.
    pub fn editions(&self, from: &str, lang: usize, href: &str) -> Vec<EditionId> {
        match self.meaning(from, lang, href) {
            Ok(Meaning::Document(group)) => {
                group.members.iter().filter_map(|m| m.edition).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A published dossier by id, in `lang` or the first language it has.
    pub fn dossier(&self, id: &str, lang: usize) -> Option<EditionId> {
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
    pub(super) fn dossiers(&self, id: &str, lang: usize) -> Result<Group<'_>, Broken> {
        let members = self.of_dossier(id).ok_or(Broken::Missing)?;
        Ok(Group {
            members: members.collect(),
            lang,
        })
    }

    /// The id of a dossier that may have been meant.
    pub(super) fn dossier_near(&self, id: &str) -> Option<&str> {
        path::closest(id, self.dossiers.keys().map(String::as_str))
    }

    /// The source path that a reference to nothing may have meant. It looks through all of them, so it is
    /// asked for what is shown alone.
    pub(super) fn near(&self, from: &str, href: &str) -> Option<String> {
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        let source = self.source_path(from, plain).ok()?;
        let path = match source.strip_suffix(".md") {
            Some(stem) => {
                let near = nearest(stem, self.members.iter().map(|m| self.stem(m)))?;
                format!("{near}.md")
            }
            None => {
                let files = self.attachments.iter().chain(&self.statics);
                nearest(&source, files.map(|f| &**f))?.to_owned()
            }
        };
        path.strip_prefix("content").map(str::to_owned)
    }

    fn find(&self, from: &str, lang: usize, href: &str) -> Result<Target, Broken> {
        match self.meaning(from, lang, href)? {
            Meaning::Document(group) => Ok(published(&group)),
            Meaning::Other(target) => Ok(target),
        }
    }

    /// What a reference in `from`, whose page is in `lang`, means.
    pub(super) fn meaning(
        &self,
        from: &str,
        lang: usize,
        href: &str,
    ) -> Result<Meaning<'_>, Broken> {
        let href = self.own(href).unwrap_or(href);
        if let Some(scheme) = scheme(href) {
            return match SCHEMES.contains(&scheme.as_str()) || self.schemes.contains(&scheme) {
                true => Ok(Meaning::Other(Target::Elsewhere)),
                false => Err(Broken::Scheme(scheme)),
            };
        }
        if href.starts_with("//") {
            return Ok(Meaning::Other(Target::Elsewhere));
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        if plain.is_empty() {
            return Ok(Meaning::Other(Target::Here));
        }
        let source = self.source_path(from, plain)?;
        if let Some(stem) = source.strip_suffix(".md") {
            return self.document(stem, &source, lang).map(Meaning::Document);
        }
        match self.find_file(from, plain) {
            Err(Broken::Missing) if plain.starts_with('/') => self.at_address(plain, lang),
            other => other.map(Meaning::Other),
        }
    }

    /// The path of an absolute link to this site.
    fn own<'h>(&self, href: &'h str) -> Option<&'h str> {
        let host = href.find("://")? + "://".len();
        let end = href[host..].find(['/', '?', '#']);
        let (start, rest) = href.split_at(end.map_or(href.len(), |end| host + end));
        let is_same = |form: String| form == self.origin;
        let own = dateline_contract::origin::normal(start).is_some_and(is_same);
        match rest {
            "" => own.then_some("/"),
            _ => (own && rest.starts_with('/')).then_some(rest),
        }
    }

    /// What stands at an address of this site; all but documents is known to the plan alone.
    fn at_address(&self, address: &str, lang: usize) -> Result<Meaning<'_>, Broken> {
        let plain = plain_address(address).ok_or(Broken::Missing)?;
        let wanted = hash(&plain);
        let at = self.addresses.partition_point(|(hash, _)| *hash < wanted);
        let here = self.addresses[at..].iter();
        let here = here.take_while(|(hash, _)| *hash == wanted);
        let members: Cow<'_, [Member]> = here.map(|(_, at)| self.members[*at as usize]).collect();
        if !members.is_empty() {
            return Ok(Meaning::Document(Group { members, lang }));
        }
        let address = path::decode(address).map(Target::Address);
        address.map(Meaning::Other).ok_or(Broken::Missing)
    }

    fn source_path(&self, from: &str, plain: &str) -> Result<String, Broken> {
        let decoded = path::decode(plain).ok_or(Broken::Missing)?;
        let inside = match decoded.strip_prefix('/') {
            Some(path) => path::normalise(path).map(|p| format!("content/{p}")),
            None => path::beside(from, &decoded),
        };
        inside
            .filter(|p| p.starts_with("content/"))
            .ok_or(Broken::Outside)
    }

    fn document(&self, stem: &str, source: &str, lang: usize) -> Result<Group<'_>, Broken> {
        let members = self.group(stem);
        if !members.is_empty() {
            let members = Cow::Borrowed(members);
            return Ok(Group { members, lang });
        }
        // `visit.fr.md` names one edition, whatever the page's language.
        let base = stem.rsplit_once('.').map_or("", |(base, _)| base);
        if let Some(member) = self.group(base).iter().find(|m| self.path(m) == source) {
            let members = Cow::Borrowed(std::slice::from_ref(member));
            let lang = member.lang;
            return Ok(Group { members, lang });
        }
        Err(Broken::Missing)
    }

    pub(super) fn find_file(&self, from: &str, href: &str) -> Result<Target, Broken> {
        if let Some(scheme) = scheme(href) {
            return Err(Broken::Scheme(scheme));
        }
        if href.starts_with("//") {
            return Err(Broken::Scheme(String::new()));
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        let source = self.source_path(from, plain)?;
        if let Some(path) = plain
            .strip_prefix('/')
            .and_then(path::decode)
            .and_then(|p| path::normalise(&p))
        {
            let of_static = format!("content/static/{path}");
            if holds(&self.statics, &of_static) {
                return Ok(Target::Static(format!("/{path}")));
            }
        }
        if let Some(path) = source.strip_prefix("content/static/")
            && holds(&self.statics, &source)
        {
            return Ok(Target::Static(format!("/{path}")));
        }
        if holds(&self.attachments, &source) {
            return Ok(Target::File(source));
        }
        Err(Broken::Missing)
    }
}

/// The addresses of documents, former ones included, with the places of their members. Drafts have none.
fn addresses(
    resolver: &Resolver,
    editions: &[Edition],
    held: &Map<&str, &(Edition, State)>,
) -> Vec<(u64, u32)> {
    let all = |edition: &Edition, place: u32| {
        let aliases = edition.meta.aliases.iter();
        let aliases = aliases.map(|alias| alias.value.as_str());
        let addresses = std::iter::once(edition.address.as_str()).chain(aliases);
        let hashes = addresses.filter_map(|a| Some((hash(&plain_address(a)?), place)));
        hashes.collect::<Vec<_>>()
    };
    let waiting = |path: &str| {
        let (edition, state) = held.get(path)?;
        (*state != State::Draft).then_some(edition)
    };
    let members = resolver.members.par_iter().enumerate();
    let of_member = |(place, member): (usize, &Member)| {
        let edition = match member.edition {
            Some(id) => Some(&editions[id]),
            None => waiting(resolver.path(member)),
        };
        edition.map_or_else(Vec::new, |edition| all(edition, place as u32))
    };
    let mut out: Vec<_> = members.flat_map_iter(of_member).collect();
    out.par_sort_unstable();
    out.dedup();
    out
}

/// A path that may have been meant: one with the same name elsewhere, or one whose name and folder both
/// are near.
fn nearest<'a>(path: &str, all: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let name = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
    let wanted = path.rsplit('/').next().unwrap_or(path);
    let same = all.clone().find(|other| name(other) == wanted);
    same.or_else(|| {
        let near = all.filter(|other| path::closest(wanted, [name(other)]).is_some());
        path::closest(path, near)
    })
}

/// The stems that a document's path may have: with and without a language.
fn stems(path: &str) -> impl Iterator<Item = &str> {
    let stem = path.strip_suffix(".md");
    let shorter = stem.and_then(|stem| Some(stem.rsplit_once('.')?.0));
    [stem, shorter].into_iter().flatten()
}

fn holds(sorted: &[Arc<str>], path: &str) -> bool {
    sorted.binary_search_by(|p| (**p).cmp(path)).is_ok()
}

fn pick(group: &[Member], lang: usize) -> Option<EditionId> {
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

/// The same language's edition where there is one, else the source; else nothing.
fn published(group: &Group<'_>) -> Target {
    pick(&group.members, group.lang).map_or(Target::Expired, Target::Edition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_from_paths() {
        assert_eq!(scheme("HTTPS://x"), Some("https".to_owned()));
        assert_eq!(scheme("mailto:a@b"), Some("mailto".to_owned()));
        assert_eq!(scheme("a/b:c"), None);
        assert_eq!(fragment_of("/a.md#%C3%A9"), Some("é".to_owned()));
        assert_eq!(fragment_of("/a.md#"), None);
    }

    proptest::proptest! {
        #[test]
        fn resolution_never_panics(href in "(\\PC|/|\\.\\./|%2e|%|#|\\?|\\.md|javascript:|:){0,30}") {
            let resolver = Resolver::default();
            let _ = resolver.find("content/news/a.md", 0, &href);
            let _ = resolver.find_file("content/news/a.md", &href);
            let _ = fragment_of(&href);
        }
    }
}
