//! Needles in texts that do not depend on the time: `content/static/`, the theme, `site.toml`.
//!
//! Only documents change with time: they are released, and they expire. Pages contain only published documents. So a
//! leak can only begin by itself in such a text, when a document expires: its own words leak, or words that only it
//! excused. Both are known today and reported today, with the moment. So a build that succeeds keeps succeeding.

use jiff::Timestamp;

use crate::link::{Edition, Life};

/// When a document is published; `None` if it is a draft that is not shown.
pub(super) fn life(edition: &Edition, drafts: bool) -> Option<Life> {
    (!edition.meta.draft || drafts).then(|| edition.life())
}

/// The first moment from `now` on at which `text` stands and `said` is not published, though nothing that says the
/// same is. `text` stands whenever one of its lives holds; without any, always.
pub(super) fn first(
    now: Timestamp,
    said: Option<Life>,
    text: Option<&[Life]>,
    same: &[Life],
) -> Option<Timestamp> {
    let lives = same.iter().chain(text.unwrap_or_default()).chain(&said);
    let changes = lives.flat_map(|life| life.moments());
    let mut moments: Vec<Timestamp> = changes.filter(|m| *m > now).chain([now]).collect();
    moments.sort_unstable();
    let holds = |lives: &[Life], at| lives.iter().any(|life| life.holds(at));
    moments.into_iter().find(|at| {
        let stands = text.is_none_or(|lives| holds(lives, *at));
        stands && !said.is_some_and(|life| life.holds(*at)) && !holds(same, *at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_begins_where_nothing_excuses_it_any_more() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let life = |from, until: Option<i64>| Life {
            from: at(from),
            until: until.map_or(Timestamp::MAX, at),
        };
        let draft = None;
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(first(now, draft, None, &[]), Some(now));
        assert_eq!(first(now, Some(life(-5, None)), None, &[]), None);
        assert_eq!(first(now, Some(life(-5, Some(9))), None, &[]), Some(at(9)));
        assert_eq!(
            first(now, draft, None, &[life(-5, Some(7)), life(-1, Some(8))]),
            Some(at(8))
        );
        assert_eq!(first(now, draft, None, &[life(-5, None)]), None);
        let later = Some(life(5, None));
        assert_eq!(first(now, later, None, &[life(-5, Some(3))]), Some(at(3)));
        assert_eq!(first(now, later, None, &[life(-5, Some(5))]), None);
        assert_eq!(first(now, draft, Some(&[life(4, None)]), &[]), Some(at(4)));
    }
}
