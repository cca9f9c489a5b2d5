//! Checks captions: WebVTT as the specification has it (W3C, "WebVTT file structure").
//!
//! Browsers silently drop what they cannot read, so a check must be stricter than they are.

use std::ops::Range;

/// The most problems reported of one file: a file of another format has one on every line.
const MOST: usize = 10;

/// How far, in seconds, a cue may reach beyond the end: a duration may be rounded to a second.
const SLACK: f64 = 1.0;

/// Something wrong with a captions file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// A sentence without a full stop.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
}

/// What is wrong with a captions file of a video of `duration` seconds; 10 problems at most.
pub fn check(text: &str, duration: Option<f64>) -> Vec<Problem> {
    let mut reader = Reader {
        lines: lines(text),
        at: 0,
        duration,
        cues: 0,
        latest: 0.0,
        problems: Vec::new(),
    };
    if reader.head() {
        while reader.problems.len() < MOST && reader.block() {}
        if reader.cues == 0 && reader.problems.is_empty() {
            let whole = 0..text.len().min(6);
            reader.problem(
                whole,
                "this captions file holds no cue",
                "write a line such as 00:00:01.000 --> 00:00:04.000, and the words below it",
            );
        }
    }
    reader.problems.truncate(MOST);
    reader.problems
}

#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl Line<'_> {
    fn span(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Lines end with `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while start < text.len() {
        let rest = &text[start..];
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        out.push(Line {
            start,
            text: &rest[..end],
        });
        let breaks = if rest[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        start += end + breaks;
    }
    out
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    duration: Option<f64>,
    cues: usize,
    /// When the latest cue began, in seconds.
    latest: f64,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, span: Range<usize>, message: impl Into<String>, hint: &'static str) {
        self.problems.push(Problem {
            message: message.into(),
            hint,
            span,
        });
    }

    fn peek(&self) -> Option<Line<'a>> {
        self.lines.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Line<'a>> {
        let line = self.peek()?;
        self.at += 1;
        Some(line)
    }

    /// The lines up to an empty one.
    fn rest_of_block(&mut self) -> Vec<Line<'a>> {
        let mut out = Vec::new();
        while let Some(line) = self.next() {
            if line.text.is_empty() {
                break;
            }
            out.push(line);
        }
        out
    }

    /// `WEBVTT`, and whatever stands before the first empty line. False when it is another format.
    fn head(&mut self) -> bool {
        let first = self.next();
        let is_head = first.is_some_and(|l| {
            l.text
                .strip_prefix("WEBVTT")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        if !is_head {
            let span = first.map_or(0..0, Line::span);
            self.problem(
                span,
                "this is not a WebVTT file: its first line is not WEBVTT",
                "save the captions as WebVTT; an SRT file needs that line, an empty one after it, and points instead of commas in its times",
            );
            return false;
        }
        for line in self.rest_of_block() {
            if line.text.contains("-->") {
                self.problem(
                    line.span(),
                    "there is no empty line between WEBVTT and the first cue",
                    "put an empty line after the first one",
                );
                return false;
            }
        }
        true
    }

    /// One block of lines. False at the end.
    fn block(&mut self) -> bool {
        while self.peek().is_some_and(|l| l.text.is_empty()) {
            self.at += 1;
        }
        let Some(first) = self.peek() else {
            return false;
        };
        let named = |name: &str| {
            first.text.strip_prefix(name).is_some_and(|rest| {
                rest.trim_start_matches([' ', '\t', ':']).len() < rest.len() || rest.is_empty()
            })
        };
        let timed = first.text.contains("-->");
        if !timed && named("NOTE") {
            self.rest_of_block();
        } else if !timed && (named("STYLE") || named("REGION")) {
            self.settings_block(first);
        } else {
            self.cue(first);
        }
        true
    }

    fn settings_block(&mut self, first: Line<'a>) {
        if self.cues > 0 {
            let name = first.text.split_whitespace().next().unwrap_or_default();
            self.problem(
                first.span(),
                format!("{name} stands after a cue, where browsers do not look for it"),
                "move it before the first cue",
            );
        }
        self.rest_of_block();
    }

    fn cue(&mut self, first: Line<'a>) {
        self.at += 1;
        let timing = if first.text.contains("-->") {
            first
        } else {
            // The first line is the cue's name.
            match self.peek() {
                Some(line) if line.text.contains("-->") => {
                    self.at += 1;
                    line
                }
                _ => {
                    self.problem(
                        first.span(),
                        "these lines have no time and are never shown",
                        "write 00:00:01.000 --> 00:00:04.000 above them; if they belong to the cue before, take out the empty line",
                    );
                    self.rest_of_block();
                    return;
                }
            }
        };
        self.cues += 1;
        self.timing(timing);
        for line in self.rest_of_block() {
            self.words(line);
        }
    }

    fn words(&mut self, line: Line<'a>) {
        if let Some(at) = line.text.find("-->") {
            let start = line.start + at;
            self.problem(
                start..start + 3,
                "a cue's words cannot hold -->",
                "if another cue begins here, put an empty line before it",
            );
        } else if let Some(at) = line.text.rfind('<')
            && !line.text[at..].contains('>')
        {
            let start = line.start + at;
            self.problem(
                start..start + 1,
                "a < that is never closed hides the words after it",
                "write &lt; for the character, or close the tag with >",
            );
        }
    }

    fn timing(&mut self, line: Line<'a>) {
        let Some((from, rest)) = line.text.split_once("-->") else {
            return;
        };
        let after = rest.trim_start_matches([' ', '\t']);
        let lead = rest.len() - after.len();
        let to = after.split([' ', '\t']).next().unwrap_or_default();
        let to_at = line.start + from.len() + 3 + lead;
        let name = from.trim_matches([' ', '\t']);
        let name_at = line.start + (from.len() - from.trim_start_matches([' ', '\t']).len());
        let start = self.time(name, name_at);
        let end = self.time(to, to_at);
        if lead == 0 || !from.ends_with([' ', '\t']) {
            let arrow = line.start + from.len();
            self.problem(
                arrow..arrow + 3,
                "there must be a space before and after -->",
                "write 00:00:01.000 --> 00:00:04.000",
            );
        }
        self.cue_settings(after.get(to.len()..).unwrap_or_default(), to_at + to.len());
        if let (Some(start), Some(end)) = (start, end) {
            let (from, to) = (
                (start, name_at..name_at + name.len()),
                (end, to_at..to_at + to.len()),
            );
            self.order(from, to);
        }
    }

    fn order(&mut self, (start, from): (f64, Range<usize>), (end, to): (f64, Range<usize>)) {
        if end <= start {
            self.problem(
                to.clone(),
                "this cue ends before it begins",
                "the second time must be later than the first",
            );
        }
        if start < self.latest {
            self.problem(
                from.clone(),
                "this cue begins before the one above it",
                "put the cues in the order of the video",
            );
        }
        self.latest = self.latest.max(start);
        let Some(duration) = self.duration else {
            return;
        };
        let hint = "correct it, or `duration` of the dossier";
        if start > duration + SLACK {
            let message = format!("this cue begins after the video has ended ({duration} s)");
            self.problem(from, message, hint);
        } else if end > duration + SLACK {
            let message = format!("this cue ends after the video has ended ({duration} s)");
            self.problem(to, message, hint);
        }
    }

    fn time(&mut self, text: &str, at: usize) -> Option<f64> {
        let seconds = seconds(text);
        if seconds.is_none() {
            let hint = if text.contains(',') {
                "write a point before the thousandths, not a comma: 00:00:01.000"
            } else {
                "write hours, minutes, seconds and thousandths: 00:00:01.000"
            };
            self.problem(
                at..at + text.len(),
                format!("“{text}” is not a time of WebVTT"),
                hint,
            );
        }
        seconds
    }

    fn cue_settings(&mut self, text: &str, at: usize) {
        const KNOWN: [&str; 6] = ["region", "vertical", "line", "position", "size", "align"];
        let mut at = at;
        for part in text.split([' ', '\t']) {
            let (name, value) = part.split_once(':').unwrap_or((part, ""));
            if !part.is_empty() && (value.is_empty() || !KNOWN.contains(&name)) {
                self.problem(
                    at..at + part.len(),
                    format!("“{part}” is not a setting of a cue"),
                    "settings are region, vertical, line, position, size and align, as in align:start; words go on the next line",
                );
            }
            at += part.len() + 1;
        }
    }
}

/// Seconds of `MM:SS.mmm` or `HH:MM:SS.mmm`, hours with two digits or more.
fn seconds(text: &str) -> Option<f64> {
    let (clock, thousandths) = text.split_once('.')?;
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => ("00", minutes, seconds),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let number = |text: &str, digits: Range<usize>| -> Option<u32> {
        let good = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| good)
    };
    let (minutes, seconds) = (number(minutes, 2..3)?, number(seconds, 2..3)?);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let whole = f64::from(number(hours, 2..6)?) * 3600.0 + f64::from(minutes * 60 + seconds);
    Some(whole + f64::from(number(thousandths, 3..4)?) / 1000.0)
}

#[cfg(test)]
#[path = "webvtt_tests.rs"]
mod tests;
