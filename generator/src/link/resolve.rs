//! What a reference means: a document, a file, an anchor, an address or something elsewhere.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Edition, EditionId, editions::State};
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
    /// A document that has expired: its text stays, the link goes.
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
    Missing {
        near: Option<String>,
    },
    Draft,
    Held,
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
    edition: Option<EditionId>,
}

/// What stands at an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
enum Stands {
    Edition(u32),
    Expired,
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
    /// What stands at the addresses of documents and at their former ones, by the hash of an address as
    /// [`plain_address`] gives it. Sorted.
    addresses: Vec<(u64, Stands)>,
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
        states: &Map<Arc<str>, State>,
    ) -> Self {
        let by_path: Map<&str, EditionId> = editions
            .iter()
            .enumerate()
            .map(|(id, e)| (&*e.source.path, id))
            .collect();
        let mut documents: Vec<&SourceFile> = sources.documents.iter().collect();
        documents.par_sort_by_key(|s| (s.stem(), s.lang));
        let mut out = Self {
            schemes: config.link_schemes.clone(),
            origin: config.origin.clone(),
            addresses: addresses(editions, held),
            statics: sources.statics.clone(),
            attachments: sources.attachments.clone(),
            ..Self::default()
        };
        for source in documents {
            let edition = by_path.get(&*source.path).copied();
            if source.role == Role::Dossier {
                let id = match edition {
                    Some(edition) => editions[edition].slug.clone(),
                    None => super::editions::slug_of(source.stem()),
                };
                out.dossiers.entry(id).or_default().push(out.members.len());
            }
            let start = out.paths.len();
            out.paths.push_str(&source.path);
            // A document with mistakes has no state; whoever links to it is not at fault.
            let state = states.get(&source.path).copied();
            out.members.push(Member {
                start,
                length: source.path.len(),
                stem_length: source.stem_length,
                lang: source.lang,
                state: state.unwrap_or(State::Published),
                edition,
            });
        }
        out
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
    pub(super) fn members_of_editions(&self, count: usize) -> Option<Vec<u32>> {
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
    pub(super) fn path_of(&self, place: u32) -> Option<&str> {
        Some(self.path(self.members.get(place as usize)?))
    }

    /// The published edition of a source, by its path from the root.
    pub fn published(&self, path: &str) -> Option<EditionId> {
        let mut members = stems(path).flat_map(|stem| self.group(stem));
        members.find(|m| self.path(m) == path)?.edition
    }

    /// The document in the default language, from which its translations take what they lack: whether
    /// there is one, and its edition if it is published.
    pub(super) fn original(&self, stem: &str) -> Option<Option<EditionId>> {
        let group = self.group(stem);
        Some(group.iter().find(|m| m.lang == 0)?.edition)
    }

    /// The published editions of one document, in the order of languages, which is that of ids.
    pub(super) fn editions_of(&self, stem: &str) -> Vec<EditionId> {
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

    pub(super) fn find_dossier(&self, id: &str, lang: usize) -> Result<Target, Broken> {
        let near =
            || path::closest(id, self.dossiers.keys().map(String::as_str)).map(str::to_owned);
        let group: Vec<Member> = self
            .of_dossier(id)
            .ok_or_else(|| Broken::Missing { near: near() })?
            .collect();
        published(&group, lang)
    }

    pub(super) fn find(&self, from: &str, lang: usize, href: &str) -> Result<Target, Broken> {
        let href = self.own(href).unwrap_or(href);
        if let Some(scheme) = scheme(href) {
            return match SCHEMES.contains(&scheme.as_str()) || self.schemes.contains(&scheme) {
                true => Ok(Target::Elsewhere),
                false => Err(Broken::Scheme(scheme)),
            };
        }
        if href.starts_with("//") {
            return Ok(Target::Elsewhere);
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        if plain.is_empty() {
            return Ok(Target::Here);
        }
        let source = self.source_path(from, plain)?;
        if let Some(stem) = source.strip_suffix(".md") {
            return self.document(stem, &source, lang);
        }
        match self.find_file(from, plain) {
            Err(Broken::Missing { .. }) if plain.starts_with('/') => self.at_address(plain),
            other => other,
        }
    }

    /// The path of an absolute link to this site.
    fn own<'h>(&self, href: &'h str) -> Option<&'h str> {
        let (start, rest) = href.split_at_checked(self.origin.len())?;
        let own = start.eq_ignore_ascii_case(&self.origin) && !self.origin.is_empty();
        match rest {
            "" => own.then_some("/"),
            _ => (own && rest.starts_with('/')).then_some(rest),
        }
    }

    /// What stands at an address of this site; all but documents is known to the plan alone.
    fn at_address(&self, address: &str) -> Result<Target, Broken> {
        let missing = Broken::Missing { near: None };
        let plain = plain_address(address).ok_or(missing.clone())?;
        let wanted = hash(&plain);
        let at = self.addresses.partition_point(|(hash, _)| *hash < wanted);
        match self.addresses.get(at).filter(|(hash, _)| *hash == wanted) {
            Some((_, Stands::Edition(id))) => Ok(Target::Edition(*id as EditionId)),
            Some((_, Stands::Expired)) => Ok(Target::Expired),
            None => path::decode(address).map(Target::Address).ok_or(missing),
        }
    }

    fn source_path(&self, from: &str, plain: &str) -> Result<String, Broken> {
        let decoded = path::decode(plain).ok_or(Broken::Missing { near: None })?;
        let inside = match decoded.strip_prefix('/') {
            Some(path) => path::normalise(path).map(|p| format!("content/{p}")),
            None => path::beside(from, &decoded),
        };
        inside
            .filter(|p| p.starts_with("content/"))
            .ok_or(Broken::Outside)
    }

    fn document(&self, stem: &str, source: &str, lang: usize) -> Result<Target, Broken> {
        let group = self.group(stem);
        if !group.is_empty() {
            return published(group, lang);
        }
        // `visit.fr.md` names one edition, whatever the page's language.
        let base = stem.rsplit_once('.').map_or("", |(base, _)| base);
        if let Some(member) = self.group(base).iter().find(|m| self.path(m) == source) {
            return published(std::slice::from_ref(member), member.lang);
        }
        let near = nearest(stem, self.members.iter().map(|m| self.stem(m)));
        Err(Broken::Missing {
            near: near.map(|s| format!("{}.md", &s["content".len()..])),
        })
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
        let files = self.attachments.iter().chain(&self.statics);
        let near = nearest(&source, files.map(|f| &**f));
        Err(Broken::Missing {
            near: near.map(|p| p["content".len()..].to_owned()),
        })
    }
}

/// What stands at the addresses of documents, former ones included. Where two claim one address, the
/// published document has it.
fn addresses(editions: &[Edition], held: &[(Edition, State)]) -> Vec<(u64, Stands)> {
    let all = |edition: &Edition, stands: Stands| {
        let aliases = edition
            .meta
            .aliases
            .iter()
            .map(|alias| alias.value.as_str());
        let addresses = std::iter::once(edition.address.as_str()).chain(aliases);
        let hashes = addresses.filter_map(|a| Some((hash(&plain_address(a)?), stands)));
        hashes.collect::<Vec<_>>()
    };
    let published = editions.par_iter().enumerate();
    let published = published.flat_map_iter(|(id, e)| all(e, Stands::Edition(id as u32)));
    let mut out: Vec<_> = published.collect();
    let expired = held.iter().filter(|(_, state)| *state == State::Expired);
    out.extend(expired.flat_map(|(edition, _)| all(edition, Stands::Expired)));
    out.par_sort_unstable();
    out.dedup_by_key(|(hash, _)| *hash);
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

/// The same language's edition where there is one, else the source; else why there is none.
fn published(group: &[Member], lang: usize) -> Result<Target, Broken> {
    if let Some(id) = pick(group, lang) {
        return Ok(Target::Edition(id));
    }
    match group.iter().min_by_key(|m| m.lang).map(|m| m.state) {
        Some(State::Expired) | None => Ok(Target::Expired),
        Some(State::Draft) => Err(Broken::Draft),
        Some(State::Held(_)) => Err(Broken::Held),
        // It has mistakes of its own, which are told already.
        Some(State::Published) => Ok(Target::Here),
    }
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
