//! What stands in the newsroom whatever the time: a text in `content/static/`, the theme, `site.toml`.
//!
//! Time moves only documents: they come out, and they expire. So whatever begins to leak by itself stands in such a
//! text (in pages, only published documents speak), and begins when a document expires: its own words, or those that
//! only it had excused. Both are known today, and told today with their moment: a build that succeeds goes on
//! succeeding.

use jiff::Timestamp;

use crate::link::Edition;

/// When a document is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Life {
    /// Never, as it stands.
    pub draft: bool,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not from this moment on.
    pub until: Option<Timestamp>,
}

impl Life {
    pub(super) fn of(edition: &Edition, drafts: bool) -> Self {
        let meta = &edition.meta;
        Self {
            draft: meta.draft && !drafts,
            from: meta.embargo.map(|e| e.at).max(edition.date.map(|d| d.at)),
            until: meta.expires.map(|e| e.at),
        }
    }

    pub(super) fn holds(&self, at: Timestamp) -> bool {
        !self.draft
            && self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at < until)
    }
}

/// The first moment from `now` on at which `text` stands and `said` is not published, though nothing that says the
/// same is. `text` stands whenever one of its lives holds; without any, always.
pub(super) fn first(
    now: Timestamp,
    said: Life,
    text: Option<&[Life]>,
    same: &[Life],
) -> Option<Timestamp> {
    let lives = || same.iter().chain(text.unwrap_or_default()).chain([&said]);
    let changes = lives().flat_map(|life| [life.from, life.until]).flatten();
    let mut moments: Vec<Timestamp> = changes.filter(|m| *m > now).chain([now]).collect();
    moments.sort_unstable();
    moments.into_iter().find(|at| {
        let stands = text.is_none_or(|lives| lives.iter().any(|life| life.holds(*at)));
        stands && !said.holds(*at) && !same.iter().any(|life| life.holds(*at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_begins_where_nothing_excuses_it_any_more() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let life = |from, until: Option<i64>| Life {
            draft: false,
            from: at(from),
            until: until.and_then(at),
        };
        let draft = Life {
            draft: true,
            from: None,
            until: None,
        };
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(first(now, draft, None, &[]), Some(now));
        assert_eq!(first(now, life(-5, None), None, &[]), None);
        assert_eq!(first(now, life(-5, Some(9)), None, &[]), at(9));
        assert_eq!(
            first(now, draft, None, &[life(-5, Some(7)), life(-1, Some(8))]),
            at(8)
        );
        assert_eq!(first(now, draft, None, &[life(-5, None)]), None);
        assert_eq!(first(now, life(5, None), None, &[life(-5, Some(3))]), at(3));
        assert_eq!(first(now, life(5, None), None, &[life(-5, Some(5))]), None);
        assert_eq!(first(now, draft, Some(&[life(4, None)]), &[]), at(4));
    }
}
