//! What marks note while pages are rendered, one page after the other on one thread.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::marking::{FUNCTION, Mark};

/// A place that a mark can name.
#[derive(Clone)]
pub(super) struct Spot {
    /// Its line: places of one line share this number.
    pub line: usize,
    /// Whether it is a loop.
    pub repeats: bool,
}

/// What was noted of a line.
#[derive(Default)]
pub(super) struct Noted {
    /// Time that nothing marked inside it took.
    pub own: Duration,
    /// Time with all that it ran.
    pub whole: Duration,
    /// `own` by the place of the loop around it.
    pub loops: BTreeMap<Option<usize>, Duration>,
}

/// What was noted of everything.
#[derive(Default)]
pub(super) struct Notes {
    /// By line.
    pub lines: BTreeMap<usize, Noted>,
    /// By place: how often it was run.
    pub passes: BTreeMap<usize, u64>,
    /// What was measured, and how much of that outside of all marks.
    pub total: Duration,
    pub outside: Duration,
}

impl Notes {
    /// Notes of one more page.
    pub fn add(&mut self, more: Self) {
        for (line, noted) in more.lines {
            let sum = self.lines.entry(line).or_default();
            sum.own += noted.own;
            sum.whole += noted.whole;
            for (place, time) in noted.loops {
                *sum.loops.entry(place).or_default() += time;
            }
        }
        for (place, passes) in more.passes {
            *self.passes.entry(place).or_default() += passes;
        }
        self.total += more.total;
        self.outside += more.outside;
    }
}

/// The notes being taken.
pub(in crate::render) struct Marks {
    spots: Vec<Spot>,
    /// What the engine takes to call a mark, which is nobody's time.
    price: Duration,
    taken: Mutex<Taken>,
}

struct Taken {
    notes: Notes,
    stack: Vec<Frame>,
    since: Instant,
}

struct Frame {
    place: usize,
    /// The loop around it.
    within: Option<usize>,
    /// What was measured in all when it was entered.
    entered: Duration,
}

impl Marks {
    pub(super) fn new(spots: Vec<Spot>) -> Arc<Self> {
        Arc::new(Self {
            price: price(),
            ..Self::free(spots)
        })
    }

    fn free(spots: Vec<Spot>) -> Self {
        Self {
            spots,
            price: Duration::ZERO,
            taken: Mutex::new(Taken {
                notes: Notes::default(),
                stack: Vec::new(),
                since: Instant::now(),
            }),
        }
    }

    /// Gives an engine the function that marks call.
    pub(in crate::render) fn register(self: &Arc<Self>, tera: &mut Tera) {
        let marks = self.clone();
        tera.register_function(
            FUNCTION,
            move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
                let (place, mark) = Mark::of(kwargs.must_get::<usize>("at")?);
                marks.note(place, mark);
                Ok(Value::safe_string(""))
            },
        );
    }

    /// Runs `work`, which renders one page, and adds what its marks note.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        {
            let mut taken = self.taken();
            taken.stack.clear();
            taken.since = Instant::now();
        }
        let done = work();
        let mut taken = self.taken();
        taken.charge(&self.spots, Duration::ZERO);
        done
    }

    /// What was noted so far; notes begin anew.
    pub(super) fn take(&self) -> Notes {
        std::mem::take(&mut self.taken().notes)
    }

    fn note(&self, place: usize, mark: Mark) {
        let mut taken = self.taken();
        taken.charge(&self.spots, self.price);
        match mark {
            Mark::Enter => taken.enter(place, &self.spots),
            Mark::Pass => *taken.notes.passes.entry(place).or_default() += 1,
            Mark::Exit => taken.exit(place, &self.spots),
        }
        // What noting takes is nobody's.
        taken.since = Instant::now();
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time between two marks with nothing between them.
fn price() -> Duration {
    const MARKS: u32 = 500;
    const TRIES: usize = 5;
    let spot = Spot {
        line: 0,
        repeats: true,
    };
    let marks = Arc::new(Marks::free(vec![spot]));
    let mut tera = Tera::new();
    marks.register(&mut tera);
    let text = Mark::Pass.call(0, "", "").repeat(MARKS as usize);
    if tera.add_raw_template("marks", &text).is_err() {
        return Duration::ZERO;
    }
    let once = || {
        let written = marks.during(|| tera.render("marks", &Context::new()));
        let notes = marks.take();
        written.map_or(Duration::ZERO, |_| notes.total / MARKS)
    };
    (0..TRIES).map(|_| once()).min().unwrap_or_default()
}

impl Taken {
    /// The time since the last mark belongs to the innermost place.
    fn charge(&mut self, spots: &[Spot], price: Duration) {
        let time = self.since.elapsed().saturating_sub(price);
        self.notes.total += time;
        match self.stack.last() {
            Some(frame) => {
                let line = self.notes.lines.entry(spots[frame.place].line).or_default();
                line.own += time;
                *line.loops.entry(frame.within).or_default() += time;
            }
            None => self.notes.outside += time,
        }
    }

    fn enter(&mut self, place: usize, spots: &[Spot]) {
        if !spots[place].repeats {
            *self.notes.passes.entry(place).or_default() += 1;
        }
        let within = self.stack.last().and_then(|outer| {
            let repeats = spots[outer.place].repeats;
            if repeats {
                Some(outer.place)
            } else {
                outer.within
            }
        });
        self.stack.push(Frame {
            place,
            within,
            entered: self.notes.total,
        });
    }

    /// Everything down to this place is over.
    fn exit(&mut self, place: usize, spots: &[Spot]) {
        let Some(at) = self.stack.iter().rposition(|f| f.place == place) else {
            return;
        };
        while self.stack.len() > at {
            let Some(frame) = self.stack.pop() else { break };
            let line = spots[frame.place].line;
            // A line inside itself has counted already when the outer one ends.
            if self.stack.iter().all(|f| spots[f.place].line != line) {
                let whole = self.notes.total - frame.entered;
                self.notes.lines.entry(line).or_default().whole += whole;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes of marks on a loop at line 1, in it a component at line 2 that calls itself once.
    fn nested() -> Notes {
        let spot = |line, repeats| Spot { line, repeats };
        let marks = Marks::free(vec![spot(1, true), spot(2, false)]);
        let work = || std::thread::sleep(Duration::from_millis(1));
        marks.during(|| {
            work();
            marks.note(0, Mark::Enter);
            for _ in 0..3 {
                marks.note(0, Mark::Pass);
                marks.note(1, Mark::Enter);
                work();
                marks.note(1, Mark::Enter);
                work();
                marks.note(1, Mark::Exit);
                marks.note(1, Mark::Exit);
            }
            marks.note(0, Mark::Exit);
        });
        marks.take()
    }

    #[test]
    fn time_is_charged_to_the_innermost_place_and_once() {
        let notes = nested();
        assert_eq!((notes.passes[&0], notes.passes[&1]), (3, 6));
        let (outer, inner) = (&notes.lines[&1], &notes.lines[&2]);
        assert!(inner.own >= Duration::from_millis(6));
        assert_eq!(notes.total, notes.outside + outer.own + inner.own);
        assert_eq!(outer.whole, outer.own + inner.own);
        assert_eq!(inner.whole, inner.own);
        assert_eq!(inner.loops.keys().collect::<Vec<_>>(), [&Some(0)]);
        assert!(notes.outside >= Duration::from_millis(1));
    }

    #[test]
    fn an_exit_without_its_entry_does_nothing() {
        let marks = Marks::free(vec![Spot {
            line: 1,
            repeats: false,
        }]);
        marks.during(|| marks.note(0, Mark::Exit));
        assert!(marks.take().lines.is_empty());
    }
}
