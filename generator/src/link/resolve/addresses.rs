//! Documents by their addresses.

use rayon::prelude::*;

use super::{Member, MemberId, Resolver, hash};
use crate::{
    base::{hash::Map, path},
    link::{Edition, lives::State},
};

/// The addresses of documents, former ones included, with their members. Drafts have none.
pub(super) fn all(
    resolver: &Resolver,
    editions: &[Edition],
    held: &Map<&str, &(Edition, State)>,
) -> Vec<(u64, MemberId)> {
    let hashes = |edition: &Edition, at: MemberId| {
        let aliases = edition.meta.aliases.iter();
        let aliases = aliases.map(|alias| alias.value.as_str());
        let addresses = std::iter::once(edition.address.as_str()).chain(aliases);
        let found = addresses.filter_map(|a| Some((hash(&plain_address(a)?), at)));
        found.collect::<Vec<_>>()
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
        edition.map_or_else(Vec::new, |edition| hashes(edition, place.into()))
    };
    let mut out: Vec<_> = members.flat_map_iter(of_member).collect();
    out.par_sort_unstable();
    out.dedup();
    out
}

/// An address without what spellings of it differ in: escapes, the slash at its end, `index.html`.
pub(super) fn plain_address(address: &str) -> Option<String> {
    let mut decoded = path::decode(address)?;
    if let Some(folder) = decoded.strip_suffix("index.html").map(str::len) {
        decoded.truncate(folder);
    }
    decoded.truncate(decoded.trim_end_matches('/').len());
    Some(decoded)
}
