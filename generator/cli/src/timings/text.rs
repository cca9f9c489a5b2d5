//! The report as people read it.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use super::{Page, Report, share};
use crate::output::{counted, seconds};

/// Templates that have a row of their own.
const ROWS: usize = 15;

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
        self.slowest(f)
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
