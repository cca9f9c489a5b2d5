//! Which lines of templates take the time: pages rendered again with marks in every template. What comes
//! out is what would come out without them, only slower, and nobody keeps it.

mod marking;
mod marks;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

pub(super) use self::marks::Marks;
use self::marks::{Noted, Notes, Spot};
use super::{Failure, Renderer, engine, engine::Engines, globals};
use crate::{
    plan::Job,
    theme::{Template, Theme},
};

/// Renders with marks.
pub struct Profiler {
    renderer: Renderer,
    marks: Arc<Marks>,
    /// By the number of a line.
    lines: Vec<Line>,
    spots: Vec<Spot>,
}

/// A line of a template, or the rest of one.
#[derive(Clone, Debug)]
pub struct Line {
    /// The template's path from the root.
    pub path: Arc<str>,
    /// From 1; 0 for what is in none of the lines that have marks.
    pub number: usize,
    /// The line itself, without the white space around it.
    pub text: String,
}

/// What a line took on the pages that were looked at.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Which line.
    pub line: Line,
    /// Time of itself alone.
    pub own: Duration,
    /// Time with all that it ran: the rounds of a loop, a component.
    pub whole: Duration,
    /// How often it was run, or how many rounds it made.
    pub passes: u64,
    /// On how many of the pages.
    pub pages: usize,
    /// Whether it is a loop.
    pub repeats: bool,
    /// The loop around it in which it took most.
    pub within: Option<Line>,
}

/// What was seen on some pages.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Lines that took time, in no order.
    pub costs: Vec<Cost>,
    /// The pages.
    pub pages: usize,
    /// All time of them.
    pub total: Duration,
    /// Time outside of templates: Markdown, and the values that templates are given.
    pub outside: Duration,
}

impl Renderer {
    /// The same with marks in its templates. `None` where they cannot be set.
    pub fn profiler(&self) -> Option<Profiler> {
        let Set {
            theme,
            lines,
            spots,
        } = set(&self.theme);
        let marks = Marks::new(spots.clone());
        let langs = 0..self.config.languages.len();
        let globals = langs
            .map(|lang| globals(&self.config, &self.site, &self.theme, lang))
            .collect();
        let theme = Arc::new(theme);
        let engines = Engines::new(&self.config, &theme, globals, Some(&marks), &mut Vec::new())?;
        let renderer = Self {
            engines,
            ..self.clone()
        };
        Some(Profiler {
            renderer,
            marks,
            lines,
            spots,
        })
    }
}

impl Profiler {
    /// One output, made with marks.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        self.marks.during(|| self.renderer.render(job))
    }

    /// Looks at pages, one after the other, and says what their lines took. Pages that cannot be rendered
    /// any more do not count.
    pub fn look(&self, jobs: &[&Job]) -> Profile {
        let mut all = Notes::default();
        let mut pages = 0;
        let mut found = vec![0; self.lines.len()];
        for job in jobs {
            if let Some(notes) = self.notes(job) {
                pages += 1;
                for line in self.rounds(&notes).keys() {
                    found[*line] += 1;
                }
                all.add(notes);
            }
        }
        let rounds = self.rounds(&all);
        let cost = |(line, noted): (&usize, &Noted)| {
            let longest = noted.loops.iter().max_by_key(|(_, time)| **time);
            let within = longest.and_then(|(place, _)| Some(self.spots[(*place)?].line));
            let (repeats, passes) = rounds.get(line).copied().unwrap_or_default();
            Cost {
                line: self.lines[*line].clone(),
                own: noted.own,
                whole: noted.whole,
                passes,
                pages: found[*line],
                repeats,
                within: within.filter(|w| w != line).map(|w| self.lines[w].clone()),
            }
        };
        Profile {
            costs: all.lines.iter().map(cost).collect(),
            pages,
            total: all.total,
            outside: all.outside,
        }
    }

    /// Notes of one page: those of the quickest of some tries, since whatever else the machine does makes
    /// others slower.
    fn notes(&self, job: &Job) -> Option<Notes> {
        const TRIES: usize = 3;
        let mut tries = Vec::with_capacity(TRIES);
        for _ in 0..TRIES {
            self.marks.take();
            self.render(job).ok()?;
            tries.push(self.marks.take());
        }
        tries.into_iter().min_by_key(|notes| notes.total)
    }

    /// How often each line was run, and whether that is the rounds of a loop, which tell more than what
    /// stands beside it.
    fn rounds(&self, notes: &Notes) -> BTreeMap<usize, (bool, u64)> {
        let mut rounds: BTreeMap<usize, (bool, u64)> = BTreeMap::default();
        for (place, passes) in &notes.passes {
            let spot = &self.spots[*place];
            let seen = rounds.entry(spot.line).or_default();
            *seen = match (seen.0, spot.repeats) {
                (true, false) => *seen,
                (false, true) => (true, *passes),
                (is, _) => (is, seen.1.max(*passes)),
            };
        }
        rounds
    }
}

/// A theme with marks, and what they stand for.
struct Set {
    theme: Theme,
    lines: Vec<Line>,
    spots: Vec<Spot>,
}

fn set(theme: &Theme) -> Set {
    let (mut lines, mut spots): (Vec<Line>, Vec<Spot>) = (Vec::new(), Vec::new());
    let mut templates = Vec::with_capacity(theme.templates.len());
    for template in &theme.templates {
        let marked = marking::marked(&template.text, spots.len());
        let marked = marked.map(|(text, places)| {
            (
                Template {
                    text,
                    ..template.clone()
                },
                places,
            )
        });
        // A template is used as it is rather than not at all.
        let Some((marked, places)) = marked.filter(|(marked, _)| engine::parses(marked)) else {
            templates.push(template.clone());
            continue;
        };
        templates.push(marked);
        let first = lines.len();
        for place in places {
            let known = lines[first..].iter().rposition(|l| l.number == place.line);
            let line = known.map_or(lines.len(), |at| first + at);
            if known.is_none() {
                let at = place.line.checked_sub(1);
                let text = at.and_then(|at| template.text.lines().nth(at));
                lines.push(Line {
                    path: template.path.clone(),
                    number: place.line,
                    text: text.unwrap_or_default().trim().to_owned(),
                });
            }
            spots.push(Spot {
                line,
                repeats: place.repeats,
            });
        }
    }
    let theme = Theme {
        folder: theme.folder.clone(),
        templates,
        catalogues: theme.catalogues.clone(),
        assets: theme.assets.clone(),
        asset_names: theme.asset_names.clone(),
    };
    Set {
        theme,
        lines,
        spots,
    }
}
