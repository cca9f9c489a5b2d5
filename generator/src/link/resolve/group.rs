//! The editions of one document, and what becomes of references to it over time.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Member, Resolver};
use crate::{
    config::LangId,
    link::{
        Life,
        lives::{Fate, State},
    },
};

/// The editions of one document, of which a reference means whichever is out.
pub(in crate::link) struct Group<'a> {
    pub(super) members: Cow<'a, [Member]>,
    /// Which is preferred.
    pub(super) lang: LangId,
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
