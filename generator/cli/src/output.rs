//! Findings, progress and closing lines: for a terminal, for a log, or as JSON.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::kinds::{Line, by_kind};
use dateline::{
    base::{
        diag::{Diagnostic, Report, Severity},
        files::Files,
    },
    pipeline::Progress,
    publish::{self, Fault, PATIENCE},
};

/// How a command speaks.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    json: bool,
    /// Whether every finding is shown, however many there are of its kind.
    all: bool,
}

impl Voice {
    pub(super) fn new(json: bool) -> Self {
        Self { json, all: false }
    }

    /// Shows every finding if `all` says so.
    pub(super) fn with_all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Prints findings: for people to standard error, the first few of each kind unless all are asked for;
    /// as JSON lines to standard output, all of them.
    pub(super) fn findings(self, files: &dyn Files, diags: &[Diagnostic]) {
        let mut report = Report::new(files);
        if self.json {
            for diag in diags {
                print(&report.json(diag).to_string());
            }
            return;
        }
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let errors = diags.iter().filter(|d| d.severity == Severity::Error);
        let warnings = diags.iter().filter(|d| d.severity == Severity::Warning);
        // Errors come last: they are what one still sees when the screen has scrolled.
        let warnings = by_kind(warnings, self.all);
        for line in warnings.into_iter().chain(by_kind(errors, self.all)) {
            match line {
                Line::Finding(diag) => complain(&format!("{}\n", report.text(diag, color))),
                Line::More(n) => complain(&format!(
                    "… and {n} more of this kind; `dateline check --all` shows every one\n"
                )),
            }
        }
        let count = |severity| diags.iter().filter(|d| d.severity == severity).count();
        let closing = match (count(Severity::Error), count(Severity::Warning)) {
            (0, 0) => return,
            (0, warnings) => counted(warnings, "warning"),
            (errors, 0) => counted(errors, "error"),
            (errors, warnings) => format!(
                "{} and {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            ),
        };
        complain(&closing);
    }

    /// A closing line for people; programs get `object` instead.
    pub(super) fn done(self, line: &str, object: &serde_json::Value) {
        if self.json {
            print(&object.to_string())
        } else {
            print(line)
        }
    }
}

/// `1 error`, `2 errors`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Writes a line to standard output. A reader that has gone away (`| head`) is no reason to panic.
pub(super) fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A bar on a terminal, nothing elsewhere.
#[derive(Default)]
pub(super) struct Bar {
    bar: OnceLock<ProgressBar>,
    /// How many pictures are made, and how many are done.
    pictures: (AtomicUsize, AtomicUsize),
}

impl Bar {
    fn shown(&self) -> &ProgressBar {
        self.bar.get_or_init(|| {
            if !io::stderr().is_terminal() {
                return ProgressBar::hidden();
            }
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            let bar = ProgressBar::new(0).with_message("rendered");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        })
    }
}

impl Progress for Bar {
    fn begin(&self, outputs: usize) {
        let bar = self.shown();
        bar.set_length(outputs as u64);
        bar.set_position(0);
    }

    fn one(&self) {
        self.shown().inc(1);
    }

    fn begin_pictures(&self, derivatives: usize) {
        let (all, done) = &self.pictures;
        all.store(derivatives, Ordering::Relaxed);
        done.store(0, Ordering::Relaxed);
        self.shown().inc_length(derivatives as u64);
    }

    fn picture(&self) {
        let (all, done) = &self.pictures;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let all = all.load(Ordering::Relaxed);
        let bar = self.shown();
        bar.set_message(format!("rendered; pictures: {done} of {all}"));
        bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// Shows how much of so many bytes is done: on a terminal, nothing elsewhere.
pub(super) struct Meter(ProgressBar);

impl Meter {
    /// Of `total` bytes.
    pub(super) fn new(total: u64) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let form = "{bar:30} {decimal_bytes}/{decimal_total_bytes}, {eta} to go {msg}";
        let style = ProgressStyle::with_template(form);
        let bar = ProgressBar::new(total);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// Of nothing yet: a line that says what is waited for.
    fn of_waits() -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{msg}");
        let bar = ProgressBar::new_spinner();
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// Advances the bar.
    pub(super) fn add(&self, bytes: usize) {
        self.0.inc(bytes as u64);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A transfer to a store: a bar on a terminal, and a word when it has to wait.
pub(super) struct Transfer {
    meter: Mutex<Option<Meter>>,
    /// The fault that was reported last.
    last: Mutex<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transfer {
    pub(super) const fn new() -> Self {
        Self {
            meter: Mutex::new(None),
            last: Mutex::new(String::new()),
        }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        *lock(&self.meter) = None;
    }
}

impl publish::Progress for Transfer {
    fn begin(&self, bytes: u64) {
        *lock(&self.meter) = Some(Meter::new(bytes));
    }

    fn done(&self, bytes: u64) {
        if let Some(Meter(bar)) = &*lock(&self.meter) {
            bar.set_message("");
            bar.inc(bytes);
        }
    }

    fn waits(&self, fault: &Fault, time: Duration) {
        let mut meter = lock(&self.meter);
        let mut last = lock(&self.last);
        // A log gets each fault once; a terminal's last line says how long each wait is.
        if *last != fault.message {
            let text = format!(
                "{}; trying again for up to {} s",
                fault.message,
                PATIENCE.as_secs()
            );
            match &*meter {
                Some(Meter(bar)) => bar.suspend(|| complain(&text)),
                None => complain(&text),
            }
            last.clone_from(&fault.message);
        }
        let Meter(bar) = meter.get_or_insert_with(Meter::of_waits);
        bar.set_message(format!("waiting {}", seconds(time)));
    }
}

/// `0.12 s`, `4 ms`.
pub(super) fn seconds(time: Duration) -> String {
    match time.as_millis() {
        ms if ms < 100 => format!("{ms} ms"),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}
