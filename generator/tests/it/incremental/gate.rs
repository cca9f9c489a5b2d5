//! The gate, a search of bytes that knows nothing of it, and clean builds agree, on random newsrooms.
//!
//! `GATE_NEWSROOMS` in the environment sets how many are tried (`scripts/soak`), `GATE_SEED` where they begin.

use std::{collections::BTreeSet, ops::ControlFlow};

use dateline::pipeline;
use unicode_normalization::UnicodeNormalization;

use super::{
    Desk, in_parallel, number, step,
    world::{Rng, World},
};
use crate::harness::{Newsroom, findings};

/// What stories are written with.
const WORDS: [&str; 28] = [
    "harbour",
    "minister",
    "bridge",
    "the",
    "of",
    "in",
    "winter",
    "tomorrow",
    "council",
    "opens",
    "closes",
    "quietly",
    "été",
    "État",
    "préparation",
    "Évora",
    "ärger",
    "делегация",
    "утром",
    "столица",
    "المدينة",
    "الوفد",
    "صباحا",
    "2026",
    "agreement",
    "railway",
    "school",
    "night",
];

const STATES: [&str; 5] = [
    "",
    "",
    "draft = true",
    "embargo = 2025-02-03T12:00:00Z",
    "expires = 2025-02-01T11:00:00Z",
];

struct Story {
    path: String,
    title: String,
    sentences: Vec<String>,
    address: String,
    held: bool,
}

struct Room {
    stories: Vec<Story>,
    planted: Vec<(String, String)>,
}

fn some_words(rng: &mut Rng, least: usize, more: usize) -> String {
    let count = least + rng.below(more);
    let words = (0..count).filter_map(|_| rng.of(&WORDS).copied());
    words.collect::<Vec<_>>().join(" ")
}

/// One way to write a text somewhere.
fn encoded(rng: &mut Rng, text: &str) -> String {
    let letters = |f: &dyn Fn(char) -> String| text.chars().map(f).collect::<String>();
    // An address is compared to the letter.
    let ways = if text.starts_with('/') { 10 } else { 12 };
    match rng.below(ways) {
        0 => letters(&|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("&#{};", u32::from(c))
            }
        }),
        1 => letters(&|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("\\u{:04x}", u32::from(c))
            }
        }),
        2 => dateline::base::path::encode(text),
        3 => text.nfd().collect(),
        4 => text.to_uppercase(),
        5 => text.replace(' ', "\r\n   "),
        6 => text.replacen(' ', "</b> <em class=\"x\">", 1),
        7 => text.replace(' ', "&nbsp;"),
        8 => format!("<img alt=\"{text}\" src=x>"),
        10 => broken(rng, text, "\u{ad}"),
        11 => broken(rng, text, "&#173;"),
        _ => text.to_owned(),
    }
}

/// With a mark in the middle of words.
fn broken(rng: &mut Rng, text: &str, mark: &str) -> String {
    let mut one = |word: &str| {
        let places: Vec<usize> = word.char_indices().skip(1).map(|(at, _)| at).collect();
        match rng.of(&places) {
            Some(at) => format!("{}{mark}{}", &word[..*at], &word[*at..]),
            None => word.to_owned(),
        }
    };
    let words: Vec<String> = text.split(' ').map(&mut one).collect();
    words.join(" ")
}

impl Room {
    fn new(rng: &mut Rng) -> Self {
        let story = |number: usize, rng: &mut Rng| {
            let keys = *rng.of(&STATES).unwrap_or(&"");
            let body: Vec<String> = (0..1 + rng.below(3))
                .map(|_| some_words(rng, 2, 8))
                .collect();
            Story {
                path: format!("content/news/s{number}.md"),
                title: some_words(rng, 1, 4),
                sentences: body,
                address: format!("/en/news/2025/01/{:02}/s{number}/", 1 + number),
                held: !keys.is_empty(),
            }
            .with(keys)
        };
        let made: Vec<(Story, &str)> = (0..3 + rng.below(5)).map(|n| story(n, rng)).collect();
        let mut planted = Vec::new();
        for number in 0..rng.below(4) {
            let text = match rng.of(&made) {
                Some((story, _)) if rng.below(3) > 0 => match rng.below(4) {
                    0 => story.title.clone(),
                    1 => story.address.clone(),
                    _ => rng.of(&story.sentences).cloned().unwrap_or_default(),
                },
                _ => some_words(rng, 2, 6),
            };
            planted.push((
                format!("content/static/f{number}.txt"),
                format!("x {} y", encoded(rng, &text)),
            ));
        }
        for (story, keys) in &made {
            planted.push((story.path.clone(), story.source(keys)));
        }
        Self {
            stories: made.into_iter().map(|(story, _)| story).collect(),
            planted,
        }
    }

    fn newsroom(&self) -> Newsroom {
        let first = Newsroom::new().story("pages/about.md", "", "", "");
        self.planted
            .iter()
            .fold(first, |room, (path, text)| room.file(path, text.as_str()))
    }

    /// Sources of which something stands in `outputs` that no published story says.
    fn leaks<'a>(&self, outputs: impl Iterator<Item = (&'a str, &'a [u8])>) -> BTreeSet<String> {
        let said: Vec<String> = self
            .stories
            .iter()
            .filter(|s| !s.held)
            .flat_map(Story::says)
            .collect();
        let said: Vec<String> = said.iter().map(|text| plain(text)).collect();
        let outputs: Vec<(&str, String, String)> = outputs
            .filter(|(path, _)| !path.starts_with("sidecar/"))
            .map(|(path, bytes)| {
                let text = format!("{path} | {}", String::from_utf8_lossy(bytes));
                (path, plain(&text), decoded(&text).nfc().collect())
            })
            .collect();
        let mut leaks = BTreeSet::new();
        for story in self.stories.iter().filter(|s| s.held) {
            let words = story.needles().into_iter().map(|n| words_of(&n));
            let found = words
                .filter(|n| !said.iter().any(|s| s.contains(n.as_str())))
                .any(|n| outputs.iter().any(|(_, text, _)| text.contains(n.as_str())));
            let bare = story.address.trim_end_matches('/');
            let address = outputs.iter().any(|(path, _, text)| {
                let ends = |rest: &str| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_')
                };
                !path.starts_with("edge/")
                    && text
                        .match_indices(bare)
                        .any(|(at, _)| ends(&text[at + bare.len()..]))
            });
            if found || address {
                leaks.insert(story.path.clone());
            }
        }
        leaks
    }
}

impl Story {
    fn with(self, keys: &str) -> (Self, &str) {
        (self, keys)
    }

    fn source(&self, keys: &str) -> String {
        let day = &self.address[17..19];
        let body = self.sentences.join(".\n\n");
        format!(
            "+++\ntitle = \"{}\"\ndate = 2025-01-{day}T08:00:00Z\n{keys}\n+++\n{body}.\n",
            self.title
        )
    }

    fn says(&self) -> Vec<String> {
        [
            &[self.title.clone(), self.address.clone(), self.path.clone()][..],
            &self.sentences,
        ]
        .concat()
    }

    fn needles(&self) -> Vec<String> {
        let long = |text: &&String, words: usize, letters: usize| {
            let count = text.chars().filter(|c| c.is_alphanumeric()).count();
            text.split(' ').count() >= words && count >= letters
        };
        let titles = [&self.title].into_iter().filter(|t| long(t, 2, 12));
        titles
            .chain(self.sentences.iter().filter(|s| long(s, 4, 20)))
            .cloned()
            .collect()
    }
}

/// Without what encodings add, found by trying one after the other.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let number = |digits: &str, radix| {
            u32::from_str_radix(digits, radix)
                .ok()
                .and_then(char::from_u32)
        };
        let entity = rest.strip_prefix("&#").and_then(|r| r.split_once(';'));
        let entity = entity.and_then(|(digits, tail)| {
            Some((
                digits
                    .strip_prefix('x')
                    .map_or_else(|| number(digits, 10), |d| number(d, 16))?,
                tail,
            ))
        });
        let unit = rest
            .strip_prefix("\\u")
            .and_then(|r| Some((number(r.get(..4)?, 16)?, &r[4..])));
        let percent = rest.starts_with('%').then(|| {
            let end = rest.len().min(12);
            let bytes = rest.as_bytes()[..end].chunks(3).map_while(|c| {
                let digits = std::str::from_utf8(c.get(1..3).filter(|_| c[0] == b'%')?).ok()?;
                u8::from_str_radix(digits, 16).ok()
            });
            let bytes: Vec<u8> = bytes.collect();
            let c = (1..=bytes.len())
                .find_map(|n| std::str::from_utf8(&bytes[..n]).ok()?.chars().next());
            c.map(|c| (c, &rest[3 * c.len_utf8()..]))
        });
        let found = entity.or(unit).or(percent.flatten());
        let (c, tail) = match rest.strip_prefix("&nbsp;") {
            Some(tail) => (' ', tail),
            None => found.unwrap_or((c, &rest[c.len_utf8()..])),
        };
        // A soft hyphen, which no reader sees.
        out.extend(Some(c).filter(|c| *c != '\u{ad}'));
        rest = tail;
    }
    out
}

/// Words in lower case between single spaces; what stands in tags comes last.
fn plain(text: &str) -> String {
    let text = decoded(text);
    let (mut outside, mut inside) = (String::new(), String::new());
    for (at, part) in text.split('<').enumerate() {
        let (tag, rest) = match part.split_once('>') {
            Some(both) if at > 0 => both,
            _ => ("", part),
        };
        let inline = ["b", "em", "img", "a"]
            .contains(&tag.trim_start_matches('/').split(' ').next().unwrap_or(""));
        outside.push_str(if inline || at == 0 { " " } else { " \u{1} " });
        outside.push_str(rest);
        inside.push_str(" \u{1} ");
        inside.push_str(tag);
    }
    let words = |text: &str| {
        let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
        let kept = |c: char| {
            if c.is_alphanumeric() || c == '\u{1}' {
                c
            } else {
                ' '
            }
        };
        let spaced: String = lower.chars().map(kept).collect();
        spaced
            .split_whitespace()
            .map(|w| format!("{w} "))
            .collect::<String>()
    };
    format!(" {}\u{1} {}", words(&outside), words(&inside))
}

/// The words of a text without markup.
fn words_of(text: &str) -> String {
    let text = plain(text);
    text.split('\u{1}').next().unwrap_or_default().to_owned()
}

/// What the gate reports now, by source.
fn reported(room: &Newsroom, diags: &[dateline::base::diag::Diagnostic]) -> BTreeSet<String> {
    let found = findings(&room.mem(), diags).into_iter();
    found
        .filter(|f| f.text.contains("would be public: "))
        .map(|f| f.file)
        .collect()
}

fn agree(
    what: &str,
    reported: &BTreeSet<String>,
    found: &BTreeSet<String>,
    room: &Room,
) -> Result<(), String> {
    match reported == found {
        true => Ok(()),
        false => Err(format!(
            "{what}: the gate reports {reported:?}, bytes of {found:?}\n{:#?}",
            room.planted
        )),
    }
}

fn one(seed: u64) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    let mut desk = Desk::new();
    // Most builds are of the same desk: the second one goes on from the first.
    for round in 0..2 {
        let room = Room::new(&mut rng);
        let newsroom = room.newsroom();
        let built = newsroom.build();
        let outputs = || {
            built
                .outputs
                .iter()
                .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        };
        let what = format!("seed {seed}, round {round}");
        agree(
            &what,
            &reported(&newsroom, &built.diags),
            &room.leaks(outputs()),
            &room,
        )?;
        // As if the generator itself reported something.
        let held = room
            .stories
            .iter()
            .filter(|s| s.held)
            .flat_map(|s| s.needles())
            .collect::<Vec<_>>();
        if let (Some(text), Some(plan)) = (
            rng.of(&held),
            pipeline::prepare(&newsroom.inputs(), &mut Vec::new()),
        ) {
            let jobs: Vec<_> = plan
                .jobs
                .iter()
                .filter(|j| j.path.starts_with("site/") && j.path.ends_with(".html"))
                .collect();
            let job = jobs[rng.below(jobs.len())];
            let mut bytes = built.outputs[&*job.path].clone();
            let written = encoded(&mut rng, text);
            bytes.extend(format!("\n<p>{written}</p>").bytes());
            plan.search(job, &bytes);
            let found = room.leaks([(&*job.path, bytes.as_slice())].into_iter());
            agree(
                &format!("{what}, {written} in {}", job.path),
                &reported(&newsroom, &plan.judge()),
                &found,
                &room,
            )?;
        }
        if let ControlFlow::Break(why) = step(&mut desk, &mut World::new(newsroom), &what) {
            return Err(why);
        }
        desk.wait(&mut rng);
    }
    Ok(())
}

#[test]
fn gate_bytes_and_clean_builds_agree() {
    let from = number("GATE_SEED", 1);
    in_parallel((from..from + number("GATE_NEWSROOMS", 40)).collect(), one);
}
