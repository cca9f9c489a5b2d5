//! `dateline build --watch`: builds when sources change, and when something comes out or expires.

use std::time::Duration;

use jiff::Timestamp;

use dateline::base::clock::Now;

/// An hour at most, since the system's clock may be set meanwhile.
const LONGEST: Duration = Duration::from_secs(3600);
/// A build that failed is tried again after so long, since it may not be the sources that were at fault.
const RETRY: Duration = Duration::from_secs(60);

/// How a build ended.
pub(super) enum Ended {
    /// Well; the output will differ at this moment.
    Good(Option<Timestamp>),
    /// With mistakes: the site is as it was.
    Failed,
}

/// What a watched newsroom is built with. Tests have another one.
pub(super) trait World {
    /// What time it is.
    fn now(&self) -> Now;
    /// Builds for a moment.
    fn build(&mut self, now: Now) -> Ended;
    /// Whether sources change within so long; `None` when watching has ended.
    fn changes(&mut self, patience: Duration) -> Option<bool>;
}

/// Builds now and whenever sources or time require it, until watching ends.
pub(super) fn again(world: &mut dyn World) {
    loop {
        let now = world.now();
        let due = match world.build(now) {
            Ended::Good(next) => next,
            Ended::Failed => now.0.checked_add(RETRY).ok(),
        };
        loop {
            let now = world.now().0;
            if due.is_some_and(|due| due <= now) {
                break;
            }
            let patience = due.map_or(LONGEST, |due| {
                // To the next whole second, so that no time is left when it is over.
                let seconds = due.as_second() - now.as_second() + 1;
                Duration::from_secs(seconds.max(1) as u64).min(LONGEST)
            });
            match world.changes(patience) {
                Some(true) => break,
                Some(false) => {}
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits take no time, but the clock moves on by them.
    struct Script {
        now: Timestamp,
        /// Moments at which sources change.
        edits: Vec<Timestamp>,
        moments: Vec<Timestamp>,
        /// Builds fail before this.
        good_from: Timestamp,
        end: Timestamp,
        built: Vec<i64>,
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    impl World for Script {
        fn now(&self) -> Now {
            Now(self.now)
        }

        fn build(&mut self, now: Now) -> Ended {
            self.built.push(now.0.as_second());
            match now.0 < self.good_from {
                true => Ended::Failed,
                false => Ended::Good(self.moments.iter().find(|at| **at > now.0).copied()),
            }
        }

        fn changes(&mut self, patience: Duration) -> Option<bool> {
            let until = self.now + patience;
            if let Some(edit) = self.edits.first().copied().filter(|at| *at <= until) {
                self.edits.remove(0);
                self.now = edit;
                return Some(true);
            }
            self.now = until;
            (until < self.end).then_some(false)
        }
    }

    fn run(edits: &[i64], moments: &[i64], good_from: i64, end: i64) -> Vec<i64> {
        let all = |of: &[i64]| of.iter().map(|second| at(*second)).collect();
        let mut script = Script {
            now: at(0),
            edits: all(edits),
            moments: all(moments),
            good_from: at(good_from),
            end: at(end),
            built: Vec::new(),
        };
        again(&mut script);
        script.built
    }

    #[test]
    fn a_build_comes_after_each_edit_and_at_each_moment() {
        assert_eq!(run(&[], &[], 0, 9000), [0]);
        assert_eq!(run(&[5, 9], &[], 0, 9000), [0, 5, 9]);
        // A second late at most, and never early, however long the wait.
        assert_eq!(run(&[30], &[20, 8000], 0, 20_000), [0, 21, 30, 8001]);
    }

    #[test]
    fn a_build_that_fails_is_tried_again_and_after_an_edit() {
        assert_eq!(run(&[10], &[500], 100, 4000), [0, 10, 71, 132, 501]);
    }
}
