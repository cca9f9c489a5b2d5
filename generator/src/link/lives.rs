//! When documents are published, and what that means for references between them.
//!
//! What would be wrong at some moment to come is found by comparing lives, so that nobody must build at that
//! moment to hear of it.

use std::{
    cmp::{max, min},
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::parse::Meta;

/// Whether a document is in the site, and if not, why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum State {
    /// It is.
    Published,
    /// Not before its editor says so.
    Draft,
    /// Embargoed, or dated in the future.
    Held(Timestamp),
    /// No longer.
    Expired,
}

/// The time in which an edition is published, unless it is a draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Life {
    /// Its date or embargo, whichever is later.
    pub from: Timestamp,
    /// When it expires; from this moment on it is no longer out.
    pub until: Timestamp,
}

impl Life {
    /// Without beginning and end.
    pub const ALWAYS: Self = Self {
        from: Timestamp::MIN,
        until: Timestamp::MAX,
    };

    /// Of a document that has everything it takes from its source.
    pub fn of(meta: &Meta) -> Self {
        let date = meta.date.as_ref().map(|d| d.value.at);
        let from = meta.embargo.map(|e| e.at).max(date);
        Self {
            from: from.unwrap_or(Timestamp::MIN),
            until: meta.expires.map_or(Timestamp::MAX, |e| e.at),
        }
    }

    /// Whether it is published at a moment.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// What is left of it from a moment on; `None` when it is over.
    pub fn after(self, now: Timestamp) -> Option<Self> {
        let from = max(self.from, now);
        (from < self.until).then_some(Self { from, ..self })
    }

    /// Whether there is a moment at which both are published.
    pub fn meets(self, other: Self) -> bool {
        max(self.from, other.from) < min(self.until, other.until)
    }

    /// The moments at which something begins or ends.
    pub fn moments(self) -> impl Iterator<Item = Timestamp> {
        let ends = [Timestamp::MIN, Timestamp::MAX];
        [self.from, self.until]
            .into_iter()
            .filter(move |at| !ends.contains(at))
    }
}

/// A document is released or expires.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The source of the document.
    pub path: Arc<str>,
    /// It comes out; otherwise it ends.
    pub begins: bool,
}

impl Moment {
    /// The future part of a life.
    pub(super) fn to_come(
        life: Life,
        path: &Arc<str>,
        now: Timestamp,
    ) -> impl Iterator<Item = Self> {
        let moments = life.moments().filter(move |at| *at > now);
        moments.map(move |at| Self {
            at,
            path: path.clone(),
            begins: at == life.from,
        })
    }
}

/// What happens to a reference while the document that holds it is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It always leads somewhere.
    Holds,
    /// Its target is not published yet when the document is, first at this moment.
    TooEarly(Timestamp),
    /// What it leads to is no longer out, first at this moment.
    Ends(Timestamp),
}

impl Fate {
    /// Of a reference in a document with the life `own`, none of which is over, to whichever of `others` is out.
    pub fn of(own: Life, others: &[Life]) -> Self {
        let Some(first) = others.iter().map(|life| life.from).min() else {
            return Self::TooEarly(own.from);
        };
        if own.from < first {
            return Self::TooEarly(own.from);
        }
        let mut at = own.from;
        while let Some(life) = others.iter().find(|life| life.holds(at)) {
            at = life.until;
        }
        match at < own.until {
            true => Self::Ends(at),
            false => Self::Holds,
        }
    }
}

/// A moment as findings name it, in the newsroom's time zone.
pub fn shown(at: Timestamp, zone: &TimeZone) -> String {
    let at = zone.to_datetime(at);
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn life(from: i64, until: i64) -> Life {
        let at = |n| Timestamp::from_second(n).unwrap();
        Life {
            from: at(from),
            until: at(until),
        }
    }

    fn lives() -> impl Strategy<Value = Life> {
        (0i64..20, 1i64..20).prop_map(|(from, length)| life(from, from + length))
    }

    proptest! {
        #[test]
        fn a_fate_is_what_each_moment_says(own in lives(), others in prop::collection::vec(lives(), 0..4)) {
            let at = |n| Timestamp::from_second(n).unwrap();
            let first = others.iter().map(|life| life.from).min();
            let mut expected = Fate::Holds;
            for t in (0..60).map(at).filter(|t| own.holds(*t)) {
                if others.iter().any(|life| life.holds(t)) {
                    continue;
                }
                expected = match first {
                    Some(first) if first <= t => Fate::Ends(t),
                    _ => Fate::TooEarly(t),
                };
                break;
            }
            prop_assert_eq!(Fate::of(own, &others), expected);
        }

        #[test]
        fn lives_meet_where_one_moment_is_in_both(a in lives(), b in lives(), now in 0i64..40) {
            let at = |n| Timestamp::from_second(n).unwrap();
            let both = |t| a.holds(t) && b.holds(t);
            prop_assert_eq!(a.meets(b), (0..60).map(at).any(both));
            let rest = a.after(at(now));
            prop_assert_eq!(rest.is_some(), (now..60).map(at).any(|t| a.holds(t)));
        }
    }
}
