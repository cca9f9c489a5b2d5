//! The report as people read it.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use super::{Look, Page, Report, per_page, share};
use crate::{
    cli::output::{counted, seconds},
    render::Cost,
};

/// Templates that have a row of their own.
const ROWS: usize = 15;
/// How often a loop must run, and the share it must have, to be told how to run less.
const MANY: f64 = 50.0;
const MUCH: f64 = 0.25;
/// The longest piece of a template's line that is shown.
const WIDTH: usize = 100;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.stages(f)?;
        if self.rendered == 0 {
            return f.write_str(
                "\n\nNothing had to be rendered, so there are no pages to tell of.\n\
                 A folder without a build shows all of them: dateline build --timings --out DIR",
            );
        }
        self.templates(f)?;
        self.slowest(f)?;
        self.lines(f)
    }
}

impl Report {
    fn stages(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<26}{:>11}{:>8}", "Stage", "time", "share")?;
        let mut row = |name: &str, took: Duration| {
            writeln!(
                f,
                "  {name:<24}{:>11}{:>8}",
                time(took),
                percent(share(took, self.wall))
            )
        };
        for (stage, took) in &self.stages {
            row(stage.name(), *took)?;
        }
        row("between stages", self.between())?;
        write!(f, "  {:<24}{:>11}", "in all", time(self.wall))
    }

    fn templates(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (shown, rest) = self.templates.split_at(self.templates.len().min(ROWS));
        let mut rows: Vec<(String, usize, Duration)> = shown
            .iter()
            .map(|t| (named(t.template.as_deref()), t.pages, t.took))
            .collect();
        if !rest.is_empty() {
            rows.push((
                format!("{} more", rest.len()),
                rest.iter().map(|t| t.pages).sum(),
                rest.iter().map(|t| t.took).sum(),
            ));
        }
        let width = rows.iter().map(|r| r.0.len()).max().unwrap_or_default();
        write!(
            f,
            "\n\n{} rendered in {} of processor time, by {}\n  {:<width$}{:>9}{:>11}{:>11}{:>8}",
            counted(self.rendered, "output"),
            time(self.processor()),
            counted(self.threads, "thread"),
            "Template",
            "outputs",
            "time",
            "each",
            "share"
        )?;
        for (name, pages, took) in rows {
            let each = took / u32::try_from(pages.max(1)).unwrap_or(u32::MAX);
            write!(
                f,
                "\n  {name:<width$}{:>9}{:>11}{:>11}{:>8}",
                spaced(pages),
                time(took),
                time(each),
                percent(share(took, self.processor()))
            )?;
        }
        Ok(())
    }

    fn slowest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = |page: &Page| named(page.template.as_deref());
        let names = self.slowest.iter().map(|(_, page)| name(page).len());
        let width = names.max().unwrap_or_default();
        write!(f, "\n\n{:>11}{:>13}  Slowest outputs", "time", "bytes")?;
        for (subject, page) in &self.slowest {
            write!(
                f,
                "\n{:>11}{:>13}  {:<width$}  {subject}",
                time(page.took),
                spaced(page.size),
                name(page)
            )?;
        }
        Ok(())
    }

    fn lines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.looks.iter().all(|l| l.profile.pages == 0) {
            return Ok(());
        }
        write!(
            f,
            "\n\nLines of templates, on the slowest pages of the costliest templates, rendered again. `alone` is the line\n\
             itself, `with all` also what it runs. What measuring takes is taken off: shares are near enough and no more."
        )?;
        for look in self.looks.iter().filter(|l| l.profile.pages > 0) {
            look.write(f)?;
        }
        Ok(())
    }
}

impl Look {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let profile = &self.profile;
        let of = |time: Duration| percent(share(time, profile.total));
        let looked = match profile.pages == self.pages {
            true => "all".to_owned(),
            false => format!("the slowest {}", profile.pages),
        };
        write!(
            f,
            "\n\n{}: {}, {looked} looked at\n{:>8}{:>10}",
            self.template,
            counted(self.pages, "output"),
            "alone",
            "with all"
        )?;
        for cost in &self.costs {
            let (path, number) = (&cost.line.path, cost.line.number);
            write!(f, "\n{:>8}{:>10}  ", of(cost.own), of(cost.whole))?;
            match number {
                0 => write!(f, "{path}")?,
                _ => write!(f, "{path}:{number}\n{:20}{}", "", short(&cost.line.text))?,
            }
            write!(f, "\n{:20}{}", "", self.sentence(cost))?;
        }
        write!(
            f,
            "\n{:>8}{:>10}  not in a template: text of documents, and what templates are given",
            of(profile.outside),
            ""
        )
    }

    /// What the line is, how often it runs, and what would help.
    fn sentence(&self, cost: &Cost) -> String {
        if cost.line.number == 0 {
            return "the text of this file, and its plain values".to_owned();
        }
        let runs = per_page(cost);
        let mut sentence = match (cost.repeats, cost.pages == self.profile.pages) {
            (true, true) => format!("this loop runs for every page, {}", times(runs)),
            (true, false) => format!("this loop runs for {}, {}", self.some(cost), times(runs)),
            (false, true) => format!("runs {} for every page", times(runs)),
            (false, false) => format!("runs {} for {}", times(runs), self.some(cost)),
        };
        if let Some(line) = &cost.within {
            sentence.push_str(&format!(", in the loop of {}:{}", line.path, line.number));
        }
        if cost.repeats && runs >= MANY && share(cost.whole, self.profile.total) >= MUCH {
            sentence.push_str(&format!(
                "\n{:20}fewer rounds make such a page faster: a part of the list, as `[:20]` takes it, and a link to the rest",
                ""
            ));
        }
        sentence
    }

    fn some(&self, cost: &Cost) -> String {
        format!("{} of {} pages", cost.pages, self.profile.pages)
    }
}

fn times(runs: f64) -> String {
    match runs {
        r if r < 1.5 => "once".to_owned(),
        r => format!("{} times", spaced(r.round() as usize)),
    }
}

fn named(template: Option<&str>) -> String {
    template.unwrap_or("(no template)").to_owned()
}

/// `1.25 ms`, `0.32 s`.
fn time(time: Duration) -> String {
    match time.as_millis() {
        0..100 => format!("{:.2} ms", time.as_secs_f64() * 1e3),
        _ => seconds(time),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `13 480`.
fn spaced(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// The beginning of a long line.
fn short(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}
